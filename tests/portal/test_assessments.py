"""The twelve questions as a resident meets them."""

from __future__ import annotations

import gzip
import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

import wsgi
from infrastructure import clock
from tests.conftest import NOW
from tests.portal.walk import COOKIE, family_of_three, kept_by, text_of

KILOBYTE = 1024


def heading(response):
    found = re.search(r"<h1[^>]*>(.*?)</h1>", text_of(response), re.S)
    return found[1].strip() if found else ""


def test_the_intro_says_what_to_expect_before_anything_is_asked(client):
    page = text_of(client.get("/assessment"))
    for words in ("12 个问题", "3 分钟", "不用登录", "不留姓名", "结果不作数", "什么都不留", "我在替别人填"):
        assert words in page
    assert client.get_cookie(COOKIE) is None


def test_a_resident_walks_from_the_first_question_to_the_result(client, walk):
    walk.add("head", "M", 1960)
    pages = walk.unsure_to_the_end("/assessment/questions/1")
    questions = [int(re.search(r"questions/(\d+)", page)[1]) for page in pages]
    assert questions == sorted(questions)
    assert set(questions) == set(range(1, 13))
    assert client.get("/assessment/review").status_code == 200
    page = client.get("/assessment/result")
    assert page.status_code == 200
    assert "再答这几题，就清楚多了" in text_of(page)
    assert (
        len(re.findall(r'class="cell"[^>]*href="/assessment/questions/\d+\?then=review"', text_of(page))) == 3
    )


def test_every_page_offers_not_to_know_and_nothing_is_chosen_beforehand(client, walk):
    family_of_three(walk)
    walk.client.get("/assessment/questions/3")
    address, seen = "/assessment/questions/3", 0
    while "/questions/" in address:
        page = text_of(client.get(address))
        assert "说不清楚" in page, address
        assert "checked" not in page, address
        address, seen = walk.step(address), seen + 1
    assert seen > 15


def test_a_page_that_is_not_answered_comes_back_with_what_to_do(client, walk):
    reply = walk.answer("/assessment/questions/1")
    assert reply.status_code == 422
    assert "<title>有错误：" in text_of(reply)
    assert "请选一个" in text_of(reply)


def test_what_was_typed_stays_beside_its_error(client, walk):
    reply = walk.answer("/assessment/questions/2/members/new", relation="head", sex="M", birth_year="1856")
    assert reply.status_code == 422
    assert 'value="1856"' in text_of(reply)
    assert re.search(r'value="head" checked', text_of(reply))
    assert kept_by(client) is None


@pytest.mark.parametrize(
    "typed", ["-1", "1e9", "ＮａＮ", "99999999999999", "一百", "1.234", "²", "1 000 000 000 000"]
)
def test_a_sum_that_is_none_gets_a_clear_error_and_is_not_kept(client, walk, typed):
    family_of_three(walk)
    before = kept_by(client)
    reply = walk.answer("/assessment/questions/4", income_exact=typed)
    assert reply.status_code == 422
    assert kept_by(client) == before


@pytest.mark.parametrize(
    ("typed", "fen"),
    [("2100", 210000), ("２１００", 210000), ("2,100.50元", 210050), ("0.3万", 300000), ("0", 0)],
)
def test_a_sum_is_read_as_it_is_written(client, walk, typed, fen):
    family_of_three(walk)
    assert walk.answer("/assessment/questions/4", income_exact=typed).status_code == 303
    assert kept_by(client).household["income"] == (fen, fen)


def test_bands_come_from_the_countys_standard_and_the_people_at_home(client, walk):
    family_of_three(walk)
    page = text_of(client.get("/assessment/questions/4"))
    assert "不到 3390 元" in page
    assert 'value="0-338999"' in page
    assert 'value="339000-' in page
    assert walk.answer("/assessment/questions/4", income="0-338999").status_code == 303
    assert kept_by(client).household["income"] == (0, 338999)


