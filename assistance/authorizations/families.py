"""Who belongs to a household on a day, who stands for whom, and who of the staff must keep out."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from assistance.authorizations.signers import SignerRule, who_signs
from assistance.errors import Refusal
from assistance.households import HouseholdMember
from assistance.people import Actor, Person, relatives
from infrastructure.languages import N_

RELATED = N_("这家有您本人或者您报备过的亲属，请换一位同事来办。")
HEADS = ("head", "spouse")


@dataclass(frozen=True)
class Standing:
    """One person in one household on one day, and whose signature counts for them."""

    person: Person
    member: HouseholdMember
    rule: SignerRule
    guardian_id: uuid.UUID | None
    """Who signs as guardian, where the rule asks for one and one is known."""

    @property
    def signers(self) -> dict[str, uuid.UUID]:
        """Who signs in which capacity; empty where nobody can or need."""
        if self.member.is_supporter:
            return {"supporter": self.person.id} if self.rule is SignerRule.SELF else {}
        if self.rule is SignerRule.SELF:
            return {"self": self.person.id}
        if self.guardian_id is None:
            return {}
        guardian = {"guardian": self.guardian_id}
        if self.rule is SignerRule.BOTH:
            return {**guardian, "ward": self.person.id}
        return guardian if self.rule in _BY_GUARDIAN else {}

    @property
    def lacks_guardian(self) -> bool:
        """Whether a guardian is needed and none is known."""
        return self.rule in (*_BY_GUARDIAN, SignerRule.BOTH) and self.guardian_id is None


_BY_GUARDIAN = (SignerRule.GUARDIAN, SignerRule.GUARDIAN_HEARING_CHILD)


def list_standings(session: Session, household_id: uuid.UUID, day: date) -> list[Standing]:
    """Everybody of a household on a day, supporters living elsewhere included, in the order of joining."""
    rows = _member_rows(session, HouseholdMember.household_id == household_id, day)
    by_id = {person.id: (person, member) for person, member in rows}
    return [_standing(person, member, by_id, session, day) for person, member in rows]


def find_standing(
    session: Session, household_id: uuid.UUID, person_id: uuid.UUID, day: date
) -> Standing | None:
    """One person of a household on a day; nobody who has left or died with it."""
    rows = _member_rows(session, HouseholdMember.household_id == household_id, day)
    by_id = {person.id: (person, member) for person, member in rows}
    own = next((row for row in rows if row[0].id == person_id), None)
    return None if own is None else _standing(*own, by_id, session, day)


def household_ids_of(session: Session, person_id: uuid.UUID, day: date) -> list[uuid.UUID]:
    """The households to which a person belongs on a day, as a member or as a supporter."""
    rows = _member_rows(session, HouseholdMember.person_id == person_id, day)
    return [member.household_id for _, member in rows]


def refuse_relatives(session: Session, actor: Actor, person_ids: Iterable[uuid.UUID]) -> None:
    """Refuse where a member of staff is one of these persons, or a declared relative of one."""
    if actor.kind != "staff":
        return
    wanted = set(person_ids)
    if actor.person_id in wanted:
        raise Refusal(RELATED)
    if actor.account_id and relatives.is_near_relative(session, actor.account_id, wanted):
        raise Refusal(RELATED)


def refuse_own_family(
    session: Session, actor: Actor, household_id: uuid.UUID, others: Iterable[uuid.UUID] = ()
) -> None:
    """Refuse staff who are, or are near to, anybody who belongs to this household or did, or these others."""
    everybody = session.scalars(
        select(HouseholdMember.person_id).where(HouseholdMember.household_id == household_id)
    )
    refuse_relatives(session, actor, {*everybody, *others})


def _member_rows(session: Session, condition: object, day: date) -> list[tuple[Person, HouseholdMember]]:
    found = (
        select(Person, HouseholdMember)
        .join(HouseholdMember, HouseholdMember.person_id == Person.id)
        .where(
            condition,  # type: ignore[arg-type]
            HouseholdMember.joined_on <= day,
            or_(HouseholdMember.left_on.is_(None), HouseholdMember.left_on > day),
        )
        .order_by(HouseholdMember.joined_on, HouseholdMember.id)
    )
    return [(person, member) for person, member in session.execute(found)]


def _standing(
    person: Person,
    member: HouseholdMember,
    by_id: dict[uuid.UUID, tuple[Person, HouseholdMember]],
    session: Session,
    day: date,
) -> Standing:
    rule = who_signs(
        person.birth,
        day,
        is_under_court_guardianship=member.is_under_court_guardianship,
        lives_on_own_wages=member.lives_on_own_wages,
        died_on=person.died_on,
    )
    guardian = None
    if rule in (*_BY_GUARDIAN, SignerRule.BOTH):
        guardian = _guardian_of(person, member, by_id, session, day)
    return Standing(person, member, rule, guardian)


def _guardian_of(
    person: Person,
    member: HouseholdMember,
    by_id: dict[uuid.UUID, tuple[Person, HouseholdMember]],
    session: Session,
    day: date,
) -> uuid.UUID | None:
    if member.is_guardian_accused:
        # Whoever is said to have harmed a member signs nothing for them; somebody else must be named first.
        return None
    if member.guardian_id is not None:
        named = session.get(Person, member.guardian_id)
        beside = by_id.get(member.guardian_id)
        if named is not None and _can_stand_for(named, beside, day):
            return named.id
    if member.relation != "child" or member.is_under_court_guardianship:
        # Only a child of the household has its parents for guardians without a word in the file.
        return None
    for parent, row in sorted(by_id.values(), key=lambda one: one[1].relation != "head"):
        if row.relation in HEADS and parent.id != person.id and _can_stand_for(parent, (parent, row), day):
            return parent.id
    return None


def _can_stand_for(guardian: Person, beside: tuple[Person, HouseholdMember] | None, day: date) -> bool:
    row = beside[1] if beside is not None else None
    return (
        who_signs(
            guardian.birth,
            day,
            is_under_court_guardianship=row.is_under_court_guardianship if row else False,
            lives_on_own_wages=row.lives_on_own_wages if row else False,
            died_on=guardian.died_on,
        )
        is SignerRule.SELF
    )
