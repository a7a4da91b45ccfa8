"""Forms that name the members of a family are looks at them, counted and noted like the file itself."""

from __future__ import annotations

from datetime import date

from flask import Flask
from sqlalchemy import select

from admin.viewing import IN_A_VILLAGE
from assistance.audit import AuditEntry
from assistance.permissions import Role
from tests.complaining_client import ComplainingClient
from tests.signing_in import VILLAGE, make_household, make_person, sign_in_staff


def test_every_form_that_names_the_family_is_one_look_at_each_of_them(
    client: ComplainingClient, app: Flask
) -> None:
    database = app.extensions["huimin"].database
    with database.transaction() as session:
        head, wife = make_person(session, "陈国良"), make_person(session, "陆秀珍")
        child = make_person(session, "陈小宝", birth=date(2016, 9, 20))
        household = make_household(session, [head, wife, child])
        subjects = {head.audit_subject, wife.audit_subject}
        file = f"/admin/households/{household.id}"
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    for address in (f"{file}/facts", f"{file}/events/died"):
        page = client.get(address)
        assert "陆秀珍" in page.text
        assert "陈小宝" not in page.text
        with database.reading() as session:
            looks = session.scalars(select(AuditEntry).where(AuditEntry.event == "household_shown")).all()
        assert {one.subject_ref for one in looks} == subjects
        assert len(looks) == 2 * (1 if address.endswith("facts") else 2)


def test_T09_forms_that_name_a_family_use_up_the_days_measure_too(
    client: ComplainingClient, app: Flask
) -> None:
    with app.extensions["huimin"].database.transaction() as session:
        household = make_household(session, [make_person(session, "陈国良")])
        file = f"/admin/households/{household.id}"
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    for _ in range(IN_A_VILLAGE // 2):
        assert client.get(f"{file}/facts").status_code == 200
        assert client.get(f"{file}/events/died").status_code == 200
    assert client.get(f"{file}/facts").status_code == 429
    assert client.get(file).status_code == 429


def test_a_value_is_put_down_without_the_whole_name(client: ComplainingClient, app: Flask) -> None:
    with app.extensions["huimin"].database.transaction() as session:
        household = make_household(session, [make_person(session, "陈国良")])
        file = f"/admin/households/{household.id}"
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    page = client.get(f"{file}/facts").text
    address = next(one for one in page.split('"') if "/facts/" in one and "member=" in one)
    shown = client.get(address.replace("&amp;", "&")).text
    assert "陈*" in shown
    assert "陈国良" not in shown
