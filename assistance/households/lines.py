"""The lines of a file: one known value each with source, day and standing; never edited, only followed."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistance import audit, rules
from assistance.divisions import national_index
from assistance.errors import Refusal
from assistance.households.models import STANDINGS, Household, HouseholdLine, HouseholdMember
from assistance.people import Actor
from assistance.permissions import Permission
from infrastructure.clock import SHANGHAI
from infrastructure.languages import N_

FROM_THE_REGISTER = frozenset({"size", "age", "sex", "relation"})
"""Known by who the members are: they change with an event, not with a line."""
SOURCE_WORDS = {
    "questionnaire": N_("自己答的十二问"),
    "declaration": N_("家里自己说的"),
    "counter": N_("在窗口说的"),
    "import": N_("从表格里登记的"),
    "visit": N_("上门看的"),
}
STANDING_WORDS = {
    "declared": N_("自己说的"),
    "checked": N_("核对过的"),
    "visited": N_("上门看过的"),
}
EARLIEST = date(2000, 1, 1)


class WrongValue(Refusal):
    """A value that the fact cannot have; the words say what it can be, in both languages."""

    def __init__(self, words: rules.Words) -> None:
        super().__init__(words.zh)
        self.words = words


def check_value(fact: str, value: Any) -> rules.FactValue:
    """The value as the engine reads it; raises WrongValue, and Refusal for a fact that nobody knows."""
    known = rules.FACTS.get(fact)
    if known is None:
        raise Refusal(N_("没有这一项。"))
    try:
        if known.subject == "household":
            return rules.read_household({fact: value}, None).facts.get(fact)
        return rules.read_household({}, [{fact: value}]).members[0].get(fact)
    except rules.FactErrors as error:
        raise WrongValue(error.errors[0].message) from error


def record_line(
    session: Session,
    household: Household,
    *,
    fact: str,
    value: Any,
    source: str,
    dated_on: date,
    by: Actor,
    now: datetime,
    member: HouseholdMember | None = None,
    standing: str = "declared",
    authorization_id: uuid.UUID | None = None,
) -> HouseholdLine:
    """Put down one value; it follows the line of its standing that stands now, and which stays as history.

    A value of an earlier day than the one that stands becomes history at once; the same one told again of the
    same day by the same source changes nothing. A checked line needs the
    authorisation under which it was fetched. Raises Refusal or WrongValue.
    """
    known = rules.FACTS.get(fact)
    if known is None:
        raise Refusal(N_("没有这一项。"))
    if (known.subject == "member") != (member is not None):
        raise Refusal(N_("这一项是说一个人的，还是说全家的，请再看一下。"))
    if member is not None and member.household_id != household.id:
        raise Refusal(N_("这个人不在这一户里。"))
    if fact in FROM_THE_REGISTER:
        raise Refusal(N_("这一项按家里的成员算，有变化请登记家里的事。"))
    if standing not in STANDINGS or (standing == "checked") != (authorization_id is not None):
        raise Refusal(N_("没有本人的授权，不能登记核对来的内容。"))
    if not EARLIEST <= dated_on <= now.astimezone(SHANGHAI).date():
        raise Refusal(N_("日期请填到今天为止的一天。"))
    if check_value(fact, value) is None:
        raise WrongValue(rules.Words("请填一个内容", "a value is needed"))
    standing_now = session.scalar(
        select(HouseholdLine).where(
            HouseholdLine.household_id == household.id,
            HouseholdLine.member_id == (member.id if member else None),
            HouseholdLine.fact == fact,
            HouseholdLine.standing == standing,
            HouseholdLine.replaced_at.is_(None),
        )
    )
    if standing_now is not None and _says_the_same(standing_now, value, dated_on, source, authorization_id):
        # A button pressed twice.
        return standing_now
    line = HouseholdLine(
        id=uuid.uuid4(),
        household_id=household.id,
        member_id=member.id if member else None,
        fact=fact,
        sealed={"value": value},
        standing=standing,
        source=source,
        dated_on=dated_on,
        recorded_at=now,
        recorded_by=name_in_file(by),
        authorization_id=authorization_id,
    )
    if standing_now is not None and standing_now.dated_on > dated_on:
        line.replaced_at, line.replaced_by = now, standing_now.id
    elif standing_now is not None:
        standing_now.replaced_at, standing_now.replaced_by = now, line.id
    session.add(line)
    session.flush()
    audit.record(
        session,
        audit.Event.MEMBER_LINE_RECORDED if member else audit.Event.HOUSEHOLD_LINE_RECORDED,
        by=by.for_the_log(Permission.HOUSEHOLDS_WRITE, household.division_code),
        now=now,
        object_ref=str(household.id),
        subject_ref=f"person:{member.person_id}" if member else None,
        fields={"fact": fact, "standing": standing, "source": source},
    )
    return line


def _says_the_same(
    line: HouseholdLine, value: Any, dated_on: date, source: str, authorization_id: uuid.UUID | None
) -> bool:
    same = (line.dated_on, line.source, line.authorization_id) == (dated_on, source, authorization_id)
    return same and bool(line.sealed["value"] == value)


def name_in_file(by: Actor) -> str:
    """How a file names who wrote in it: by reference, never by name."""
    reference = by.account_id if by.kind == "staff" else by.person_id or by.identity_id
    return f"{by.kind}:{reference}" if reference else by.kind


def carry_lines(
    session: Session, from_member: HouseholdMember, to_member: HouseholdMember, *, by: Actor, now: datetime
) -> int:
    """Let a person's current lines stand in the file to which they belong now; the old file keeps its own."""
    current = session.scalars(
        select(HouseholdLine).where(
            HouseholdLine.member_id == from_member.id, HouseholdLine.replaced_at.is_(None)
        )
    ).all()
    for old in current:
        new = HouseholdLine(
            id=uuid.uuid4(),
            household_id=to_member.household_id,
            member_id=to_member.id,
            fact=old.fact,
            sealed={"value": old.sealed["value"]},
            standing=old.standing,
            source=old.source,
            dated_on=old.dated_on,
            recorded_at=now,
            recorded_by=name_in_file(by),
            authorization_id=old.authorization_id,
        )
        session.add(new)
        old.replaced_at, old.replaced_by = now, new.id
    session.flush()
    return len(current)


