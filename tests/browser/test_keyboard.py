"""Everything by keyboard alone, with the focus in sight at every step."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.fixtures import NewVisitor
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

# Where the focus is, whether one can see it, and whether anything lies above it.
_FOCUS = """() => {
  const one = document.activeElement;
  const shown = one.matches(".row input") ? one.labels[0] : one;
  shown.scrollIntoView({block: "nearest"});
  const style = getComputedStyle(shown), box = shown.getBoundingClientRect();
  const above = document.elementFromPoint(
    Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 1),
    Math.min(Math.max(box.top + Math.min(box.height, 40) / 2, 1), innerHeight - 1));
  return {
    tag: one.tagName, type: one.type || "", name: one.name || "", value: one.value || "",
    words: shown.textContent.trim(), id: one.id, href: one.getAttribute("href") || "",
    isMain: one.matches("main .button-primary, main .button-primary *"), isFilled: Boolean(one.value),
    isRing: (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2)
      || style.boxShadow !== "none" || one.matches(".text:focus, main"),
    isOnTop: Boolean(above) && (shown.contains(above) || above.contains(shown) || one === above),
  };
}"""


def _tab(page: Page) -> dict[str, Any]:
    page.keyboard.press("Tab")
    focus: dict[str, Any] = page.evaluate(_FOCUS)
    where = f"{page.url}: {focus['tag']} {focus['words'][:20]} {focus['name']}"
    assert focus["tag"] != "BODY", f"{page.url}: the focus got lost"
    assert focus["isRing"], f"no visible focus at {where}"
    assert focus["isOnTop"], f"something lies above {where}"
    return focus


def _tab_to(one: Visitor, **wanted: str) -> dict[str, Any]:
    for _ in range(60):
        focus = _tab(one.page)
        if all(focus[name].startswith(value) for name, value in wanted.items()):
            return focus
    raise AssertionError(f"{one.path}: Tab never comes to {wanted}")


def _enter(one: Visitor) -> None:
    with one.page.expect_navigation(wait_until="load"):
        one.page.keyboard.press("Enter")


def _past_the_frame(one: Visitor) -> None:
    first = _tab(one.page)
    assert first["href"] == "#content"
    one.page.keyboard.press("Enter")
    assert one.page.evaluate("document.activeElement.id") == "content"


def _answer_by_keyboard(one: Visitor) -> None:
    """说不清楚 to everything; a year where one is asked for."""
    groups: set[str] = set()
    while not (focus := _tab(one.page))["isMain"]:
        name = focus["name"]
        if focus["type"] == "radio" and name not in groups:
            groups.add(name)
            # From the first row upwards is the last row: 说不清楚.
            one.page.keyboard.press("ArrowUp")
            assert one.page.is_checked(f'[name="{name}"][value="?"]'), f"{one.path}: {name}"
        elif (
            focus["type"] == "checkbox"
            and focus["value"] == "?"
            and name.removesuffix("_unsure") not in groups
        ):
            one.page.keyboard.press("Space")
        elif name == "birth_year":
            groups.add(name)
            one.page.keyboard.type("1944")
    _enter(one)


def test_a_whole_assessment_by_keyboard(visitor: NewVisitor) -> None:
    one = visitor()
    one.go("/")
    _tab_to(one, words="看看我能享受什么")
    _enter(one)
    _tab_to(one, words="开始")
    _enter(one)
    pages = 0
    while one.path.startswith("/assessment/questions/"):
        pages += 1
        assert pages < 60
        _past_the_frame(one)
        if one.path == "/assessment/questions/2" and not one.page.locator(".people").count():
            _tab_to(one, id="add")
            _enter(one)
        else:
            _answer_by_keyboard(one)
    assert one.path == "/assessment/review"
    _past_the_frame(one)
    _tab_to(one, words="看结果")
    _enter(one)
    assert one.body_id == "portal-assessments-result"
    _past_the_frame(one)
    _tab_to(one, tag="SUMMARY", words="为什么")
    reasons = one.page.locator("details[open] .reasons")
    assert reasons.count() == 0
    one.page.keyboard.press("Enter")
    assert reasons.first.is_visible()


def test_a_refused_form_brings_the_focus_to_what_is_to_be_mended(visitor: NewVisitor) -> None:
    one = visitor()
    one.go("/assessment/questions/1")
    one.send()
    assert one.page.title().startswith("有错误：")
    assert one.page.evaluate("document.activeElement.className") == "summary"
    focus = _tab(one.page)
    one.page.keyboard.press("Enter")
    assert one.page.evaluate("location.hash") == focus["href"]
    assert one.page.evaluate("document.activeElement.name") == "registration"


@pytest.mark.parametrize("address", ["/policies", "/policies/minimum-living-allowance", "/help-requests/new"])
def test_the_focus_is_in_sight_on_every_stop(visitor: NewVisitor, address: str) -> None:
    one = visitor()
    one.go(address)
    seen = 0
    while seen < 80 and (focus := _tab(one.page)):
        seen += 1
        if focus["href"] == "/accessibility":
            return
    raise AssertionError(f"{address}: Tab never comes to the end")
