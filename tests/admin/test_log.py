"""The audit administrator reads and exports the log by reference, and is written down too."""

from __future__ import annotations

import dataclasses
import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from werkzeug.test import TestResponse

from admin.views import log as log_pages
from assistance import audit
from assistance.audit.kinds import is_count, is_day, is_flag, is_seen
from assistance.permissions import GRANTS, Permission, Role
from commands.audit import sealer_of
from infrastructure import clock
from infrastructure.signed_notes import WITNESS, cosign, verifier_of
from infrastructure.spreadsheets import read_sheet
from tests.assistance.audit.log import fill, let_in, tamper, write
from tests.complaining_client import ComplainingClient
from tests.conftest import NOW
from tests.portal.test_access_log import seen_once
from tests.signing_in import TOWN, VILLAGE, make_staff, sign_in_staff

PAGE = "/admin/log"


@pytest.fixture
def reader(client: ComplainingClient) -> ComplainingClient:
    """A browser in which the county's audit administrator has signed in."""
    sign_in_staff(client, Role.AUDIT_ADMINISTRATOR)
    return client


@pytest.fixture
def database(app: Flask) -> Any:
    return app.extensions["huimin"].database


def entries(database: Any, *events: str) -> list[audit.AuditEntry]:
    with database.reading() as session:
        found = session.query(audit.AuditEntry).order_by(audit.AuditEntry.id).all()
        return [one for one in found if not events or one.event in events]


def shown(page: str) -> list[str]:
    return re.findall(r'/admin/log/entries/([0-9a-f]{32})"', page)


def export(client: ComplainingClient, **form: str) -> TestResponse:
    page = client.get(f"{PAGE}/export").text
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return client.post(f"{PAGE}/export", data={"csrf_token": found[1], **form})


def test_the_list_has_seven_columns_pages_in_its_title_and_the_newest_first(
    reader: ComplainingClient, database: Any
) -> None:
    fill(database, 120)
    first = reader.get(PAGE).text
    assert "第 1/3 页" in first.split("</title>")[0]
    assert first.count('<th scope="col"') == 7
    references = [one.reference for one in entries(database, "expired_deleted", "help_request_shown")]
    assert shown(first)[:40] == references[::-1][:40]
    assert 'href="/admin/log?page=2"' in first
    last = reader.get(f"{PAGE}?page=3").text
    assert "第 3/3 页" in last
    assert references[0] in shown(last)
    assert "第 3/3 页" in reader.get(f"{PAGE}?page=99").text
    assert "第 1/3 页" in reader.get(f"{PAGE}?page=-1").text


FILTERS: dict[str, Callable[[audit.AuditEntry], bool]] = {
    "event=help_request_shown": lambda one: one.event == "help_request_shown",
    "case=case-6": lambda one: one.case_ref == "case-6",
    "reference=help_request:request-9": lambda one: one.subject_ref == "help_request:request-9",
    "reference=request-9": lambda one: one.object_ref == "request-9",
    "since=2026-11-23&until=2026-11-23": lambda one: one.recorded_at >= NOW + timedelta(hours=20),
    "until=2026-11-22&event=expired_deleted": lambda one: (
        one.event == "expired_deleted" and one.recorded_at < NOW + timedelta(hours=15)
    ),
    "result=refused": lambda one: one.result == "refused",
    "event=no-such-event&result=perhaps": lambda _: True,
}


@pytest.mark.parametrize("query", FILTERS)
def test_filters_stand_in_the_address_and_find_what_they_say(
    reader: ComplainingClient, database: Any, query: str
) -> None:
    before = {one.reference for one in entries(database)}
    with database.transaction() as session:
        write(session, 12)
        write(session, 4, NOW + timedelta(hours=20))
    written = [one for one in entries(database) if one.reference not in before]
    page = reader.get(f"{PAGE}?{query}").text
    found = [one for one in shown(page) if one in {entry.reference for entry in written}]
    assert found == [one.reference for one in written if FILTERS[query](one)][::-1]
    for part in query.split("&"):
        name, value = part.split("=")
        if value not in ("no-such-event", "perhaps"):
            assert f'value="{value}"' in page
            assert re.search(rf'href="/admin/log/export\?[^"]*{name}=', page) or not shown(page)


