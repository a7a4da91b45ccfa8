"""The log of acts and looks for the audit administrator: by reference, read and exported, never written.

Opening a page of it, one entry or an export is itself an entry: who watches is watched. It is no look at a
person, because no entry holds anything of one, and what an entry does tell of a life is withheld here.
"""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Response, abort, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from admin.blueprint import blueprint
from admin.pages import render_desk_page
from assistance import audit, looks, people
from assistance.errors import NotFound
from assistance.people import Actor
from assistance.permissions import ROLE_WORDS, Permission, Role
from infrastructure import spreadsheets
from infrastructure.clock import SHANGHAI
from infrastructure.languages import N_
from web import limits
from web.access import allows, current_actor
from web.languages import gettext
from web.services import services
from web.unit_of_work import after_answer, current_session, reading

PER_PAGE = 50
MOST_EXPORTED = 2000
EXPORTS_A_DAY, A_DAY = 20, timedelta(days=1)
FRESH = timedelta(minutes=15)
LONGEST = 80
FIELDS = ("event", "since", "until", "number", "case", "reference", "result")
NO_NUMBER = N_("这里不能用身份证号、手机号找，日志里也没有。")
TAKEN = N_("%(name)s（%(number)s号）%(moment)s 导出，为了：%(purpose)s。%(rows)s 条。")
ONLY_NEWEST = N_("%(name)s（%(number)s号）%(moment)s 导出，为了：%(purpose)s。只有最近的 %(rows)s 条。")
PURPOSES = {
    "supervision": N_("监督检查"),
    "yearly_audit": N_("年度审计"),
    "incident": N_("查一起安全事件"),
    "complaint": N_("答复居民的疑问"),
}
HEADS = (
    *(N_("时间"), N_("封存号"), N_("做了什么"), N_("谁"), N_("在哪里"), N_("哪一类"), N_("对象编号")),
    *(N_("人员编号"), N_("案件编号"), N_("为了什么"), N_("结果"), N_("其他"), N_("条目编号"), N_("内容指纹")),
)


@dataclass(frozen=True)
class Asked:
    """What is looked for, as it was typed and as the log is asked."""

    typed: Mapping[str, str]
    filters: audit.Filters
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def by(self) -> list[str]:
        """Which filters are used; what stands in them is not kept, but for a case or a reference."""
        return sorted(name for name, value in self.typed.items() if value and name not in self.errors)

    @property
    def case_ref(self) -> str | None:
        """The case or the reference that was looked for: the log keeps whom its readers search."""
        return self.filters.case_ref or self.filters.reference or None


@dataclass(frozen=True)
class Row:
    """One entry in words."""

    entry: audit.AuditEntry
    words: str
    who: str
    place: str
    thing: str
    purpose: str
    result: str


@blueprint.get("/log")
@allows(Permission.LOG_READ)
def list_log() -> Response:
    """The log page by page, the newest first, with how far others vouch for it in words on top."""
    session, actor = current_session(), current_actor()
    asked = _asked(session, actor, request.args)
    total = 0 if asked.errors else audit.count_entries(session, asked.filters)
    is_more, total = total > audit.MOST_COUNTED, min(total, audit.MOST_COUNTED)
    pages = max(1, math.ceil(total / PER_PAGE))
    page = min(max(1, request.args.get("page", 1, type=int)), pages)
    found: Sequence[audit.AuditEntry] = ()
    if total:
        offset = (page - 1) * PER_PAGE
        found = audit.list_entries(session, asked.filters, offset=offset, limit=PER_PAGE)
    _note(actor, audit.Event.LOG_LISTED, asked, {"count": len(found), "by": asked.by})
    return render_desk_page(
        "admin/log/list.html",
        rows=_rows(session, found),
        total=total,
        is_more=is_more,
        page=page,
        pages=pages,
        typed=asked.typed,
        query={name: value for name, value in asked.typed.items() if value},
        errors=list(asked.errors.items()),
        kinds=_kinds(),
        results=[("", [(code, gettext(words)) for code, words in audit.RESULT_WORDS.items()])],
        chain=_chain(session),
    )


