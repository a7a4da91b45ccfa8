"""Household files as staff see them: masked rows, and one file with lines side by side."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, request, url_for
from sqlalchemy.orm import Session

from admin.blueprint import blueprint
from admin.pages import render_desk_page
from admin.reaching import reach_household
from admin.viewing import counted_view
from assistance import audit, authorizations, economic_checks, households, looks, rules
from assistance.divisions import Level
from assistance.households import Household, HouseholdLine, PersonHere
from assistance.people import Actor
from assistance.permissions import Permission, Role
from assistance.values import age_on
from infrastructure.languages import N_
from web.access import allows, current_actor
from web.fact_fields import source_words
from web.languages import gettext
from web.looks import note_look
from web.services import services
from web.unit_of_work import after_answer, current_session

PER_PAGE = 50
MOST_ASKED = 5
FILTERS = ("village", "name", "number", "state")
WHY = ("household_file", "home_visit", "contact", "identity_confirmation", "rights_request", "supervision")
AGE_BANDS = (
    (3, N_("不满3岁")),
    (8, N_("3到7岁")),
    (14, N_("8到13岁")),
    (18, N_("14到17岁")),
)


@dataclass(frozen=True)
class Side:
    """One thing that is known, what each standing says of it, and how they differ."""

    fact: rules.Fact
    said: dict[str, tuple[HouseholdLine, rules.Words]]
    difference: str
    earlier: Sequence[tuple[HouseholdLine, rules.Words]]
    """What somebody said or saw before, newest first; what a check found is in its reports."""


@dataclass(frozen=True)
class Shown:
    """One person of the file as this member of staff may see them."""

    here: PersonHere
    is_closed: bool
    """A minor whose record nobody has opened for this reader: relation and age band only."""
    band: str
    age: int | None
    sides: Sequence[Side]
    phones: Sequence[str]


@blueprint.get("/households")
@allows(Permission.HOUSEHOLDS_LIST)
def list_households() -> Response:
    """Masked rows of the households of one's own divisions."""
    session, actor, parts = current_session(), current_actor(), services()
    asked = {name: request.args.get(name, "").strip()[:60] for name in FILTERS}
    filters = households.Filters(
        division_code=asked["village"], name=asked["name"], number=asked["number"], state=asked["state"]
    )
    total = households.count_visible(session, actor, filters)
    pages = max(1, math.ceil(total / PER_PAGE))
    page = min(max(1, request.args.get("page", 1, type=int)), pages)
    rows = households.list_visible(session, actor, filters, page=page, per_page=PER_PAGE)
    _note_list(actor, len(rows))
    return render_desk_page(
        "admin/households/list.html",
        rows=[
            (row, parts.divisions.full_name(row.household.division_code, parts.settings.county))
            for row in rows
        ],
        total=total,
        page=page,
        pages=pages,
        asked=asked,
        query={name: value for name, value in asked.items() if value},
        villages=village_groups(actor.divisions_for(Permission.HOUSEHOLDS_LIST)),
        states=[(code, gettext(words)) for code, words in households.STATE_WORDS.items()],
        state_words=households.STATE_WORDS,
        may_open=actor.may(Permission.HOUSEHOLDS_READ),
        may_import=actor.may(Permission.HOUSEHOLDS_IMPORT),
    )


