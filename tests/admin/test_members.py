"""How members sign in, settled at the counter: a number on record, or a slip of paper."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from assistance import households, people
from assistance.messages import Message
from assistance.people import SYSTEM, ActivationSlip, RecordedPhone, StaffAccount
from assistance.permissions import Role
from infrastructure.database import Database
from tests.complaining_client import ComplainingClient
from tests.conftest import NOW
from tests.portal.test_sign_in import events, rows, send, token_of
from tests.signing_in import VILLAGE, make_person, sign_in_staff

OLD, NEW = "19900000011", "19900000012"


@dataclass(frozen=True)
class Family:
    """A father with a number on record, and his child."""

    father: uuid.UUID
    page: str
    childs_page: str
    slip: str


@pytest.fixture
def family(app: Flask) -> Family:
    with app.extensions["huimin"].database.transaction() as session:
        father = make_person(session, "陈国良", birth=date(1974, 6, 15), phone=OLD)
        child = make_person(session, "陈小雨", birth=date(2016, 9, 20))
        household = households.open_household(
            session,
            division_code=VILLAGE,
            address="3号",
            joining=(
                households.Joining(father, "head"),
                households.Joining(child, "child", guardian_id=father.id),
            ),
            on=date(2020, 1, 1),
            by=SYSTEM,
            now=NOW,
        )
        members = {one.person_id: one.id for one in households.current_members(session, household.id)}
        below = f"/admin/households/{household.id}/members"
        return Family(
            father.id,
            f"{below}/{members[father.id]}/phone",
            f"{below}/{members[child.id]}/phone",
            f"{below}/{members[father.id]}/slip",
        )


def test_an_officer_records_a_number_and_the_old_one_hears_of_it(
    client: ComplainingClient, app: Flask, family: Family
) -> None:
    officer = sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    page = client.get(family.page)
    assert "尾号 11" in page.text
    assert OLD not in page.text
    assert "陈国良" not in page.text
    answer = send(client, family.page, phone="199 0000 0012", seen="yes")
    assert answer.location.endswith("?notice=recorded")
    assert "登记好了" in client.get(answer.location).text
    found = {one.phone: one for one in rows(app, RecordedPhone)}
    assert found[OLD].ended_because == "replaced"
    assert (found[NEW].recorded_by, found[NEW].recorded_by_account) == ("officer", officer)
    (told,) = rows(app, Message)
    assert (told.template, told.person_id, told.address) == ("number_changed", family.father, {"phone": OLD})
    (entry,) = [one for one in events(app) if one == "phone_recorded"]
    assert entry


def test_without_having_seen_the_person_nothing_is_recorded(
    client: ComplainingClient, app: Flask, family: Family
) -> None:
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    answer = send(client, family.page, phone=NEW)
    assert answer.status_code == 422
    assert "要先看过本人和身份证" in answer.text
    assert NEW in answer.text
    assert [one.phone for one in rows(app, RecordedPhone)] == [OLD]


def test_a_number_of_two_is_recorded_with_a_warning(
    client: ComplainingClient, app: Flask, family: Family
) -> None:
    with app.extensions["huimin"].database.transaction() as session:
        make_person(session, "陆秀珍", phone=NEW)
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    answer = send(client, family.page, phone=NEW, seen="yes")
    assert "短信就证明不了是谁" in client.get(answer.location).text


def test_a_slip_is_shown_once_and_binds(client: ComplainingClient, app: Flask, family: Family) -> None:
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    token = token_of(client.get(family.page))
    answer = client.post(family.slip, data={"csrf_token": token})
    assert (answer.status_code, answer.location) == (303, family.slip)
    page = client.get(family.slip)
    found = re.search(r'<p class="sum">(\d{4}) (\d{4})</p>', page.text)
    assert found is not None
    assert client.get(family.slip).location == family.page
    (slip,) = rows(app, ActivationSlip)
    assert slip.person_id == family.father
    figures = found[1] + found[2]
    with app.extensions["huimin"].database.transaction() as session:
        person = session.get_one(people.Person, family.father)
        last = person.resident_id.value[-4:] if person.resident_id else ""
        started = people.sign_in(
            session, people.Proof("wechat", "openid-1"), face="portal", by=people.ANONYMOUS, now=NOW
        )
        raised = people.raise_by_slip(
            session, started.session.id, figures, last, by=people.ANONYMOUS, now=NOW
        )
        assert raised is not None
        assert raised.session.person_id == family.father


def test_a_minors_sign_in_is_closed_to_staff(client: ComplainingClient, family: Family) -> None:
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    assert client.get(family.childs_page).status_code == 404


@pytest.mark.parametrize(
    ("role", "division", "status"),
    [
        (Role.VILLAGE_OFFICER, "330482101006", 404),
        (Role.HELPER, VILLAGE, 403),
        (Role.COUNTY_APPROVER, "330482", 403),
        (Role.SYSTEM_ADMINISTRATOR, "330482", 403),
    ],
)
def test_whoever_keeps_no_files_here_settles_nothing(
    client: ComplainingClient, family: Family, role: Role, division: str, status: int
) -> None:
    sign_in_staff(client, role, division)
    assert client.get(family.page).status_code == status


def test_nobody_settles_it_for_their_own_household(
    client: ComplainingClient, app: Flask, family: Family
) -> None:
    database: Database = app.extensions["huimin"].database
    account_id = sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    with database.transaction() as session:
        session.get_one(StaffAccount, account_id).person_id = family.father
    assert send(client, family.page, phone=NEW, seen="yes").status_code == 409
    token = token_of(client.get(family.page))
    assert client.post(family.slip, data={"csrf_token": token}).status_code == 409
    with database.reading() as session:
        assert session.scalars(select(ActivationSlip)).all() == []
        assert [one.phone for one in session.scalars(select(RecordedPhone))] == [OLD]
