"""What somebody may not see looks in every byte as if it were not there."""

from __future__ import annotations

import re
import uuid

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.access.ground import TABLE, Ground
from tests.access.table import Entry
from tests.access.walking import ask, client_of
from tests.access.world import Caller

LEAST_PAIRS = 200
# The address stands on the page in links, sometimes signed: there alone the two answers may differ.
RETURN = re.compile(r"(next=)[\w.%=-]+")


def hidden_ways() -> list[tuple[Entry, str]]:
    """Every address with an id in it that the table hides from somebody."""
    return [
        (entry, method)
        for entry in TABLE.values()
        if "<uuid:" in entry.rule
        for method, lines in entry.lines.items()
        if any(line.answer == "hidden" for line in lines)
    ]


def plain(response: TestResponse, names: dict[str, str]) -> tuple[int, list[tuple[str, str]], str]:
    """Status, headers and body, without the ids that were asked for."""
    body = response.text
    for name, value in names.items():
        body = body.replace(value, f"<{name}>")
    headers = sorted((name, value) for name, value in response.headers if name != "Content-Length")
    return response.status_code, headers, RETURN.sub(r"\1", body)


def test_T05_not_allowed_answers_as_missing_does_in_every_byte(ground: Ground) -> None:
    client, pairs, different = client_of(ground.app), 0, []
    with ground.undone.holding():
        for entry, method in hidden_ways():
            for caller in some(ground, entry, method):
                pairs += 1
                there = _ids(ground, entry)
                missing = {name: str(uuid.uuid4()) for name in there}
                one = _ask(client, ground, entry, method, caller, there)
                other = _ask(client, ground, entry, method, caller, missing)
                if one != other:
                    different.append(f"{method} {entry.name} by {caller}: {one[:2]} and {other[:2]}")
    assert not different, "\n".join(different)
    assert pairs >= LEAST_PAIRS


def some(ground: Ground, entry: Entry, method: str) -> list[Caller]:
    """Up to three of those from whom it is hidden, as far from each other as may be."""
    found = [one for one in ground.world.callers if entry.answer(method, one) == "hidden"]
    return list({found[0], found[len(found) // 2], found[-1]}) if found else []


def _ids(ground: Ground, entry: Entry) -> dict[str, str]:
    names = re.findall(r"<uuid:(\w+)>", entry.rule)
    return {name: str(ground.world.ids[entry.records.get(name, name)]) for name in names}


def _ask(
    client: FlaskClient, ground: Ground, entry: Entry, method: str, caller: Caller, ids: dict[str, str]
) -> tuple[int, list[tuple[str, str]], str]:
    address = entry.address(ground.world, **ids)
    return plain(ask(client, ground.world, caller, method, address, entry.typed(ground.world)), ids)
