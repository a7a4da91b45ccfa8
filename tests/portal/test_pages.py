"""Every public page, in each language and size: valid, light, and kept only where nothing is personal."""

from __future__ import annotations

import gzip
import re
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask

import wsgi
from infrastructure import clock
from infrastructure.languages import language, locales
from tests.complaining_client import ComplainingClient
from tests.conftest import settings_of_test
from web.languages import SIZES
from web.pages import KEPT_PAGES
from web.static_files import ROOT, StaticFiles

# Bytes over the wire, as the issue sets them.
LIGHT, POLICY, LIST = 6 * 1024, 10 * 1024, 20 * 1024
BUDGETS = {
    "/": LIGHT,
    "/privacy": LIST,
    "/accessibility": LIGHT,
    "/contact": LIGHT,
    "/help-requests/new": LIGHT,
    "/help-requests/new?policy=temporary-relief": LIGHT,
    "/help-requests/withdrawn": LIGHT,
    "/no-such-page": LIGHT,
    "/policies": LIST,
    "/policies?by=department": LIST,
    "/policies?q=低保": LIST,
    "/policies/minimum-living-allowance": POLICY,
}
PUBLIC = [
    address for address in BUDGETS if not address.startswith(("/help-requests", "/no-such", "/policies?q"))
]


def choose(client: ComplainingClient, locale: str, size: int = 20) -> None:
    client.set_cookie("huimin_lang", locale)
    client.set_cookie("huimin_size", str(size))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("locale", locales())
@pytest.mark.parametrize("address", BUDGETS)
def test_a_page_is_valid_and_light(client: ComplainingClient, address: str, locale: str, size: int) -> None:
    choose(client, locale, size)
    plain = client.get(address)
    assert plain.status_code == (404 if "no-such" in address else 200)
    assert f'data-size="{size}"' in plain.text
    assert f'lang="{language(locale).html}"' in plain.text
    packed = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) <= BUDGETS[address]


@pytest.mark.parametrize("locale", locales())
def test_every_policy_is_valid_and_light(client: ComplainingClient, app: Flask, locale: str) -> None:
    choose(client, locale)
    parts = app.extensions["huimin"]
    shown = [policy for policy in parts.catalogue.policies if policy.applies_to(parts.settings.county)]
    assert len(shown) > 50
    for policy in shown:
        page = client.get(f"/policies/{policy.code}")
        assert page.status_code == 200
        assert policy.name.in_language(locale) in page.text.replace("&#39;", "'").replace("&#34;", '"')
        assert len(gzip.compress(page.data, 9)) <= POLICY


def test_the_first_visit_fits_a_slow_network(client: ComplainingClient) -> None:
    sheet = gzip.compress((ROOT / "css/site.css").read_bytes(), 9)
    script = gzip.compress((ROOT / "js/site.js").read_bytes(), 9)
    home = client.get("/", headers={"Accept-Encoding": "gzip"})
    assert len(sheet) <= 10 * 1024
    assert len(script) <= 5 * 1024
    assert len(sheet) + len(script) + len(home.data) <= 40 * 1024


def test_every_page_names_the_office_and_promises_what_it_never_asks(client: ComplainingClient) -> None:
    for address in BUDGETS:
        page = client.get(address).text
        assert "平湖市民政局" in page
        assert "不收费、不问银行卡密码、不用转账" in page
        assert 'href="/privacy"' in page
        assert 'href="/accessibility"' in page
        assert 'class="skip" href="#content"' in page


def test_an_english_page_has_no_chinese_but_names(client: ComplainingClient, app: Flask) -> None:
    choose(client, "en")
    names = {"平湖市民政局", "中文"}
    for address in ("/", "/privacy", "/accessibility", "/contact", "/policies", "/no-such-page"):
        text = client.get(address).text
        for name in names:
            text = text.replace(name, "")
        found = {letter for letter in text if "\u4e00" <= letter <= "\u9fff"}
        assert not found, f"{address}: {''.join(sorted(found))}"


def test_the_browsers_language_is_used_until_another_is_chosen(client: ComplainingClient) -> None:
    english = client.get("/", headers={"Accept-Language": "en-GB,en;q=0.9"})
    assert 'lang="en"' in english.text
    assert "Accept-Language" in english.headers["Vary"]
    assert "Cookie" in english.headers["Vary"]
    assert 'lang="zh-CN"' in client.get("/", headers={"Accept-Language": "fr"}).text
    choose(client, "zh")
    assert 'lang="zh-CN"' in client.get("/", headers={"Accept-Language": "en"}).text


def test_forged_language_and_size_cookies_are_ignored(client: ComplainingClient) -> None:
    client.set_cookie("huimin_lang", "../../etc")
    client.set_cookie("huimin_size", "9999")
    page = client.get("/")
    assert 'data-size="20"' in page.text
    assert 'lang="zh-CN"' in page.text


