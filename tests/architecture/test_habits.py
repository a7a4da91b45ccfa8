"""Small habits that keep the house in order: names, sizes, places, what may never stand in a file."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from infrastructure.settings import load_settings
from tests.architecture.test_imports import ROOT, product_files

DRAWERS = {"common", "helpers", "helper", "utils", "util", "misc", "tools"}
LONGEST_FILE = 450
# Ways out of the house's own rules that no file may take.
FORBIDDEN_CALLS = {"eval", "exec", "render_template_string", "breakpoint"}
FORBIDDEN_MODULES = {"pickle", "marshal", "shelve", "yaml"}
ELSEWHERE = re.compile(r"/" + r"work/|\.\./" + r"shared|/opt/" + r"pypi")


def tracked_text() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    endings = {
        ".py",
        ".toml",
        ".md",
        ".html",
        ".css",
        ".js",
        ".sh",
        ".cfg",
        ".ini",
        ".csv",
        ".po",
        ".lock",
        "",
    }
    return [ROOT / name for name in listed.split("\0") if name and Path(name).suffix in endings]


def test_no_drawer_without_a_label() -> None:
    bad = [
        str(path.relative_to(ROOT))
        for path in product_files()
        if DRAWERS & {path.stem, *path.relative_to(ROOT).parts[:-1]}
    ]
    assert bad == []


def test_a_file_that_grows_is_split_by_noun() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in product_files()
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE
    }
    assert long == {}


def test_nothing_dangerous_is_called() -> None:
    found = []
    for path in product_files():
        place = path.relative_to(ROOT)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in FORBIDDEN_CALLS
            ):
                found.append(f"{place}:{node.lineno} {node.func.id}")
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = (
                    [node.module or ""]
                    if isinstance(node, ast.ImportFrom)
                    else [one.name for one in node.names]
                )
                found += [
                    f"{place}:{node.lineno} {name}"
                    for name in names
                    if name.split(".")[0] in FORBIDDEN_MODULES
                ]
            if isinstance(node, ast.keyword) and node.arg == "shell":
                found.append(f"{place}:{node.value.lineno} shell")
    assert found == []


def test_the_product_reads_and_names_nothing_outside_its_own_checkout() -> None:
    found = []
    for path in tracked_text():
        if path.exists():
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if ELSEWHERE.search(line):
                    found.append(f"{path.relative_to(ROOT)}:{number}")
    assert found == []


def test_nothing_is_left_for_later_in_the_code() -> None:
    left = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in product_files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if left.search(line)
    ]
    assert found == []


def test_the_lock_holds_hashes_for_everything_and_no_address() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in text
    blocks = re.split(r"\n(?=[a-z0-9])", text.strip())
    assert len(blocks) > 50
    for block in blocks:
        assert "==" in block.splitlines()[0], block
        assert "--hash=sha256:" in block, block
    locked = {block.split("==")[0].split("[")[0] for block in blocks}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = [*project["project"]["dependencies"], *project["dependency-groups"]["test"]]
    missing = {name for one in asked if (name := re.split(r"[\[<>=~ ]", one)[0].lower()) not in locked}
    assert missing == set()


def test_every_setting_is_described_for_those_who_run_the_service() -> None:
    described = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    missing = [name for name in load_settings({}).sources if f"`{name}`" not in described]
    assert missing == []


def test_make_help_lists_what_the_interfaces_promise() -> None:
    done = subprocess.run(["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    promised = "run test help setup lint strings check-strings migration demo bench check-all"
    for target in promised.split():
        assert f"make {target} " in done.stdout


def test_every_catalogue_of_sentences_is_whole() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/strings.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_every_command_that_writes_can_be_tried_without_writing() -> None:
    import commands.audit
    import commands.database
    import commands.jobs
    import commands.retention
    import commands.snapshots
    import commands.staff
    import commands.standards
    import commands.worker

    writing = [
        commands.audit.verify,
        commands.database.init,
        commands.jobs.retry_jobs,
        commands.retention.run_retention,
        commands.snapshots.generate,
        commands.staff.add_staff,
        commands.standards.set_standard,
        commands.worker.worker,
    ]
    for command in writing:
        assert "--dry-run" in {option for parameter in command.params for option in parameter.opts}, (
            command.name
        )


@pytest.mark.parametrize("name", ["docs/architecture.md", "docs/operations.md", "README.md", "README.zh.md"])
def test_the_papers_that_a_newcomer_needs_are_there(name: str) -> None:
    assert len((ROOT / name).read_text(encoding="utf-8")) > 400


def test_the_settings_printed_for_a_person_hide_every_secret() -> None:
    from commands.check import setting_rows

    settings = load_settings(
        {"HUIMIN_SECRET_KEY": "s3cr3t-value", "HUIMIN_DATABASE_URL": "postgresql://u:pw@h/d"}
    )
    printed = json.dumps(setting_rows(settings))
    assert "s3cr3t-value" not in printed
    assert ":pw@" not in printed
