"""Every template that is named exists, and every template that exists is used."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
NAME = re.compile(r"(?:portal|components|errors|printouts|admin)/[a-z0-9_/-]+\.(?:html|css)")
PLACES = re.compile(
    r"(portal|admin)/[a-z_]+/[a-z_]+\.html|(components|errors|printouts)/[a-z0-9_/]+\.(html|css)"
)
PARSER = Environment(autoescape=True)


def every_template() -> list[str]:
    return sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*") if path.is_file())


def named_in_code() -> set[str]:
    found: set[str] = set()
    for package in ("admin", "portal", "web"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Constant)
                    and isinstance(node.value, str)
                    and NAME.fullmatch(node.value)
                ):
                    found.add(node.value)
    return found


def named_in(template: str) -> set[str]:
    tree = PARSER.parse((TEMPLATES / template).read_text(encoding="utf-8"))
    found = set()
    for node in tree.find_all((nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)):
        if isinstance(node.template, nodes.Const):  # type: ignore[attr-defined]
            found.add(node.template.value)  # type: ignore[attr-defined]
    return found


def test_every_template_that_is_named_exists() -> None:
    wanted = named_in_code().union(*(named_in(name) for name in every_template()))
    assert sorted(wanted - set(every_template())) == []


def test_no_template_is_orphaned() -> None:
    # Pages of errors are chosen by their status.
    used = named_in_code() | {name for name in every_template() if name.startswith("errors/")}
    waiting = list(used)
    while waiting:
        name = waiting.pop()
        new = (named_in(name) if (TEMPLATES / name).exists() else set()) - used
        used |= new
        waiting += new
    assert sorted(set(every_template()) - used) == []


@pytest.mark.parametrize("name", every_template())
def test_a_template_stands_where_its_name_belongs(name: str) -> None:
    assert PLACES.fullmatch(name), f"{name}: <face>/<noun>/<verb>.html, or components, errors, printouts"


@pytest.mark.parametrize("name", [name for name in every_template() if name.endswith(".html")])
def test_a_template_imports_only_what_it_uses(name: str) -> None:
    text = (TEMPLATES / name).read_text(encoding="utf-8")
    tree = PARSER.parse(text)
    for node in tree.find_all(nodes.FromImport):
        for imported in node.names:
            local = imported[1] if isinstance(imported, tuple) else imported
            assert len(re.findall(rf"\b{re.escape(local)}\b", text)) > 1, (
                f"{name} imports {local} and never uses it"
            )


@pytest.mark.parametrize("name", every_template())
def test_no_template_switches_escaping_off(name: str) -> None:
    text = (TEMPLATES / name).read_text(encoding="utf-8")
    assert not re.search(r"\|\s*safe\b|autoescape\s+false|<style|style=|\son[a-z]+=", text)
