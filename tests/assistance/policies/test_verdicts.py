"""From lines to a verdict: groups, what somebody finds, editions, amounts, what would change it."""

from __future__ import annotations

import datetime
import itertools
from pathlib import Path
from typing import Any

import pytest

from assistance import policies, rules
from assistance.policies import LIKELY, NOT_NOW, POSSIBLE

LAST, FIRST = datetime.date(2026, 6, 30), datetime.date(2026, 7, 1)
HEAD = """\
code = "{code}"
order = {order}
department = "civil_affairs"
kind = "cash"
subject = "{subject}"
family = "other"
life_events = []
application = "apply"
confidence = "uncertain"
name = {{ zh = "试", en = "Trial" }}
summary = {{ zh = "试", en = "Trial" }}
how_much = {{ zh = "由县里定。", en = "The county sets it." }}
how = {{ zh = "试", en = "Trial" }}
where = {{ zh = "试", en = "Trial" }}
documents = []
needs = [{{ zh = "上门看", en = "Home visit" }}]
settled_by = [{settled_by}]
sources = [{sources}]
{extra}
[amount]
unit = "CNY"
confidence = "{confidence}"
period = "{period}"
{cases}
"""
SAYS = 'says = { zh = "一行", en = "A line" }'


def lines(*rows: tuple[str, str]) -> str:
    return "\n".join(f'[[editions.{group}]]\nwhen = "{when}"\n{SAYS}\n' for group, when in rows)


