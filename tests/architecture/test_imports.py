"""Arrows point down only, and others knock at a noun's front door."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "admin",
    "assistance",
    "commands",
    "demo",
    "infrastructure",
    "portal",
    "simulators",
    "web",
    "witness",
)
NOUNS = sorted(path.parent.name for path in (ROOT / "assistance").glob("*/__init__.py"))


def product_files() -> Iterator[Path]:
    yield ROOT / "wsgi.py"
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def reaches_past(path: Path) -> list[str]:
    """The modules inside another noun that a file imports."""
    own = path.relative_to(ROOT).parts
    found = []
    for name in imports_of(path):
        parts = name.split(".")
        if parts[0] != "assistance" or len(parts) < 3 or parts[1] not in NOUNS:
            continue
        if own[:2] == ("assistance", parts[1]):
            continue
        inside = ROOT / "assistance" / parts[1] / parts[2]
        if inside.with_suffix(".py").exists() or inside.is_dir():
            offered = getattr(__import__(f"assistance.{parts[1]}", fromlist=["__all__"]), "__all__", ())
            if parts[2] not in offered:
                found.append(name)
    return found


def test_the_import_contracts_hold() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--config", "pyproject.toml", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_nobody_reaches_past_a_front_door() -> None:
    past = {str(path.relative_to(ROOT)): found for path in product_files() if (found := reaches_past(path))}
    assert past == {}


@pytest.mark.parametrize("noun", NOUNS)
def test_a_front_door_says_what_it_offers(noun: str) -> None:
    door = __import__(f"assistance.{noun}", fromlist=["__all__"])
    assert door.__doc__
    assert door.__all__
    for name in door.__all__:
        assert hasattr(door, name), f"assistance.{noun} does not have {name}"


def test_a_file_that_reaches_past_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = ROOT / "portal" / "views" / "never_written.py"
    text = "from assistance.policies.standards_table import StandardRow\n"
    monkeypatch.setattr(Path, "read_text", lambda self, **_: text)
    assert "assistance.policies.standards_table" in reaches_past(bad)


def test_polars_and_weasyprint_are_imported_only_where_they_are_needed() -> None:
    # Both are slow to import, and a process forked after Polars was used hangs.
    script = (
        "import sys, wsgi; wsgi.create_app(); "
        "sys.exit(' '.join(name for name in ('polars', 'weasyprint') if name in sys.modules) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"HUIMIN_ENV": "test", "PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 0, done.stderr


def test_only_the_unit_of_work_commits() -> None:
    found = []
    for path in product_files():
        if path.relative_to(ROOT).as_posix() in ("web/unit_of_work.py", "infrastructure/database.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr == "commit":
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert found == []
