"""A spreadsheet on the staff side: template, preview, problems as a spreadsheet, all or nothing."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from assistance.households import Household, HouseholdImport
from assistance.permissions import Role
from infrastructure.spreadsheets import read_sheet
from tests.assistance.households.test_imports import ROWS, changed, sheet
from tests.complaining_client import ComplainingClient
from tests.signing_in import TOWN, sign_in_staff

ADDRESS = "/admin/households/import"


def send(client: ComplainingClient, content: bytes, name: str = "家庭.xlsx") -> Any:
    data = {"csrf_token": token(client), "sheet": (io.BytesIO(content), name)}
    return client.post(ADDRESS, data=data, content_type="multipart/form-data")


def token(client: ComplainingClient) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(ADDRESS).get_data(as_text=True))
    assert found is not None
    return found[1]


def count(app: Flask) -> int:
    with app.extensions["huimin"].database.reading() as session:
        return session.scalar(select(func.count()).select_from(Household)) or 0


def test_the_template_is_filled_sent_looked_at_and_put_down(client: ComplainingClient, app: Flask) -> None:
    sign_in_staff(client, Role.TOWN_REVIEWER, TOWN)
    template = client.get(f"{ADDRESS}/template.xlsx")
    assert read_sheet("t.xlsx", template.get_data())[0][:5] == [
        "家庭编号", "村（社区）", "住址", "姓名", "身份证号",
    ]  # fmt: skip
    sent = send(client, sheet(*ROWS))
    assert sent.status_code == 303
    shown = client.get(sent.location).get_data(as_text=True)
    assert "没有发现不对的地方" in shown
    assert "陈*" in shown
    assert "陈国良" not in shown
    assert count(app) == 0
    saved = client.post(f"{sent.location}/save", data={"csrf_token": token(client)})
    assert saved.status_code == 303
    assert count(app) == 1
    assert "已经登记" in client.get(sent.location).get_data(as_text=True)
    again = send(client, sheet(*ROWS))
    assert again.status_code == 422
    assert "这个文件已经登记过了" in again.get_data(as_text=True)
    assert count(app) == 1


def test_what_is_wrong_is_listed_and_nothing_is_put_down(client: ComplainingClient, app: Flask) -> None:
    sign_in_staff(client, Role.TOWN_REVIEWER, TOWN)
    sent = send(client, changed(1, "身份证号", "330499197611020328"))
    page = client.get(sent.location).get_data(as_text=True)
    assert "有不对的地方，一户也没有登记" in page
    assert "这个身份证号有一位不对" in page
    assert "330499197611020328" not in page
    report = client.get(f"{sent.location}/problems.xlsx")
    rows = read_sheet("p.xlsx", report.get_data())
    assert rows[1][:2] == ["3", "身份证号"]
    refused = client.post(f"{sent.location}/save", data={"csrf_token": token(client)})
    assert refused.status_code == 409
    assert count(app) == 0
    gone = client.post(f"{sent.location}/forget", data={"csrf_token": token(client)})
    assert gone.status_code == 303
    assert "没有登记，内容已清空" in client.get(ADDRESS).get_data(as_text=True)


@pytest.mark.parametrize(
    ("content", "name"), [(b"PK\x03\x04 rubbish", "a.xlsx"), (sheet(*ROWS), "a.xlsm"), (b"", "a.xlsx")]
)
def test_a_file_that_is_no_sheet_is_refused_at_its_field(
    client: ComplainingClient, app: Flask, content: bytes, name: str
) -> None:
    sign_in_staff(client, Role.TOWN_REVIEWER, TOWN)
    refused = send(client, content, name)
    assert refused.status_code == 422
    assert "有错误：" in refused.get_data(as_text=True)


def test_unknown_columns_are_named(client: ComplainingClient, app: Flask) -> None:
    sign_in_staff(client, Role.TOWN_REVIEWER, TOWN)
    refused = send(client, sheet(("1", "2"), heads=("姓名", "银行密码")))
    assert "银行密码" in refused.get_data(as_text=True)


def test_more_than_ten_megabytes_do_not_come_in(client: ComplainingClient, app: Flask) -> None:
    sign_in_staff(client, Role.TOWN_REVIEWER, TOWN)
    head = (
        f'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token(client)}\r\n'
        '--x\r\nContent-Disposition: form-data; name="sheet"; filename="a.csv"\r\n\r\n'
    )
    body = head.encode() + b"a" * (11 * 1024 * 1024) + b"\r\n--x--\r\n"
    sent = client.post(ADDRESS, data=body, content_type="multipart/form-data; boundary=x")
    assert sent.status_code == 413


@pytest.mark.parametrize("role", [Role.VILLAGE_OFFICER, Role.COUNTY_APPROVER, Role.INSPECTOR])
def test_only_the_town_brings_households_in(client: ComplainingClient, app: Flask, role: Role) -> None:
    sign_in_staff(client, role, TOWN)
    assert client.get(ADDRESS).status_code == 403


def test_a_colleague_does_not_see_my_import(client: ComplainingClient, app: Flask) -> None:
    sign_in_staff(client, Role.TOWN_REVIEWER, TOWN)
    sent = send(client, sheet(*ROWS))
    sign_in_staff(client, Role.TOWN_REVIEWER, TOWN)
    assert client.get(sent.location).status_code == 404
    assert client.get(f"{sent.location}/problems.xlsx").status_code == 404
    with app.extensions["huimin"].database.reading() as session:
        assert session.scalars(select(HouseholdImport.state)).all() == ["staged"]
