"""The catalogue as a whole: what it cites, what it says in two languages, and what it never says."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistance import policies, rules
from assistance.rules import Words
from tests.architecture.test_imports import ROOT

CATALOGUE = policies.load_catalogue()
SOURCES = ROOT / "docs" / "sources.md"
# What no resident reads, whatever comes out.
NEVER_SAID = ("不符合", "不通过", "拒绝", "没有资格", "骗保")
MONEY = re.compile(
    r"\d[\d,.]*\s*(?:万|亿)?\s*(?:元|块|yuan|CNY|RMB)|(?:yuan|CNY|RMB|¥|￥)\s*\d", re.IGNORECASE
)

every_policy = pytest.mark.parametrize("policy", CATALOGUE.policies, ids=lambda policy: policy.code)


def sentences(policy: policies.Policy) -> Iterator[tuple[str, Words]]:
    """Every sentence that a resident may read of a policy, with its place."""
    for key in ("name", "summary", "how_much", "how", "where", "notes"):
        words = getattr(policy, key)
        if words is not None:
            yield key, words
    for key in ("documents", "needs", "settled_by"):
        for words in getattr(policy, key):
            yield key, words
    for line in {id(line): line for edition in policy.editions for line in edition.lines}.values():
        for key in ("says", "note", "do"):
            words = getattr(line, key)
            if words is not None:
                yield f"{key} of line {line.file_line}", words


def rows_of_sources() -> dict[tuple[str, str], set[str]]:
    """The table of citations as people read it: text and articles, with the policies that cite them."""
    section = SOURCES.read_text(encoding="utf-8").partition("\n## Citations\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([A-Z][A-Z0-9_]*) \| ([^|]*) \| ([^|]+) \|$", section, re.MULTILINE)
    return {(ref, articles.strip()): set(codes.strip().split(", ")) for ref, articles, codes in rows}


def texts_of_sources() -> dict[str, list[str]]:
    """The table of texts that may be cited: title, issuer, number, year, where read, how sure."""
    text = SOURCES.read_text(encoding="utf-8")
    section = text.partition("\n## Texts that a finding may cite\n")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if re.match(r"\| [A-Z]", line)]
    return {cells[0].strip(): [cell.strip() for cell in cells[1:]] for cells in rows}


def test_every_citation_stands_in_the_table_of_sources_and_every_row_is_cited() -> None:
    cited: dict[tuple[str, str], set[str]] = defaultdict(set)
    for policy in CATALOGUE.policies:
        for citation in policy.citations:
            cited[citation.source.key, citation.articles].add(policy.code)
    assert rows_of_sources() == dict(cited)


def test_every_text_that_may_be_cited_says_where_it_was_read() -> None:
    table = texts_of_sources()
    assert set(table) == set(CATALOGUE.sources)
    for key, cells in table.items():
        assert len(cells) == 6, key
        title, issuer, number, year, _read_at, how_sure = cells
        source = CATALOGUE.sources[key]
        assert title.startswith(source.title.zh), key
        assert title.endswith(f"({source.title.en})"), key
        assert issuer == source.issuer, key
        assert number in (source.number, "—"), key
        assert year in (str(source.year), "—"), key
        assert how_sure.startswith(("read", "cited elsewhere", "from general knowledge")), key


@every_policy
def test_the_law_of_2026_is_cited_from_its_first_day_only(policy: policies.Policy) -> None:
    for citation in policy.citations:
        assert (citation.source.key == "SAL_2026") == (citation.from_on is not None)
        assert citation.from_on in (None, policies.LAW_OF_2026)


@every_policy
def test_every_sentence_stands_in_both_languages(policy: policies.Policy) -> None:
    for place, words in sentences(policy):
        assert re.search(r"[一-鿿]", words.zh), (place, words)
        assert re.search(r"[A-Za-z]{2}", words.en), (place, words)
        # The English names places and papers in English; nothing is left over from the Chinese.
        assert not re.search(r"[一-鿿　-〿＀-￯]", words.en), (place, words)
        assert words.zh == words.zh.strip(), (place, words)
        assert words.en == words.en.strip(), (place, words)


@every_policy
def test_no_resident_reads_a_refusal(policy: policies.Policy) -> None:
    for place, words in sentences(policy):
        for word in NEVER_SAID:
            assert word not in words.zh, place
        assert not re.search(r"\b(?:not eligible|ineligible|rejected|fraud)\b", words.en, re.IGNORECASE), (
            place
        )


@every_policy
def test_a_figure_that_is_not_verified_is_not_printed(policy: policies.Policy) -> None:
    if policy.amount.confidence == "verified":
        return
    for locale in ("zh", "en"):
        assert not MONEY.search(policy.how_much.in_language(locale))


@pytest.mark.parametrize("text", ["每月 800 元", "1.5万元", "800 yuan", "RMB 90", "1,200元"])
def test_a_printed_figure_would_be_noticed(text: str) -> None:
    assert MONEY.search(text)


@every_policy
def test_a_line_that_somebody_else_settles_says_who_or_by_what(policy: policies.Policy) -> None:
    for edition in policy.editions:
        for line in edition.lines:
            hangs = any(
                isinstance(part, rules.Judged | rules.Procedure) or is_benefit_in_words(part)
                for part in rules.walk(line.condition)
            )
            assert line.note is not None or not hangs, f"{policy.code}, line {line.file_line}"


def is_benefit_in_words(part: rules.Condition) -> bool:
    """Whether a line speaks of a benefit that no status and no policy names."""
    known = {*rules.FACTS["status"].options, *(policy.code for policy in CATALOGUE.policies)}
    return isinstance(part, rules.Received) and part.what not in known


@every_policy
def test_every_policy_has_its_situations(policy: policies.Policy) -> None:
    assert (ROOT / "tests" / "policies" / f"{policy.code}.toml").is_file()


@every_policy
def test_what_the_law_of_2026_changed_has_an_edition_from_its_first_day(policy: policies.Policy) -> None:
    changed = any(citation.source.key == "SAL_2026" for citation in policy.citations)
    days = [edition.from_on for edition in policy.editions]
    assert days == ([None, policies.LAW_OF_2026] if changed else [None])


@every_policy
def test_sentences_are_written_alike(policy: policies.Policy) -> None:
    assert policy.where.zh.endswith("。")
    assert policy.where.en.endswith(".")
    for place, words in sentences(policy):
        assert not re.search(r"年?满 ?\d+ 岁|满 \d", words.zh), (place, words.zh)
        assert not re.search(r"[(),;:!?]", words.zh), (place, words.zh)
        assert "one-stop counter" not in words.en.lower(), (place, words.en)


def test_the_same_words_are_translated_alike() -> None:
    """One paper, one step, one requirement has one English name, wherever it stands."""
    english: dict[str, set[str]] = defaultdict(set)
    for policy in CATALOGUE.policies:
        for place, words in sentences(policy):
            if place not in ("name", "summary", "how_much", "how", "notes"):
                english[words.zh].add(words.en)
    assert {zh: sorted(en) for zh, en in english.items() if len(en) > 1} == {}


WATCHED = """
import sys
opened = []
sys.addaudithook(lambda event, given: opened.append(str(given[0])) if event == "open" else None)
from assistance import policies
policies.load_catalogue()
texts = (".toml", ".yaml", ".yml", ".json", ".csv", ".md", ".txt")
print(*(name for name in opened if name.endswith(texts)), sep="\\n")
"""


def test_the_catalogue_reads_nothing_but_its_own_files() -> None:
    watched = subprocess.run([sys.executable, "-c", WATCHED], cwd=ROOT, capture_output=True, check=True)
    read = {Path(name) for name in watched.stdout.decode().splitlines()}
    own = ROOT / "assistance"
    assert {path for path in read if path.suffix != ".txt"} == {
        *(own / "policies" / "catalogue").glob("*.toml"),
        own / "policies" / "departments.toml",
        own / "policies" / "sources.toml",
        own / "rules" / "facts.toml",
        own / "rules" / "standards.toml",
    }
    assert all(path.is_relative_to(ROOT) for path in read)
