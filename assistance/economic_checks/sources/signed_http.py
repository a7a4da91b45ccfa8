"""A service that speaks signed JSON over HTTP: our question is signed, and so must its answer be."""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import json
import logging
from typing import Any

from assistance.economic_checks.sources.contract import (
    Admission,
    Answer,
    Answered,
    Busy,
    DataSourceAdapter,
    Door,
    NothingFound,
    Question,
    Unreachable,
    WrongAnswer,
)
from assistance.economic_checks.sources.values import Misfit, read_value
from infrastructure import bounded_http
from infrastructure.bounded_http import BoundedClient
from infrastructure.signing import SigningKeys

logger = logging.getLogger("huimin.sources")
SECONDS = 6.0
SHORTEST_PATIENCE, LONGEST_PATIENCE = 1, 3600
USUAL_PATIENCE = 30
ANSWER_KEYS = frozenset({"request", "source", "as_of", "person", "state", "items"})
OK, PENDING, UNAUTHORIZED, TOO_MANY = 200, 202, 401, 429


class SignedHttpAdapter(DataSourceAdapter):
    """Speaks the protocol of docs/data-sources.md with every source behind one address."""

    def __init__(
        self, door: Door, *, url: str, keys: SigningKeys, shared_key: str, seconds: float = SECONDS
    ) -> None:
        super().__init__(door)
        self._http = BoundedClient(url, seconds=seconds)
        self._keys = keys
        self._shared_key = shared_key.encode()

    def close(self) -> None:
        """End every connection."""
        self._http.close()

    def _ask(self, admission: Admission, question: Question) -> Answer:
        body = canonical(
            {
                "request": str(question.id),
                "aud": question.request_number,
                "person": {"name": question.name, "resident_id": question.resident_id.value},
                "items": [item.code for item in question.items],
                "months_back": question.months_back,
            }
        )
        date = admission.now.astimezone(datetime.UTC).isoformat(timespec="seconds")
        signature = base64.b64encode(self._keys.sign(body + b"\n" + date.encode())).decode()
        headers = {
            "Authorization": f"Bearer {admission.token}",
            "X-Huimin-Date": date,
            "X-Huimin-Signature": f"{self._keys.signing_kid}:{signature}",
        }
        try:
            came = self._http.post(f"/{question.source}/query", body, headers=headers)
        except bounded_http.Unreachable as error:
            # A body without an end is rubbish; everything else may be well again in a moment.
            if error.because == "rubbish":
                return WrongAnswer("rubbish", b"")
            return Unreachable(error.because)
        return self._read(came, question)

    def _read(self, came: bounded_http.Answer, question: Question) -> Answer:
        if came.status in (PENDING, TOO_MANY):
            return Busy(datetime.timedelta(seconds=_patience(came)))
        if came.status != OK:
            # 401 among them: the source does not take our grant, which an operator must see to.
            return Unreachable("refused" if came.status == UNAUTHORIZED else "down")
        digest = hashlib.sha256(came.body).digest()
        mark = {name.lower(): value for name, value in came.headers.items()}.get("x-source-signature", "")
        wanted = hmac.new(self._shared_key, came.body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(mark.strip().lower().encode(), wanted.encode()):
            return self._wrong("unsigned", digest, question)
        try:
            return _read_answer(came.json(), question, digest)
        except bounded_http.Unreachable:
            return self._wrong("rubbish", digest, question)
        except Misfit as error:
            return self._wrong(str(error), digest, question)

    def _wrong(self, because: str, digest: bytes, question: Question) -> WrongAnswer:
        logger.error("a source answered wrongly", extra={"fields": {"source": question.source}})
        return WrongAnswer(because, digest)


def canonical(document: dict[str, Any]) -> bytes:
    """JSON in one fixed form: sorted keys, no blanks, UTF-8."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _read_answer(found: dict[str, Any], question: Question, digest: bytes) -> Answer:
    if found.get("request") != str(question.id) or found.get("source") != question.source:
        raise Misfit("wrong_request")
    person = found.get("person")
    if not isinstance(person, dict) or person.get("resident_id") != question.resident_id.value:
        raise Misfit("wrong_person")
    if set(found) - ANSWER_KEYS or set(person) - {"resident_id"}:
        raise Misfit("rubbish")
    as_of = _day(found.get("as_of"))
    items = found.get("items")
    state = found.get("state")
    if state == "nothing_found":
        if items is not None and not (isinstance(items, dict) and set(items.values()) <= {None}):
            raise Misfit("rubbish")
        return NothingFound(as_of, digest)
    if state != "ok" or not isinstance(items, dict):
        raise Misfit("rubbish")
    # More than was asked is as wrong as less: what we may not have we do not take.
    if set(items) != {item.code for item in question.items}:
        raise Misfit("wrong_items")
    try:
        read = {item.code: read_value(item, items[item.code]) for item in question.items}
    except Misfit:
        raise Misfit("wrong_items") from None
    return Answered(read, as_of, digest)


def _day(text: Any) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except (TypeError, ValueError):
        raise Misfit("rubbish") from None


def _patience(came: bounded_http.Answer) -> int:
    told: Any = {name.lower(): value for name, value in came.headers.items()}.get("retry-after")
    if told is None:
        try:
            told = came.json().get("retry_after")
        except bounded_http.Unreachable:
            told = None
    try:
        seconds = int(told)
    except (TypeError, ValueError):
        seconds = USUAL_PATIENCE
    return min(max(seconds, SHORTEST_PATIENCE), LONGEST_PATIENCE)
