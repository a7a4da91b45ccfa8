"""Each event of a family has its form; what was typed stays, and a refusal changes nothing."""

from __future__ import annotations

import re
import uuid
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from admin.forms.household_events import EVENTS
from assistance import households
from assistance.households import Household, HouseholdMember
from assistance.permissions import Role
from tests.assistance.households.families import OTHER, Family, family
from tests.complaining_client import ComplainingClient
from tests.signing_in import TOWN, VILLAGE, sign_in_staff

DAY = "2026-11-20"


@pytest.fixture
def chen(app: Flask) -> Family:
    with app.extensions["huimin"].database.transaction() as session:
        return family(
            session,
            ("陈国良", "head"),
            ("陆秀珍", "spouse"),
            ("陈小雨", "child"),
            births={"陈小雨": date(2016, 9, 20)},
        )


def post(client: ComplainingClient, of: Family, event: str, **data: Any) -> Any:
    address = f"/admin/households/{of.household.id}/events/{event}"
    page = client.get(address).get_data(as_text=True)
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return client.post(address, data={"csrf_token": found[1], "day": DAY, **data})


def relations(of: Family, **told: str) -> dict[str, str]:
    return {f"relation-{of.members[name].id}": relation for name, relation in told.items()}


def members(app: Flask, household_id: uuid.UUID) -> dict[str, str]:
    with app.extensions["huimin"].database.reading() as session:
        household = session.get_one(Household, household_id)
        here = households.members_on(session, household, date(2026, 11, 22))
        return {one.person.name: one.member.relation for one in here}


@pytest.mark.parametrize("event", EVENTS)
def test_each_form_opens_and_says_what_is_missing(
    client: ComplainingClient, chen: Family, event: str
) -> None:
    sign_in_staff(client, Role.TOWN_REVIEWER, TOWN)
    refused = post(client, chen, event, day="")
    assert refused.status_code == 422
    assert "陈小雨" not in refused.get_data(as_text=True)


def test_every_mistake_of_a_form_is_said_at_once_and_nothing_typed_is_lost(
    client: ComplainingClient, app: Flask, chen: Family
) -> None:
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    told = {"name": "", "resident_id": "330499194603080126", "note": "儿媳的妈妈", "day": "2026-11-23"}
    refused = post(client, chen, "joined", **told)
    page = refused.get_data(as_text=True)
    assert refused.status_code == 422
    for name in ("name", "resident_id", "relation", "day"):
        assert f'href="#{name}"' in page, name
        assert f'id="{name}-error"' in page, name
    assert "儿媳的妈妈" in page
    assert "<title>有错误：" in page
    assert len(members(app, chen.household.id)) == 3


def test_what_the_law_of_families_refuses_is_said_at_the_head_of_the_form(
    client: ComplainingClient, chen: Family
) -> None:
    sign_in_staff(client, Role.TOWN_REVIEWER, TOWN)
    refused = post(client, chen, "left", member=str(chen.members["陈国良"].id))
    page = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert "请先登记换户主" in page
    assert "<title>有错误：" in page
    assert 'class="summary" role="alert"' in page


def test_a_child_is_born(client: ComplainingClient, app: Flask, chen: Family) -> None:
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    told = {"name": "陈安", "sex": "M", "relation": "child", "guardian": str(chen.members["陆秀珍"].id)}
    assert post(client, chen, "born", **told).status_code == 303
    assert members(app, chen.household.id)["陈安"] == "child"
    with app.extensions["huimin"].database.reading() as session:
        born = session.scalars(
            select(HouseholdMember).where(HouseholdMember.guardian_id == chen.persons["陆秀珍"].id)
        ).one()
        assert session.get_one(type(chen.persons["陆秀珍"]), born.person_id).birth == date(2026, 11, 20)


def test_somebody_joins_by_identity_number(client: ComplainingClient, app: Flask, chen: Family) -> None:
    sign_in_staff(client, Role.VILLAGE_OFFICER, VILLAGE)
    told = {"name": "陈阿宜", "resident_id": "330499194603080125", "relation": "parent"}
    assert post(client, chen, "joined", **{**told, "resident_id": "330499194603080126"}).status_code == 422
    assert post(client, chen, "joined", **told).status_code == 303
    again = post(client, chen, "joined", **told)
    assert again.status_code == 422
    assert "另一户" in again.get_data(as_text=True)
    assert members(app, chen.household.id)["陈阿宜"] == "parent"


