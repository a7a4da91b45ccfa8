"""Spreadsheets from outside, opened only when nothing in them can hurt; and our own, which are all text."""

from __future__ import annotations

import csv
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from pathlib import PurePath
from typing import Any

from infrastructure.languages import N_

MOST_BYTES = 10 * 1024 * 1024
MOST_UNZIPPED = 100 * 1024 * 1024
MOST_ENTRIES = 200
MOST_ROWS = 20_000
MOST_COLUMNS = 120
LONGEST_CELL = 2_000
EXACT_MOST = 10**15
LONGEST_FOOT = 200
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)
LOST = "\x00lost"
"""Stands for a number whose last digits the spreadsheet has already forgotten."""

TOO_LARGE = N_("这个文件太大了，最多 10 MB。")
NOT_A_SHEET = N_("只收 .xlsx 和 .csv 表格。带宏的、旧格式的，请另存为 .xlsx 再送。")
UNSAFE = N_("这个表格里有不该有的东西，没有打开。请另存一份新的 .xlsx 再送。")
UNREADABLE = N_("这个表格打不开，可能没有存完整。请另存一份再送。")
TOO_MANY_ROWS = N_("一次最多 20000 行，请分成几个文件。")
TOO_MANY_COLUMNS = N_("这个表格的列太多了，请用我们的模板。")
UNKNOWN_LETTERS = N_("这个 .csv 的文字编码认不出来，请存成 UTF-8 再送。")

# Only these parts are handed on: no macro, no picture, no link to elsewhere ever reaches the reader.
WANTED = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|xl/workbook\.xml|xl/_rels/workbook\.xml\.rels|xl/sharedStrings\.xml"
    r"|xl/styles\.xml|xl/worksheets/[A-Za-z0-9_-]+\.xml"
)
PLACE = re.compile(rb"""\sr\s*=\s*["']\$?([A-Za-z]*)\$?([0-9]+)["']""")
ENTITIES = (b"<!DOCTYPE", b"<!ENTITY", b"<!doctype", b"<!entity")
ZIP, OLD_OFFICE, PDF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF"


class BadSheet(Exception):
    """A file that is not opened; the message says why, and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def read_sheet(filename: str, content: bytes) -> list[list[str]]:
    """The cells of the first sheet as text, row by row, empty rows at the end left out; raises BadSheet."""
    if len(content) > MOST_BYTES:
        raise BadSheet(TOO_LARGE)
    ending = PurePath(filename.lower()).suffix
    if ending == ".xlsx" and content.startswith(ZIP):
        rows = _read_xlsx(content)
    elif ending == ".csv" and not content.startswith((ZIP, OLD_OFFICE, PDF)):
        rows = _read_csv(content)
    else:
        raise BadSheet(NOT_A_SHEET)
    while rows and not any(rows[-1]):
        rows.pop()
    return rows


def write_book(
    sheets: Iterable[tuple[str, Sequence[str], Iterable[Sequence[str]]]], *, watermark: str = ""
) -> bytes:
    """A spreadsheet of (title, heads, rows) whose every cell is text: nothing in it is ever worked out.

    A watermark, who took it and when, stands above the heads and at the foot of every page that is printed.
    """
    import xlsxwriter

    buffer = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(buffer, options) as book:
        # The same cells give the same bytes, whenever they are written.
        book.set_properties({"created": MADE_AT})
        text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        plain = book.add_format({"num_format": "@"})
        bold = book.add_format({"num_format": "@", "bold": True, "bg_color": "#EEF4FC"})
        for title, heads, rows in sheets:
            sheet = book.add_worksheet(title)
            sheet.set_column(0, max(len(heads) - 1, 0), 18, text)
            top = 1 if watermark else 0
            if watermark:
                sheet.write_string(0, 0, watermark, plain)
                # An ampersand begins a code in a foot, and two of them are one.
                sheet.set_footer("&L" + watermark.replace("&", "&&")[:LONGEST_FOOT])
            sheet.freeze_panes(top + 1, 0)
            for column, head in enumerate(heads):
                sheet.write_string(top, column, head, bold)
            for number, row in enumerate(rows, top + 1):
                for column, cell in enumerate(row):
                    sheet.write_string(number, column, cell, text)
    return buffer.getvalue()


def _read_xlsx(content: bytes) -> list[list[str]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(_only_what_is_wanted(content)))
        names = book.sheet_names
        if not names:
            raise BadSheet(UNREADABLE)
        sheet = book.get_sheet_by_index(0)
        return [
            [_text(cell) for cell in row]
            for row in sheet.to_python(skip_empty_area=False, nrows=MOST_ROWS + 2)
        ]
    except (
        CalamineError,
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        EOFError,
        OSError,
        ValueError,
        LookupError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise BadSheet(UNREADABLE) from error


def _only_what_is_wanted(content: bytes) -> bytes:
    """The parts that hold the cells, each unpacked here within bounds and looked through, packed anew."""
    kept = io.BytesIO()
    left = MOST_UNZIPPED
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        entries = source.infolist()
        if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_UNZIPPED:
            raise BadSheet(UNSAFE)
        names = [entry.filename for entry in entries]
        if len(set(names)) != len(names) or any("vbaproject" in name.lower() for name in names):
            raise BadSheet(UNSAFE)
        with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
            for entry in entries:
                if entry.flag_bits & 0x1:
                    raise BadSheet(UNREADABLE)
                if not WANTED.fullmatch(entry.filename):
                    continue
                with source.open(entry) as packed:
                    part = packed.read(left + 1)
                left -= len(part)
                if left < 0:
                    raise BadSheet(UNSAFE)
                _look_through(entry.filename, part)
                target.writestr(entry.filename, part)
    return kept.getvalue()


def _look_through(name: str, part: bytes) -> None:
    # Anything but UTF-8 could hide what is looked for from the search below.
    if part.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in part[:1000]:
        raise BadSheet(UNSAFE)
    if any(mark in part for mark in ENTITIES) or b"macroEnabled" in part or b"vbaProject" in part:
        raise BadSheet(UNSAFE)
    if name.startswith("xl/worksheets/"):
        for letters, figures in PLACE.findall(part):
            # One cell in the last corner would make the reader lay out every cell before it.
            if len(figures) > 7 or int(figures) > MOST_ROWS + 1:
                raise BadSheet(TOO_MANY_ROWS)
            if letters and _column(letters) > MOST_COLUMNS:
                raise BadSheet(TOO_MANY_COLUMNS)
        if part.count(b"<row") + part.count(b":row") > 2 * MOST_ROWS + 10:
            raise BadSheet(TOO_MANY_ROWS)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper()[:4]:
        number = number * 26 + letter - 64
    return number


def _read_csv(content: bytes) -> list[list[str]]:
    if b"\x00" in content:
        raise BadSheet(UNKNOWN_LETTERS)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise BadSheet(UNKNOWN_LETTERS)
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), strict=True):
            rows.append([cell.strip()[:LONGEST_CELL] for cell in row])
            if len(rows) > MOST_ROWS + 1:
                raise BadSheet(TOO_MANY_ROWS)
            if len(row) > MOST_COLUMNS:
                raise BadSheet(TOO_MANY_COLUMNS)
    except csv.Error as error:
        raise BadSheet(UNREADABLE) from error
    return rows


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        if abs(cell) >= EXACT_MOST:
            return LOST
        return str(int(cell)) if cell == int(cell) else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell).strip()[:LONGEST_CELL]
