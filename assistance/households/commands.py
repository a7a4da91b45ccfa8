"""Opening files, and people joining and leaving them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from assistance import audit
from assistance.divisions import Level, national_index
from assistance.errors import Refusal
from assistance.households.events import MemberJoined, MemberLeft, tell
from assistance.households.initials import initial_of
from assistance.households.lines import name_in_file
from assistance.households.models import RELATIONS, Household, HouseholdEvent, HouseholdMember
from assistance.households.numbers import new_numbers
from assistance.people import Actor, Person
from assistance.permissions import Permission
from infrastructure.clock import SHANGHAI
from infrastructure.languages import N_

RELATION_WORDS = {
    "head": N_("户主"),
    "spouse": N_("配偶"),
    "child": N_("子女"),
    "parent": N_("父母"),
    "grandparent": N_("祖父母"),
    "grandchild": N_("孙辈"),
    "sibling": N_("兄弟姐妹"),
    "other": N_("其他亲属"),
}
STATE_WORDS = {
    "active": N_("在册"),
    "merged": N_("已并户"),
    "dissolved": N_("已销户"),
    "moved_out": N_("已迁出"),
}
EVENT_WORDS = {
    "moved": N_("搬家"),
    "joined": N_("有人加入"),
    "left": N_("有人离开"),
    "born": N_("添了孩子"),
    "died": N_("有人去世"),
    "split": N_("分户"),
    "merged": N_("并户"),
    "guardian_changed": N_("监护人有变"),
    "head_changed": N_("换户主"),
}
IN_ANOTHER = N_("这个人现在登记在另一户里，请先在那一户登记离开。")
LONGEST_ADDRESS = 200


@dataclass(frozen=True)
class Joining:
    """Somebody who joins a household."""

    person: Person
    relation: str
    is_supporter: bool = False
    guardian_id: uuid.UUID | None = None
    is_under_court_guardianship: bool = False
    lives_on_own_wages: bool = False
    is_guardian_accused: bool = False


def open_household(
    session: Session,
    *,
    division_code: str,
    address: str,
    joining: Sequence[Joining],
    on: date,
    by: Actor,
    now: datetime,
    number: str | None = None,
    source: str = "counter",
) -> Household:
    """A new file with its first members, exactly one of them the head."""
    check_village(division_code)
    check_day(on, now)
    heads = [one for one in joining if one.relation == "head" and not one.is_supporter]
    if len(heads) != 1:
        raise Refusal(N_("一户要有一个户主，只有一个。"))
    household = Household(
        id=uuid.uuid4(),
        number=number or new_numbers(session)[0],
        division_code=division_code,
        sealed={"address": address[:LONGEST_ADDRESS]},
        head_initial=initial_of(heads[0].person.name),
        state="active",
        created_at=now,
    )
    session.add(household)
    session.flush()
    for one in joining:
        _join(session, household, one, on=on, now=now)
    audit.record(
        session,
        audit.Event.HOUSEHOLD_OPENED,
        by=by.for_the_log(Permission.HOUSEHOLDS_WRITE, division_code),
        now=now,
        object_ref=str(household.id),
        fields={"source": source, "members": len(joining)},
    )
    return household


def move_in(
    session: Session,
    household: Household,
    joining: Joining,
    *,
    on: date,
    by: Actor,
    now: datetime,
    note: str = "",
) -> HouseholdMember:
    """Somebody joins a household; nobody lives in two at once."""
    check_active(household)
    check_day(on, now)
    if joining.relation == "head":
        raise Refusal(N_("这一户已经有户主，要换请登记换户主。"))
    member = _join(session, household, joining, on=on, now=now)
    put_down(session, household, "joined", on=on, by=by, now=now, member=member, note=note)
    return member


def move_out(
    session: Session,
    household: Household,
    member: HouseholdMember,
    *,
    on: date,
    by: Actor,
    now: datetime,
    because: str = "left",
    note: str = "",
) -> None:
    """Somebody no longer belongs to a household, and the file says why; the last one closes it."""
    check_current(household, member)
    check_day(on, now)
    end_membership(session, member, on=on, because=because, now=now)
    put_down(session, household, "left", on=on, by=by, now=now, member=member, note=note)
    close_if_empty(session, household)


def check_village(division_code: str) -> None:
    """Refuse a place that is no village or community."""
    place = national_index().get(division_code)
    if place is None or place.level is not Level.VILLAGE:
        raise Refusal(N_("请选一个村或社区。"))


def check_day(on: date, now: datetime) -> None:
    """Refuse a day that has not come."""
    if on > now.astimezone(SHANGHAI).date():
        raise Refusal(N_("日期请填到今天为止的一天。"))


def check_active(household: Household) -> None:
    """Refuse to change a file that is closed."""
    if household.state != "active":
        raise Refusal(N_("这一户的档案已经停了，不能再改。"))


def check_current(household: Household, member: HouseholdMember) -> None:
    """Refuse what concerns somebody who is not in this household now."""
    check_active(household)
    if member.household_id != household.id or member.left_on is not None:
        raise Refusal(N_("这个人现在不在这一户里。"))


def current_members(session: Session, household_id: uuid.UUID) -> list[HouseholdMember]:
    """Those who live in a household now, in a fixed order."""
    query = (
        select(HouseholdMember)
        .where(
            HouseholdMember.household_id == household_id,
            HouseholdMember.left_on.is_(None),
            HouseholdMember.is_supporter.is_(False),
        )
        .order_by(HouseholdMember.joined_on, HouseholdMember.id)
    )
    return list(session.scalars(query))


def end_membership(
    session: Session, member: HouseholdMember, *, on: date, because: str, now: datetime
) -> None:
    """Let a membership end on a day; those for whom this was the guardian keep the reference."""
    if on < member.joined_on:
        raise Refusal(N_("离开的日子不能早于来的日子。"))
    member.left_on, member.left_because = on, because
    session.flush()
    tell(
        session,
        MemberLeft(member.household_id, on, now, member.id, member.person_id, because),
    )


def close_if_empty(session: Session, household: Household) -> bool:
    """A household in which nobody lives any more is dissolved."""
    if household.state == "active" and not current_members(session, household.id):
        household.state = "dissolved"
        return True
    return False


def put_down(
    session: Session,
    household: Household,
    event: str,
    *,
    on: date,
    by: Actor,
    now: datetime,
    member: HouseholdMember | None = None,
    other: Household | None = None,
    note: str = "",
    changed: dict[str, Any] | None = None,
) -> HouseholdEvent:
    """Write an event into the file and into the log."""
    kept: dict[str, Any] = dict(changed or {})
    if note:
        kept["note"] = note[:LONGEST_ADDRESS]
    row = HouseholdEvent(
        id=uuid.uuid4(),
        household_id=household.id,
        member_id=member.id if member else None,
        other_household_id=other.id if other else None,
        event=event,
        happened_on=on,
        sealed=kept,
        recorded_at=now,
        recorded_by=name_in_file(by),
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        audit.Event.MEMBER_EVENT_RECORDED if member else audit.Event.HOUSEHOLD_EVENT_RECORDED,
        by=by.for_the_log(Permission.HOUSEHOLDS_WRITE, household.division_code),
        now=now,
        object_ref=str(household.id),
        subject_ref=f"person:{member.person_id}" if member else None,
        fields={"event": event},
    )
    return row


def _join(
    session: Session, household: Household, joining: Joining, *, on: date, now: datetime
) -> HouseholdMember:
    if joining.relation not in RELATIONS:
        raise Refusal(N_("请选和户主的关系。"))
    if joining.person.died_on is not None and joining.person.died_on <= on:
        raise Refusal(N_("这个人登记为已经去世。"))
    if joining.guardian_id == joining.person.id:
        raise Refusal(N_("监护人不能是本人。"))
    if not joining.is_supporter:
        overlapping = session.scalar(
            select(HouseholdMember.id)
            .where(
                HouseholdMember.person_id == joining.person.id,
                HouseholdMember.is_supporter.is_(False),
                HouseholdMember.left_on.is_(None) | (HouseholdMember.left_on > on),
            )
            .limit(1)
        )
        if overlapping is not None:
            raise Refusal(IN_ANOTHER)
    member = HouseholdMember(
        id=uuid.uuid4(),
        household_id=household.id,
        person_id=joining.person.id,
        relation=joining.relation,
        is_supporter=joining.is_supporter,
        guardian_id=joining.guardian_id,
        is_under_court_guardianship=joining.is_under_court_guardianship,
        lives_on_own_wages=joining.lives_on_own_wages,
        is_guardian_accused=joining.is_guardian_accused,
        joined_on=on,
    )
    session.add(member)
    try:
        session.flush()
    except IntegrityError as error:
        # Two officers at once: the index keeps what the look before could not see yet.
        if "uq_household_members_one_" in str(error.orig):
            raise Refusal(IN_ANOTHER) from error
        raise
    if not joining.is_supporter:
        tell(session, MemberJoined(household.id, on, now, member.id, member.person_id))
    return member
