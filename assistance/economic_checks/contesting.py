"""Saying that a shared value is wrong: both stand side by side, and its holder is asked."""

from __future__ import annotations

import base64
import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistance import audit, calendar
from assistance.authorizations import DataItem, Sources
from assistance.divisions import national_index
from assistance.economic_checks.departments import department_of
from assistance.economic_checks.letters import tell_answer
from assistance.economic_checks.models import CheckResult, CheckTask, ContestedLine, EconomicCheck
from assistance.economic_checks.reports import queue_report
from assistance.economic_checks.sources.contract import Value
from assistance.economic_checks.sources.values import Misfit, known_codes, read_value
from assistance.economic_checks.states import KNOWN
from assistance.errors import NotFound, Refusal
from assistance.households import Household
from assistance.people import Actor
from assistance.permissions import Permission
from assistance.rules import FACTS, exact_decimal
from infrastructure.clock import SHANGHAI
from infrastructure.languages import N_

ANSWER_WORKING_DAYS = 10
"""The holder of the data answers a request to correct it within ten working days (ZS-26)."""
LONGEST_SAYS = 500
MOST_OPEN = 40
AREA_ITEMS = frozenset({"home_area"})

NOTHING_SAID = N_("请写您家实际是多少，或者写几句话。")
NOT_A_VALUE = N_("请看一下写法，这里要填的不是这样的内容。")
NOT_OF_TYPE = {
    "money_fen": N_("请写一个钱数，如 1086 或 1086.50"),
    "count": N_("请写一个数"),
    "date": N_("请写哪年哪月哪日，如 2026-11-05"),
}
ALREADY_OPEN = N_("这一项您已经说过不对，正在等对方核实。")
TOO_MANY_OPEN = N_("已经有很多项在等核实，请先等一等。")
ALREADY_ANSWERED = N_("这一项已经答复过了。")
NO_REASON = N_("请写清楚理由，居民看得到。")
NOT_YOUR_SOURCE = N_("这一项不归您的单位答复。")


class PaperNotNeeded(Refusal):
    """What a source answers is not asked for on paper (SA-62); `source` is its code."""

    def __init__(self, source: str) -> None:
        super().__init__(N_("这一项数据来源查得到，不用请居民带材料。"))
        self.source = source


@dataclass(frozen=True)
class Objection:
    """What a resident says instead of a shared value."""

    own_value: Value
    says: str = ""
    picture: bytes | None = None
    """A JPEG that was made anew from what was sent."""


def contest(
    session: Session,
    sources: Sources,
    result: CheckResult,
    item_code: str,
    said: Objection,
    *,
    by: Actor,
    now: datetime,
) -> ContestedLine:
    """Object to one shared value; its holder is asked at once and has ten working days.

    The caller has made sure that the actor may speak for the person. Raises Refusal.
    """
    task = session.get_one(CheckTask, result.task_id)
    source = sources.get(task.source)
    item = source.item(item_code) if source else None
    items = result.sealed.get("items", {})
    if item is None or result.destroyed_at is not None or (items and item_code not in items):
        raise NotFound
    says = " ".join(said.says.split())[:LONGEST_SAYS]
    if said.own_value is None and not says:
        raise Refusal(NOTHING_SAID)
    check = session.get_one(EconomicCheck, task.check_id, with_for_update=True, populate_existing=True)
    waiting = session.scalars(
        select(ContestedLine).where(ContestedLine.check_id == check.id, ContestedLine.state == "asked")
    ).all()
    if any(
        (one.person_id, one.source, one.item) == (task.person_id, task.source, item_code) for one in waiting
    ):
        raise Refusal(ALREADY_OPEN)
    if len(waiting) >= MOST_OPEN:
        raise Refusal(TOO_MANY_OPEN)
    today = now.astimezone(SHANGHAI).date()
    line = ContestedLine(
        id=uuid.uuid4(),
        check_id=check.id,
        result_id=result.id,
        person_id=task.person_id,
        source=task.source,
        item=item_code,
        sealed={
            "own_value": said.own_value,
            "says": says,
            "picture": base64.b64encode(said.picture).decode() if said.picture else None,
            "answer": None,
        },
        contested_at=now,
        due_on=calendar.add_working_days(today, ANSWER_WORKING_DAYS).day,
        state="asked",
        answered_at=None,
        answered_by=None,
    )
    session.add(line)
    session.flush()
    audit.record(
        session,
        audit.Event.LINE_CONTESTED,
        by=by.for_the_log(),
        now=now,
        object_ref=str(line.id),
        subject_ref=f"person:{task.person_id}",
        fields={"source": task.source, "item": item_code},
        case_ref=check.number,
    )
    queue_report(session, check, now=now)
    return line


