"""tests/access.toml as the walk reads it: who gets which answer where."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.access.walking import ANSWERS
from tests.access.world import DIVISIONS, RESIDENTS, STAFF_ROLES, Caller, World

PATH = Path(__file__).resolve().parent.parent / "access.toml"
KEYS = {"rule", "records", "form", "query", "shows", "shows_anywhere", "entrance", "walk"}
RELATIONS = (*DIVISIONS, "stale", "relative")
CALLERS = (*RESIDENTS, *(role.value for role in STAFF_ROLES))


class WrongTable(Exception):
    """The table itself is at fault: an unknown word, or a caller for whom it has no answer."""


@dataclass(frozen=True)
class Line:
    """One clause: these callers, where their role is held, get this answer."""

    roles: frozenset[str]
    relations: frozenset[str] | None
    answer: str

    def fits(self, caller: Caller) -> bool:
        """Whether this clause speaks of the caller."""
        return caller.role in self.roles and (self.relations is None or caller.relation in self.relations)


@dataclass(frozen=True)
class Entry:
    """One endpoint of the table."""

    name: str
    rule: str
    lines: dict[str, tuple[Line, ...]]
    records: dict[str, str]
    form: dict[str, str]
    query: dict[str, str]
    shows: frozenset[str]
    shows_anywhere: frozenset[str]
    is_entrance: bool
    is_walked_from_one_place: bool

    def answer(self, method: str, caller: Caller) -> str:
        """What this caller is to get."""
        for line in self.lines[method]:
            if line.fits(caller):
                return line.answer
        raise WrongTable(f"{self.name} {method} has no answer for {caller}")

    def address(self, world: World, **instead: str) -> str:
        """The address with the world's records in it, or with others."""

        def value(found: re.Match[str]) -> str:
            name = found[2]
            if name in instead:
                return instead[name]
            return _record(world, self.records.get(name, name))

        path = re.sub(r"<(\w+):(\w+)>", value, self.rule)
        query = "&".join(f"{name}={_told(world, text)}" for name, text in self.query.items())
        return f"{path}?{query}" if query else path

    def typed(self, world: World) -> dict[str, str]:
        """What a POST sends."""
        return {name: _told(world, text) for name, text in self.form.items()}


def _record(world: World, name: str) -> str:
    return name[1:] if name.startswith("=") else str(world.ids[name])


def _told(world: World, text: str) -> str:
    return str(world.ids[text[1:-1]]) if text.startswith("<") else text


def read_table(path: Path = PATH) -> dict[str, Entry]:
    """Every endpoint of the table; raises WrongTable where a word is unknown."""
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    groups = {**told["groups"], **{name: [name] for name in CALLERS}}
    relations = {**told["relations"], **{name: [name] for name in RELATIONS}}
    for members in told["groups"].values():
        _known(members, CALLERS)
    for members in told["relations"].values():
        _known(members, RELATIONS)
    return {name: _entry(name, fields, groups, relations) for name, fields in told["endpoint"].items()}


def _entry(name: str, fields: dict[str, Any], groups: dict[str, Any], relations: dict[str, Any]) -> Entry:
    lines: dict[str, tuple[Line, ...]] = {}
    for key, text in fields.items():
        if key in KEYS:
            continue
        clauses = tuple(_line(one.strip(), groups, relations) for one in text.split(";"))
        for method in key.split("_"):
            lines[method] = clauses
    if "GET" in lines:
        lines["HEAD"] = lines["GET"]
    return Entry(
        name,
        fields["rule"],
        lines,
        fields.get("records", {}),
        fields.get("form", {}),
        fields.get("query", {}),
        frozenset(fields.get("shows", ())),
        frozenset(fields.get("shows_anywhere", ())),
        fields.get("entrance", False),
        fields.get("walk") == "own" or not fields["rule"].startswith("/admin"),
    )


def _line(text: str, groups: dict[str, Any], relations: dict[str, Any]) -> Line:
    found = re.fullmatch(r"(\w+)(?:@([\w,]+))? (\w+)", text)
    if found is None or found[1] not in groups or found[3] not in ANSWERS:
        raise WrongTable(f"not understood: {text!r}")
    where = None
    if found[2]:
        _known(found[2].split(","), relations)
        where = frozenset(one for name in found[2].split(",") for one in relations[name])
    return Line(frozenset(groups[found[1]]), where, found[3])


def _known(names: Any, among: Any) -> None:
    unknown = [name for name in names if name not in among]
    if unknown:
        raise WrongTable(f"unknown: {', '.join(unknown)}")
