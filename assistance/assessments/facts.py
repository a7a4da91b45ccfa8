"""Answers to facts, in the JSON that `flask assess` reads too: what was not asked stays unknown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from math import ceil, floor
from typing import Any

from assistance.rules import Household, StandardsInForce, read_household

from .answers import MONEY_MOST, NO, UNSURE, YES, Answers, Range, Value, Values
from .bands import Means, bands_for, implied_by_status
from .flow import age_band
from .questions import Field

DAYS_OF_SPENDING = 365
YES_NO = {"yes": True, "no": False}
Facts = dict[str, Any]


def spending_counts_from(day: date) -> date:
    """The first day whose spending still counts: twelve months before the day itself."""
    return day - timedelta(days=DAYS_OF_SPENDING)


def household_facts(answers: Answers, standards: StandardsInForce, day: date) -> Facts:
    """The facts of one household: `{"household": {…}, "members": [{…}, …]}`, money as exact sums or bands."""
    members = [_member_facts(answers, place, day) for place in range(len(answers.members))]
    household = _plain_household_facts(answers)
    means = Means(standards, _read(household, members).size, household.get("area"))
    money = {**implied_by_status(_codes(answers, "status"), means), **_stated_money(answers, standards, day)}
    for name, key in MONEY_FACTS.items():
        if name in money:
            household[key] = _number(money[name])
    if (area := _area_a_person(answers, means)) is not None:
        household["home_area_pc"] = area
    _add_own_incomes(answers, members, money, standards, day)
    return {"household": household, "members": members}


def read(answers: Answers, standards: StandardsInForce, day: date) -> Household:
    """The household as the engine sees it."""
    facts = household_facts(answers, standards, day)
    return _read(facts["household"], facts["members"])


def means_of(answers: Answers, standards: StandardsInForce, day: date) -> Means:
    """What decides where the bands of this household break."""
    household = read(answers, standards, day)
    area, income = household.facts.get("area"), household.facts.get("income_month_fen")
    return Means(
        standards, household.size, area if isinstance(area, str) else None,
        income if not isinstance(income, str | bool | frozenset) else None,
    )  # fmt: skip


def choices(
    field: Field, answers: Answers, standards: StandardsInForce, day: date
) -> tuple[Range, ...] | None:
    """The bands that a money question offers, or None where the sum itself is asked."""
    return bands_for(field.bands, means_of(answers, standards, day)) if field.bands else None


MONEY_FACTS = {
    "income": "income_month_fen",
    "liquid": "liquid_fen",
    "car_price": "car_price_fen",
    "capital": "capital_fen",
    "rigid": "rigid_12m_fen",
    "medical": "medical_oop_12m_fen",
}


def _read(household: Facts, members: list[Facts]) -> Household:
    return read_household(household, members)


def _known(value: Value | None) -> Any:
    return None if value == UNSURE else value


def _codes(answers: Answers, name: str) -> tuple[str, ...]:
    value = answers.get(name)
    return value if isinstance(value, tuple) else ()  # type: ignore[return-value]


def _number(band: Range) -> int | dict[str, int]:
    if band.high == band.low:
        return band.low
    return {"min": band.low} if band.high is None else {"min": band.low, "max": band.high}


def _plain_household_facts(answers: Answers) -> Facts:
    facts: Facts = {}
    get = answers.get
    if (registration := _known(get("registration"))) is not None:
        facts["hukou_local"] = registration == "local"
        # Who is registered here was not asked about a residence permit.
        if registration != "local":
            facts["residence_permit"] = registration == "permit"
    for name, key in (("area", "area"), ("housing", "housing"), ("disaster_loss", "disaster_home_loss")):
        if (word := _known(get(name))) is not None:
            facts[key] = word
    if not answers.members and isinstance(get("size"), int):
        facts["size"] = max(1, get("size"))  # type: ignore[type-var]
    for name, key in (("status", "status"), ("events", "event_6m")):
        if isinstance(get(name), tuple):
            facts[key] = list(_codes(answers, name))
    for name, key in (("non_residential", "non_residential"), ("meters", "utility_in_own_name")):
        if (word := _known(get(name))) is not None:
            facts[key] = YES_NO[word]
    if (cars := _known(get("cars"))) is not None:
        facts["cars"] = {"min": 2} if cars == "2" else int(cars)
    if (homes := _known(get("homes"))) is not None:
        facts["homes"] = {"min": 3} if homes == "3" else int(homes)
        # A family with one home has no other; where it owns none, nothing was asked about the only one.
        if homes != "0":
            facts["only_home"] = homes == "1"
    if (grade := _known(get("house_grade"))) is not None and grade != "none":
        facts["house_grade"] = grade
    return facts


def _stated_money(answers: Answers, standards: StandardsInForce, day: date) -> dict[str, Range]:
    money: dict[str, Range] = {}
    for name in ("liquid", "car_price", "capital", "rigid", "medical"):
        if isinstance(value := answers.get(name), Range):
            money[name] = value
    if isinstance(income := answers.get("income"), Range):
        money["income"] = countable(income, answers, standards, day)
    parts = answers.get("rigid_parts")
    if isinstance(parts, tuple) and any(part is not None for part in parts):
        known = [part for part in parts if isinstance(part, int)]
        # A box left empty is not nothing: what is filled in is then only the lower end.
        total = min(sum(known), MONEY_MOST)
        money["rigid"] = Range(total, total if len(known) == len(parts) else None)
        if isinstance(parts[0], int):
            money["medical"] = Range(parts[0], parts[0])
    if money.get("rigid") == (0, 0):
        # Nothing paid altogether is nothing paid for medical care.
        money["medical"] = Range(0, 0)
    return money


def countable(stated: Range, answers: Answers, standards: StandardsInForce, day: date) -> Range:
    """A stated income as the law counts it: what it may leave out makes the sum an upper end only."""
    counted = answers.get("counted")
    if not isinstance(counted, tuple):
        return Range(0, stated.high)
    low, high = stated
    if set(counted) - {"basic_pension"}:
        low = 0
    if "basic_pension" in counted:
        pension = answers.get("pension")
        least, most = pension if isinstance(pension, Range) else (0, None)
        low = 0 if most is None else max(0, low - most)
        until = standards.value("basic_pension_excluded_until")
        # Left out for certain only while the county's rule runs; afterwards, or without a day, a doubt.
        if until is not None and day <= until and high is not None:
            high = max(0, high - least)
    return Range(min(low, high) if high is not None else low, high)


def _area_a_person(answers: Answers, means: Means) -> float | dict[str, float] | None:
    total = answers.get("floor_area")
    if not isinstance(total, int) or means.size is None:
        return None
    # A quotient need not be a whole number of hundredths; the band around it is never rounded past a line.
    low, high = floor(total * 100 / means.size.high), ceil(total * 100 / means.size.low)
    return low / 100 if low == high else {"min": low / 100, "max": high / 100}


def _add_own_incomes(
    answers: Answers, members: list[Facts], money: Mapping[str, Range], standards: StandardsInForce, day: date
) -> None:
    if len(members) == 1 and isinstance(answers.get("income"), Range):
        # What somebody who is the whole household has is what the household has.
        members[0]["own_income_fen"] = _number(money["income"])
        return
    for place, facts in enumerate(members):
        member = answers.members[place]
        if member.get("has_income") == NO:
            facts["own_income_fen"] = 0
        elif member.get("has_income") == YES and isinstance(stated := member.get("own_income"), Range):
            counted = answers.get("counted")
            sure = isinstance(counted, tuple) and not counted
            facts["own_income_fen"] = _number(stated if sure else Range(0, stated.high))


def _member_facts(answers: Answers, place: int, day: date) -> Facts:
    member = answers.members[place]
    facts: Facts = {}
    for name in ("relation", "sex"):
        if (word := _known(member.get(name))) is not None:
            facts[name] = word
    if (age := age_band(member.get("birth_year"), day)) is not None:
        facts["age"] = age.low if age.is_exact else {"min": age.low, "max": age.high}
    for add in (_add_whereabouts, _add_health, _add_disability, _add_school, _add_work, _add_special):
        add(facts, member)
    if (alone := _lives_alone(answers, place)) is not None:
        facts["lives_alone"] = alone
    if age is not None and age.high < 16:
        # Nobody under 16 can be employed, and so be insured against unemployment or be in a union.
        facts.setdefault("ui_paid_months", 0)
        facts.setdefault("union_member", False)
    return facts


def _add_whereabouts(facts: Facts, member: Values) -> None:
    if member.get("is_away") == NO:
        # Whoever lives at home is not in prison or detox: the question named both.
        facts |= {"away": "none", "in_custody": False}
    elif member.get("is_away") == YES and (why := _known(member.get("away"))) is not None:
        facts["in_custody"] = why == "custody"
        if why != "custody":
            facts["away"] = why
    _add_flag(facts, member, "pregnant", "pregnant")


def _lives_alone(answers: Answers, place: int) -> bool | None:
    alone = _known(answers.get("alone"))
    at_home = [other for other, member in enumerate(answers.members) if member.get("is_away") == NO]
    if alone is None or place not in at_home:
        return None
    if alone == "family":
        return False
    # One who says 一个人住 beside others at home contradicts the list: then nothing is known.
    return True if len(at_home) == 1 else None


def _add_health(facts: Facts, member: Values) -> None:
    if member.get("ill") == NO:
        # Nobody ill: no serious illness and none of its kinds, which the question names.
        facts |= {"serious_illness": False, "illness": []}
    elif member.get("ill") == YES:
        facts["serious_illness"] = True
        _add_set(facts, member, "illness", "illness")
    if member.get("needs_care") == NO:
        # Nobody needs help: full self-care is known.
        facts["care_level"] = "self"
    elif member.get("needs_care") == YES:
        _add_word(facts, member, "care_level", "care_level")
    _add_flag(facts, member, "unpaid_emergency", "unpaid_emergency_care")


def _add_disability(facts: Facts, member: Values) -> None:
    if member.get("certified") == NO:
        # No certificate: grade 0 and no type are known.
        facts |= {"dis_grade": 0, "dis_type": []}
    elif member.get("certified") == YES:
        _add_set(facts, member, "dis_type", "dis_type")
        if (grade := _known(member.get("dis_grade"))) is not None:
            facts["dis_grade"] = int(grade)
    _add_flag(facts, member, "suspected", "dis_suspected")
    _add_flag(facts, member, "in_institution", "in_institution")


def _add_school(facts: Facts, member: Values) -> None:
    if member.get("at_school") == NO:
        # Not at school: no stage, and so no boarding.
        facts |= {"stage": "none", "boarding": False}
    elif member.get("at_school") == YES:
        _add_word(facts, member, "stage", "stage")
        if (boarding := _known(member.get("boarding"))) is not None:
            facts["boarding"] = YES_NO[boarding]


def _add_work(facts: Facts, member: Values) -> None:
    if member.get("employed") == YES:
        facts["work"] = "employed"
    elif member.get("employed") == NO:
        if member.get("at_school") == YES:
            # 上学 is one of this question's own answers, and question 9 has given it.
            facts["work"] = "student"
        else:
            _add_word(facts, member, "work", "work")
    if facts.get("work") == "unemployed":
        for name in ("reg_unemployed_months", "ui_paid_months", "ui_drawn_months"):
            if (months := _known(member.get(name))) is not None:
                facts[name] = _months(months)
        if (left := _known(member.get("left"))) is not None:
            facts["left_involuntarily"] = left == "involuntarily"
    _add_flag(facts, member, "union_member", "union_member")
    _add_flag(facts, member, "residents_pension", "residents_pension_insured")


def _months(code: str) -> int | dict[str, int]:
    low, _, high = code.partition("-")
    return {"min": int(low), "max": int(high)} if high else int(low)


def _add_special(facts: Facts, member: Values) -> None:
    if member.get("parents_absent") == NO:
        # A child whose parents are there and raise it.
        facts |= {"father": "able", "mother": "able"}
    elif member.get("parents_absent") == YES:
        _add_word(facts, member, "father", "father")
        _add_word(facts, member, "mother", "mother")
    for flag, name, key, nothing in (
        ("unsupported", "supporter", "supporter", "able"),
        ("lost_child", "only_child_lost", "only_child_lost", "none"),
    ):
        if member.get(flag) == NO:
            facts[key] = nothing
        elif member.get(flag) == YES:
            _add_word(facts, member, name, key)
    for flag, name in (("is_veteran", "veteran"), ("has_legal", "legal_matter")):
        if member.get(flag) == NO:
            facts[name] = []
        elif member.get(flag) == YES:
            _add_set(facts, member, name, name)
    _add_flag(facts, member, "victim", "crime_victim")


def _add_flag(facts: Facts, member: Values, name: str, key: str) -> None:
    if member.get(name) in (YES, NO):
        facts[key] = member[name] == YES


def _add_word(facts: Facts, member: Values, name: str, key: str) -> None:
    if (word := _known(member.get(name))) is not None:
        facts[key] = word


def _add_set(facts: Facts, member: Values, name: str, key: str) -> None:
    if isinstance(codes := member.get(name), tuple):
        facts[key] = list(codes)