def take_back(session: Session, line: ContestedLine, *, by: Actor, now: datetime) -> None:
    """The resident takes an objection back; the shared value counts again."""
    if line.state != "asked":
        raise Refusal(ALREADY_ANSWERED)
    check = session.get_one(EconomicCheck, line.check_id, with_for_update=True, populate_existing=True)
    line.state = "withdrawn"
    audit.record(
        session,
        audit.Event.CONTEST_WITHDRAWN,
        by=by.for_the_log(),
        now=now,
        object_ref=str(line.id),
        subject_ref=f"person:{line.person_id}",
        case_ref=check.number,
    )
    queue_report(session, check, now=now)


def answer_correction(
    session: Session,
    sources: Sources,
    line: ContestedLine,
    *,
    value: Value,
    says: str,
    by: Actor,
    now: datetime,
) -> None:
    """The source's department corrects the value, or says with a reason that it is right (`value` None).

    The shared row itself is never changed: the correction stands beside it. Raises NotFound for another
    department's line, Refusal for one that is answered, without a reason, or with a value that cannot be.
    """
    if not may_answer(session, by, line):
        raise NotFound
    if line.state != "asked":
        raise Refusal(ALREADY_ANSWERED)
    says = " ".join(says.split())[:LONGEST_SAYS]
    if value is None and not says:
        raise Refusal(NO_REASON)
    source = sources.get(line.source)
    item = source.item(line.item) if source else None
    if item is None:
        raise NotFound
    try:
        known = read_value(item, value)
    except Misfit:
        raise Refusal(NOT_A_VALUE) from None
    check = session.get_one(EconomicCheck, line.check_id, with_for_update=True, populate_existing=True)
    line.sealed = {**line.sealed, "answer": {"value": known, "says": says}}
    line.state = "corrected" if known is not None else "upheld"
    line.answered_at, line.answered_by = now, f"staff:{by.account_id}"
    audit.record(
        session,
        audit.Event.CORRECTION_ANSWERED,
        by=by.for_the_log(Permission.CHECKS_ANSWER),
        now=now,
        object_ref=str(line.id),
        subject_ref=f"person:{line.person_id}",
        fields={"source": line.source, "outcome": line.state},
        case_ref=check.number,
    )
    session.flush()
    tell_answer(session, line, now=now)
    queue_report(session, check, now=now)


def may_answer(session: Session, by: Actor, line: ContestedLine) -> bool:
    """Whether this officer's department answers for the line's source where the household lives."""
    department = department_of(line.source)
    check = session.get_one(EconomicCheck, line.check_id)
    above = national_index().path_codes(session.get_one(Household, check.household_id).division_code)
    return any(
        held.department == department and held.division_code in above
        for held in by.holdings_for(Permission.CHECKS_ANSWER)
    )


def may_ask_paper(task: CheckTask) -> bool:
    """Whether a paper may be asked for in place of a question: only while its source is silent (SA-62)."""
    return task.state not in KNOWN and task.state not in ("waiting", "reused")


def ask_paper(session: Session, task: CheckTask, *, by: Actor, division_code: str, now: datetime) -> None:
    """Note that a resident is asked for a paper; raises PaperNotNeeded while the source answers."""
    if not may_ask_paper(task):
        raise PaperNotNeeded(task.source)
    audit.record(
        session,
        audit.Event.PAPER_ASKED,
        by=by.for_the_log(Permission.CHECKS_READ, division_code),
        now=now,
        object_ref=str(task.id),
        subject_ref=f"person:{task.person_id}",
        fields={"source": task.source, "because": task.problem or task.state},
    )


def read_typed_value(item: DataItem, typed: str | list[str]) -> Value:
    """What somebody typed for an item: yuan, a number, a day, a word, yes or no; None for nothing.

    Raises Refusal with a sentence for the field.
    """
    values = [typed] if isinstance(typed, str) else typed
    text = values[0].strip() if values else ""
    if not text:
        return None
    value: Any = text
    if item.type in ("money_fen", "count"):
        value = _number(item, text)
    elif item.type == "flag":
        value = {"yes": True, "no": False}.get(text)
    elif item.type == "code" and item.several:
        value = [one for one in values if one in known_codes(item)]
    try:
        known = read_value(item, value)
    except Misfit:
        known = None
    if known is None:
        raise Refusal(NOT_OF_TYPE.get(item.type, NOT_A_VALUE))
    return known


def list_codes(item: DataItem) -> list[str]:
    """The words that can be an answer to an item, in the order of the register or the vocabulary."""
    fact = FACTS.get(item.fact or "")
    order = list(item.codes or (fact.options if fact is not None else {}))
    return [code for code in order if code in known_codes(item)]


def _number(item: DataItem, text: str) -> int | None:
    places = 2 if item.type == "money_fen" or item.code in AREA_ITEMS else 0
    number = exact_decimal(text.replace(",", "").replace("，", ""), places)
    return None if number is None or number < 0 else int(number * 10**places)


def overdue(line: ContestedLine, on: date) -> bool:
    """Whether the holder's ten working days are over without an answer."""
    return line.state == "asked" and on > line.due_on
