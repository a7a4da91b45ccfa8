"""Question pages ready for their template: what never changes is put into words once for each language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from flask import url_for

from assistance import assessments
from assistance.assessments import (
    NONE_WORDS,
    PAGES,
    QUESTIONS,
    UNSURE,
    UNSURE_WORDS,
    Answers,
    Field,
    Page,
    Range,
    Step,
    Value,
)
from assistance.rules import Words
from portal.forms.assessments import EXACT, NONE, Submission

LAST = len(QUESTIONS)


@dataclass(frozen=True)
class Choice:
    """One row to tap."""

    value: str
    label: str
    small: str = ""


@dataclass(frozen=True)
class FieldWords:
    """What never changes of a field, in one language."""

    name: str
    kind: str
    type: str
    label: str
    hint: str
    choices: tuple[Choice, ...]
    last_choices: tuple[Choice, ...]
    exact: str
    unit: str
    is_optional: bool


@dataclass(frozen=True)
class PageWords:
    """What never changes of a page, in one language."""

    title: str
    hints: tuple[str, ...]
    official: str
    reason: str
    fields: tuple[FieldWords, ...]


@dataclass
class ShownField:
    """A field as the page shows it now."""

    words: FieldWords
    choices: Sequence[Choice]
    chosen: Sequence[str]
    typed: str = ""
    boxes: Sequence[tuple[str, str, str]] = ()
    """Boxes of their own: name, label, what is in it."""
    error: str = ""


@lru_cache(maxsize=512)
def page_words(page: Page, locale: str) -> PageWords:
    """The words of a page in one language."""

    def say(words: Words | None) -> str:
        return words.in_language(locale) if words else ""

    def field_words(field: Field) -> FieldWords:
        choices = tuple(Choice(option.code, say(option.words), say(option.small)) for option in field.options)
        last = [Choice(UNSURE, say(UNSURE_WORDS))]
        if field.kind in ("many", "gate", "who") and (field.none or field.kind != "many"):
            last.insert(0, Choice(NONE, say(field.none or NONE_WORDS)))
        return FieldWords(
            name=field.name,
            kind=field.kind,
            type="checkbox" if field.kind in ("many", "gate", "who") else "radio",
            label=say(field.label),
            hint=say(field.hint),
            choices=choices,
            last_choices=tuple(last),
            exact=say(field.exact),
            unit=say(field.unit),
            is_optional=field.is_optional,
        )

    return PageWords(
        title=say(page.title),
        hints=tuple(say(hint) for hint in page.hint),
        official=say(page.official),
        reason=say(page.reason),
        fields=tuple(field_words(field) for field in page.fields),
    )


def shown_fields(
    step: Step,
    answers: Answers,
    bands: dict[str, tuple[Range, ...] | None],
    day: date,
    locale: str,
    read: Submission | None = None,
    typed: dict[str, list[str]] | None = None,
) -> list[ShownField]:
    """Every field of a page with its choices and what is chosen; after an error, with what was sent."""
    names = [name.in_language(locale) for name in assessments.member_names(answers)]
    shown = []
    for field, words in zip(step.page.fields, page_words(step.page, locale).fields, strict=True):
        made = _shown(field, words, step, answers, bands, names, day, locale)
        if typed is not None and read is not None:
            made.chosen = typed.get(field.name, [])
            made.typed = (typed.get(f"{field.name}_exact") or typed.get(field.name) or [""])[0][:40]
            made.boxes = [(name, label, (typed.get(name) or [""])[0][:40]) for name, label, _ in made.boxes]
            made.error = read.error_of(field.name)
        shown.append(made)
    return shown


def _shown(
    field: Field,
    words: FieldWords,
    step: Step,
    answers: Answers,
    bands: dict[str, tuple[Range, ...] | None],
    names: Sequence[str],
    day: date,
    locale: str,
) -> ShownField:
    if field.kind == "who":
        return _shown_who(field, words, answers, names, day)
    value = None
    if not (step.page.code == "person" and step.member is None):
        value = answers.get(field.name, step.member)
    if field.kind == "money":
        return _shown_money(field, words, value, bands.get(field.name), locale)
    if field.kind == "parts":
        parts = value if isinstance(value, tuple) else (None,) * len(field.options)
        boxes = [
            (
                f"{field.name}_{choice.value}",
                choice.label,
                yuan_typed(part if isinstance(part, int) else None),
            )
            for choice, part in zip(words.choices, parts, strict=True)
        ]
        return ShownField(words, (), (), boxes=boxes)
    if field.kind in ("count", "year"):
        chosen = [UNSURE] if value == UNSURE else []
        return ShownField(words, (), chosen, typed=str(value) if isinstance(value, int) else "")
    return ShownField(words, words.choices + words.last_choices, _chosen(value))


def _chosen(value: Value | None) -> list[str]:
    if value is None:
        return []
    if isinstance(value, tuple):
        return [str(code) for code in value] or [NONE]
    return [str(value)]


def _shown_who(
    field: Field, words: FieldWords, answers: Answers, names: Sequence[str], day: date
) -> ShownField:
    listed = assessments.candidates(field, answers, day)
    flags = [answers.members[place].get(field.name) for place in listed]
    chosen = [str(place + 1) for place, flag in zip(listed, flags, strict=True) if flag == assessments.YES]
    if UNSURE in flags:
        chosen.append(UNSURE)
    elif flags and all(flag == assessments.NO for flag in flags):
        chosen.append(NONE)
    choices = [Choice(str(place + 1), names[place]) for place in listed]
    return ShownField(words, [*choices, *words.last_choices], chosen)


def _shown_money(
    field: Field, words: FieldWords, value: Value | None, bands: tuple[Range, ...] | None, locale: str
) -> ShownField:
    offered: list[Range] = [Range(0, 0)] if field.zero else []
    offered += bands or ()
    choices = [
        Choice(band_value(band), _band_label(field, band, place == len(offered) - len(bands or ()), locale))
        for place, band in enumerate(offered)
    ]
    chosen, typed = [], ""
    if isinstance(value, Range):
        if value in offered:
            chosen = [band_value(value)]
        elif value.high == value.low:
            typed = yuan_typed(value.low)
        else:
            # The lines have moved since; what was said stays a choice of its own.
            choices.append(Choice(band_value(value), _band_label(field, value, False, locale)))
            chosen = [band_value(value)]
    elif value == UNSURE:
        chosen = [UNSURE]
    return ShownField(words, [*choices, *words.last_choices], chosen, typed=typed)


def _band_label(field: Field, band: Range, is_first: bool, locale: str) -> str:
    if band == (0, 0) and field.zero:
        return field.zero.in_language(locale)
    return assessments.band_words(band, is_first).in_language(locale)


def band_value(band: Range) -> str:
    """A band as its choice carries it."""
    return f"{band.low}-{'' if band.high is None else band.high}"


def yuan_typed(fen: int | None) -> str:
    """A sum as somebody would have typed it."""
    if fen is None:
        return ""
    return f"{fen // 100}" if fen % 100 == 0 else f"{fen / 100:.2f}"


_FIRST_OF_MEMBER = {
    question.number: next((page.code for page in question.pages if page.is_of_member), None)
    for question in QUESTIONS
}


def address_of(step: Step, **query: Any) -> str:
    """The address of a page."""
    number, code, member = step.place
    if member is not None:
        if code == _FIRST_OF_MEMBER[number]:
            return url_for("portal.show_member_question", number=number, index=member + 1, **query)
        return url_for("portal.show_member_page", number=number, index=member + 1, code=code, **query)
    if step.page.is_first:
        return url_for("portal.show_question", number=number, **query)
    return url_for("portal.show_question_page", number=number, code=code, **query)


def first_page_of_member(number: int) -> Page | None:
    """The page that a question shows first for a member."""
    code = _FIRST_OF_MEMBER.get(number)
    return PAGES[number, code] if code else None


__all__ = ["EXACT", "LAST", "address_of", "first_page_of_member", "page_words", "shown_fields"]
