"""The result page: three levels, why, how much, what next; page, JSON and command agree."""

from __future__ import annotations

import html
import json
import re
import subprocess
from dataclasses import replace

from assistance import assessments, policies
from assistance.assessments import Range
from assistance.rules import facts_of
from infrastructure import pdf
from portal.judging import judge
from tests.conftest import NOW
from tests.portal.walk import family_of_three, kept_by, text_of

FORBIDDEN = ("不符合", "不通过", "拒绝", "没有资格", "骗保")


def poor_family(walk):
    """Three people with 2100 yuan a month who know nearly everything about themselves."""
    family_of_three(walk)
    walk.answer("/assessment/questions/3", status="none")
    walk.answer("/assessment/questions/4", income_exact="2100")
    walk.answer("/assessment/questions/4/counted", counted="none")
    walk.answer("/assessment/questions/4/earners", has_income="1")
    walk.answer("/assessment/questions/4/members/1", own_income_exact="2100")
    walk.answer("/assessment/questions/5", liquid_exact="1万")
    walk.answer("/assessment/questions/5/cars", cars="0")
    walk.answer("/assessment/questions/5/business", non_residential="no", capital="0-0")
    walk.answer("/assessment/questions/6", rigid="0-0")
    walk.answer("/assessment/questions/7", health="none")
    walk.answer("/assessment/questions/8", disability="none")
    walk.answer("/assessment/questions/9", at_school="3")
    walk.answer("/assessment/questions/9/members/3", stage="primary", boarding="no")
    walk.answer("/assessment/questions/10", employed="none")
    walk.answer("/assessment/questions/10/members/1", work="flexible")
    walk.answer("/assessment/questions/10/members/2", work="flexible")
    walk.answer("/assessment/questions/10/union", union_member="none")
    walk.answer("/assessment/questions/10/residents-pension", residents_pension=["1", "2"])
    walk.answer("/assessment/questions/11", housing="own")
    walk.answer("/assessment/questions/11/homes", homes="1")
    walk.answer("/assessment/questions/11/safety", house_grade="none", disaster_loss="none")
    walk.answer("/assessment/questions/11/meters", meters="yes")
    walk.answer("/assessment/questions/12", events="none")
    walk.answer("/assessment/questions/12/special", special="none")


def sections(page):
    """The names of the policies under each heading."""
    found, heading = {}, ""
    for tag, identity, words in re.findall(r"<(h2|h3)(?: id=\"(\w+)\")?[^>]*>(.*?)</\1>", page, re.S):
        if tag == "h2":
            heading = identity or html.unescape(re.sub("<[^>]+>", "", words)).strip()
            found[heading] = []
        else:
            found[heading].append(html.unescape(words))
    return found


def test_a_family_below_the_line_sees_the_allowance_first_with_its_sum(client, walk):
    poor_family(walk)
    assert "还没答" not in text_of(client.get("/assessment/review"))
    page = text_of(client.get("/assessment/result"))
    found = sections(page)
    assert found["likely"][0] == "最低生活保障（低保）"
    assert "每月约 1290 元" in page
    # The figure, the limit, its day, its mark and the article stand behind 为什么.
    assert "700 元" in page
    assert "1130 元" in page
    assert "2026年7月1日起" in page
    assert "示例数据，以当地文件为准" in page
    assert "社会救助法 第十八至十九条" in page
    headings = [name for name in found if name in ("likely", "possible", "after", "choices", "had")]
    assert headings == [
        name for name in ("likely", "possible", "after", "choices", "had") if name in headings
    ]


def test_what_follows_the_allowance_says_so_right_after_possible(client, walk):
    poor_family(walk)
    page = text_of(client.get("/assessment/result"))
    assert "低保办下来就能享受" in page
    assert page.index('id="likely"') < page.index('id="possible"') < page.index('id="after"')
    assert page.index('id="after"') < page.index("其他您也可以申请的")


def test_what_the_family_already_has_is_not_offered_again(client, walk):
    family_of_three(walk)
    walk.answer("/assessment/questions/3", status="dibao")
    page = text_of(client.get("/assessment/result"))
    assert "您家已经在享受" in page
    had = page[page.index('id="had"') :]
    assert "最低生活保障（低保）" in had
    assert "?policy=minimum-living-allowance" not in page


