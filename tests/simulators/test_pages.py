"""The desk's pages do by buttons what programs do by JSON, and can be used by everybody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest

from infrastructure.platforms import SmsClient, WechatClient
from infrastructure.settings import DEFAULT_OUTSIDE_SECRETS, DEFAULT_WECHAT_APP_ID
from simulators import Running, named_people
from simulators.pages import STORIES, WORDS
from simulators.world import SERVICE_STATES, SOURCE_STATES

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PAGES = ("/", "/messages", "/registers")


@pytest.fixture
def desk(simulators: Running) -> httpx.Client:
    return httpx.Client(base_url=simulators.url, trust_env=False)


def test_a_button_gives_a_person_codes_that_work(simulators: Running, desk: httpx.Client) -> None:
    pressed = desk.post("/desk/wechat/codes", data={"person": "chen-guoliang", "back": "issued"})
    assert (pressed.status_code, pressed.headers["Location"]) == (303, "/#issued")
    shown = desk.get("/").text
    code = re.search(r'<code class="copy">(l-[^<]+)</code>', shown)
    assert code is not None
    wechat = WechatClient(
        f"{simulators.url}/wechat", DEFAULT_WECHAT_APP_ID, DEFAULT_OUTSIDE_SECRETS["HUIMIN_WECHAT_APP_SECRET"]
    )
    assert wechat.sign_in(code[1]).openid == named_people()["chen-guoliang"].openid
    assert f'<code class="copy gone">{code[1]}</code> 用过了' in desk.get("/").text


def test_a_code_leads_to_the_door_that_it_opens(simulators: Running, desk: httpx.Client) -> None:
    ticket, code = simulators.zlb_ticket("lu-xiuzhen"), simulators.wechat_code("lu-xiuzhen")
    shown = desk.get("/").text
    port = simulators.app.config["HUIMIN"].port
    assert f'href="http://127.0.0.1:{port}/sign-in/zlb?ticket={ticket}"' in shown
    assert f'href="http://127.0.0.1:{port}/sign-in/wechat?code={code}"' in shown
    # From a telephone in the same network the portal has the name by which the desk was reached.
    from_elsewhere = desk.get("/", headers={"Host": "192.0.2.7:8001"}).text
    assert f'href="http://192.0.2.7:{port}/sign-in/zlb?ticket={ticket}"' in from_elsewhere


def test_a_typed_number_that_is_none_is_kept_and_said(desk: httpx.Client) -> None:
    answer = desk.post("/desk/wechat/codes", data={"phone": "123<b>", "back": "issued"})
    assert answer.status_code == 400
    assert "有错误：" in answer.text
    assert 'role="alert"' in answer.text
    assert 'value="123&lt;b&gt;"' in answer.text
    ticket = desk.post("/desk/zlb/tickets", data={"name": "王小明", "resident_id": "33", "phone": ""})
    assert 'value="王小明"' in ticket.text


def test_a_source_is_broken_and_mended_by_its_form(simulators: Running, desk: httpx.Client) -> None:
    pressed = desk.post("/desk/sources/tax", data={"state": "down", "back": "sources"})
    assert (pressed.status_code, pressed.headers["Location"]) == (303, "/registers#sources")
    assert desk.get("/registers").text.count("✕ 连不上") == 1
    wrong = desk.post("/desk/sources/tax", data={"state": "asleep", "back": "sources"})
    assert wrong.status_code == 400
    assert "数据源" in wrong.text
    desk.post("/desk/reset", data={"back": "//evil.example", "everything": "yes"})
    assert "✕" not in desk.get("/registers").text
    away = desk.post("/desk/reset", data={"back": "//evil.example"})
    assert away.headers["Location"] == "/"


def test_messages_are_shown_with_their_code(simulators: Running, desk: httpx.Client) -> None:
    sms = SmsClient(f"{simulators.url}/sms", DEFAULT_OUTSIDE_SECRETS["HUIMIN_SMS_KEY"])
    sms.send("19900000011", "sign_in_code", {"code": "493817"}, "k")
    for path in ("/", "/messages"):
        shown = desk.get(path).text
        assert '<div class="big-code">493817</div>' in shown
        assert "陈国良" in shown
    assert "http-equiv" not in desk.get("/messages").text
    assert 'http-equiv="refresh"' in desk.get("/messages?renew=1").text


def test_everybody_and_every_state_has_words() -> None:
    assert set(STORIES) == {one.story for one in named_people().values()}
    assert set(WORDS) == {*SERVICE_STATES, *SOURCE_STATES}


@pytest.mark.parametrize("path", PAGES)
def test_pages_hold_to_the_same_promises_as_the_residents(desk: httpx.Client, path: str) -> None:
    answer = desk.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.text.count("<h1") == 1
    assert not re.search(r"<script|style=|https?://(?!127\.0\.0\.1)|\son\w+=", answer.text)
    assert desk.get("/static/desk.css").headers["Content-Type"].startswith("text/css")


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_cut_off_and_axe_finds_nothing(simulators: Running, chromium: Browser, width: int) -> None:
    from tests.browser.measures import axe_findings

    sms = SmsClient(f"{simulators.url}/sms", DEFAULT_OUTSIDE_SECRETS["HUIMIN_SMS_KEY"])
    sms.send("19900000011", "sign_in_code", {"code": "493817"}, "k")
    simulators.set_source("tax", "down")
    page = chromium.new_page(viewport={"width": width, "height": 740}, bypass_csp=True)
    page.goto(simulators.url)
    page.get_by_role("button", name="给陈国良发微信码").click()
    page.get_by_role("button", name="给陆秀珍发浙里办票").click()
    for path in PAGES:
        page.goto(simulators.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert axe_findings(page) == [], path
    page.close()
