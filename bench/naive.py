"""The reference of `one_household`: a straight recursion over the same loaded conditions, nothing prepared.

It walks the tree of every line for every policy and member, and builds the same dictionaries as the engine.
It takes only the catalogue, the facts, the vocabulary and the arithmetic of one amount from the product.
"""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from assistance import policies, rules
from assistance.policies import amounts, verdicts
from assistance.policies.law_of_the_day import own_limits
from assistance.policies.policy import Amount
from assistance.rules import MET, NOBODY, NOT_MET, UNKNOWN, Band, conditions, vocabulary

OUTCOMES = ("likely", "possible", "not_now")
STATUS_OF = {policy: status for status, policy in verdicts.STATUS_POLICIES.items()}
STATUS_WORDS = rules.FACTS["status"].options


class Naive:
    """One household, judged by walking every tree."""

    def __init__(
        self,
        catalogue: policies.Catalogue,
        household: rules.Household,
        standards: rules.StandardsInForce,
        on: datetime.date,
        county: str,
    ) -> None:
        self.catalogue = catalogue
        self.household = household
        self.facts = household.facts
        self.members = household.members
        self.size = household.size
        self.standards = standards
        self.on = on
        self.county = county

    # Judging.

    def setting(self, name: str) -> Any:
        standard = self.standards.find(name)
        return None if standard is None or standard.is_to_be_confirmed else standard.value

    def fact(self, fact: rules.Fact, index: int) -> Any:
        if fact.key == "size":
            return self.size
        if fact.subject == "member":
            return self.members[index].get(fact.key) if index >= 0 else None
        return self.facts.get(fact.key)

    def judge(self, condition: rules.Condition, index: int, judged: int = UNKNOWN) -> int:
        match condition:
            case conditions.Both(parts):
                least = MET
                for part in parts:
                    least = min(least, self.judge(part, index, judged))
                    if least == NOT_MET:
                        break
                return least
            case conditions.Either(parts):
                most = NOT_MET
                for part in parts:
                    most = max(most, self.judge(part, index, judged))
                    if most == MET:
                        break
                return most
            case conditions.Opposite(inner):
                return MET - self.judge(inner, index, judged)
            case conditions.Members(quantifier, inner, operator, number):
                if not self.members:
                    return UNKNOWN
                results = [self.judge(inner, person, judged) for person in range(len(self.members))]
                if quantifier == "exists":
                    return max(results)
                if quantifier == "every":
                    return min(results)
                if quantifier == "no":
                    return MET - max(results)
                met = results.count(MET)
                return holds(operator, met - number, met + results.count(UNKNOWN) - number)
            case conditions.Judged():
                return judged
            case conditions.Procedure():
                return MET
            case conditions.CountyIs(code):
                return MET if self.county == code else NOT_MET
            case conditions.CountyLine(setting, inner):
                return self.county_line(setting, inner, index, judged)
            case conditions.Received(what, of_member):
                return self.received(what, of_member, index)
            case conditions.Compare(terms, operator):
                return self.compare(terms, operator, index)
        value = self.fact(condition.fact, index)
        if value is None:
            return UNKNOWN
        match condition:
            case conditions.Flag():
                return MET if value else NOT_MET
            case conditions.OneOf(_, values):
                return MET if value in values else NOT_MET
            case conditions.NotEmpty():
                return MET if value else NOT_MET
            case conditions.NumberIn(_, values):
                inside = sum(value.low <= number <= value.high for number in values)
                if inside == 0:
                    return NOT_MET
                return MET if inside == value.high - value.low + 1 else UNKNOWN
            case conditions.Intersects(_, values, setting):
                if not value:
                    return NOT_MET
                wanted = self.setting(setting) if setting else values
                if wanted is None:
                    return UNKNOWN
                return NOT_MET if value.isdisjoint(wanted) else MET
        raise TypeError(condition)

    def county_line(self, name: str, inner: rules.Condition, index: int, judged: int) -> int:
        standard = self.standards.find(name)
        if standard is not None and standard.setting.is_option:
            if standard.is_to_be_confirmed:
                return min(UNKNOWN, self.judge(inner, index, judged))
            return self.judge(inner, index, judged) if standard.value else NOT_MET
        value = self.setting(name)
        if value is False or value == frozenset():
            return NOT_MET
        if value is None and not rules.SETTINGS[name].is_option:
            return min(UNKNOWN, self.judge(inner, index, judged))
        return self.judge(inner, index, judged)

    def received(self, what: str, of_member: bool, index: int) -> int:
        if what in STATUS_WORDS:
            statuses: Any = self.facts.get("status")
            has_it = UNKNOWN if statuses is None else MET if what in statuses else NOT_MET
            if what == "tekun" and of_member:
                return min(has_it, self.policy_result(rules.TEKUN_POLICY, index))
            return has_it
        return self.policy_result(what, index) if "-" in what and " " not in what else NOT_MET

    def compare(self, terms: tuple[conditions.Term, ...], operator: str, index: int) -> int:
        low = high = Fraction(0)
        for term in terms:
            factor = term.factor
            for name in term.standards:
                value = self.setting(name)
                if value is None:
                    return UNKNOWN
                if rules.SETTINGS[name].kind == "by_sex":
                    sex = self.members[index].get("sex") if index >= 0 else None
                    if sex is None:
                        return UNKNOWN
                    value = dict(value)[sex]
                factor *= value
            if term.times_size:
                band: Any = self.size
            elif term.fact is not None:
                band = self.fact(term.fact, index)
            else:
                band = (1, 1)
            if band is None:
                return UNKNOWN
            first, last = factor * band[0], factor * band[1]
            low += min(first, last)
            high += max(first, last)
        return holds(operator, low, high)

    def policy_result(self, code: str, index: int) -> int:
        policy = self.catalogue.get(code)
        if policy is None:
            return UNKNOWN
        lines = policy.edition_on(self.on).lines
        place = index if policy.is_of_members else NOBODY
        least = MET
        for line in lines:
            if line.group != "any":
                least = min(least, self.requirement(line, place))
                if least == NOT_MET:
                    return NOT_MET
        choices = [self.requirement(line, place) for line in lines if line.group == "any"]
        return min(least, max(choices)) if choices else least

    def requirement(self, line: policies.Line, index: int, judged: int = UNKNOWN) -> int:
        result = self.judge(line.condition, index, judged)
        return MET - result if line.group == "none" else result

    # What is shown.

    def verdicts(self, locale: str) -> list[dict[str, Any]]:
        """Every policy's verdict with all its findings, likely first."""
        found = [self.verdict(policy, locale) for policy in self.catalogue.policies]
        by_code = {verdict["policy"]: verdict for verdict in found}
        for verdict in found:
            self.name_overlaps(verdict, by_code)
        self.name_what_follows(found, by_code)
        return sorted(found, key=lambda verdict: OUTCOMES.index(verdict["outcome"]))

    def verdict(self, policy: policies.Policy, locale: str) -> dict[str, Any]:
        edition = policy.edition_on(self.on)
        members = None
        if not policy.is_of_members:
            statuses: Any = self.facts.get("status")
            already = statuses is not None and STATUS_OF.get(policy.code) in statuses
            best = self.judgement(policy, edition, NOBODY, already, locale)
        elif not self.members:
            members = []
            best = self.judgement(policy, edition, NOBODY, False, locale)
            best |= {"amount_fen": None, "amount_min_fen": None, "amount_max_fen": None}
        else:
            members = [
                self.judgement(policy, edition, index, self.has_tekun(policy, index), locale)
                for index in range(len(self.members))
            ]
            best = dict(min(members, key=distance))
            best["already"] = any(member["already"] for member in members)
            best |= sum_of_likely(members)
        least, most = best["amount_min_fen"], best["amount_max_fen"]
        answer = {
            "policy": policy.code,
            "name": policy.name.in_language(locale),
            "outcome": best["outcome"],
            "already": best["already"],
            "basis_edition": edition.from_on.isoformat() if edition.from_on else None,
            "amount_fen": best["amount_fen"],
            "amount_min_fen": least,
            "amount_max_fen": most,
            "amount_period": policy.amount.period,
            "amount_text": amounts.amount_text(
                amounts.AmountRange(least, most), policy.amount.period, policy.how_much, locale
            ),
            "findings": best["findings"],
            "needs": [words.in_language(locale) for words in policy.needs],
            "settled_by": [words.in_language(locale) for words in policy.settled_by],
            "excludes": [],
            "after": [],
        }
        if members is not None:
            answer["members"] = members
        return answer

    def has_tekun(self, policy: policies.Policy, index: int) -> bool:
        if policy.code != rules.TEKUN_POLICY:
            return False
        statuses: Any = self.facts.get("status")
        return bool(statuses) and "tekun" in statuses and self.policy_result(policy.code, index) == MET

    def outcome(self, policy: policies.Policy, index: int) -> str:
        if not policy.applies_to(self.county):
            return "not_now"
        result = self.policy_result(policy.code, index)
        if result == NOT_MET:
            return "not_now"
        return "likely" if result == MET and not policy.settled_by else "possible"

    def judgement(
        self, policy: policies.Policy, edition: policies.Edition, index: int, already: bool, locale: str
    ) -> dict[str, Any]:
        outcome = self.outcome(policy, index)
        amount = amounts.UNKNOWN_AMOUNT if outcome == "not_now" else self.amount(policy, index)
        return {
            "index": index,
            "outcome": outcome,
            "already": already,
            "amount_fen": amount.exact,
            "amount_min_fen": amount.least,
            "amount_max_fen": amount.most,
            "findings": [self.finding(policy, line, index, locale) for line in edition.lines],
        }

    def amount(self, policy: policies.Policy, index: int) -> amounts.AmountRange:
        # The sums themselves are the product's own; only which of them count is worked out here.
        bound = amounts.BoundAmount(Amount("", "", ""), self.standards)
        ranges = []
        for case in policy.amount.cases:
            result = MET if case.condition is None else self.judge(case.condition, index)
            if result == NOT_MET:
                continue
            ranges.append(bound._range(case, self))  # type: ignore[arg-type]
            if result == MET:
                return amounts._over(ranges)
        return amounts.UNKNOWN_AMOUNT

    def finding(
        self, policy: policies.Policy, line: policies.Line, index: int, locale: str
    ) -> dict[str, Any]:
        place = index if policy.is_of_members and rules.looks_at_members(line.condition) else NOBODY
        result, hangs = self.requirement(line, place), False
        has_judged = any(isinstance(part, conditions.Judged) for part in rules.walk(line.condition))
        if has_judged and line.group == "all" and result == UNKNOWN:
            result = self.requirement(line, place, MET)
            hangs = result != UNKNOWN
        answer = {
            "condition": line.condition_text,
            "group": line.group,
            "result": rules.RESULT_WORDS[result],
            "value": self.figure_text(line.condition, place, locale),
            "threshold": self.threshold_text(line.condition, locale),
            "says": line.says.in_language(locale),
            "basis": self.basis(policy, line).in_language(locale),
        }
        if line.note is not None:
            answer["note"] = line.note.in_language(locale)
        if line.do is not None and result != MET:
            answer["do"] = line.do.in_language(locale)
        if hangs:
            answer["judged"] = True
        names = rules.settings_of(line.condition)
        limits = [standard for name in names if (standard := self.standards.find(name)) is not None]
        if limits:
            answer["standards"] = [standard_json(standard) for standard in limits]
        if result == UNKNOWN:
            unpublished = [
                name
                for name in names
                if self.standards.find(name) is None and not rules.SETTINGS[name].is_option
            ]
            if unpublished:
                answer["unpublished"] = unpublished
        return answer

    def basis(self, policy: policies.Policy, line: policies.Line) -> rules.Words:
        names = own_limits(line)
        if not names:
            return policy.basis_on(self.on)
        standards = [self.standards.find(name) for name in names]
        for standard in standards:
            if standard is not None and standard.document:
                return rules.Words(standard.document, standard.document)
        return policy.basis_on(self.on) if any(standards) else policies.COUNTY_CONFIRMS

    def name_overlaps(self, verdict: dict[str, Any], by_code: Mapping[str, dict[str, Any]]) -> None:
        code = verdict["policy"]
        if verdict["outcome"] == "not_now":
            return
        for policy in self.catalogue.policies:
            mine = self.catalogue.get(code)
            if mine is not None and (policy.code in mine.excludes or code in policy.excludes):
                other = by_code[policy.code]
                if other["outcome"] != "not_now" and same_person(verdict, other):
                    verdict["excludes"].append(policy.code)

    def name_what_follows(self, found: list[dict[str, Any]], by_code: Mapping[str, dict[str, Any]]) -> None:
        statuses: Any = self.facts.get("status")
        if statuses is None:
            return
        for policy in self.catalogue.policies:
            status = STATUS_OF.get(policy.code)
            if status is None or status in statuses or by_code[policy.code]["outcome"] == "not_now":
                continue
            facts = {**self.facts, "status": statuses | {status}}
            with_status = Naive(
                self.catalogue,
                rules.Household(facts, self.members),
                self.standards,
                self.on,
                self.county,
            )
            for verdict in found:
                other = self.catalogue.get(verdict["policy"])
                if other is None or verdict["outcome"] != "not_now" or other.code == policy.code:
                    continue
                if not asks_status(other.edition_on(self.on)):
                    continue
                people = range(len(self.members)) if other.is_of_members and self.members else (NOBODY,)
                if any(with_status.outcome(other, index) != "not_now" for index in people):
                    verdict["after"].append(policy.code)

    # Figures and thresholds.

    def figure_text(self, condition: rules.Condition, index: int, locale: str) -> str | None:
        texts = [self.figure(leaf, index, locale) for leaf in leaves(condition)]
        return ("; " if locale.startswith("en") else "；").join(
            dict.fromkeys(text for text in texts if text)
        ) or None

    def threshold_text(self, condition: rules.Condition, locale: str) -> str | None:
        compared = [leaf for leaf in leaves(condition) if isinstance(leaf, conditions.Compare)]
        own = [
            leaf
            for leaf in compared
            if any(name.startswith("local.") for powers, _ in leaf.limit for name, _ in powers)
        ]
        texts = [self.threshold(leaf, locale) for leaf in own or compared[:1]]
        return ("; " if locale.startswith("en") else "；").join(
            dict.fromkeys(text for text in texts if text)
        ) or None

    def figure(self, leaf: rules.Condition, index: int, locale: str) -> str | None:
        if isinstance(leaf, conditions.Compare):
            return number_text(self.ends(leaf.figure, index), is_money(leaf.figure), locale)
        if isinstance(leaf, conditions.Members):
            if not self.members:
                return None
            results = [self.judge(leaf.inner, person) for person in range(len(self.members))]
            if UNKNOWN in results:
                return None
            met = results.count(MET)
            if not locale.startswith("en"):
                return f"{met} 人"
            return f"{met} person" if met == 1 else f"{met} persons"
        if isinstance(
            leaf, conditions.Judged | conditions.Procedure | conditions.Received | conditions.CountyIs
        ):
            return None
        value = (
            (self.members[index].get(leaf.fact.key) if index >= 0 else None)
            if leaf.fact.subject == "member"
            else self.facts.get(leaf.fact.key)
        )
        if value is None:
            return None
        if isinstance(leaf, conditions.NumberIn) and isinstance(value, Band):
            if leaf.fact.zero is not None and value == (0, 0):
                return leaf.fact.zero.in_language(locale)
            return number_text((Fraction(value.low), Fraction(value.high)), False, locale)
        return value_text(leaf.fact, value, locale)

    def threshold(self, leaf: conditions.Compare, locale: str) -> str | None:
        ends = self.ends(leaf.limit, 0)
        if ends is None:
            for powers, _ in leaf.limit:
                for name, _ in powers:
                    if name.startswith("local."):
                        standard = self.standards.find(name.removeprefix("local."))
                        if standard is not None and standard.setting.kind == "by_sex":
                            return standard.setting.show(standard.value, locale)
                        return None
        return number_text(ends, is_money(leaf.limit), locale)

    def ends(
        self, products: tuple[tuple[conditions.Powers, Fraction], ...], index: int
    ) -> tuple[Fraction, Fraction | None] | None:
        choices: dict[str, tuple[Fraction, ...]] = {}
        is_open = False
        for name in {name for powers, _ in products for name, _ in powers}:
            if name.startswith("local."):
                value = self.standards.value(name.removeprefix("local."))
                if value is None or rules.SETTINGS[name.removeprefix("local.")].kind == "by_sex":
                    return None
                choices[name] = (Fraction(value),)
                continue
            fact = rules.FACT_NAMES[name]
            band = self.size if name == "size" else self.fact(fact, index if self.members else NOBODY)
            if not isinstance(band, Band):
                return None
            is_open = is_open or band.high >= fact.high
            choices[name] = (Fraction(band.low, fact.scale), Fraction(band.high, fact.scale))
        values = []
        for choice in itertools.product(*choices.values()):
            at = dict(zip(choices, choice, strict=True))
            total = Fraction(0)
            for powers, factor in products:
                for name, power in powers:
                    if power < 0 and at[name] == 0:
                        return None
                    factor *= at[name] ** power
                total += factor
            values.append(total)
        return min(values), None if is_open else max(values)


