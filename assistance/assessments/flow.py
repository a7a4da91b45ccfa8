"""Which pages come, in which order, for one household: branches skip what cannot matter, and say so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from assistance.rules import Band, Words

from .answers import NO, UNSURE, YES, Answers, Value, Values
from .questions import FIELDS, MEMBER_FIELDS, PAGES, Field, Option, Page

KNOWN_MEANS = Words(
    "您家已经有低保或低边，收入和存款镇里核对过，第 4、5 题先不问了。",
    "Your household is already recognised, so questions 4 and 5 on income and savings are left out.",
)
NO_MEMBERS = Words(
    "没有加家里人，第 7 到 10 题问的是每个人的事，先不问了。想问，就回第 2 题加人。",
    "No people were added, so questions 7 to 10 about each person are left out. Question 2 adds people.",
)
NO_WORKERS = Words(
    "家里没有 16 岁以上的人，第 10 题不用问了。", "Nobody at home is 16 or more, so question 10 is left out."
)
STUDENTS_LEFT_OUT = Words("在上学的人，就不再问有没有活干了。", "Those at school are not asked about work.")
ONE_PERSON = Words(
    "家里就一个人，谁挣的就不再问了。", "With one person at home it is not asked who has the income."
)
NO_SPENDING = Words(
    "没花什么钱，看病花多少就不问了。", "Nothing was paid, so the medical costs are not asked."
)


class Step(NamedTuple):
    """One page to show, for the household or for one member; the note says what was skipped just before."""

    page: Page
    member: int | None = None
    note: Words | None = None

    @property
    def place(self) -> tuple[int, str, int | None]:
        """What tells this step from every other."""
        return self.page.question, self.page.code, self.member


def age_band(birth_year: Value | None, day: date) -> Band | None:
    """The two ages that somebody born in a year may have on a day."""
    if not isinstance(birth_year, int):
        return None
    age = day.year - birth_year
    # Born in the day's own year means not yet one; a year to come cannot be, so the form refuses it.
    return Band(max(0, age - 1), max(0, age))


def _oldest(member: Values, day: date) -> int:
    age = age_band(member.get("birth_year"), day)
    return 130 if age is None else age.high


def _youngest(member: Values, day: date) -> int:
    age = age_band(member.get("birth_year"), day)
    return 0 if age is None else age.low


CANDIDATES: Mapping[str, Callable[[Values, date], bool]] = {
    "may_be_pregnant": lambda member, day: (
        member.get("sex") != "M" and _oldest(member, day) >= 12 and _youngest(member, day) <= 60
    ),
    "may_be_minor": lambda member, day: _youngest(member, day) < 18,
    "may_be_in_parents_care": lambda member, day: (
        _youngest(member, day) < 18 or member.get("at_school") == YES
    ),
    "may_work": lambda member, day: _oldest(member, day) >= 16,
    "may_pay_residents_pension": lambda member, day: (
        _oldest(member, day) >= 16 and _youngest(member, day) < 60
    ),
    "may_be_parent": lambda member, day: _oldest(member, day) >= 16,
    "may_need_supporter": lambda member, day: (
        _oldest(member, day) >= 60 or _youngest(member, day) < 16 or member.get("certified") != NO
    ),
}


def candidates(field: Field, answers: Answers, day: date) -> tuple[int, ...]:
    """The members whom a who-question can concern; all of them where it would otherwise be nobody."""
    test = CANDIDATES.get(field.candidates or "")
    everyone = tuple(range(len(answers.members)))
    if test is None:
        return everyone
    found = tuple(place for place in everyone if test(answers.members[place], day))
    return found or everyone


def concerned(field: Field, answers: Answers, day: date) -> tuple[int, ...]:
    """The members whom a who-question can concern, possibly nobody."""
    test = CANDIDATES.get(field.candidates or "")
    return tuple(place for place, member in enumerate(answers.members) if test is None or test(member, day))


def steps(answers: Answers, day: date) -> tuple[Step, ...]:
    """Every page that this household is shown, in order."""
    walk = _Walk(answers, day)
    for part in (walk.one, walk.two, walk.three, walk.means, walk.six, walk.seven, walk.eight,
                 walk.nine, walk.ten, walk.eleven, walk.twelve):  # fmt: skip
        part()
    return tuple(walk.steps)


def is_answered(step: Step, answers: Answers, day: date) -> bool:
    """Whether everything that a page asks has an answer, 说不清楚 included."""
    if step.page.is_list:
        return bool(answers.members) or "size" in answers.household
    return all(field.is_optional or _has_answer(field, step, answers, day) for field in step.page.fields)


def _has_answer(field: Field, step: Step, answers: Answers, day: date) -> bool:
    if field.kind == "who":
        return all(field.name in answers.members[place] for place in candidates(field, answers, day))
    if field.kind == "parts":
        return True
    if field.name == "rigid" and "rigid_parts" in answers.household:
        return True
    if field.kind == "gate" and answers.get(field.name) is not None:
        return all(_gate_covers(option, answers, day) for option in _unticked(field, answers))
    return answers.get(field.name, step.member if field.name in MEMBER_FIELDS else None) is not None


def _unticked(field: Field, answers: Answers) -> Iterator[Option]:
    ticked = answers.get(field.name)
    for option in field.options:
        if not isinstance(ticked, tuple) or option.code not in ticked:
            yield option


def _gate_covers(option: Option, answers: Answers, day: date) -> bool:
    # Somebody added after the question was answered has not been asked about yet.
    field = FIELDS[option.opens or ""]
    return all(field.name in answers.members[place] for place in concerned(field, answers, day))


def first_open(answers: Answers, day: date) -> Step | None:
    """The first page without an answer."""
    return next((step for step in steps(answers, day) if not is_answered(step, answers, day)), None)


def find_step(answers: Answers, day: date, place: tuple[int, str, int | None]) -> Step | None:
    """The step at a place, if this household is shown it."""
    return around(answers, day, place).step


class Around(NamedTuple):
    """A place in the walk: its step, if it is shown, and its neighbours."""

    before: Step | None
    step: Step | None
    after: Step | None


def around(answers: Answers, day: date, place: tuple[int, str, int | None]) -> Around:
    """What stands at a place, before it and after it."""
    before = here = None
    order = _order(place)
    for step in steps(answers, day):
        own = _order(step.place)
        if own < order:
            before = step
        elif own == order:
            here = step
        else:
            return Around(before, here, step)
    return Around(before, here, None)


def following(answers: Answers, day: date, place: tuple[int, str, int | None]) -> Step | None:
    """The page after a place, or None after the last."""
    return around(answers, day, place).after


def preceding(answers: Answers, day: date, place: tuple[int, str, int | None]) -> Step | None:
    """The page before a place, or None before the first."""
    return around(answers, day, place).before


# Pages that follow one another for one person share a rank: one is finished before the next begins.
_RANK = {key: rank for rank, key in enumerate(PAGES)}
for _later, _first in {
    (10, "registered"): (10, "work"),
    (10, "insurance"): (10, "work"),
    (12, "mother"): (12, "father"),
}.items():
    _RANK[_later] = _RANK[_first]
_WITHIN = {key: rank for rank, key in enumerate(PAGES)}


def _order(place: tuple[int, str, int | None]) -> tuple[int, int, int]:
    question, code, member = place
    return _RANK[question, code], -1 if member is None else member, _WITHIN[question, code]


class _Walk:
    def __init__(self, answers: Answers, day: date) -> None:
        self.answers, self.day = answers, day
        self.steps: list[Step] = []
        self.note: Words | None = None

    def show(self, question: int, code: str, member: int | None = None) -> None:
        self.steps.append(Step(PAGES[question, code], member, self.note))
        self.note = None

    def skip(self, note: Words) -> None:
        self.note = Words(self.note.zh + note.zh, f"{self.note.en} {note.en}") if self.note else note

    def ticked(self, name: str, code: str) -> bool:
        codes = self.answers.get(name)
        return isinstance(codes, tuple) and code in codes

    def flagged(self, name: str) -> list[int]:
        return [place for place, member in enumerate(self.answers.members) if member.get(name) == YES]

    def gate(self, question: int, page: str) -> None:
        """A household question first, then who, then a page for each of them."""
        self.show(question, page)
        field = PAGES[question, page].fields[0]
        for option in field.options:
            if self.ticked(field.name, option.code):
                self.who(question, option.opens or "")

    def who(self, question: int, name: str) -> None:
        for code in (page.code for key, page in PAGES.items() if key[0] == question):
            page = PAGES[question, code]
            asks = bool(page.fields) and page.fields[0].name == name
            # With one person at home there is nothing to choose.
            if asks and len(candidates(page.fields[0], self.answers, self.day)) > 1:
                self.show(question, code)
        for place in self.flagged(name):
            for code in DETAILS.get(name, ()):
                self.show(question, code, place)

    def one(self) -> None:
        self.show(1, "registration")
        self.show(1, "home")

    def two(self) -> None:
        self.show(2, "members")
        if self.answers.members:
            self.gate(2, "situation")
        elif "size" in self.answers.household:
            self.show(2, "size")

    def three(self) -> None:
        self.show(3, "status")

    def means(self) -> None:
        answers = self.answers
        given = any(name in answers.household for name in MEANS_FIELDS)
        if has_known_means(answers) and not given:
            self.skip(KNOWN_MEANS)
            return
        self.show(4, "income")
        if answers.get("income") not in (None, UNSURE):
            self.show(4, "counted")
        if self.ticked("counted", "basic_pension"):
            self.show(4, "pension")
        # What somebody who lives alone has is what the household has: it is not asked twice.
        if len(answers.members) > 1:
            self.show(4, "earners")
            for place in self.flagged("has_income"):
                self.show(4, "own-income", place)
        elif answers.members:
            self.skip(ONE_PERSON)
        self.show(5, "savings")
        self.show(5, "cars")
        if answers.get("cars") in ("1", "2"):
            self.show(5, "car-price")
        self.show(5, "business")

    def six(self) -> None:
        self.show(6, "spending")
        parts, total = self.answers.get("rigid_parts"), self.answers.get("rigid")
        if isinstance(parts, tuple) and parts[0] is not None:
            return
        if isinstance(total, tuple) and total == (0, 0):
            self.skip(NO_SPENDING)
            return
        self.show(6, "medical")

    def seven(self) -> None:
        if self.answers.members:
            self.gate(7, "health")
        else:
            self.skip(NO_MEMBERS)

    def eight(self) -> None:
        if self.answers.members:
            self.gate(8, "disability")

    def nine(self) -> None:
        if self.answers.members:
            self.show(9, "school")
            for place in self.flagged("at_school"):
                self.show(9, "stage", place)

    def ten(self) -> None:
        members = self.answers.members
        if not members:
            return
        workers = [place for place, member in enumerate(members) if CANDIDATES["may_work"](member, self.day)]
        if not workers:
            self.skip(NO_WORKERS)
            return
        self.show(10, "wages")
        asked = [place for place in workers if members[place].get("employed") == NO]
        if any(members[place].get("at_school") == YES for place in asked):
            self.skip(STUDENTS_LEFT_OUT)
        for place in asked:
            if members[place].get("at_school") == YES:
                continue
            self.show(10, "work", place)
            if members[place].get("work") == "unemployed":
                self.show(10, "registered", place)
                self.show(10, "insurance", place)
        self.show(10, "union")
        if concerned(FIELDS["residents_pension"], self.answers, self.day):
            self.show(10, "residents-pension")

    def eleven(self) -> None:
        for code in ("housing", "homes", "safety", "meters"):
            self.show(11, code)

    def twelve(self) -> None:
        self.show(12, "events")
        if self.answers.members:
            self.gate(12, "special")


DETAILS: Mapping[str, tuple[str, ...]] = {
    "is_away": ("away-why",),
    "ill": ("illness",),
    "needs_care": ("care",),
    "certified": ("certificate",),
    "parents_absent": ("father", "mother"),
    "unsupported": ("supporter-state",),
    "lost_child": ("loss-kind",),
    "is_veteran": ("service",),
    "has_legal": ("matter",),
}
"""The pages that follow for each member whom a who-question names."""

MEANS_FIELDS = ("income", "counted", "liquid", "cars", "car_price", "non_residential", "capital")


def has_known_means(answers: Answers) -> bool:
    """Whether a status says enough of income and savings to leave them out."""
    status = answers.get("status")
    # Both at once is a near-poor family with one member on the allowance: asked like anybody.
    return isinstance(status, tuple) and ("dibao" in status) != ("dibian" in status)
