"""Asking for a correction or a deletion, or for a dead relative's data; answering within fifteen days."""

from __future__ import annotations

import base64
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, exists, false, func, or_, select, update
from sqlalchemy.orm import Session

from assistance import audit, authorizations, households, messages, people
from assistance.data_register import data_register
from assistance.economic_checks import CheckTask
from assistance.errors import NotFound, Refusal
from assistance.households import HouseholdLine, HouseholdMember
from assistance.people import Actor, Person
from assistance.permissions import Permission
from assistance.rights.models import REASONS, STATES, WANTS, DataWish, RightsRequest
from assistance.values import ResidentId
from infrastructure.clock import SHANGHAI
from infrastructure.languages import N_

ANSWERED_WITHIN_DAYS = 15
COPY_DAYS = 30
LONGEST_TEXT = 500
MOST_OPEN = 10
SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
NEAR = ("spouse", "parent", "child", "sibling", "grandparent", "grandchild")
KIND_WORDS = {
    "correction": N_("请改过来"),
    "deletion": N_("请删掉"),
    "relative": N_("替过世的亲人来问"),
}
WANTS_WORDS = {"correct": N_("改过来"), "delete": N_("删掉"), "copy": N_("要一份")}
STATE_WORDS = {
    "open": N_("在等答复"),
    "done": N_("办好了"),
    "partly": N_("办了一部分"),
    "declined": N_("这次没有办，原因写在下面"),
    "withdrawn": N_("您收回了"),
}
REASON_WORDS = {
    "kept_by_law": N_("法律要求留着"),
    "case_rests_on_it": N_("有事情正用着它"),
    "found_right": N_("核实过，记的没有错"),
    "not_held": N_("我们这里没有存"),
    "not_a_near_relative": N_("材料上看不出是近亲属"),
    "wish_of_the_dead": N_("本人生前说过不给别人看"),
    "proof_missing": N_("还缺证明"),
}
RELATION_WORDS = {
    "spouse": N_("丈夫或者妻子"),
    "parent": N_("父亲或者母亲"),
    "child": N_("儿子或者女儿"),
    "sibling": N_("兄弟姐妹"),
    "grandparent": N_("爷爷奶奶、外公外婆"),
    "grandchild": N_("孙子孙女、外孙外孙女"),
}


@dataclass(frozen=True)
class Relative:
    """Who asks for a dead person's data, and what shows that they may."""

    name: str
    resident_id: ResidentId
    relation: str
    """What the dead person was to whoever asks."""
    proof: bytes
    """A JPEG that was drawn anew."""


def ask(
    session: Session, kind: str, about: str, says: str, *, of: Person, county: str, by: Actor, now: datetime
) -> RightsRequest:
    """Ask for a correction or a deletion in one's own data or a ward's; the words are asked for."""
    if kind not in ("correction", "deletion") or about not in {row.code for row in data_register().handlings}:
        raise NotFound
    if not says.strip():
        raise Refusal(N_("请写一句：哪里要改，或者哪些要删。"))
    wants = "correct" if kind == "correction" else "delete"
    return _put(session, kind, wants, about, {"says": says.strip()[:LONGEST_TEXT]}, of, county, by, now)


def ask_as_relative(
    session: Session, wants: str, told: Relative, says: str, *, county: str, by: Actor, now: datetime
) -> RightsRequest:
    """A near relative asks for a dead person's data; it looks the same whether we know that person or not."""
    if wants not in WANTS or told.relation not in NEAR:
        raise Refusal(N_("请选出您和亲人的关系，还有您要办的事。"))
    if not told.proof:
        raise Refusal(N_("请附上能证明关系的照片，比如户口本的那一页。"))
    found = people.find_by_resident_id(session, told.resident_id)
    sealed = {
        "says": says.strip()[:LONGEST_TEXT],
        "name": told.name.strip()[:LONGEST_TEXT],
        "resident_id": told.resident_id.value,
        "relation": told.relation,
        "proof": base64.b64encode(told.proof).decode(),
    }
    return _put(session, "relative", wants, "household-files", sealed, found, county, by, now)


def list_own(
    session: Session, actor: Actor, *, after: uuid.UUID | None = None, most: int | None = None
) -> Sequence[RightsRequest]:
    """What this resident has asked, the newest first.

    `after` is the last request of the page before; NotFound where it is none of the resident's own.
    """
    own = RightsRequest.person_id == actor.person_id
    mine = select(RightsRequest).where(own)
    if after is not None:
        at = session.scalar(select(RightsRequest.asked_at).where(own, RightsRequest.id == after))
        if at is None:
            raise NotFound
        is_same = and_(RightsRequest.asked_at == at, RightsRequest.id > after)
        mine = mine.where(or_(RightsRequest.asked_at < at, is_same))
    mine = mine.order_by(RightsRequest.asked_at.desc(), RightsRequest.id)
    return session.scalars(mine.limit(most)).all()


