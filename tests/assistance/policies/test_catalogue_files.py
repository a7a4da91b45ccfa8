"""A 56th policy touches two files; a file with a mistake stops the start and says what would be right."""

from __future__ import annotations

import datetime
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from assistance import policies
from tests.architecture.test_imports import ROOT
from tests.policies import test_situations

CATALOGUE = ROOT / "assistance" / "policies" / "catalogue"
SITUATIONS = ROOT / "tests" / "policies"
CODE = "winter-coal-subsidy"
NAMED = (
    "de-facto-unsupported-child-allowance",
    "elderly-care-service-subsidy",
    "orphan-allowance",
    "severe-disability-care-subsidy",
    "special-hardship-support",
    "winter-spring-relief",
)

POLICY = """\
code = "winter-coal-subsidy"
order = 560
department = "civil_affairs"
kind = "cash"
subject = "household"
family = "other"
life_events = ["low_income"]
application = "apply"
confidence = "uncertain"
excludes = ["winter-spring-relief"]
name = { zh = "冬天取暖补贴", en = "Winter coal subsidy" }
summary = { zh = "低保、低边家庭冬天买煤。", en = "Coal in winter for dibao and near-poor families." }
how_much = { zh = "一户一年 300 元。", en = "300 yuan a household a year." }
how = { zh = "1. 到村里说一声。", en = "1. Tell the village committee." }
where = { zh = "村（社区）。", en = "The village committee." }
documents = [
  { zh = "户口簿", en = "Household register" },
  { zh = "银行账户", en = "Bank account" },
]
needs = []
settled_by = []
sources = [
  { ref = "SAL_2026", articles = "32", from = 2026-07-01 },
  { ref = "ZJ_REG", articles = "33-37" },
]

[amount]
unit = "CNY/household/year"
confidence = "verified"
period = "year"

[[amount.cases]]
when = "cars == 0"
fen = 30000

[[editions]]

[[editions.all]]
when = "hukou_local"
says = { zh = "户口在本县", en = "The household is registered in this county" }

[[editions.all]]
when = "status intersects [dibao, dibian]"
says = { zh = "家里是低保或低边", en = "The household has dibao or near-poor status" }
do = { zh = "可以先办低保。", en = "The family can apply for dibao first." }

[[editions.all]]
when = "income_pc < local.dibao_standard"
says = { zh = "人均收入低于低保标准", en = "Income a person is below the dibao standard" }
note = { zh = "镇里核对。", en = "The town office checks." }

[[editions.none]]
when = "cars == 2"
says = { zh = "没有两辆车", en = "Not two cars" }

[[editions]]
from = 2026-07-01
drops = ["cars == 2"]

[[editions.any]]
when = "exists member k: k.age >= 60"
says = { zh = "家里有年满60岁的人", en = "Somebody of the household is 60 or older" }

[[editions.any]]
when = "exists member k: k.dis_grade in [1,2]"
says = { zh = "家里有一二级残疾的人", en = "Somebody has a disability of grade 1 or 2" }
"""

HOUSEHOLD = 'hukou_local = true, status = ["dibao"], size = 1, cars = 0'
NEW_SITUATIONS = f"""\
policy = "{CODE}"

[[situations]]
name = {{ zh = "得到的", en = "A family that gets it" }}
on = 2026-07-01
standards = {{ dibao_standard_fen = 110000 }}
household = {{ {HOUSEHOLD}, income_month_fen = 109999 }}
members = [{{ age = 60 }}]
outcome = "likely"
amount_fen = 30000
edition = "2026-07-01"

[[situations]]
name = {{ zh = "刚好到线", en = "One fen over the line" }}
on = 2026-07-01
standards = {{ dibao_standard_fen = 110000 }}
household = {{ {HOUSEHOLD}, income_month_fen = 110000 }}
members = [{{ age = 60 }}]
outcome = "not_now"

[[situations]]
name = {{ zh = "旧规定不看年龄", en = "Before the law of 2026 no age was asked" }}
on = 2026-06-30
standards = {{ dibao_standard_fen = 110000 }}
household = {{ {HOUSEHOLD}, income_month_fen = 109999 }}
members = [{{ age = 30 }}]
outcome = "likely"
edition = ""

[[situations]]
name = {{ zh = "范围跨线", en = "A band across the line" }}
on = 2026-07-01
standards = {{ dibao_standard_fen = 110000 }}
household = {{ {HOUSEHOLD}, income_month_fen = {{ min = 109999, max = 110000 }} }}
members = [{{ age = 60 }}]
outcome = "possible"
unknown = ["income_pc < local.dibao_standard"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The catalogue with the new policy's file in it."""
    copy = shutil.copytree(CATALOGUE, tmp_path / "catalogue")
    (copy / f"{CODE}.toml").write_text(POLICY, encoding="utf-8")
    return copy


