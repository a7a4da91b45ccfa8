"""What rests on nothing but one's own wish is deleted at once when one asks."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from assistance import audit
from assistance.authorizations import AuthorizationPart
from assistance.errors import NotFound, Refusal
from assistance.messages import Message, MessageState
from assistance.people import (
    Actor,
    KeptForm,
    RecordedPhone,
    RefreshToken,
    SignInIdentity,
    SignInSession,
)
from infrastructure.languages import N_

WORDS: Mapping[str, str] = {
    "sign_ins": N_("别的手机、电脑上的登录"),
    "messages": N_("发给我的消息"),
    "drafts": N_("没填完、没签完的草稿"),
    "identities": N_("微信、浙里办和这里的连接"),
    "own_phones": N_("我自己留的手机号"),
}
HINTS: Mapping[str, str] = {
    "sign_ins": N_("这一台还登录着，别的都退出并删掉"),
    "messages": N_("删了就看不到了；以后的消息照常发"),
    "drafts": N_("已经送出去的不会动"),
    "identities": N_("下次要重新登录、重新证明是您"),
    "own_phones": N_("村里、镇里登记的号码不在内，那个要请他们改"),
}


def count_deletable(session: Session, actor: Actor) -> dict[str, int]:
    """How much there is of each kind that a resident may delete at once."""
    return {code: _COUNTS[code](session, actor) for code in WORDS}


def delete_own(session: Session, codes: list[str], *, by: Actor, now: datetime) -> dict[str, int]:
    """Delete what was ticked; what law asks to be kept is not among it."""
    if by.person_id is None:
        raise NotFound
    chosen = [code for code in WORDS if code in codes]
    if not chosen:
        raise Refusal(N_("请至少选一样。"))
    done = {}
    for code in chosen:
        done[code] = _COUNTS[code](session, by)
        _DELETES[code](session, by)
        audit.record(
            session,
            audit.Event.OWN_DATA_DELETED,
            by=by.for_the_log(),
            now=now,
            subject_ref=f"person:{by.person_id}",
            fields={"what": code, "count": done[code]},
        )
    return done


def _number(session: Session, model: type, *conditions: object) -> int:
    return session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0  # type: ignore[arg-type]


def _other_sessions(actor: Actor) -> tuple[object, ...]:
    # Only a resident's own; a staff sign-in of the same person belongs to the other side.
    return SignInSession.person_id == actor.person_id, SignInSession.id != actor.session_id


def _delete_sessions(session: Session, actor: Actor) -> None:
    ids = session.scalars(select(SignInSession.id).where(*_other_sessions(actor))).all()  # type: ignore[arg-type]
    for model in (RefreshToken, KeptForm):
        session.execute(delete(model).where(model.session_id.in_(ids)))
    session.execute(delete(SignInSession).where(SignInSession.id.in_(ids)))


def _told_messages(actor: Actor) -> tuple[object, ...]:
    # What still waits to be sent is sent first: a code that never arrives would only be asked for again.
    return Message.person_id == actor.person_id, Message.state != MessageState.WAITING.value


def _delete_messages(session: Session, actor: Actor) -> None:
    ids = session.scalars(select(Message.id).where(*_told_messages(actor))).all()  # type: ignore[arg-type]
    session.execute(delete(Message).where(Message.id.in_(ids)))
    audit.forget(session, [str(one) for one in ids])


def _drafts(session: Session, actor: Actor) -> tuple[list[uuid.UUID], list[AuthorizationPart]]:
    mine = select(SignInSession.id).where(SignInSession.person_id == actor.person_id)
    forms = session.scalars(select(KeptForm.id).where(KeptForm.session_id.in_(mine))).all()
    waiting = select(AuthorizationPart).where(
        AuthorizationPart.signer_id == actor.person_id, AuthorizationPart.state == "waiting"
    )
    return list(forms), [part for part in session.scalars(waiting) if "draft" in part.sealed]


def _count_drafts(session: Session, actor: Actor) -> int:
    forms, parts = _drafts(session, actor)
    return len(forms) + len(parts)


def _delete_drafts(session: Session, actor: Actor) -> None:
    forms, parts = _drafts(session, actor)
    session.execute(delete(KeptForm).where(KeptForm.id.in_(forms)))
    for part in parts:
        part.sealed = {key: value for key, value in part.sealed.items() if key != "draft"}
    session.flush()


def _delete_identities(session: Session, actor: Actor) -> None:
    ids = session.scalars(select(SignInIdentity.id).where(SignInIdentity.person_id == actor.person_id)).all()
    session.execute(update(SignInSession).where(SignInSession.identity_id.in_(ids)).values(identity_id=None))
    session.execute(delete(SignInIdentity).where(SignInIdentity.id.in_(ids)))


def _own_phones(actor: Actor) -> tuple[object, ...]:
    return RecordedPhone.person_id == actor.person_id, RecordedPhone.recorded_by == "self"


_COUNTS: Mapping[str, Callable[[Session, Actor], int]] = {
    "sign_ins": lambda session, actor: _number(session, SignInSession, *_other_sessions(actor)),
    "messages": lambda session, actor: _number(session, Message, *_told_messages(actor)),
    "drafts": _count_drafts,
    "identities": lambda session, actor: _number(
        session, SignInIdentity, SignInIdentity.person_id == actor.person_id
    ),
    "own_phones": lambda session, actor: _number(session, RecordedPhone, *_own_phones(actor)),
}
_DELETES: Mapping[str, Callable[[Session, Actor], object]] = {
    "sign_ins": _delete_sessions,
    "messages": _delete_messages,
    "drafts": _delete_drafts,
    "identities": _delete_identities,
    "own_phones": lambda session, actor: session.execute(delete(RecordedPhone).where(*_own_phones(actor))),  # type: ignore[arg-type]
}