@blueprint.get("/log/entries/<string:reference>")
@allows(Permission.LOG_READ)
def show_log_entry(reference: str) -> Response:
    """One entry: what it says, its hash, seal and checkpoint, and whether it is witnessed."""
    session, actor, parts = current_session(), current_actor(), services()
    entry = audit.find_entry(session, reference[:LONGEST], _scope(actor))
    if entry is None:
        raise NotFound
    standing = audit.standing_of(session, entry, _copies())
    proof, is_proved = None, True
    try:
        proof = audit.prove_inclusion(session, parts.signing_keys, standing.sequence or 2**62)
    except audit.Unproven:
        is_proved = False
    _note(actor, audit.Event.LOG_ENTRY_SHOWN, None, {}, object_ref=entry.reference)
    said = audit.shown_fields(entry)
    return render_desk_page(
        "admin/log/show.html",
        row=_rows(session, [entry])[0],
        said=[(name, _field_text(value)) for name, value in said.items()],
        standing=standing,
        proof=proof,
        is_proved=is_proved,
        cosigned=_cosigned(session, standing),
    )


@blueprint.route("/log/export", methods=["GET", "POST"])
@allows(Permission.LOG_READ, fresh=FRESH)
@reading
def export_log() -> BaseResponse:
    """The entries that were looked for as a spreadsheet, for a purpose that the log keeps."""
    actor = current_actor()
    purpose = request.form.get("purpose", "")
    is_sent = request.method == "POST" and purpose in PURPOSES
    key = f"log.export:{actor.account_id}"
    if is_sent and not limits.count(key, A_DAY, EXPORTS_A_DAY):
        abort(429)
    session = current_session()
    asked = _asked(session, actor, request.form if request.method == "POST" else request.args)
    query: dict[str, Any] = {name: value for name, value in asked.typed.items() if value}
    if asked.errors:
        # The page of the list says at the field what cannot be looked for.
        return redirect(url_for("admin.list_log", **query), 303)
    total = audit.count_entries(session, asked.filters)
    if is_sent:
        return _workbook(session, actor, asked, purpose, total)
    errors = [] if request.method == "GET" else [("purpose", gettext(N_("请选一个理由")))]
    return render_desk_page(
        "admin/log/export.html",
        status=422 if errors else 200,
        total=min(total, audit.MOST_COUNTED),
        is_more=total > audit.MOST_COUNTED,
        most=MOST_EXPORTED,
        query=query,
        purposes=[(code, gettext(words), "") for code, words in PURPOSES.items()],
        errors=errors,
    )


def _workbook(session: Session, actor: Actor, asked: Asked, purpose: str, total: int) -> Response:
    moment = services().clock.now()
    found = audit.list_entries(session, asked.filters, offset=0, limit=MOST_EXPORTED)
    _note(actor, audit.Event.LOG_EXPORTED, asked, {"rows": len(found), "by": asked.by}, purpose=purpose)
    exporter = session.get_one(people.Person, actor.person_id)
    watermark = gettext(ONLY_NEWEST if total > len(found) else TAKEN) % {
        "name": exporter.name,
        "number": actor.work_number or "",
        "moment": f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
        "purpose": gettext(PURPOSES[purpose]),
        "rows": len(found),
    }
    seals = audit.sequences_of(session, [entry.id for entry in found])
    rows = [_cells(row, seals.get(row.entry.id)) for row in _rows(session, found)]
    book = spreadsheets.write_book(
        [(gettext(N_("日志")), [gettext(head) for head in HEADS], rows)], watermark=watermark
    )
    response = Response(book, mimetype=spreadsheets.XLSX)
    response.headers["Content-Disposition"] = 'attachment; filename="huimin-log.xlsx"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _cells(row: Row, sequence: int | None) -> list[str]:
    entry, said = row.entry, audit.shown_fields(row.entry)
    told = {name: value for name, value in said.items() if value is not None}
    return [
        f"{entry.recorded_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}",
        "" if sequence is None else str(sequence),
        *(row.words, row.who, row.place, row.thing, entry.object_ref or "", entry.subject_ref or ""),
        *(entry.case_ref or "", row.purpose, row.result),
        json.dumps(told, ensure_ascii=False, sort_keys=True) if told else "",
        *(entry.reference, entry.content_sha256.hex()),
    ]