def test_a_56th_policy_touches_two_files(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    situations = shutil.copytree(SITUATIONS, tmp_path / "situations")
    (situations / f"{CODE}.toml").write_text(NEW_SITUATIONS, encoding="utf-8")

    before, catalogue = policies.load_catalogue(), policies.load_catalogue(folder)
    assert (len(before.policies), len(catalogue.policies)) == (55, 56)
    new = catalogue.get(CODE)
    assert new is not None
    assert [edition.from_on for edition in new.editions] == [None, datetime.date(2026, 7, 1)]

    # The very functions that judge the other 55 policies' situations judge the new one's.
    monkeypatch.setattr(test_situations, "CATALOGUE", catalogue)
    monkeypatch.setattr(test_situations, "FOLDER", situations)
    own = [given.values for given in test_situations._situations() if given.values[0] == CODE]
    assert len(own) == 4
    for code, situation in own:
        test_situations.test_a_situation_comes_out_as_the_law_asks(code, situation)
    test_situations.test_every_policy_has_its_situations()
    test_situations.test_a_policy_has_a_household_that_gets_it_a_near_miss_and_a_missing_fact(new)

    # Its overlap shows from the other side too, whose file does not name it.
    document = {
        "county": "330482",
        "standards": {"dibao_standard_fen": 110000},
        "household": {"status": ["dibao"], "hukou_local": True, "income_month_fen": 1, "size": 1, "cars": 0},
        "members": [{"age": 60}],
    }
    answer = policies.evaluate(
        document,
        catalogue,
        is_county=lambda code: True,
        standards_for=lambda county, day: test_situations.LAW_ALONE,
        today=datetime.date(2026, 11, 22),
        locale="zh",
    )
    verdicts = {verdict["policy"]: verdict for verdict in answer["verdicts"]}  # type: ignore[attr-defined]
    assert len(verdicts) == 56
    assert verdicts[CODE]["amount_text"] == "每年约 300 元"
    assert CODE in verdicts["winter-spring-relief"]["excludes"]


def test_a_situation_that_comes_out_otherwise_is_noticed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (folder / f"{CODE}.toml").read_text(encoding="utf-8")
    (folder / f"{CODE}.toml").write_text(text.replace("income_pc <", "income_pc <="), encoding="utf-8")
    monkeypatch.setattr(test_situations, "CATALOGUE", policies.load_catalogue(folder))
    situation = test_situations.tomllib.loads(NEW_SITUATIONS)["situations"][1]
    with pytest.raises(AssertionError):
        test_situations.test_a_situation_comes_out_as_the_law_asks(CODE, situation)


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """A folder with only those policies that the new one and each other name."""
    folder = tmp_path / "few"
    folder.mkdir()
    for code in NAMED:
        shutil.copyfile(CATALOGUE / f"{code}.toml", folder / f"{code}.toml")
    return folder


# What is mistaken, what takes its place, where the mistake then stands, and what the message has to name.
MISTAKES = {
    "unknown key": ("kind = ", "kinds = ", "kinds = ", ["“kinds”", "did you mean kind"]),
    "unknown table": ("[amount]", "[amounts]", "[amounts]", ["“amounts”", "amount"]),
    "key missing": ('kind = "cash"\n', "", "code = ", ["“kind” is missing"]),
    "key of another type": ("order = 560", 'order = "560"', "order = ", ["“order” must be a int"]),
    "unknown key in a line": (
        'do = { zh = "可以',
        'doo = { zh = "可以',
        "doo = ",
        ["“doo”", "did you mean do"],
    ),
    "unknown key in an edition": ("drops = ", "drop = ", "drop = ", ["“drop”", "did you mean drops"]),
    "unknown group of lines": (
        '[[editions.any]]\nwhen = "exists member k: k.d',
        '[[editions.some]]\nwhen = "exists member k: k.d',
        "[[editions.some]]",
        ["“some”", "none"],
    ),
    "unknown key in the amount": (
        'period = "year"',
        'periods = "year"',
        "periods = ",
        ["“periods”", "period"],
    ),
    "unknown key in a case": ("fen = 30000", "fens = 30000", "fens = ", ["“fens”", "fen"]),
    "unknown key in a source": (
        'ref = "ZJ_REG", articles',
        'ref = "ZJ_REG", article',
        '"ZJ_REG"',
        ["“article”", "articles"],
    ),
    "unknown fact": ("income_pc <", "incom_pc <", "incom_pc", ["“incom_pc”", "income_pc"]),
    "unknown member fact": ("k.age >=", "k.aged >=", "k.aged", ["“k.aged”", "age"]),
    "unknown operator": ("income_pc < ", "income_pc =< ", "=<", ["operator “=<”", "<=", ">="]),
    "unknown word operator": (
        "status intersects",
        "status has",
        "status has",
        ["“has”", "includes, intersects"],
    ),
    "unknown standard": (
        "local.dibao_standard",
        "local.dibao_standart",
        "local.dibao_standart",
        ["“local.dibao_standart”", "dibao_standard"],
    ),
    "standard without local": (
        "local.dibao_standard",
        "dibao_standard",
        "< dibao_standard",
        ["dibao_standard"],
    ),
    "unknown department": (
        '"civil_affairs"',
        '"civil_afairs"',
        "department = ",
        ["department “civil_afairs”", "did you mean civil_affairs"],
    ),
    "unknown kind": ('kind = "cash"', 'kind = "cush"', "kind = ", ["kind “cush”", "cash"]),
    "unknown subject": ('"household"', '"family"', "subject = ", ["subject “family”", "household", "member"]),
    "unknown life event": ('["low_income"]', '["poverty"]', "life_events", ["“poverty”", "low_income"]),
    "unknown policy in excludes": (
        '["winter-spring-relief"]',
        '["winter-relief"]',
        "excludes",
        ["“winter-relief”", "winter-spring-relief"],
    ),
    "county without six digits": (
        "excludes = ",
        'applies_in = ["平湖"]\nexcludes = ',
        "applies_in",
        ["six digits"],
    ),
    "unknown citation": ('"ZJ_REG"', '"ZJ_RAG"', '"ZJ_RAG"', ["citation “ZJ_RAG”", "did you mean ZJ_REG"]),
    "articles that nobody can read": (
        '"33-37"',
        '"33 to 37"',
        "33 to 37",
        ["“33 to 37”", "9-12,48 or 26(3)"],
    ),
    "source from no day": ("from = 2026-07-01 }", 'from = "July" }', '"July"', ["from = 2026-07-01"]),
    "unknown policy in received": (
        "exists member k: k.age >= 60",
        "exists member k: received(orphan-alowance)",
        "orphan-alowance",
        ["policy “orphan-alowance”", "did you mean orphan-allowance"],
    ),
    "policy received by a household": (
        'when = "cars == 2"',
        'when = "received(orphan-allowance)"',
        "received(",
        ["received by a person", "say it of a member"],
    ),
    "status that no person receives": (
        "exists member k: k.age >= 60",
        "exists member k: received(dibian)",
        "received(dibian)",
        ["dibao, tekun or a policy's code"],
    ),
    "unknown word": ("[dibao, dibian]", "[dibao, dibean]", "dibean", ["“dibean”", "did you mean dibian"]),
    "unknown list": (
        "exists member k: k.age >= 60",
        "exists member k: k.father in sets.WORSE",
        "sets.WORSE",
        ["list “sets.WORSE”", "BAD"],
    ),
    "sentence in one language": (
        'zh = "没有两辆车", en = "Not two cars"',
        'zh = "没有两辆车"',
        "没有两辆车",
        ["“says” needs one sentence in zh and one in en"],
    ),
    "empty sentence": ('en = "Winter coal subsidy"', 'en = " "', "name = ", ["“name” needs"]),
    "note in one language": (', en = "The town office checks."', "", "镇里核对", ["“note” needs"]),
    "second document in one language": (', en = "Bank account"', "", "银行账户", ["“documents” needs"]),
    "line without its sentence": (
        'says = { zh = "没有两辆车", en = "Not two cars" }\n',
        "",
        "[[editions.none]]",
        ["“says” needs"],
    ),
    "line without its condition": (
        'when = "cars == 2"\n',
        "",
        "[[editions.none]]",
        ["a line needs a text: when"],
    ),
    "editions out of order": (
        "[[editions]]\n\n",
        "[[editions]]\nfrom = 2026-12-01\n\n",
        "from = 2026-07-01\ndrops",
        ["2026-07-01 is not after 2026-12-01"],
    ),
    "edition without its day": (
        "from = 2026-07-01\ndrops",
        "drops",
        "[[editions]]\ndrops",
        ["begins on a day"],
    ),
    "edition without a requirement": (
        POLICY[POLICY.index("[[editions.all]]") : POLICY.index("[[editions.none]]")],
        "",
        "[[editions]]\n\n",
        ["at least one line of all or any"],
    ),
    "no edition": (POLICY[POLICY.index("[[editions]]") :], "", "code = ", ["“editions” is missing"]),
    "drops a line that is not there": (
        'drops = ["cars == 2"]',
        'drops = ["cars == 3"]',
        "drops = ",
        ["“cars == 3”", "cars == 2"],
    ),
    "code that is not the file's name": (
        'code = "winter-coal-subsidy"',
        'code = "winter-coal"',
        "code = ",
        ["“winter-coal”", "“winter-coal-subsidy”"],
    ),
    "TOML that cannot be read": ("order = 560", "order = 560 yuan", "order = ", ["Expected newline"]),
    "TOML that ends too early": ('grade 1 or 2" }\n', "grade 1 or 2", 'says = { zh = "家里有一二级', []),
    "unverified amount that is worked out": (
        'confidence = "verified"',
        'confidence = "known"',
        "[[amount.cases]]",
        ["only a verified amount in CNY"],
    ),
    "amount worked out in another unit": ('"CNY/household/year"', '"kg/year"', "[[amount.cases]]", ["CNY"]),
    "unknown confidence": ('"verified"', '"certain"', '"certain"', ["“certain”", "verified, known"]),
    "unknown period": (
        'period = "year"',
        'period = "week"',
        "period = ",
        ["“week”", "month, year, once, none"],
    ),
    "unknown formula": ("fen = 30000", 'formula = "top_up"', "formula", ["“top_up”", "top_up_to_standard"]),
    "amount in yuan and fen": ("fen = 30000", "fen = 300.5", "fen = ", ["whole fen"]),
    "share that is no number": (
        "fen = 30000",
        'percent_of_standard = "half"',
        "percent_of_standard",
        ["must be a number"],
    ),
    "amount of a standard that is no money": (
        "fen = 30000",
        'most_standard = "dibao_asset_years"',
        "most_standard",
        ["“dibao_asset_years”"],
    ),
    "unknown fact in a case": ('when = "cars == 0"', 'when = "care == 0"', "care == 0", ["“care”", "cars"]),
    "two facts multiplied": ("income_pc <", "income_pc * liquid <", "liquid <", ["multiplies facts"]),
    "fact used twice": ("income_pc <", "income_pc + income_ratio <", "+ income_ratio", ["twice"]),
    "number where a word is meant": (
        "k.age >= 60",
        "k.stage == 3",
        "k.stage",
        ["“3” is not a value of “stage”", "primary"],
    ),
    "word where a number is meant": (
        "k.age >= 60",
        "k.age >= primary",
        "primary",
        ["“primary”, a value of stage"],
    ),
    "answer to a yes or no": (
        'when = "hukou_local"',
        'when = "hukou_local == true"',
        "== true",
        ["yes or no", "write it alone"],
    ),
    "member fact in a household line": (
        'when = "cars == 2"',
        'when = "age >= 60"',
        'when = "age',
        ["“age” belongs to a member", "exists, every, no or count"],
    ),
    "household fact of a member": ("k.age >= 60", "k.cars_ >= 60", "k.cars_", ["“k.cars_”", "cars"]),
    "bracket left open": ("[dibao, dibian]", "[dibao, dibian", "[dibao, dibian", ["expected “]”"]),
    "words left open": ('"cars == 2"\nsays', '"judged(two cars"\nsays', "judged", ["bracket is not closed"]),
    "nothing said": ('"cars == 2"\nsays', '"judged()"\nsays', "judged", ["says nothing"]),
    "something left over": ('"hukou_local"', '"hukou_local cars"', "hukou_local cars", ["“cars”"]),
    "county that is none": ('"hukou_local"', '"county == 平湖"', "平湖", ["平湖"]),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_by_file_and_line_with_what_would_be_right(few: Path, mistake: str) -> None:
    right, wrong, place, words = MISTAKES[mistake]
    assert right in POLICY
    text = POLICY.replace(right, wrong, 1)
    (few / f"{CODE}.toml").write_text(text, encoding="utf-8")
    with pytest.raises(policies.CatalogueError) as caught:
        policies.load_catalogue(few)
    message = str(caught.value)
    assert message.startswith(f"{CODE}.toml, line {line_of(text, place)}: "), message
    for word in words:
        assert word in message, message
    assert "\n" not in message


def test_a_circle_of_received_is_named_with_its_way_round(few: Path) -> None:
    """Special hardship support already asks for the orphan allowance; that one now asks back."""
    path = few / "orphan-allowance.toml"
    text = path.read_text(encoding="utf-8") + (
        '\n[[editions.none]]\nwhen = "received(tekun)"\nsays = { zh = "没有供养", en = "Not supported" }\n'
    )
    path.write_text(text, encoding="utf-8")
    with pytest.raises(policies.CatalogueError) as caught:
        policies.load_catalogue(few)
    message = str(caught.value)
    name = message.partition(".toml, line ")[0]
    line = int(message.partition(", line ")[2].partition(":")[0])
    assert "received(" in (few / f"{name}.toml").read_text(encoding="utf-8").splitlines()[line - 1]
    assert f"{name} → " in message
    assert message.endswith((" → special-hardship-support", " → orphan-allowance"))


def test_every_bad_file_is_named_at_once(few: Path) -> None:
    (few / f"{CODE}.toml").write_text(POLICY, encoding="utf-8")
    for code, right in (("orphan-allowance", "subject"), (CODE, "kind")):
        path = few / f"{code}.toml"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(f"\n{right} = ", f"\n{right}s = ", 1), encoding="utf-8")
    with pytest.raises(policies.CatalogueError) as caught:
        policies.load_catalogue(few)
    problems = str(caught.value).splitlines()
    assert [problem.partition(",")[0] for problem in problems] == ["orphan-allowance.toml", f"{CODE}.toml"]


def test_a_file_in_another_encoding_is_named(few: Path) -> None:
    (few / f"{CODE}.toml").write_bytes(POLICY.encode("gb18030"))
    with pytest.raises(policies.CatalogueError, match=rf"{CODE}.toml, line 1: the file is not UTF-8"):
        policies.load_catalogue(few)


def test_the_command_names_what_is_wrong_with_file_and_line(app: Flask, folder: Path) -> None:
    checked = app.test_cli_runner().invoke(args=["policies", "check", "--folder", str(folder)])
    assert checked.exit_code == 0, checked.output
    assert "56" in checked.output
    broken = shutil.copytree(folder, folder.with_name("broken"))
    text = POLICY.replace("income_pc <", "incom_pc <")
    (broken / f"{CODE}.toml").write_text(text, encoding="utf-8")
    refused = app.test_cli_runner().invoke(args=["policies", "check", "--folder", str(broken)])
    assert refused.exit_code == 1
    assert f"{CODE}.toml, line {line_of(text, 'incom_pc')}: unknown fact “incom_pc”" in refused.output


def line_of(text: str, place: str) -> int:
    return text[: text.index(place)].count("\n") + 1


STARTS = {
    "command": "import sys; sys.argv = ['flask', 'policies', 'list']; from flask.cli import main; main()",
    "server": "import wsgi; wsgi.create_server()",
}


@pytest.mark.parametrize("start", STARTS)
def test_a_broken_catalogue_stops_every_start_without_a_traceback(
    few: Path, tmp_path: Path, start: str
) -> None:
    text = POLICY.replace("income_pc <", "incom_pc <")
    (few / f"{CODE}.toml").write_text(text, encoding="utf-8")
    moved = (
        "import pathlib; from assistance.policies import catalogue_file;"
        f"catalogue_file.CATALOGUE_FOLDER = pathlib.Path({str(few)!r});"
    )
    stopped = subprocess.run(
        [sys.executable, "-c", moved + STARTS[start]],
        cwd=ROOT,
        env={**os.environ, "HUIMIN_ENV": "test", "HUIMIN_INSTANCE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert stopped.returncode == 1
    assert f"{CODE}.toml, line {line_of(text, 'incom_pc')}: unknown fact “incom_pc”" in stopped.stderr
    assert "did you mean income_pc" in stopped.stderr
    assert "Traceback" not in stopped.stderr
    assert stopped.stdout == ""
