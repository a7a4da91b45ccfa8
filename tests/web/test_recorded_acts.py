"""What residents, officers and the worker do leaves an entry each, and nothing personal in any."""

from __future__ import annotations

import getpass
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from assistance import audit
from infrastructure import clock
from tests.complaining_client import ComplainingClient
from tests.conftest import NOW
from tests.portal.test_help_requests import GOOD, hidden, kept, send
from tests.portal.walk import Walk

SET = [
    *("standards", "set", "dibao_standard", "--division", "330482", "--issuer", "330482"),
    *("--from", "2026-06-15", "--value"),
]


def entries(app: Flask) -> list[audit.AuditEntry]:
    with app.extensions["huimin"].database.reading() as session:
        return list(session.scalars(select(audit.AuditEntry).order_by(audit.AuditEntry.id)))


def events(app: Flask) -> list[str]:
    return [entry.event for entry in entries(app)]


def run(app: Flask, *args: str) -> Any:
    result = app.test_cli_runner().invoke(args=list(args))
    assert result.exit_code == 0, result.output
    return result


def test_a_request_for_help_leaves_who_by_device_alone(client: ComplainingClient, app: Flask) -> None:
    answer = send(client)
    (asked,) = kept(app)
    (sent,) = entries(app)
    assert (sent.event, sent.actor_kind, sent.result) == ("help_request_sent", "anonymous", "done")
    assert (sent.object_ref, sent.subject_ref) == (str(asked.id), f"help_request:{asked.id}")
    device = client.get_cookie("huimin_device")
    assert device is not None
    assert sent.actor_ref == sent.device_ref is not None
    assert device.value not in repr([str(value) for value in sent.__dict__.values()])
    assert sent.request_id == answer.headers["X-Request-Id"]
    assert sent.ip_prefix is None


def test_a_form_sent_again_and_a_request_taken_back_are_told_apart(
    client: ComplainingClient, app: Flask
) -> None:
    receipt = send(client).location.rsplit("/", 1)[1]
    send(client, receipt=receipt, name="陈小明")
    page = f"/help-requests/receipts/{receipt}/withdraw"
    assert client.post(page, data=hidden(client.get(page).text)).status_code == 303
    assert client.post(page, data=hidden(client.get("/help-requests/new").text)).status_code == 303
    assert events(app) == ["help_request_sent", "help_request_corrected", "help_request_withdrawn"]
    with app.extensions["huimin"].database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM audit_salts")) == 0


def test_a_form_that_comes_back_leaves_nothing(client: ComplainingClient, app: Flask) -> None:
    assert send(client, name="").status_code == 422
    assert events(app) == []


def test_the_list_of_requests_is_one_look_at_each_person(client: ComplainingClient, app: Flask) -> None:
    for at in range(3):
        client.delete_cookie("huimin_device")
        send(client, name=f"求助人{at}")
    run(app, "help-requests", "list", "--json")
    looks = [entry for entry in entries(app) if entry.event == "help_request_shown"]
    assert len(looks) == 3
    assert {look.subject_ref for look in looks} == {one.audit_subject for one in kept(app)}
    assert {(look.actor_kind, look.actor_ref, look.purpose) for look in looks} == {
        ("operator", getpass.getuser(), "call_back")
    }
    assert json.loads(looks[0].fields) == {"seen": ["contact", "name", "village"]}


