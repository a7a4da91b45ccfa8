"""What pages and JSON share when residents sign in: the attempt under way, platforms, devices."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import uuid
from dataclasses import asdict, dataclass, field
from datetime import timedelta

from flask import request
from sqlalchemy.orm import Session

from assistance import audit, messages, people
from assistance.people import Actor, Proof
from assistance.values import Malformed, Phone
from infrastructure.crypto import Unreadable
from infrastructure.languages import N_
from infrastructure.platforms import PlatformRefused
from web.access import current_actor
from web.languages import current_locale
from web.platforms import platforms
from web.services import services
from web.unit_of_work import after_answer, current_session

ATTEMPT = "attempt"
ATTEMPT_LIVES = timedelta(minutes=30)
LONGEST_SEALED = 2000
SIGN_IN, STEP_UP, BIND = "sign_in", "step_up", "bind"

APPS = {
    "wechat": N_("微信"),
    "alipay": N_("支付宝"),
    "zlb": N_("浙里办"),
    "browser": N_("浏览器"),
}
SYSTEMS = {
    "android": N_("安卓手机"),
    "ios": N_("苹果手机"),
    "harmony": N_("鸿蒙手机"),
    "computer": N_("电脑"),
    "other": N_("别的设备"),
}
_APP_MARKS = (
    ("micromessenger", "wechat"),
    ("alipayclient", "alipay"),
    ("dtdreamweb", "zlb"),
    ("hanweb", "zlb"),
)
_SYSTEM_MARKS = (
    ("openharmony", "harmony"),
    ("harmonyos", "harmony"),
    ("android", "android"),
    ("iphone", "ios"),
    ("ipad", "ios"),
    ("windows", "computer"),
    ("macintosh", "computer"),
    ("linux", "computer"),
)


@dataclass(frozen=True)
class Attempt:
    """A sign-in, a step up or a binding that waits for its code; only we can read it."""

    purpose: str
    phone: str = field(repr=False)
    bound_to: str = field(repr=False)
    """What the code belongs to: a random word before a session exists, afterwards the session's id."""
    back: str = ""
    """The signed way back to where the person was."""
    is_own_phone: bool = False
    began_at: float = 0.0

    @property
    def number(self) -> Phone:
        """The telephone that the code goes to."""
        return Phone(self.phone)


def begin(
    purpose: str,
    phone: Phone,
    *,
    back: str = "",
    is_own_phone: bool = False,
    session_id: uuid.UUID | None = None,
) -> Attempt:
    """A new attempt; what belongs to a session is bound to it."""
    bound_to = str(session_id) if session_id else secrets.token_urlsafe(24)
    began_at = services().clock.now().timestamp()
    return Attempt(purpose, phone.value, bound_to, back, is_own_phone, began_at)


def seal(attempt: Attempt) -> str:
    """The attempt as a short text that says nothing to anybody else."""
    return seal_text(ATTEMPT, json.dumps(asdict(attempt)))


def unseal(text: str) -> Attempt | None:
    """The attempt behind a text of ours; None where it is forged, cut short or too old."""
    plain = unseal_text(ATTEMPT, text)
    if not plain:
        return None
    found = Attempt(**json.loads(plain))
    age = services().clock.now().timestamp() - found.began_at
    return found if -60 <= age < ATTEMPT_LIVES.total_seconds() else None


def seal_text(purpose: str, plain: str) -> str:
    """A short text for one purpose that only we can read again."""
    sealed = services().cipher.seal(f"sign_in.{purpose}", plain.encode())
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def unseal_text(purpose: str, text: str) -> str:
    """What was sealed for this purpose; empty where it is forged, cut short or meant for something else."""
    if not text or len(text) > LONGEST_SEALED or not text.isascii():
        return ""
    try:
        sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return services().cipher.open(f"sign_in.{purpose}", sealed).decode()
    except (Unreadable, binascii.Error, ValueError):
        return ""


def ask_wechat(code: str, phone_code: str = "") -> Proof:
    """Who opened the mini-program; raises PlatformRefused. Belongs before the request's first statement."""
    client = platforms().wechat
    if client is None:
        raise LookupError("wechat is switched off")
    found = client.sign_in(code)
    phone = None
    if phone_code:
        phone = _phone_or_none(client.phone(phone_code))
    return Proof("wechat", found.openid, phone=phone)


def ask_zlb(ticket: str) -> Proof:
    """Who came from 浙里办; raises PlatformRefused. Belongs before the request's first statement."""
    client = platforms().zlb
    if client is None:
        raise LookupError("zlb is switched off")
    found = client.sign_in(ticket)
    return Proof(
        "zlb",
        found.user_id,
        phone=_phone_or_none(found.phone),
        name=found.name,
        resident_id=found.resident_id,
    )


def note_failure(by: str, because: str) -> None:
    """Log that a sign-in did not succeed, after the answer: who it might have been is not said."""
    actor, now = current_actor().for_the_log(), services().clock.now()

    def write(session: Session) -> None:
        audit.record(
            session,
            audit.Event.SIGN_IN_FAILED,
            by=actor,
            now=now,
            fields={"by": by, "because": because},
            result="refused",
        )

    after_answer(write)


def failure_of(refused: PlatformRefused) -> str:
    """The kind of a platform's refusal as the log writes it."""
    return refused.kind.value


def device() -> str:
    """The app and the system of whoever asks, as two short words."""
    told = request.headers.get("User-Agent", "")[:400].lower()
    app = next((word for mark, word in _APP_MARKS if mark in told), "browser")
    system = next((word for mark, word in _SYSTEM_MARKS if mark in told), "other")
    return f"{app}.{system}"


def device_words(device: str) -> tuple[str, str]:
    """What the list of sign-ins calls an app and a system."""
    app, _, system = device.partition(".")
    return APPS.get(app, APPS["browser"]), SYSTEMS.get(system, SYSTEMS["other"])


def tell_person(found: people.SignInSession, *, is_new_binding: bool = False) -> None:
    """Tell the person of a new sign-in where they are signed in elsewhere, or of what was bound to them."""
    if found.person_id is None:
        return
    now = services().clock.now()
    session = current_session()
    elsewhere = people.list_sessions(session, now=now, person_id=found.person_id)
    if not is_new_binding and all(one.id == found.id for one in elsewhere):
        return
    recorded = people.find_relied_on_phone(session, found.person_id, now)
    messages.send(
        session,
        messages.Template.NEW_DEVICE,
        {"moment": now.isoformat(timespec="minutes")},
        to_person=found.person_id,
        to_phone=Phone(recorded.phone) if recorded else None,
        now=now,
        key=f"new_device:{found.id}:{found.person_id}",
        language=current_locale(),
    )


def may_step_up(actor: Actor) -> bool:
    """Whether somebody has signed in as a resident, however weakly."""
    return actor.kind == "resident" and actor.is_signed_in


def recorded_phone(actor: Actor) -> Phone | None:
    """The number whose code makes this person L3, read before the request's own first statement."""
    if actor.person_id is None:
        return None
    parts = services()
    with parts.database.reading() as session:
        found = people.find_relied_on_phone(session, actor.person_id, parts.clock.now())
    return Phone(found.phone) if found is not None else None


def _phone_or_none(text: str) -> Phone | None:
    try:
        return Phone(text)
    except Malformed:
        return None
