"""POST /api/v1/assessments/evaluate, as programs use it and as they misuse it."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from portal.api.schemas import EXAMPLE
from tests.complaining_client import ComplainingClient

ADDRESS = "/api/v1/assessments/evaluate"


def changed(path: str, value: object) -> dict[str, Any]:
    document = copy.deepcopy(EXAMPLE)
    *parents, last = path.split(".")
    place: Any = document
    for parent in parents:
        place = place[int(parent)] if parent.isdigit() else place.setdefault(parent, {})
    place[int(last) if last.isdigit() else last] = value
    return document


def ask(client: ComplainingClient, document: object) -> Any:
    return client.post(ADDRESS, data=json.dumps(document), content_type="application/json")


def fields(answer: Any) -> list[str]:
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    return [error["field"] for error in answer.get_json()["errors"]]


def test_the_example_of_the_interface_gets_1200_yuan_a_month(client: ComplainingClient) -> None:
    answer = ask(client, EXAMPLE).get_json()
    first = answer["verdicts"][0]
    assert answer["county"] == "330482"
    assert first["policy"] == "minimum-living-allowance"
    assert first["outcome"] == "likely"
    assert first["basis_edition"] == "2026-07-01"
    assert (first["amount_fen"], first["amount_min_fen"], first["amount_max_fen"]) == (120000, 120000, 120000)
    assert first["amount_text"] == "每月约 1200 元"
    income = first["findings"][1]
    assert income["condition"] == "income_ratio < 1"
    assert (income["result"], income["value"], income["threshold"]) == ("met", "0.64", "1")
    assert income["says"] == "人均收入低于当地低保标准"
    assert income["basis"] == "社会救助法 第十八至十九条"
    assert first["needs"] == ["核对报告", "入户调查"]


def test_every_policy_is_answered_likely_first_and_the_same_bytes_twice(client: ComplainingClient) -> None:
    one, two = ask(client, EXAMPLE), ask(client, EXAMPLE)
    outcomes = [verdict["outcome"] for verdict in one.get_json()["verdicts"]]
    assert len(outcomes) == 55
    assert outcomes == sorted(outcomes, key=["likely", "possible", "not_now"].index)
    assert one.get_data() == two.get_data()
    assert one.headers["Cache-Control"] == "no-store"


def test_english_is_answered_where_it_is_asked_for(client: ComplainingClient) -> None:
    answer = client.post(ADDRESS, data=json.dumps(EXAMPLE), headers={"Accept-Language": "en"})
    assert answer.get_json()["verdicts"][0]["amount_text"] == "about 1200 yuan a month"


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("household.income_month_fen", -1, "household.income_month_fen"),
        ("household.income_month_fen", 10**18, "household.income_month_fen"),
        ("household.income_month_fen", 1.5, "household.income_month_fen"),
        ("household.income_month_fen", "2100", "household.income_month_fen"),
        ("household.income_month_fen", True, "household.income_month_fen"),
        ("household.income_month_fen", {"min": 5, "max": 4}, "household.income_month_fen"),
        ("household.income_month_fen", {"min": 5, "mx": 4}, "household.income_month_fen"),
        ("household.income_month_fen", [1], "household.income_month_fen"),
        ("household.size", 0, "household.size"),
        ("household.size", 31, "household.size"),
        ("household.hukou_local", 1, "household.hukou_local"),
        ("household.hukou_local", "true", "household.hukou_local"),
        ("household.status", "dibao", "household.status"),
        ("household.status", ["none"], "household.status"),
        ("household.status", [["dibao"]], "household.status"),
        ("household.home_area_pc", 40.125, "household.home_area_pc"),
        ("household.home_area_pc", "40", "household.home_area_pc"),
        ("household.house_grade", "E", "household.house_grade"),
        ("household.income_ratio", 1, "household.income_ratio"),
        ("members.0.age", 200, "members.0.age"),
        ("members.0.sex", "X", "members.0.sex"),
        ("members.0.nickname", "A", "members.0.nickname"),
        ("members.1", 7, "members.1"),
        ("members", {}, "members"),
        ("members", [{}] * 31, "members"),
        ("members", [{}] * 10_000, "members"),
        ("household", [], "household"),
        ("county", None, "county"),
        ("county", "000000", "county"),
        ("county", "330482100", "county"),
        ("county", 330482, "county"),
        ("on", "1999-12-31", "on"),
        ("on", "2101-01-01", "on"),
        ("on", "20261122", "on"),
        ("on", "tomorrow", "on"),
        ("on", 7, "on"),
        ("standards", [], "standards"),
        ("standards.dibao_standard_fen", None, "standards.dibao_standard_fen"),
        ("standards.dibao_standard_fen", "110000", "standards.dibao_standard_fen"),
        ("standards.dibao_standard", 1100, "standards.dibao_standard"),
        ("standards.dibian_multiple", "1.5000000000001", "standards.dibian_multiple"),
        ("standards", None, "standards"),
        ("members", None, "members"),
        ("on", None, "on"),
        ("standards.dibian_multiple", "１.5", "standards.dibian_multiple"),
        ("standards.dibian_multiple", "1e999999999", "standards.dibian_multiple"),
        ("standards.retirement_age", {"F": 55}, "standards.retirement_age"),
        ("standards.dibao_amount_bands", [[5, 1]], "standards.dibao_amount_bands"),
        ("standards.medical_aid_groups", ["nobody"], "standards.medical_aid_groups"),
        ("extra", 1, "extra"),
    ],
)
def test_a_wrong_field_is_named_by_its_path_and_never_by_its_value(
    client: ComplainingClient, path: str, value: object, field: str
) -> None:
    answer = ask(client, changed(path, value))
    assert fields(answer) == [field]
    message = answer.get_json()["errors"][0]["message"]
    assert message
    known_words = ("true", "dibao")
    if (
        isinstance(value, str | int)
        and value not in known_words
        and len(str(value)) > 2
        and value is not True
    ):
        assert str(value) not in message


def test_every_wrong_field_is_named_at_once(client: ComplainingClient) -> None:
    document = changed("household.size", 0)
    document["members"][0]["age"] = 200
    document["county"] = "x"
    document["standards"]["dibao_standard_fen"] = -1
    found = fields(ask(client, document))
    assert set(found) == {"county", "standards.dibao_standard_fen", "household.size", "members.0.age"}


def test_the_household_is_required(client: ComplainingClient) -> None:
    assert fields(ask(client, {"county": "330482"})) == ["household"]
    assert fields(ask(client, [])) == ["body"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"not json",
        b"\xff\xfe",
        b'{"county": NaN}',
        b'{"county": "330482", "household": {"income_month_fen": Infinity}}',
        b"[" * 100_000,
        b'{"household":' * 50 + b"{}" + b"}" * 50,
        b'{"county": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_no_json_is_answered_400(client: ComplainingClient, body: bytes) -> None:
    answer = client.post(ADDRESS, data=body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"


def test_a_body_over_256_kb_is_answered_413(client: ComplainingClient) -> None:
    answer = client.post(
        ADDRESS, data=b'{"county": "' + b"x" * 262_145 + b'"}', content_type="application/json"
    )
    assert answer.status_code == 413


@pytest.mark.parametrize(("county", "on"), [("330106", "2026-11-22"), ("330482", "2000-01-01")])
def test_a_county_or_a_day_without_standards_is_possible_and_never_wrong(
    client: ComplainingClient, county: str, on: str
) -> None:
    document = {**EXAMPLE, "county": county, "on": on, "standards": {}}
    answer = ask(client, document)
    assert answer.status_code == 200
    allowance = next(v for v in answer.get_json()["verdicts"] if v["policy"] == "minimum-living-allowance")
    assert allowance["outcome"] == "possible"
    assert allowance["amount_fen"] is None
    assert allowance["amount_min_fen"] is None
    assert allowance["amount_max_fen"] is None
    income = allowance["findings"][1]
    assert income["result"] == "unknown"
    assert income["unpublished"] == ["dibao_standard"]


def test_a_sample_is_marked_wherever_it_is_shown(client: ComplainingClient) -> None:
    answer = ask(client, {**EXAMPLE, "standards": {}}).get_json()
    capital = next(f for f in answer["verdicts"][0]["findings"] if f["condition"].startswith("capital"))
    assert capital["basis"] == "示例数据，以当地文件为准"
    assert capital["standards"][0]["sample"] is True


def test_nothing_but_post_is_answered(client: ComplainingClient) -> None:
    assert client.get(ADDRESS).status_code == 405