def test_without_people_the_sum_is_asked_and_their_questions_are_left_out(client, walk):
    walk.answer("/assessment/questions/2/size", size_unsure="?")
    assert 'value="0-' not in text_of(client.get("/assessment/questions/4"))
    assert client.get("/assessment/questions/7").status_code == 303
    page = text_of(client.get("/assessment/questions/11"))
    assert "第 7 到 10 题" in page
    reply = walk.answer("/assessment/questions/2")
    assert reply.status_code == 303


def test_the_list_of_people_wants_somebody_first(client, walk):
    reply = walk.answer("/assessment/questions/2")
    assert reply.status_code == 422
    assert "请先加一个人" in text_of(reply)


def test_people_are_called_by_relation_and_can_be_changed_and_taken_off(client, walk):
    family_of_three(walk)
    walk.add("child", "F", 2016)
    page = text_of(client.get("/assessment/questions/2"))
    assert "孩子1（2014年生）" in page
    assert "孩子2（2016年生）" in page
    walk.answer("/assessment/questions/2/members/4", relation="grandchild", sex="F", birth_year="2016")
    assert "孙辈（2016年生）" in text_of(client.get("/assessment/questions/2"))
    client.post("/assessment/questions/2/members/4/remove", data={"csrf_token": walk.token()})
    assert len(kept_by(client).members) == 3


def test_there_is_one_head_and_at_most_twenty_people(client, walk):
    walk.add("head", "M", 1960)
    assert walk.add("head", "F", 1962).status_code == 422
    for year in range(1980, 1999):
        assert walk.add("child", "M", year).status_code == 303
    assert client.get("/assessment/questions/2/members/new").status_code == 303
    assert len(client.get_cookie(COOKIE).value) <= 3500


def test_a_recognised_status_leaves_out_income_and_savings_and_says_so(client, walk):
    family_of_three(walk)
    reply = walk.answer("/assessment/questions/3", status="dibao")
    assert reply.headers["Location"].endswith("/assessment/questions/6")
    page = text_of(client.get("/assessment/questions/6"))
    assert "第 4、5 题先不问了" in page
    assert 'href="/assessment/questions/4"' in page
    # Whoever wants to fill them in can, and is then asked all of them.
    reply = walk.answer("/assessment/questions/4", income="0-338999")
    assert "/questions/4/counted" in reply.headers["Location"]


def test_not_sure_stands_beside_nothing_else(client, walk):
    family_of_three(walk)
    assert walk.answer("/assessment/questions/3", status=["dibao", "none"]).status_code == 422
    assert walk.answer("/assessment/questions/3", status=["dibao", "?"]).status_code == 422


def test_a_change_from_the_review_returns_straight_there(client, walk):
    walk.add("head", "M", 1960)
    walk.unsure_to_the_end("/assessment/questions/1")
    review = text_of(client.get("/assessment/review"))
    assert 'href="/assessment/questions/3?then=review"' in review
    reply = walk.answer("/assessment/questions/3?then=review", status="none")
    assert reply.headers["Location"].endswith("/assessment/review")
    # A car brings its price, and only then the review.
    reply = walk.answer("/assessment/questions/5/cars?then=review", cars="1")
    assert reply.headers["Location"].endswith("/assessment/questions/5/car-price?then=review")
    reply = walk.answer("/assessment/questions/5/car-price?then=review", car_price="?")
    assert reply.headers["Location"].endswith("/assessment/review")


def test_going_back_loses_nothing(client, walk):
    family_of_three(walk)
    walk.answer("/assessment/questions/3", status="none")
    page = text_of(client.get("/assessment/questions/4"))
    assert re.search(r'class="back" href="/assessment/questions/3"', page)
    assert re.search(r'value="none" checked', text_of(client.get("/assessment/questions/3")))


