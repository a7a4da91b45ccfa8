"""A family of three on a low income, one of them with a disability certificate, without JavaScript."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.browser.fixtures import Known, NewVisitor
from tests.browser.stories import FAMILY

pytestmark = pytest.mark.browser


def test_from_the_home_page_to_a_receipt_for_help(visitor: NewVisitor) -> None:
    one = visitor(scripts=False)
    one.go("/")
    one.press("看看我能享受什么")
    assert one.body_id == "portal-assessments-start"
    for promise in ("12 个问题，大约 3 分钟", "不留姓名", "结果不作数"):
        assert promise in one.text()
    one.press("开始")
    met = one.answer(FAMILY)
    assert sorted({int(place.split("/")[0]) for place in met}) == list(range(1, 13))
    assert set(FAMILY) - {place for place in FAMILY if place.startswith("2/members/new")} <= set(met)

    review = one.text()
    assert one.body_id == "portal-assessments-review"
    for told in ("户口在本县", "2400 元", "2 万元", "肢体；二级", "高中；住校"):
        assert told in review
    assert "还没答" not in review

    # Changing one answer leads straight back, with the new answer in its place.
    one.page.locator('a[href="/assessment/questions/4?then=review"]').click()
    assert one.page.input_value("#income_exact") == "2400"
    one.page.fill("#income_exact", "2600")
    one.send()
    assert one.path == "/assessment/review"
    assert "2600 元" in one.text()

    one.press("看结果")
    assert one.body_id == "portal-assessments-result"
    likely = one.page.locator(".card-good")
    dibao = likely.filter(has_text="最低生活保障")
    assert dibao.count() == 1
    why = dibao.locator("details.why").first
    assert why.locator(".reasons").is_hidden()
    why.locator("summary").click()
    assert why.locator(".reasons").is_visible()
    reasons = why.inner_text()
    for part in ("人均收入", "您家：", "线：", "社会救助法"):
        assert part in reasons
    for never in ("不符合", "不通过", "拒绝", "没有资格"):
        assert never not in one.page.content()

    with one.page.expect_navigation():
        dibao.get_by_role("link", name="现在申请").click()
    assert one.body_id == "portal-help-requests-new"
    assert "最低生活保障" in one.page.locator("main .card").first.inner_text()
    one.page.fill("#name", "王老伯")
    one.page.fill("#contact", "找村口小店的老李")
    one.page.fill("#village", "水洞埭")
    one.page.locator('label[for="agreed"]').click()
    one.press("送出去")
    assert one.body_id == "portal-help-requests-receipt"
    receipt = one.text()
    assert re.search(r"2026-1122-\d{4}", receipt)
    assert "接下来" in receipt
    assert "王老伯" not in receipt


def test_the_printout_holds_the_verdicts_in_letters_that_every_printer_has(
    visitor: NewVisitor, known: Known, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for program in ("pdftotext", "pdffonts"):
        assert shutil.which(program), f"{program} is missing: apt-get install poppler-utils (or make setup)"
    # How long it takes is not asked here.
    monkeypatch.setattr("portal.views.assessment_results.PDF_SECONDS", 80)
    one = visitor(scripts=False, cookies=known("family"))
    one.go("/assessment/result")
    names = {
        level: _names(one, kind) for level, kind in (("很可能", ".card-good"), ("有可能", ".card-maybe"))
    }
    assert names["很可能"]
    link = one.page.get_by_role("link", name="大字打印（PDF）").get_attribute("href")
    answer = one.context.request.get(str(link))
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "private, no-store"
    file = tmp_path / "result.pdf"
    file.write_bytes(answer.body())
    words = re.sub(r"\s", "", _told_by("pdftotext", file, "-"))
    for level, policies in names.items():
        assert f"{level}可以享受（{len(policies)}）" in words
        for name in policies:
            assert re.sub(r"\s", "", name) in words
    fonts = _told_by("pdffonts", file).splitlines()[2:]
    assert fonts
    for font in fonts:
        assert "Noto-Sans-CJK-SC" in font
        assert re.search(r"\s(yes) (yes|no) (yes|no)\s", font), f"not embedded: {font}"


def _names(one: Any, kind: str) -> list[str]:
    return [str(name) for name in one.page.locator(f"{kind} h3").all_inner_texts()]


def _told_by(program: str, file: Path, *more: str) -> str:
    return subprocess.run(
        [program, str(file), *more], capture_output=True, check=True, text=True, encoding="utf-8"
    ).stdout
