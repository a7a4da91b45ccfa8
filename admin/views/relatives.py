"""Near relatives (近亲属备案): declaring one's own, and reading the register where that is one's office."""

from __future__ import annotations

import uuid

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from admin.blueprint import blueprint
from admin.forms.staff import RelativeForm
from admin.pages import render_desk_page
from assistance import audit, people
from assistance.errors import NotFound, Refusal
from assistance.people import StaffAccount, relatives
from assistance.permissions import Permission
from assistance.values import Malformed, ResidentId
from web.access import allows, current_actor
from web.languages import gettext
from web.looks import note_look
from web.services import services
from web.unit_of_work import current_session

FIELDS = ("name", "resident_id", "relation")


@blueprint.route("/relatives", methods=["GET", "POST"])
@allows(Permission.RELATIVES_DECLARE)
def list_own_relatives() -> BaseResponse:
    """Whom I have declared, and adding somebody."""
    form = RelativeForm(request.form)
    if request.method != "POST":
        return _page(form)
    if not form.validate():
        return _page(form)
    try:
        relatives.declare_relative(
            current_session(),
            name=form.name.data or "",
            resident_id=ResidentId(form.resident_id.data or ""),
            relation=form.relation.data or "",
            by=current_actor(),
            now=services().clock.now(),
        )
    except Malformed as wrong:
        return _page(form, ("name", wrong.message))
    except Refusal as refused:
        return _page(form, ("resident_id", refused.message))
    return redirect(url_for("admin.list_own_relatives"), 303)


@blueprint.post("/relatives/<uuid:relative_id>/end")
@allows(Permission.RELATIVES_DECLARE)
def end_own_relative(relative_id: uuid.UUID) -> BaseResponse:
    """Take one's own declaration of somebody back."""
    relatives.end_relative(current_session(), relative_id, by=current_actor(), now=services().clock.now())
    return redirect(url_for("admin.list_own_relatives"), 303)


@blueprint.post("/relatives/sign")
@allows(Permission.RELATIVES_DECLARE)
def sign_own_relatives() -> BaseResponse:
    """Confirm, as every year, that nobody is missing."""
    relatives.sign_relatives(current_session(), by=current_actor(), now=services().clock.now())
    return redirect(url_for("admin.list_own_relatives"), 303)


@blueprint.get("/relatives/register")
@allows(Permission.RELATIVES_READ)
def list_relatives() -> Response:
    """Who has declared how many, and who has not confirmed this year; nobody's relatives by name."""
    session, now = current_session(), services().clock.now()
    numbers = relatives.count_relatives(session)
    rows = [
        (account, numbers.get(account.id, 0), relatives.is_signing_due(account.relatives_signed_at, now))
        for account, _person in people.staff.list_accounts(session, limit=2000)
        if account.state != "disabled"
    ]
    return render_desk_page("admin/relatives/list.html", rows=rows)


@blueprint.get("/relatives/register/<uuid:account_id>")
@allows(Permission.RELATIVES_READ)
def show_relatives(account_id: uuid.UUID) -> Response:
    """Whom one member of staff has declared; each of them is a person who was looked at."""
    session = current_session()
    account = session.get(StaffAccount, account_id)
    held = people.roles.list_roles(session, account_id)
    reached = [one for one in held if current_actor().covers(Permission.RELATIVES_READ, one.division_code)]
    if account is None or (held and not reached):
        raise NotFound
    found = relatives.list_relatives(session, account_id)
    if found:
        note_look(
            audit.Event.RELATIVES_SHOWN,
            [(str(one.id), relatives.subject_of(one)) for one in found],
            by=current_actor().for_the_log(Permission.RELATIVES_READ),
            seen=["name", "relatives"],
            purpose="separation_of_duties",
        )
    rows = [
        (one.sealed["name"], relatives.RELATIONS[one.sealed["relation"]], one.declared_at) for one in found
    ]
    return render_desk_page(
        "admin/relatives/show.html",
        account=account,
        rows=rows,
        is_due=relatives.is_signing_due(account.relatives_signed_at, services().clock.now()),
    )


def _page(form: RelativeForm, problem: tuple[str, str] | None = None) -> Response:
    errors = [(name, gettext(str(form[name].errors[0]))) for name in FIELDS if form[name].errors]
    if problem is not None:
        errors.append((problem[0], gettext(problem[1])))
    actor, now = current_actor(), services().clock.now()
    account = current_session().get(StaffAccount, actor.account_id)
    assert account is not None
    rows = [
        (one, one.sealed["name"], relatives.RELATIONS[one.sealed["relation"]])
        for one in relatives.list_relatives(current_session(), account.id)
    ]
    return render_desk_page(
        "admin/relatives/own.html",
        status=422 if errors else 200,
        rows=rows,
        signed_at=account.relatives_signed_at,
        is_due=relatives.is_signing_due(account.relatives_signed_at, now),
        relations=[("", [(code, gettext(words)) for code, words in relatives.RELATIONS.items()])],
        written={name: form[name].data or "" for name in FIELDS} if errors else dict.fromkeys(FIELDS, ""),
        errors=errors,
    )