@blueprint.get("/households/<uuid:household_id>")
@allows(Permission.HOUSEHOLDS_READ)
@counted_view
def show_household(household_id: uuid.UUID) -> Response:
    """One file: who lives there, what is known by whom, what happened; each person shown is one look."""
    session, actor, parts = current_session(), current_actor(), services()
    household = reach_household(household_id, Permission.HOUSEHOLDS_READ)
    everybody = households.list_everybody(session, household)
    lines = households.list_lines(session, household, history=True)
    today = parts.clock.today()
    people = _people(session, actor, everybody, lines)
    present = [one for one in people if one.here.member.left_on is None and not one.here.member.is_supporter]
    totals = sides_of(line for line in lines if line.member_id is None)
    why = purpose_of(actor, request.args.get("why", ""))
    _note_looks(actor, household, people, totals, why)
    return render_desk_page(
        "admin/households/show.html",
        household=household,
        place=households.place_name(household.division_code, parts.settings.county),
        head=next((one for one in present if one.here.member.relation == "head"), None),
        present=present,
        supporters=[
            one for one in people if one.here.member.is_supporter and one.here.member.left_on is None
        ],
        former=[one for one in people if one.here.member.left_on is not None],
        totals=totals,
        asked=_asked(session, actor, household),
        request_words=authorizations.REQUEST_WORDS,
        request_purposes=authorizations.PURPOSE_WORDS,
        checks=_checks(session, actor, household),
        check_words=economic_checks.CHECK_WORDS,
        events=households.list_events(session, household),
        names={one.here.member.id: _name(one) for one in people},
        relations=households.RELATION_WORDS,
        states=households.STATE_WORDS,
        event_words=households.EVENT_WORDS,
        source_words=source_words,
        divisions=parts.divisions,
        today=today,
        why=why,
        purposes=[(code, gettext(looks.PURPOSES[code])) for code in WHY],
        may_write=actor.covers(Permission.HOUSEHOLDS_WRITE, household.division_code)
        and household.state == "active",
        may_ask=actor.covers(Permission.AUTHORIZATIONS_OPEN, household.division_code)
        and household.state == "active",
        may_reveal=actor.covers(Permission.PERSONS_REVEAL, household.division_code),
    )


