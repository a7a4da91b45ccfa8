"""Standards as dated rows with document and issuer: never changed, only followed by a newer row."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from assistance import audit
from assistance.divisions import DivisionIndex, Level, Place
from assistance.errors import NotFound, Refusal
from assistance.orm import Model
from assistance.rules import SETTINGS, Setting
from infrastructure.languages import N_

LAW_OF_2026 = date(2026, 7, 1)  # 社会救助法 in force
PROVINCE = "33"
DEPTH = {Level.PROVINCE: 0, Level.CITY: 1, Level.COUNTY: 2}
ISSUER_LEVELS = {"province": Level.PROVINCE, "prefecture": Level.CITY, "county": Level.COUNTY}
GUIDED = "dibao_standard"
"""The standard for which the province sets a guide, below which no county may go."""


class StandardRow(Model):
    """One amount from one day on, for a division and all below it."""

    __tablename__ = "standards"
    __table_args__ = (
        CheckConstraint("issuer_level IN ('province', 'city', 'county')", name="issuer_level_is_known"),
        Index(None, "division_code", "name", "from_on"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    division_code: Mapped[str] = mapped_column(Text, ForeignKey("divisions.code"))
    from_on: Mapped[date]
    value: Mapped[str] = mapped_column(Text)
    document: Mapped[str] = mapped_column(Text)
    issuer_code: Mapped[str] = mapped_column(Text, ForeignKey("divisions.code"))
    issuer_level: Mapped[str] = mapped_column(Text)
    is_to_be_confirmed: Mapped[bool]
    is_sample: Mapped[bool]
    recorded_by: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime]

    @property
    def setting(self) -> Setting:
        """What this row sets."""
        return SETTINGS[self.name]

    @property
    def read_value(self) -> Any:
        """The value as rules compare it."""
        return self.setting.read(json.loads(self.value))


@dataclass(frozen=True)
class GivenStandard:
    """An amount as somebody enters it, not yet checked."""

    name: str
    division_code: str
    from_on: date
    value: Any
    """As JSON keeps it."""
    document: str
    issuer_code: str
    is_sample: bool = False


def set_standard(
    session: Session,
    index: DivisionIndex,
    given: GivenStandard,
    *,
    by: str,
    now: datetime,
    mark: bool = False,
) -> StandardRow:
    """Enter a new dated amount; what the law of its day does not allow is refused, or kept as a doubt."""
    setting = SETTINGS.get(given.name)
    if setting is None:
        raise NotFound(N_("没有这一项标准。"))
    if not given.document.strip():
        raise Refusal(N_("请写明依据的文件。"))
    if not audit.is_impersonal(given.document):
        raise Refusal(N_("文件名称里请不要写身份证号或手机号。"))
    value = setting.read(given.value)
    division, issuer = _place(index, given.division_code), _place(index, given.issuer_code)
    if issuer.code not in index.path_codes(division.code):
        raise Refusal(N_("发文机关要么是适用的地方，要么是它的上级。"))
    doubt = doubt_about(session, index, setting, given, value, issuer)
    if doubt is not None and not mark:
        raise Refusal(doubt)
    row = StandardRow(
        name=setting.name,
        division_code=division.code,
        from_on=given.from_on,
        value=json.dumps(setting.to_json(value), ensure_ascii=False, sort_keys=True),
        document=given.document.strip(),
        issuer_code=issuer.code,
        issuer_level=issuer.level.value,
        is_to_be_confirmed=doubt is not None,
        is_sample=given.is_sample,
        recorded_by=by,
        recorded_at=now,
    )
    session.add(row)
    session.flush()
    _record(session, row, by, now)
    return row


def _record(session: Session, row: StandardRow, by: str, now: datetime) -> None:
    audit.record(
        session,
        audit.Event.STANDARD_SET,
        by=audit.operator(by),
        now=now,
        object_ref=str(row.id),
        fields={
            "setting": row.name,
            "division": row.division_code,
            "from": row.from_on.isoformat(),
            "value": row.value[: audit.LONGEST_TEXT],
            "document": row.document[: audit.LONGEST_TEXT],
            "issuer": row.issuer_code,
            "to_be_confirmed": row.is_to_be_confirmed,
        },
        committed=f"{row.value}\n{row.document}".encode(),
    )


def doubt_about(
    session: Session, index: DivisionIndex, setting: Setting, given: GivenStandard, value: Any, issuer: Place
) -> str | None:
    """Why the law of the day does not allow this amount from this issuer, or None where it does."""
    needed = issuer_needed(setting, given.from_on)
    if DEPTH[issuer.level] > DEPTH[needed]:
        return REFUSALS[setting.issuer]
    if setting.name == GUIDED and issuer.level is not Level.PROVINCE:
        guide = next(
            (row for row in rows_in_force(session, index, PROVINCE, given.from_on) if row.name == GUIDED),
            None,
        )
        if guide is not None and value < guide.read_value:
            return N_(
                "低保标准不能低于省里定的最低指导标准（社会救助法 第十九条）。可以先标记为“待上级确认”。"
            )
    return None


def issuer_needed(setting: Setting, day: date) -> Level:
    """The lowest level that may set this on a day: before the law of 2026 the county might set each."""
    return Level.COUNTY if day < LAW_OF_2026 else ISSUER_LEVELS[setting.issuer]


REFUSALS = {
    "prefecture": N_(
        "2026年7月1日起，这项标准由设区的市以上定（社会救助法 第十九条、第二十二条）。"
        "可以先标记为“待上级确认”。"
    ),
    "province": N_(
        "2026年7月1日起，这项标准由省里定（社会救助法 第十七条、第二十一条、第二十三条）。"
        "可以先标记为“待上级确认”。"
    ),
}


def rows_in_force(session: Session, index: DivisionIndex, county_code: str, day: date) -> list[StandardRow]:
    """The row of each name that holds for a division on a day, in the order of names.

    The nearest division with a row in force wins, then the newest first day, then what was recorded last.
    """
    path = index.path_codes(county_code)
    if not path:
        return []
    found = session.scalars(
        select(StandardRow).where(StandardRow.division_code.in_(path), StandardRow.from_on <= day)
    ).all()
    depth = {code: at for at, code in enumerate(path)}
    best: dict[str, StandardRow] = {}
    for row in sorted(found, key=lambda row: (depth[row.division_code], row.from_on, row.id)):
        best[row.name] = row
    return [best[name] for name in sorted(best)]


def list_rows(session: Session, division_code: str | None = None) -> Sequence[StandardRow]:
    """Every row ever recorded, or those of one division, by name and day."""
    query = select(StandardRow).order_by(
        StandardRow.division_code, StandardRow.name, StandardRow.from_on, StandardRow.id
    )
    if division_code is not None:
        query = query.where(StandardRow.division_code == division_code)
    return session.scalars(query).all()


def shipped_rows() -> list[GivenStandard]:
    """What is law in the whole province and therefore stands in every installation."""
    return [
        GivenStandard(
            name="dibian_multiple",
            division_code=PROVINCE,
            from_on=date(2020, 9, 24),
            value="1.5",
            document="浙江省社会救助条例 第十三条",
            issuer_code=PROVINCE,
        )
    ]


def load_rows(session: Session, index: DivisionIndex, rows: Sequence[GivenStandard], *, now: datetime) -> int:
    """Enter the rows that are not there yet, and say how many were new."""
    known = {_key(row.name, row.division_code, row.from_on, row.value) for row in list_rows(session)}
    added = 0
    for given in rows:
        setting = SETTINGS[given.name]
        text = json.dumps(setting.to_json(setting.read(given.value)), ensure_ascii=False, sort_keys=True)
        if _key(given.name, given.division_code, given.from_on, text) in known:
            continue
        set_standard(session, index, given, by="flask init", now=now)
        added += 1
    return added


def _key(name: str, division_code: str, from_on: date, value: str) -> tuple[str, str, date, str]:
    return name, division_code, from_on, value


def _place(index: DivisionIndex, code: str) -> Place:
    place = index.get(code)
    if place is None or place.level not in DEPTH:
        raise NotFound(N_("没有这个省、市或者县的代码。"))
    return place
