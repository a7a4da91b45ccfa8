"""Asking for help: little is asked, nothing typed is lost, one form is one request."""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import timedelta
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from assistance import help_requests
from infrastructure import clock
from portal.forms.help_requests import tidy
from tests.complaining_client import ComplainingClient
from tests.conftest import NOW

NEW = "/help-requests/new"
GOOD = {
    "name": "买买提·吐尔逊𬭸",
    "contact": "138 0000 0001",
    "town": "",
    "village": "水洞埭",
    "agreed": "yes",
}


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


def send(client: ComplainingClient, address: str = NEW, **changes: str) -> TestResponse:
    fields = {**GOOD, **hidden(client.get(address).text), **changes}
    return client.post(NEW, data={name: value for name, value in fields.items() if value != "-"})


def kept(app: Flask) -> list[help_requests.HelpRequest]:
    with app.extensions["huimin"].database.reading() as session:
        return help_requests.list_open(session, "330482", now=clock.now())


def test_somebody_asks_for_help_and_sees_what_happens_next(client: ComplainingClient, app: Flask) -> None:
    answer = send(client, f"{NEW}?policy=temporary-relief")
    assert answer.status_code == 303
    assert re.fullmatch(r"/help-requests/receipts/[a-z2-7]{26}", answer.location)
    receipt = client.get(answer.location)
    (asked,) = kept(app)
    assert re.fullmatch(r"2026-1122-\d{4}", asked.number)
    assert asked.number in receipt.text
    assert "接下来" in receipt.text
    assert "临时救助" in receipt.text
    assert (asked.name, asked.contact, asked.village) == (GOOD["name"], GOOD["contact"], "水洞埭社区居委会")
    assert asked.division_code == "330482001001"
    assert asked.policy_code == "temporary-relief"
    assert asked.expires_at == NOW + timedelta(days=90)


def test_a_receipt_shows_nothing_that_was_written(client: ComplainingClient) -> None:
    receipt = client.get(send(client).location)
    assert receipt.headers["Cache-Control"] == "private, no-store"
    assert receipt.headers["Referrer-Policy"] == "no-referrer"
    for secret in (GOOD["name"], GOOD["contact"], "水洞埭"):
        assert secret not in receipt.text


@pytest.mark.parametrize("receipt", ["a" * 26, "a" * 25, "A" * 26, "x" * 4000, "1" * 26, "%E4%BD%A0"])
def test_a_guessed_receipt_is_not_found(client: ComplainingClient, receipt: str) -> None:
    assert client.get(f"/help-requests/receipts/{receipt}").status_code == 404
    assert client.get(f"/help-requests/receipts/{receipt}/withdraw").status_code == 404


def test_who_why_and_how_long_are_told_before_sending(client: ComplainingClient) -> None:
    page = client.get(NEW).text
    told, send_button = page.index("送出去之前"), page.index(">送出去<")
    assert told < send_button
    for words in (
        "平湖市民政局和您那个镇管救助的人",
        "只用来找到您",
        "90 天，到2027年2月20日自动删掉",
        "随时可以撤回",
    ):
        assert told < page.index(words) < send_button
    assert 'name="agreed" value="yes">' in page


def test_what_was_written_is_unreadable_in_the_database(client: ComplainingClient, app: Flask) -> None:
    send(client)
    with app.extensions["huimin"].database.reading() as session:
        (row,) = session.execute(text("SELECT * FROM help_requests")).all()
    stored = repr(tuple(row))
    assert GOOD["name"] not in stored
    assert "138" not in stored.replace("2026-1122", "")


def test_the_same_form_sent_twice_is_one_request(client: ComplainingClient, app: Flask) -> None:
    fields = {**GOOD, **hidden(client.get(NEW).text)}
    first, second = client.post(NEW, data=fields), client.post(NEW, data=fields)
    assert first.location == second.location
    assert len(kept(app)) == 1
    corrected = client.post(NEW, data={**fields, "contact": "0573-0000002"})
    assert corrected.location == first.location
    (asked,) = kept(app)
    assert asked.contact == "0573-0000002"


