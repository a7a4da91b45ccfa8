"""The register of personal data is whole: no table, column, sealed key, form field or cookie beside it."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from pathlib import Path
from types import ModuleType

import pytest
import wtforms
from sqlalchemy import Table

import web.access
from admin import entering
from admin.views.members import SLIP_COOKIE
from admin.views.staff import LINK_COOKIE
from assistance import assessments, help_requests, retention
from assistance.data_register import RegisterError, data_register, read_register
from assistance.orm import EncryptedJson
from assistance.retention import RetentionError, read_table
from migrations.models import METADATA
from portal import sign_in_cookie
from portal.views.help_requests import DEVICE_COOKIE
from tests.architecture.test_imports import ROOT
from web.languages import LANGUAGE_COOKIE, SIZE_COOKIE

for models in (ROOT / "assistance").glob("*/models.py"):
    importlib.import_module(f"assistance.{models.parent.name}.models")

REGISTER = data_register()
TABLES = {table.name: table for table in METADATA.sorted_tables}
PATH = ROOT / "assistance" / "data_register.toml"
TEXT = PATH.read_text(encoding="utf-8")
TIMES = (ROOT / "assistance" / "retention.toml").read_text(encoding="utf-8")


def sealed_columns(table: Table) -> set[str]:
    return {column.name for column in table.columns if isinstance(column.type, EncryptedJson)}


def form_fields() -> dict[str, set[str]]:
    """Every form of both faces, by module and class, with the names of its fields."""
    found: dict[str, set[str]] = {}
    for package in ("portal.forms", "admin.forms"):
        folder = importlib.import_module(package)
        for module in pkgutil.iter_modules(folder.__path__):
            for name, form in forms_of(importlib.import_module(f"{package}.{module.name}")).items():
                found[f"{package}.{module.name}.{name}"] = form
    return found


def forms_of(module: ModuleType) -> dict[str, set[str]]:
    return {
        name: {field for field in dir(one) if hasattr(getattr(one, field), "field_class")}
        for name, one in vars(module).items()
        if isinstance(one, type) and issubclass(one, wtforms.Form) and one.__module__ == module.__name__
    }


def test_PIPL_5_every_table_stands_in_the_register_and_nothing_extra() -> None:
    assert set(REGISTER.tables) == set(TABLES)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_PIPL_5_every_column_has_its_class(name: str) -> None:
    entry, table = REGISTER.tables.get(name), TABLES[name]
    assert entry is not None
    assert set(entry.columns) == {column.name for column in table.columns}
    assert set(entry.sealed) == sealed_columns(table)


def test_PIPL_5_every_sealed_key_that_a_model_reads_stands_in_the_register() -> None:
    missing = []
    for path in sorted((ROOT / "assistance").glob("*/models.py")):
        for model in ast.parse(path.read_text(encoding="utf-8")).body:
            if not isinstance(model, ast.ClassDef) or not (named := _table_name(model)):
                continue
            for column, key in _keys_read(model):
                if REGISTER.unknown_keys(named, column, [key]):
                    missing.append(f"{named}.{column}: {key}")
    assert missing == []


def _table_name(model: ast.ClassDef) -> str:
    for line in model.body:
        if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "__tablename__":
            return str(ast.literal_eval(line.value))
    return ""


def _keys_read(model: ast.ClassDef) -> list[tuple[str, str]]:
    """What a model reads as self.sealed["key"] or self.sealed.get("key")."""
    found = []
    columns = sealed_columns(TABLES[_table_name(model)])
    for node in ast.walk(model):
        if isinstance(node, ast.Subscript):
            where, key = node.value, node.slice
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            where, key = node.func.value, node.args[0]
        else:
            continue
        text = ast.unparse(where)
        if text.removeprefix("self.") in columns and isinstance(key, ast.Constant):
            found.append((text.removeprefix("self."), str(key.value)))
    return found


def test_PIPL_5_every_form_field_stands_in_the_register_and_nothing_extra() -> None:
    registered = {name: set(entry.fields) for name, entry in REGISTER.forms.items()}
    questions = registered.pop("questionnaire")
    assert registered == form_fields()
    assert questions == set(assessments.FIELDS)


def test_PIPL_5_every_cookie_stands_in_the_register_and_nothing_extra() -> None:
    source = Path(web.access.__file__).read_text(encoding="utf-8")
    signing_in = set(re.findall(r'"(huimin_(?:resident|staff))"', source))
    scripts = (path.read_text(encoding="utf-8") for path in (ROOT / "static" / "js").glob("*.js"))
    assert set(REGISTER.cookies) == {
        *(name for script in scripts for name in re.findall(r"huimin_\w+", script)),
        assessments.COOKIE,
        LANGUAGE_COOKIE,
        SIZE_COOKIE,
        DEVICE_COOKIE,
        *signing_in,
        *sign_in_cookie.NAMES,
        entering.NAME,
        SLIP_COOKIE,
        LINK_COOKIE,
    }


def test_PIPL_13_every_handling_has_its_ground_and_is_used() -> None:
    used = {entry.handling for entry in REGISTER.tables.values()}
    used |= {entry.handling for entry in (*REGISTER.forms.values(), *REGISTER.cookies.values())}
    codes = [handling.code for handling in REGISTER.handlings]
    assert used - {None} == set(codes)
    assert len(codes) == len(set(codes))
    for handling in REGISTER.handlings:
        assert handling.ground in REGISTER.grounds


def test_PIPL_28_what_is_sensitive_is_sealed_or_only_says_which() -> None:
    open_columns = {
        (name, column)
        for name, entry in REGISTER.tables.items()
        for column, found in entry.columns.items()
        if found == "sensitive"
    }
    # Sealed under the receipt code; and two marks by which looks are refused and signers chosen.
    assert open_columns == {
        ("saved_answers", "sealed"),
        ("household_members", "is_under_court_guardianship"),
        ("household_members", "is_guardian_accused"),
    }


def test_DSL_21_every_class_of_the_register_is_one_of_the_grades() -> None:
    grades = {"plain", "pointer", "index", "personal", "sensitive", "secret", "sealed"}
    for entry in REGISTER.tables.values():
        assert set(entry.columns.values()) <= grades, entry.name
        if entry.handling is None:
            assert set(entry.columns.values()) == {"plain"}, entry.name


def test_PIPL_19_keeping_times_are_those_that_the_verbs_give() -> None:
    times = retention.classes()
    assert times["saved-answers"].days == assessments.KEPT_FOR.days
    assert times["help-requests"].days == help_requests.KEPT_DAYS
    assert times["own-device-day"].days == assessments.GOOD_FOR.days


def test_PIPL_47_every_class_is_used_or_waits() -> None:
    used = {time.code for handling in REGISTER.handlings for time in handling.keeps}
    for code, time in retention.classes().items():
        assert (code in used) != time.waits, code


def test_DA_21_the_job_never_deletes_an_archive_class() -> None:
    archive = {code for code, time in retention.classes().items() if time.is_archive}
    assert archive >= {"household-files", "case-files", "log", "payments", "staff"}
    for entry in REGISTER.tables.values():
        if entry.keep and entry.keep.is_archive:
            assert entry.keep.days is None
            assert entry.counts_from is None
            assert entry.keep.on_request in ("no", "outside_a_case")


def test_GA_20_logs_are_kept_a_year_and_more() -> None:
    times = retention.classes()
    assert times["security-logs"].days == 397
    assert times["security-logs"].least_days == 366
    assert times["log"].least_days >= 3 * 365


def test_every_time_names_a_clause_or_says_that_it_is_our_decision() -> None:
    for code, time in retention.classes().items():
        assert time.basis or time.is_own_decision, code
        for words in (time.says, time.at_end):
            assert not re.search("[\u4e00-\u9fff]", words.en), code


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            'handling = "messages"',
            'handling = "message"',
            "unknown handling “message”; did you mean messages",
        ),
        ('keep = "help-requests"', 'keep = "90-days"', "unknown keeping time “90-days”"),
        ('from = "created_at"', 'from = "created"', "unknown column “created”; did you mean created_at"),
        ('from = "saved_at"\n', "", "counts saved-answers from a column exactly where that class has days"),
        ('ground = "duty"', 'ground = "law"', "unknown ground “law”"),
        ('fields = "sensitive"', 'fields = "private"', "unknown class “private”"),
        ('index = ["lookup"]', 'index = ["id"]', "“id” of saved_answers stands in two classes"),
        ('plain = ["name", "holder", "until"]', 'personal = ["name"]', "names no handling"),
        ('sensitive = { zh = "手机号能', 'because = { zh = "手机号能', "unknown key “because”"),
        ('sensitive = { zh = "存款、收入', 'basis_two = { zh = "存款、收入', "does not say why (PIPL-30)"),
    ],
)
def test_a_mistake_in_the_register_is_named_with_file_and_line(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    assert old in TEXT
    path = tmp_path / "data_register.toml"
    path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RegisterError) as raised:
        read_register(path)
    assert says in str(raised.value)
    assert re.match(r"data_register\.toml, line \d+: ", str(raised.value))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("days = 397", "days = 180", "“days” is a whole number, at least 366"),
        ('action = "delete"', 'action = "forget"', "unknown action “forget”"),
        ("days = 30\n", "", "“days” stands with delete, empty and device"),
        ('basis = ["CSL-23; GA-20"]\n', "", "rests on a clause, or says that it is our decision"),
        ('on_request = "yes"', 'on_request = "maybe"', "unknown on_request"),
        ('basis = ["DA-13, 14, 21"]', 'basis = ["档案法"]', "is no row of the clause matrix"),
        ('basis = ["DA-13, 14, 21"]', 'basis = ["XX-13"]', "is no row of the clause matrix"),
        ("least_days = 366", "at_least = 366", "unknown key “at_least” in a class; did you mean"),
    ],
)
def test_a_mistake_in_the_keeping_times_is_named_with_file_and_line(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    assert old in TIMES
    path = tmp_path / "retention.toml"
    path.write_text(TIMES.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RetentionError) as raised:
        read_table(path)
    assert says in str(raised.value)
    assert re.match(r"retention\.toml, line \d+: ", str(raised.value))