def test_somebody_added_later_opens_the_questions_about_people_again(client, walk):
    walk.add("head", "M", 1960)
    walk.unsure_to_the_end("/assessment/questions/1")
    assert "还没答" not in text_of(client.get("/assessment/review"))
    walk.add("child", "F", 2014)
    assert "还没答" in text_of(client.get("/assessment/review"))


def test_a_helper_is_recorded_and_named_on_every_page(client, walk):
    client.post("/assessment", data={"csrf_token": walk.token(), "helped": "yes"})
    walk.add("head", "M", 1960)
    assert kept_by(client).is_helped
    for address in (
        "/assessment/questions/1",
        "/assessment/questions/2",
        "/assessment/review",
        "/assessment/result",
    ):
        assert "您在替别人填" in text_of(client.get(address))


def test_clear_stands_on_every_page_and_clears(client, walk):
    family_of_three(walk)
    for address in (
        "/assessment",
        "/assessment/questions/3",
        "/assessment/questions/2",
        "/assessment/review",
        "/assessment/result",
        "/assessment/urgent",
        "/assessment/save",
        "/assessment/return",
    ):
        assert 'action="/assessment/clear"' in text_of(client.get(address)), address
    reply = client.post("/assessment/clear", data={"csrf_token": walk.token()})
    assert reply.status_code == 303
    assert client.get_cookie(COOKIE) is None


def test_the_urgent_page_begins_with_telephone_numbers(client):
    page = text_of(client.get("/assessment/urgent"))
    numbers = re.findall(r'cell-phone" href="tel:([^"]+)"', page)
    office = client.application.extensions["huimin"].settings.office_phone
    assert numbers == [office, "110", "120", "119", "12345", "12355"]


@pytest.mark.parametrize(
    ("address", "values"),
    [
        ("/assessment/questions/12", {"events": "violence"}),
        ("/assessment/questions/11", {"housing": "none"}),
        ("/assessment/questions/11/safety", {"house_grade": "D", "disaster_loss": "collapsed"}),
        ("/assessment/questions/7", {"health": "emergency"}),
    ],
)
def test_an_emergency_leads_to_the_telephone_first(client, walk, address, values):
    walk.add("head", "M", 1960)
    reply = walk.answer(address, **values)
    assert "/assessment/urgent?next=" in reply.headers["Location"]
    page = client.get(reply.headers["Location"])
    assert "接着往下" in text_of(page)
    assert 'href="/assessment/urgent"' in text_of(client.get("/assessment/review"))


def test_the_urgent_page_leads_nowhere_else(client):
    for wanted in (
        "https://evil.example",
        "//evil.example",
        "/admin",
        "/assessment/../admin",
        "javascript:1",
    ):
        page = text_of(client.get("/assessment/urgent", query_string={"next": wanted}))
        assert not re.search(r'href="(https?:|//|javascript:|/admin)', page)


@pytest.mark.parametrize("value", ["x", "AAAA", "!" * 50, "A" * 4000, "é"])
def test_a_forged_cookie_counts_as_none_and_says_so_kindly(client, value):
    client.set_cookie(COOKIE, value)
    page = client.get("/assessment/questions/1")
    assert page.status_code == 200
    assert "读不出来" in text_of(page)
    assert client.get("/assessment/result").status_code == 303
    assert client.get("/assessment/review").status_code == 303
    assert client.get("/assessment/questions/7/members/3").status_code == 303


def test_answers_last_a_day_by_our_own_clock(client, walk):
    family_of_three(walk)
    value = client.get_cookie(COOKIE).value
    with clock.freeze(NOW + timedelta(hours=25)):
        client.set_cookie(COOKIE, value)
        assert "读不出来" in text_of(client.get("/assessment"))


def test_the_cookie_is_closed_to_scripts_and_to_other_sites(client, walk):
    reply = walk.add("head", "M", 1960)
    header = next(line for line in reply.headers.getlist("Set-Cookie") if line.startswith(COOKIE))
    assert "HttpOnly" in header
    assert "SameSite=Lax" in header
    assert "Path=/" in header
    assert "Max-Age=86400" in header