@pytest.mark.parametrize(
    "name", ["张", "欧阳·娜仁 高娃", "𬭸𫟦㛃", "O'Brien-Ng", "李 " * 24 + "李", "🙂", "<b>x</b>"]
)
def test_no_name_is_refused_for_its_letters(client: ComplainingClient, app: Flask, name: str) -> None:
    assert send(client, name=name).status_code == 303
    assert kept(app)[0].name == name


def test_marks_that_nobody_sees_are_left_out(client: ComplainingClient, app: Flask) -> None:
    send(client, name=" 张\u202e三\u200b\u0007 ")
    assert kept(app)[0].name == "张三"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "请写您的名字"),
        ("name", "\u200b ", "请写您的名字"),
        ("name", "x" * 101, "100 个字以内"),
        ("contact", "", "请写电话"),
        ("contact", "x" * 201, "200 个字以内"),
        ("village", "", "请写您住在哪个村或社区"),
        ("village", "x" * 61, "60 个字以内"),
        ("agreed", "-", "请打个勾"),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(
    client: ComplainingClient, app: Flask, field: str, value: str, sentence: str
) -> None:
    answer = send(client, f"{NEW}?policy=temporary-relief", **{field: value})
    assert answer.status_code == 422
    assert "<title>有错误：" in answer.text
    assert f'<a href="#{field}">' in answer.text
    assert answer.text.count(sentence) == 2
    for name in {"name", "contact"} - {field}:
        assert f'value="{GOOD[name]}"' in answer.text
    assert "临时救助" in answer.text
    assert not kept(app)


def test_of_a_book_in_a_field_only_the_beginning_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    # Eighty thousand accents out of order would keep the server busy for a minute.
    book, put_in_order = "李" + "\u0315\u0300" * 40_000, []

    def normalize(form: str, text: str) -> str:
        put_in_order.append(len(text))
        return unicodedata.normalize(form, text)

    monkeypatch.setattr("portal.forms.help_requests.unicodedata", SimpleNamespace(normalize=normalize))
    assert len(tidy(book) or "") <= 1000
    assert put_in_order == [1000]


def test_errors_speak_english_too(client: ComplainingClient) -> None:
    client.set_cookie("huimin_lang", "en")
    answer = send(client, name="")
    assert "<title>Error: " in answer.text
    assert "Write your name" in answer.text


def test_a_village_can_be_chosen_town_first(client: ComplainingClient, app: Flask) -> None:
    offered = send(client, town="330482001", village="")
    assert offered.status_code == 422
    assert 'type="radio" id="village" name="village" value="330482001001"' in offered.text
    fields = {**GOOD, **hidden(offered.text), "town": "330482001", "village": "330482001002"}
    assert client.post(NEW, data=fields).status_code == 303
    assert kept(app)[0].division_code == "330482001002"


def test_a_village_that_nobody_knows_keeps_nobody_from_asking(client: ComplainingClient, app: Flask) -> None:
    assert send(client, village="老鹰岩那边").status_code == 303
    assert (kept(app)[0].division_code, kept(app)[0].village) == ("330482", "老鹰岩那边")


def test_a_village_of_another_county_stays_as_written(client: ComplainingClient, app: Flask) -> None:
    assert send(client, village="330328100015", town="330328100").status_code == 303
    assert (kept(app)[0].division_code, kept(app)[0].village) == ("330482", "330328100015")


def test_a_name_that_two_places_have_is_asked_once_more(client: ComplainingClient, app: Flask) -> None:
    asked = send(client, village="新")
    assert asked.status_code == 422
    assert "名单里没有我的村" in asked.text
    fields = {**GOOD, **hidden(asked.text), "village": "~新"}
    assert client.post(NEW, data=fields).status_code == 303
    assert kept(app)[0].village == "新"


