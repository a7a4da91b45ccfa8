"""Policies to read: groups, search, one page a policy, and the other county's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

import wsgi
from portal.policy_search import search
from portal.views.policies import steps
from tests.complaining_client import ComplainingClient, forget
from tests.conftest import settings_of_test


@pytest.fixture
def wencheng(tmp_path: Path, prepared_sqlite: Path) -> Iterator[ComplainingClient]:
    url = f"sqlite:///{tmp_path / 'wencheng.db'}"
    (tmp_path / "wencheng.db").write_bytes(prepared_sqlite.read_bytes())
    app = wsgi.create_app(settings_of_test(tmp_path, HUIMIN_COUNTY="330328", HUIMIN_DATABASE_URL=url))
    app.test_client_class = ComplainingClient
    client = app.test_client()
    assert isinstance(client, ComplainingClient)
    yield client
    forget(app.extensions["huimin"].database)
    app.extensions["huimin"].database.dispose()


def test_every_policy_of_the_county_stands_under_an_event_and_a_department(
    client: ComplainingClient, app: Flask
) -> None:
    by_event, by_department = client.get("/policies").text, client.get("/policies?by=department").text
    parts = app.extensions["huimin"]
    for policy in parts.catalogue.policies:
        if policy.applies_to(parts.settings.county):
            assert f'href="/policies/{policy.code}"' in by_event, policy.code
            assert by_department.count(f'href="/policies/{policy.code}"') == 1, policy.code


def test_a_policy_says_for_whom_how_much_how_where_with_what_and_by_which_law(
    client: ComplainingClient,
) -> None:
    page = client.get("/policies/minimum-living-allowance").text
    for words in ("谁能享受", "给多少", "怎么办", "去哪里", "带什么", "依据", "最近一次核对", "一条一条看"):
        assert words in page
    assert "人均收入低于当地低保标准" in page
    assert "社会救助法 第十八至十九条" in page
    assert 'href="/help-requests/new?policy=minimum-living-allowance"' in page
    assert "我也想申请" in page


def test_a_policy_that_needs_no_application_says_so(client: ComplainingClient, app: Flask) -> None:
    policies = app.extensions["huimin"].catalogue.policies
    automatic = [policy.code for policy in policies if policy.application == "automatic"]
    assert automatic
    for code in automatic:
        page = client.get(f"/policies/{code}").text
        assert "不用申请" in page
        assert "我也想申请" not in page


def test_a_policy_of_the_other_county_only_is_not_shown(
    client: ComplainingClient, wencheng: ComplainingClient
) -> None:
    address = "/policies/lonely-elder-care-pinghu"
    assert client.get(address).status_code == 200
    assert address in client.get("/policies").text
    assert wencheng.get(address).status_code == 404
    assert address not in wencheng.get("/policies").text
    assert address not in wencheng.get("/policies?q=平湖").text
    assert "文成县民政局" in wencheng.get("/").text


@pytest.mark.parametrize("code", ["no-such-policy", "MINIMUM-LIVING-ALLOWANCE", "x" * 500, "%00", "..%2Fx"])
def test_an_unknown_policy_is_a_page_worth_reading(client: ComplainingClient, code: str) -> None:
    assert client.get(f"/policies/{code}").status_code in (400, 404)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("低保", "minimum-living-allowance"),
        ("特困", "special-hardship-support"),
        ("看病", "medical-aid"),
        ("学费", "university-aid"),
        ("台风", "disaster-emergency-relief"),
        ("dibao", "minimum-living-allowance"),
        ("orphan", "orphan-allowance"),
        ("WHEELCHAIR", "assistive-device-subsidy"),
        ("低保 孩子", "hardship-child-allowance"),
        ("　低保　", "minimum-living-allowance"),
        ("孤", "orphan-allowance"),
    ],
)
def test_a_search_finds_what_people_call_it(
    app: Flask, client: ComplainingClient, query: str, code: str
) -> None:
    found = search(app.extensions["huimin"].catalogue, "330482", query)
    assert found.is_exact
    assert code in [policy.code for policy in found.policies]
    assert f'href="/policies/{code}"' in client.get("/policies", query_string={"q": query}).text


def test_the_name_comes_before_a_mention(app: Flask) -> None:
    found = search(app.extensions["huimin"].catalogue, "330482", "临时救助")
    assert found.policies[0].code == "temporary-relief"


def test_a_sentence_finds_what_comes_near(app: Flask) -> None:
    found = search(app.extensions["huimin"].catalogue, "330482", "我家小孩要上大学没有钱")
    assert not found.is_exact
    assert "university-aid" in [policy.code for policy in found.policies]


@pytest.mark.parametrize(
    "query", ["", " ", "…", "没有这样的东西吧嗡嗡", "<script>alert(1)</script>", "'\"%_\\", "x" * 4000]
)
def test_an_odd_search_is_answered(client: ComplainingClient, query: str) -> None:
    page = client.get("/policies", query_string={"q": query})
    assert page.status_code == 200
    assert "<script>alert" not in page.text


def test_steps_are_told_apart() -> None:
    assert steps("1. 带上证件。2. 去窗口。 3. 等通知。") == ["带上证件。", "去窗口。", "等通知。"]
    assert steps("直接去窗口。") == ["直接去窗口。"]
    assert steps("Since 2.5 years. Apply.") == ["Since 2.5 years. Apply."]
