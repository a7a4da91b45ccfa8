"""Household files on the staff side: masked rows, one look a person, minors closed, numbers on request."""

from __future__ import annotations

import re
import uuid
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from assistance import audit, households, looks, messages
from assistance.authorizations import AuthorizationRequest
from assistance.economic_checks import EconomicCheck
from assistance.people import SYSTEM
from assistance.permissions import Role
from tests.complaining_client import ComplainingClient
from tests.conftest import NOW
from tests.signing_in import TOWN, VILLAGE, make_person, sign_in_account, sign_in_staff

DAY = date(2026, 11, 1)
OTHER_VILLAGE = "330482101006"


@pytest.fixture
def files(app: Flask) -> dict[str, Any]:
    """A family with a child in one village, somebody alone in another town's."""
    with app.extensions["huimin"].database.transaction() as session:
        father = make_person(session, "陈国良", birth=date(1974, 6, 15))
        child = make_person(session, "陈小雨", birth=date(2016, 9, 20))
        alone = make_person(session, "周福根", birth=date(1951, 1, 17))

        def file(village: str, *joining: households.Joining) -> households.Household:
            return households.open_household(
                session,
                division_code=village,
                address="3号",
                joining=joining,
                on=date(2020, 1, 1),
                by=SYSTEM,
                now=NOW,
            )

        family = file(
            VILLAGE,
            households.Joining(father, "head"),
            households.Joining(child, "child", guardian_id=father.id),
        )
        other = file(OTHER_VILLAGE, households.Joining(alone, "head"))
        members = {one.person_id: one for one in households.current_members(session, family.id)}
        for standing, source, value in (
            ("declared", "counter", 120000),
            ("checked", "social-insurance", 345600),
        ):
            households.record_line(
                session,
                family,
                fact="own_income_fen",
                value=value,
                source=source,
                dated_on=DAY,
                by=SYSTEM,
                now=NOW,
                member=members[father.id],
                standing=standing,
                authorization_id=uuid.uuid4() if standing == "checked" else None,
            )
        return {
            "family": family.id,
            "family_number": family.number,
            "other": other.id,
            "father": father.id,
            "father_member": members[father.id].id,
            "father_number": father.resident_id.value if father.resident_id else "",
            "child": child.id,
            "child_member": members[child.id].id,
        }


def test_a_list_shows_masked_rows_of_one_s_own_division(
    client: ComplainingClient, files: dict[str, Any], app: Flask
) -> None:
    sign_in_staff(client, Role.TOWN_REVIEWER, TOWN)
    page = client.get("/admin/households").get_data(as_text=True)
    assert "陈*" in page
    assert "陈国良" not in page
    assert "周*" not in page
    assert "第 1/1 页" in page
    with app.extensions["huimin"].database.reading() as session:
        entries = session.scalars(
            select(audit.AuditEntry).where(audit.AuditEntry.event == "households_listed")
        ).all()
    assert [entry.subject_ref for entry in entries] == [None]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("name=陈", True),
        ("name=c", True),
        ("name=Z", False),
        (f"village={VILLAGE}", True),
        (f"village={OTHER_VILLAGE}", False),
        ("state=active", True),
        ("state=merged", False),
        ("number=H9", False),
    ],
)
def test_a_list_is_narrowed_by_its_address(
    client: ComplainingClient, files: dict[str, Any], query: str, found: bool
) -> None:
    sign_in_staff(client, Role.TOWN_REVIEWER, TOWN)
    assert (
        files["family_number"] in client.get(f"/admin/households?{query}").get_data(as_text=True)
    ) is found


def test_a_number_is_found_however_it_is_typed(client: ComplainingClient, files: dict[str, Any]) -> None:
    sign_in_staff(client, Role.COUNTY_APPROVER)
    typed = files["family_number"].lower().replace("-", " ")
    assert files["family_number"] in client.get(f"/admin/households?number={typed}").get_data(as_text=True)


