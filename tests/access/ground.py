"""The walk: every way of asking, held against the table, with an eye on canaries and on what is kept."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from zlib import crc32

from flask import Flask
from werkzeug.test import TestResponse

from tests.access.table import RELATIONS, Entry, read_table
from tests.access.walking import (
    MAY_BE_WRITTEN_OUTSIDE,
    METHODS,
    Undone,
    ask,
    class_of,
    client_of,
    text_of,
)
from tests.access.world import Caller, Canary, World

TABLE = read_table()
ANY_FOUR = ("anonymous", "resident_l3", "town_reviewer@own", "audit_administrator@own")
INSIDE = ("own", "town", "county", "stale", "relative")
FAMILY = ("resident_l2", "resident_l3", "housemate")


@dataclass
class Walk:
    """What a walk found: how many requests, how they were answered, and every difference from the table."""

    asked: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    read: Counter[str] = field(default_factory=Counter)
    """How often a canary of each kind was read by somebody who may."""
    unwell: list[str] = field(default_factory=list)
    """Pages that opened to nobody: whoever is let in by GET should find something."""


@dataclass
class Ground:
    """The world, the application on which it stands, and the means to ask."""

    app: Flask
    world: World
    undone: Undone

    def methods_at(self, rule: str) -> set[str]:
        """Every method that some endpoint of the table has at this address."""
        return {method for entry in TABLE.values() if entry.rule == rule for method in entry.lines}

    def walk(self, entries: list[Entry], callers: list[Caller] | None = None) -> Walk:
        """Ask every way and note what differs."""
        client, found = client_of(self.app), Walk()
        with self.undone.holding():
            for entry in entries:
                address, typed = entry.address(self.world), entry.typed(self.world)
                there = self.methods_at(entry.rule)
                for caller, method in self.ways(entry, callers):
                    if method not in there or method in entry.lines or method == "OPTIONS":
                        self.undone.forget()
                        response = ask(client, self.world, caller, method, address, typed)
                        found.asked += 1
                        self._hold(found, entry, caller, method, response)
        return found

    def ways(self, entry: Entry, callers: list[Caller] | None) -> Iterator[tuple[Caller, str]]:
        """Who asks there, and by which methods.

        Every caller by the methods of the table. A role that is refused wherever it is held asks from its
        village, from another county and from one more place that differs from route to route. HEAD is asked
        where GET tells most, and what is decided before anybody is asked who they are by four.
        """
        third = RELATIONS[crc32(entry.name.encode()) % len(RELATIONS)]
        for caller in callers or self.world.callers:
            if entry.is_walked_from_one_place and caller.relation not in ("", "own"):
                continue
            for method in METHODS:
                if method not in entry.lines:
                    asks = str(caller) in ANY_FOUR
                elif method == "HEAD":
                    asks = caller.relation in ("", "own", "other")
                else:
                    is_refused = entry.answer(method, caller) == "refused"
                    asks = not is_refused or caller.relation in ("", "own", "other", third)
                if callers or asks:
                    yield caller, method

    def _hold(self, found: Walk, entry: Entry, caller: Caller, method: str, response: TestResponse) -> None:
        got = class_of(response, is_entrance=entry.is_entrance)
        if method == "OPTIONS":
            wanted = "in"
        elif method in entry.lines:
            wanted = entry.answer(method, caller)
        else:
            wanted = "405"
        found.answers[got] += 1
        what = f"{method} {entry.name} by {caller}"
        is_same = got == wanted
        if method == "HEAD" and (wanted, response.status_code) in (("step_up", 403), ("recused", 409)):
            # Why it is refused stands in the body, and HEAD has none.
            is_same = True
        if wanted == "405" and response.status_code == 404:
            # The address is one of another route's too, which has no such record.
            is_same = True
        if not is_same:
            found.differences.append(f"{what}: {got} ({response.status_code}), the table says {wanted}")
        if method == "GET" and wanted == "in" and response.status_code >= 400:
            found.unwell.append(f"{what}: {response.status_code}")
        if wanted not in ("in", "405") and self.undone.kept - MAY_BE_WRITTEN_OUTSIDE:
            found.kept.append(f"{what}: {got}, and wrote {sorted(self.undone.kept)}")
        for canary in self.read_by(text_of(response)):
            if may_read(canary, entry, caller, got):
                found.read[canary.kind] += 1
            else:
                found.leaks.append(f"{what}: {got}, and read {canary.kind} of {canary.owner}")

    def read_by(self, text: str) -> set[Canary]:
        """The canaries that stand in a text."""
        pattern = self.__dict__.get("_pattern")
        if pattern is None:
            values = "|".join(sorted({re.escape(one.value) for one in self.world.canaries}, key=len))
            pattern = self.__dict__["_pattern"] = re.compile(rf"(?<![0-9A-Za-z])(?:{values})(?![0-9A-Za-z])")
        hits = set(pattern.findall(text))
        return {one for one in self.world.canaries if one.value in hits} if hits else set()


def may_read(canary: Canary, entry: Entry, caller: Caller, got: str) -> bool:
    """Whether this caller may read such a thing in such an answer."""
    if got != "in":
        return False
    if canary.kind == "number":
        return caller.relation in INSIDE or caller.role in FAMILY
    if canary.kind in entry.shows_anywhere:
        return True
    if canary.kind not in entry.shows:
        return False
    if caller.role in ("resident_l2", "resident_l3"):
        return canary.owner in ("head", "household", "child") or canary.kind == "name"
    if caller.role == "housemate":
        return canary.owner in ("spouse", "household", "child") or canary.kind == "name"
    return caller.relation in INSIDE
