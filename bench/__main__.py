"""Runs every bench and prints one table: `python -m bench [--quick] [NAME …]`."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import platform
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

from bench.measuring import Bench, Row
from infrastructure.clock import SHANGHAI

NAMES = (
    "one_household",
    "sweep",
    "pages",
    "own_pages",
    "sign_in",
    "over_http",
    "wire",
    "start",
    "audit",
    "checks",
    "openfisca_peer",
)
RESULTS = Path(__file__).with_name("RESULTS.md")


def main() -> int:
    """Run what was asked for, print the table, and keep it when it is whole."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs; nothing is kept")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; all by default")
    chosen = parser.parse_args()
    unknown = set(chosen.names) - set(NAMES)
    if unknown:
        parser.error(f"no such bench: {', '.join(sorted(unknown))}")
    bench, rows = Bench(chosen.quick), []
    for name in chosen.names or NAMES:
        rows += run_one(name, bench)
    text = table(rows)
    print("\n" + text)
    if not chosen.quick and not chosen.names:
        RESULTS.write_text(f"# Results\n\n{circumstances()}\n\n{text}\n", encoding="utf-8")
        print(f"\nKept in {RESULTS.name}.")
    return 0


def run_one(name: str, bench: Bench) -> list[Row]:
    """One bench's rows; what cannot run here says so and does not stop the others."""
    if importlib.util.find_spec(f"bench.{name}") is None:
        print(f"{name}: not there")
        return []
    began = time.perf_counter()
    print(f"{name} …", flush=True)
    try:
        # One bench that fails must not hide the figures of the others.
        rows: list[Row] = importlib.import_module(f"bench.{name}").run(bench)
    except Exception as error:
        print(f"  failed: {type(error).__name__}: {error}", file=sys.stderr)
        return [Row(name, "–", "failed", "–", 0, True)]
    print(f"  {time.perf_counter() - began:.0f} s", flush=True)
    return rows


def table(rows: list[Row]) -> str:
    """The rows as Markdown; what misses its goal is marked."""
    lines = ["| path | reference | ratio | goal | runs |", "|---|---|---|---|---|"]
    for row in rows:
        ratio = f"{row.ratio} (missed)" if row.misses_goal else row.ratio
        lines.append(f"| {row.path} | {row.reference} | {ratio} | {row.goal} | {row.runs} |")
    return "\n".join(lines)


def circumstances() -> str:
    """When, where, of what and how, in one sentence."""
    day = datetime.now(SHANGHAI).date().isoformat()
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    return (
        f"{day}, commit {commit or 'unknown'}, `make bench` (`python -m bench`), {os.cpu_count()} shared "
        f"cores, {memory()}, CPython {platform.python_version()}, {platform.system()}."
    )


def memory() -> str:
    """The machine's memory in words."""
    try:
        whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return "memory unknown"
    return f"{whole / 1024**3:.0f} GB of memory"


if __name__ == "__main__":
    sys.exit(main())
