"""The rules page for residents equals the registers row for row, in both languages (PIPL-17)."""

from __future__ import annotations

import gzip
from typing import Any

import html5lib
import pytest

from assistance.authorizations import data_sources
from assistance.data_register import data_register
from tests.complaining_client import ComplainingClient

REGISTER, SOURCES = data_register(), data_sources()
NAMESPACE = "{http://www.w3.org/1999/xhtml}"


def text_of(page: str) -> list[list[str]]:
    """Each piece of the page, open or folded, as its heading and the words that stand under it."""
    document = html5lib.parse(page)
    return [
        [" ".join("".join(part.itertext()).split()) for part in piece.iter() if _is_said(part, piece)]
        for piece in document.iter()
        if _tag(piece) == "section" or piece.get("class") == "group"
    ]


def _is_said(part: Any, piece: Any) -> bool:
    if part.get("class") == "group" or part is piece:
        return False
    return _tag(part) in ("h2", "dd") or (
        piece.get("class") == "group" and (_tag(part) in ("b", "p") or part.get("class") == "small under")
    )


def _tag(part: object) -> str:
    return str(getattr(part, "tag", "")).removeprefix(NAMESPACE)


def page_in(client: ComplainingClient, language: str) -> str:
    client.set_cookie("huimin_lang", language)
    answer = client.get("/privacy")
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize("language", ["zh_Hans_CN", "en"])
def test_PIPL_17_the_page_equals_the_register_row_for_row(client: ComplainingClient, language: str) -> None:
    cards = text_of(page_in(client, language))
    blank = " " if language == "en" else ""
    for row, card in zip(REGISTER.handlings, cards, strict=False):
        ground = REGISTER.grounds[row.ground].in_language(language)
        expected = [
            row.name.in_language(language),
            row.holds.in_language(language),
            row.purpose.in_language(language),
            blank.join(time.says.in_language(language) for time in row.keeps),
            row.seen_by.in_language(language),
            *([row.sensitive.in_language(language)] if row.sensitive else []),
            f"{ground} {row.basis.in_language(language)}" if row.basis else ground,
            blank.join(dict.fromkeys(time.at_end.in_language(language) for time in row.keeps)),
        ]
        assert card == expected
    headings = [card[0] for card in cards if card]
    assert headings[len(REGISTER.handlings)] == REGISTER.words["where"].in_language(language)


@pytest.mark.parametrize("language", ["zh_Hans_CN", "en"])
def test_PIPL_17_the_receivers_stand_in_list_form(client: ComplainingClient, language: str) -> None:
    cards = text_of(page_in(client, language))
    heading = [REGISTER.words["receivers"].in_language(language)]
    first = next(place for place, card in enumerate(cards) if card[:1] == heading) + 1
    comma = ", " if language == "en" else "、"
    for source, card in zip(SOURCES, cards[first : first + len(SOURCES)], strict=True):
        holder, name, plain, items, how, *_ = card
        assert holder == source.holder.in_language(language)
        assert name == source.name.in_language(language)
        assert plain == source.plain.in_language(language)
        assert items == comma.join(item.name.in_language(language) for item in source.items)
        assert how.endswith(source.basis(language))


def test_PIPL_17_who_is_responsible_and_how_to_use_ones_rights_stand_there(client: ComplainingClient) -> None:
    page = page_in(client, "zh_Hans_CN")
    for words in ("平湖市民政局", "要一份", "让我们改", "让我们删", "随时可以收回", "网信部门", "tel:"):
        assert words in page


def test_PIPL_36_the_page_says_that_data_stay_in_the_country(client: ComplainingClient) -> None:
    assert "不送到国外" in page_in(client, "zh_Hans_CN")


def test_the_page_is_light(client: ComplainingClient) -> None:
    assert len(gzip.compress(page_in(client, "zh_Hans_CN").encode(), 9)) <= 20 * 1024