def test_the_head_dies_and_another_follows(client: ComplainingClient, app: Flask, chen: Family) -> None:
    sign_in_staff(client, Role.TOWN_REVIEWER, TOWN)
    died = {"member": str(chen.members["陈国良"].id)}
    assert post(client, chen, "died", **died).status_code == 422
    assert members(app, chen.household.id)["陈国良"] == "head"
    follows = {**died, "new_head": str(chen.members["陆秀珍"].id), **relations(chen, 陈小雨="child")}
    assert post(client, chen, "died", **follows).status_code == 303
    assert members(app, chen.household.id) == {"陆秀珍": "head", "陈小雨": "child"}
    page = client.get(f"/admin/households/{chen.household.id}").get_data(as_text=True)
    assert "有人去世" in page
    assert "以前在这一户的人" in page


def test_the_head_changes(client: ComplainingClient, app: Flask, chen: Family) -> None:
    sign_in_staff(client, Role.TOWN_REVIEWER, TOWN)
    told = {"new_head": str(chen.members["陆秀珍"].id), **relations(chen, 陈国良="spouse", 陈小雨="child")}
    assert post(client, chen, "head", **told).status_code == 303
    assert members(app, chen.household.id)["陆秀珍"] == "head"


def test_a_household_splits_and_merges_again(client: ComplainingClient, app: Flask, chen: Family) -> None:
    sign_in_staff(client, Role.COUNTY_APPROVER)
    assert client.get(f"/admin/households/{chen.household.id}/events").status_code == 403
    sign_in_staff(client, Role.TOWN_REVIEWER, "330482")
    lu = str(chen.members["陆秀珍"].id)
    told = {"leaving": lu, "new_head": lu, "village": OTHER, "address": "8号"}
    split = post(client, chen, "split", **told)
    assert split.status_code == 303
    new_id = uuid.UUID(split.location.rsplit("/", 1)[1])
    assert members(app, new_id) == {"陆秀珍": "head"}
    with app.extensions["huimin"].database.reading() as session:
        number = session.get_one(Household, new_id).number
    joined = {"other": number, **relations(chen, 陈国良="spouse", 陈小雨="child")}
    assert post(client, chen, "merged", **joined).status_code == 303
    assert set(members(app, new_id)) == {"陈国良", "陆秀珍", "陈小雨"}
    old = client.get(f"/admin/households/{chen.household.id}").get_data(as_text=True)
    assert "已并户" in old
    assert "登记一项情况" not in old


def test_a_household_moves_within_and_out_of_the_county(
    client: ComplainingClient, app: Flask, chen: Family
) -> None:
    sign_in_staff(client, Role.TOWN_REVIEWER, TOWN)
    away = post(client, chen, "moved", village="outside", county="330481", address="远方")
    assert away.status_code == 303
    assert away.location.endswith("/admin/households")
    with app.extensions["huimin"].database.reading() as session:
        assert session.get_one(Household, chen.household.id).state == "moved_out"


def test_a_guardian_changes_and_somebody_leaves(client: ComplainingClient, app: Flask, chen: Family) -> None:
    sign_in_staff(client, Role.TOWN_REVIEWER, TOWN)
    child, lu = str(chen.members["陈小雨"].id), str(chen.members["陆秀珍"].id)
    assert post(client, chen, "guardian", member=child, guardian=lu, court="").status_code == 303
    assert post(client, chen, "left", member=str(chen.members["陈国良"].id)).status_code == 422
    assert post(client, chen, "left", member=lu, note="离婚").status_code == 303
    assert set(members(app, chen.household.id)) == {"陈国良", "陈小雨"}
    assert "离婚" in client.get(f"/admin/households/{chen.household.id}").get_data(as_text=True)


def test_a_neighbour_changes_nothing(client: ComplainingClient, chen: Family) -> None:
    sign_in_staff(client, Role.TOWN_REVIEWER, "330482101")
    assert client.get(f"/admin/households/{chen.household.id}/events").status_code == 404
    assert client.get(f"/admin/households/{chen.household.id}/events/left").status_code == 404
    sign_in_staff(client, Role.TOWN_REVIEWER, TOWN)
    assert client.get(f"/admin/households/{chen.household.id}/events/exploded").status_code == 404
