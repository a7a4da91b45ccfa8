"""JSON that nobody sends in earnest is answered quickly and never with a failure."""

from __future__ import annotations

import json
import time

import pytest

from tests.complaining_client import ComplainingClient

EVALUATE = "/api/v1/assessments/evaluate"
HALF = "\\ud800"


@pytest.mark.parametrize(
    "body",
    [
        f'{{"county": "330482", "household": {{"{HALF}": 1}}}}',
        f'{{"county": "330482", "household": {{}}, "members": [{{"{HALF}": 1}}]}}',
        f'{{"county": "330482", "household": {{}}, "standards": {{"{HALF}": 1}}}}',
        f'{{"county": "{HALF}", "household": {{"status": ["{HALF}"]}}, "{HALF}": 1}}',
    ],
)
def test_half_a_character_is_a_wrong_field(client: ComplainingClient, body: str) -> None:
    answer = client.post(EVALUATE, data=body, content_type="application/json")
    assert answer.status_code == 422
    assert "\\ud800" not in json.dumps(answer.json)


@pytest.mark.parametrize("part", ["household", "standards"])
def test_thousands_of_unknown_names_are_all_told_and_soon(client: ComplainingClient, part: str) -> None:
    facts = {f"incom{number}": 1 for number in range(12_000)}
    body = json.dumps({"county": "330482", "household": {}, part: facts})
    began = time.perf_counter()
    answer = client.post(EVALUATE, data=body, content_type="application/json")
    assert time.perf_counter() - began < 2
    assert (answer.status_code, len(answer.json["errors"])) == (422, 12_000)