def value_in_words(fact: str, value: Any) -> rules.Words:
    """One value as people say it, in both languages."""
    known = rules.FACTS[fact]
    read = check_value(fact, value)
    return rules.Words(_in_words(known, read, "zh"), _in_words(known, read, "en"))


def _in_words(fact: rules.Fact, value: rules.FactValue, locale: str) -> str:
    return UNKNOWN.in_language(locale) if value is None else rules.value_in_words(fact, value, locale)


UNKNOWN = rules.Words("说不清楚", "not known")


def list_history(session: Session, household_id: uuid.UUID, line: HouseholdLine) -> list[HouseholdLine]:
    """Every line of the same thing, newest first."""
    query = (
        select(HouseholdLine)
        .where(
            HouseholdLine.household_id == household_id,
            HouseholdLine.fact == line.fact,
            HouseholdLine.member_id == line.member_id,
        )
        .order_by(HouseholdLine.dated_on.desc(), HouseholdLine.recorded_at.desc(), HouseholdLine.id)
    )
    return list(session.scalars(query))


def classes_of(facts: Iterable[str]) -> list[str]:
    """The classes of data to which some facts belong, as the log of looks names them."""
    return sorted({CLASS_OF_QUESTION[rules.FACTS[fact].question] for fact in facts})


CLASS_OF_QUESTION = {
    1: "relations",
    2: "relations",
    3: "status",
    4: "income",
    5: "property",
    6: "spending",
    7: "health",
    8: "health",
    9: "schooling",
    10: "work",
    11: "housing",
    12: "events",
}


def place_name(division_code: str, county: str) -> str:
    """Town and village as people say them."""
    return national_index().full_name(division_code, county) or national_index().full_name(division_code)