def village_groups(codes: Iterable[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Villages by town in some divisions, for a select field."""
    index = services().divisions
    groups: dict[str, list[tuple[str, str]]] = {}
    for code in codes:
        for place in _villages_below(code):
            town = index.get(place.parent_code or "")
            rows = groups.setdefault(town.name if town else "", [])
            if (place.code, place.name) not in rows:
                rows.append((place.code, place.name))
    return list(groups.items())


def _villages_below(code: str) -> list[Any]:
    index = services().divisions
    place = index.get(code)
    if place is None:
        return []
    if place.level is Level.VILLAGE:
        return [place]
    if place.level in (Level.PROVINCE, Level.CITY):
        # Of more than one county only the one that this house serves is listed.
        county = services().settings.county
        return _villages_below(county) if index.is_within(county, code) else []
    return [village for child in index.children(code) for village in _villages_below(child.code)]


def purpose_of(actor: Actor, asked: str) -> str:
    """Why this look happens: as asked for, else what the reader's office is there for."""
    if asked in WHY:
        return asked
    return "supervision" if Role.INSPECTOR in actor.roles else "household_file"


def sides_of(lines: Iterable[HouseholdLine]) -> list[Side]:
    """What declared, checked and visited lines say, side by side, in the order of the questions."""
    said: dict[str, dict[str, tuple[HouseholdLine, rules.Words]]] = {}
    earlier: dict[str, list[tuple[HouseholdLine, rules.Words]]] = {}
    for line in lines:
        told = line, households.value_in_words(line.fact, line.sealed["value"])
        if line.replaced_at is None:
            said.setdefault(line.fact, {})[line.standing] = told
        elif line.standing != "checked":
            earlier.setdefault(line.fact, []).append(told)
    return [
        Side(rules.FACTS[fact], said[fact], _difference(said[fact]), earlier.get(fact, ()))
        for fact in rules.FACTS
        if fact in said
    ]


def note_names(household: Household, members: Iterable[PersonHere]) -> None:
    """Log that a form names these members: one look at each whose record is open to this reader."""
    session, actor = current_session(), current_actor()
    shown = [
        (str(household.id), one.person.audit_subject) for one in members if not is_closed(session, actor, one)
    ]
    if shown:
        note_look(
            audit.Event.HOUSEHOLD_SHOWN,
            shown,
            by=actor.for_the_log(Permission.HOUSEHOLDS_READ, household.division_code),
            seen=["name", "relations"],
            purpose=purpose_of(actor, ""),
        )


def is_minor(one: PersonHere) -> bool:
    """Whether staff see of this person only relation and age band until somebody opens the record."""
    return looks.is_minor(one.person, services().clock.today())


def is_closed(session: Session, actor: Actor, one: PersonHere) -> bool:
    """Whether this is a minor whose record nobody has opened for this member of staff (WCW-36)."""
    return is_minor(one) and not looks.is_minor_open_for(
        session, actor, one.person.id, services().clock.now()
    )


def _people(
    session: Session, actor: Actor, everybody: Sequence[PersonHere], lines: Sequence[HouseholdLine]
) -> list[Shown]:
    today = services().clock.today()
    found = []
    for one in everybody:
        closed = is_closed(session, actor, one)
        age = age_on(one.person.birth, today) if one.person.birth else None
        band = next((gettext(words) for limit, words in AGE_BANDS if age is not None and age < limit), "")
        mine = () if closed else sides_of(line for line in lines if line.member_id == one.member.id)
        found.append(Shown(one, closed, band, None if closed else age, mine, ()))
    return found


def _asked(
    session: Session, actor: Actor, household: Household
) -> Sequence[authorizations.AuthorizationRequest]:
    if not actor.covers(Permission.AUTHORIZATIONS_READ, household.division_code):
        return ()
    return authorizations.list_of_household(session, household.id)[:MOST_ASKED]


def _checks(session: Session, actor: Actor, household: Household) -> Sequence[economic_checks.EconomicCheck]:
    if not actor.covers(Permission.CHECKS_READ, household.division_code):
        return ()
    return economic_checks.list_of_household(session, household.id)[:MOST_ASKED]


def _name(one: Shown) -> str:
    if one.is_closed:
        return f"{gettext(households.RELATION_WORDS[one.here.member.relation])} {one.band}".strip()
    return one.here.person.name


def _difference(said: dict[str, tuple[HouseholdLine, rules.Words]]) -> str:
    values = {standing: line.sealed["value"] for standing, (line, _) in said.items()}
    declared = values.get("declared")
    for standing, less, more, other in (
        ("checked", N_("核对到的比自己说的少"), N_("核对到的比自己说的多"), N_("核对到的和自己说的不一样")),
        (
            "visited",
            N_("上门看到的比自己说的少"),
            N_("上门看到的比自己说的多"),
            N_("上门看到的和自己说的不一样"),
        ),
    ):
        if "declared" not in values or standing not in values or values[standing] == declared:
            continue
        found = values[standing]
        if _is_number(found) and _is_number(declared):
            return gettext(more if found > declared else less)
        return gettext(other)
    return ""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _note_list(actor: Actor, count: int) -> None:
    now = services().clock.now()
    by = actor.for_the_log(Permission.HOUSEHOLDS_LIST)

    def write(session: Session) -> None:
        audit.record(session, audit.Event.HOUSEHOLDS_LISTED, by=by, now=now, fields={"count": count})

    after_answer(write)


def _note_looks(
    actor: Actor,
    household: Household,
    people: Sequence[Shown],
    totals: Sequence[Side],
    why: str,
) -> None:
    for one in people:
        # Relation and age band of somebody who is not named is no look at them.
        if one.is_closed:
            continue
        facts = [side.fact.key for side in (*one.sides, *totals)]
        note_look(
            audit.Event.HOUSEHOLD_SHOWN,
            [(str(household.id), one.here.person.audit_subject)],
            by=actor.for_the_log(Permission.HOUSEHOLDS_READ, household.division_code),
            seen=sorted({"name", "relations", "address", "events", *households.classes_of(facts)}),
            purpose=why,
            case_ref=household.number,
        )


def file_address(household_id: uuid.UUID) -> str:
    """The page of one file."""
    return url_for("admin.show_household", household_id=household_id)
