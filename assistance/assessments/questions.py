"""The twelve questions as data: pages, fields and options, in Chinese and English side by side."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from assistance.rules import Words

FOLDER = Path(__file__).parent / "questions"
KINDS = ("one", "many", "gate", "who", "money", "parts", "count", "year")

UNSURE_WORDS = Words("说不清楚", "Not sure")
NONE_WORDS = Words("没有", "None")


@dataclass(frozen=True, eq=False)
class Option:
    """One choice of a field."""

    code: str
    words: Words
    small: Words | None = None
    opens: str | None = None
    """For a gate: the field of the members that it asks about."""


@dataclass(frozen=True, eq=False)
class Field:
    """One thing asked on a page."""

    name: str
    key: int
    kind: str
    options: tuple[Option, ...] = ()
    label: Words | None = None
    hint: Words | None = None
    none: Words | None = None
    zero: Words | None = None
    exact: Words | None = None
    unit: Words | None = None
    bands: str | None = None
    candidates: str | None = None
    most: int = 0
    is_optional: bool = False

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The codes of its choices; cookies hold their places, so a choice is only added at the end."""
        return tuple(option.code for option in self.options)

    def option(self, code: str) -> Option | None:
        """The choice of that code."""
        return next((option for option in self.options if option.code == code), None)


@dataclass(frozen=True, eq=False)
class Page:
    """One page of a question: one idea, with one field or two."""

    question: int
    code: str
    title: Words
    fields: tuple[Field, ...]
    hint: tuple[Words, ...] = ()
    reason: Words | None = None
    official: Words | None = None
    is_of_member: bool = False
    is_list: bool = False
    is_first: bool = False


@dataclass(frozen=True, eq=False)
class Question:
    """One of the twelve, with its pages in order."""

    number: int
    short: Words
    pages: tuple[Page, ...]

    def page(self, code: str) -> Page | None:
        """The page of that code."""
        return next((page for page in self.pages if page.code == code), None)


def _words(row: Mapping[str, str] | None) -> Words | None:
    return Words(row["zh"], row["en"]) if row else None


def _read_option(row: Mapping[str, str]) -> Option:
    small = Words(row["small_zh"], row["small_en"]) if "small_zh" in row else None
    return Option(row["code"], Words(row["zh"], row["en"]), small, row.get("field"))


def _read_field(row: Mapping[str, Any], siblings: Mapping[str, Field]) -> Field:
    same = row.get("same_options_as")
    options = (
        siblings[same].options if same else tuple(_read_option(option) for option in row.get("options", ()))
    )
    if row["kind"] not in KINDS:
        raise ValueError(f"field {row['name']}: kind is one of {', '.join(KINDS)}")
    return Field(
        name=row["name"],
        key=row["key"],
        kind=row["kind"],
        options=options,
        label=_words(row.get("label")),
        hint=_words(row.get("hint")),
        none=_words(row.get("none")),
        zero=_words(row.get("zero")),
        exact=_words(row.get("exact")),
        unit=_words(row.get("unit")),
        bands=row.get("bands"),
        candidates=row.get("candidates"),
        most=row.get("most", 0),
        is_optional=row.get("optional", False),
    )


def _read_question(path: Path) -> Question:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    siblings: dict[str, Field] = {}
    pages = []
    for position, row in enumerate(data["pages"]):
        fields = []
        for field_row in row.get("fields", ()):
            field = _read_field(field_row, siblings)
            siblings[field.name] = field
            fields.append(field)
        pages.append(
            Page(
                question=data["number"],
                code=row["code"],
                title=Words(**row["title"]),
                fields=tuple(fields),
                hint=tuple(Words(**hint) for hint in row.get("hint", ())),
                reason=_words(row.get("reason")),
                official=_words(row.get("official")),
                is_of_member=row.get("member", False),
                is_list=row.get("list", False),
                is_first=position == 0,
            )
        )
    return Question(data["number"], Words(**data["short"]), tuple(pages))


def _read_all() -> tuple[Question, ...]:
    questions = tuple(_read_question(path) for path in sorted(FOLDER.glob("*.toml")))
    keys = [field.key for question in questions for page in question.pages for field in page.fields]
    names = [field.name for question in questions for page in question.pages for field in page.fields]
    if len(set(keys)) != len(keys) or len(set(names)) != len(names):
        raise ValueError("two fields of the questions share a key or a name")
    return questions


QUESTIONS: tuple[Question, ...] = _read_all()
"""The twelve, in order."""


def pages() -> Iterator[Page]:
    """Every page of every question, in order."""
    for question in QUESTIONS:
        yield from question.pages


PAGES: dict[tuple[int, str], Page] = {(page.question, page.code): page for page in pages()}
"""Every page by question and code."""
FIELDS: dict[str, Field] = {field.name: field for page in pages() for field in page.fields}
"""Every field by its name."""
FIELD_OF_KEY: dict[int, Field] = {field.key: field for field in FIELDS.values()}
"""Every field by the short key under which cookies and saved answers hold it; a key is never used again."""
MEMBER_FIELDS: frozenset[str] = frozenset(
    field.name for page in pages() for field in page.fields if page.is_of_member or field.kind == "who"
)
"""The fields whose answer belongs to a member."""


def question(number: int) -> Question | None:
    """The question of that number, one to twelve."""
    return QUESTIONS[number - 1] if 1 <= number <= len(QUESTIONS) else None
