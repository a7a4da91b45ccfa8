"""The catalogue on one day with one set of standards: every line bound once, for many households."""

from __future__ import annotations

import datetime
from collections import OrderedDict

from assistance.rules import (
    MET,
    NOBODY,
    NOT_MET,
    RESULT_WORDS,
    SETTINGS,
    TEKUN_POLICY,
    UNKNOWN,
    Case,
    Compare,
    Condition,
    Household,
    Intersects,
    Judged,
    Received,
    Standard,
    StandardsInForce,
    Words,
    bind,
    bind_figure,
    bind_threshold,
    facts_of,
    inner_conditions,
    looks_at_members,
    settings_of,
    walk,
)

from .amounts import BoundAmount
from .policy import COUNTY_CONFIRMS, Catalogue, Edition, Line, Policy

KEPT_LOCALES = 4


class Reading:
    """What lines that read alike share, whatever their policies: a result, a figure and a threshold."""

    def __init__(
        self, condition: Condition, of_member: bool, number: int, standards: StandardsInForce
    ) -> None:
        self.condition = condition
        self.of_member = of_member
        self.number = number
        """Its place in the rows of a case."""
        parts = walk(condition)
        self.judge = bind(condition, standards)
        self.judge_as_met = (
            bind(condition, standards, MET) if any(isinstance(part, Judged) for part in parts) else None
        )
        self.figure = bind_figure(condition, standards)
        self.threshold = bind_threshold(condition, standards)
        self._thresholds: dict[str, str | None] = {}
        self.facts = tuple(facts_of(condition))
        self.asks_status = any(fact.key == "status" for fact in self.facts)
        self.hangs_on_status = self.asks_status or any(isinstance(part, Received) for part in parts)

    def threshold_text(self, case: Case, locale: str) -> str | None:
        """The limits as a person reads them; written once where they hang on no fact."""
        if self.threshold.hangs_on_facts:
            return self.threshold.text(case, NOBODY, locale)
        if locale not in self._thresholds:
            if len(self._thresholds) >= KEPT_LOCALES:
                self._thresholds.clear()
            self._thresholds[locale] = self.threshold.text(case, NOBODY, locale)
        return self._thresholds[locale]


class LawCase(Case):
    """A household judged by the law of a day, with what was already worked out for it."""

    def __init__(self, household: Household, county: str, law: LawOfTheDay) -> None:
        super().__init__(household, county, law.policy_result)
        self.law = law
        self.results: list[list[int | None]] = [[None] * len(law.readings) for _ in self.people]
        """A row of results for each member, and the household's own behind them, where `NOBODY` finds it."""
        self.policy_results: dict[tuple[str, int], int] = {}
        self._figures: dict[tuple[int, str], list[str | None]] = {}

    def figures(self, index: int, locale: str) -> list[str | None]:
        """A row of the figures written so far for a member or the household; the others are `NOT_YET`."""
        row = self._figures.get((index, locale))
        if row is None:
            row = self._figures[index, locale] = [NOT_YET] * len(self.law.readings)
        return row

    def with_status(self, statuses: frozenset[str]) -> LawCase:
        """The same household with other statuses; what hangs on none of them is not worked out again."""
        household = Household({**self.facts, "status": statuses}, self.members)
        case = LawCase(household, self.county, self.law)
        for row, known in zip(case.results, self.results, strict=True):
            row[:] = known
            for number in self.law.hanging_on_status:
                row[number] = None
        return case


NOT_YET = "\0"


