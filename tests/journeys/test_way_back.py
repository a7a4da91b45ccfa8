"""Language, text size, the way back and a spoilt cookie: nobody loses the place or what was said."""

from __future__ import annotations

from typing import Any

import pytest

import wsgi
from tests.browser.fixtures import Known, NewVisitor
from tests.browser.site import Site
from tests.conftest import settings_of_test

pytestmark = pytest.mark.browser
COOKIE = "huimin_answers"


def test_language_and_size_keep_the_place(visitor: NewVisitor, known: Known) -> None:
    one = visitor(scripts=False, cookies=known("family"))
    for address in (
        "/assessment/questions/8/members/2?then=review",
        "/policies?q=低保",
        "/assessment/result",
    ):
        one.go(address)
        before = one.path
        one.press("English")
        assert one.path == before
        assert one.page.get_attribute("html", "lang") == "en"
        with one.page.expect_navigation():
            one.page.locator("a.size-30").click()
        assert one.path == before
        assert one.page.get_attribute("html", "data-size") == "30"
        one.press("中文")
        assert one.path == before
        with one.page.expect_navigation():
            one.page.locator("a.size-20").click()
        assert one.page.get_attribute("html", "lang") == "zh-CN"
        assert one.page.get_attribute("html", "data-size") == "20"


def test_back_shows_what_was_answered(visitor: NewVisitor) -> None:
    one = visitor(scripts=False)
    one.go("/assessment")
    one.press("开始")
    one.fill({"registration": "permit"})
    one.send()
    one.fill({"area": "urban", "alone": "alone"})
    one.send()
    # The browser's own way back, then the page's.
    one.page.go_back()
    assert one.path == "/assessment/questions/1/home"
    assert one.page.is_checked('[name="area"][value="urban"]')
    one.press("返回")
    assert one.path == "/assessment/questions/1"
    assert one.page.is_checked('[name="registration"][value="permit"]')
    one.send()
    assert one.path == "/assessment/questions/1/home"
    assert one.page.is_checked('[name="alone"][value="alone"]')


def test_what_was_answered_waits_on_the_home_page(visitor: NewVisitor) -> None:
    one = visitor(scripts=False)
    one.go("/assessment")
    one.press("开始")
    one.fill({"registration": "local"})
    one.send()
    one.go("/")
    one.page.locator(".draft a").click()
    assert one.path == "/assessment/questions/1/home"


def _spoil(value: str, how: str) -> str:
    if how == "truncated":
        return value[: len(value) // 2]
    if how == "one letter changed":
        place = len(value) // 2
        return value[:place] + ("A" if value[place] != "A" else "B") + value[place + 1 :]
    return {"nonsense": "x" * 300, "too long": value * 2, "letters of no alphabet": "%E4%BD%A0%00"}[how]


@pytest.mark.parametrize(
    "how", ["truncated", "one letter changed", "nonsense", "too long", "letters of no alphabet"]
)
def test_a_spoilt_cookie_is_met_with_kind_words(
    visitor: NewVisitor, known: Known, site: Site, how: str
) -> None:
    cookies = known("family")
    (answers,) = (cookie for cookie in cookies if cookie["name"] == COOKIE)
    spoilt = {**answers, "value": _spoil(answers["value"], how)}
    for address in ("/assessment/result", "/assessment/review", "/assessment", "/assessment/save"):
        one = visitor(scripts=False, cookies=[spoilt])
        one.go(address)
        assert one.body_id == "portal-assessments-start"
        assert "请重新填，对不起" in one.text()
        one.press("开始")
        assert one.path == "/assessment/questions/1"
        one.context.close()


def test_answers_given_in_another_county_are_not_judged_by_this_one(
    visitor: NewVisitor, site: Site, tmp_path: Any, known: Known
) -> None:
    other = wsgi.create_app(settings_of_test(tmp_path, HUIMIN_COUNTY="330328"))
    try:
        client = other.test_client()
        page = client.get("/assessment").text
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        begun = client.post("/assessment", data={"csrf_token": token, "helped": "yes"})
        value = begun.headers["Set-Cookie"].split(f"{COOKIE}=")[1].split(";")[0]
    finally:
        other.extensions["huimin"].database.dispose()
    one = visitor(scripts=False, cookies=[{"name": COOKIE, "value": value, "url": site.address}])
    one.go("/assessment")
    assert "请重新填，对不起" in one.text()
    assert not one.page.is_checked("#helped")
