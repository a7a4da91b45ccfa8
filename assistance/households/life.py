"""What happens in families: moves, births, deaths, splits, mergers, another guardian, another head.

Each checks everything first, then changes; both files stay readable, and a person's current lines stand in
the file to which the person belongs.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistance.divisions import national_index
from assistance.errors import Refusal
from assistance.households.as_seen import OF_AGE, WORKS
from assistance.households.commands import (
    Joining,
    check_active,
    check_current,
    check_day,
    check_village,
    close_if_empty,
    current_members,
    end_membership,
    move_in,
    open_household,
    put_down,
)
from assistance.households.events import GuardianChanged, HeadChanged, HouseholdMoved, MemberDied, tell
from assistance.households.initials import initial_of
from assistance.households.lines import carry_lines
from assistance.households.models import RELATIONS, Household, HouseholdMember
from assistance.people import Actor, Person
from assistance.values import age_on
from infrastructure.languages import N_

Relations = Mapping[uuid.UUID, str]
"""By the member's id, the relation to the head there will be."""


def move_household(
    session: Session,
    household: Household,
    *,
    division_code: str,
    address: str,
    on: date,
    by: Actor,
    now: datetime,
    county: str,
    note: str = "",
) -> None:
    """The whole household moves; out of the county its file is closed here and stays readable."""
    check_active(household)
    stays = national_index().is_within(division_code, county)
    if stays:
        check_village(division_code)
    elif national_index().get(division_code) is None:
        raise Refusal(N_("请选搬到哪里。"))
    check_day(on, now)
    before = household.division_code
    put_down(
        session,
        household,
        "moved",
        on=on,
        by=by,
        now=now,
        note=note,
        changed={
            "from": before,
            "to": division_code,
            "from_address": household.address,
            "to_address": address[:200],
        },
    )
    household.division_code = division_code
    household.sealed = {**household.sealed, "address": address[:200]}
    if not stays:
        household.state = "moved_out"
    session.flush()
    tell(session, HouseholdMoved(household.id, on, now, before, division_code))


def move_member(
    session: Session,
    household: Household,
    member: HouseholdMember,
    to: Household,
    *,
    relation: str,
    on: date,
    by: Actor,
    now: datetime,
    note: str = "",
) -> HouseholdMember:
    """Somebody leaves one household for another that is already there."""
    check_current(household, member)
    check_active(to)
    check_day(on, now)
    if to.id == household.id or relation not in RELATIONS or relation == "head":
        raise Refusal(N_("请选和户主的关系。"))
    _check_head_may_leave(session, household, [member])
    end_membership(session, member, on=on, because="moved", now=now)
    put_down(session, household, "left", on=on, by=by, now=now, member=member, other=to, note=note)
    there = move_in(session, to, _as_before(session, member, relation), on=on, by=by, now=now, note=note)
    carry_lines(session, member, there, by=by, now=now)
    close_if_empty(session, household)
    return there


def register_birth(
    session: Session,
    household: Household,
    child: Person,
    *,
    relation: str,
    guardian_id: uuid.UUID | None,
    on: date,
    by: Actor,
    now: datetime,
    note: str = "",
) -> HouseholdMember:
    """A child is born into a household; a number may follow later."""
    if child.birth is not None and child.birth != on:
        raise Refusal(N_("出生的日子和身份证号上的不一样，请再看一遍。"))
    member = move_in(
        session, household, Joining(child, relation, guardian_id=guardian_id), on=on, by=by, now=now
    )
    put_down(session, household, "born", on=on, by=by, now=now, member=member, note=note)
    return member