def test_whoever_acted_is_found_by_the_work_number(
    reader: ComplainingClient, app: Flask, database: Any
) -> None:
    with database.transaction() as session:
        account = make_staff(session, Role.TOWN_REVIEWER, TOWN)
        by = audit.Actor("staff", str(account.id), "town_reviewer", TOWN)
        audit.record(
            session,
            audit.Event.RETENTION_RAN,
            by=by,
            now=NOW,
            object_ref="r",
            fields={"deleted": 1, "held": 0},
        )
        number = account.work_number
    page = reader.get(f"{PAGE}?number={number.lower()}").text
    assert shown(page) == [entries(database, "retention_ran")[0].reference]
    assert f"镇（街道）审核员 {number}号" in page
    nobody = reader.get(f"{PAGE}?number=NOBODY-1").text
    assert "没有这个工号" in nobody
    assert shown(nobody) == []


@pytest.mark.parametrize("name", ["case", "reference", "number"])
def test_a_number_of_a_person_is_no_way_to_look(reader: ComplainingClient, database: Any, name: str) -> None:
    for number in ("330499196905279390", "13812345678", "１３８１２３４５６７８"):
        page = reader.get(PAGE, query_string={name: number})
        assert page.status_code == 200
        assert "不能用身份证号" in page.text
        assert shown(page.text) == []
    assert [json.loads(one.fields)["by"] for one in entries(database, "log_listed")] == [[], [], []]
    assert reader.get(f"{PAGE}/export?{name}=13812345678").status_code == 303
    assert "请选一个日期" in reader.get(f"{PAGE}?since=yesterday&until=9999-12-31").text


def test_reading_is_an_act_of_its_own_and_nobody_s_look(reader: ComplainingClient, database: Any) -> None:
    fill(database, 4)
    reader.get(f"{PAGE}?event=help_request_shown&case=case-3")
    (listed,) = entries(database, "log_listed")
    assert (listed.role, listed.case_ref, listed.subject_ref) == ("audit_administrator", "case-3", None)
    assert json.loads(listed.fields) == {"by": ["case", "event"], "count": 1}
    opened = entries(database, "help_request_shown")[0].reference
    reader.get(f"{PAGE}/entries/{opened}")
    (entry,) = entries(database, "log_entry_shown")
    assert (entry.object_type, entry.object_ref, entry.subject_ref) == ("audit_entry", opened, None)
    # Nothing of a person was seen, so nobody is told of it among the looks at their data.
    for event in ("log_listed", "log_entry_shown", "log_exported", "log_verified"):
        kind = audit.KINDS[audit.Event(event)]
        assert (kind.is_look, kind.is_told, kind.is_about_a_person) == (False, False, False)