class Folder:
    """A catalogue that a test writes itself."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.order = 0

    def write(self, code: str, editions: str, **given: str) -> None:
        self.order += 10
        plain = {"subject": "household", "settled_by": "", "sources": "", "extra": "", "cases": ""}
        plain |= {"confidence": "verified", "period": "month"}
        head = HEAD.format(code=code, order=self.order, **{**plain, **given})
        text = head + (editions if "[[editions]]" in editions else "[[editions]]\n" + editions)
        (self.path / f"{code}.toml").write_text(text, encoding="utf-8")

    def assess(
        self,
        household: dict[str, Any] | None = None,
        members: list[dict[str, Any]] | None = None,
        on: datetime.date = FIRST,
        county: str = "330482",
        **given: Any,
    ) -> dict[str, policies.Verdict]:
        verdicts = policies.assess(
            policies.load_catalogue(self.path),
            rules.read_household(household or {}, members),
            rules.StandardsInForce({}).with_given(given),
            on=on,
            county=county,
        )
        return {verdict.policy.code: verdict for verdict in verdicts}

    def outcome(self, household: dict[str, Any] | None = None, **given: Any) -> str:
        (verdict,) = self.assess(household, **given).values()
        return verdict.outcome


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


TRUTH = {True: LIKELY, False: NOT_NOW, None: POSSIBLE}
THREE = (True, False, None)
WORST = [NOT_NOW, POSSIBLE, LIKELY]


def test_every_line_of_all_and_one_of_any_and_no_line_of_none(folder: Folder) -> None:
    folder.write(
        "a-trial",
        lines(
            ("all", "hukou_local"),
            ("any", "only_home"),
            ("any", "residence_permit"),
            ("none", "non_residential"),
        ),
    )
    for registered, one, other, shop in itertools.product(THREE, repeat=4):
        facts = {
            "hukou_local": registered,
            "only_home": one,
            "residence_permit": other,
            "non_residential": shop,
        }
        choice = max(TRUTH[one], TRUTH[other], key=WORST.index)
        without_shop = TRUTH[None if shop is None else not shop]
        expected = min(TRUTH[registered], choice, without_shop, key=WORST.index)
        assert folder.outcome(facts) == expected


@pytest.mark.parametrize(
    ("group", "beside", "expected", "finding"),
    [
        # In `all` it counts as met, and the verdict hangs on it.
        ("all", True, POSSIBLE, "met"),
        ("all", False, NOT_NOW, "met"),
        ("any", True, LIKELY, "unknown"),
        ("any", False, POSSIBLE, "unknown"),
        ("none", True, POSSIBLE, "unknown"),
        ("none", False, NOT_NOW, "unknown"),
    ],
)
def test_what_somebody_finds_in_each_group(
    folder: Folder, group: str, beside: bool, expected: str, finding: str
) -> None:
    other = "any" if group == "any" else "all"
    folder.write("a-trial", lines((group, "judged(an officer looks)"), (other, "hukou_local")))
    (verdict,) = folder.assess({"hukou_local": beside}).values()
    assert verdict.outcome == expected
    (found,) = [f for f in verdict.findings if "judged" in f.bound.line.when]
    assert rules.RESULT_WORDS[found.result] == finding
    assert found.hangs is (group == "all")


def test_what_a_paper_shows_lowers_nothing(folder: Folder) -> None:
    folder.write("a-trial", lines(("all", "hukou_local"), ("all", "procedure(registered as unemployed)")))
    assert folder.outcome({"hukou_local": True}) == LIKELY


def test_what_is_settled_elsewhere_keeps_a_verdict_possible(folder: Folder) -> None:
    folder.write("a-trial", lines(("all", "hukou_local")), settled_by='{ zh = "鉴定", en = "Appraisal" }')
    assert folder.outcome({"hukou_local": True}) == POSSIBLE
    assert folder.outcome({"hukou_local": False}) == NOT_NOW


def test_editions_follow_one_another_by_their_days(folder: Folder) -> None:
    folder.write(
        "a-trial",
        "[[editions]]\n"
        + lines(("all", "hukou_local"), ("all", "cars == 0"))
        + '[[editions]]\nfrom = 2026-07-01\ndrops = ["cars == 0"]\n'
        + lines(("all", "homes <= 1"))
        + '[[editions]]\nfrom = 2027-01-01\ndrops = ["homes <= 1"]\n',
        sources='{ ref = "SAL_2026", articles = "21", from = 2026-07-01 },'
        '{ ref = "ZJ_REG", articles = "13" }',
    )
    facts = {"hukou_local": True, "cars": 1, "homes": 1}
    found = {}
    for day in (LAST, FIRST, datetime.date(2026, 12, 31), datetime.date(2027, 1, 1)):
        (verdict,) = folder.assess(facts, on=day).values()
        found[day.isoformat()] = (
            verdict.outcome,
            verdict.edition_from.isoformat() if verdict.edition_from else None,
            [finding.bound.line.when for finding in verdict.findings],
            {finding.basis.zh for finding in verdict.findings},
        )
    old, new = {"浙江省社会救助条例 第十三条"}, {"社会救助法 第二十一条"}
    assert found == {
        "2026-06-30": (NOT_NOW, None, ["hukou_local", "cars == 0"], old),
        "2026-07-01": (LIKELY, "2026-07-01", ["hukou_local", "homes <= 1"], new),
        "2026-12-31": (LIKELY, "2026-07-01", ["hukou_local", "homes <= 1"], new),
        "2027-01-01": (LIKELY, "2027-01-01", ["hukou_local"], new),
    }


def test_the_countys_own_limit_cites_the_document_of_its_standard(folder: Folder) -> None:
    folder.write(
        "a-trial",
        lines(("all", "income_pc < local.legal_aid_line"), ("all", "hukou_local")),
        sources='{ ref = "ZJ_REG", articles = "13" }',
    )
    setting = rules.SETTINGS["legal_aid_line"]
    household = rules.read_household({}, None)

    def basis(standards: rules.StandardsInForce) -> str:
        verdicts = policies.assess(
            policies.load_catalogue(folder.path), household, standards, on=FIRST, county="330482"
        )
        return verdicts[0].findings[0].basis.zh

    entered = rules.Standard(setting, 249000, document="平民〔2026〕9号")
    assert basis(rules.StandardsInForce({setting.name: entered})) == "平民〔2026〕9号"
    # One that a request gives has no document: what the policy's sources name stands for it.
    given = rules.StandardsInForce({}).with_given({"legal_aid_line_fen": 249000})
    assert basis(given) == "浙江省社会救助条例 第十三条"
    assert basis(rules.StandardsInForce({})) == "依据由县里确认"


def test_a_policy_of_one_county_is_not_there_in_another(folder: Folder) -> None:
    folder.write("a-trial", lines(("all", "hukou_local")), extra='applies_in = ["330482"]')
    assert folder.outcome({"hukou_local": True}) == LIKELY
    assert folder.outcome({"hukou_local": True}, county="330328") == NOT_NOW


def test_a_member_policy_is_as_good_as_its_best_member_and_sums_the_likely(folder: Folder) -> None:
    folder.write(
        "a-trial", lines(("all", "age >= 60")), subject="member", cases="[[amount.cases]]\nfen = 10050"
    )
    people: list[dict[str, Any]] = [{"age": 70}, {}, {"age": 3}, {"age": 60}]
    (verdict,) = folder.assess({}, people).values()
    assert [person.outcome for person in verdict.members or ()] == [LIKELY, POSSIBLE, NOT_NOW, LIKELY]
    assert (verdict.outcome, verdict.amount.exact) == (LIKELY, 20100)
    assert verdict.amount_text("zh") == "每月约 201 元"
    assert verdict.amount_text("en") == "about 201 yuan a month"
    (some,) = folder.assess({}, people[1:3]).values()
    assert (some.outcome, some.amount.most) == (POSSIBLE, None)
    (nobody,) = folder.assess({}, []).values()
    assert (nobody.outcome, nobody.members) == (POSSIBLE, ())


AMOUNTS = [
    ("[[amount.cases]]\nleast_fen = 100\nmost_fen = 300", "每月约 1 到 3 元", "about 1 to 3 yuan a month"),
    ("[[amount.cases]]\nmost_fen = 300", "每月最多 3 元", "up to 3 yuan a month"),
    ("[[amount.cases]]\nleast_fen = 100", "每月至少 1 元", "at least 1 yuan a month"),
    ("[[amount.cases]]\npercent_of_standard = 30", "每月约 330.3 元", "about 330.3 yuan a month"),
    ('[[amount.cases]]\npercent_of_standard = "0.0005"', "每月约 0.01 元", "about 0.01 yuan a month"),
    (
        "[[amount.cases]]\nleast_standards = 1\nmost_standards = 2\nper_person = true",
        "每月约 2202 到 6606 元",
        "about 2202 to 6606 yuan a month",
    ),
    ('[[amount.cases]]\nmost_standard = "minimum_wage"', "每月最多 2490 元", "up to 2490 yuan a month"),
    ('[[amount.cases]]\nmost_standard = "legal_aid_line"', "由县里定。", "The county sets it."),
    ("", "由县里定。", "The county sets it."),
    # The first case that is met counts; of those that may be met, the whole range.
    (
        '[[amount.cases]]\nwhen = "cars == 1"\nfen = 100\n[[amount.cases]]\nfen = 900',
        "每月约 9 元",
        "about 9 yuan a month",
    ),
    (
        '[[amount.cases]]\nwhen = "homes == 1"\nfen = 100\n[[amount.cases]]\nfen = 900',
        "每月约 1 到 9 元",
        "about 1 to 9 yuan a month",
    ),
    ('[[amount.cases]]\nwhen = "homes == 1"\nfen = 100', "由县里定。", "The county sets it."),
]


@pytest.mark.parametrize(("cases", "zh", "en"), AMOUNTS)
def test_an_amount_is_worked_out_or_told_in_words(folder: Folder, cases: str, zh: str, en: str) -> None:
    folder.write("a-trial", lines(("all", "hukou_local")), cases=cases)
    facts = {"hukou_local": True, "cars": 0, "size": {"min": 2, "max": 3}}
    (verdict,) = folder.assess(facts, dibao_standard_fen=110100, minimum_wage_fen=249000).values()
    assert (verdict.amount_text("zh"), verdict.amount_text("en")) == (zh, en)


def test_half_a_fen_is_rounded_up_once_at_the_end(folder: Folder) -> None:
    folder.write("a-trial", lines(("all", "hukou_local")), cases="[[amount.cases]]\npercent_of_standard = 50")
    for standard, half in [(3, 2), (4, 2), (5, 3)]:
        (verdict,) = folder.assess({"hukou_local": True}, dibao_standard_fen=standard).values()
        assert verdict.amount.exact == half


def test_an_overlap_shows_from_both_sides_and_only_between_the_open(folder: Folder) -> None:
    folder.write("one-trial", lines(("all", "hukou_local")), extra='excludes = ["two-trial"]')
    folder.write("two-trial", lines(("all", "only_home")))
    both = folder.assess({"hukou_local": True, "only_home": True})
    assert both["one-trial"].excludes == ("two-trial",)
    assert both["two-trial"].excludes == ("one-trial",)
    one = folder.assess({"hukou_local": True, "only_home": False})
    assert one["one-trial"].excludes == one["two-trial"].excludes == ()


def test_what_would_change_it_never_means_hiding_means(folder: Folder) -> None:
    folder.write("a-means", lines(("all", "income_month <= 100"), ("all", "hukou_local")))
    folder.write("a-status", lines(("all", "status includes dibao")))
    folder.write("a-choice", lines(("any", "cars == 0"), ("any", "union_member_there"))
                 .replace("union_member_there", "status includes rigid"))  # fmt: skip
    verdicts = folder.assess({"income_month_fen": 200, "hukou_local": False, "status": [], "cars": 1})
    assert all(verdict.outcome == NOT_NOW for verdict in verdicts.values())
    changes = {code: [f.bound.line.when for f in verdict.changes] for code, verdict in verdicts.items()}
    assert changes == {
        "a-means": [],
        "a-status": ["status includes dibao"],
        "a-choice": ["status includes rigid"],
    }


def test_questions_that_would_settle_most_come_first(folder: Folder) -> None:
    for code, when in [("a-one", "cars == 0"), ("a-two", "income_month > 3"), ("a-three", "liquid > 3")]:
        folder.write(code, lines(("all", when)))
    verdicts = list(folder.assess({}).values())
    # Two of the three hang on question 5, one on question 4.
    assert policies.open_questions(verdicts) == [5, 4]
    assert policies.open_questions(verdicts, 1) == [5]
    assert policies.open_questions(list(folder.assess({"cars": 0, "liquid_fen": 4}).values())) == [4]
