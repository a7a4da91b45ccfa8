"""Spreadsheets that could hurt are never opened; ours hold nothing but text."""

from __future__ import annotations

import io
import resource
import zipfile
from contextlib import suppress

import pytest
from python_calamine import CalamineWorkbook

from infrastructure.spreadsheets import LOST, BadSheet, read_sheet, write_book

HEADS = ("姓名", "身份证号")
FORMULAS = (
    *(
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "＝1+1",
        "＋1",
        "－1",
        "＠SUM(A1)",
        "=cmd|'/c calc'!A0",
    ),
    *(
        '=HYPERLINK("http://x","y")',
        "http://example.com",
        "mailto:a@b",
        "{=1+1}",
        "=IMPORTXML(1)",
        "1e5",
        "00012",
    ),
)


def book(*rows: tuple[str, ...]) -> bytes:
    return write_book([("一", HEADS, rows)])


def changed(content: bytes, **parts: bytes) -> bytes:
    """The same book with some parts put in or replaced; dots are written as __."""
    target = io.BytesIO()
    named = {name.replace("__", ".").replace("_S_", "/"): part for name, part in parts.items()}
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for entry in source.infolist():
            made.writestr(entry.filename, named.pop(entry.filename, source.read(entry.filename)))
        for name, part in named.items():
            made.writestr(name, part)
    return target.getvalue()


def sheet_xml(rows: str) -> bytes:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return (
        f'<?xml version="1.0"?><worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>'.encode()
    )


def test_what_we_write_is_read_back_as_it_was() -> None:
    number = "330499197406150239"
    assert read_sheet("a.xlsx", book(("陈国良", number))) == [list(HEADS), ["陈国良", number]]


def test_the_same_cells_give_the_same_bytes() -> None:
    first = book(("陈国良", "1"))
    assert first == book(("陈国良", "1"))
    with zipfile.ZipFile(io.BytesIO(first)) as opened:
        assert b"2026-01-01" in opened.read("docProps/core.xml")


@pytest.mark.parametrize("payload", FORMULAS)
def test_nothing_that_we_write_is_worked_out(payload: str) -> None:
    content = book((payload, payload))
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        xml = opened.read("xl/worksheets/sheet1.xml")
        assert b"<f" not in xml
        assert b"hyperlink" not in xml.lower()
    cells = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()[1]
    assert all(isinstance(cell, str) for cell in cells)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_a_csv_is_read_in_the_encodings_that_offices_use(encoding: str) -> None:
    assert read_sheet("家.CSV", "姓名,身份证号\n陈国良,3304\n\n".encode(encoding)) == [
        list(HEADS),
        ["陈国良", "3304"],
    ]


def test_a_number_that_lost_its_last_digits_is_marked() -> None:
    content = changed(
        book(),
        xl_S_worksheets_S_sheet1__xml=sheet_xml('<row r="1"><c r="A1"><v>330499197406150239</v></c></row>'),
    )
    assert read_sheet("a.xlsx", content) == [[LOST]]


def bomb() -> bytes:
    return changed(book(), xl_S_worksheets_S_sheet1__xml=b"<a>" + b" " * 300_000_000)


def lying_bomb() -> bytes:
    """Says it is small, and is not."""
    content = bytearray(changed(book(), xl_S_media_S_x__bin=b"\0" * 50_000_000))
    place = content.rfind(b"PK\x01\x02")
    content[place + 24 : place + 28] = (10).to_bytes(4, "little")
    return bytes(content)


def laughs() -> bytes:
    entities = b'<!DOCTYPE l [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    return changed(book(), xl_S_sharedStrings__xml=entities + b"<sst>&b;</sst>")


HOSTILE = {
    "bomb.xlsx": bomb,
    "laughs.xlsx": laughs,
    "outside.xlsx": lambda: changed(
        book(),
        xl_S_workbook__xml=b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><workbook>&e;</workbook>',
    ),
    "utf16.xlsx": lambda: changed(book(), xl_S_workbook__xml="<!DOCTYPE x>".encode("utf-16")),
    "macro.xlsx": lambda: changed(book(), xl_S_vbaProject__bin=b"macro"),
    "macro-type.xlsx": lambda: changed(
        book(), **{"[Content_Types]__xml": b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"}
    ),
    "far.xlsx": lambda: changed(
        book(),
        xl_S_worksheets_S_sheet1__xml=sheet_xml('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
    ),
    "wide.xlsx": lambda: changed(
        book(), xl_S_worksheets_S_sheet1__xml=sheet_xml('<row r="1"><c r="XFD1"><v>1</v></c></row>')
    ),
    "many-parts.xlsx": lambda: changed(book(), **{f"xl_S_media_S_{n}__png": b"x" for n in range(300)}),
    "real.xlsm": lambda: book(),
    "old.xls": lambda: b"\xd0\xcf\x11\xe0" + b"\0" * 1000,
    "renamed.csv": lambda: book(),
    "text.xlsx": lambda: b"just text",
    "half.xlsx": lambda: book(("a", "b"))[:-200],
    "picture.csv": lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "large.csv": lambda: b"a,b\n" * 3_000_000,
    "long.csv": lambda: b"a,b\n" * 20_002,
    "wide.csv": lambda: b",".join([b"a"] * 500),
    "quote.csv": lambda: b'a,"b\n' + b"x" * 200_000,
    "pdf.csv": lambda: b"%PDF-1.7",
    "no-ending": lambda: book(),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_calmly_within_little_memory(name: str) -> None:
    content = HOSTILE[name]()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BadSheet) as refused:
        read_sheet(name, content)
    assert refused.value.message
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000


def test_a_part_that_lies_about_its_size_does_no_harm() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with suppress(BadSheet):
        assert read_sheet("a.xlsx", lying_bomb())
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000


def test_a_large_but_honest_book_is_read() -> None:
    rows = [("陈国良", f"33049919740615{n:04}") for n in range(20_000)]
    assert len(read_sheet("a.xlsx", book(*rows))) == 20_001


def test_a_part_that_does_not_unpack_is_refused_wherever_it_is_broken() -> None:
    book = write_book([("one", ["a", "b"], [["1", "2"]])])
    with zipfile.ZipFile(io.BytesIO(book)) as source:
        starts = [entry.header_offset + 30 + len(entry.filename) for entry in source.infolist()]
    for start in starts:
        for at in range(start, start + 24):
            for changed in (0, 0x7F, 0xFF):
                broken = book[:at] + bytes([changed]) + book[at + 1 :]
                with suppress(BadSheet):
                    read_sheet("sheet.xlsx", broken)
    with suppress(BadSheet):
        read_sheet("sheet.xlsx", book[: len(book) // 2])


def test_a_watermark_stands_above_the_heads_and_at_the_foot_of_every_page() -> None:
    rows = [("一", ["甲", "乙"], [["1", "=2"]])]
    book = write_book(rows, watermark="王某 & 李某 =1")
    assert read_sheet("a.xlsx", book) == [["王某 & 李某 =1", ""], ["甲", "乙"], ["1", "=2"]]
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    # In a foot an ampersand begins a code, so each is written twice.
    assert "<oddFooter>&amp;L王某 &amp;&amp; 李某 =1</oddFooter>" in sheet
    assert "<f>" not in sheet
    assert read_sheet("a.xlsx", write_book(rows)) == [["甲", "乙"], ["1", "=2"]]