def test_without_a_record_there_is_no_list(
    client: ComplainingClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(client)

    def fail(*_: Any, **__: Any) -> None:
        raise OperationalError("insert", {}, Exception("disk full"))

    monkeypatch.setattr(audit, "looked", fail)
    result = app.test_cli_runner().invoke(args=["help-requests", "list"])
    assert result.exit_code != 0
    assert GOOD["name"] not in result.output


def test_a_standard_is_set_and_recorded_in_one_transaction(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    act = [*SET, "1066", "--document", "平民〔2026〕66号"]
    run(app, *act, "--dry-run")
    assert events(app) == []

    def fail(*_: Any, **__: Any) -> None:
        raise OperationalError("insert", {}, Exception("disk full"))

    with monkeypatch.context() as patched:
        patched.setattr(audit, "record", fail)
        assert app.test_cli_runner().invoke(args=act).exit_code != 0
    assert "66号" not in run(app, "standards", "list").output
    run(app, *act)
    (entry,) = entries(app)
    assert (entry.event, entry.actor_ref) == ("standard_set", getpass.getuser())
    assert json.loads(entry.fields) == {
        "setting": "dibao_standard",
        "division": "330482",
        "from": "2026-06-15",
        "value": "106600",
        "document": "平民〔2026〕66号",
        "issuer": "330482",
        "to_be_confirmed": False,
    }


def test_a_document_with_a_number_of_a_person_is_refused(app: Flask) -> None:
    act = [*SET, "1", "--document", "张三 13912345678"]
    result = app.test_cli_runner().invoke(args=act)
    assert result.exit_code == 1
    assert "身份证号" in result.output
    assert events(app) == []


def keep_answers(client: ComplainingClient) -> str:
    """Save what was answered, and return the receipt code."""
    assert Walk(client).add("head", "M", 1960).status_code == 303
    page = client.get("/assessment/save").text
    assert client.post("/assessment/save", data={**hidden(page), "agreed": "yes"}).status_code == 303
    code = re.search(r'class="number code">(.*?)</b>', client.get("/assessment/saved").text)
    assert code is not None
    return code[1].replace("<br>", " ")


def test_a_look_that_cannot_be_recorded_is_not_shown(
    client: ComplainingClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = keep_answers(client)
    client.delete_cookie("huimin_answers")
    form = hidden(client.get("/assessment/return").text)

    def fail(*_: Any, **__: Any) -> None:
        raise OperationalError("insert", {}, Exception("disk full"))

    monkeypatch.setattr(audit, "write_looks", fail)
    answer = client.post("/assessment/return", data={**form, "code": code})
    assert answer.status_code == 503
    assert client.get_cookie("huimin_answers") is None


def test_answers_kept_opened_and_deleted_leave_an_entry_each(client: ComplainingClient, app: Flask) -> None:
    code = keep_answers(client)
    form = hidden(client.get("/assessment/return").text)
    opened = client.post("/assessment/return", data={**form, "code": code})
    assert opened.status_code == 303
    deleted = client.post("/assessment/return", data={**form, "code": code, "act": "delete"})
    assert deleted.status_code == 303
    found = entries(app)
    assert [entry.event for entry in found] == ["answers_kept", "answers_opened", "answers_deleted"]
    assert len({entry.object_ref for entry in found}) == 1
    # Nothing ties the answers, which have no name, to a device that may also have asked for help.
    assert {entry.device_ref for entry in found} == {None}
    assert found[1].fields == '{"seen":["answers"]}'


def test_what_the_worker_deletes_is_counted_in_the_log(client: ComplainingClient, app: Flask) -> None:
    send(client)
    with clock.freeze(NOW + timedelta(days=91)):
        run(app, "worker", "--once")
    deleted = [entry for entry in entries(app) if entry.event == "expired_deleted"]
    assert {(entry.actor_kind, entry.actor_ref) for entry in deleted} == {("system", "worker")}
    assert {"what": "help_requests", "count": 1} in [json.loads(entry.fields) for entry in deleted]
    with app.extensions["huimin"].database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM audit_salts")) == 0


def test_nothing_personal_stands_in_any_entry(client: ComplainingClient, app: Flask) -> None:
    seeded = {"name": "欧阳绿萝", "contact": "13812340987 西边第三家", "village": "鱼圻塘"}
    receipt = send(client, **seeded).location.rsplit("/", 1)[1]
    run(app, "help-requests", "list")
    with app.extensions["huimin"].database.reading() as session:
        rows = [dict(row) for row in session.execute(text("SELECT * FROM audit_entries")).mappings()]
    assert len(rows) == 2
    written = repr(rows) + b"".join(
        value for row in rows for value in row.values() if isinstance(value, bytes)
    ).decode("latin-1")
    for secret in ("欧阳", "绿萝", "13812340987", "第三家", "鱼圻塘", receipt, kept(app)[0].number):
        assert secret not in written


def test_after_init_nothing_waits_for_a_seal(app: Flask) -> None:
    parts = app.extensions["huimin"]
    with parts.database.transaction() as session:
        audit.record(session, audit.Event.ANSWERS_KEPT, by=audit.ANONYMOUS, now=NOW, object_ref="a")
    run(app, "init")
    with parts.database.reading() as session:
        assert audit.count_waiting(session) == 0
    assert len(list(parts.settings.checkpoint_dir.iterdir())) == 1


def test_verify_tells_a_person_and_a_program_what_is_witnessed(client: ComplainingClient, app: Flask) -> None:
    send(client)
    run(app, "worker", "--once")
    sound = run(app, "audit", "verify")
    assert "没有发现改动" in sound.output
    assert "尚未存证" not in sound.output
    send(client)
    waiting = run(app, "audit", "verify", "--dry-run", "--json")
    # That it was verified is itself an entry, and a dry run leaves none.
    assert json.loads(waiting.output)["not_yet_witnessed"]["without_seal"] == 2
    sent = entries(app)[-1]
    after = run(app, "audit", "verify")
    assert "尚未存证：2 条已封存" in after.output
    assert sent.reference in after.output
    with app.extensions["huimin"].database.transaction() as session:
        session.execute(text("UPDATE audit_entries SET result = 'failed' WHERE event = 'help_request_sent'"))
    bad = app.test_cli_runner().invoke(args=["audit", "verify"])
    assert bad.exit_code == 1
    assert "第一处不对：条目" in bad.output
    told = json.loads(app.test_cli_runner().invoke(args=["audit", "verify", "--json"]).output)
    assert (told["ok"], told["first_bad"]["place"]) == (False, "entry")
    assert told["first_bad"]["reference"] == entries(app)[0].reference
    runs = [json.loads(entry.fields) for entry in entries(app) if entry.event == "log_verified"]
    assert [one["sound"] for one in runs] == [True, True, False, False]
    assert runs[0]["witnessed"] == runs[0]["entries"] == 2
    assert runs[-1]["problems"] >= 1