def _asked(session: Session, actor: Actor, given: Mapping[str, str]) -> Asked:
    typed = {name: str(given.get(name, "")).strip()[:LONGEST] for name in FIELDS}
    errors: dict[str, str] = {}
    if typed["event"] not in audit.Event._value2member_map_:
        typed["event"] = ""
    if typed["result"] not in audit.RESULT_WORDS:
        typed["result"] = ""
    days = {name: _day(typed[name]) for name in ("since", "until")}
    for name, day in days.items():
        if typed[name] and day is None:
            errors[name] = gettext(N_("请选一个日期"))
    for name in ("number", "case", "reference"):
        if not audit.is_reference(typed[name] or "-"):
            errors[name] = gettext(NO_NUMBER)
    account = None
    if typed["number"] and "number" not in errors:
        account = people.staff.find_by_work_number(session, typed["number"])
        if account is None:
            errors["number"] = gettext(N_("没有这个工号。"))
    filters = audit.Filters(
        event=typed["event"],
        since=_beginning(days["since"]),
        before=_beginning(days["until"], after=1),
        actor_ref=str(account.id) if account else "",
        case_ref="" if "case" in errors else typed["case"],
        reference="" if "reference" in errors else typed["reference"],
        result=typed["result"],
        divisions=_scope(actor),
    )
    return Asked(typed, filters, errors)


def _scope(actor: Actor) -> tuple[str, ...] | None:
    # Who holds the office for the whole county reads the whole log; what the worker does is of no village.
    if actor.covers(Permission.LOG_READ, services().settings.county):
        return None
    return actor.divisions_for(Permission.LOG_READ)


def _note(
    actor: Actor,
    event: audit.Event,
    asked: Asked | None,
    fields: dict[str, Any],
    *,
    object_ref: str | None = None,
    purpose: str | None = None,
) -> None:
    now, by = services().clock.now(), actor.for_the_log(Permission.LOG_READ)
    case_ref = asked.case_ref if asked else None

    def write(session: Session) -> None:
        audit.record(
            session,
            event,
            by=by,
            now=now,
            fields=fields,
            object_ref=object_ref,
            purpose=purpose,
            case_ref=case_ref,
        )

    after_answer(write)


def _rows(session: Session, entries: Sequence[audit.AuditEntry]) -> list[Row]:
    parts = services()
    accounts = {account for one in entries if (account := _account_of(one)) is not None}
    numbers = people.staff.work_numbers(session, accounts)
    purposes = {**looks.PURPOSES, **PURPOSES}
    rows = []
    for entry in entries:
        known = entry.event in audit.Event._value2member_map_
        division = entry.division_code
        rows.append(
            Row(
                entry,
                gettext(audit.KINDS[audit.Event(entry.event)].words) if known else entry.event,
                _who(entry, numbers),
                parts.divisions.full_name(division, parts.settings.county) if division else "",
                _word(audit.OBJECT_WORDS, entry.object_type),
                _word(purposes, entry.purpose),
                _word(audit.RESULT_WORDS, entry.result),
            )
        )
    return rows


