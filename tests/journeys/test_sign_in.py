"""A resident signs in with a real text message: page, outbox, worker, gateway, telephone, page."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import event, select

from assistance.messages import Message
from assistance.people import OneTimeCode
from commands.worker import runner_of
from infrastructure import clock
from simulators import Running
from tests.complaining_client import ComplainingClient
from tests.conftest import NOW
from tests.portal.test_sign_in import put_down, send, token_of

PHONE, NOBODYS = "19900000011", "19900000111"


def test_the_code_comes_by_text_message_and_is_kept_nowhere(
    client: ComplainingClient, app: Flask, simulators: Running
) -> None:
    put_down(app, phone=PHONE)
    asked = client.get("/me")
    back = asked.location.partition("next=")[2]
    assert send(client, asked.location, phone=PHONE, next=back).location == "/sign-in/code"
    # Nothing has left the house yet: it leaves after the act, by the worker.
    assert simulators.messages(PHONE) == []
    assert runner_of(app.extensions["huimin"]).run_due(NOW).done == 1
    code = simulators.code_sent_to(PHONE)
    assert len(code) == 6
    with app.extensions["huimin"].database.reading() as session:
        (message,) = session.scalars(select(Message))
        assert (message.address, message.contents) == (None, None)
    assert send(client, "/sign-in/code", code=code).location == "/me"
    assert "陈国良，您好" in client.get("/me").text
    page = client.get("/me/sign-ins")
    assert client.post("/sign-out", data={"csrf_token": token_of(page)}).status_code == 303
    assert client.get("/me").status_code == 303


def test_a_gateway_that_is_down_holds_nobody_up_and_the_code_comes_later(
    client: ComplainingClient, app: Flask, simulators: Running
) -> None:
    put_down(app, phone=PHONE)
    simulators.set_service("sms", "down")
    assert send(client, "/sign-in", phone=PHONE).location == "/sign-in/code"
    runner = runner_of(app.extensions["huimin"])
    assert runner.run_due(NOW).done == 0
    simulators.set_service("sms", "ok")
    later = NOW.replace(minute=2)
    with clock.freeze(later):
        assert runner.run_due(later).done == 1
        assert send(client, "/sign-in/code", code=simulators.code_sent_to(PHONE)).status_code == 303


def test_T06_the_same_work_is_done_for_a_number_that_is_known_and_one_that_is_not(
    client: ComplainingClient, app: Flask
) -> None:
    put_down(app, phone=PHONE)
    engines = app.extensions["huimin"].database.engines
    said: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    work = []
    token = token_of(client.get("/sign-in"))
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        for phone in (PHONE, NOBODYS, PHONE, NOBODYS):
            said.clear()
            # Past the client that looks into the database itself.
            answer = super(ComplainingClient, client).open(
                "/sign-in", method="POST", data={"csrf_token": token, "phone": phone}
            )
            assert answer.status_code == 303
            work.append(list(said))
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)
    assert work[0] == work[1]
    assert work[2] == work[3]
    with app.extensions["huimin"].database.reading() as session:
        assert len(session.scalars(select(OneTimeCode)).all()) == 2
