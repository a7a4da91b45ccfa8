"""An old woman alone who is sure of little; whoever helps her; and what she keeps for later."""

from __future__ import annotations

import re

import pytest

from tests.browser.fixtures import Known, NewVisitor
from tests.browser.stories import ELDER
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


def test_not_knowing_leads_to_possible_help_and_three_questions(visitor: NewVisitor) -> None:
    one = visitor(scripts=False)
    one.go("/assessment")
    one.press("开始")
    one.answer(ELDER)
    one.press("看结果")
    assert one.page.locator(".card-maybe").count() >= 5
    questions = one.page.locator('main a[href*="/assessment/questions/"]').all_inner_texts()
    assert "再答这几题，就清楚多了" in one.text()
    asked = [words for words in questions if re.match(r"第 \d+ 题", words.strip())]
    assert 1 <= len(asked) <= 3
    # One of them leads to its question and, answered, back to what was said.
    one.page.locator("section.card ul.cells a.cell").first.click()
    assert one.body_id in ("portal-assessments-question", "portal-assessments-members")
    assert one.path.endswith("?then=review")


def test_in_need_today_the_numbers_come_first_and_the_way_goes_on(visitor: NewVisitor) -> None:
    one = visitor(scripts=False)
    one.go("/")
    one.press("没饭吃、没地方住、有危险")
    numbers = one.page.locator('main a[href^="tel:"]').all_inner_texts()
    assert any("110" in number for number in numbers)
    assert any("120" in number for number in numbers)
    first = one.page.locator("main a").first
    assert str(first.get_attribute("href")).startswith("tel:")
    one.go("/assessment")
    one.press("开始")
    one.answer({**ELDER, "11": {"housing": "none"}}, until="/assessment/urgent")
    one.press("打过电话了，接着往下")
    assert one.path == "/assessment/questions/11/homes"


def test_answers_are_kept_found_again_and_deleted(visitor: NewVisitor, known: Known) -> None:
    one = visitor(scripts=False, cookies=known("elder"))
    one.go("/assessment/result")
    one.press("把答案存起来")
    for told in ("谁来存", "存什么", "为什么要存", "存多久", "30 天"):
        assert told in one.text()
    one.press("存起来")
    assert one.page.title().startswith("有错误：")
    one.page.locator('label[for="agreed"]').click()
    one.press("存起来")
    code = one.page.inner_text(".code").replace("\n", " ")
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}( [0-9A-HJKMNP-TV-Z]{4}){3}", code)
    one.go("/assessment/saved")
    assert code not in one.page.content().replace("<br>", " ")

    one.go("/assessment/result")
    one.press("清除我填的")
    assert "都清除了" in one.text()
    assert not [
        cookie for cookie in one.cookies() if "answers" in cookie["name"] or "assess" in cookie["name"]
    ]
    one.go("/assessment/result")
    assert one.body_id == "portal-assessments-start"

    one.press("上次存过？用收据码打开")
    _type_code(one, code.lower())
    one.press("打开，按现在的标准再算一遍")
    assert one.body_id == "portal-assessments-result"
    assert "和存的时候一样" in one.text()
    one.press("删掉存的答案")
    assert "已经删掉了" in one.text()
    _type_code(one, code)
    one.press("打开，按现在的标准再算一遍")
    assert one.body_id == "portal-assessments-return"
    assert "没找到" in one.text()


def test_whoever_helps_is_reminded_whose_answers_they_are(visitor: NewVisitor) -> None:
    one = visitor(scripts=False)
    one.go("/assessment")
    one.page.locator('label[for="helped"]').click()
    one.press("开始")
    for _ in range(2):
        assert "您在替别人填" in one.text()
        one.fill({})
        one.send()
    one.go("/assessment/review")
    assert "您在替别人填" in one.text()
    one.go("/assessment")
    assert one.page.is_checked("#helped")


def _type_code(one: Visitor, code: str) -> None:
    one.page.fill("#code", code)
