"""A department's spreadsheet: read row by row, staged sealed, put in force as a whole or not at all."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from assistance import audit
from assistance.authorizations import DataItem, DataSource, Sources
from assistance.economic_checks.contesting import list_codes, read_typed_value
from assistance.economic_checks.departments import department_of
from assistance.economic_checks.models import SourceDrop, SourceDropRow
from assistance.economic_checks.showing import value_words
from assistance.economic_checks.sources.contract import Value
from assistance.economic_checks.sources.spreadsheet_drop import current_drop, person_lookup
from assistance.errors import NotFound, Refusal
from assistance.orm import field_cipher
from assistance.people import Actor
from assistance.permissions import Permission
from assistance.values import Malformed, ResidentId
from infrastructure.clock import SHANGHAI
from infrastructure.languages import N_
from infrastructure.spreadsheets import BadSheet, read_sheet, write_book

NUMBER_HEAD = "身份证号"
ADAPTER = "spreadsheet_drop"
MOST_PROBLEMS = 200
SEVERAL = ("、", ";", "；", "|")
YES_WORDS = {"是": "yes", "有": "yes", "TRUE": "yes", "否": "no", "没有": "no", "无": "no", "FALSE": "no"}

PROBLEM_WORDS = {
    "number": N_("身份证号不对"),
    "twice": N_("同一个身份证号出现了两次"),
    "value": N_("内容的写法不对"),
}
BAD_HEADS = N_("第一行要有“身份证号”和模板里的各列，请用我们的模板。")
NO_ROWS = N_("表格里没有一行数据。")
BAD_DAY = N_("请填这张表是哪一天的，不能晚于今天。")
HAS_PROBLEMS = N_("表格里还有不对的行，改好再交一次。")
NOT_STAGED = N_("这张表已经处理过了。")


@dataclass(frozen=True)
class Problem:
    """One cell that cannot be read, by its place; never what stands there."""

    row: int
    column: str
    word: str


def list_drop_sources(sources: Sources, actor: Actor) -> list[DataSource]:
    """The registers that this officer's department hands in as spreadsheets."""
    own = {held.department for held in actor.holdings_for(Permission.SOURCES_DROP)}
    return [one for one in sources if one.adapter == ADAPTER and department_of(one.code) in own]


def template_of(source: DataSource) -> bytes:
    """An empty spreadsheet with the columns of a register."""
    return write_book([(source.name.zh, [NUMBER_HEAD, *(item.name.zh for item in source.items)], [])])


def stage(
    session: Session,
    sources: Sources,
    source_code: str,
    filename: str,
    content: bytes,
    *,
    as_of: date | None,
    by: Actor,
    now: datetime,
) -> SourceDrop:
    """Read a spreadsheet and lay it aside; raises NotFound for another department's, else Refusal."""
    source = _own_source(sources, source_code, by)
    if by.account_id is None:
        raise NotFound
    if as_of is None or as_of > now.astimezone(SHANGHAI).date():
        raise Refusal(BAD_DAY)
    try:
        cells = read_sheet(filename, content)
    except BadSheet as error:
        raise Refusal(error.message) from None
    rows, problems = _read_rows(source, cells)
    drop = SourceDrop(
        id=uuid.uuid4(),
        source=source.code,
        as_of=as_of,
        content_hash=hashlib.sha256(content).digest(),
        rows=len(rows),
        problems=[
            {"row": one.row, "column": one.column, "problem": one.word} for one in problems[:MOST_PROBLEMS]
        ],
        handed_in_by=by.account_id,
        handed_in_at=now,
        state="staged",
        ended_at=None,
    )
    session.add(drop)
    session.flush()
    cipher = field_cipher(session)
    for number, items in rows:
        session.add(
            SourceDropRow(
                id=uuid.uuid4(),
                drop_id=drop.id,
                person_lookup=person_lookup(cipher, source.code, number),
                sealed={"items": items},
            )
        )
    session.flush()
    audit.record(
        session,
        audit.Event.SOURCE_DROP_STAGED,
        by=by.for_the_log(Permission.SOURCES_DROP),
        now=now,
        object_ref=str(drop.id),
        fields={"source": source.code, "rows": len(rows), "problems": len(problems)},
    )
    return drop