def get_own(session: Session, actor: Actor, request_id: uuid.UUID) -> RightsRequest:
    """One's own request, or NotFound."""
    found = session.get(RightsRequest, request_id)
    if found is None or actor.person_id is None or found.person_id != actor.person_id:
        raise NotFound
    return found


def withdraw(session: Session, request: RightsRequest, *, by: Actor, now: datetime) -> None:
    """Take a request back while it waits."""
    if request.state != "open":
        raise Refusal(N_("已经答复过了。"))
    request.state = "withdrawn"
    audit.record(
        session,
        audit.Event.RIGHTS_WITHDRAWN,
        by=by.for_the_log(),
        now=now,
        object_ref=str(request.id),
        subject_ref=request.audit_subject,
        case_ref=request.number,
    )


def list_visible(session: Session, actor: Actor) -> Sequence[RightsRequest]:
    """What this member of staff may answer: what waits by its day, then what was answered lately."""
    reached = [
        RightsRequest.division_code.between(code, code.ljust(12, "9"))
        for code in actor.divisions_for(Permission.RIGHTS_ANSWER)
    ]
    wanted = select(RightsRequest).where(or_(false(), *reached), RightsRequest.state != "withdrawn")
    return session.scalars(
        wanted.order_by(RightsRequest.state != "open", RightsRequest.due_on, RightsRequest.number).limit(200)
    ).all()


def get_visible(session: Session, actor: Actor, request_id: uuid.UUID) -> RightsRequest:
    """One request that this member of staff may answer, or NotFound."""
    found = session.get(RightsRequest, request_id)
    if found is None or not actor.covers(Permission.RIGHTS_ANSWER, found.division_code):
        raise NotFound
    return found


def answer(
    session: Session,
    request: RightsRequest,
    outcome: str,
    words: str,
    *,
    reason: str = "",
    is_proved: bool = False,
    by: Actor,
    now: datetime,
) -> None:
    """Answer once, in words; whatever is not done, or not all of it, has one of the known reasons (PIPL-50).

    What a near relative is given needs the death on record, the relation proved and no wish against it.
    """
    words = words.strip()
    if not by.covers(Permission.RIGHTS_ANSWER, request.division_code):
        raise NotFound
    if request.state != "open":
        raise Refusal(N_("已经答复过了。"))
    concerned = {one for one in (request.person_id, request.about_person_id) if one}
    authorizations.refuse_relatives(session, by, concerned)
    if outcome not in STATES[1:4]:
        raise Refusal(N_("请选出办得怎么样。"))
    if not words:
        raise Refusal(N_("请写下答复，居民会看到。"))
    if outcome != "done" and reason not in REASONS:
        raise Refusal(N_("没有办的，要选出原因。"))
    if request.kind == "relative" and outcome != "declined":
        _check_relative(session, request, is_proved)
        if request.wants == "copy":
            request.copy_until = now.astimezone(SHANGHAI).date() + timedelta(days=COPY_DAYS)
    if request.wants == "delete" and outcome == "done" and request.about == "household-files":
        _erase_file_lines(session, request, by=by, now=now)
    request.state = outcome
    request.reason = reason if outcome != "done" else None
    request.sealed = {**request.sealed, "answer": words[:LONGEST_TEXT]}
    request.answered_at = now
    request.answered_by = by.account_id
    audit.record(
        session,
        audit.Event.RIGHTS_ANSWERED,
        by=by.for_the_log(Permission.RIGHTS_ANSWER, request.division_code),
        now=now,
        object_ref=str(request.id),
        subject_ref=request.audit_subject,
        fields={"outcome": outcome, "reason": request.reason or "none"},
        case_ref=request.number,
    )
    values, key = {"number": request.number}, f"rights_answered:{request.id}"
    messages.say(session, messages.Template.RIGHTS_ANSWERED, values, request.person_id, key=key, now=now)


def say_wish(session: Session, wish: str, *, by: Actor, now: datetime) -> DataWish:
    """What is to happen with one's own data after one's death; said again, the newest counts."""
    if by.person_id is None or wish not in ("relatives", "nobody"):
        raise NotFound
    before = (DataWish.person_id == by.person_id) & DataWish.replaced_at.is_(None)
    session.execute(update(DataWish).where(before).values(replaced_at=now))
    said = DataWish(person_id=by.person_id, wish=wish, said_at=now)
    session.add(said)
    audit.record(
        session,
        audit.Event.DATA_WISH_SAID,
        by=by.for_the_log(),
        now=now,
        subject_ref=f"person:{by.person_id}",
        committed=wish.encode(),
    )
    return said


