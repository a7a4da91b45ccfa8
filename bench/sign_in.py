"""Signing in, step by step: residents beside a bare Flask view, staff beside their password's hash alone."""

from __future__ import annotations

import itertools
import re
import secrets
import statistics
import time
from collections.abc import Callable, Sequence

from flask import Flask

from assistance import people
from assistance.orm import field_cipher
from assistance.people import ANONYMOUS, Person, StaffAccount, passwords, second_factor
from assistance.values import Phone
from bench.application import Asked, application, bare_like
from bench.measuring import Bench, Call, Compared, Row, slower
from infrastructure import clock
from web import sign_in

BARE = "bare Flask view, same bytes"
GZIP = {"Accept-Encoding": "gzip"}
AT_ONCE = 5
BARE_CALLS = 300
GOAL = 5.0
HERE = "127.0.0.1"
PASSWORD = secrets.token_urlsafe(18)
Make = Callable[[], Asked]


def run(bench: Bench) -> list[Row]:
    """The page, a code asked for, a code answered; then staff with both factors."""
    with application() as app:
        page = Asked(app, "/sign-in", headers=GZIP)
        page.expect(200)
        rows = [in_milliseconds("sign-in, the page", BARE, bench.compare(page, bare_like(page)), GOAL)]
        for name, make in residents(app).items():
            rows.append(in_milliseconds(name, BARE, compare_made(bench, make, bare_like(make())), None))
        password, code, hashed = staff(app)
        rows.append(
            in_milliseconds(
                "staff sign-in, name and password",
                "checking the password's argon2 hash alone",
                compare_made(bench, password, lambda: passwords.is_password(PASSWORD, hashed), 1),
                None,
            )
        )
        rows.append(
            in_milliseconds(
                "staff sign-in, second factor", BARE, compare_made(bench, code, bare_like(code())), None
            )
        )
        return rows


def in_milliseconds(name: str, reference: str, compared: Compared, goal: float | None) -> Row:
    """The ratio, and what the answer takes by itself."""
    return slower(f"{name}, {compared.ours * 1000:.1f} ms", reference, compared, goal)


def compare_made(bench: Bench, make: Make, reference: Call, reference_calls: int = BARE_CALLS) -> Compared:
    """Requests that work once, made before the clock runs and answered while it does."""
    pairs = []
    for _ in range(bench.rounds):
        asked = [make() for _ in range(AT_ONCE)]
        began = time.process_time()
        for _ in range(reference_calls):
            reference()
        bare = (time.process_time() - began) / reference_calls
        began = time.process_time()
        for one in asked:
            one()
        pairs.append(((time.process_time() - began) / AT_ONCE, bare))
        require_passed(asked)
    return Compared(
        statistics.median(ours / bare for ours, bare in pairs),
        statistics.median(ours for ours, _ in pairs),
        statistics.median(bare for _, bare in pairs),
        bench.rounds,
    )


def require_passed(asked: Sequence[Asked]) -> None:
    """Every step leads on; one that was refused would be measured for nothing."""
    for one in asked:
        if not one.status.startswith("303"):
            raise RuntimeError(f"{one.environ['PATH_INFO']} answered {one.status}")


def residents(app: Flask) -> dict[str, Make]:
    """What a resident sends, every time from a telephone and an address of its own."""
    cookie, token = form_of(app, "/sign-in")
    numbers = itertools.count(1)

    def ask_code() -> Asked:
        number = next(numbers)
        told = {"csrf_token": token, "phone": phone_of(number).value}
        return sent(app, "/sign-in", cookie, told, address_of(number))

    def answer_code() -> Asked:
        number = next(numbers)
        with app.test_request_context("/sign-in"):
            attempt = sign_in.begin(sign_in.SIGN_IN, phone_of(number))
            sealed = sign_in.seal(attempt)
        with app.extensions["huimin"].database.transaction() as session:
            issued = people.issue_code(
                session,
                attempt.number,
                purpose=attempt.purpose,
                bound_to=attempt.bound_to,
                by=ANONYMOUS,
                now=clock.now(),
            )
        if issued is None:
            raise RuntimeError("no code was issued")
        told = {"csrf_token": token, "code": issued.figures}
        return sent(app, "/sign-in/code", f"{cookie}; huimin_signing_in={sealed}", told, address_of(number))

    return {"sign-in, asking for a code": ask_code, "sign-in, answering the code": answer_code}


def staff(app: Flask) -> tuple[Make, Make, str]:
    """The two steps of members of staff, who all have one password, and its hash."""
    hashed = passwords.hash_password(PASSWORD)
    cookie, token = form_of(app, "/admin/sign-in")
    numbers = itertools.count(1)

    def password() -> Asked:
        return of_password(make_account(app, f"bench{next(numbers)}", hashed)[0])

    def of_password(user_name: str) -> Asked:
        told = {"csrf_token": token, "user_name": user_name, "password": PASSWORD}
        return sent(app, "/admin/sign-in", cookie, told)

    def code() -> Asked:
        # A code of the app is good once, so everybody who sends one is somebody else.
        user_name, secret = make_account(app, f"bench{next(numbers)}", hashed)
        first = of_password(user_name)
        first()
        require_passed([first])
        under_way = first.headers["Set-Cookie"].partition(";")[0]
        told = {"csrf_token": token, "code": second_factor.code_at(secret, clock.now())}
        return sent(app, "/admin/sign-in/code", f"{cookie}; {under_way}", told)

    return password, code, hashed


def make_account(app: Flask, user_name: str, hashed: str) -> tuple[str, str]:
    """An active account, and the secret of its second factor."""
    now = clock.now()
    with app.extensions["huimin"].database.transaction() as session:
        secret = second_factor.secret_of_invitation(field_cipher(session), user_name)
        person = Person(sealed={"name": "王同志"}, created_at=now)
        session.add(person)
        session.flush()
        session.add(
            StaffAccount(
                person_id=person.id,
                user_name=user_name,
                work_number=user_name,
                state="active",
                password_hash=hashed,
                password_changed_at=now,
                sealed={"totp_secret": secret, "recovery_hashes": []},
                created_at=now,
            )
        )
    return user_name, secret


def form_of(app: Flask, path: str) -> tuple[str, str]:
    """The cookie and the token with which a form may be sent."""
    page = Asked(app, path)
    page.environ["REMOTE_ADDR"] = HERE
    found = re.search(rb'name="csrf_token" value="([^"]+)"', page.expect(200))
    if found is None:
        raise RuntimeError(f"{path} has no form")
    return page.headers["Set-Cookie"].partition(";")[0], found[1].decode()


def sent(app: Flask, path: str, cookie: str, told: dict[str, str], address: str = HERE) -> Asked:
    """One form, from an address."""
    made = Asked(app, path, method="POST", headers={**GZIP, "Cookie": cookie}, data=told)
    made.environ["REMOTE_ADDR"] = address
    return made


def phone_of(number: int) -> Phone:
    """A telephone number that nobody has."""
    return Phone(f"199{number:08d}")


def address_of(number: int) -> str:
    """An address in a block of its own, so that no limit of one block is met."""
    return f"10.{number // 250}.{number % 250}.9"
