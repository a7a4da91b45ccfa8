"""Policies to read: by what happened in the family, by department, by search, and one by one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response, abort, request, url_for

from assistance.policies import Policy
from assistance.rules import Words
from portal import navigation
from portal.blueprint import blueprint
from portal.policy_search import LONGEST_QUERY, search
from web.access import public
from web.pages import render_page, render_public_page
from web.services import services

BY_EVENT, BY_DEPARTMENT = "event", "department"
_STEP = re.compile(r"(?:^|(?<=[\s。；.;]))\d+[.、．](?!\d)\s*")


@dataclass(frozen=True)
class Group:
    """The policies under one heading."""

    key: str
    heading: str | Words
    """A sentence to translate for a life event, the department's own words for a department."""
    icon: str
    policies: list[Policy]


@blueprint.get("/policies")
@public
def list_policies() -> Response:
    """Every policy of this county, in groups that open; or what a search finds."""
    query = request.args.get("q", "").strip()[:LONGEST_QUERY]
    if query:
        # What somebody looks for may say much about them, so the answer is kept nowhere.
        found = search(services().catalogue, services().settings.county, query)
        return render_page("portal/policies/search.html", query=query, found=found)
    if request.args.get("by") == BY_DEPARTMENT:
        address = url_for("portal.list_policies", by=BY_DEPARTMENT)
        return render_public_page("portal/policies/list.html", _by_department, address=address)
    return render_public_page("portal/policies/list.html", _by_event)


@blueprint.get("/policies/<string:code>")
@public
def show_policy(code: str) -> Response:
    """One policy: for whom, how much, how, where, with what papers, by which law."""
    policy = services().catalogue.get(code)
    if policy is None or not policy.applies_to(services().settings.county):
        abort(404)
    return render_public_page("portal/policies/show.html", lambda: _one(policy))


def _of_this_county() -> list[Policy]:
    county = services().settings.county
    return [policy for policy in services().catalogue.policies if policy.applies_to(county)]


def _by_event() -> dict[str, Any]:
    policies = _of_this_county()
    groups = [
        Group(key, event.title, event.icon, [policy for policy in policies if key in policy.life_events])
        for key, event in navigation.LIFE_EVENTS.items()
    ]
    return {"groups": [group for group in groups if group.policies], "by": BY_EVENT, "count": len(policies)}


def _by_department() -> dict[str, Any]:
    policies = _of_this_county()
    groups = [
        Group(key, name, "window", [policy for policy in policies if policy.department == key])
        for key, name in services().catalogue.departments.items()
    ]
    return {
        "groups": [group for group in groups if group.policies],
        "by": BY_DEPARTMENT,
        "count": len(policies),
    }


def _one(policy: Policy) -> dict[str, Any]:
    today = services().clock.today()
    catalogue = services().catalogue
    edition = policy.edition_on(today)
    return {
        "policy": policy,
        "department": catalogue.departments[policy.department],
        "required": [line for line in edition.lines if line.group != "any"],
        "one_of": [line for line in edition.lines if line.group == "any"],
        "citations": policy.citations_on(today),
        "excludes": [other for code in policy.excludes if (other := catalogue.get(code)) is not None],
        "checked_on": _checked_on(catalogue.version),
        "steps": steps,
    }


def _checked_on(version: str) -> date | None:
    try:
        return date.fromisoformat(version[:10])
    except ValueError:
        return None


def steps(text: str) -> list[str]:
    """The numbered steps of a sentence such as 1. … 2. …; one step where none is numbered."""
    return [step for step in (part.strip() for part in _STEP.split(text)) if step]