def put_in_force(session: Session, sources: Sources, drop: SourceDrop, *, by: Actor, now: datetime) -> None:
    """Let checks be answered from this spreadsheet; the one before it is emptied."""
    _own_source(sources, drop.source, by)
    if drop.state != "staged":
        raise Refusal(NOT_STAGED)
    if drop.problems or not drop.rows:
        raise Refusal(HAS_PROBLEMS if drop.problems else NO_ROWS)
    before = current_drop(session, drop.source)
    if before is not None:
        _empty(session, before, "replaced", now)
    drop.state = "in_force"
    _note(session, drop, "in_force", by=by, now=now)


def give_up(session: Session, sources: Sources, drop: SourceDrop, *, by: Actor, now: datetime) -> None:
    """Throw a staged spreadsheet away."""
    _own_source(sources, drop.source, by)
    if drop.state != "staged":
        raise Refusal(NOT_STAGED)
    _empty(session, drop, "given_up", now)
    _note(session, drop, "given_up", by=by, now=now)


def list_drops(session: Session, sources: Sequence[DataSource], most: int = 50) -> list[SourceDrop]:
    """The newest spreadsheets of some registers."""
    codes = [source.code for source in sources]
    query = select(SourceDrop).where(SourceDrop.source.in_(codes))
    return list(session.scalars(query.order_by(SourceDrop.handed_in_at.desc(), SourceDrop.id).limit(most)))


def _own_source(sources: Sources, code: str, by: Actor) -> DataSource:
    found = next((one for one in list_drop_sources(sources, by) if one.code == code), None)
    if found is None:
        raise NotFound
    return found


def _empty(session: Session, drop: SourceDrop, state: str, now: datetime) -> None:
    session.execute(delete(SourceDropRow).where(SourceDropRow.drop_id == drop.id))
    drop.state, drop.ended_at = state, now
    session.flush()


def _note(session: Session, drop: SourceDrop, outcome: str, *, by: Actor, now: datetime) -> None:
    audit.record(
        session,
        audit.Event.SOURCE_DROP_DECIDED,
        by=by.for_the_log(Permission.SOURCES_DROP),
        now=now,
        object_ref=str(drop.id),
        fields={"source": drop.source, "outcome": outcome},
    )


def _read_rows(
    source: DataSource, cells: Sequence[Sequence[str]]
) -> tuple[list[tuple[ResidentId, dict[str, Value]]], list[Problem]]:
    heads = [cell.strip() for cell in cells[0]] if cells else []
    known: dict[str, DataItem] = {}
    for item in source.items:
        known[item.code] = known[item.name.zh] = item
    columns = [(at, known[head]) for at, head in enumerate(heads) if head in known]
    unknown = [head for head in heads if head and head != NUMBER_HEAD and head not in known]
    if NUMBER_HEAD not in heads or not columns or unknown or len({i.code for _, i in columns}) < len(columns):
        raise Refusal(BAD_HEADS)
    at_number = heads.index(NUMBER_HEAD)
    rows: list[tuple[ResidentId, dict[str, Value]]] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    for place, line in enumerate(cells[1:], 2):
        if not any(cell.strip() for cell in line):
            continue
        try:
            number = ResidentId(line[at_number] if at_number < len(line) else "")
        except Malformed:
            problems.append(Problem(place, NUMBER_HEAD, "number"))
            continue
        if number.value in seen:
            problems.append(Problem(place, NUMBER_HEAD, "twice"))
            continue
        seen.add(number.value)
        items: dict[str, Value] = {}
        for at, item in columns:
            try:
                items[item.code] = _read_cell(item, line[at] if at < len(line) else "")
            except Refusal:
                problems.append(Problem(place, item.name.zh, "value"))
        rows.append((number, items))
    if not rows and not problems:
        raise Refusal(NO_ROWS)
    return rows, problems


def _read_cell(item: DataItem, text: str) -> Value:
    text = text.strip()
    if item.type == "flag":
        return read_typed_value(item, YES_WORDS.get(text, text))
    if item.type == "code":
        words = [text]
        for mark in SEVERAL if item.several else ():
            words = [part for word in words for part in word.split(mark)]
        return read_typed_value(item, [_code_of(item, word.strip()) for word in words if word.strip()])
    return read_typed_value(item, text)


def _code_of(item: DataItem, word: str) -> str:
    """A word as people write it, or the code itself."""
    for code in list_codes(item):
        if word in (code, value_words(item, [code] if item.several else code, "zh")):
            return code
    raise Refusal(HAS_PROBLEMS)
