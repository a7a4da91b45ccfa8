"""The register of data sources: what it holds, what keeps a source closed, and what a mistake is called."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from assistance.authorizations import (
    PURPOSE_WORDS,
    ROUTE_WORDS,
    DataSource,
    SourcesError,
    data_sources,
    read_register,
)
from assistance.rules import FACTS

TODAY = date(2026, 11, 22)
TEXT = (Path(read_register.__module__.replace(".", "/")).parent / "sources.toml").read_text(encoding="utf-8")
SOURCES = data_sources()
HARSH = re.compile("不符合|不通过|拒绝|没有资格")


def source(code: str) -> DataSource:
    return SOURCES[code]


def with_change(tmp_path: Path, old: str, new: str) -> str:
    """What the register says of a file in which one thing was changed."""
    assert old in TEXT
    path = tmp_path / "sources.toml"
    path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SourcesError) as raised:
        read_register(path)
    return str(raised.value)


def line_of(text: str, nth: int = 1) -> int:
    found = [number for number, line in enumerate(TEXT.splitlines(), 1) if text in line]
    return found[nth - 1]


def test_it_stays_within_the_numbers_of_pinghu() -> None:
    assert len(SOURCES) <= 22
    assert SOURCES.items_total <= 161
    assert SOURCES.codes[0] == "household-registration"
    assert {"bank-deposits", "payment-accounts", "funeral", "prison"} <= set(SOURCES.codes)


def test_an_unknown_source_is_nothing_or_names_its_neighbours() -> None:
    assert SOURCES.get("bank-deposit") is None
    assert "bank-deposit" not in SOURCES
    with pytest.raises(KeyError, match="bank-deposits"):
        source("bank-deposit")


@pytest.mark.parametrize("one", list(SOURCES), ids=SOURCES.codes)
def test_every_source_says_in_both_languages_what_and_why(one: DataSource) -> None:
    sentences = [one.name, one.holder, one.plain, one.why, one.instead]
    for item in one.items:
        sentences += [item.name, item.why, *item.codes.values()]
    for zh, en in sentences:
        assert re.search("[\u4e00-\u9fff]|A级|B级", zh), zh
        assert not re.search("[\u4e00-\u9fff]", en), en
        assert not HARSH.search(zh), zh
        assert len(zh) <= 40, zh


@pytest.mark.parametrize("one", list(SOURCES), ids=SOURCES.codes)
def test_every_item_becomes_a_fact_that_the_rules_know(one: DataSource) -> None:
    for item in one.items:
        if item.fact is None:
            assert item.yields is None
            continue
        fact = FACTS[item.fact]
        assert item.most <= max(fact.high, 10**6) or fact.kind == "money"
        if item.type == "code":
            assert set(item.codes) <= set(fact.options)


def test_the_items_reach_what_the_family_declares() -> None:
    verified = {item.fact for one in SOURCES for item in one.items if item.fact}
    assert verified >= {
        "liquid_fen", "own_income_fen", "homes", "non_residential", "cars", "car_price_fen", "capital_fen",
        "medical_oop_12m_fen", "dis_grade", "dis_type", "stage", "event_6m", "in_custody", "hukou_local",
    }  # fmt: skip


def test_SA_40_both_grounds_of_every_source_are_recorded() -> None:
    for one in SOURCES:
        assert (one.agreement, one.power) == ("SA-40", "SA-41"), one.code


def test_SA_41_banks_insurers_securities_and_payment_institutions_are_named_by_the_article() -> None:
    for code in ("bank-deposits", "insurance", "securities", "payment-accounts"):
        assert "SA-41" in [article.clause for article in source(code).articles]
    assert "非银行支付机构" in source("payment-accounts").holder.zh


def test_a_source_that_no_read_text_names_says_so_and_is_off_outside_the_demo() -> None:
    to_confirm = [one for one in SOURCES if not one.articles]
    assert {"schooling", "prison", "veterans", "marriage"} <= {one.code for one in to_confirm}
    for one in to_confirm:
        assert not one.confirmed
        assert one.basis("zh") == "依据由县里确认"
        assert one.basis("en") == "basis to be confirmed by the county"
        assert one.open_items("application", TODAY, is_demo=True)
        assert one.open_items("application", TODAY, is_demo=False) == ()
        reason = one.closed_because("application", TODAY, is_demo=False)
        assert reason is not None
        assert "县里确认" in reason.zh


def test_the_basis_names_each_text_once() -> None:
    assert source("funeral").basis("zh") == "《殡葬管理条例》第10、23条"
    assert source("tax").basis("en") == (
        "Zhejiang Province Social Assistance Regulation, article 49; "
        "Interim Measures for Social Assistance, article 58"
    )


def test_sample_approvals_open_nothing_outside_demo_and_test() -> None:
    assert SOURCES.open_for("application", TODAY, is_demo=True)
    assert SOURCES.open_for("application", TODAY, is_demo=False) == ()


def test_ZS_20_an_approval_that_ended_closes_the_source_and_says_when() -> None:
    bank = source("bank-deposits")
    assert bank.closed_because("application", date(2027, 12, 31), is_demo=True) is None
    closed = bank.closed_because("application", date(2028, 1, 1), is_demo=True)
    assert closed is not None
    assert closed.en == "approval ended on 2027-12-31"
    assert bank.open_items("application", date(2028, 1, 1), is_demo=True) == ()


def test_ZS_21_an_item_outside_the_approval_is_not_open(tmp_path: Path) -> None:
    path = tmp_path / "county-sources.toml"
    path.write_text(
        '[bank-deposits]\ndocument = "县数共〔2026〕3号"\nitems = ["current_fen", "term_fen"]\n'
        'purposes = ["application"]\nuntil = 2027-06-30\n',
        encoding="utf-8",
    )
    bank = data_sources(path)["bank-deposits"]
    items = bank.open_items("application", TODAY, is_demo=False)
    assert [item.code for item in items] == ["current_fen", "term_fen"]
    assert bank.open_items("recheck", TODAY, is_demo=False) == ()
    assert data_sources(path)["tax"].closed_because("application", TODAY, is_demo=False) is not None


def test_ZS_25_matching_on_a_source_approved_for_applications_only_is_refused() -> None:
    assert "matching" in PURPOSE_WORDS
    assert SOURCES.open_for("matching", TODAY, is_demo=True) == ()
    refused = source("medical-settlement").closed_because("matching", TODAY, is_demo=True)
    assert refused is not None
    assert refused.en == "not approved for this purpose"


def test_ZS_31_every_source_goes_over_the_gateway_or_says_why_not() -> None:
    assert {one.route for one in SOURCES} <= set(ROUTE_WORDS)
    for one in SOURCES:
        assert (one.route == "direct_line") == (one.route_reason is not None), one.code


def test_SA_41_for_a_supporter_only_what_tells_whether_they_are_able_is_open() -> None:
    open_codes = {one.code for one in SOURCES.open_for("supporter", TODAY, is_demo=True)}
    assert "bank-deposits" in open_codes
    assert not open_codes & {"medical-settlement", "disability-certificates", "schooling", "prison"}


def test_a_county_that_gives_its_basis_confirms_the_source_and_the_items_it_approves(tmp_path: Path) -> None:
    path = tmp_path / "county-sources.toml"
    path.write_text(
        '[schooling]\ndocument = "县数共〔2026〕4号"\nbasis = "县教〔2026〕9号"\nitems = ["stage"]\n'
        'purposes = ["application"]\nuntil = 2027-06-30\n',
        encoding="utf-8",
    )
    schooling = data_sources(path)["schooling"]
    assert [item.code for item in schooling.open_items("application", TODAY, is_demo=False)] == ["stage"]
    assert schooling.basis("zh") == "县教〔2026〕9号"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('fact = "liquid_fen"', 'fact = "liquid"', "unknown fact “liquid”; did you mean liquid_fen"),
        ('serves = ["application"', 'serves = ["aplication"', "did you mean application"),
        ('route = "direct_line"', 'route = "gateway"', "unknown route “gateway”"),
        ('route_reason = { zh = "演示里', 'because = { zh = "演示里', "unknown key “because” in a source"),
        ('adapter = "spreadsheet_drop"', 'adapter = "fax"', "known: signed_http, spreadsheet_drop"),
        ('yields = "part"', 'yields = "value_of"', "unknown yields “value_of”"),
        ('yields = "value"', 'yields = "part"', "a flag that yields “part” cannot be hukou_local"),
        ('option = "death"', 'option = "dead"', "unknown option “dead”; did you mean death"),
        ('article = ["ZJ-49", "649-58"]', 'article = ["ZX-49"]', "article “ZX-49” must read like ZJ-49"),
        ('article = ["ZJ-49", "649-58"]', "article = []", "exactly when an article that was read names it"),
        (', power = "SA-41" }', "}", "records both the agreement and the power"),
        ("until = 2027-12-31", 'until = "2027"', "“until” is a day"),
        ("is_sample = true, ", "", "an approval that ships is a sample"),
        ("months_back = 12", "months_back = 24", "whole number from 0 to 12"),
        ('code = "current_fen"', 'code = "currentFen"', "an item is named like balance_fen"),
        ('code = "current_fen"', 'code = "current"', "money carries its unit"),
        ('type = "flag"', 'type = "yes"', "unknown type “yes”"),
        ("several = true\n", "", "“several” stands for a code whose fact is a set"),
        ('codes = { yes = { zh = "有"', 'codes = { ja = { zh = "有"', "a flag has the codes yes and no"),
        ('en = "Household register"', 'en = ""', "“name” needs one sentence in zh and one in en"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_file_and_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    problem = with_change(tmp_path, old, new)
    assert says in problem
    assert re.match(r"sources\.toml, line \d+: ", problem)


def test_the_line_is_the_one_that_was_changed(tmp_path: Path) -> None:
    problem = with_change(tmp_path, 'option = "death"', 'option = "dead"')
    assert f"line {line_of('option = ')}:" in problem
    name = 'name = { zh = "和别人共有的住房", en = "Homes owned with others" }'
    old = f'code = "homes_shared"\n{name}\ntype = "count"'
    problem = with_change(tmp_path, old, old.replace('"count"', '"number"'))
    assert f"line {line_of('homes_shared') + 2}:" in problem


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    old = 'holder = { zh = "公安局", en = "Public Security Bureau" }\n'
    problem = with_change(tmp_path, old, old.replace("holder", "keeper"))
    assert len(problem.splitlines()) == 2


def test_a_file_that_is_no_toml_or_no_text_says_where(tmp_path: Path) -> None:
    broken = tmp_path / "sources.toml"
    broken.write_text("[sources.tax]\nname = \n", encoding="utf-8")
    with pytest.raises(SourcesError, match=r"sources\.toml, line 2: "):
        read_register(broken)
    other = tmp_path / "county-sources.toml"
    other.write_bytes(b"\xff\xfe")
    with pytest.raises(SourcesError, match="is not UTF-8"):
        data_sources(other)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[tex]\n", "unknown source “tex”; did you mean tax"),
        ('[tax]\npurposes = ["application"]\nuntil = 2027-01-01\n', "“document” names the paper"),
        ('[tax]\ndocument = "x"\npurposes = ["all"]\nuntil = 2027-01-01\n', "unknown purposes “all”"),
        ('[tax]\ndocument = "x"\nitems = ["wage"]\npurposes = ["recheck"]\nuntil = 2027-01-01\n', "“wage”"),
        ('[tax]\ndocument = "x"\npurposes = ["recheck"]\nuntil = 2027-01-01\nroute = "direct_line"\n', "why"),
    ],
)
def test_a_mistake_in_the_countys_own_file_is_named_too(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "county-sources.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SourcesError) as raised:
        data_sources(path)
    assert says in str(raised.value)
    assert str(raised.value).startswith("county-sources.toml, line ")
