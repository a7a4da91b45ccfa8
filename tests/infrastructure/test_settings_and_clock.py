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


def test_a_demo_speaks_to_the_simulators_and_lets_staff_in_from_everywhere() -> None:
    settings = load_settings({"SIMULATORS_PORT": "8123"})
    assert settings.outside_services == {
        "HUIMIN_WECHAT_URL": "http://127.0.0.1:8123/wechat",
        "HUIMIN_ZLB_URL": "http://127.0.0.1:8123/zlb",
        "HUIMIN_SMS_URL": "http://127.0.0.1:8123/sms",
        "HUIMIN_SOURCES_URL": "http://127.0.0.1:8123/sources",
    }
    assert settings.is_staff_network("203.0.113.9")
    assert settings.is_staff_network("2001:db8::1")
    assert "known-to-everybody" not in repr(settings)


def test_the_oldest_clients_are_named_with_their_versions() -> None:
    settings = load_settings({"HUIMIN_MINIMUM_CLIENTS": "wxmp/1.4.2, zlb/1.0"})
    assert settings.minimum_clients == {"wxmp": (1, 4, 2), "zlb": (1, 0, 0)}
    assert load_settings({}).minimum_clients == {}


def test_staff_come_from_the_networks_named_and_in_production_from_nowhere_else() -> None:
    settings = load_settings({"HUIMIN_STAFF_NETWORKS": "10.20.0.0/16, 2001:db8::/32"})
    told = {
        name: settings.is_staff_network(name)
        for name in ("10.20.3.4", "10.21.0.1", "::ffff:10.20.3.4", "2001:db8::7", "", "10.20.3.4, 1.2.3.4")
    }
    assert [name for name, admitted in told.items() if admitted] == [
        "10.20.3.4",
        "::ffff:10.20.3.4",
        "2001:db8::7",
    ]
    assert not load_settings({"HUIMIN_ENV": "production"}).is_staff_network("10.20.3.4")


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:8001/wechat",
        "http://localhost:8001/wechat",
        "https://[::1]:8001/wechat",
        "http://[::ffff:127.0.0.1]:8001/wechat",
        "http://0.0.0.0:8001/wechat",
        "http://127.9.9.9:8001",
    ],
)
def test_production_refuses_the_address_of_the_simulators_however_it_is_written(address: str) -> None:
    settings = load_settings({"HUIMIN_ENV": "production", "HUIMIN_WECHAT_URL": address})
    assert "HUIMIN_WECHAT_URL leads to the simulators" in "\n".join(settings.unsafe_for_production())


def test_production_asks_for_https_and_secrets_from_files_of_every_service_outside() -> None:
    settings = load_settings(
        {
            "HUIMIN_ENV": "production",
            "HUIMIN_SMS_URL": "http://sms.example",
            "HUIMIN_SMS_KEY": "k" * 32,
            "HUIMIN_ZLB_URL": "OFF",
        }
    )
    problems = "\n".join(settings.unsafe_for_production())
    assert "HUIMIN_SMS_URL is not https" in problems
    assert "HUIMIN_SMS_KEY stands in the environment" in problems
    assert "HUIMIN_SOURCES_KEY_FILE is not set" in problems
    assert "HUIMIN_ZLB" not in problems
    assert settings.zlb_url == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HUIMIN_WECHAT_URL", "api.weixin.qq.com"),
        ("HUIMIN_WECHAT_URL", "https://user:secret@host"),
        ("HUIMIN_SMS_URL", "https://host/?key=1"),
        ("HUIMIN_SOURCES_URL", "https://host:port"),
        ("HUIMIN_SOURCES_URL", "ftp://host"),
        ("HUIMIN_STAFF_NETWORKS", "10.20.0.0/40"),
        ("HUIMIN_STAFF_NETWORKS", "everywhere"),
        ("HUIMIN_MINIMUM_CLIENTS", "alipay"),
        ("HUIMIN_MINIMUM_CLIENTS", "alipay/1"),
        ("HUIMIN_MINIMUM_CLIENTS", "wxmp/1.4.2.1"),
        ("HUIMIN_MINIMUM_CLIENTS", "WXMP/1.4"),
    ],
)
def test_an_address_or_network_that_cannot_be_one_is_named_without_its_value(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings({name: value})
    assert len(refused.value.problems) == 1
    assert name in refused.value.problems[0]
    assert value not in refused.value.problems[0]


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
