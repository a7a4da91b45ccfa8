"""The data sources that a check may ask: who holds them, what each is asked, on which ground, until when."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from assistance.rules import FACTS, Words, known_alternatives

PURPOSE_WORDS = {
    "application": Words("申请救助", "an application"),
    "recheck": Words("每年的复查", "the yearly re-check"),
    "own_wish": Words("您自己想查一查", "the family's own wish"),
    "supporter": Words("看赡养人帮不帮得上", "whether those bound to support are able to"),
    "matching": Words("主动找需要帮助的人", "finding people who may need help"),
}
"""What a source may be asked for. Nothing serves `matching` until its holder approves it (conflict 19)."""

ITEM_TYPES = ("money_fen", "count", "date", "text", "flag", "code")
YIELDS = ("value", "part", "shared_part", "part_per_person", "some", "option", "recent")
ROUTE_WORDS = {
    "provincial_gateway": Words("省里的共享平台", "the provincial sharing gateway"),
    "direct_line": Words("直接连", "a direct line"),
}
ADAPTERS = ("signed_http", "spreadsheet_drop")
MONEY_MOST, COUNT_MOST = 10**13, 10**6


@dataclass(frozen=True)
class Article:
    """One place in a text of law that names a source."""

    clause: str
    """The row of the clause matrix, such as `ZJ-49`."""
    text: Words
    article: str


@dataclass(frozen=True)
class DataItem:
    """One thing that a source may be asked about a person."""

    source: str
    code: str
    name: Words
    type: str
    why: Words
    fact: str | None = None
    """The fact of the vocabulary that the answer verifies."""
    yields: str | None = None
    """How the answer becomes the fact: one of YIELDS."""
    option: str | None = None
    """The option of the fact that a yes adds."""
    codes: Mapping[str, Words] = field(default_factory=dict)
    """For a code: every answer that is known, and how it reads. For a flag: its `yes` and `no`, if any."""
    several: bool = False
    """Whether the answer is a list of codes."""
    confirmed: bool = True

    @property
    def most(self) -> int:
        """The largest number that can be an answer, in fen or pieces; anything above it is rubbish."""
        if self.type == "money_fen":
            return MONEY_MOST
        fact = FACTS.get(self.fact or "")
        return fact.high if fact is not None and fact.kind in ("whole", "area") else COUNT_MOST


@dataclass(frozen=True)
class Approval:
    """The holder's approval of sharing: which items, for what, until when (政务数据共享条例, ZS-20 to 22)."""

    document: Words
    items: frozenset[str]
    purposes: frozenset[str]
    until: datetime.date
    is_sample: bool = False
    """A sample counts in demo and test only."""


@dataclass(frozen=True)
class DataSource:
    """One register outside the bureau, as the resident reads of it and as the adapter asks it."""

    code: str
    name: Words
    holder: Words
    plain: Words
    """What it is, in village words."""
    why: Words
    """Why it is needed (PIPL-30)."""
    instead: Words
    """What a resident who declines it may bring instead."""
    agreement: str
    power: str
    """The clauses of both grounds: the family's agreement and the statutory power (conflict 6)."""
    articles: tuple[Article, ...]
    confirmed: bool
    """Whether a text that was read, or the county, names it; otherwise it is off outside demo and test."""
    months_back: int
    """How far back answers reach, in months; 0 is the state of the day."""
    serves: tuple[str, ...]
    route: str
    adapter: str
    items: tuple[DataItem, ...]
    route_reason: Words | None = None
    approval: Approval | None = None
    county_document: str | None = None
    """The county's own paper on this source, where it has entered one."""

    def item(self, code: str) -> DataItem | None:
        """One item by its code."""
        return next((item for item in self.items if item.code == code), None)

    def basis(self, locale: str) -> str:
        """What the source rests on, as a reader sees it; 依据由县里确认 where no text was read."""
        if not self.articles:
            to_confirm = Words("依据由县里确认", "basis to be confirmed by the county")
            return self.county_document or to_confirm.in_language(locale)
        by_text: dict[Words, list[str]] = {}
        for article in self.articles:
            by_text.setdefault(article.text, []).append(article.article)
        if locale.startswith("en"):
            return "; ".join(f"{text.en}, article {' and '.join(nos)}" for text, nos in by_text.items())
        return "；".join(f"《{text.zh}》第{'、'.join(nos)}条" for text, nos in by_text.items())

    def closed_because(self, purpose: str, on: datetime.date, *, is_demo: bool) -> Words | None:
        """Why the source may not be asked for this purpose on this day, or nothing where it may."""
        approval = self.approval
        if not self.confirmed and not is_demo:
            return Words("依据由县里确认，确认前不查", "off until the county confirms its basis")
        if approval is None or (approval.is_sample and not is_demo):
            return Words("还没有数据共享审批", "no approval of sharing has been entered")
        if on > approval.until:
            day = approval.until.isoformat()
            return Words(f"数据共享审批到 {day} 为止", f"approval ended on {day}")
        if purpose not in self.serves or purpose not in approval.purposes:
            return Words("没有批准用在这件事上", "not approved for this purpose")
        return None

    def open_items(self, purpose: str, on: datetime.date, *, is_demo: bool) -> tuple[DataItem, ...]:
        """The items that may be asked for this purpose on this day; none where the source is closed."""
        if self.approval is None or self.closed_because(purpose, on, is_demo=is_demo):
            return ()
        approved = self.approval.items
        return tuple(item for item in self.items if item.code in approved and (item.confirmed or is_demo))


class Sources:
    """Every source of the register, in its order; by code with `get` or brackets."""

    def __init__(self, sources: Iterable[DataSource]) -> None:
        self._sources = {source.code: source for source in sources}

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes in the order of the register."""
        return tuple(self._sources)

    def get(self, code: str) -> DataSource | None:
        """One source by its code, or nothing where the register does not know it."""
        return self._sources.get(code)

    def __getitem__(self, code: str) -> DataSource:
        """One source; raises KeyError that names the nearest known codes."""
        try:
            return self._sources[code]
        except KeyError:
            known = known_alternatives(code, self._sources)
            raise KeyError(f"unknown source “{code}”; {known}") from None

    def __contains__(self, code: object) -> bool:
        return code in self._sources

    def __iter__(self) -> Iterator[DataSource]:
        return iter(self._sources.values())

    def __len__(self) -> int:
        return len(self._sources)

    def open_for(self, purpose: str, on: datetime.date, *, is_demo: bool) -> tuple[DataSource, ...]:
        """The sources that may be asked at least one item for this purpose on this day."""
        return tuple(s for s in self if s.open_items(purpose, on, is_demo=is_demo))

    @property
    def items_total(self) -> int:
        """How many items the sources hold together."""
        return sum(len(source.items) for source in self)
