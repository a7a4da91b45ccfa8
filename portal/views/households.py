"""我家的档案: what is kept of one's own household, from where and since when; telling a change."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from assistance import households, rules
from assistance.errors import NotFound, Refusal
from assistance.permissions import Permission
from portal.blueprint import blueprint
from portal.own_household import note_own_look, own_household
from web.access import allows, current_actor
from web.fact_fields import QUESTION_TITLES, field_of, read_typed, source_words, typed_of
from web.languages import gettext
from web.pages import render_page
from web.services import services
from web.unit_of_work import current_session


@blueprint.get("/me/household")
@allows(Permission.OWN_FILE_READ)
def show_own_household() -> Response:
    """My family's file: my own lines in full, my children's, and the household's totals."""
    seen = own_household()
    if seen is None:
        return render_page("portal/households/none.html")
    note_own_look(seen)
    household = seen.household
    return render_page(
        "portal/households/show.html",
        seen=seen,
        place=households.place_name(household.division_code, services().settings.county),
        relations=households.RELATION_WORDS,
        standings=households.STANDING_WORDS,
        source_words=source_words,
        titles=QUESTION_TITLES,
        from_the_register=households.FROM_THE_REGISTER,
        changed=rules.FACTS.get(request.args.get("changed", "")),
        today=services().clock.today(),
    )


@blueprint.get("/me/household/facts")
@allows(Permission.OWN_FILE_READ)
def list_own_facts() -> Response:
    """What may have changed, mine, my children's and the household's."""
    seen = _own_or_404()
    subjects: list[dict[str, Any]] = [
        {"member": "", "person": None, "groups": _groups("household")},
        *(
            {"member": str(one.member.id), "person": one, "groups": _groups("member")}
            for one in seen.people
            if one.is_open
        ),
    ]
    return render_page("portal/households/facts.html", subjects=subjects)


@blueprint.route("/me/household/facts/<string:fact>", methods=["GET", "POST"])
@allows(Permission.OWN_FILE_READ)
def edit_own_fact(fact: str) -> BaseResponse:
    """Say what one thing is now: a new line follows the one that stood."""
    known = rules.FACTS.get(fact)
    if known is None or fact in households.FROM_THE_REGISTER:
        raise NotFound
    seen = _own_or_404()
    told = request.form if request.method == "POST" else request.args
    whose = _whose(seen, known, told.get("member", ""))
    lines = seen.totals if whose is None else whose.lines
    now_known = next((one for one in lines if one.fact is known), None)
    typed = typed_of(known, now_known.line.sealed["value"]) if now_known else []
    error = ""
    if request.method == "POST":
        typed = request.form.getlist("value")
        value, error = read_typed(known, typed)
        if not error:
            try:
                _declare(seen, whose, fact, value)
                return redirect(url_for("portal.show_own_household", changed=fact), 303)
            except Refusal as refusal:
                error = gettext(refusal.message)
    return render_page(
        "portal/households/edit_fact.html",
        status=422 if error else 200,
        field=field_of(known),
        fact=known,
        whose=whose,
        now_known=now_known,
        typed=typed,
        errors=[("value", error)] if error else [],
        error=error,
        standings=households.STANDING_WORDS,
        source_words=source_words,
    )


def _own_or_404() -> households.SeenHousehold:
    seen = own_household()
    if seen is None:
        raise NotFound
    return seen


def _whose(seen: households.SeenHousehold, fact: rules.Fact, member_id: str) -> households.SeenPerson | None:
    """The member whom a fact is about, None for the household's own; NotFound for other adults."""
    if fact.subject == "household":
        return None
    try:
        wanted = uuid.UUID(member_id) if member_id else seen.reader.member.id
    except ValueError:
        raise NotFound from None
    for one in seen.people:
        if one.member.id == wanted and one.is_open:
            return one
    raise NotFound


def _declare(
    seen: households.SeenHousehold, whose: households.SeenPerson | None, fact: str, value: Any
) -> None:
    parts = services()
    households.record_line(
        current_session(),
        seen.household,
        fact=fact,
        value=value,
        source="declaration",
        dated_on=parts.clock.today(),
        by=current_actor(),
        now=parts.clock.now(),
        member=whose.member if whose else None,
    )


def _groups(subject: str) -> list[tuple[str, list[rules.Fact]]]:
    groups: dict[int, list[rules.Fact]] = {}
    for key, fact in rules.FACTS.items():
        if fact.subject == subject and key not in households.FROM_THE_REGISTER:
            groups.setdefault(fact.question, []).append(fact)
    return [(gettext(QUESTION_TITLES[number]), facts) for number, facts in sorted(groups.items())]
