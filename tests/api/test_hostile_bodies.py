"""JSON that nobody sends in earnest is answered quickly and never with a failure."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest

from assistance import rules
from tests.complaining_client import ComplainingClient

EVALUATE = "/api/v1/assessments/evaluate"
HALF = "\\ud800"
MOST_EXPLAINED = 30


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
def test_thousands_of_unknown_names_are_all_told_and_few_of_them_explained(
    client: ComplainingClient, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # To look for the nearest names of each would keep the server busy for a minute.
    explained = []

    def noted(word: str, known: Iterable[str]) -> str:
        explained.append(word)
        return rules.known_alternatives(word, known)

    monkeypatch.setattr(f"assistance.rules.{part}.known_alternatives", noted)
    facts = {f"incom{number}": 1 for number in range(12_000)}
    body = json.dumps({"county": "330482", "household": {}, part: facts})
    answer = client.post(EVALUATE, data=body, content_type="application/json")
    assert (answer.status_code, len(answer.json["errors"])) == (422, 12_000)
    assert 0 < len(explained) <= MOST_EXPLAINED
