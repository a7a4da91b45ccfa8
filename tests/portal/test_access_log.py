"""The page on which a resident reads who looked, and objects."""

from __future__ import annotations

import re
import uuid

from flask import Flask

from assistance import audit
from assistance.people import Assurance, Person
from assistance.permissions import Permission, Role
from infrastructure import clock
from tests.assistance.households.test_queries import counted
from tests.assistance.looks.test_access_log import actor_of
from tests.complaining_client import ComplainingClient
from tests.signing_in import COUNTY, make_household, make_person, make_staff, sign_in_resident


def token_of(page: str) -> str:
    """The form token of a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def seen_once(app: Flask) -> tuple[object, str]:
    """A person at whose file somebody has looked once; the person's id and the entry's reference."""
    with app.extensions["huimin"].database.transaction() as session:
        person = make_person(session, "陈国良")
        make_household(session, [person])
        account = make_staff(session, Role.TOWN_REVIEWER)
        audit.looked(
            session,
            audit.Event.HOUSEHOLD_SHOWN,
            [("0" * 8, person.audit_subject)],
            by=actor_of(account, Role.TOWN_REVIEWER, COUNTY).for_the_log(Permission.HOUSEHOLDS_READ),
            now=clock.now(),
            seen=["income"],
            purpose="household_file",
            case_ref="AR-20261122-AAAAA",
        )
        entry = session.query(audit.AuditEntry).filter_by(event="household_shown").one()
        return person.id, entry.reference


def test_a_look_is_read_as_a_sentence(app: Flask, client: ComplainingClient) -> None:
    person_id, _ = seen_once(app)
    sign_in_resident(client, person_id, Assurance.L2)  # type: ignore[arg-type]
    page = client.get("/me/access-log").text
    assert "平湖市镇（街道）审核员" in page
    assert "看了您的收入，为了：办理您家的救助（编号 AR-20261122-AAAAA）" in page


def test_what_the_system_asked_in_one_round_stands_under_one_sentence(
    app: Flask, client: ComplainingClient
) -> None:
    person_id, _ = seen_once(app)
    with app.extensions["huimin"].database.transaction() as session:
        subject = session.get_one(Person, person_id).audit_subject
        for source in ("vehicles", "tax", "schooling"):
            audit.record(
                session,
                audit.Event.QUERY_ANSWERED,
                by=audit.WORKER,
                now=clock.now(),
                object_ref=str(uuid.uuid4()),
                subject_ref=subject,
                fields={"source": source, "authorization": str(uuid.uuid4()), "outcome": "answered"},
                purpose="application",
                case_ref="AR-20261122-AAAAA",
            )
    sign_in_resident(client, person_id, Assurance.L2)  # type: ignore[arg-type]
    page = client.get("/me/access-log").text
    assert "系统按授权 AR-20261122-AAAAA 自动核对了您，一共 3 次" in page
    assert "查了您的车辆" in page
    assert page.count('class="when"') == 2


def test_the_page_takes_a_fixed_number_of_queries(app: Flask, client: ComplainingClient) -> None:
    person_id, _ = seen_once(app)
    sign_in_resident(client, person_id, Assurance.L2)  # type: ignore[arg-type]
    with counted(app.extensions["huimin"].database) as asked:
        # Past the client that looks into the database itself.
        assert super(ComplainingClient, client).open("/me/access-log").status_code == 200
    kinds = [statement.split()[0] for statement in asked]
    # PostgreSQL is told at each beginning that nothing will be written.
    assert [kind for kind in kinds if kind != "SET"] == ["SELECT"] * 7


def test_nobody_reads_it_without_signing_in(client: ComplainingClient) -> None:
    answer = client.get("/me/access-log")
    assert answer.status_code == 303
    assert "/sign-in" in answer.headers["Location"]


def test_an_empty_list_says_so(app: Flask, client: ComplainingClient) -> None:
    with app.extensions["huimin"].database.transaction() as session:
        person = make_person(session)
    sign_in_resident(client, person.id, Assurance.L2)
    assert "还没有别人看过您的资料" in client.get("/me/access-log").text


def test_one_tap_objects_and_the_page_says_until_when(app: Flask, client: ComplainingClient) -> None:
    person_id, reference = seen_once(app)
    sign_in_resident(client, person_id, Assurance.L2)  # type: ignore[arg-type]
    address = f"/me/access-log/{reference}/objection"
    page = client.get(address)
    assert "请查一查这次查看" in page.text
    sent = client.post(address, data={"csrf_token": token_of(page.text), "says": ""})
    assert sent.status_code == 303
    assert "2026年12月7日" in client.get(address).text
    assert "在等答复" in client.get("/me/access-log").text


def test_another_persons_look_is_not_found(app: Flask, client: ComplainingClient) -> None:
    _, reference = seen_once(app)
    with app.extensions["huimin"].database.transaction() as session:
        stranger = make_person(session)
    sign_in_resident(client, stranger.id, Assurance.L2)
    assert client.get(f"/me/access-log/{reference}/objection").status_code == 404