@pytest.mark.parametrize("address", PUBLIC)
def test_an_unchanged_public_page_is_not_sent_again(client: ComplainingClient, address: str) -> None:
    first = client.get(address)
    assert first.headers["Cache-Control"] == "public, no-cache"
    assert "Set-Cookie" not in first.headers
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.data == b""
    choose(client, "en")
    assert client.get(address, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


@pytest.mark.parametrize("address", ["/policies?q=癌症", "/help-requests/new", "/no-such-page"])
def test_what_may_be_personal_is_kept_nowhere(client: ComplainingClient, address: str) -> None:
    page = client.get(address)
    assert page.headers["Cache-Control"] == "private, no-store"
    assert "ETag" not in page.headers


def test_home_with_answers_begun_is_private(client: ComplainingClient) -> None:
    assert "接着填" not in client.get("/").text
    client.set_cookie("huimin_answers", "anything")
    unreadable = client.get("/")
    assert "接着填" not in unreadable.text
    assert unreadable.headers["Cache-Control"] == "private, no-store"
    token = re.findall(r'name="csrf_token" value="([^"]*)"', client.get("/assessment").text)[-1]
    start = client.post("/assessment", data={"csrf_token": token, "helped": "yes"})
    question = client.get(start.location).text
    token = re.findall(r'name="csrf_token" value="([^"]*)"', question)[0]
    field, value = re.findall(r'type="radio" id="[^"]*" name="([^"]*)" value="([^"]*)"', question)[0]
    assert client.post(start.location, data={"csrf_token": token, field: value}).status_code == 303
    page = client.get("/")
    assert "接着填（第" in page.text
    assert page.headers["Cache-Control"] == "private, no-store"
    other = client.application.test_client()
    assert "接着填" not in other.get("/").text


def test_home_has_at_most_six_rows_and_each_leads_somewhere(client: ComplainingClient) -> None:
    page = client.get("/").text
    content = page[page.index("<main") : page.index("</main>")]
    addresses = [
        part.split('"', 1)[0]
        for part in content.split('class="cell')[1:]
        for part in part.split('href="')[1:2]
    ]
    assert 3 <= len(addresses) <= 6
    for address in addresses:
        assert client.get(address, follow_redirects=True).status_code == 200


def test_a_public_page_follows_the_day(client: ComplainingClient) -> None:
    address = "/policies/minimum-living-allowance"
    assert "社会救助法" in client.get(address).text
    with clock.freeze(datetime(2026, 6, 30, 12, 0, tzinfo=clock.SHANGHAI)):
        assert "社会救助法 " not in client.get(address).text
    assert "社会救助法" in client.get(address).text


def test_the_store_of_public_pages_is_bounded(client: ComplainingClient, app: Flask) -> None:
    client.get("/")
    for number in range(50):
        client.get(f"/policies?q=x{number}&by=department&page={number}")
        client.get(f"/policies?by={number}")
    assert len(app.extensions["huimin.public_pages"]) <= KEPT_PAGES
    assert not any("q=" in key[1] for key in app.extensions["huimin.public_pages"])


@pytest.mark.parametrize("pixels", SIZES)
def test_the_size_switch_works_without_a_script(client: ComplainingClient, pixels: int) -> None:
    answer = client.get(f"/text-size/{pixels}?back=/policies?by=department")
    assert answer.status_code == 303
    assert answer.location == "/policies?by=department"
    assert f'data-size="{pixels}"' in client.get("/").text
    assert client.get("/text-size/99").status_code == 404


def test_the_language_switch_goes_back_to_the_page(client: ComplainingClient) -> None:
    page = client.get("/policies?by=department").text
    assert 'href="/language/en?back=/policies%3Fby%3Ddepartment"' in page
    answer = client.get("/language/en?back=/policies%3Fby%3Ddepartment")
    assert answer.location == "/policies?by=department"
    assert 'lang="en"' in client.get(answer.location).text
    assert client.get("/language/xx").status_code == 404


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/no-such-page",
        "policies",
        "",
        "/language/en?back=/",
        "/%2F%2Fevil.example",
        "http:///evil.example",
        "/text-size/30",
        "\t//evil.example",
        "/policies\r\nSet-Cookie: x=1",
    ],
)
def test_a_switch_never_leads_elsewhere(client: ComplainingClient, back: str) -> None:
    answer = client.get("/language/zh", query_string={"back": back})
    assert answer.status_code in (303, 400)
    if answer.status_code == 303:
        assert answer.location in ("/", "/policies"), answer.location
        assert "x=1" not in answer.headers.getlist("Set-Cookie")


