"""OpenFisca as the peer: its web API and its vectorised simulation beside ours, compared per variable.

Its variables are the country template's toy legislation and give no reasons; one of our policies with all its
findings is counted as one variable. It lives in a virtual environment of its own, made on demand.
"""

from __future__ import annotations

import datetime
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from assistance import policies
from bench.households import COUNTY, DAY, example_document, households_of_three, sample_standards
from bench.measuring import Bench, Compared, Row, faster, settled_memory
from bench.openfisca_situation import SITUATION, VARIABLES, YEAR_AND_MONTH
from bench.over_http import our_server
from bench.servers import ROOT, Request, compare_servers, free_port, server
from demo.generated_households import generated_snapshot
from infrastructure.clock import SHANGHAI

PLACE = ROOT / "instance" / "bench-venv"
PACKAGES = ("openfisca-core[web-api]", "openfisca-country-template", "setuptools")
SIDE = Path(__file__).with_name("openfisca_side.py")
AT_ONCE, QUICK_AT_ONCE = 200_000, 50_000
LOCALE = "zh_Hans_CN"
JSON = {"Content-Type": "application/json", "Accept-Language": "zh-CN"}


def run(bench: Bench) -> list[Row]:
    """One household in process, many at once, and the two web interfaces."""
    python = _python_with_openfisca()
    if python is None:
        print("  OpenFisca could not be installed here; the peer is left out")
        return []
    peer = _Peer(python)
    try:
        rows = [_one_household(bench, peer), _many_households(bench, peer)]
    finally:
        peer.end()
    return [*rows, _web(bench, python)]


def _python_with_openfisca() -> Path | None:
    python = PLACE / "bin" / "python"
    check = [str(python), "-c", "import openfisca_country_template, openfisca_web_api"]
    if python.exists() and subprocess.run(check, capture_output=True, check=False).returncode == 0:
        return python
    print(f"  installing OpenFisca into {PLACE.relative_to(ROOT)} …", flush=True)
    uv = Path(sys.executable).parent / "uv"
    make = [str(uv), "venv", "--clear", "--python", sys.executable, str(PLACE)]
    install = [str(uv), "pip", "install", "--python", str(python), *PACKAGES]
    for command in (make, install, check):
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
        except (OSError, subprocess.TimeoutExpired):
            return None
        if done.returncode != 0:
            print("  " + "\n  ".join(done.stderr.strip().splitlines()[-3:]))
            return None
    return python


class _Peer:
    """The other interpreter, told what to time."""

    def __init__(self, python: Path) -> None:
        self.process = subprocess.Popen(
            [str(python), str(SIDE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._answer()

    def seconds(self, what: str, number: int) -> float:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{what} {number}\n")
        self.process.stdin.flush()
        return float(self._answer())

    def _answer(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("OpenFisca's process ended")
        return line

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(15)


def _per_variable(pairs: list[tuple[float, float]], policies_number: int) -> Compared:
    """Each side's time by the number of variables that it worked out."""
    pairs = [(theirs / len(VARIABLES), ours / policies_number) for theirs, ours in pairs]
    return Compared(
        statistics.median(ours / theirs for theirs, ours in pairs),
        statistics.median(ours for _, ours in pairs),
        statistics.median(theirs for theirs, _ in pairs),
        len(pairs),
    )


def _one_household(bench: Bench, peer: _Peer) -> Row:
    catalogue, standards, households = policies.load_catalogue(), sample_standards(), households_of_three(40)

    def ours() -> float:
        began = time.process_time()
        for household in households:
            for verdict in policies.assess(catalogue, household, standards, on=DAY, county=COUNTY):
                verdict.as_json(LOCALE)
        return time.process_time() - began

    ours()
    number = len(households)
    with settled_memory():
        pairs = [(peer.seconds("one", number), ours()) for _ in range(bench.rounds)]
    compared = _per_variable(pairs, len(catalogue.policies))
    a_policy, a_variable = (seconds * 1e6 / number for seconds in (compared.ours, compared.reference))
    print(f"  one household: {a_policy:.0f} µs a policy, {a_variable:.0f} µs a variable")
    return faster("a variable of one household, ours with reasons", "OpenFisca in process", compared, None)


def _many_households(bench: Bench, peer: _Peer) -> Row:
    number = QUICK_AT_ONCE if bench.is_quick else AT_ONCE
    moment = datetime.datetime.combine(DAY, datetime.time(9), SHANGHAI)
    snapshot = generated_snapshot(number, seed=1, county=COUNTY, moment=moment)
    compiled = policies.compile_law(policies.load_catalogue(), sample_standards(), on=DAY, county=COUNTY)
    policies.sweep(snapshot, compiled)

    def ours() -> float:
        began = time.process_time()
        policies.sweep(snapshot, compiled)
        return time.process_time() - began

    pairs = [(peer.seconds("many", number), ours()) for _ in range(bench.rounds)]
    compared = _per_variable(pairs, len(compiled.of_households))
    path = f"a variable of {number:,} households at once"
    return faster(path, "OpenFisca's vectorised simulation", compared, None)


def _web(bench: Bench, python: Path) -> Row:
    """Requests a second by variable: two workers each, the same connections."""
    port = free_port()
    command = [
        str(python.with_name("openfisca")), "serve", "--country-package", "openfisca_country_template",
        "--port", str(port), "--workers", "2",
    ]  # fmt: skip
    asked = {**SITUATION, "persons": {name: dict(facts) for name, facts in SITUATION["persons"].items()}}
    family = dict(SITUATION["households"]["family"])
    family["housing_allowance"] = {YEAR_AND_MONTH: None}
    asked["households"] = {"family": family}
    for facts in asked["persons"].values():
        facts |= {name: {YEAR_AND_MONTH: None} for name in VARIABLES if name != "housing_allowance"}
    with (
        TemporaryDirectory(prefix="huimin-bench-") as name,
        our_server(Path(name)) as (our_port, environment),
        server(command, environment, port),
    ):
        theirs = Request(port, "/calculate", JSON, json.dumps(asked).encode())
        document = json.dumps(example_document()).encode()
        ours = Request(our_port, "/api/v1/assessments/evaluate", JSON, document)
        theirs.ask()
        verdicts = len(json.loads(ours.ask()[0])["verdicts"])
        whole = compare_servers(bench, ours, theirs)
    compared = Compared(
        whole.ratio * len(VARIABLES) / verdicts,
        whole.ours / verdicts,
        whole.reference / len(VARIABLES),
        whole.rounds,
    )
    each = f"{1 / whole.ours:,.0f} requests/s of {verdicts} policies"
    print(f"  web: {each}, OpenFisca {1 / whole.reference:,.0f} of {len(VARIABLES)} variables")
    return faster("a variable over HTTP, ours with reasons", "OpenFisca's web API", compared, None)
