"""The desk's JSON gives out codes, shows messages, and breaks and mends services and sources."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from infrastructure import clock
from infrastructure.platforms import SmsClient, WechatClient, ZlbClient
from infrastructure.settings import DEFAULT_OUTSIDE_SECRETS, load_settings
from simulators import NotHere, Running, create_app, create_server, named_people, source_list

ROOT = Path(__file__).resolve().parents[2]
CHEN = named_people()["chen-guoliang"]


@pytest.fixture
def desk(simulators: Running) -> httpx.Client:
    return httpx.Client(base_url=f"{simulators.url}/desk", trust_env=False)


def settings_of(simulators: Running):
    return load_settings({"HUIMIN_ENV": "test", **simulators.environment})


def test_codes_for_a_named_person_and_for_any_phone(simulators: Running, desk: httpx.Client) -> None:
    settings = settings_of(simulators)
    wechat = WechatClient(settings.wechat_url, settings.wechat_app_id, settings.wechat_app_secret)
    given = desk.post("/wechat/codes", json={"person": "chen-guoliang"}).json()
    assert wechat.sign_in(given["code"]).openid == given["openid"] == CHEN.openid
    assert wechat.phone(given["phone_code"]) == CHEN.phone
    by_phone = desk.post("/wechat/codes", json={"phone": "199 0000 0011"}).json()
    assert by_phone["openid"] == CHEN.openid
    other = desk.post("/wechat/codes", json={"phone": "13800000000"}).json()
    assert other["openid"] != CHEN.openid
    assert wechat.phone(other["phone_code"]) == "13800000000"


def test_tickets_of_zlb(simulators: Running, desk: httpx.Client) -> None:
    settings = settings_of(simulators)
    zlb = ZlbClient(settings.zlb_url, settings.zlb_service_code, settings.zlb_service_password)
    ticket = desk.post("/zlb/tickets", json={"person": "lu-xiuzhen"}).json()["ticket"]
    assert zlb.sign_in(ticket).name == "陆秀珍"
    assert desk.post("/zlb/tickets", json={"phone": "13800000000"}).status_code == 400


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/wechat/codes", {}),
        ("/wechat/codes", {"person": "nobody"}),
        ("/wechat/codes", {"phone": "123"}),
        ("/wechat/codes", {"person": "chen-ayi"}),
        ("/services/post", {"state": "down"}),
        ("/services/sms", {"state": "sleepy"}),
        ("/sources/tax", {"state": "sleepy"}),
        ("/sources/no-such-source", {"state": "down"}),
        ("/sources/tax", {"state": "slow", "seconds": "long"}),
    ],
)
def test_what_is_not_there_is_said(desk: httpx.Client, path: str, body: dict[str, str]) -> None:
    answer = desk.post(path, json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_messages_of_one_phone_newest_first(simulators: Running, desk: httpx.Client) -> None:
    sms = SmsClient(f"{simulators.url}/sms", DEFAULT_OUTSIDE_SECRETS["HUIMIN_SMS_KEY"])
    for number, code in enumerate(("111111", "222222")):
        sms.send("19900000011", "sign_in_code", {"code": code}, f"k{number}")
    sms.send("19900000012", "sign_in_code.en", {"code": "333333"}, "k9")
    found = desk.get("/messages", params={"phone": "19900000011"}).json()["messages"]
    assert [one["code"] for one in found] == ["222222", "111111"]
    assert "222222" in found[0]["text"]
    assert found[0]["text"].startswith("【")
    assert len(desk.get("/messages").json()["messages"]) == 3


def test_sources_are_broken_and_mended_one_by_one_or_all(desk: httpx.Client) -> None:
    assert desk.post("/sources/tax", json={"state": "down"}).json() == {"state": "down"}
    states = {one["code"]: one["state"] for one in desk.get("/sources").json()["sources"]}
    assert states["tax"] == "down"
    assert states["vehicles"] == "ok"
    desk.post("/sources/all", json={"state": "busy"})
    assert {one["state"] for one in desk.get("/sources").json()["sources"]} == {"busy"}
    desk.post("/reset", json={})
    assert {one["state"] for one in desk.get("/sources").json()["sources"]} == {"ok"}
    assert desk.get("/sources/tax/calls").json() == {"source": "tax", "count": 0, "let_in": 0, "calls": []}
    assert len(desk.get("/sources").json()["sources"]) == len(source_list.codes())


def test_named_people_are_listed(desk: httpx.Client) -> None:
    people = desk.get("/people").json()["people"]
    assert len(people) == len(named_people())
    assert people[0]["key"] == "chen-ayi"


def test_a_form_of_another_site_does_nothing(simulators: Running, desk: httpx.Client) -> None:
    answer = desk.post("/sources/all", data={"state": "down"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert simulators.world.source_fault("tax").state == "ok"


def test_the_clock_begins_where_the_setting_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIMIN_ENV", "test")
    monkeypatch.setenv("HUIMIN_NOW", "2026-06-30T09:00:00+08:00")
    monkeypatch.setattr(clock, "_frozen", None)
    app = create_server()
    client = app.test_client()
    told = client.post("/desk/wechat/codes", json={"person": "chen-guoliang"}).get_json()
    assert told["expires_at"].startswith("2026-06-30T01:05:0")


def test_production_has_no_simulators() -> None:
    with pytest.raises(NotHere):
        create_app(load_settings({"HUIMIN_ENV": "production"}))
    done = subprocess.run(
        [sys.executable, "-m", "simulators"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HUIMIN_ENV": "production"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert "do not start in production" in done.stderr
