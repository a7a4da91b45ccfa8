"""Coming in from 浙里办 and WeChat: the ticket leaves the address, the person says yes, faults are calm."""

from __future__ import annotations

import pytest
from flask import Flask

from assistance.people import SignInSession
from simulators import Running
from tests.complaining_client import ComplainingClient
from tests.portal.test_sign_in import events, put_down, rows, send, sign_in

CHEN = "330499197406150239"


def arrive(client: ComplainingClient, address: str) -> None:
    """Follow the platform's link; the address is clean afterwards."""
    provider, _, secret = address.partition("?")
    answer = client.get(address)
    assert (answer.status_code, answer.location) == (303, provider)
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert secret.partition("=")[2] not in " ".join(answer.headers.getlist("Set-Cookie"))


def test_a_ticket_of_zlb_signs_in_at_L3_after_a_yes(
    client: ComplainingClient, app: Flask, simulators: Running, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    person = put_down(app, "陈国良", None, resident_id=CHEN)
    ticket = simulators.zlb_ticket("chen-guoliang")
    arrive(client, f"/sign-in/zlb?ticket={ticket}")
    # Nobody is signed in by opening an address: somebody else could have sent it.
    assert rows(app, SignInSession) == []
    assert "好，登录" in client.get("/sign-in/zlb").text
    assert send(client, "/sign-in/zlb").location == "/me"
    (found,) = rows(app, SignInSession)
    assert (found.person_id, found.assurance, found.proved_by) == (person, 3, "zlb")
    assert client.get_cookie("huimin_zlb") is None
    ours = [one for one in caplog.records if not one.name.startswith(("httpx", "httpcore"))]
    assert ticket not in repr([one.__dict__ for one in ours])


def test_zlb_is_a_step_up_that_leads_back(client: ComplainingClient, app: Flask, simulators: Running) -> None:
    put_down(app, "陈国良", None, resident_id=CHEN)
    sign_in(client, "19900000099")
    asked = client.get("/me/phones")
    assert asked.status_code == 200
    back = client.application.test_client().get("/me/phones").location.partition("next=")[2]
    client.get(f"/sign-in/zlb?next={back}")
    arrive(client, f"/sign-in/zlb?ticket={simulators.zlb_ticket('chen-guoliang')}")
    assert send(client, "/sign-in/zlb").location == "/me/phones"
    (found,) = rows(app, SignInSession)
    assert (found.assurance, found.proved_by) == (3, "zlb")


def test_a_code_of_the_mini_program_signs_in_at_L1_and_asks_for_the_second_proof(
    client: ComplainingClient, app: Flask, simulators: Running
) -> None:
    arrive(client, f"/sign-in/wechat?code={simulators.wechat_code('chen-guoliang')}")
    assert send(client, "/sign-in/wechat").location == "/sign-in/bind"
    (found,) = rows(app, SignInSession)
    assert (found.assurance, found.person_id) == (1, None)
    # What needs L2 asks for it.
    assert client.get("/me/phones").location.startswith("/sign-in/step-up?")


@pytest.mark.parametrize("ticket", ["no-such-ticket", "x" * 600, "<script>"])
def test_a_bad_ticket_is_told_calmly(
    client: ComplainingClient, app: Flask, simulators: Running, ticket: str
) -> None:
    client.get("/sign-in/zlb", query_string={"ticket": ticket})
    answer = send(client, "/sign-in/zlb")
    assert answer.status_code == 422
    assert "请从那边再进来一次" in answer.text
    assert "script>" not in answer.text.replace("</script>", "")
    assert rows(app, SignInSession) == []
    assert events(app) == ["sign_in_failed"]


def test_a_used_ticket_gets_the_answer_of_a_bad_one(
    client: ComplainingClient, app: Flask, simulators: Running
) -> None:
    ticket = simulators.zlb_ticket("chen-guoliang")
    arrive(client, f"/sign-in/zlb?ticket={ticket}")
    assert send(client, "/sign-in/zlb").status_code == 303
    arrive(client, f"/sign-in/zlb?ticket={ticket}")
    answer = send(client, "/sign-in/zlb")
    assert answer.status_code == 422
    assert "请从那边再进来一次" in answer.text


@pytest.mark.parametrize(
    ("state", "status"), [("down", 503), ("busy", 503), ("rubbish", 503), ("blocked", 422)]
)
def test_a_platform_that_cannot_answer_leaves_the_other_ways_open(
    client: ComplainingClient, app: Flask, simulators: Running, state: str, status: int
) -> None:
    arrive(client, f"/sign-in/zlb?ticket={simulators.zlb_ticket('chen-guoliang')}")
    simulators.set_service("zlb", state)
    answer = send(client, "/sign-in/zlb")
    assert answer.status_code == status
    assert "用手机号登录" in answer.text
    assert rows(app, SignInSession) == []


def test_another_name_than_ours_sends_to_the_window(
    client: ComplainingClient, app: Flask, simulators: Running
) -> None:
    put_down(app, "陈国梁", None, resident_id=CHEN)
    arrive(client, f"/sign-in/zlb?ticket={simulators.zlb_ticket('chen-guoliang')}")
    answer = send(client, "/sign-in/zlb")
    assert answer.status_code == 422
    assert "请带身份证去窗口" in answer.text
    assert "陈国" not in answer.text
    assert rows(app, SignInSession) == []


def test_without_a_ticket_the_page_says_how_to_come(client: ComplainingClient) -> None:
    assert "打开手机上的“浙里办”" in client.get("/sign-in/zlb").text
    assert "打开微信" in client.get("/sign-in/wechat").text
