"""Staff pages that need somebody's account in their address, or that come only after something was done."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from assistance import people
from assistance.people import second_factor, staff
from assistance.permissions import Role
from infrastructure import clock
from tests.browser.fixtures import staff_cookies
from tests.browser.site import Site
from tests.browser.visitor import Visitor
from tests.signing_in import VILLAGE, invented_id, make_staff

PASSWORD = "nR8#vT2k!qLm"
Doing = Callable[[Visitor, Site, pytest.MonkeyPatch], None]


def _enter(one: Visitor, site: Site, role: Role) -> None:
    one.context.add_cookies(staff_cookies(site, role))


def _colleague(site: Site) -> uuid.UUID:
    with site.app.extensions["huimin"].database.transaction() as session:
        return make_staff(session, Role.VILLAGE_OFFICER, VILLAGE).id


def _invited(site: Site) -> str:
    with site.app.extensions["huimin"].database.transaction() as session:
        _, token = staff.invite(
            session,
            name="赵小云",
            resident_id=invented_id(date(1990, 4, 4)),
            user_name="zhao.xiaoyun",
            work_number="0456",
            by=people.operator("root"),
            now=clock.now(),
        )
    return token


def _joined(site: Site) -> None:
    parts = site.app.extensions["huimin"]
    token = _invited(site)
    code = second_factor.code_at(second_factor.secret_of_invitation(parts.cipher, token), clock.now())
    with parts.database.transaction() as session:
        staff.accept_invitation(session, parts.cipher, token, password=PASSWORD, code=code, now=clock.now())


def _send(one: Visitor) -> None:
    with one.page.expect_navigation(wait_until="load"):
        one.page.locator("main form button.button-primary").first.click()


def _wrong_password(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    one.go("/admin/sign-in")
    one.page.fill("#user_name", "zhao.xiaoyun")
    one.page.fill("#password", "wrong-Wrong-1")
    _send(one)


def _too_often(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    for _ in range(6):
        _wrong_password(one, site, patch)


def _to_the_code(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    _joined(site)
    one.go("/admin/sign-in")
    one.page.fill("#user_name", "zhao.xiaoyun")
    one.page.fill("#password", PASSWORD)
    _send(one)


def _to_a_new_password(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    _to_the_code(one, site, patch)
    patch.setattr("assistance.people.passwords.is_due", lambda *_: True)
    with site.app.extensions["huimin"].database.reading() as session:
        account = staff.find_account(session, "zhao.xiaoyun")
        assert account is not None
        soon = clock.now() + timedelta(seconds=30)
        one.page.fill("#code", second_factor.current_totp(account, soon))
    _send(one)


def _to_recovery_codes(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    token = _invited(site)
    one.go(f"/admin/invitations/{token}")
    one.page.fill("#password", PASSWORD)
    one.page.fill("#password_again", PASSWORD)
    secret = second_factor.secret_of_invitation(site.app.extensions["huimin"].cipher, token)
    one.page.fill("#code", second_factor.code_at(secret, clock.now()))
    _send(one)


def _invitation(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    one.go(f"/admin/invitations/{_invited(site)}")


def _step_up(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    _enter(one, site, Role.VILLAGE_OFFICER)
    one.go("/admin/step-up")


def _kept(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    cookies = staff_cookies(site, Role.VILLAGE_OFFICER)
    one.context.add_cookies(cookies)
    fields = [("name", "王老伯"), ("relation", "parent")]
    with site.app.extensions["huimin"].database.transaction() as session:
        people.kept_forms.keep_form(
            session,
            cookies[0]["value"],
            face="admin",
            address="/admin/relatives",
            fields=fields,
            now=clock.now(),
        )
    one.go("/admin/kept-form")


def _one_account(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    _enter(one, site, Role.SYSTEM_ADMINISTRATOR)
    one.go(f"/admin/staff/{_colleague(site)}")


def _inviting(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    _enter(one, site, Role.SYSTEM_ADMINISTRATOR)
    one.go("/admin/staff/new")
    one.page.fill("#name", "赵小云")
    one.page.fill("#resident_id", "12")
    _send(one)


def _granting(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    _enter(one, site, Role.SECURITY_ADMINISTRATOR)
    one.go(f"/admin/staff/{_colleague(site)}/roles/new")


def _relatives_of_one(one: Visitor, site: Site, patch: pytest.MonkeyPatch) -> None:
    _enter(one, site, Role.INSPECTOR)
    one.go(f"/admin/relatives/register/{_colleague(site)}")


REACHED: dict[str, tuple[str, Doing]] = {
    "staff, wrong password": ("admin/sign_ins/start.html", _wrong_password),
    "staff, too often": ("admin/sign_ins/too_often.html", _too_often),
    "staff, the code": ("admin/sign_ins/code.html", _to_the_code),
    "staff, a new password": ("admin/sign_ins/new_password.html", _to_a_new_password),
    "staff, recovery codes": ("admin/own_account/recovery_codes.html", _to_recovery_codes),
    "staff, invitation": ("admin/invitations/answer.html", _invitation),
    "staff, step up": ("admin/sign_ins/step_up.html", _step_up),
    "staff, kept form": ("admin/own_account/kept_form.html", _kept),
    "staff, one account": ("admin/staff/show.html", _one_account),
    "staff, inviting": ("admin/staff/new.html", _inviting),
    "staff, granting": ("admin/roles/new.html", _granting),
    "staff, relatives of one": ("admin/relatives/show.html", _relatives_of_one),
}