def register_death(
    session: Session,
    household: Household,
    member: HouseholdMember,
    *,
    on: date,
    by: Actor,
    now: datetime,
    new_head: HouseholdMember | None = None,
    relations: Relations | None = None,
    note: str = "",
) -> None:
    """Somebody has died: the place in the household ends, and those in their care have no guardian any more.

    Where it was the head, another of the household takes the place.
    """
    check_current(household, member)
    check_day(on, now)
    remaining = [one for one in current_members(session, household.id) if one.id != member.id]
    if member.relation == "head" and remaining and new_head is None:
        raise Refusal(N_("去世的是户主，请选出新的户主。"))
    person = session.get_one(Person, member.person_id)
    if person.died_on is not None:
        raise Refusal(N_("这个人登记为已经去世。"))
    person.died_on = on
    end_membership(session, member, on=on, because="died", now=now)
    put_down(session, household, "died", on=on, by=by, now=now, member=member, note=note)
    if member.relation == "head" and new_head is not None:
        _put_head(session, household, new_head, relations or {}, on=on, by=by, now=now)
    wards = select(HouseholdMember).where(
        HouseholdMember.guardian_id == person.id, HouseholdMember.left_on.is_(None)
    )
    for ward in session.scalars(wards.order_by(HouseholdMember.id)).all():
        place = session.get_one(Household, ward.household_id)
        _put_guardian(session, place, ward, None, on=on, by=by, now=now)
    tell(session, MemberDied(household.id, on, now, member.id, person.id))
    close_if_empty(session, household)


def split(
    session: Session,
    household: Household,
    leaving: Sequence[HouseholdMember],
    *,
    head: HouseholdMember,
    relations: Relations,
    division_code: str,
    address: str,
    on: date,
    by: Actor,
    now: datetime,
    note: str = "",
) -> Household:
    """Some members become a household of their own, with their own lines; the house's lines stay with it."""
    ids = {one.id for one in leaving}
    staying = [one for one in current_members(session, household.id) if one.id not in ids]
    if not leaving or head.id not in ids:
        raise Refusal(N_("请选出分出去的人，并从里面选一个户主。"))
    if not staying:
        raise Refusal(N_("全家一起走不用分户，请登记搬家。"))
    check_village(division_code)
    check_day(on, now)
    for one in leaving:
        check_current(household, one)
        if one.id != head.id and relations.get(one.id) not in set(RELATIONS) - {"head"}:
            raise Refusal(N_("请给分出去的每个人选和新户主的关系。"))
    _check_head_may_leave(session, household, leaving)
    for one in leaving:
        end_membership(session, one, on=on, because="split", now=now)
    new = open_household(
        session,
        division_code=division_code,
        address=address,
        joining=[
            _as_before(session, one, "head" if one.id == head.id else relations[one.id]) for one in leaving
        ],
        on=on,
        by=by,
        now=now,
        source="split",
    )
    _carry_all(session, leaving, new, by=by, now=now)
    changed = {"members": [str(one.id) for one in leaving]}
    put_down(session, household, "split", on=on, by=by, now=now, other=new, note=note, changed=changed)
    put_down(session, new, "split", on=on, by=by, now=now, other=household, note=note)
    return new


def merge(
    session: Session,
    household: Household,
    into: Household,
    *,
    relations: Relations,
    on: date,
    by: Actor,
    now: datetime,
    note: str = "",
) -> None:
    """Everybody of one household joins another; the first file is closed and leads on to the second."""
    check_active(household)
    check_active(into)
    check_day(on, now)
    if household.id == into.id:
        raise Refusal(N_("请选另外一户。"))
    coming = current_members(session, household.id)
    for one in coming:
        if relations.get(one.id) not in set(RELATIONS) - {"head"}:
            raise Refusal(N_("请给并过来的每个人选和户主的关系。"))
    for one in coming:
        end_membership(session, one, on=on, because="merged", now=now)
    for one in coming:
        there = move_in(session, into, _as_before(session, one, relations[one.id]), on=on, by=by, now=now)
        carry_lines(session, one, there, by=by, now=now)
    household.state, household.followed_by = "merged", into.id
    put_down(session, household, "merged", on=on, by=by, now=now, other=into, note=note)
    put_down(session, into, "merged", on=on, by=by, now=now, other=household, note=note)


def change_head(
    session: Session,
    household: Household,
    head: HouseholdMember,
    *,
    relations: Relations,
    on: date,
    by: Actor,
    now: datetime,
    note: str = "",
) -> None:
    """Another member is the head; everybody's relation to them is said anew."""
    check_current(household, head)
    check_day(on, now)
    if head.relation == "head":
        raise Refusal(N_("这个人已经是户主。"))
    _put_head(session, household, head, relations, on=on, by=by, now=now, note=note)


