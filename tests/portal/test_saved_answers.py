"""Saving, coming back, deleting: who keeps what, why and how long, and nobody guesses a code."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from infrastructure import clock
from tests.conftest import NOW
from tests.portal.walk import Walk, family_of_three, kept_by, text_of
from web import limits


@pytest.fixture
def walk(client):
    found = Walk(client)
    family_of_three(found)
    return found


def save(walk):
    reply = walk.answer("/assessment/save", agreed="yes")
    assert reply.status_code == 303
    page = text_of(walk.client.get(reply.headers["Location"]))
    return re.search(r'class="number code">([^<]+)<br>([^<]+)</b>', page).expand(r"\1 \2")


def rows(app):
    with app.extensions["huimin"].database.reading() as session:
        return session.execute(text("SELECT count(*) FROM saved_answers")).scalar()


def test_pipl_17_30_the_page_says_who_keeps_what_why_how_long_before_the_tick(walk, app):
    page = text_of(walk.client.get("/assessment/save"))
    settings = app.extensions["huimin"].settings
    for words in (
        settings.office_name,
        settings.office_phone,
        "谁来存",
        "存什么",
        "敏感",
        "为什么要存",
        "怎么存",
        "30 天",
        "2026年12月22日",
        "随时可以",
        "/privacy",
    ):
        assert words in page
    assert "checked" not in page


def test_without_a_tick_of_its_own_nothing_is_kept(walk, app):
    reply = walk.answer("/assessment/save")
    assert reply.status_code == 422
    assert rows(app) == 0


def test_nothing_reaches_the_database_before_it_is_saved(walk, app):
    walk.unsure_to_the_end("/assessment/questions/3")
    walk.client.get("/assessment/result")
    assert rows(app) == 0


def test_the_receipt_code_is_shown_once(walk, app):
    code = save(walk)
    assert re.fullmatch(r"([0-9A-Z]{4} ){3}[0-9A-Z]{4}", code)
    assert rows(app) == 1
    assert walk.client.get("/assessment/saved").status_code == 303


def test_who_returns_is_judged_anew_and_sees_what_changed(walk):
    walk.answer("/assessment/questions/3", status="none")
    walk.answer("/assessment/questions/4", income_exact="2000")
    walk.answer("/assessment/questions/4/counted", counted="none")
    code = save(walk)
    client = walk.client
    client.post("/assessment/clear", data={"csrf_token": walk.token()})
    reply = walk.answer("/assessment/return", code=code.lower().replace(" ", "-"))
    assert reply.headers["Location"] == "/assessment/result"
    assert len(kept_by(client).members) == 3
    assert "和存的时候一样" in text_of(client.get("/assessment/result"))
    # Under another standard the same answers come to something else.
    client.post("/assessment/clear", data={"csrf_token": walk.token()})
    later = NOW + timedelta(days=18)
    set_standard(client.application, "dibao_standard", "10", later.date())
    with clock.freeze(later):
        walk.answer("/assessment/return", code=code)
        page = text_of(client.get("/assessment/result"))
    assert "和存的时候比，变了" in page
    assert "最低生活保障（低保）：有可能可以享受 → 暂时看不太像" in page


def set_standard(app, name, value, day):
    from assistance import policies
    from assistance.rules import SETTINGS

    parts = app.extensions["huimin"]
    given = policies.GivenStandard(
        name=name,
        division_code="330482",
        from_on=day,
        value=SETTINGS[name].parse(value),
        document="test",
        issuer_code="3304",
    )
    with parts.database.transaction() as session:
        policies.set_standard(session, parts.divisions, given, by="test", now=NOW)


def test_saved_answers_can_be_deleted_with_or_without_the_code_at_hand(walk, app):
    code = save(walk)
    assert "删掉存的答案" in text_of(walk.client.get("/assessment/result"))
    walk.client.post("/assessment/return/delete", data={"csrf_token": walk.token()})
    assert rows(app) == 0
    other = save(walk)
    assert other != code
    data = {"csrf_token": walk.token(), "code": other, "act": "delete"}
    reply = walk.client.post("/assessment/return", data=data)
    assert reply.status_code == 303
    assert rows(app) == 0
    assert walk.answer("/assessment/return", code=other).status_code == 422


def test_after_thirty_days_nothing_is_found(walk):
    code = save(walk)
    with clock.freeze(NOW + timedelta(days=30)):
        assert walk.answer("/assessment/return", code=code).status_code == 422


@pytest.mark.parametrize("typed", ["", "7K2M", "!" * 16, "0" * 500, "七" * 16])
def test_what_is_no_code_is_answered_without_asking_the_database(walk, app, typed):
    reply = walk.client.post("/assessment/return", data={"csrf_token": walk.token(), "code": typed})
    assert reply.status_code == 422
    with app.extensions["huimin"].database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM rate_limits")).scalar() == 0


def test_a_code_is_tried_five_times_in_a_quarter_of_an_hour(walk):
    token = walk.token()
    answers = [
        walk.client.post("/assessment/return", data={"csrf_token": token, "code": "0" * 16}).status_code
        for _ in range(6)
    ]
    assert answers == [422] * 5 + [429]


def test_a_right_code_is_not_counted_among_the_failures_and_a_wrong_one_is(walk, app):
    code = save(walk)
    token = walk.token()
    walk.client.post("/assessment/return", data={"csrf_token": token, "code": code})
    assert failures(app) == 0
    walk.client.post("/assessment/return", data={"csrf_token": token, "code": "1" * 16})
    assert failures(app) == 1


def test_a_hundred_failures_in_an_hour_close_the_door_for_all(walk, app):
    code = save(walk)
    token = walk.token()
    walk.client.post("/assessment/return", data={"csrf_token": token, "code": "1" * 16})
    with app.extensions["huimin"].database.transaction() as session:
        session.execute(text("UPDATE rate_limits SET uses = 100 WHERE uses > 0"))
    assert walk.client.post("/assessment/return", data={"csrf_token": token, "code": code}).status_code == 429


def failures(app):
    parts = app.extensions["huimin"]
    subject = parts.cipher.blind_index("rate_limits.subject", "assessments.return:failures")
    with parts.database.reading() as session:
        return session.execute(
            text("SELECT uses FROM rate_limits WHERE subject = :subject"), {"subject": subject}
        ).scalar()


def test_without_its_counters_nobody_may_guess(walk, app, monkeypatch):
    code = save(walk)
    token = walk.token()

    def broken(*_args, **_kwargs):
        raise OperationalError("", {}, Exception())

    monkeypatch.setattr(
        limits,
        "services",
        lambda: type(
            "Parts",
            (),
            {
                "clock": clock,
                "cipher": app.extensions["huimin"].cipher,
                "database": type("Database", (), {"is_sqlite": True, "transaction": staticmethod(broken)}),
            },
        )(),
    )
    reply = walk.client.post("/assessment/return", data={"csrf_token": token, "code": code})
    assert reply.status_code == 503


def test_a_saved_helper_stays_recorded(client):
    walk = Walk(client)
    client.post("/assessment", data={"csrf_token": walk.token(), "helped": "yes"})
    walk.add("head", "M", 1960)
    code = save(walk)
    client.post("/assessment/clear", data={"csrf_token": walk.token()})
    walk.answer("/assessment/return", code=code)
    assert kept_by(client).is_helped


def test_what_changed_is_only_told_while_the_answers_are_those_that_were_saved(walk, app):
    code = save(walk)
    assert "和存的时候" not in text_of(walk.client.get("/assessment/result"))
    walk.answer("/assessment/return", code=code)
    assert "和存的时候一样" in text_of(walk.client.get("/assessment/result"))
    walk.answer("/assessment/questions/3", status="none")
    page = text_of(walk.client.get("/assessment/result"))
    assert "和存的时候" not in page
    assert "把答案存起来" in page
    # Saving again takes the place of the older copy.
    assert save(walk) != code
    assert rows(app) == 1


def test_a_mistyped_code_stays_to_be_mended(walk):
    reply = walk.answer("/assessment/return", code="7K2M 9PQR")
    assert 'value="7K2M 9PQR"' in text_of(reply)