def test_no_page_discourages_anybody(client, walk):
    poor_family(walk)
    for language in ("zh", "en"):
        client.set_cookie("huimin_lang", language)
        for address in ("/assessment", "/assessment/review", "/assessment/result", "/assessment/save"):
            page = text_of(client.get(address))
            assert not any(word in page for word in FORBIDDEN)
            assert "not eligible" not in page.lower()


def test_every_policy_of_this_county_stands_on_the_page_and_no_other(client, walk):
    poor_family(walk)
    page = html.unescape(text_of(client.get("/assessment/result")))
    for policy in client.application.extensions["huimin"].catalogue.policies:
        assert (policy.name.zh in page) is policy.applies_to("330482"), policy.code


def test_policies_that_cannot_be_had_together_stand_side_by_side(client, walk):
    poor_family(walk)
    # A severely disabled mother of 80: her care subsidy and the care service of the old exclude each other.
    walk.add("parent", "F", 1940)
    answers = kept_by(client)
    flags = {
        "is_away": "no",
        "has_income": "no",
        "ill": "no",
        "needs_care": "yes",
        "care_level": "mostly",
        "unpaid_emergency": "no",
        "certified": "yes",
        "dis_type": ("limb",),
        "dis_grade": "1",
        "in_institution": "no",
        "at_school": "no",
        "employed": "no",
        "work": "retired",
    }
    keep(client, answers.with_values(flags, 3).with_values({"status": ("dibao",)}))
    page = text_of(client.get("/assessment/result"))
    card = page[page.index('class="side-by-side"') :]
    assert "重度残疾人护理补贴" in card
    assert "养老服务补贴" in card
    assert "挑一样" in page


def keep(client, answers):
    parts = client.application.extensions["huimin"]
    client.set_cookie("huimin_answers", assessments.seal(parts.cipher, answers, county="330482", now=NOW))


def test_what_would_change_it_never_says_to_hide_means_or_to_grow_old(app, client, walk):
    poor_family(walk)
    rich = kept_by(client).with_values(
        {"income": Range(10**7, 10**7), "liquid": Range(10**9, 10**9), "cars": "2"}
    )
    with app.test_request_context("/"):
        verdicts = judge(rich)
        shown = assessments.present(
            verdicts, names=assessments.member_names(rich), county="330482", locale="zh"
        )
    means = {"income_month_fen", "liquid_fen", "cars", "capital_fen", "age", "homes", "own_income_fen"}
    for verdict in verdicts:
        for finding in verdict.changes:
            # A line that means decide is only named where there is another way to meet it.
            hangs_on_means = means & {fact.key for fact in facts_of(finding.bound.line.condition)}
            assert not hangs_on_means or finding.do, verdict.policy.code
    assert any(row.changes for row in shown.others)


def test_the_result_opens_the_help_request_with_the_policy_filled_in(client, walk):
    poor_family(walk)
    page = text_of(client.get("/assessment/result"))
    assert 'href="/help-requests/new?policy=minimum-living-allowance"' in page
    assert "去哪里" in page
    assert "带什么" in page


def test_pages_json_and_command_give_the_same_verdicts(app, client, walk, tmp_path):
    poor_family(walk)
    answers = kept_by(client)
    parts = app.extensions["huimin"]
    day = NOW.date()
    with parts.database.reading() as session:
        standards = policies.standards_in_force(session, parts.divisions, "330482", day)
    facts = assessments.household_facts(answers, standards, day)
    document = {"county": "330482", "on": day.isoformat(), **facts}
    by_json = client.post("/api/v1/assessments/evaluate", json=document).get_json()["verdicts"]
    file = tmp_path / "household.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    told = app.test_cli_runner().invoke(args=["assess", str(file), "--json"])
    by_command = json.loads(told.stdout)["verdicts"]
    assert by_json == by_command
    with app.test_request_context("/"):
        by_page = [verdict.as_json("zh") for verdict in judge(answers)]
    plain = json.loads(json.dumps(by_page))
    assert [(one["policy"], one["outcome"], one["amount_fen"]) for one in plain] == [
        (one["policy"], one["outcome"], one["amount_fen"]) for one in by_json
    ]
    found = sections(text_of(client.get("/assessment/result")))
    names = {policy.code: policy.name.zh for policy in parts.catalogue.policies}
    for outcome in ("likely", "possible"):
        expected = [
            names[one["policy"]] for one in by_json if one["outcome"] == outcome and not one["already"]
        ]
        assert found.get(outcome, []) == expected