def test_over_https_the_browser_itself_binds_the_cookie_to_this_host(app_settings):
    app = wsgi.create_app(replace(app_settings, base_url="https://huimin.example"))
    client = app.test_client()
    page = client.get("/assessment", base_url="https://huimin.example").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    reply = client.post(
        "/assessment",
        data={"csrf_token": token},
        base_url="https://huimin.example",
        headers={"Referer": "https://huimin.example/assessment"},
    )
    header = next(line for line in reply.headers.getlist("Set-Cookie") if COOKIE in line)
    assert header.startswith("__Host-huimin_answers=")
    assert "Secure" in header
    assert "Domain" not in header


@pytest.mark.parametrize(
    "address",
    [
        "/assessment/questions/0",
        "/assessment/questions/13",
        "/assessment/questions/3/nothing",
        "/assessment/questions/3/members/1",
        "/assessment/questions/7/members/0",
        "/assessment/questions/2/members/1/nothing",
        "/assessment/questions/1/registration",
        "/assessment/questions/7/illness",
    ],
)
def test_a_page_that_does_not_exist_is_not_found(client, address):
    assert client.get(address).status_code == 404


def test_a_page_that_does_not_concern_the_household_leads_on(client, walk):
    walk.add("head", "M", 1960)
    assert client.get("/assessment/questions/7/members/1").status_code == 303
    assert client.get("/assessment/questions/7/ill").status_code == 303
    assert client.get("/assessment/questions/7/members/9").status_code == 303


def test_junk_in_a_form_is_an_error_and_never_a_crash(client, walk):
    walk.add("head", "M", 1960)
    token = walk.token()
    for address, data in (
        ("/assessment/questions/1", {"registration": "nowhere"}),
        ("/assessment/questions/3", {"status": ["nothing"]}),
        ("/assessment/questions/4", {"income": "9-1"}),
        ("/assessment/questions/4", {"income": "0-" + "9" * 30}),
        ("/assessment/questions/4/earners", {"has_income": "99"}),
        ("/assessment/questions/2/size", {"size": "0"}),
        ("/assessment/questions/2/members/new", {"relation": "x" * 10000, "sex": "?", "birth_year": "?"}),
    ):
        reply = client.post(address, data={"csrf_token": token, **data})
        assert reply.status_code in (303, 422), address


def test_no_answer_leaves_the_house_without_its_token(client, walk):
    walk.add("head", "M", 1960)
    assert client.post("/assessment/questions/1", data={"registration": "local"}).status_code in (400, 403)


def test_pages_stay_small(client, walk):
    family_of_three(walk)
    for language in ("zh", "en"):
        client.set_cookie("huimin_lang", language)
        for address in walk.unsure_to_the_end("/assessment/questions/3"):
            assert len(gzip.compress(client.get(address).data, 6)) <= 6 * KILOBYTE, address
        for address, most in (
            ("/assessment", 6),
            ("/assessment/review", 6),
            ("/assessment/urgent", 6),
            ("/assessment/save", 6),
            ("/assessment/result", 20),
        ):
            assert len(gzip.compress(client.get(address).data, 6)) <= most * KILOBYTE, address


def test_nobody_else_may_keep_the_pages(client, walk):
    family_of_three(walk)
    for address in ("/assessment", "/assessment/questions/3", "/assessment/review", "/assessment/result"):
        assert client.get(address).headers["Cache-Control"] == "private, no-store"


def test_rigid_5_the_spending_question_names_its_first_day(client):
    with clock.freeze(datetime(2026, 11, 22, 9, tzinfo=clock.SHANGHAI)):
        page = text_of(client.get("/assessment/questions/6"))
    assert "2025年11月22日" in page
    assert "按公办学费算" in page
