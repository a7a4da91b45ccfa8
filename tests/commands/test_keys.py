"""`flask keys rotate`: one more line in the file of field keys, and nothing that was sealed is lost."""

from __future__ import annotations

import base64
import os
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from infrastructure.crypto import FieldCipher, Unreadable
from infrastructure.settings import Settings, load_settings

OLD = f"1:{base64.b64encode(b'a' * 32).decode()},7:{base64.b64encode(b'b' * 32).decode()}"
Rotate = Callable[..., Result]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "field-keys"
    path.write_text(OLD, encoding="utf-8")
    path.chmod(0o640)
    return path


@pytest.fixture
def rotate(app: Flask, file: Path, monkeypatch: pytest.MonkeyPatch) -> Rotate:
    def run(*options: str, **environment: str) -> Result:
        parts = app.extensions["huimin"]
        settings = settings_with(**(environment or {"HUIMIN_FIELD_KEYS_FILE": str(file)}))
        monkeypatch.setitem(app.extensions, "huimin", replace(parts, settings=settings))
        return app.test_cli_runner().invoke(args=["keys", "rotate", *options])

    return run


def settings_with(**environment: str) -> Settings:
    return load_settings({"HUIMIN_ENV": "test", **environment})


def test_a_new_key_writes_and_the_old_ones_still_read(file: Path, rotate: Rotate) -> None:
    before = FieldCipher(settings_with(HUIMIN_FIELD_KEYS_FILE=str(file)).field_keys)
    sealed, found_by = before.seal("people", b"x"), before.blind_index("people", "x")
    told = rotate()
    assert told.exit_code == 0, told.output
    after = FieldCipher(settings_with(HUIMIN_FIELD_KEYS_FILE=str(file)).field_keys)
    assert (before.writing_key, after.writing_key) == (7, 8)
    assert after.open("people", sealed) == b"x"
    assert after.blind_index("people", "x") == found_by
    with pytest.raises(Unreadable):
        before.open("people", after.seal("people", b"y"))
    assert file.read_text(encoding="utf-8").startswith(OLD)
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [one.name for one in file.parent.iterdir() if one.name != file.name] == []
    added = file.read_text(encoding="utf-8").split("8:")[1].strip()
    assert len(base64.b64decode(added, validate=True)) == 32
    # What to do next is said, and the key itself is not.
    assert added not in told.output
    for words in ("备份", "一起开", "一行也不要删"):
        assert words in told.output


def test_twice_are_two_keys(file: Path, rotate: Rotate) -> None:
    assert [rotate().exit_code, rotate().exit_code] == [0, 0]
    keys = settings_with(HUIMIN_FIELD_KEYS_FILE=str(file)).field_keys
    assert sorted(keys) == [1, 7, 8, 9]
    assert keys[8] != keys[9]


def test_a_dry_run_says_the_number_and_writes_nothing(file: Path, rotate: Rotate) -> None:
    told = rotate("--dry-run")
    assert told.exit_code == 0
    assert "8 号" in told.output
    assert file.read_text(encoding="utf-8") == OLD


def test_without_a_file_it_refuses(file: Path, rotate: Rotate) -> None:
    told = rotate(HUIMIN_FIELD_KEYS=OLD)
    assert told.exit_code == 1
    assert "HUIMIN_FIELD_KEYS_FILE" in told.stderr
    assert "HUIMIN_FIELD_KEYS_FILE" in rotate(HUIMIN_COUNTY="330482").stderr


def test_an_empty_file_stays_empty(file: Path, rotate: Rotate) -> None:
    # Until now the key that everybody knows was in use: what it sealed could not be read beside a drawn one.
    file.write_text("", encoding="utf-8")
    told = rotate()
    assert told.exit_code == 1
    assert "一行密钥也没有" in told.stderr
    assert file.read_text(encoding="utf-8") == ""


def test_what_somebody_added_meanwhile_keeps_its_number(
    app: Flask, file: Path, rotate: Rotate, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile = f"{OLD}\n8:{base64.b64encode(b'c' * 32).decode()}\n"
    load = settings_with

    def slow(**environment: str) -> Settings:
        settings = load(**environment)
        file.write_text(meanwhile, encoding="utf-8")
        return settings

    monkeypatch.setattr("tests.commands.test_keys.settings_with", slow)
    assert rotate().exit_code == 0
    assert sorted(load(HUIMIN_FIELD_KEYS_FILE=str(file)).field_keys) == [1, 7, 8, 9]


def test_after_the_last_number_there_is_none(file: Path, rotate: Rotate) -> None:
    last = f"65535:{base64.b64encode(b'z' * 32).decode()}"
    file.write_text(last, encoding="utf-8")
    for options in (("--dry-run",), ()):
        assert rotate(*options).exit_code == 1
    assert file.read_text(encoding="utf-8") == last
    assert list(file.parent.glob(".*")) == []


def test_a_link_keeps_leading_to_the_file(file: Path, rotate: Rotate, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(file)
    assert rotate(HUIMIN_FIELD_KEYS_FILE=str(link)).exit_code == 0
    assert link.is_symlink()
    assert "\n8:" in file.read_text(encoding="utf-8")


def test_one_changes_it_at_a_time(file: Path, rotate: Rotate) -> None:
    (file.parent / ".field-keys.new").touch()
    told = rotate()
    assert told.exit_code == 1
    assert ".field-keys.new" in told.stderr
    assert file.read_text(encoding="utf-8") == OLD


def test_where_it_cannot_be_written_nothing_is_left_behind(
    file: Path, rotate: Rotate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    told = rotate()
    assert told.exit_code == 1
    assert file.read_text(encoding="utf-8") == OLD
    assert list(file.parent.glob(".*")) == []