def test_57_13_a_pensioner_before_and_after_the_last_day(app):
    """In 2025 the basic pension is left out and the family lies below the line; in 2026 it is a doubt."""
    parts = app.extensions["huimin"]
    answers = assessments.Answers(
        household={
            "registration": "local",
            "income": Range(120000, 120000),
            "counted": ("basic_pension",),
            "pension": Range(20000, 20000),
            "liquid": Range(0, 0),
            "cars": "0",
            "non_residential": "no",
            "capital": Range(0, 0),
            "homes": "1",
            "status": (),
        },
        members=({"relation": "head", "sex": "M", "birth_year": 1950, "is_away": "no"},),
    )
    outcomes = {}
    for day in ("2025-12-31", "2026-01-01"):
        with parts.database.reading() as session:
            on = NOW.date().fromisoformat(day)
            standards = policies.standards_in_force(session, parts.divisions, "330482", on)
            standards = standards.with_given(
                {"dibao_standard_fen": 110000, "basic_pension_excluded_until": "2025-12-31"}
            )
        verdicts = policies.assess(
            parts.catalogue, assessments.read(answers, standards, on), standards, on=on, county="330482"
        )
        outcomes[day] = next(v.outcome for v in verdicts if v.policy.code == "minimum-living-allowance")
    assert outcomes == {"2025-12-31": "likely", "2026-01-01": "possible"}


def test_a_page_left_out_could_not_have_changed_a_verdict(app, client, walk):
    """What branches skip: whatever would have been answered there, every outcome stays."""
    poor_family(walk)
    answers = kept_by(client)
    with app.test_request_context("/"):
        plain = {verdict.policy.code: verdict.outcome for verdict in judge(answers)}
        for name, values in {
            "car_price": (Range(0, 0), Range(10**9, 10**9)),
            "medical": (Range(0, 0),),
        }.items():
            for value in values:
                other = judge(answers.with_values({name: value}))
                assert {verdict.policy.code: verdict.outcome for verdict in other} == plain, name


def test_pipl_24_the_page_says_that_a_person_decides(client, walk):
    poor_family(walk)
    page = text_of(client.get("/assessment/result"))
    assert "由人来定，不由机器定" in page
    assert "不作数" in page


def test_the_large_print_is_a_pdf_with_the_same_policies(client, walk, tmp_path):
    poor_family(walk)
    answer = client.get("/assessment/result.pdf")
    assert answer.status_code == 200
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.data.startswith(b"%PDF-")
    file = tmp_path / "result.pdf"
    file.write_bytes(answer.data)
    words = subprocess.run(["pdftotext", str(file), "-"], capture_output=True, check=True).stdout.decode()
    assert "最低生活保障" in words
    assert "1290" in words


def test_a_pdf_that_takes_too_long_is_told_honestly_and_loses_nothing(client, walk, monkeypatch):
    poor_family(walk)

    def too_slow(*_args, **_kwargs):
        raise pdf.PdfFailed("TimeoutExpired")

    monkeypatch.setattr("portal.views.assessment_results.html_to_pdf", too_slow)
    answer = client.get("/assessment/result.pdf")
    assert answer.status_code == 503
    assert "您填的都还在" in text_of(answer)
    assert len(kept_by(client).members) == 3


def test_a_result_without_answers_leads_to_the_start(client):
    for address in ("/assessment/result", "/assessment/result.pdf", "/assessment/review", "/assessment/save"):
        assert client.get(address).headers["Location"].startswith("/assessment"), address


def test_who_knows_nearly_everything_is_not_sent_back(client, walk):
    poor_family(walk)
    assert "再答这几题" not in text_of(client.get("/assessment/result"))
    keep(client, replace(kept_by(client), household={"cars": "?", "homes": "?", "liquid": "?"}))
    assert "再答这几题" in text_of(client.get("/assessment/result"))
