"""Every route × role × division × method, held against tests/access.toml, which was written by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from infrastructure.settings import load_settings
from simulators import Running
from tests.access.ground import TABLE, Ground, Walk
from tests.access.walking import ask, class_of, client_of

LEAST_ASKED = 9_000


def test_every_route_is_in_the_table_and_no_other(whole_app: Flask) -> None:
    rules = {(rule.endpoint, rule.rule) for rule in whole_app.url_map.iter_rules()}
    told = {(entry.name, entry.rule) for entry in TABLE.values()}
    assert not rules - told, f"not in tests/access.toml: {sorted(rules - told)}"
    assert not told - rules, f"in tests/access.toml, and gone: {sorted(told - rules)}"


def test_T07_every_route_role_division_and_method_is_answered_as_the_table_says(walked: Walk) -> None:
    assert not walked.differences, _told(walked.differences)
    assert walked.asked >= LEAST_ASKED, f"only {walked.asked} requests"
    assert {"in", "sign_in", "step_up", "refused", "hidden", "recused", "405"} == set(walked.answers)


def test_whoever_does_not_get_in_changes_nothing(walked: Walk) -> None:
    assert not walked.kept, _told(walked.kept)


def test_T08_nobody_reads_a_value_that_is_not_theirs_to_see(walked: Walk) -> None:
    assert not walked.leaks, _told(walked.leaks)


def test_what_is_let_in_finds_the_records_and_reads_what_is_shown(walked: Walk) -> None:
    # Else "nobody reads it" would only say that nobody can.
    assert not walked.unwell, _told(walked.unwell)
    assert set(walked.read) == {"name", "identity_number", "phone", "address", "amount", "number"}


@pytest.mark.usefixtures("walked")
def test_T20_no_request_of_the_whole_walk_reaches_a_source(simulators_server: Running) -> None:
    assert simulators_server.all_calls() == 0


def test_GA_19_from_elsewhere_no_staff_route_opens_whoever_asks(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = ground.app.extensions["huimin"]
    networks = load_settings({"HUIMIN_ENV": "test", "HUIMIN_STAFF_NETWORKS": "10.20.0.0/16"}).staff_networks
    elsewhere = replace(parts, settings=replace(parts.settings, staff_networks=networks))
    monkeypatch.setitem(ground.app.extensions, "huimin", elsewhere)
    client, asked, opened = client_of(ground.app), 0, []
    with ground.undone.holding():
        for entry in TABLE.values():
            if not entry.rule.startswith("/admin"):
                continue
            address, typed = entry.address(ground.world), entry.typed(ground.world)
            for name in ("anonymous", "town_reviewer@own", "system_administrator@county", "inspector@county"):
                for method in entry.lines:
                    caller = ground.world.caller(name)
                    found = ask(client, ground.world, caller, method, address, typed, from_="203.0.113.9")
                    asked += 1
                    if class_of(found) != "refused":
                        opened.append(f"{method} {entry.name} by {caller}: {found.status_code}")
    assert not opened, _told(opened)
    assert asked > 400


def _told(lines: list[str]) -> str:
    return f"{len(lines)} times:\n" + "\n".join(lines[:400])
