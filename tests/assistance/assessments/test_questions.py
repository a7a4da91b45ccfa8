"""The twelve questions as data: complete, in village words, each fact from its own question."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistance.assessments import FIELDS, PAGES, QUESTIONS, UNSURE, Range, household_facts
from assistance.assessments.questions import pages
from assistance.rules import FACTS
from tests.assistance.assessments.households import DAY, SAMPLE, fullest, standards

FORBIDDEN = ("不符合", "不通过", "拒绝", "没有资格")


def every_sentence():
    for page in pages():
        for words in (page.title, *page.hint, page.reason, page.official):
            if words:
                yield page.code, words
        for field in page.fields:
            for words in (field.label, field.hint, field.none, field.zero, field.exact, field.unit):
                if words:
                    yield field.name, words
            for option in field.options:
                yield field.name, option.words
                if option.small:
                    yield field.name, option.small


def test_there_are_twelve_questions():
    assert [question.number for question in QUESTIONS] == list(range(1, 13))


@pytest.mark.parametrize("page", list(pages()), ids=lambda page: f"{page.question}-{page.code}")
def test_a_page_asks_one_thing_in_few_words(page):
    assert len(page.title.zh) <= 20
    assert len(page.hint) <= 2
    assert page.is_list or 1 <= len(page.fields) <= 3


def test_every_sentence_stands_in_both_languages_and_discourages_nobody():
    for where, words in every_sentence():
        assert words.zh.strip(), where
        assert words.en.strip(), where
        assert not any(word in words.zh for word in FORBIDDEN), words.zh
        assert not any("\u4e00" <= letter <= "\u9fff" for letter in words.en), words.en


def test_whatever_is_sensitive_says_first_why_it_is_asked():
    for question, code in (
        (7, "health"),
        (7, "illness"),
        (8, "disability"),
        (2, "away-why"),
        (2, "situation"),
        (12, "special"),
        (12, "father"),
        (12, "mother"),
        (12, "loss-kind"),
    ):
        assert PAGES[question, code].reason, code


def test_the_income_question_names_what_the_law_does_not_count():
    words = "".join(hint.zh for hint in PAGES[4, "income"].hint)
    for money in ("抚恤优待金", "奖学金", "计生奖励", "救助款", "育儿补贴"):
        assert money in words
    assert {option.code for option in FIELDS["counted"].options} == {
        "basic_pension",
        "entitled",
        "awards",
        "assistance",
        "childcare",
    }


def test_every_fact_of_the_vocabulary_comes_from_its_own_question():
    """Taking one question away takes away its own facts and no other."""
    answers = fullest(3)
    answers = replace(
        answers, household={**answers.household, "status": ("tekun",), "registration": "permit"}
    )
    # A second household has the answers that exclude those of the first.
    other = answers.with_values({"registration": "local"})
    for place in range(3):
        other = other.with_values(
            {"is_away": "no", "employed": "no", "at_school": "no", "work": "unemployed"}, place
        )
    alone = other.without_member(2).without_member(1).with_values({"alone": "alone", "size": 3})
    nobody = alone.without_member(0)
    found: dict[str, set[int]] = {}
    for whole in (answers, other, alone, nobody):
        yielded = names_of(whole)
        for question in QUESTIONS:
            names = {field.name for page in question.pages for field in page.fields}
            without = replace(
                whole,
                household={name: value for name, value in whole.household.items() if name not in names},
                members=tuple(
                    {name: value for name, value in member.items() if name not in names}
                    for member in whole.members
                ),
            )
            for fact in yielded - names_of(without):
                found.setdefault(fact, set()).add(question.number)
    assert set(FACTS) <= set(found) | {"home_area_pc"}
    for key, fact in FACTS.items():
        assert fact.question in found.get(key, {fact.question}), key


def names_of(answers):
    facts = household_facts(answers, standards(**SAMPLE), DAY)
    return set(facts["household"]) | {name for member in facts["members"] for name in member}


def test_whatever_offers_a_choice_also_offers_not_to_know():
    """说不清楚 is not an option of the data: every field takes it, and it never yields a fact."""
    for name, field in FIELDS.items():
        assert all(option.code != UNSURE for option in field.options), name
        assert all(option.code != "no" or field.kind == "one" for option in field.options)


def test_no_option_is_written_so_that_a_band_could_be_read_as_one():
    for field in FIELDS.values():
        if field.bands:
            assert not field.options
    assert FIELDS["capital"].zero
    assert Range(0, 0) == (0, 0)