class BoundLine:
    """One line with its basis and limits as they stand on the day."""

    def __init__(self, line: Line, reading: Reading, basis: Words, standards: StandardsInForce) -> None:
        self.line = line
        self.reading = reading
        self.standards = standards
        self.of_member = reading.of_member
        self.is_opposite = line.group == "none"
        # In `all`, what an officer finds counts as met, and the verdict only hangs on it.
        self.judge_as_met = reading.judge_as_met if line.group == "all" else None
        names = settings_of(line.condition)
        found = [standards.find(name) for name in names]
        self.limits: tuple[Standard, ...] = tuple(standard for standard in found if standard is not None)
        self.unpublished = tuple(
            name
            for name, standard in zip(names, found, strict=True)
            if standard is None and not SETTINGS[name].is_option
        )
        self.basis = basis
        self._shown: dict[str, tuple[dict[str, object], ...]] = {}

    def requirement(self, case: LawCase, index: int) -> int:
        """Whether the requirement holds, with what an officer finds left unknown."""
        reading = self.reading
        place = index if reading.of_member else NOBODY
        row = case.results[place]
        result = row[reading.number]
        if result is None:
            result = row[reading.number] = reading.judge(case, place)
        return MET - result if self.is_opposite else result

    def finding(self, case: LawCase, index: int) -> tuple[int, bool]:
        """The result to show, and whether it hangs on what an officer finds."""
        result = self.requirement(case, index)
        if result == UNKNOWN and self.judge_as_met is not None:
            with_officer = self.judge_as_met(case, index if self.of_member else NOBODY)
            return with_officer, with_officer != result
        return result, False

    def figure(self, case: LawCase, index: int, locale: str) -> str | None:
        """The household's or the member's own figure, written once for all lines that read alike."""
        place = index if self.of_member else NOBODY
        row, number = case.figures(place, locale), self.reading.number
        text = row[number]
        if text is NOT_YET:
            text = row[number] = self.reading.figure(case, place, locale)
        return text

    def threshold(self, case: LawCase, locale: str) -> str | None:
        """The limit, or None where there is none or it is not published."""
        return self.reading.threshold_text(case, locale)

    def shown(self, case: LawCase, locale: str) -> tuple[dict[str, object], ...]:
        """The line as JSON for each result, without and with an officer; the figure is still to come."""
        return self._shown.get(locale) or self._show(case, locale)

    def _show(self, case: LawCase, locale: str) -> tuple[dict[str, object], ...]:
        both = ((result, hangs) for hangs in (False, True) for result in (NOT_MET, UNKNOWN, MET))
        shown = tuple(self._json(case, result, hangs, locale) for result, hangs in both)
        if len(self._shown) < KEPT_LOCALES:
            self._shown[locale] = shown
        return shown

    def _json(self, case: LawCase, result: int, hangs: bool, locale: str) -> dict[str, object]:
        line = self.line
        answer: dict[str, object] = {
            "condition": line.condition_text,
            "group": line.group,
            "result": RESULT_WORDS[result],
            "value": None,
            "threshold": self.threshold(case, locale),
            "says": line.says.in_language(locale),
            "basis": self.basis.in_language(locale),
        }
        if line.note is not None:
            answer["note"] = line.note.in_language(locale)
        if line.do is not None and result != MET:
            answer["do"] = line.do.in_language(locale)
        if hangs:
            answer["judged"] = True
        if self.limits:
            answer["standards"] = [_standard_json(standard) for standard in self.limits]
        if result == UNKNOWN and self.unpublished:
            answer["unpublished"] = list(self.unpublished)
        return answer


def _standard_json(standard: Standard) -> dict[str, object]:
    return {
        "name": standard.setting.json_name,
        "value": standard.setting.to_json(standard.value),
        "from": standard.from_on.isoformat() if standard.from_on else None,
        "document": standard.document,
        "issuer": standard.issuer_code,
        "sample": standard.is_sample,
        "to_be_confirmed": standard.is_to_be_confirmed,
    }


def _basis(line: Line, policy: Policy, standards: StandardsInForce, on: datetime.date) -> Words:
    """A county's own limit cites the document of its standard; all else what the policy's sources name."""
    limits = own_limits(line)
    if not limits:
        return policy.basis_on(on)
    found = [standards.find(name) for name in limits]
    for standard in found:
        if standard is not None and standard.document:
            return Words(standard.document, standard.document)
    return policy.basis_on(on) if any(standard is not None for standard in found) else COUNTY_CONFIRMS


class BoundPolicy:
    """A policy's edition of the day with its lines bound."""

    def __init__(
        self, policy: Policy, edition: Edition, lines: list[BoundLine], standards: StandardsInForce
    ) -> None:
        self.policy = policy
        self.edition = edition
        self.lines = tuple(lines)
        self.amount = BoundAmount(policy.amount, standards)
        self.required = tuple(bound for bound in lines if bound.line.group != "any")
        self.choices = tuple(bound for bound in lines if bound.line.group == "any")
        self.asks_status = any(bound.reading.asks_status for bound in lines)

    def findings_json(self, case: LawCase, index: int, locale: str) -> list[dict[str, object]]:
        """How every line came out as JSON; lists in it are shared, so they are only to be read."""
        household, person = case.figures(NOBODY, locale), case.figures(index, locale)
        answers = []
        for line in self.lines:
            reading = line.reading
            result, hangs = line.finding(case, index)
            answer = line.shown(case, locale)[result + 3 * hangs].copy()
            answers.append(answer)
            row = person if reading.of_member else household
            text = row[reading.number]
            if text is NOT_YET:
                place = index if reading.of_member else NOBODY
                text = row[reading.number] = reading.figure(case, place, locale)
            answer["value"] = text
            if reading.threshold.hangs_on_facts:
                answer["threshold"] = line.threshold(case, locale)
        return answers

    def result(self, case: LawCase, index: int) -> int:
        """Kleene's verdict over all lines, with what an officer finds left unknown."""
        least = MET
        for bound in self.required:
            result = bound.requirement(case, index)
            if result < least:
                if result == NOT_MET:
                    return NOT_MET
                least = result
        if self.choices:
            most = NOT_MET
            for bound in self.choices:
                most = max(most, bound.requirement(case, index))
                if most == MET:
                    break
            least = min(least, most)
        return least


