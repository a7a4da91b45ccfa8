"""Settings are read once and named with their source; the day is Shanghai's."""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from infrastructure import clock
from infrastructure.settings import SettingsError, load_settings


def test_without_any_setting_the_demo_starts() -> None:
    settings = load_settings({})
    assert (settings.env, settings.county, settings.port) == ("demo", "330482", 8000)
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.database_url.startswith("sqlite:///")
    assert settings.is_safe_demo
    assert settings.sources["HUIMIN_COUNTY"] == "default"


def test_secrets_never_show_when_settings_are_printed() -> None:
    settings = load_settings({"HUIMIN_SECRET_KEY": "very-secret-value"})
    assert "very-secret-value" not in repr(settings)
    assert "demo-field-key" not in repr(settings)


def test_keys_come_from_a_file_with_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text("\n".join(f"{n}:{base64.b64encode(bytes([n]) * 32).decode()}" for n in (1, 7)) + "\n")
    settings = load_settings({"HUIMIN_FIELD_KEYS_FILE": str(path)})
    assert settings.field_keys == {1: b"\x01" * 32, 7: b"\x07" * 32}
    assert settings.sources["HUIMIN_FIELD_KEYS"] == f"file {path}"


def test_every_unreadable_setting_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(
            {
                "HUIMIN_ENV": "prod",
                "PORT": "eighty",
                "HUIMIN_NOW": "soon",
                "HUIMIN_FIELD_KEYS": "1:zzz",
                "HUIMIN_SECRET_KEY_FILE": "/nowhere",
            }
        )
    assert len(refused.value.problems) == 5


def test_the_day_is_that_of_shanghai() -> None:
    with clock.freeze(datetime(2026, 6, 30, 15, 59, tzinfo=UTC)):
        assert clock.today() == date(2026, 6, 30)
    with clock.freeze(datetime(2026, 6, 30, 16, 0, tzinfo=UTC)):
        assert clock.today() == date(2026, 7, 1)
    with clock.freeze(datetime(2026, 7, 1, 0, 0)):
        assert clock.now() == datetime(2026, 6, 30, 16, 0, tzinfo=UTC)


def test_a_moved_clock_runs_on_and_returns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_frozen", None)
    assert not clock.is_moved()
    clock.start_at(datetime(2026, 6, 30, 9, 0, tzinfo=clock.SHANGHAI))
    try:
        first = clock.now()
        assert clock.today() == date(2026, 6, 30)
        assert clock.is_moved()
        assert timedelta(0) <= clock.now() - first < timedelta(seconds=5)
    finally:
        clock.start_at(None)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
