"""Staff accounts: the list, inviting, shutting and opening, and the way back after a lost device."""

from __future__ import annotations

import uuid
from datetime import timedelta

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from admin.blueprint import blueprint
from admin.forms.staff import InvitationForm
from admin.pages import render_desk_page
from admin.views.own_account import FRESH
from assistance import people
from assistance.errors import NotFound, Refusal
from assistance.people import Person
from assistance.permissions import ROLE_WORDS, Permission, Role
from assistance.values import Malformed, ResidentId, masked_name
from infrastructure.languages import N_
from web.access import allows, current_actor
from web.languages import gettext
from web.services import services
from web.sign_in import seal_text, unseal_text
from web.unit_of_work import current_session

PER_PAGE = 50
LINK_COOKIE, LINK_LIVES = "huimin_staff_link", timedelta(minutes=10)
STATES = {"invited": N_("等本人开通"), "active": N_("在用"), "disabled": N_("已停用")}
FIELDS = ("name", "resident_id", "user_name", "work_number")


@blueprint.get("/staff")
@allows(Permission.STAFF_READ)
def list_staff() -> Response:
    """Every account by work number, with the roles that it holds; names are masked."""
    session, now = current_session(), services().clock.now()
    wanted = request.args.get("page", "1")
    number = people.staff.count_accounts(session)
    pages = max(1, -(-number // PER_PAGE))
    page = min(int(wanted), pages) if wanted.isascii() and wanted.isdecimal() and int(wanted) else 1
    accounts = people.staff.list_accounts(session, offset=(page - 1) * PER_PAGE, limit=PER_PAGE)
    held: dict[uuid.UUID, list[str]] = {}
    for one in people.roles.list_standing_roles(session):
        held.setdefault(one.account_id, []).append(gettext(ROLE_WORDS[Role(one.role)]))
    waiting = [
        (one, people.staff.get_account(session, one.account_id))
        for one in people.staff.list_waiting_invitations(session, now)
    ]
    rows = [
        (account, masked_name(person.name), held.get(account.id, []), STATES[account.state])
        for account, person in accounts
    ]
    actor = current_actor()
    return render_desk_page(
        "admin/staff/list.html",
        rows=rows,
        page=page,
        pages=pages,
        waiting=waiting,
        may_agree=actor.may(Permission.STAFF_MANAGE) or actor.may(Permission.ROLES_APPROVE),
        may_manage=actor.may(Permission.STAFF_MANAGE),
        own=actor.account_id,
    )


@blueprint.get("/staff/<uuid:account_id>")
@allows(Permission.STAFF_READ)
def show_staff(account_id: uuid.UUID) -> BaseResponse:
    """One account: its state, its roles now and before, and a new link where one was just made."""
    session, now, actor = current_session(), services().clock.now(), current_actor()
    account = people.staff.get_account(session, account_id)
    index, person = services().divisions, session.get(Person, account.person_id)
    roles = [
        (
            one,
            ROLE_WORDS[Role(one.role)],
            index.full_name(one.division_code, below=services().settings.county),
        )
        for one in people.roles.list_roles(session, account_id)
    ]
    link = unseal_text(f"staff_link.{account_id}", request.cookies.get(LINK_COOKIE, ""))
    page = render_desk_page(
        "admin/staff/show.html",
        account=account,
        name=masked_name(person.name) if person else "",
        state=STATES[account.state],
        is_locked=account.locked_until is not None and account.locked_until > now,
        roles=roles,
        link=f"{services().settings.base_url}{link}" if link else "",
        may_manage=actor.may(Permission.STAFF_MANAGE) and account.id != actor.account_id,
        may_grant=actor.may(Permission.ROLES_GRANT) and account.id != actor.account_id,
    )
    if link:
        # The link is shown once; whoever needs it again makes a new one.
        page.delete_cookie(LINK_COOKIE, path=url_for("admin.list_staff"))
    return page


@blueprint.route("/staff/new", methods=["GET", "POST"])
@allows(Permission.STAFF_MANAGE, fresh=FRESH)
def invite_staff() -> BaseResponse:
    """Open an account for somebody who has none, and make the link that opens it once."""
    form = InvitationForm(request.form)
    if request.method != "POST":
        return _form(form)
    if not form.validate():
        return _form(form)
    try:
        account, token = people.staff.invite(
            current_session(),
            name=form.name.data or "",
            resident_id=ResidentId(form.resident_id.data or ""),
            user_name=form.user_name.data or "",
            work_number=form.work_number.data or "",
            by=current_actor(),
            now=services().clock.now(),
        )
    except Malformed as wrong:
        return _form(form, ("name", wrong.message))
    except Refusal as refused:
        current_session().rollback()
        name = {"工号": "work_number", "用户": "user_name"}.get(refused.message[:2], "resident_id")
        return _form(form, (name, refused.message))
    return _with_link(account.id, token)


@blueprint.post("/staff/<uuid:account_id>/invite")
@allows(Permission.STAFF_MANAGE, fresh=FRESH)
def invite_staff_again(account_id: uuid.UUID) -> BaseResponse:
    """A new link for somebody who has not used theirs; the old one is worthless."""
    token = people.staff.invite_again(
        current_session(), account_id, by=current_actor(), now=services().clock.now()
    )
    return _with_link(account_id, token)


@blueprint.post("/staff/<uuid:account_id>/disable")
@allows(Permission.STAFF_MANAGE, fresh=FRESH)
def disable_staff(account_id: uuid.UUID) -> BaseResponse:
    """Shut an account, with effect on its owner's next request."""
    people.staff.disable(current_session(), account_id, by=current_actor(), now=services().clock.now())
    return redirect(url_for("admin.show_staff", account_id=account_id), 303)


@blueprint.post("/staff/<uuid:account_id>/enable")
@allows(Permission.STAFF_MANAGE, fresh=FRESH)
def enable_staff(account_id: uuid.UUID) -> BaseResponse:
    """Open an account again; its roles are granted anew."""
    token = people.staff.enable(current_session(), account_id, by=current_actor(), now=services().clock.now())
    if token is not None:
        return _with_link(account_id, token)
    return redirect(url_for("admin.show_staff", account_id=account_id), 303)


@blueprint.post("/staff/<uuid:account_id>/device-lost")
@allows(Permission.STAFF_MANAGE, fresh=FRESH)
def ask_for_new_device(account_id: uuid.UUID) -> BaseResponse:
    """Somebody has lost the device of the second factor: their sign-ins end, and a second person is asked."""
    people.staff.report_device_lost(
        current_session(), account_id, by=current_actor(), now=services().clock.now()
    )
    return redirect(url_for("admin.list_staff"), 303)


@blueprint.post("/staff/invitations/<uuid:invitation_id>/approve")
@allows(Permission.STAFF_READ, fresh=FRESH)
def approve_new_device(invitation_id: uuid.UUID) -> BaseResponse:
    """Agree as the second person; the link is shown to whoever agrees."""
    session = current_session()
    token = people.staff.approve_invitation(
        session, invitation_id, by=current_actor(), now=services().clock.now()
    )
    found = people.staff.find_invitation(session, token, now=services().clock.now())
    if found is None:
        raise NotFound
    return _with_link(found.account_id, token)


def _form(form: InvitationForm, problem: tuple[str, str] | None = None) -> Response:
    errors = [(name, gettext(str(form[name].errors[0]))) for name in FIELDS if form[name].errors]
    if problem is not None:
        errors.append((problem[0], gettext(problem[1])))
    return render_desk_page(
        "admin/staff/new.html",
        status=422 if errors else 200,
        written={name: form[name].data or "" for name in FIELDS},
        errors=errors,
    )


def _with_link(account_id: uuid.UUID, token: str) -> BaseResponse:
    response = redirect(url_for("admin.show_staff", account_id=account_id), 303)
    response.set_cookie(
        LINK_COOKIE,
        seal_text(f"staff_link.{account_id}", url_for("admin.answer_invitation", token=token)),
        max_age=LINK_LIVES,
        path=url_for("admin.list_staff"),
        secure=services().settings.is_https,
        httponly=True,
        samesite="Strict",
    )
    return response
