"""Roles: what is held where, granting, agreeing as the second person, ending."""

from __future__ import annotations

import uuid

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from admin.blueprint import blueprint
from admin.forms.staff import RoleForm
from admin.pages import render_desk_page
from admin.views.own_account import FRESH
from assistance import people
from assistance.errors import Refusal
from assistance.people import RoleAssignment
from assistance.permissions import ADMINISTRATORS, ROLE_WORDS, Permission, Role
from infrastructure.languages import N_
from web.access import allows, current_actor
from web.languages import current_locale, gettext
from web.services import services
from web.unit_of_work import current_session

FIELDS = ("role", "division", "department", "valid_from", "valid_until")
ADMINISTRATORS_WORDS = N_("三名管理员（各由一人专任，都要两个人定）")
OTHERS_WORDS = N_("其他岗位")


@blueprint.get("/roles")
@allows(Permission.STAFF_READ)
def list_roles() -> Response:
    """Every role that is held, by place; and what waits for a second person."""
    session, actor = current_session(), current_actor()
    standing = people.roles.list_standing_roles(session)
    numbers = people.staff.work_numbers(session, {one.account_id for one in standing})
    rows = [(one, numbers[one.account_id], *_words(one)) for one in standing]
    return render_desk_page(
        "admin/roles/list.html",
        held=[row for row in rows if row[0].state == "active"],
        proposed=[
            (*row, people.roles.may_agree(row[0], actor)) for row in rows if row[0].state == "proposed"
        ],
        own=actor.account_id,
        may_grant=actor.may(Permission.ROLES_GRANT),
    )


@blueprint.route("/staff/<uuid:account_id>/roles/new", methods=["GET", "POST"])
@allows(Permission.ROLES_GRANT, fresh=FRESH)
def grant_role(account_id: uuid.UUID) -> BaseResponse:
    """Grant a role in a place from a day to a day; some wait for a second person."""
    account = people.staff.get_account(current_session(), account_id)
    parts = services()
    form = RoleForm(request.form) if request.method == "POST" else RoleForm(valid_from=parts.clock.today())
    if request.method != "POST":
        return _form(account_id, account.work_number, form)
    if not form.validate():
        return _form(account_id, account.work_number, form)
    if form.department.data and form.department.data not in parts.catalogue.departments:
        return _form(account_id, account.work_number, form, ("department", N_("请选一个部门")))
    assert form.valid_from.data is not None
    try:
        people.roles.grant(
            current_session(),
            account_id=account_id,
            role=Role(form.role.data or ""),
            division_code=form.division.data or "",
            department=form.department.data or None,
            valid_from=form.valid_from.data,
            valid_until=form.valid_until.data,
            by=current_actor(),
            now=parts.clock.now(),
        )
    except Refusal as refused:
        return _form(account_id, account.work_number, form, ("role", refused.message))
    return redirect(url_for("admin.show_staff", account_id=account_id), 303)


@blueprint.post("/roles/<uuid:assignment_id>/approve")
@allows(Permission.ROLES_APPROVE, fresh=FRESH)
def approve_role(assignment_id: uuid.UUID) -> BaseResponse:
    """Agree as the second person."""
    people.roles.approve(current_session(), assignment_id, by=current_actor(), now=services().clock.now())
    return redirect(url_for("admin.list_roles"), 303)


@blueprint.post("/roles/<uuid:assignment_id>/decline")
@allows(Permission.STAFF_READ)
def decline_role(assignment_id: uuid.UUID) -> BaseResponse:
    """Do not agree as the second person, or take back what one has proposed oneself."""
    people.roles.decline(current_session(), assignment_id, by=current_actor(), now=services().clock.now())
    return redirect(url_for("admin.list_roles"), 303)


@blueprint.post("/roles/<uuid:assignment_id>/end")
@allows(Permission.ROLES_GRANT, fresh=FRESH)
def end_role(assignment_id: uuid.UUID) -> BaseResponse:
    """End a role, with effect on its holder's next request."""
    people.roles.end(current_session(), assignment_id, by=current_actor(), now=services().clock.now())
    return redirect(url_for("admin.list_roles"), 303)


def _words(one: RoleAssignment) -> tuple[str, str]:
    index, county = services().divisions, services().settings.county
    place = index.full_name(one.division_code, below=county)
    found = index.get(one.division_code)
    return ROLE_WORDS[Role(one.role)], place or (found.name if found else one.division_code)


def _form(
    account_id: uuid.UUID, work_number: str, form: RoleForm, problem: tuple[str, str] | None = None
) -> Response:
    errors = [(name, gettext(str(form[name].errors[0]))) for name in FIELDS if form[name].errors]
    if problem is not None:
        errors.append((problem[0], gettext(problem[1])))
    written = {name: form[name].data or "" for name in ("role", "division", "department")}
    for name in ("valid_from", "valid_until"):
        typed = form[name].raw_data
        day = form[name].data
        written[name] = typed[0] if typed else day.isoformat() if day else ""
    return render_desk_page(
        "admin/roles/new.html",
        status=422 if errors else 200,
        account_id=account_id,
        work_number=work_number,
        roles=_role_groups(),
        places=_place_groups(),
        departments=_departments(),
        written=written,
        errors=errors,
    )


def _role_groups() -> list[tuple[str, list[tuple[str, str]]]]:
    rows = [(role, gettext(words)) for role, words in ROLE_WORDS.items() if role is not Role.RESIDENT]
    return [
        (gettext(OTHERS_WORDS), [(role.value, words) for role, words in rows if role not in ADMINISTRATORS]),
        (
            gettext(ADMINISTRATORS_WORDS),
            [(role.value, words) for role, words in rows if role in ADMINISTRATORS],
        ),
    ]


def _place_groups() -> list[tuple[str, list[tuple[str, str]]]]:
    index, county = services().divisions, services().settings.county
    found: list[tuple[str, list[tuple[str, str]]]] = []
    allowed = current_actor().divisions_for(Permission.ROLES_GRANT)

    def covered(code: str) -> bool:
        return any(index.is_within(code, above) for above in allowed)

    place = index.get(county)
    if place is not None and covered(county):
        found.append(("", [(county, place.name)]))
    for town in index.children(county):
        rows = [(one.code, one.name) for one in (town, *index.children(town.code)) if covered(one.code)]
        if rows:
            found.append((town.name, rows))
    return found


def _departments() -> list[tuple[str, str]]:
    return [
        (code, words.in_language(current_locale()))
        for code, words in services().catalogue.departments.items()
    ]