def test_an_unknown_policy_is_left_out(client: ComplainingClient, app: Flask) -> None:
    assert "您想申请的是" not in client.get(f"{NEW}?policy=no-such").text
    assert send(client, policy="no-such").status_code == 303
    assert kept(app)[0].policy_code is None


def test_one_telephone_asks_three_times_a_day(client: ComplainingClient, app: Flask) -> None:
    for number in range(3):
        assert send(client, contact=f"{number}").status_code == 303
    fourth = send(client, contact="9999")
    assert fourth.status_code == 429
    assert fourth.headers["Retry-After"]
    assert 'value="9999"' in fourth.text
    assert "tel:" in fourth.text
    assert len(kept(app)) == 3
    with clock.freeze(NOW + timedelta(days=1)):
        assert send(client).status_code == 303


def test_one_address_asks_thirty_times_an_hour(app: Flask) -> None:
    for _ in range(30):
        assert send(app.test_client()).status_code == 303
    assert send(app.test_client()).status_code == 429
    with clock.freeze(NOW + timedelta(hours=1)):
        assert send(app.test_client()).status_code == 303


def test_without_its_counters_help_can_still_be_asked(client: ComplainingClient, app: Flask) -> None:
    with app.extensions["huimin"].database.transaction() as session:
        session.execute(text("ALTER TABLE rate_limits RENAME TO rate_limits_away"))
    try:
        assert send(client).status_code == 303
    finally:
        with app.extensions["huimin"].database.transaction() as session:
            session.execute(text("ALTER TABLE rate_limits_away RENAME TO rate_limits"))
    assert len(kept(app)) == 1


def test_a_form_without_its_token_changes_nothing(client: ComplainingClient, app: Flask) -> None:
    answer = client.post(NEW, data=GOOD)
    assert answer.status_code == 400
    assert not kept(app)


def test_a_request_is_taken_back(client: ComplainingClient, app: Flask) -> None:
    address = send(client).location
    page = client.get(f"{address}/withdraw")
    assert page.headers["Referrer-Policy"] == "strict-origin"
    assert kept(app)[0].number in page.text
    answer = client.post(f"{address}/withdraw", data=hidden(page.text))
    assert answer.location == "/help-requests/withdrawn"
    assert "已经撤回" in client.get(answer.location).text
    assert not kept(app)
    assert client.get(address).status_code == 404
    again = client.post(f"{address}/withdraw", data=hidden(page.text))
    assert again.status_code == 303


def test_after_ninety_days_nothing_is_left(client: ComplainingClient, app: Flask) -> None:
    address = send(client).location
    after = NOW + timedelta(days=90)
    with clock.freeze(after):
        assert client.get(address).status_code == 404
        assert not kept(app)
    with app.extensions["huimin"].database.transaction() as session:
        assert help_requests.count_expired(session, after - timedelta(seconds=1)) == 0
        assert help_requests.count_expired(session, after) == 1
        assert help_requests.delete_expired(session, after) == 1
        assert session.scalar(text("SELECT count(*) FROM help_requests")) == 0


def test_the_command_lists_requests_with_division_and_age(client: ComplainingClient, app: Flask) -> None:
    send(client, f"{NEW}?policy=temporary-relief")
    runner = app.test_cli_runner()
    with clock.freeze(NOW + timedelta(days=2)):
        told = runner.invoke(args=["help-requests", "list", "--json"])
        plain = runner.invoke(args=["help-requests", "list"])
    assert told.exit_code == plain.exit_code == 0
    (row,) = json.loads(told.stdout)["help_requests"]
    assert (row["division"], row["division_name"]) == ("330482001001", "当湖街道水洞埭社区居委会")
    assert (row["age_days"], row["policy"]) == (2, "temporary-relief")
    assert row["number"] in plain.stdout
