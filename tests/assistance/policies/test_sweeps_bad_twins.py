"""The comparison of columns with Python can fail: columns that are a little wrong are found out."""

from __future__ import annotations

import random

import pytest

from assistance import policies
from tests.assistance.policies.test_sweeps import Judged, differences, judge_both_ways


@pytest.fixture(scope="module")
def judged() -> Judged:
    return judge_both_ways(random.Random(6), 700)


def twins(compiled: policies.CompiledLaw, kind: str, luck: random.Random, number: int) -> list[int]:
    """Some nodes of a kind that the policies need."""
    outcomes = [*compiled.of_households.values(), *compiled.of_members.values()]
    needed = compiled.graph.needed({node for outcome in outcomes for node in outcome})
    nodes = [node for node in needed if compiled.graph.nodes[node].kind == kind]
    return luck.sample(nodes, min(number, len(nodes)))


def is_found_out(judged: Judged, node: int, bad: object) -> bool:
    snapshot, compiled, verdicts = judged
    nodes = compiled.graph.nodes
    good, nodes[node] = nodes[node], bad  # type: ignore[call-overload]
    try:
        return any(differences(policies.sweep(snapshot, compiled), verdicts))
    finally:
        nodes[node] = good


def test_the_good_twin_is_right(judged: Judged) -> None:
    snapshot, compiled, verdicts = judged
    assert not any(differences(policies.sweep(snapshot, compiled), verdicts))


@pytest.mark.parametrize(("kind", "bad"), [("and", "or"), ("or", "and")])
def test_a_wrong_operator_is_found_out(judged: Judged, kind: str, bad: str) -> None:
    graph = judged[1].graph
    chosen = twins(judged[1], kind, random.Random(1), 25)
    found = sum(is_found_out(judged, node, graph.nodes[node]._replace(kind=bad)) for node in chosen)
    assert found >= len(chosen) * 0.8


def test_a_forgotten_not_is_found_out(judged: Judged) -> None:
    graph = judged[1].graph
    chosen = twins(judged[1], "not", random.Random(2), 25)
    bad = [graph.nodes[node]._replace(kind="or", inputs=graph.nodes[node].inputs * 2) for node in chosen]
    found = sum(is_found_out(judged, node, twin) for node, twin in zip(chosen, bad, strict=True))
    assert found >= len(chosen) * 0.8


def test_a_limit_that_is_one_unit_off_is_found_out(judged: Judged) -> None:
    graph = judged[1].graph
    found = tried = 0
    for node in twins(judged[1], "leaf", random.Random(3), 80):
        leaf = graph.nodes[node].leaf
        if leaf.kind not in ("at_least", "below"):  # type: ignore[attr-defined]
            continue
        tried += 1
        off = leaf._replace(number=leaf.number + 1)  # type: ignore[attr-defined]
        found += is_found_out(judged, node, graph.nodes[node]._replace(leaf=off))
    assert tried > 10
    assert found >= tried * 0.5


def test_an_unknown_that_counts_as_no_is_found_out(judged: Judged) -> None:
    """The mistake that folds over nulls make by default: what is unknown becomes an answer."""
    snapshot, compiled, verdicts = judged
    outcome = compiled.of_households["special-hardship-support"]
    twin = outcome._replace(open=outcome.likely)
    compiled.of_households["special-hardship-support"] = twin
    try:
        assert any(differences(policies.sweep(snapshot, compiled), verdicts))
    finally:
        compiled.of_households["special-hardship-support"] = outcome
