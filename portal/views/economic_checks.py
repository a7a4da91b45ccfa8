"""核对的结果: what the sources said of me and my household, and saying that something is wrong."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from assistance import audit, authorizations, economic_checks, households
from assistance.authorizations import DataItem
from assistance.economic_checks import EconomicCheck, Objection, WholeCheck
from assistance.errors import NotFound, Refusal
from assistance.households import SeenPerson
from assistance.permissions import Permission
from assistance.rules import FACTS
from infrastructure.languages import N_
from infrastructure.pictures import BadPicture, drawn_anew
from portal.blueprint import blueprint
from portal.forms.economic_checks import ObjectionForm
from web.access import allows, current_actor
from web.bad_input import takes_files
from web.languages import current_locale, gettext
from web.looks import note_look
from web.pages import render_page
from web.services import services
from web.unit_of_work import current_session

LARGEST_UPLOAD = 9 * 1024 * 1024
BAD_PICTURE = N_("这张照片读不出来，请用手机重新拍一张，不超过 8 MB。")


@dataclass(frozen=True)
class Mine:
    """One person whose results I may read: myself, or somebody whose guardian I am."""

    person_id: uuid.UUID
    name: str
    is_self: bool
    sources: Sequence[economic_checks.SourceRow]
    items: Sequence[economic_checks.ItemRow]


@dataclass(frozen=True)
class ReadLine:
    """A line of the report as it is read to me."""

    line: economic_checks.LineRow
    whose: str
    """The name of a ward whose line it is; empty for the household's and my own."""
    is_household: bool
    contested: Sequence[economic_checks.ItemRow]
    """The answers in it that I have said are wrong."""
    open: Sequence[economic_checks.ItemRow]
    """The answers in it that I may say are wrong."""


@blueprint.get("/me/economic-checks")
@allows(Permission.OWN_FILE_READ)
def list_own_economic_checks() -> Response:
    """The checks of my household and of myself, newest first."""
    session, actor = current_session(), current_actor()
    found: dict[uuid.UUID, EconomicCheck] = {}
    if actor.person_id is not None:
        household = households.household_of(session, actor.person_id)
        of_household = economic_checks.list_of_household(session, household.id) if household else []
        for check in [*of_household, *economic_checks.list_of_person(session, actor.person_id)]:
            found[check.id] = check
    checks = sorted(found.values(), key=lambda check: (check.started_at, check.number), reverse=True)
    return render_page(
        "portal/economic_checks/list.html", checks=checks, check_words=economic_checks.CHECK_WORDS
    )


@blueprint.get("/me/economic-checks/<uuid:check_id>")
@allows(Permission.OWN_FILE_READ)
def show_own_economic_check(check_id: uuid.UUID) -> Response:
    """My own results in full and my wards', the household's lines, and that others have some."""
    whole, open_people, others, is_member = _get(check_id)
    sources, locale = _sources(), current_locale()
    ids = [one.person.id for one in open_people]
    items = economic_checks.item_rows(whole, sources, locale, ids)
    mine = [
        Mine(
            one.person.id,
            one.person.name,
            one.is_self,
            economic_checks.source_rows(whole, sources, locale, one.person.id),
            [row for row in items if row.person_id == one.person.id],
        )
        for one in open_people
    ]
    for one in open_people:
        note_look(
            audit.Event.CHECK_SHOWN,
            [(whole.check.number, one.person.audit_subject)],
            by=current_actor().for_the_log(),
            seen=["check_results", "name"],
            purpose="check_report",
            case_ref=whole.request.number,
        )
    readable = {one.person.id: "" if one.is_self else one.person.name for one in open_people}
    lines = [
        line
        for line in economic_checks.line_rows(whole, sources, locale)
        if (is_member if line.person_id is None else line.person_id in readable)
    ]
    return render_page(
        "portal/economic_checks/show.html",
        whole=whole,
        check=whole.check,
        check_words=economic_checks.CHECK_WORDS,
        purpose=authorizations.PURPOSE_WORDS[whole.request.purpose].in_language(locale),
        mine=[one for one in mine if one.sources],
        others=others,
        sorted=economic_checks.sort_lines(lines),
        read={line: _read(line, readable, items) for line in lines},
        moved=economic_checks.moved_rows(whole, services().catalogue, locale) if is_member else [],
        unreached=_unreached(mine),
        answer_by=min((one.due_on for one in whole.contests if one.state == "asked"), default=None),
        has_said="said" in request.args,
        days=economic_checks.ANSWER_WORKING_DAYS,
        today=services().clock.today(),
    )


@blueprint.route(
    "/me/economic-checks/<uuid:check_id>/results/<uuid:result_id>/<string:item>/objection",
    methods=["GET", "POST"],
)
@allows(Permission.OWN_RIGHTS_USE)
@takes_files(LARGEST_UPLOAD)
def start_check_objection(check_id: uuid.UUID, result_id: uuid.UUID, item: str) -> BaseResponse:
    """Say that one value is wrong: my own value, my words, a picture if I like."""
    whole, open_people, _, _ = _get(check_id)
    row, known = _item(whole, [one.person.id for one in open_people], result_id, item)
    form = ObjectionForm(request.form if request.method == "POST" else None)
    typed = request.form.getlist("value") if request.method == "POST" else []
    errors: dict[str, str] = {}
    if request.method == "POST":
        if not form.validate():
            errors["says"] = gettext(str(form.says.errors[0]))
        if not errors:
            errors = _object(whole, result_id, known, typed, form.says.data or "")
        if not errors:
            return redirect(url_for("portal.show_own_economic_check", check_id=check_id, said=1), 303)
    return render_page(
        "portal/economic_checks/objection.html",
        status=422 if errors else 200,
        check=whole.check,
        row=row,
        item=known,
        choices=_choices(known),
        unit=_unit_name(known),
        typed=typed,
        says=form.says.data or "",
        errors=list(errors.items()),
        error={name: errors.get(name, "") for name in ("value", "says", "picture")},
        days=economic_checks.ANSWER_WORKING_DAYS,
    )