def test_a_file_shows_what_each_standing_says_and_one_look_a_person(
    client: ComplainingClient, files: dict[str, Any], app: Flask
) -> None:
    account = sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    page = client.get(f"/admin/households/{files['family']}").get_data(as_text=True)
    assert "陈国良" in page
    assert "1200 元" in page
    assert "3456 元" in page
    assert "核对到的比自己说的多" in page
    assert not re.search(r"\d{17}", page)
    with app.extensions["huimin"].database.reading() as session:
        entries = session.scalars(
            select(audit.AuditEntry).where(audit.AuditEntry.event == "household_shown")
        ).all()
    assert [(entry.subject_ref, entry.actor_ref, entry.purpose) for entry in entries] == [
        (f"person:{files['father']}", str(account), "household_file")
    ]


def test_a_minor_stays_closed_until_somebody_opens_the_record(
    client: ComplainingClient, files: dict[str, Any], app: Flask
) -> None:
    account = sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    page = client.get(f"/admin/households/{files['family']}").get_data(as_text=True)
    assert "陈小雨" not in page
    assert "8到13岁" in page
    with app.extensions["huimin"].database.transaction() as session:
        session.add(
            looks.MinorApproval(
                account_id=account,
                person_id=files["child"],
                division_code=VILLAGE,
                sealed={"reason": "上门"},
                asked_at=NOW,
                state="approved",
            )
        )
    sign_in_account(client, account)
    assert "陈小雨" in client.get(f"/admin/households/{files['family']}").get_data(as_text=True)


@pytest.mark.parametrize(
    ("role", "division", "status"),
    [
        (Role.VILLAGE_OFFICER, VILLAGE, 200),
        (Role.TOWN_REVIEWER, TOWN, 200),
        (Role.COUNTY_APPROVER, "330482", 200),
        (Role.INSPECTOR, "330482", 200),
        (Role.VILLAGE_OFFICER, OTHER_VILLAGE, 404),
        (Role.TOWN_REVIEWER, "330482101", 404),
        (Role.COUNTY_APPROVER, "330481", 404),
        (Role.GRID_WORKER, VILLAGE, 403),
        (Role.SYSTEM_ADMINISTRATOR, "330482", 403),
    ],
)
def test_a_neighbour_gets_nothing(
    client: ComplainingClient, files: dict[str, Any], role: Role, division: str, status: int
) -> None:
    sign_in_staff(client, role, division)
    assert client.get(f"/admin/households/{files['family']}").status_code == status
    assert client.get(f"/admin/households/{uuid.uuid4()}").status_code in (404, status)


def test_a_full_number_is_shown_for_a_purpose_that_is_logged(
    client: ComplainingClient, files: dict[str, Any], app: Flask
) -> None:
    sign_in_staff(client, Role.TOWN_REVIEWER, TOWN)
    address = f"/admin/households/{files['family']}/members/{files['father_member']}/number"
    without = client.post(address, data=_with_token(client, files))
    assert without.status_code == 422
    assert files["father_number"] not in without.get_data(as_text=True)
    shown = client.post(address, data=_with_token(client, files, why="identity_confirmation"))
    assert files["father_number"] in shown.get_data(as_text=True)
    with app.extensions["huimin"].database.reading() as session:
        entries = session.scalars(
            select(audit.AuditEntry).where(audit.AuditEntry.event == "number_revealed")
        ).all()
    assert [(entry.subject_ref, entry.purpose) for entry in entries] == [
        (f"person:{files['father']}", "identity_confirmation")
    ]
    with app.extensions["huimin"].database.reading() as session:
        told = session.scalars(select(messages.Message)).all()
    assert [(one.template, one.person_id) for one in told] == [("full_number_seen", files["father"])]
    child = f"/admin/households/{files['family']}/members/{files['child_member']}/number"
    assert client.post(child, data=_with_token(client, files, why="contact")).status_code == 404


def test_a_village_officer_sees_no_full_number(client: ComplainingClient, files: dict[str, Any]) -> None:
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    address = f"/admin/households/{files['family']}/members/{files['father_member']}/number"
    assert client.post(address, data=_with_token(client, files, why="contact")).status_code == 403


