"""Near relatives whom staff declare (近亲属备案), found again by a keyed value of their identity number."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assistance import audit
from assistance.errors import NotFound, Refusal
from assistance.orm import field_cipher
from assistance.people.actors import Actor
from assistance.people.models import DeclaredRelative, Person, StaffAccount
from assistance.people.persons import find_by_resident_id, tidy_name
from assistance.people.separation import Bar, MustRecuse
from assistance.permissions import Permission
from assistance.values import ResidentId
from infrastructure.languages import N_

LOOKUP = "declared_relatives.resident_id"
SIGNED_FOR = timedelta(days=365)
# 依据由县里确认: the county's own list of who counts is entered here once it is known.
RELATIONS: dict[str, str] = {
    "spouse": N_("配偶"),
    "parent": N_("父母"),
    "child": N_("子女"),
    "sibling": N_("兄弟姐妹"),
    "spouse_of_child": N_("子女的配偶"),
    "spouse_of_sibling": N_("兄弟姐妹的配偶"),
    "grandparent": N_("祖父母、外祖父母"),
    "grandchild": N_("孙子女、外孙子女"),
    "sibling_of_parent": N_("父母的兄弟姐妹"),
    "on_spouses_side": N_("配偶那边的近亲属"),
}


def declare_relative(
    session: Session, *, name: str, resident_id: ResidentId, relation: str, by: Actor, now: datetime
) -> DeclaredRelative:
    """Declare one near relative of oneself; declared again it stands again. Raises Refusal."""
    account = _own_account(session, by)
    if relation not in RELATIONS:
        raise Refusal(N_("请选是什么亲属"))
    own = session.get(Person, account.person_id)
    if own is not None and own.resident_id == resident_id:
        raise Refusal(N_("这是您自己的身份证号，请填亲属的"))
    lookup = _lookup(session, resident_id)
    declared = session.scalar(
        select(DeclaredRelative).where(
            DeclaredRelative.account_id == account.id, DeclaredRelative.resident_id_lookup == lookup
        )
    )
    known = find_by_resident_id(session, resident_id)
    sealed = {"name": tidy_name(name), "relation": relation, "person": str(known.id) if known else None}
    if declared is None:
        declared = DeclaredRelative(
            id=uuid.uuid4(),
            account_id=account.id,
            resident_id_lookup=lookup,
            sealed=sealed,
            declared_at=now,
        )
        session.add(declared)
    else:
        declared.sealed, declared.ended_at, declared.declared_at = sealed, None, now
    session.flush()
    audit.record(
        session,
        audit.Event.RELATIVE_DECLARED,
        by=by.for_the_log(Permission.RELATIVES_DECLARE),
        now=now,
        object_ref=str(declared.id),
        fields={"relation": relation},
    )
    return declared


def end_relative(session: Session, relative_id: uuid.UUID, *, by: Actor, now: datetime) -> None:
    """Take one's own declaration of a relative back, because it was a mistake or the tie has ended."""
    declared = session.get(DeclaredRelative, relative_id)
    if declared is None or declared.account_id != by.account_id or declared.ended_at is not None:
        raise NotFound
    declared.ended_at = now
    session.flush()
    audit.record(
        session,
        audit.Event.RELATIVE_ENDED,
        by=by.for_the_log(Permission.RELATIVES_DECLARE),
        now=now,
        object_ref=str(declared.id),
    )


def sign_relatives(session: Session, *, by: Actor, now: datetime) -> None:
    """Confirm, as every year, that nobody is missing from one's declaration."""
    account = _own_account(session, by)
    account.relatives_signed_at = now
    session.flush()
    audit.record(
        session,
        audit.Event.RELATIVES_SIGNED,
        by=by.for_the_log(Permission.RELATIVES_DECLARE),
        now=now,
        object_ref=str(account.id),
        fields={"count": len(list_relatives(session, account.id))},
    )


def is_signing_due(signed_at: datetime | None, now: datetime) -> bool:
    """Whether the yearly confirmation is missing or too old."""
    return signed_at is None or now - signed_at >= SIGNED_FOR


def list_relatives(session: Session, account_id: uuid.UUID) -> Sequence[DeclaredRelative]:
    """Whom an account has declared, in the order in which it was done."""
    standing = select(DeclaredRelative).where(
        DeclaredRelative.account_id == account_id, DeclaredRelative.ended_at.is_(None)
    )
    return session.scalars(standing.order_by(DeclaredRelative.declared_at, DeclaredRelative.id)).all()


def count_relatives(session: Session) -> dict[uuid.UUID, int]:
    """How many relatives each account has declared."""
    counted = (
        select(DeclaredRelative.account_id, func.count())
        .where(DeclaredRelative.ended_at.is_(None))
        .group_by(DeclaredRelative.account_id)
    )
    return dict(session.execute(counted).all())


def is_near_relative(session: Session, account_id: uuid.UUID, person_ids: Collection[uuid.UUID]) -> bool:
    """Whether one of these persons is a near relative of this account's owner, whoever declared it."""
    account = session.get(StaffAccount, account_id)
    if account is None or not person_ids:
        return False
    persons = session.scalars(select(Person).where(Person.id.in_(set(person_ids)))).all()
    numbers = [number for person in persons if (number := person.resident_id) is not None]
    mine = session.scalar(
        select(func.count())
        .select_from(DeclaredRelative)
        .where(
            DeclaredRelative.account_id == account_id,
            DeclaredRelative.ended_at.is_(None),
            DeclaredRelative.resident_id_lookup.in_([_lookup(session, number) for number in numbers]),
        )
    )
    if mine:
        return True
    own = session.get(Person, account.person_id)
    if own is None or own.resident_id is None:
        return False
    # A colleague among these persons may have named this member of staff: a tie has two ends.
    theirs = session.scalar(
        select(func.count())
        .select_from(DeclaredRelative)
        .join(StaffAccount, StaffAccount.id == DeclaredRelative.account_id)
        .where(
            StaffAccount.person_id.in_(set(person_ids)),
            DeclaredRelative.ended_at.is_(None),
            DeclaredRelative.resident_id_lookup == _lookup(session, own.resident_id),
        )
    )
    return bool(theirs)


def check_not_own_family(session: Session, actor: Actor, person_ids: Collection[uuid.UUID]) -> None:
    """Raise MustRecuse where staff would see or handle what is their own or a near relative's."""
    if actor.account_id is None:
        return
    if actor.person_id in person_ids:
        raise MustRecuse(Bar.OWN_HOUSEHOLD)
    if is_near_relative(session, actor.account_id, person_ids):
        raise MustRecuse(Bar.NEAR_RELATIVE)


def subject_of(declared: DeclaredRelative) -> str:
    """How the log names a declared relative: as the person they are here, if they are one."""
    known = declared.sealed.get("person")
    return f"person:{known}" if known else f"declared_relative:{declared.id}"


def _own_account(session: Session, by: Actor) -> StaffAccount:
    account = session.get(StaffAccount, by.account_id) if by.account_id else None
    if account is None:
        raise NotFound
    return account


def _lookup(session: Session, resident_id: ResidentId) -> bytes:
    return field_cipher(session).blind_index(LOOKUP, resident_id.value)
