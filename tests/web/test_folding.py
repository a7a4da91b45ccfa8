"""What never changes is worked out when a template is loaded, and what changes stays escaped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from markupsafe import Markup

from assistance.rules import Words
from web.filters import filters_for
from web.pages import PageEnvironment


@pytest.fixture
def english(app: Flask) -> Iterator[PageEnvironment]:
    with app.test_request_context("/"):
        yield PageEnvironment("en")


@pytest.fixture
def chinese(app: Flask) -> Iterator[PageEnvironment]:
    with app.test_request_context("/"):
        yield PageEnvironment("zh")


def test_a_sentence_is_translated_at_load(english: PageEnvironment, chinese: PageEnvironment) -> None:
    source = '{{ _("返回") }} {{ url_for("portal.home") }} {{ icon("back") }}'
    assert english.from_string(source).render().startswith("Back / <svg")
    assert chinese.from_string(source).render().startswith("返回 / <svg")
    code = english.compile(source, raw=True)
    for call in ("'_'", "url_for", "'icon'", "返回"):
        assert call not in code


def test_no_template_translates_a_literal_while_it_is_rendered(english: PageEnvironment) -> None:
    for name in english.list_templates(extensions=["html"]):
        source = english.loader.get_source(english, name)[0]  # type: ignore[union-attr]
        code = english.compile(source, name, raw=True)
        for sentence in english.sentences._catalog:  # type: ignore[attr-defined]
            assert not sentence or f"'{sentence}'" not in code, f"{name} translates {sentence} at run time"


def test_what_fills_a_sentence_is_escaped_unless_it_is_html(english: PageEnvironment) -> None:
    template = english.from_string('{{ _("打电话问 %(phone)s", phone=phone) }}')
    assert template.render(phone="<b>") == "Call &lt;b&gt;"
    assert template.render(phone=Markup("<b>1</b>")) == "Call <b>1</b>"


def test_a_sentence_from_a_variable_is_translated_when_shown(english: PageEnvironment) -> None:
    assert english.from_string("{{ title|translated }}").render(title="生病") == "Illness"
    assert english.from_string("{{ _(title) }}").render(title="生病") == "Illness"


def test_a_missing_name_is_a_mistake_and_not_an_empty_place(english: PageEnvironment) -> None:
    with pytest.raises(Exception, match="nothing"):
        english.from_string("{{ nothing }}").render()


@pytest.mark.parametrize(
    ("locale", "name", "value", "shown"),
    [
        ("zh", "yuan", 108600, "1086 元"),
        ("zh", "yuan", 108650, "1086.50 元"),
        ("zh", "yuan", 5, "0.05 元"),
        ("zh", "yuan", 10**13, "100000000000 元"),
        ("en", "yuan", 108600, "1086 yuan"),
        ("zh", "long_date", date(2026, 11, 22), "2026年11月22日（星期日）"),
        ("en", "long_date", date(2026, 11, 22), "Sunday, 22 November 2026"),
        ("zh", "short_date", datetime(2026, 11, 22, 16, 0, tzinfo=UTC), "2026年11月23日"),
        ("en", "short_date", date(2026, 2, 1), "1 February 2026"),
        ("en", "in_language", Words("中", "E"), "E"),
    ],
)
def test_money_and_days_are_shown_as_people_say_them(
    app: Flask, locale: str, name: str, value: object, shown: str
) -> None:
    assert filters_for(locale)[name](value) == shown