def test_the_last_four_are_compared_five_times_an_hour(
    client: ComplainingClient, files: dict[str, Any], app: Flask
) -> None:
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    address = f"/admin/households/{files['family']}/members/{files['father_member']}/last-four"
    right = files["father_number"][-4:]
    assert "对得上" in client.post(address, data=_with_token(client, files, last_four=right)).get_data(
        as_text=True
    )
    for _ in range(4):
        said = client.post(address, data=_with_token(client, files, last_four="0000")).get_data(as_text=True)
        assert "对不上" in said
        assert right not in said.replace(files["family_number"], "")
    over = client.post(address, data=_with_token(client, files, last_four=right))
    assert over.status_code == 429
    assert "对得上" not in over.get_data(as_text=True)
    with app.extensions["huimin"].database.reading() as session:
        tries = session.scalars(
            select(audit.AuditEntry.fields).where(audit.AuditEntry.event == "number_compared")
        ).all()
    assert sorted(tries) == sorted(['{"matches":true}'] + ['{"matches":false}'] * 4)


def test_a_value_is_put_down_with_its_day_and_who_says_so(
    client: ComplainingClient, files: dict[str, Any]
) -> None:
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    listed = client.get(f"/admin/households/{files['family']}/facts").get_data(as_text=True)
    assert "陈小雨" not in listed
    address = f"/admin/households/{files['family']}/facts/work"
    form = {"member": str(files["father_member"]), "value": "flexible", "source": "visit"}
    wrong = client.post(address, data=_with_token(client, files, **form, dated_on="2026-12-31"))
    assert wrong.status_code == 422
    done = client.post(address, data=_with_token(client, files, **form, dated_on="2026-11-20"))
    assert done.status_code == 303
    page = client.get(f"/admin/households/{files['family']}").get_data(as_text=True)
    assert "打零工" in page
    assert "上门看的" in page
    child = {**form, "member": str(files["child_member"])}
    refused = client.post(address, data=_with_token(client, files, **child, dated_on="2026-11-20"))
    assert refused.status_code == 404


def test_what_was_said_before_stands_below_what_is_said_now(
    client: ComplainingClient, files: dict[str, Any], app: Flask
) -> None:
    with app.extensions["huimin"].database.transaction() as session:
        family = session.get_one(households.Household, files["family"])
        father = households.get_member(session, family, files["father_member"]).member
        for standing, source, value in (("declared", "declaration", 150000), ("checked", "tax", 400000)):
            households.record_line(
                session,
                family,
                fact="own_income_fen",
                value=value,
                source=source,
                dated_on=date(2026, 11, 10),
                by=SYSTEM,
                now=NOW,
                member=father,
                standing=standing,
                authorization_id=uuid.uuid4() if standing == "checked" else None,
            )
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    page = client.get(f"/admin/households/{files['family']}").get_data(as_text=True)
    now, _, before = page.partition("以前记的")
    assert "1200 元" in before
    assert "1200 元" not in now
    assert "1500 元" in page
    # What a check found under an earlier authorisation is in that check's reports, not here.
    assert "3456 元" not in page


def test_a_file_leads_to_what_the_family_was_asked_and_what_was_checked(
    client: ComplainingClient, files: dict[str, Any], app: Flask
) -> None:
    with app.extensions["huimin"].database.transaction() as session:
        request = AuthorizationRequest(
            number="AR-20261122-00007",
            household_id=files["family"],
            purpose="application",
            scopes=[],
            months_back=12,
            sealed={},
            opened_by="somebody",
            is_opened_by_household=False,
            deadline_on=date(2026, 12, 20),
            state="open",
            text_version="1",
            opened_at=NOW,
        )
        session.add(request)
        session.flush()
        check = EconomicCheck(
            number="EC-20261122-00007",
            household_id=files["family"],
            request_id=request.id,
            ground={},
            started_by="somebody",
            started_at=NOW,
            state="running",
        )
        session.add(check)
        session.flush()
        links = [f"/admin/authorization-requests/{request.id}", f"/admin/economic-checks/{check.id}"]
    sign_in_staff(client, Role.TOWN_REVIEWER, TOWN)
    page = client.get(f"/admin/households/{files['family']}").get_data(as_text=True)
    assert all(f'href="{link}"' in page for link in links)
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    page = client.get(f"/admin/households/{files['family']}").get_data(as_text=True)
    # Whoever may not read checks is not led to one.
    assert [f'href="{link}"' in page for link in links] == [True, False]


def _with_token(client: ComplainingClient, files: dict[str, Any], **data: str) -> dict[str, str]:
    page = client.get("/admin/households").get_data(as_text=True)
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return {"csrf_token": found[1], **data}
