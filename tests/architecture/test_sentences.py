"""Every marked sentence, whoever reads it: village words, short, and the same slots in every language."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pytest
from babel.messages.pofile import read_po

from infrastructure.languages import locales
from tests.architecture.test_imports import ROOT

# A look or an answer is told as it happened, to staff and residents alike, so no sentence says these.
HARSH = ("不符合", "不通过", "拒绝", "没有资格", "骗保")
NEVER_SAID = (*HARSH, "不予", "逾期", "非法", "核查")
THE_LIST_ITSELF = ROOT / "assistance" / "messages" / "lint.py"
NEVER_SAID_IN_ENGLISH = re.compile(r"ineligib|not eligible|reject|unqualified|denied|fraud", re.IGNORECASE)
# Characters of one sentence up to its full stop: what an eye at large type keeps together.
LONGEST_SENTENCE = 42
SLOT = re.compile(r"%\(\w+\)[sd]")
HAN = re.compile(r"[\u4e00-\u9fff]")


def said(locale: str) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Every sentence with its translation, each in all its forms."""
    path = ROOT / "translations" / locale / "LC_MESSAGES" / "messages.po"
    for message in read_po(io.BytesIO(path.read_bytes()), locale=locale):
        if message.id:
            yield forms(message.id), forms(message.string)


def forms(text: object) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)  # type: ignore[arg-type]


def test_no_sentence_says_what_residents_never_read() -> None:
    sentences = {one for source, _ in said("en") for one in source}
    assert [one for one in sentences if any(word in one for word in NEVER_SAID)] == []


def test_no_file_of_the_product_says_it_either() -> None:
    """Registers, wordings and answers of the interface hold sentences that no catalogue gathers."""
    found = []
    for folder in ("admin", "assistance", "infrastructure", "portal", "static", "templates", "web"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix not in (".py", ".toml", ".html", ".js", ".txt", ".csv") or path == THE_LIST_ITSELF:
                continue
            text = path.read_text(encoding="utf-8")
            found += [f"{path.relative_to(ROOT)}: {word}" for word in HARSH if word in text]
    assert found == []


def test_a_sentence_is_short() -> None:
    pieces = {
        piece for source, _ in said("en") for one in source for piece in re.split(r"[。！？；：\n]", one)
    }
    assert [piece for piece in pieces if len(HAN.findall(piece)) > LONGEST_SENTENCE] == []


@pytest.mark.parametrize("locale", locales()[1:])
def test_a_translation_fills_the_same_slots(locale: str) -> None:
    wrong = [
        source
        for source, translated in said(locale)
        if all(translated) and sorted(SLOT.findall(source[-1])) != sorted(SLOT.findall(translated[-1]))
    ]
    assert wrong == []


def test_english_is_english_and_kind() -> None:
    wrong = []
    for source, translated in said("en"):
        for one in translated:
            # A Chinese word may stand in quotation marks or before its gloss: it is what one sees elsewhere.
            rest = re.sub(r"“[^”]*”|[\u4e00-\u9fff]+(?= \()", "", one)
            if HAN.search(rest) or NEVER_SAID_IN_ENGLISH.search(one):
                wrong.append((source, one))
    assert wrong == []