def change_guardian(
    session: Session,
    household: Household,
    member: HouseholdMember,
    guardian_id: uuid.UUID | None,
    *,
    on: date,
    by: Actor,
    now: datetime,
    by_court: bool | None = None,
    on_own_wages: bool | None = None,
    note: str = "",
) -> None:
    """Somebody has another guardian, or none; by a court's record an adult comes under guardianship too.

    A member of 16 or 17 who lives on own wages decides alone from then on (MF-18).
    """
    check_current(household, member)
    check_day(on, now)
    if guardian_id == member.person_id:
        raise Refusal(N_("监护人不能是本人。"))
    if by_court and guardian_id is None:
        raise Refusal(N_("请选出监护人。"))
    person = session.get_one(Person, member.person_id)
    if on_own_wages and (person.birth is None or not WORKS <= age_on(person.birth, on) < OF_AGE):
        raise Refusal(N_("只有 16、17 岁、靠自己工资过日子的人可以这样登记。"))
    _put_guardian(
        session,
        household,
        member,
        guardian_id,
        on=on,
        by=by,
        now=now,
        by_court=by_court,
        on_own_wages=on_own_wages,
        note=note,
    )


def _put_guardian(
    session: Session,
    household: Household,
    member: HouseholdMember,
    guardian_id: uuid.UUID | None,
    *,
    on: date,
    by: Actor,
    now: datetime,
    by_court: bool | None = None,
    on_own_wages: bool | None = None,
    note: str = "",
) -> None:
    before = {
        "old_guardian": str(member.guardian_id) if member.guardian_id else None,
        "new_guardian": str(guardian_id) if guardian_id else None,
        "was_by_court": member.is_under_court_guardianship,
        "was_on_own_wages": member.lives_on_own_wages,
    }
    member.guardian_id, member.is_guardian_accused = guardian_id, False
    if by_court is not None:
        member.is_under_court_guardianship = by_court
    if on_own_wages is not None:
        member.lives_on_own_wages = on_own_wages
    put_down(
        session,
        household,
        "guardian_changed",
        on=on,
        by=by,
        now=now,
        member=member,
        note=note,
        changed=before,
    )
    tell(session, GuardianChanged(household.id, on, now, member.id, member.person_id))


def _put_head(
    session: Session,
    household: Household,
    head: HouseholdMember,
    relations: Relations,
    *,
    on: date,
    by: Actor,
    now: datetime,
    note: str = "",
) -> None:
    check_current(household, head)
    everybody = current_members(session, household.id)
    others = [one for one in everybody if one.id != head.id]
    for one in others:
        if relations.get(one.id) not in set(RELATIONS) - {"head"}:
            raise Refusal(N_("请给家里每个人选和新户主的关系。"))
    before = {str(one.id): one.relation for one in everybody}
    for one in others:
        one.relation = relations[one.id]
    # The old head steps back first: the database knows one head at a time.
    session.flush()
    head.relation = "head"
    household.head_initial = initial_of(session.get_one(Person, head.person_id).name)
    put_down(
        session,
        household,
        "head_changed",
        on=on,
        by=by,
        now=now,
        member=head,
        note=note,
        changed={"relations_before": before},
    )
    tell(session, HeadChanged(household.id, on, now, head.id, head.person_id))


def _check_head_may_leave(session: Session, household: Household, leaving: Sequence[HouseholdMember]) -> None:
    ids = {one.id for one in leaving}
    staying = [one for one in current_members(session, household.id) if one.id not in ids]
    if staying and any(one.relation == "head" for one in leaving):
        raise Refusal(N_("户主要离开，请先登记换户主。"))


def _as_before(session: Session, member: HouseholdMember, relation: str) -> Joining:
    return Joining(
        session.get_one(Person, member.person_id),
        relation,
        guardian_id=member.guardian_id,
        is_under_court_guardianship=member.is_under_court_guardianship,
        lives_on_own_wages=member.lives_on_own_wages,
        is_guardian_accused=member.is_guardian_accused,
    )


def _carry_all(
    session: Session, leaving: Sequence[HouseholdMember], to: Household, *, by: Actor, now: datetime
) -> None:
    there = {one.person_id: one for one in current_members(session, to.id)}
    for one in leaving:
        carry_lines(session, one, there[one.person_id], by=by, now=now)
