"""Signing in for the mini-program: tokens for half an hour, and the steps that make them surer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Response
from flask_smorest import Blueprint

from assistance import people
from assistance.people import Assurance, Proof, SignInSession, Tokens
from assistance.permissions import Permission
from assistance.values import Phone
from infrastructure.languages import N_
from infrastructure.platforms import Kind, PlatformRefused
from portal.api.answers import json_answer, problem, too_often
from portal.api.bodies import MISSING, object_schema, plain, read_body
from portal.api.clients import serves_every_client
from web import limits, sign_in
from web.access import allows, current_actor, public
from web.codes import (
    A_QUARTER,
    SLIPS_OF_ONE_SIGN_IN,
    TooOften,
    is_right_code,
    may_try_slip,
    send_code,
    slip_was_right,
)
from web.errors import Problem
from web.idempotency import creates_nothing
from web.languages import gettext
from web.platforms import platforms
from web.services import services
from web.unit_of_work import after_answer, current_session

blueprint = Blueprint("api-auth", __name__, url_prefix="/api/v1/auth", description="登录")

SIDE = "api"
AN_HOUR = timedelta(hours=1)
FAILURES_FROM_ONE_ADDRESS = 60
GOOD_FOR_SECONDS, AGAIN_AFTER_SECONDS = 600, 60

BAD_LOGIN = N_("登录没有接上，或者已经用过了。请重新打开再试。")
BAD_CODE = N_("验证码不对，或者已经过了时间。请看最新的一条短信；还是不行，就再要一条。")
BAD_SLIP = N_("数字对不上，或者纸条已经过期、用过。请对着纸条和身份证再看一遍，或者打电话给我们。")
BUSY = {
    "wechat": N_("微信现在很忙，或者连不上。请过几分钟再试，也可以用手机号登录。"),
    "zlb": N_("浙里办现在很忙，或者连不上。请过几分钟再试，也可以用手机号登录。"),
}
BLOCKED = N_("那边说这个账号暂时不能用。可以用手机号登录，打电话，或者带身份证去窗口。")
NOT_PROVEN = N_("浙里办里还没有实名，证明不了您是谁。请先在浙里办里实名，或者用手机号登录。")
DIFFERENT = N_("浙里办里的名字和我们记的不一样。请带身份证去窗口，或者打电话给我们，当场就能改好。")
OVER = N_("登录已经过期，请重新登录。")
PURPOSES = N_("这一项只能是 sign_in、step_up 或 bind")
NO_NUMBER = N_("短信会发到给您登记的号码，这里不用填")
NO_PHONE = N_("没有能用的、给您登记的手机号。请带身份证去窗口登记，或者从浙里办进来。")
NOT_YOURS = N_("这个号码没有登记在您名下。请带身份证去窗口，或者从浙里办进来。")

TOKENS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["access_token", "token_type", "expires_in", "refresh_token", "assurance", "is_bound"],
    "properties": {
        "access_token": {"type": "string"},
        "token_type": {"const": "Bearer"},
        "expires_in": {"type": "integer", "description": "Seconds."},
        "refresh_token": {"type": "string", "description": "Good once; the answer brings the next one."},
        "assurance": {"enum": ["L1", "L2", "L3"]},
        "is_bound": {"type": "boolean", "description": "Whether the person is known."},
    },
}


def _doc(operation: str, summary: str, body: dict[str, Any] | None, answers: dict[str, Any]) -> Any:
    """The description of one operation for OpenAPI."""
    described: dict[str, Any] = {"operationId": operation, "summary": summary, "responses": answers}
    if body is not None:
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return blueprint.doc(**described)


def _ok(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


SIGNED_IN = _ok("Signed in.", TOKENS_SCHEMA)
REFUSALS = {
    "400": problem("The body is no JSON object."),
    "422": problem("Fields that are wrong."),
    "429": problem("RATE_LIMITED: too often; see Retry-After."),
}
PLATFORM_REFUSALS = {
    **REFUSALS,
    "401": problem("LOGIN_CODE_INVALID: unknown, used or run out."),
    "403": problem("PLATFORM_BLOCKED, or for 浙里办 NAME_NOT_PROVEN: another way in is told."),
    "503": problem("UPSTREAM_UNAVAILABLE: the platform is busy or away."),
}


@blueprint.route("/wechat/login", methods=["POST"])
@_doc(
    "signInWithWechat",
    "The code of wx.login, and that of the phone button where it was tapped.",
    object_schema({"code": "from wx.login"}, {"phone_code": "from the phone button"}),
    {"200": SIGNED_IN, **PLATFORM_REFUSALS},
)
@public
@creates_nothing
def sign_in_with_wechat() -> Response:
    """Sign in from the mini-program: L1, or L2 with a phone or where the account is bound."""
    body = read_body({"code": plain}, {"phone_code": plain})
    if platforms().wechat is None:
        raise _away("wechat")
    return _sign_in("wechat", lambda: sign_in.ask_wechat(body["code"], body.get("phone_code", "")))


@blueprint.route("/zlb/login", methods=["POST"])
@_doc(
    "signInWithZlb",
    "The ticket of 浙里办, which proves name and identity number.",
    object_schema({"code": "the ticket"}),
    {"200": SIGNED_IN, **PLATFORM_REFUSALS},
)
@public
@creates_nothing
def sign_in_with_zlb() -> Response:
    """Sign in from 浙里办: L3; with a bearer token that sign-in is raised and bound."""
    body = read_body({"code": plain})
    if platforms().zlb is None:
        raise _away("zlb")
    return _sign_in("zlb", lambda: sign_in.ask_zlb(body["code"]))


@blueprint.route("/otp", methods=["POST"])
@_doc(
    "sendCode",
    "Send six figures to a number; the answer is the same for every number.",
    object_schema(
        {"purpose": "sign_in; with a bearer token also step_up or bind"},
        {"phone": "not for step_up, which goes to the number on record"},
    ),
    {
        "200": _ok("Sent, if the number is right.", {"type": "object"}),
        "401": problem("SESSION_EXPIRED: step_up and bind need a bearer token."),
        "409": problem("CONFLICT: no number is on record."),
        **REFUSALS,
    },
)
@public
@creates_nothing
def send_sign_in_code() -> Response:
    """Send a code; `request` belongs to this answer and comes back with the figures."""
    body = read_body({"purpose": plain}, {"phone": Phone}, flags=("voice",))
    attempt = _begin(body["purpose"], body.get("phone"))
    try:
        send_code(attempt.number, purpose=attempt.purpose, bound_to=attempt.bound_to)
    except TooOften as error:
        raise too_often(error) from error
    return json_answer(
        {
            "request": sign_in.seal(attempt),
            "sent_by": "sms",
            "expires_in": GOOD_FOR_SECONDS,
            "again_after": AGAIN_AFTER_SECONDS,
        }
    )


@blueprint.route("/otp/verify", methods=["POST"])
@_doc(
    "verifyCode",
    "The six figures, with the request that they answer.",
    object_schema({"request": "as /auth/otp gave it", "code": "six figures"}),
    {
        "200": SIGNED_IN,
        "401": problem("LOGIN_CODE_INVALID, or SESSION_EXPIRED."),
        "403": problem("FORBIDDEN: the number is not on record for this person."),
        **REFUSALS,
    },
)
@public
@creates_nothing
def answer_sign_in_code() -> Response:
    """Sign in, or be known more surely, by the code that was sent."""
    body = read_body({"request": plain, "code": people.read_code})
    attempt = sign_in.unseal(body["request"])
    if attempt is None:
        sign_in.note_failure("code", "unknown_request")
        raise Problem(401, BAD_CODE, code="LOGIN_CODE_INVALID")
    try:
        is_right = is_right_code(
            attempt.number, body["code"], purpose=attempt.purpose, bound_to=attempt.bound_to
        )
    except TooOften as error:
        raise too_often(error) from error
    if not is_right:
        sign_in.note_failure("code", "wrong_code")
        raise Problem(401, BAD_CODE, code="LOGIN_CODE_INVALID")
    actor, now, session = current_actor(), services().clock.now(), current_session()
    if attempt.purpose == sign_in.SIGN_IN:
        signed_in = people.sign_in(
            session, Proof("phone", attempt.phone), face=SIDE, by=actor, now=now, device=sign_in.device()
        )
        sign_in.tell_person(signed_in.session)
        return _tokens(signed_in.session)
    if actor.session_id is None or str(actor.session_id) != attempt.bound_to:
        raise Problem(401, OVER, code="SESSION_EXPIRED")
    raised = people.raise_by_code(session, actor.session_id, attempt.number, by=actor, now=now)
    if raised is None:
        raise Problem(403, NOT_YOURS)
    return _raised(actor, raised.session)


@blueprint.route("/bind", methods=["POST"])
@_doc(
    "bindWithSlip",
    "The eight figures of a slip that staff handed over, with the end of the identity number.",
    object_schema({"slip": "eight figures", "last_of_number": "the last four characters"}),
    {"200": SIGNED_IN, "401": problem("LOGIN_CODE_INVALID, or SESSION_EXPIRED."), **REFUSALS},
)
@allows(Permission.OWN_ACCOUNT_USE, assurance=Assurance.L1)
@creates_nothing
def answer_slip() -> Response:
    """Bind this sign-in to the person whom the slip was made out to."""
    body = read_body({"slip": people.read_slip, "last_of_number": people.read_last_of_number})
    actor = current_actor()
    if not may_try_slip(str(actor.session_id)):
        raise too_often(TooOften(SLIPS_OF_ONE_SIGN_IN, A_QUARTER))
    raised = None
    if actor.session_id is not None:
        raised = people.raise_by_slip(
            current_session(),
            actor.session_id,
            body["slip"],
            body["last_of_number"],
            by=actor,
            now=services().clock.now(),
        )
    if raised is None:
        sign_in.note_failure("slip", "wrong_slip")
        raise Problem(401, BAD_SLIP, code="LOGIN_CODE_INVALID")
    slip_was_right()
    return _raised(actor, raised.session)


@blueprint.route("/refresh", methods=["POST"])
@_doc(
    "refreshTokens",
    "The next pair of tokens; a refresh token that comes twice ends the sign-in.",
    object_schema({"refresh_token": "as the last answer gave it"}),
    {"200": SIGNED_IN, "401": problem("SESSION_EXPIRED: sign in again."), **REFUSALS},
)
@public
@creates_nothing
def answer_refresh() -> Response:
    """The next pair; reuse of an old token ends the whole family."""
    body = read_body({"refresh_token": plain})
    failures = f"sign_in.refresh:{limits.caller_address()}"
    if not limits.count(failures, AN_HOUR, FAILURES_FROM_ONE_ADDRESS):
        raise too_often(TooOften(FAILURES_FROM_ONE_ADDRESS, AN_HOUR))
    parts = services()
    now, actor = parts.clock.now(), current_actor()
    try:
        tokens = people.refresh_tokens(
            current_session(),
            body["refresh_token"],
            parts.signing_keys,
            issuer=parts.settings.base_url,
            now=now,
        )
    except people.RefreshReused as reused:
        session_id = reused.session_id
        after_answer(lambda session: people.end_family(session, session_id, by=actor, now=now))
        raise Problem(401, OVER, code="SESSION_EXPIRED") from reused
    if tokens is None:
        raise Problem(401, OVER, code="SESSION_EXPIRED")
    limits.take_back(failures, AN_HOUR)
    return _answer(tokens)


@blueprint.route("/logout", methods=["POST"])
@_doc("signOut", "End this sign-in and its tokens.", None, {"200": _ok("It is over.", {"type": "object"})})
@public
@creates_nothing
@serves_every_client
def sign_out() -> Response:
    """End this sign-in at once; who has none gets the same answer."""
    actor = current_actor()
    if actor.session_id is not None:
        people.sign_out(current_session(), actor.session_id, by=actor, now=services().clock.now())
    return json_answer({"signed_in": False})


def _begin(purpose: str, phone: Phone | None) -> sign_in.Attempt:
    actor = current_actor()
    if purpose == sign_in.SIGN_IN and phone is not None:
        return sign_in.begin(purpose, phone)
    if purpose == sign_in.BIND and phone is not None:
        return sign_in.begin(purpose, phone, session_id=_session_of(actor))
    if purpose == sign_in.STEP_UP and phone is None:
        session_id = _session_of(actor)
        recorded = sign_in.recorded_phone(actor)
        if recorded is None:
            raise Problem(409, NO_PHONE)
        return sign_in.begin(purpose, recorded, session_id=session_id)
    if purpose not in (sign_in.SIGN_IN, sign_in.BIND, sign_in.STEP_UP):
        raise Problem(422, errors=[{"field": "purpose", "message": gettext(PURPOSES)}])
    says = NO_NUMBER if purpose == sign_in.STEP_UP else MISSING
    raise Problem(422, errors=[{"field": "phone", "message": gettext(says)}])


def _session_of(actor: people.Actor) -> Any:
    if not sign_in.may_step_up(actor) or actor.session_id is None:
        raise Problem(401, OVER, code="SESSION_EXPIRED")
    return actor.session_id


def _sign_in(provider: str, ask: Callable[[], Proof]) -> Response:
    failures = f"sign_in.{provider}:{limits.caller_address()}"
    if not limits.count(failures, AN_HOUR, FAILURES_FROM_ONE_ADDRESS):
        raise too_often(TooOften(FAILURES_FROM_ONE_ADDRESS, AN_HOUR))
    try:
        # Asked before the request's first statement: no writer waits for a platform.
        proof = ask()
    except PlatformRefused as refused:
        sign_in.note_failure(provider, sign_in.failure_of(refused))
        raise _refusal(provider, refused) from refused
    limits.take_back(failures, AN_HOUR)
    actor, now, session = current_actor(), services().clock.now(), current_session()
    if provider == "zlb" and sign_in.may_step_up(actor) and actor.session_id is not None:
        raised = people.raise_by_zlb(session, actor.session_id, proof, by=actor, now=now)
        if raised is not None:
            return _raised(actor, raised.session)
    signed_in = people.sign_in(session, proof, face=SIDE, by=actor, now=now, device=sign_in.device())
    if signed_in.is_contradicted:
        sign_in.note_failure(provider, "name_differs")
        raise Problem(403, DIFFERENT, code="NAME_DIFFERS")
    sign_in.tell_person(signed_in.session)
    return _tokens(signed_in.session)


def _away(provider: str, retry_after: int = 0) -> Problem:
    return Problem(503, BUSY[provider], code="UPSTREAM_UNAVAILABLE", retry_after=retry_after)


def _refusal(provider: str, refused: PlatformRefused) -> Problem:
    if refused.kind in (Kind.BAD_CODE, Kind.USED_CODE):
        return Problem(401, BAD_LOGIN, code="LOGIN_CODE_INVALID")
    if refused.kind is Kind.BLOCKED:
        return Problem(403, BLOCKED, code="PLATFORM_BLOCKED")
    if refused.kind is Kind.UNUSABLE:
        return Problem(403, NOT_PROVEN, code="NAME_NOT_PROVEN")
    if refused.kind is Kind.RATE_LIMITED:
        return Problem(429, retry_after=refused.retry_after_seconds or 60)
    return _away(provider, refused.retry_after_seconds or 60)


def _raised(before: people.Actor, found: SignInSession) -> Response:
    if before.person_id is None:
        sign_in.tell_person(found, is_new_binding=True)
    return _tokens(found)


def _tokens(found: SignInSession) -> Response:
    parts = services()
    return _answer(
        people.issue_tokens(
            current_session(),
            found,
            parts.signing_keys,
            issuer=parts.settings.base_url,
            now=parts.clock.now(),
        )
    )


def _answer(tokens: Tokens) -> Response:
    return json_answer(
        {
            "access_token": tokens.access,
            "token_type": "Bearer",
            "expires_in": int(people.ACCESS_FOR.total_seconds()),
            "refresh_token": tokens.refresh,
            "assurance": Assurance(tokens.session.assurance).name,
            "is_bound": tokens.session.person_id is not None,
        }
    )