def leaves(condition: rules.Condition) -> Iterator[rules.Condition]:
    inside = () if isinstance(condition, conditions.Members) else rules.inner_conditions(condition)
    if not inside:
        yield condition
    for inner in inside:
        yield from leaves(inner)


def value_text(fact: rules.Fact, value: rules.FactValue, locale: str) -> str | None:
    if isinstance(value, bool):
        return vocabulary.YES_NO[value].in_language(locale)
    if isinstance(value, str):
        return fact.options[value].in_language(locale)
    if isinstance(value, Band):
        high = Fraction(value.high, fact.scale) if value.high < fact.high else None
        return number_text((Fraction(value.low, fact.scale), high), fact.kind == "money", locale)
    words = [words.in_language(locale) for key, words in fact.options.items() if key in (value or ())]
    if locale.startswith("en"):
        return ", ".join(words) or "none"
    return "、".join(words) or "没有"


def is_money(products: tuple[tuple[conditions.Powers, Fraction], ...]) -> bool:
    for powers, _ in products:
        degree = 0
        for name, power in powers:
            if name.startswith("local."):
                kind = rules.SETTINGS[name.removeprefix("local.")].kind
            else:
                kind = rules.FACT_NAMES[name].kind
            degree += power if kind == "money" else 0
        if degree == 1:
            return True
    return False