def test_search_engines_are_told_what_to_leave_alone(client: ComplainingClient) -> None:
    robots = client.get("/robots.txt")
    assert robots.mimetype == "text/plain"
    assert "Disallow: /assessment/" in robots.text
    assert client.get("/favicon.ico").status_code == 302
    assert client.get(client.get("/favicon.ico").location).mimetype == "image/png"


def test_the_manifest_and_its_icons_are_there(client: ComplainingClient) -> None:
    page = client.get("/").text
    manifest = page.split('rel="manifest" href="')[1].split('"')[0]
    icons = client.get(manifest).get_json()["icons"] if client.get(manifest).is_json else []
    folder = manifest.rsplit("/", 1)[0]
    assert client.get(manifest).mimetype == "application/manifest+json"
    for one in icons:
        assert client.get(f"{folder}/{one['src']}").status_code == 200


def test_the_listen_button_stays_hidden_without_a_script(client: ComplainingClient) -> None:
    page = client.get("/").text
    assert 'class="listen" type="button" hidden' in page


def test_nothing_old_telephones_cannot_read(client: ComplainingClient) -> None:
    sheet = (ROOT / "css/site.css").read_text(encoding="utf-8")
    for word in ("aspect-ratio", "inset:", ":has(", "clamp(", "min(", "max(", "@layer", "gap:"):
        assert word not in sheet, word
    script = (ROOT / "js/site.js").read_text(encoding="utf-8")
    for word in ("?.", "??", "=> {", "import ", "export ", "async "):
        assert word not in script, word


def test_pages_never_say_what_residents_never_read() -> None:
    templates = Path(ROOT).parent / "templates"
    for path in templates.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        for word in ("不符合", "不通过", "拒绝", "没有资格", "user-scalable", "¥"):
            assert word not in text, f"{path.name}: {word}"


def test_a_kept_page_has_its_own_request_id_and_log_line(
    client: ComplainingClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="huimin.requests")
    ids = [client.get("/privacy").headers["X-Request-Id"] for _ in range(3)]
    assert len(set(ids)) == 3
    lines = [record.fields for record in caplog.records if record.name == "huimin.requests"]  # type: ignore[attr-defined]
    assert [line["request_id"] for line in lines] == ids
    assert {line["route"] for line in lines} == {"/privacy"}


def test_a_kept_page_is_the_page(client: ComplainingClient) -> None:
    packed = {"Accept-Encoding": "gzip"}
    for address in PUBLIC:
        first, second = client.get(address), client.get(address)
        assert first.data == second.data
        assert {**first.headers, "X-Request-Id": ""} == {**second.headers, "X-Request-Id": ""}
        assert gzip.decompress(client.get(address, headers=packed).data) == first.data
        assert gzip.decompress(client.get(address, headers=packed).data) == first.data
        assert client.head(address).status_code == 200


def test_an_unknown_host_never_gets_a_kept_page(tmp_path: Path, prepared_sqlite: Path) -> None:
    database = tmp_path / "huimin.db"
    database.write_bytes(prepared_sqlite.read_bytes())
    app = wsgi.create_app(settings_of_test(tmp_path, HUIMIN_DATABASE_URL=f"sqlite:///{database}"))
    app.config["TRUSTED_HOSTS"] = ["localhost"]
    client = app.test_client()
    for _ in range(2):
        assert client.get("/").status_code == 200
        assert client.get("/", headers={"Host": "evil.example"}).status_code == 400
    app.extensions["huimin"].database.dispose()


def test_a_dropped_recording_is_offered_in_its_language(tmp_path: Path, prepared_sqlite: Path) -> None:
    database = tmp_path / "huimin.db"
    database.write_bytes(prepared_sqlite.read_bytes())
    app = wsgi.create_app(settings_of_test(tmp_path, HUIMIN_DATABASE_URL=f"sqlite:///{database}"))
    audio = tmp_path / "static" / "audio" / "zh"
    audio.mkdir(parents=True)
    (audio / "home.mp3").write_bytes(b"ID3 spoken words")
    app.extensions["huimin.static_files"]._files.update(StaticFiles(tmp_path / "static")._files)
    client = app.test_client()
    page = client.get("/").text
    address = re.findall(r'data-recording="([^"]+)"', page)
    assert len(address) == 1
    assert client.get(address[0]).data == b"ID3 spoken words"
    assert client.get(address[0]).mimetype == "audio/mpeg"
    assert "data-recording" not in client.get("/contact").text
    assert "data-recording" not in client.get("/", headers={"Accept-Language": "en"}).text
    app.extensions["huimin"].database.dispose()


def test_a_county_without_a_number_of_its_own_shows_the_hotline(client: ComplainingClient) -> None:
    assert 'href="tel:12345"' in client.get("/").text
    assert client.get("/contact").text.count("<b>12345</b>") == 1
