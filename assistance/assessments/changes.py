"""What one submitted page changes in the answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from .answers import NO, UNSURE, YES, Answers, Value
from .flow import candidates, concerned
from .questions import FIELDS, MEMBER_FIELDS, Field, Page

COVERS_EVERYONE = frozenset({"pregnant", "lost_child"})
"""Asked of the whole household, so that whoever is not named is not meant, though the list shows fewer."""


def answer_page(
    answers: Answers, page: Page, values: Mapping[str, Value | None], member: int | None, day: date
) -> Answers:
    """The answers after one page; values hold who-questions as tuples of the places that were ticked."""
    for field in page.fields:
        value = values.get(field.name)
        if field.kind == "gate":
            answers = answer_gate(answers, field, value, day)
        else:
            answers = answers.with_values(
                {field.name: value}, member if field.name in MEMBER_FIELDS else None
            )
    return answers


def answer_gate(answers: Answers, field: Field, value: Value | None, day: date) -> Answers:
    """A household question: what is not ticked is known not to be so of every member it can concern."""
    answers = answers.with_values({field.name: value})
    for option in field.options:
        asked = FIELDS[option.opens or ""]
        if value == UNSURE:
            flags: dict[int, str | None] = dict.fromkeys(range(len(answers.members)), UNSURE)
        elif isinstance(value, tuple) and option.code in value:
            flags = _reopened(answers, asked, day)
        else:
            everyone = (
                range(len(answers.members))
                if asked.name in COVERS_EVERYONE
                else concerned(asked, answers, day)
            )
            flags = dict.fromkeys(everyone, NO)
        answers = answers.with_flags(asked.name, flags)
    return answers


def _reopened(answers: Answers, asked: Field, day: date) -> dict[int, str | None]:
    listed = candidates(asked, answers, day)
    if len(listed) == 1:
        only = listed[0]
        rest = set(range(len(answers.members))) - {only} if asked.name in COVERS_EVERYONE else set()
        return {only: YES, **dict.fromkeys(rest, NO)}
    if any(member.get(asked.name) == YES for member in answers.members):
        return {}
    # Everybody stood at no because the household question said so: now the page that asks who comes.
    return dict.fromkeys(range(len(answers.members)))


def answer_who(
    answers: Answers, field: Field, ticked: Collection[int], is_unsure: bool, day: date
) -> Answers:
    """Who it is: those not ticked are known not to be, unless the answer was also 说不清楚."""
    listed = candidates(field, answers, day)
    flags: dict[int, str | None] = {
        place: YES if place in ticked else UNSURE if is_unsure else NO for place in listed
    }
    if field.name in COVERS_EVERYONE and not is_unsure:
        flags |= {place: NO for place in range(len(answers.members)) if place not in listed}
    return answers.with_flags(field.name, flags)
