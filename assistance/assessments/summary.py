"""The answers read back in words, one line a page, for the household to check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from assistance.rules import Words

from .answers import UNSURE, YES, Answers, Range, Value, member_names
from .bands import band_words, yuan
from .flow import Step, candidates, is_answered, steps
from .questions import NONE_WORDS, UNSURE_WORDS, Field

NOBODY = Words("没有", "Nobody")
EMPTY = Words("", "")


@dataclass(frozen=True)
class Line:
    """One page with its answer."""

    step: Step
    title: Words
    answer: Words
    is_answered: bool


def lines_of(answers: Answers, day: date) -> tuple[Line, ...]:
    """Every page that this household is shown, with what it answered."""
    names = member_names(answers)
    return tuple(_line(step, answers, names, day) for step in steps(answers, day))


def _line(step: Step, answers: Answers, names: Sequence[Words], day: date) -> Line:
    title = step.page.title
    if step.member is not None:
        name = names[step.member]
        title = Words(f"{name.zh}：{title.zh}", f"{name.en}: {title.en}")
    if step.page.is_list:
        answer = _listed(names)
    else:
        answer = _joined([_field_words(field, step, answers, names, day) for field in step.page.fields])
    return Line(step, title, answer, is_answered(step, answers, day))


def _field_words(field: Field, step: Step, answers: Answers, names: Sequence[Words], day: date) -> Words:
    if field.kind == "who":
        return _who_words(field, answers, names, day)
    value = answers.get(field.name, step.member)
    return EMPTY if value is None else value_words(field, value)


def _who_words(field: Field, answers: Answers, names: Sequence[Words], day: date) -> Words:
    flags = {place: answers.members[place].get(field.name) for place in candidates(field, answers, day)}
    if not any(flags.values()):
        return EMPTY
    meant = [names[place] for place, flag in flags.items() if flag == YES]
    if UNSURE in flags.values():
        meant.append(UNSURE_WORDS)
    return _listed(meant) if meant else field.none or NOBODY


def value_words(field: Field, value: Value) -> Words:
    """One answer as a person reads it."""
    if value == UNSURE:
        return UNSURE_WORDS
    if isinstance(value, Range):
        if value == (0, 0):
            return field.zero or yuan(0)
        return band_words(value, first=value.low <= 1)
    if field.kind == "parts" and isinstance(value, tuple):
        pairs = zip(field.options, value, strict=True)
        return _listed(
            [
                Words(f"{option.words.zh} {yuan(part).zh}", f"{option.words.en} {yuan(part).en}")
                for option, part in pairs
                if isinstance(part, int)
            ]
        )
    if isinstance(value, tuple):
        chosen = [option.words for option in field.options if option.code in value]
        return _listed(chosen) if chosen else field.none or NONE_WORDS
    if isinstance(value, int):
        unit = field.unit or EMPTY
        return Words(f"{value} {unit.zh}".strip(), f"{value} {unit.en}".strip())
    option = field.option(value)
    return option.words if option else EMPTY


def _listed(words: Sequence[Words]) -> Words:
    return Words("、".join(word.zh for word in words), ", ".join(word.en for word in words))


def _joined(words: Sequence[Words]) -> Words:
    said = [word for word in words if word.zh]
    return Words("；".join(word.zh for word in said), "; ".join(word.en for word in said))