def test_one_entry_is_shown_with_hash_seal_checkpoint_copy_and_witness(
    reader: ComplainingClient, app: Flask, database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(database, 3)
    entry = entries(database, "help_request_shown")[0]
    address = f"{PAGE}/entries/{entry.reference}"
    waiting = reader.get(address).text
    assert entry.content_sha256.hex() in waiting
    assert entry.content_sm3.hex() in waiting
    for words in ("还没有封存", "尚未存证", "还没有联署", "case-0", "help_request:request-0"):
        assert words in waiting
    parts = app.extensions["huimin"]
    size = sealer_of(parts).run(NOW).checkpoints[-1]
    page = reader.get(address).text
    assert f'href="/supervision/checkpoints/{size}"' in page
    for words in ("刚刚算过：这一条在里面", "有，签名对得上", "还没有联署"):
        assert words in page
    key = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
    witness = verifier_of(key, "w.example/1", WITNESS)
    folder = parts.settings.checkpoint_dir.parent / "cosigned-here"
    folder.mkdir(exist_ok=True)
    with database.reading() as session:
        checkpoint = audit.published(audit.list_newest(session, 1)[0])
    line = cosign(key, witness.name, checkpoint.body, int(NOW.timestamp())).line()
    (folder / f"{size:012d}.w.txt").write_text(checkpoint.note(parts.signing_keys) + line)
    settings = dataclasses.replace(parts.settings, cosignature_dir=folder, witness_keys=(witness,))
    monkeypatch.setitem(app.extensions, "huimin", dataclasses.replace(parts, settings=settings))
    assert "w.example/1" in reader.get(address).text


def test_an_entry_that_was_changed_says_so_and_so_do_its_neighbours(
    reader: ComplainingClient, app: Flask, database: Any
) -> None:
    fill(database, 4)
    sealer_of(app.extensions["huimin"]).run(NOW)
    changed, other = entries(database, "help_request_shown")[:2]
    let_in(database)
    tamper(database, "UPDATE audit_entries SET case_ref = 'x' WHERE id = :id", id=changed.id)
    assert "内容和写下时的指纹对不上" in reader.get(f"{PAGE}/entries/{changed.reference}").text
    beside = reader.get(f"{PAGE}/entries/{other.reference}").text
    assert "和存证对不上" in beside
    assert "刚刚算过" not in beside


@pytest.mark.parametrize(
    ("column", "value"),
    [
        *(("fields", one) for one in ("no json", "[1]", "null")),
        *((one, "=nothing we know") for one in ("object_type", "purpose", "event", "role", "actor_ref")),
    ],
)
def test_T17_what_somebody_wrote_into_an_entry_does_not_shut_the_log(
    reader: ComplainingClient, database: Any, column: str, value: str
) -> None:
    fill(database, 2)
    changed = entries(database, "help_request_shown")[0]
    let_in(database)
    tamper(database, f"UPDATE audit_entries SET {column} = :value WHERE id = :id", value=value, id=changed.id)
    assert changed.reference in shown(reader.get(PAGE).text)
    assert "内容和写下时的指纹对不上" in reader.get(f"{PAGE}/entries/{changed.reference}").text
    assert export(reader, purpose="incident").status_code == 200


def test_whole_is_said_only_of_what_was_verified(
    reader: ComplainingClient, app: Flask, database: Any
) -> None:
    assert "外面还没有对得上的存证抄件" in reader.get(PAGE).text
    parts = app.extensions["huimin"]
    fill(database, 5)
    first = sealer_of(parts).run(NOW).checkpoints[-1]
    page = reader.get(PAGE).text
    assert f"{first} 条已经外部存证，是不是完整还没有核对" in page
    assert "还没有核对过" in page
    assert "记录完整" not in page
    assert app.test_cli_runner().invoke(args=["audit", "verify"]).exit_code == 0
    page = reader.get(PAGE).text
    assert f"截至 2026-11-22 09:00 外部存证，{first} 条记录完整；其后" in page
    assert "运行 flask audit verify" in page
    fill(database, 2)
    with clock.freeze(NOW + timedelta(minutes=20)):
        second = sealer_of(parts).run(clock.now()).checkpoints[-1]
        page = reader.get(PAGE).text
    assert f"{first} 条记录完整；其后 {second - first} 条已经存证，还没有核对；其后" in page
    english = reader.get(PAGE, headers={"Accept-Language": "en"}).text
    assert f"{first} entries are whole" in english
    let_in(database)
    tamper(database, "UPDATE audit_entries SET result = 'failed' WHERE event = 'expired_deleted'")
    assert app.test_cli_runner().invoke(args=["audit", "verify"]).exit_code == 1
    page = reader.get(PAGE).text
    assert "上次核对发现" in page
    assert "记录完整" not in page
    # A run that somebody wrote into the log by hand is no run.
    tamper(database, "UPDATE audit_entries SET fields = replace(fields, 'false', 'true')")
    assert "记录完整" not in reader.get(PAGE).text


def test_the_export_asks_for_a_purpose_is_capped_and_bears_who_took_it(
    reader: ComplainingClient, database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_pages, "MOST_EXPORTED", 5)
    fill(database, 9)
    assert export(reader).status_code == 422
    assert export(reader, purpose="because").status_code == 422
    assert entries(database, "log_exported") == []
    done = export(reader, purpose="yearly_audit", event="expired_deleted")
    assert done.status_code == 200
    assert done.headers["Cache-Control"] == "private, no-store"
    assert done.headers["Content-Disposition"] == 'attachment; filename="huimin-log.xlsx"'
    watermark, heads, *rows = read_sheet("log.xlsx", done.data)
    assert re.fullmatch(
        r".{2,4}（.+号）2026-11-22 09:00 导出，为了：年度审计。只有最近的 5 条。", watermark[0]
    )
    assert (len(heads), len(rows)) == (14, 5)
    wanted = entries(database, "expired_deleted")[::-1][:5]
    assert [row[12] for row in rows] == [one.reference for one in wanted]
    assert [row[13] for row in rows] == [one.content_sha256.hex() for one in wanted]
    with zipfile.ZipFile(io.BytesIO(done.data)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "oddFooter" in sheet
    (taken,) = entries(database, "log_exported")
    assert taken.purpose == "yearly_audit"
    assert json.loads(taken.fields) == {"by": ["event"], "rows": 5}


def test_what_looks_like_a_formula_stays_text(reader: ComplainingClient, database: Any) -> None:
    with database.transaction() as session:
        by = audit.operator('=HYPERLINK("http://x")')
        fields = {"what": "jobs", "count": 1}
        audit.record(session, audit.Event.EXPIRED_DELETED, by=by, now=NOW, fields=fields)
    done = export(reader, purpose="incident")
    with zipfile.ZipFile(io.BytesIO(done.data)) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
        assert not [name for name in book.namelist() if "rels/sheet" in name]
    assert any("=HYPERLINK" in cell for row in read_sheet("a.xlsx", done.data) for cell in row)


def test_an_export_asks_for_a_fresh_proof_and_a_day_has_its_measure(
    reader: ComplainingClient, client: ComplainingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_pages, "EXPORTS_A_DAY", 1)
    assert export(reader, purpose="incident").status_code == 200
    assert export(reader, purpose="incident").status_code == 429
    with clock.freeze(NOW + timedelta(minutes=16)):
        away = reader.get(f"{PAGE}/export")
        assert away.status_code == 303
        assert "/admin/step-up" in away.location


def test_nothing_of_a_person_stands_on_any_page_or_in_the_export(
    reader: ComplainingClient, app: Flask, database: Any
) -> None:
    person_id, reference = seen_once(app)
    pages = [
        reader.get(PAGE).text,
        reader.get(f"{PAGE}/entries/{reference}").text,
        reader.get(f"{PAGE}?reference=person:{person_id}").text,
        "\n".join(
            cell for row in read_sheet("a.xlsx", export(reader, purpose="incident").data) for cell in row
        ),
    ]
    for secret in ("陈国良", "330499", "199001"):
        assert not [page for page in pages if secret in page], secret
    assert f"person:{person_id}" in pages[1]
    # And with the reference alone the audit administrator gets no further.
    assert not GRANTS[Role.AUDIT_ADMINISTRATOR] & {
        Permission.HOUSEHOLDS_LIST,
        Permission.HOUSEHOLDS_READ,
        Permission.CHECKS_READ,
        Permission.AUTHORIZATIONS_READ,
        Permission.PERSONS_REVEAL,
        Permission.RIGHTS_ANSWER,
    }


SHOWN = frozenset(
    {
        *(
            "authorization",
            "by",
            "capacity",
            "channel",
            "count",
            "edition",
            "format",
            "kind",
            "level",
            "matches",
        ),
        *("method", "outcome", "reason", "rows", "source", "standing", "template", "what", "with", "because"),
    }
) - {"matches"}
TELLING = {("authorization_ended", "because"), ("authorization_asked_anew", "because")}


def test_a_field_of_an_entry_about_a_person_is_harmless_by_decision_or_withheld(
    reader: ComplainingClient, database: Any
) -> None:
    for event, kind in audit.KINDS.items():
        assert set(kind.withheld) <= set(kind.fields), event
        if not kind.is_about_a_person:
            continue
        for name, form in kind.fields.items():
            plain = form in (is_count, is_day, is_seen) or (form is is_flag and name == "approved")
            assert plain or name in kind.withheld or name in SHOWN, (event, name)
    assert all(name in audit.KINDS[audit.Event(event)].withheld for event, name in TELLING)
    with database.transaction() as session:
        told = audit.record(
            session,
            audit.Event.MEMBER_EVENT_RECORDED,
            by=audit.operator("root"),
            now=NOW,
            object_ref="household",
            subject_ref="person:1",
            fields={"event": "died"},
        )
    page = reader.get(f"{PAGE}/entries/{told.reference}").text
    assert "died" not in page
    assert "会说到别人家的事" in page
    cells = [cell for row in read_sheet("a.xlsx", export(reader, purpose="incident").data) for cell in row]
    assert not [cell for cell in cells if "died" in cell]


def test_every_kind_of_thing_actor_and_result_has_its_words() -> None:
    from assistance.audit.models import ACTOR_KINDS, RESULTS

    assert {kind.object_type for kind in audit.KINDS.values() if kind.object_type} == set(audit.OBJECT_WORDS)
    assert set(ACTOR_KINDS) == set(audit.ACTOR_WORDS)
    assert set(RESULTS) == set(audit.RESULT_WORDS)


def test_who_holds_the_office_in_one_town_reads_the_entries_of_that_town_alone(
    client: ComplainingClient, database: Any
) -> None:
    made = {}
    with database.transaction() as session:
        for division in (VILLAGE, TOWN, "330482002", None):
            by = audit.Actor("staff", "somebody", "town_reviewer", division)
            told = {"what": "jobs", "count": 1}
            made[division] = audit.record(
                session,
                audit.Event.EXPIRED_DELETED,
                by=dataclasses.replace(by, ref=None),
                now=NOW,
                fields=told,
            ).reference
    sign_in_staff(client, Role.AUDIT_ADMINISTRATOR, TOWN)
    page = shown(client.get(f"{PAGE}?event=expired_deleted").text)
    assert set(page) == {made[VILLAGE], made[TOWN]}
    for division, reference in made.items():
        status = client.get(f"{PAGE}/entries/{reference}").status_code
        assert status == (200 if division in (VILLAGE, TOWN) else 404)
    assert client.get(f"{PAGE}/entries/{'0' * 32}").status_code == 404


@pytest.mark.parametrize(
    "role", [role for role in Role if role not in (Role.RESIDENT, Role.AUDIT_ADMINISTRATOR)]
)
def test_nobody_else_reads_the_log(client: ComplainingClient, role: Role) -> None:
    more = {"department": "civil_affairs"} if role is Role.DEPARTMENT_OFFICER else {}
    sign_in_staff(client, role, **more)
    assert client.get(PAGE).status_code == 403
    assert client.get(f"{PAGE}/export").status_code == 403


def test_an_empty_log_says_so(reader: ComplainingClient) -> None:
    page = reader.get(f"{PAGE}?case=none")
    assert "没有这样的记录" in page.text
    assert "<table" not in page.text