def _who(entry: audit.AuditEntry, numbers: Mapping[uuid.UUID, str]) -> str:
    words = _word(audit.ACTOR_WORDS, entry.actor_kind)
    if entry.actor_kind == "operator":
        return f"{words} {entry.actor_ref or ''}".strip()
    if entry.actor_kind != "staff":
        return words
    if entry.role and entry.role in Role._value2member_map_:
        words = gettext(ROLE_WORDS[Role(entry.role)])
    account = _account_of(entry)
    number = numbers.get(account) if account is not None else None
    return f"{words} {gettext(N_('%(number)s号')) % {'number': number}}" if number else words


def _word(words: Mapping[str, str], code: str | None) -> str:
    # A code that no kind has was put there by somebody, and the page is there to show that.
    known = words.get(code or "")
    return code or "" if known is None else gettext(known)


def _account_of(entry: audit.AuditEntry) -> uuid.UUID | None:
    try:
        return uuid.UUID(entry.actor_ref) if entry.actor_kind == "staff" and entry.actor_ref else None
    except ValueError:
        return None


def _field_text(value: Any) -> str | None:
    """A field's value as it is written, or None where it is withheld."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _kinds() -> list[tuple[str, list[tuple[str, str]]]]:
    looked = [(event.value, gettext(kind.words)) for event, kind in audit.KINDS.items() if kind.is_look]
    acted = [(event.value, gettext(kind.words)) for event, kind in audit.KINDS.items() if not kind.is_look]
    return [(gettext(N_("看了谁的信息")), looked), (gettext(N_("做了什么")), acted)]


def _chain(session: Session) -> dict[str, Any]:
    """The state of the chain in words; whole is only what a run of verifying has computed anew."""
    state = audit.chain_state(session, _copies())
    verified, sentences = state.verified, []
    if verified is not None and verified.is_sound and state.verified_to is not None:
        whole = gettext(N_("截至 %(moment)s 外部存证，%(count)s 条记录完整"))
        told = {"moment": _moment(state.verified_to), "count": f"{verified.witnessed:,}"}
        sentences.append(whole % told)
        if state.copied > verified.witnessed:
            more = gettext(N_("其后 %(count)s 条已经存证，还没有核对"))
            sentences.append(more % {"count": f"{state.copied - verified.witnessed:,}"})
    elif state.copied_at is not None:
        copied = gettext(N_("截至 %(moment)s，%(count)s 条已经外部存证，是不是完整还没有核对"))
        sentences.append(copied % {"moment": _moment(state.copied_at), "count": f"{state.copied:,}"})
    else:
        sentences.append(gettext(N_("外面还没有对得上的存证抄件")))
    after = gettext(N_("其后 %(count)s 条尚未存证"))
    sentences.append(after % {"count": f"{max(0, state.entries - state.copied):,}"})
    return {
        "says": gettext("；").join(sentences) + gettext("。"),
        "is_bad": verified is not None and not verified.is_sound,
        "problems": verified.problems if verified else 0,
        "verified_at": _moment(verified.at) if verified else "",
        "verified_by": verified.by if verified else "",
    }


def _cosigned(session: Session, standing: audit.Standing) -> audit.Cosigned | None:
    """The first cosigned checkpoint that covers an entry, where it is the one that we published."""
    if standing.checkpoint is None:
        return None
    found = audit.cosignatures_of(services().settings).covering(standing.checkpoint.size)
    inside = audit.find_checkpoint(session, found.checkpoint.size) if found else None
    return found if found and inside and audit.published(inside) == found.checkpoint else None


def _copies() -> audit.Copies:
    parts = services()
    return audit.Copies(parts.settings.checkpoint_dir, parts.signing_keys)


def _moment(instant: datetime) -> str:
    return f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    # The next day's beginning has to be a moment in every zone.
    return day if date(2000, 1, 1) <= day <= date(2999, 12, 30) else None


def _beginning(day: date | None, *, after: int = 0) -> datetime | None:
    return None if day is None else datetime.combine(day + timedelta(days=after), time(), SHANGHAI)