class LawOfTheDay:
    """Every policy bound for one day and one set of standards."""

    def __init__(self, catalogue: Catalogue, standards: StandardsInForce, on: datetime.date) -> None:
        self.catalogue = catalogue
        readings: dict[tuple[Condition, bool], Reading] = {}
        self.policies: list[BoundPolicy] = []
        for policy in catalogue.policies:
            edition = policy.edition_on(on)
            lines = []
            for line in edition.lines:
                key = (line.condition, policy.is_of_members and looks_at_members(line.condition))
                if key not in readings:
                    readings[key] = Reading(*key, len(readings), standards)
                lines.append(BoundLine(line, readings[key], _basis(line, policy, standards, on), standards))
            self.policies.append(BoundPolicy(policy, edition, lines, standards))
        self.readings = tuple(readings.values())
        self.hanging_on_status = tuple(r.number for r in self.readings if r.hangs_on_status)
        self.bound = {bound.policy.code: bound for bound in self.policies}
        self.exclusions: dict[str, list[str]] = {}
        for policy in catalogue.policies:
            for other in policy.excludes:
                self.exclusions.setdefault(policy.code, []).append(other)
                self.exclusions.setdefault(other, []).append(policy.code)
        order = {policy.code: number for number, policy in enumerate(catalogue.policies)}
        for code, others in self.exclusions.items():
            self.exclusions[code] = sorted(set(others), key=order.__getitem__)

    def case(self, household: Household, county: str) -> LawCase:
        """A household ready to be judged by this law."""
        return LawCase(household, county, self)

    def policy_result(self, case: Case, code: str, index: int) -> int:
        """Whether a member or the household meets a policy's own lines, for `received(policy)`."""
        assert isinstance(case, LawCase)
        bound = self.bound.get(code)
        if bound is None:
            return UNKNOWN
        key = (code, index)
        if key not in case.policy_results:
            case.policy_results[key] = bound.result(case, index)
        return case.policy_results[key]

    def has_tekun(self, case: Case, index: int) -> int:
        """Whether a member has special hardship support already."""
        statuses = case.facts.get("status")
        if statuses is None:
            return UNKNOWN
        if "tekun" not in statuses:  # type: ignore[operator]
            return NOT_MET
        return self.policy_result(case, TEKUN_POLICY, index)


def own_limits(line: Line) -> list[str]:
    """The standards of a line that asks nothing else: then it is the county's own limit."""
    names: dict[str, None] = {}
    for part in walk(line.condition):
        if isinstance(part, Compare):
            own = [
                n
                for powers, _ in (*part.limit, *part.figure)
                for n, p in powers
                if n.startswith("local.") and p > 0
            ]
            if not own:
                return []
            names.update(dict.fromkeys(name.removeprefix("local.") for name in own))
        elif isinstance(part, Intersects) and part.setting:
            names[part.setting] = None
        elif facts_of(part) and not inner_conditions(part):
            return []
    return list(names)


_KEPT: OrderedDict[tuple[object, ...], LawOfTheDay] = OrderedDict()
_KEPT_MOST = 64


def law_of_the_day(catalogue: Catalogue, standards: StandardsInForce, on: datetime.date) -> LawOfTheDay:
    """The law of a day, bound once for each catalogue, set of standards and day."""
    key = (id(catalogue), standards.key, on)
    law = _KEPT.get(key)
    if law is None or law.catalogue is not catalogue:
        law = _KEPT[key] = LawOfTheDay(catalogue, standards, on)
        while len(_KEPT) > _KEPT_MOST:
            _KEPT.popitem(last=False)
    return law