@blueprint.post("/me/economic-checks/<uuid:check_id>/objections/<uuid:line_id>/withdrawal")
@allows(Permission.OWN_RIGHTS_USE)
def withdraw_check_objection(check_id: uuid.UUID, line_id: uuid.UUID) -> BaseResponse:
    """Take an objection back; the shared value counts again."""
    whole, open_people, _, _ = _get(check_id)
    line = next((one for one in whole.contests if one.id == line_id), None)
    if line is None or line.person_id not in [one.person.id for one in open_people]:
        raise NotFound
    economic_checks.take_back(current_session(), line, by=current_actor(), now=services().clock.now())
    return redirect(url_for("portal.show_own_economic_check", check_id=check_id), 303)


def _read(
    line: economic_checks.LineRow,
    readable: Mapping[uuid.UUID, str],
    items: Sequence[economic_checks.ItemRow],
) -> ReadLine:
    """A line with the answers of mine behind it; those that hold nothing explain only a line that does."""
    parts = [row for row in items if line.fact in row.facts and line.person_id in (None, row.person_id)]
    still_open = [row for row in parts if row.contest is None]
    return ReadLine(
        line,
        readable[line.person_id] if line.person_id is not None else "",
        line.person_id is None,
        [row for row in parts if row.contest is not None],
        [row for row in still_open if line.is_nought or not row.is_nought],
    )


def _unreached(mine: Sequence[Mine]) -> list[economic_checks.SourceRow]:
    """Each source that has not answered about me or my wards, once, the one that is asked again first."""
    found: dict[str, economic_checks.SourceRow] = {}
    for row in (row for one in mine for row in one.sources if row.is_failed):
        known = found.get(row.source)
        if known is None or (row.again_at and known.again_at and row.again_at < known.again_at):
            found[row.source] = row
    return list(found.values())


def _get(check_id: uuid.UUID) -> tuple[WholeCheck, list[SeenPerson], list[SeenPerson], bool]:
    """A check of mine, whose results in it I may read, who else is in it, and whether I still live there."""
    session, actor = current_session(), current_actor()
    check = session.get(EconomicCheck, check_id)
    if check is None or actor.person_id is None:
        raise NotFound
    whole = economic_checks.whole_check(session, check)
    asked = {task.person_id for task in whole.tasks}
    try:
        seen = households.as_seen_by(session, whole.household, actor.person_id, on=services().clock.today())
    except NotFound:
        person = whole.persons.get(actor.person_id)
        everybody = households.list_everybody(session, whole.household)
        member = next((one.member for one in everybody if one.person.id == actor.person_id), None)
        if person is None or member is None:
            raise
        # A supporter, or somebody who has moved out since: what is about them is still theirs to read.
        return whole, [SeenPerson(member, person, True, True, (), False)], [], False
    people = [one for one in seen.people if one.person.id in asked]
    open_people = sorted((one for one in people if one.is_open), key=lambda one: not one.is_self)
    return whole, open_people, [one for one in people if not one.is_open], True


def _item(
    whole: WholeCheck, person_ids: Sequence[uuid.UUID], result_id: uuid.UUID, code: str
) -> tuple[economic_checks.ItemRow, DataItem]:
    sources = _sources()
    for row in economic_checks.item_rows(whole, sources, current_locale(), person_ids):
        if row.result_id == result_id and row.item == code:
            item = sources[row.source].item(code)
            if item is not None:
                return row, item
    raise NotFound


def _object(
    whole: WholeCheck, result_id: uuid.UUID, item: DataItem, typed: list[str], says: str
) -> dict[str, str]:
    """Keep the objection, or say at which field something is not right."""
    try:
        value = economic_checks.read_typed_value(item, typed)
    except Refusal as refusal:
        return {"value": gettext(refusal.message)}
    sent = request.files.get("picture")
    content = sent.read(LARGEST_UPLOAD) if sent is not None and sent.filename else b""
    try:
        picture = drawn_anew(content) if content else None
    except BadPicture:
        return {"picture": gettext(BAD_PICTURE)}
    result = next(one for one in whole.results.values() if one.id == result_id)
    said = Objection(value, says, picture)
    try:
        economic_checks.contest(
            current_session(),
            _sources(),
            result,
            item.code,
            said,
            by=current_actor(),
            now=services().clock.now(),
        )
    except Refusal as refusal:
        return {"value": gettext(refusal.message)}
    return {}


def _choices(item: DataItem) -> list[tuple[str, str, str]]:
    """The rows to choose from, for an item that has such."""
    locale = current_locale()
    if item.type == "flag":
        return [
            (code, economic_checks.value_words(item, code == "yes", locale), "") for code in ("yes", "no")
        ]
    if item.type == "code":
        return [
            (code, economic_checks.value_words(item, [code] if item.several else code, locale), "")
            for code in economic_checks.list_codes(item)
        ]
    return []


def _unit_name(item: DataItem) -> str:
    """What a count counts, where the vocabulary says so."""
    fact = FACTS.get(item.fact or "")
    return fact.unit.name(current_locale()) if fact is not None and fact.unit is not None else ""


def _sources() -> authorizations.Sources:
    return authorizations.sources_of(services().settings)
