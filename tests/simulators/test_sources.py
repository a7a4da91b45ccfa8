"""A data source answers nothing without a grant for exactly this, signs its answers, and fails as told."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from infrastructure import clock
from infrastructure.settings import DEFAULT_OUTSIDE_SECRETS, DEFAULT_SIGNING_KEYS
from infrastructure.signing import SigningKeys
from simulators import Running, named_people, serve_in_thread

CHEN = named_people()["chen-guoliang"]
KEY = Ed25519PrivateKey.from_private_bytes(DEFAULT_SIGNING_KEYS["demo"])
FOREIGN = Ed25519PrivateKey.from_private_bytes(b"f" * 32)
AUDIENCE = "AR-20261122-AB3DE"


@dataclass
class Asking:
    """One call, right in everything until a test changes something."""

    simulators: Running
    source: str = "payment-accounts"
    items: list[str] = field(default_factory=lambda: ["balance_fen"])
    number: str = CHEN.resident_id
    request: str = field(default_factory=lambda: str(uuid.uuid4()))
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    key: Any = KEY
    algorithm: str = "EdDSA"
    body_key: Any = KEY
    date: str = ""
    without: str = ""

    def grant(self) -> str:
        at = int(clock.now().timestamp())
        claims = {
            "aud": AUDIENCE,
            "sub": "person-pseudonym",
            "source": self.source,
            "items": self.items,
            "purpose": "application",
            "jti": str(uuid.uuid4()),
            "iat": at,
            "nbf": at,
            "exp": at + 60,
            **self.claims,
        }
        header = {"typ": "huimin-grant+jwt", "kid": "demo", **self.header}
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {name: value for name, value in header.items() if value is not None}
        return jwt.encode(claims, self.key, algorithm=self.algorithm, headers=header)

    def send(self, token: str | None = None, **changed: Any) -> httpx.Response:
        body = {
            "request": self.request,
            "aud": AUDIENCE,
            "person": {"name": CHEN.name, "resident_id": self.number},
            "items": self.items,
            "months_back": 12,
            **changed,
        }
        raw = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        date = self.date or clock.now().astimezone(UTC).isoformat(timespec="seconds")
        signature = base64.b64encode(self.body_key.sign(raw + b"\n" + date.encode())).decode()
        headers = {
            "Authorization": f"Bearer {token or self.grant()}",
            "X-Huimin-Date": date,
            "X-Huimin-Signature": f"demo:{signature}",
        }
        headers.pop(self.without, None)
        url = f"{self.simulators.url}/sources/{self.source}/query"
        return httpx.post(url, content=raw, headers=headers, timeout=5, trust_env=False)


@pytest.fixture
def asking(simulators: Running) -> Asking:
    return Asking(simulators)


def signature_of(answer: httpx.Response) -> str:
    key = DEFAULT_OUTSIDE_SECRETS["HUIMIN_SOURCES_KEY"].encode()
    return hmac.new(key, answer.content, hashlib.sha256).hexdigest()


def test_a_call_with_a_live_grant_is_answered_and_signed(asking: Asking) -> None:
    answer = asking.send()
    assert answer.status_code == 200
    assert answer.headers["X-Source-Signature"] == signature_of(answer)
    found = answer.json()
    assert found["request"] == asking.request
    assert found["source"] == "payment-accounts"
    assert found["as_of"] == "2026-11-22"
    assert found["person"] == {"resident_id": CHEN.resident_id}
    assert found["state"] == "ok"
    assert set(found["items"]) == {"balance_fen"}
    calls = asking.simulators.calls("payment-accounts")
    assert (calls.total, calls.let_in) == (1, 1)
    assert calls.last[0].grant["aud"] == AUDIENCE


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no grant": ({"without": "Authorization"}, "no_grant"),
    "no signature over the body": ({"without": "X-Huimin-Signature"}, "unknown_key"),
    "signed by somebody else": ({"key": FOREIGN}, "bad_signature"),
    "body signed by somebody else": ({"body_key": FOREIGN}, "bad_body_signature"),
    "a key that nobody knows": ({"header": {"kid": "other"}}, "unknown_key"),
    "no key named": ({"header": {"kid": None}}, "wrong_kind"),
    "a token of another kind": ({"header": {"typ": "JWT"}}, "wrong_kind"),
    "signed with a shared secret": ({"key": "x" * 32, "algorithm": "HS256"}, "wrong_kind"),
    "not signed": ({"key": None, "algorithm": "none"}, "wrong_kind"),
    "for another request": ({"claims": {"aud": "AR-20261122-ZZZZZ"}}, "wrong_request"),
    "for another source": ({"claims": {"source": "bank-deposits"}}, "wrong_source"),
    "without an end": ({"claims": {"exp": None}}, "bad_signature"),
    "without a number of its own": ({"claims": {"jti": None}}, "bad_signature"),
    "run out": ({"claims": {"exp": 1}}, "expired"),
    "not yet": ({"claims": {"nbf": 4_000_000_000, "exp": 4_000_000_060}}, "not_yet"),
    "good for years": ({"claims": {"exp": 4_000_000_000}}, "too_long"),
    "an end that is no time": ({"claims": {"exp": "soon"}}, "bad_signature"),
    "items that were not granted": ({"claims": {"items": ["accounts"]}}, "item_not_granted"),
    "an old letter": ({"date": "2026-11-22T08:54:00+08:00"}, "stale"),
    "a date that is none": ({"date": "yesterday"}, "stale"),
    "a person without a number": ({"number": "330499"}, "malformed"),
}


@pytest.mark.parametrize("name", WRONG)
def test_whoever_comes_without_a_right_grant_is_counted_and_sent_away(simulators: Running, name: str) -> None:
    changed, why = WRONG[name]
    answer = Asking(simulators, **changed).send()
    assert answer.status_code == 401, answer.text
    assert answer.json() == {"error": why} or why == "bad_signature"
    calls = simulators.calls("payment-accounts")
    assert (calls.total, calls.let_in) == (1, 0)
    assert CHEN.resident_id not in answer.text


def test_every_bit_of_a_grant_and_of_the_body_counts(asking: Asking) -> None:
    token = asking.grant()
    assert asking.send(token[:-6] + ("A" if token[-6] != "A" else "B") + token[-5:]).status_code == 401
    assert asking.send("a.b.c").status_code == 401
    assert asking.send(aud="AR-20261122-ZZZZZ").status_code == 401


def test_a_grant_opens_one_request_and_the_same_one_again(asking: Asking) -> None:
    token = asking.grant()
    assert asking.send(token).status_code == 200
    assert asking.send(token).status_code == 200
    asking.request = str(uuid.uuid4())
    refused = asking.send(token)
    assert (refused.status_code, refused.json()) == (401, {"error": "grant_used"})


def test_a_grant_ends_with_its_minute(asking: Asking) -> None:
    token = asking.grant()
    with clock.freeze(clock.now() + timedelta(seconds=59)):
        assert asking.send(token).status_code == 200
    with clock.freeze(clock.now() + timedelta(seconds=60)):
        assert asking.send(token).json() == {"error": "expired"}


def test_what_a_source_does_not_have_is_not_asked(asking: Asking) -> None:
    asking.items = ["no_such_item"]
    assert asking.send().json() == {"error": "unknown_item"}
    asking.items = []
    assert asking.send().status_code == 400
    asking.source = "no-such-source"
    assert asking.send().status_code == 404


def test_a_body_that_is_no_json_is_sent_away(simulators: Running) -> None:
    url = f"{simulators.url}/sources/tax/query"
    for raw in (b"", b"[]", b"{", b"\xff", b"[" * 100_000):
        assert httpx.post(url, content=raw, trust_env=False).status_code == 401
    assert httpx.post(url, content=b"x" * 300_000, trust_env=False).status_code == 413
    assert simulators.calls("tax").let_in == 0


def test_a_source_that_is_down_recovers(asking: Asking) -> None:
    asking.simulators.set_source("payment-accounts", "down")
    assert asking.send().status_code == 503
    assert asking.simulators.calls("payment-accounts").last[0].outcome == "down"
    asking.simulators.set_source("payment-accounts", "ok")
    assert asking.send().status_code == 200


def test_a_source_may_be_busy_or_ask_to_come_again(asking: Asking) -> None:
    asking.simulators.set_source("payment-accounts", "busy")
    busy = asking.send()
    assert (busy.status_code, busy.headers["Retry-After"]) == (429, "30")
    asking.simulators.set_source("payment-accounts", "pending")
    pending = asking.send()
    assert (pending.status_code, pending.json()["state"], pending.json()["retry_after"]) == (
        202,
        "pending",
        30,
    )
    assert pending.headers["X-Source-Signature"] == signature_of(pending)
    asking.simulators.set_source("payment-accounts", "ok")
    assert asking.send().json()["state"] == "ok"


def test_a_source_may_speak_of_somebody_else_or_nonsense_or_without_its_seal(asking: Asking) -> None:
    asking.simulators.set_source("payment-accounts", "wrong_person")
    wrong = asking.send()
    assert wrong.json()["person"]["resident_id"] != CHEN.resident_id
    assert wrong.headers["X-Source-Signature"] == signature_of(wrong)
    asking.simulators.set_source("payment-accounts", "forged")
    forged = asking.send()
    assert forged.headers["X-Source-Signature"] != signature_of(forged)
    asking.simulators.set_source("payment-accounts", "nonsense")
    assert isinstance(asking.send().json()["items"]["balance_fen"], dict)
    asking.simulators.set_source("payment-accounts", "rubbish")
    assert asking.send().text.startswith("<html>")


def test_an_answer_may_be_lost_after_the_register_was_asked(asking: Asking) -> None:
    asking.simulators.set_source("payment-accounts", "lost")
    token = asking.grant()
    assert asking.send(token).status_code == 504
    assert asking.simulators.calls("payment-accounts").let_in == 1
    asking.simulators.set_source("payment-accounts", "ok")
    assert asking.send(token).status_code == 200


def test_a_flaky_source_fails_every_other_time(asking: Asking) -> None:
    asking.simulators.set_source("payment-accounts", "flaky")
    assert [asking.send().status_code for _ in range(4)] == [503, 200, 503, 200]


def test_whoever_waits_for_a_slow_source_is_let_go_when_it_is_mended(asking: Asking) -> None:
    asking.simulators.set_source("payment-accounts", "slow", 0.05)
    assert asking.send().status_code == 200


def test_keys_are_fetched_from_the_county_where_none_are_given(asking: Asking) -> None:
    keys = SigningKeys(DEFAULT_SIGNING_KEYS).jwks()
    published: dict[str, Any] = {}

    def county(environ: dict[str, Any], start: Any) -> list[bytes]:
        published["path"] = environ["PATH_INFO"]
        start("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(keys).encode()]

    from dataclasses import replace
    from threading import Thread

    from werkzeug.serving import make_server

    server = make_server("127.0.0.1", 0, county)
    Thread(target=server.serve_forever, daemon=True).start()
    settings = replace(
        asking.simulators.app.config["HUIMIN"], base_url=f"http://127.0.0.1:{server.server_port}"
    )
    with serve_in_thread(settings=settings) as running:
        assert Asking(running).send().status_code == 200
    server.shutdown()
    server.server_close()
    assert published["path"] == "/.well-known/jwks.json"
    with serve_in_thread(settings=replace(settings, base_url="http://127.0.0.1:9")) as running:
        assert Asking(running).send().json() == {"error": "no_keys"}