def number_text(ends: tuple[Fraction, Fraction | None] | None, money: bool, locale: str) -> str | None:
    if ends is None:
        return None
    low = one_number(ends[0], money)
    if ends[1] is None:
        return f"{low} or more" if locale.startswith("en") else f"{low} 以上"
    high = one_number(ends[1], money)
    return low if low == high else f"{low}–{high}"


def one_number(value: Fraction, money: bool) -> str:
    if money:
        return rules.yuan_text(half_up(value))
    for places in (2, 4, 6):
        rounded = half_up(value * 10**places)
        missing = abs(value * 10**places - rounded)
        if missing == 0 or (rounded % 10 and missing * 20 >= 1):
            break
    return rules.decimal_text(Fraction(rounded, 10**places))


def half_up(value: Fraction) -> int:
    number = Decimal(value.numerator) / Decimal(value.denominator)
    return int(number.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def holds(operator: str, low: Fraction | int, high: Fraction | int) -> int:
    """Kleene's value of a comparison of a band with zero."""
    if operator == "<":
        return MET if high < 0 else NOT_MET if low >= 0 else UNKNOWN
    if operator == "<=":
        return MET if high <= 0 else NOT_MET if low > 0 else UNKNOWN
    if operator in (">", ">="):
        return MET - holds("<=" if operator == ">" else "<", low, high)
    equal = MET if low == high == 0 else NOT_MET if low > 0 or high < 0 else UNKNOWN
    return equal if operator == "==" else MET - equal


def distance(member: dict[str, Any]) -> tuple[int, int]:
    results = [f["result"] for f in member["findings"] if f["group"] != "any"]
    choices = [f["result"] for f in member["findings"] if f["group"] == "any"]
    nothing_fits = bool(choices) and all(result == "not_met" for result in choices)
    return OUTCOMES.index(member["outcome"]), results.count("not_met") + nothing_fits


def sum_of_likely(members: list[dict[str, Any]]) -> dict[str, int | None]:
    likely = [member for member in members if member["outcome"] == "likely"]
    ends = []
    for key in ("amount_min_fen", "amount_max_fen"):
        values = [member[key] for member in likely]
        ends.append(None if not values or None in values else sum(values))
    exact = ends[0] if ends[0] == ends[1] else None
    return {"amount_fen": exact, "amount_min_fen": ends[0], "amount_max_fen": ends[1]}


def same_person(one: dict[str, Any], other: dict[str, Any]) -> bool:
    if not one.get("members") or not other.get("members"):
        return True
    return any(
        a["outcome"] != "not_now" and b["outcome"] != "not_now"
        for a, b in zip(one["members"], other["members"], strict=True)
    )


def asks_status(edition: policies.Edition) -> bool:
    return any(fact.key == "status" for line in edition.lines for fact in rules.facts_of(line.condition))


def standard_json(standard: rules.Standard) -> dict[str, object]:
    return {
        "name": standard.setting.json_name,
        "value": standard.setting.to_json(standard.value),
        "from": standard.from_on.isoformat() if standard.from_on else None,
        "document": standard.document,
        "issuer": standard.issuer_code,
        "sample": standard.is_sample,
        "to_be_confirmed": standard.is_to_be_confirmed,
    }