def wish_of(session: Session, person_id: uuid.UUID) -> str:
    """What somebody has arranged; where nothing was said, near relatives may ask as the law has it."""
    said = select(DataWish.wish).where(DataWish.person_id == person_id, DataWish.replaced_at.is_(None))
    return session.scalar(said) or "relatives"


def granted_copies(session: Session, actor: Actor, today: date) -> list[Person]:
    """The dead whose copy this resident was granted and may still fetch."""
    granted = select(RightsRequest.about_person_id).where(
        RightsRequest.person_id == actor.person_id,
        RightsRequest.kind == "relative",
        RightsRequest.copy_until >= today,
    )
    wanted = select(Person).where(Person.id.in_(granted)).order_by(Person.id)
    return [one for one in session.scalars(wanted) if wish_of(session, one.id) != "nobody"]


def is_late(request: RightsRequest, today: date) -> bool:
    """Whether the day to answer has passed."""
    return request.state == "open" and request.due_on < today


def _put(
    session: Session,
    kind: str,
    wants: str,
    about: str,
    sealed: dict[str, str],
    of: Person | None,
    county: str,
    by: Actor,
    now: datetime,
) -> RightsRequest:
    if by.person_id is None:
        raise NotFound
    mine = (RightsRequest.person_id == by.person_id) & (RightsRequest.state == "open")
    if (session.scalar(select(func.count()).select_from(RightsRequest).where(mine)) or 0) >= MOST_OPEN:
        raise Refusal(N_("您有十件还在等答复。等答复了，再提新的。"))
    today = now.astimezone(SHANGHAI).date()
    household = households.household_of(session, by.person_id)
    request = RightsRequest(
        number=_new_number(session, today),
        kind=kind,
        wants=wants,
        about=about,
        person_id=by.person_id,
        about_person_id=of.id if of else None,
        division_code=household.division_code if household else county,
        sealed=sealed,
        asked_at=now,
        due_on=today + timedelta(days=ANSWERED_WITHIN_DAYS),
        state="open",
    )
    session.add(request)
    session.flush()
    audit.record(
        session,
        audit.Event.RIGHTS_ASKED,
        by=by.for_the_log(),
        now=now,
        object_ref=str(request.id),
        subject_ref=request.audit_subject,
        fields={"kind": kind, "about": about},
        case_ref=request.number,
    )
    return request


def _check_relative(session: Session, request: RightsRequest, is_proved: bool) -> None:
    dead = session.get(Person, request.about_person_id) if request.about_person_id else None
    if dead is None or dead.died_on is None:
        raise Refusal(N_("档案里没有登记这个人过世，先登记了再办。"))
    if not is_proved:
        raise Refusal(N_("要先看过证明，确认是近亲属。"))
    if wish_of(session, dead.id) == "nobody":
        raise Refusal(N_("本人生前说过不给别人看，要按本人的意思办。"))


def _erase_file_lines(session: Session, request: RightsRequest, *, by: Actor, now: datetime) -> None:
    """Delete what somebody declared of themself, as long as no authorisation and no check has touched it."""
    of = request.about_person_id or request.person_id
    parts = authorizations.AuthorizationPart
    touched = select(exists().where(parts.person_id == of)), select(exists().where(CheckTask.person_id == of))
    if any(session.scalar(one) for one in touched):
        raise Refusal(
            N_("有授权或者核对用着这份档案，按档案的规定不能删。请选“办了一部分”或者“没有办”，写明原因。")
        )
    members = select(HouseholdMember.id).where(HouseholdMember.person_id == of)
    lines = session.scalars(select(HouseholdLine).where(HouseholdLine.member_id.in_(members))).all()
    for line in lines:
        session.delete(line)
    audit.forget(session, [str(line.id) for line in lines])
    audit.record(
        session,
        audit.Event.OWN_DATA_DELETED,
        by=by.for_the_log(Permission.RIGHTS_ANSWER, request.division_code),
        now=now,
        subject_ref=f"person:{of}",
        fields={"what": "household_lines", "count": len(lines)},
        case_ref=request.number,
    )


def _new_number(session: Session, today: date) -> str:
    for _ in range(20):
        number = f"RR-{today:%Y%m%d}-{''.join(secrets.choice(SIGNS) for _ in range(5))}"
        if not session.scalar(select(exists().where(RightsRequest.number == number))):
            return number
    raise RuntimeError("no number is left for today")
