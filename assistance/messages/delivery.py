"""Delivery: the job that hands one message to WeChat or to the gateway, and writes what became of it."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from assistance.messages.commands import settle
from assistance.messages.models import Channel, Message, MessageState
from assistance.messages.templates import Template, Texts, texts_of
from infrastructure import jobs
from infrastructure.database import Database
from infrastructure.platforms import Kind, PlatformRefused

logger = logging.getLogger("huimin.messages")
SWITCHED_OFF = "OFF"


class Gateway(Protocol):
    """What sends text messages."""

    def send(self, phone: str, template_id: str, params: Mapping[str, str], idempotency_key: str) -> object:
        """Hand one message over, or raise PlatformRefused; the same key sends nothing twice."""


class SubscribeMessages(Protocol):
    """What sends WeChat's subscribe messages."""

    def send(self, openid: str, template_id: str, fields: Mapping[str, str]) -> object:
        """Hand one message over, or raise PlatformRefused."""


class Delivery:
    """Delivers messages, each by its way; without a way it says so."""

    def __init__(self, sms: Gateway | None, wechat: SubscribeMessages | None = None) -> None:
        self.sms = sms
        self.wechat = wechat

    def __call__(self, database: Database, payload: dict[str, Any], attempt: jobs.Attempt) -> None:
        """Deliver one message, as the handler of its job."""
        with database.reading() as session:
            message = session.get(Message, uuid.UUID(payload["message"]))
        # One that failed comes back when an operator queues its dead letter again.
        if message is None or message.state not in (MessageState.WAITING, MessageState.FAILED):
            return
        now = attempt.now
        if message.worthless_at is not None and message.worthless_at <= now:
            self._settle(database, attempt, message, MessageState.EXPIRED, now)
            return
        try:
            channel, refused = self._hand_over(message, attempt)
        except jobs.TryLater:
            raise
        except Exception:
            if attempt.is_last:
                self._settle(database, attempt, message, MessageState.FAILED, now)
            raise
        state = MessageState.REFUSED if refused else MessageState.SENT
        self._settle(database, attempt, message, state, now, channel, refused)

    def _hand_over(self, message: Message, attempt: jobs.Attempt) -> tuple[Channel, str | None]:
        """The way by which it went, and the code of a refusal that is for good."""
        texts, values = texts_of(Template(message.template)), message.contents or {}
        address = message.address or {}
        if message.channel == Channel.WECHAT and self.wechat is not None and "openid" in address:
            refused = self._by_wechat(self.wechat, message, texts, values, address["openid"], attempt)
            if refused is None or "phone" not in address:
                return Channel.WECHAT, refused
        if self.sms is None or "phone" not in address:
            return Channel(message.channel), SWITCHED_OFF
        try:
            self.sms.send(
                address["phone"],
                texts.provider_id(message.language),
                texts.sms_values(values, message.language),
                str(message.id),
            )
        except PlatformRefused as no:
            return Channel.SMS, _for_good(no, attempt)
        return Channel.SMS, None

    def _by_wechat(
        self,
        wechat: SubscribeMessages,
        message: Message,
        texts: Texts,
        values: Mapping[str, str],
        openid: str,
        attempt: jobs.Attempt,
    ) -> str | None:
        try:
            wechat.send(
                openid, texts.provider_id(message.language), texts.wechat_fields(values, message.language)
            )
        except PlatformRefused as no:
            # Each agreement carries one message, so refusals are common; the text message is the way then.
            return no.code if "phone" in (message.address or {}) else _for_good(no, attempt)
        return None

    def _settle(
        self,
        database: Database,
        attempt: jobs.Attempt,
        message: Message,
        state: MessageState,
        now: datetime,
        channel: Channel | None = None,
        refused: str | None = None,
    ) -> None:
        """Write the end of a message, the end of its job and the entry of the log in one transaction."""
        with database.transaction() as session:
            if state is not MessageState.FAILED:
                attempt.finish(session, now)
            kept = session.get(Message, message.id)
            if kept is None:
                return
            kept.channel = (channel or Channel(kept.channel)).value
            settle(session, kept, state, now, refused)
        if state is not MessageState.SENT:
            said = {"template": message.template, "state": state.value, "code": refused}
            logger.warning("a message was not delivered", extra={"fields": said})


def _for_good(no: PlatformRefused, attempt: jobs.Attempt) -> str:
    """The code of a refusal that stays one; TryLater for any that may pass, and for mistakes of ours.

    A message waits as long as it is worth saying, so waiting is never counted as a failure.
    """
    if no.kind.may_be_tried_again or no.kind is Kind.MISCONFIGURED:
        if no.kind is Kind.MISCONFIGURED:
            logger.error("our account or our texts are refused", extra={"fields": {"code": no.code}})
        raise jobs.TryLater(f"{no.platform}_{no.kind}", after=_pause(no, attempt))
    return no.code


def _pause(no: PlatformRefused, attempt: jobs.Attempt) -> timedelta:
    asked = timedelta(seconds=no.retry_after_seconds or 0)
    return max(asked, jobs.pause_before(attempt.key, attempt.number - 1))
