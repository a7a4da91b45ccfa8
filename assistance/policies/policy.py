"""What a policy is: its sentences, its editions and the lines that decide it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from assistance.rules import Condition, Words

COUNTY_CONFIRMS = Words("依据由县里确认", "basis to be confirmed by the county")


@dataclass(frozen=True)
class SourceText:
    """A law or document that a finding may cite."""

    key: str
    title: Words
    issuer: str
    number: str
    year: int


@dataclass(frozen=True)
class Citation:
    """A text and the articles that the catalogue names; cited for days from its first day on."""

    source: SourceText
    articles: str
    from_on: datetime.date | None

    def basis(self) -> Words:
        """The title and the articles, such as 社会救助法 第十八至十九条."""
        if not self.articles:
            return self.source.title
        return Words(
            f"{self.source.title.zh} {_articles_zh(self.articles)}",
            f"{self.source.title.en} art. {self.articles.replace('-', '–').replace(',', ', ')}",
        )


@dataclass(frozen=True, eq=False)
class Line:
    """One condition of an edition with its sentence, and what a family can do or wait for."""

    group: str
    """`all`, `any` or `none`."""
    when: str
    condition: Condition
    says: Words
    note: Words | None
    do: Words | None
    file_line: int

    @property
    def condition_text(self) -> str:
        """The requirement as a finding names it; of a `none` line, its opposite."""
        return f"not ({self.when})" if self.group == "none" else self.when


@dataclass(frozen=True)
class Edition:
    """The lines in force from one day on; the first may be open."""

    from_on: datetime.date | None
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class AmountCase:
    """One way of working out an amount: the first case that is met counts."""

    condition: Condition | None
    least_fen: int | None = None
    most_fen: int | None = None
    percent_of_standard: Fraction | None = None
    least_standard: str | None = None
    most_standard: str | None = None
    least_standards: Fraction | None = None
    most_standards: Fraction | None = None
    is_per_person: bool = False
    formula: str | None = None


@dataclass(frozen=True)
class Amount:
    """What a policy pays: its unit and period, how sure it is, and the cases that can be computed."""

    unit: str
    confidence: str
    period: str
    cases: tuple[AmountCase, ...] = ()


@dataclass(frozen=True, eq=False)
class Policy:
    """One policy of one department; every sentence stands in Chinese and English."""

    code: str
    order: int
    department: str
    kind: str
    subject: str
    family: str
    life_events: tuple[str, ...]
    application: str
    confidence: str
    name: Words
    summary: Words
    how_much: Words
    how: Words
    where: Words
    notes: Words | None
    documents: tuple[Words, ...]
    needs: tuple[Words, ...]
    settled_by: tuple[Words, ...]
    citations: tuple[Citation, ...]
    amount: Amount
    editions: tuple[Edition, ...]
    applies_in: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()

    @property
    def is_of_members(self) -> bool:
        """Whether it is judged for each member."""
        return self.subject == "member"

    def edition_on(self, day: datetime.date) -> Edition:
        """The edition in force on a day."""
        current = self.editions[0]
        for edition in self.editions[1:]:
            if edition.from_on is not None and edition.from_on <= day:
                current = edition
        return current

    def basis_on(self, day: datetime.date) -> Words:
        """The first text that may be cited on a day, or that the county confirms the basis."""
        for citation in self.citations:
            if citation.from_on is None or citation.from_on <= day:
                return citation.basis()
        return COUNTY_CONFIRMS

    def citations_on(self, day: datetime.date) -> list[Citation]:
        """Every text that may be cited on a day."""
        return [c for c in self.citations if c.from_on is None or c.from_on <= day]

    def as_json(self, locale: str, departments: Mapping[str, Words]) -> dict[str, object]:
        """The policy as lists show it."""
        return {
            "code": self.code,
            "name": self.name.in_language(locale),
            "department": departments[self.department].in_language(locale),
            "kind": self.kind,
            "subject": self.subject,
            "family": self.family,
            "life_events": list(self.life_events),
            "application": self.application,
            "summary": self.summary.in_language(locale),
            "confidence": self.confidence,
            "applies_in": list(self.applies_in),
            "excludes": list(self.excludes),
            "editions": [
                edition.from_on.isoformat() if edition.from_on else None for edition in self.editions
            ],
        }

    def applies_to(self, county: str) -> bool:
        """Whether a county has this policy."""
        return not self.applies_in or county in self.applies_in


@dataclass(frozen=True)
class Catalogue:
    """Every policy in order, with the departments that run them."""

    version: str
    policies: tuple[Policy, ...]
    departments: Mapping[str, Words]
    sources: Mapping[str, SourceText]

    def get(self, code: str) -> Policy | None:
        """The policy of that code, or None."""
        return next((policy for policy in self.policies if policy.code == code), None)


_DIGITS = "零一二三四五六七八九"


def _number_zh(number: int) -> str:
    if number < 10:
        return _DIGITS[number]
    if number < 20:
        return "十" + (_DIGITS[number - 10] if number > 10 else "")
    if number < 100:
        return _DIGITS[number // 10] + "十" + (_DIGITS[number % 10] if number % 10 else "")
    rest = number % 100
    middle = (
        ""
        if not rest
        else "零" + _number_zh(rest)
        if rest < 10
        else ("一" if rest < 20 else "") + _number_zh(rest)
    )
    return _DIGITS[number // 100] + "百" + middle


def _articles_zh(articles: str) -> str:
    parts = []
    for part in articles.split(","):
        head, bracket, item = part.strip().partition("(")
        first, dash, last = head.partition("-")
        text = "第" + _number_zh(int(first)) + ("至" + _number_zh(int(last)) if dash else "") + "条"
        parts.append(text + (f"（{_number_zh(int(item.rstrip(')')))}）" if bracket else ""))
    return "、".join(parts)
