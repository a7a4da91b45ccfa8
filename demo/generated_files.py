"""The invented households of a county as files: the facts of the snapshot, with people, places and days."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from assistance import rules
from assistance.households import FROM_THE_REGISTER, NewFile, NewLine, NewMember
from assistance.rules import Band, FactValue, Household
from assistance.values import age_on
from demo.draws import Draws
from demo.generated_households import generated_snapshot
from demo.invented_people import Numbers, address, given_name, surname
from demo.places import is_village
from infrastructure.clock import SHANGHAI

SOURCE = "import"
TOLD_WITHIN_DAYS = 330
FILES_BEGAN = 3650
FEWEST_YEARS = 18
MOST_DAYS_SINCE_BIRTHDAY = 350
UNKNOWN_AGES = {"child": (4, 14), "parent": (58, 25), "head": (30, 40), "spouse": (30, 40)}
"""Where no age is known a person has one all the same: from so many years on, over so many."""
LATER = 5_000_000
NOTHING_ELSE = frozenset({"serious_illness", "boarding"})
UNDER_16 = NOTHING_ELSE | {
    "lives_alone",
    "own_income_fen",
    "reg_unemployed_months",
    "ui_paid_months",
    "left_involuntarily",
    "ui_drawn_months",
    "residents_pension_insured",
}
FROM_60 = NOTHING_ELSE | {"dis_suspected", "reg_unemployed_months", "ui_drawn_months"}
GROWN_UP, OLD = 16, 60
NONE_OF_IT = (False, Band(0, 0))


def generated_files(
    number: int,
    *,
    seed: int,
    county: str,
    villages: Sequence[str],
    taken: Collection[str],
    told: Collection[str],
    now: datetime,
) -> Iterator[NewFile]:
    """So many invented files; `taken` are identity numbers, `told` numbers of files, that others have."""
    snapshot = generated_snapshot(number, seed=seed, county=county, moment=now)
    families = snapshot.households_at(range(number))
    today = now.astimezone(SHANGHAI).date()
    return _Files(draws_of(seed, county), villages, taken, told, today).of(families)


def draws_of(seed: int, county: str) -> Draws:
    """What is drawn for one county's files."""
    return Draws(f"{seed}:{county}:files")


class _Files:
    def __init__(
        self,
        draws: Draws,
        villages: Sequence[str],
        taken: Collection[str],
        told: Collection[str],
        today: date,
    ) -> None:
        self.draws = draws
        self.villages, self.told, self.today = villages, told, today
        self.numbers = Numbers({one[:17] for one in taken})
        self.place = 0

    def of(self, families: Sequence[Household]) -> Iterator[NewFile]:
        """The files of these families, in their order."""
        for row, family in enumerate(families):
            yield self._file(row, family)

    def _file(self, row: int, family: Household) -> NewFile:
        village = self.draws.one_of("village", row, self.villages)
        told_on = self.today - timedelta(days=self.draws.below("told", row, TOLD_WITHIN_DAYS))
        facts = {**family.facts, "area": "rural" if is_village(village) else "urban"}
        persons = family.members or ({},)
        head_surname = surname(self.draws, "surname", row)
        members = tuple(
            self._member(place, person, head_surname, told_on) for place, person in enumerate(persons)
        )
        began = self.today - timedelta(days=self.draws.below("began", row, FILES_BEGAN) + TOLD_WITHIN_DAYS)
        return NewFile(
            division_code=village,
            address=address(self.draws, row, is_village=is_village(village)),
            members=members,
            joined_on=began,
            lines=lines_of(facts, told_on),
            number=file_number(self.draws, row, self.told),
        )

    def _member(
        self,
        place: int,
        person: Mapping[str, FactValue],
        head_surname: str,
        told_on: date,
    ) -> NewMember:
        row, self.place = self.place, self.place + 1
        relation = "head" if place == 0 else str(person.get("relation") or "other")
        sex = str(person.get("sex") or self.draws.one_of("sex", row, "MF"))
        age = person.get("age")
        first, span = UNKNOWN_AGES.get(relation, (FEWEST_YEARS, 60))
        years = age.low if isinstance(age, Band) else first + self.draws.below("age", row, span)
        birth = self._birth(row, years)
        is_from_elsewhere = relation in ("spouse", "other") or (relation == "parent" and sex == "F")
        own = surname(self.draws, "own surname", row) if is_from_elsewhere else head_surname
        return NewMember(
            relation=relation,
            name=own + given_name(self.draws, row, sex),
            resident_id=self.numbers.new(birth, sex, self.draws.below("sequence", row, 500)),
            guardian=0 if place and age_on(birth, self.today) < FEWEST_YEARS else None,
            lines=lines_of(worth_asking(person, years), told_on),
        )

    def _birth(self, row: int, years: int) -> date:
        """A birthday of somebody of so many years, some days before the next one."""
        days = self.draws.below("birthday", row, MOST_DAYS_SINCE_BIRTHDAY) + 1
        return self.today - timedelta(days=years * 365 + years // 4 + days)


def worth_asking(person: Mapping[str, FactValue], years: int) -> dict[str, FactValue]:
    """What an officer puts down of somebody of this age: not the noes that go without saying."""
    goes_without_saying = UNDER_16 if years < GROWN_UP else FROM_60 if years >= OLD else NOTHING_ELSE
    return {
        fact: value
        for fact, value in person.items()
        if fact not in goes_without_saying or value not in NONE_OF_IT
    }


def lines_of(facts: Mapping[str, FactValue], told_on: date) -> tuple[NewLine, ...]:
    """The declared lines of some facts; what the register knows by itself is no line."""
    return tuple(
        NewLine(fact, as_json(rules.FACTS[fact], value), told_on, SOURCE)
        for fact, value in facts.items()
        if fact not in FROM_THE_REGISTER and value is not None
    )


def file_number(draws: Draws, row: int, told: Collection[str] = ()) -> str:
    """A number of a file that tells nothing, each row its own: the step has no factor of 10^8."""
    figures = (draws.below("numbers begin", 0, 10**8) + row * 61_803_399) % 10**8
    number = f"H{figures // 10**4:04}-{figures % 10**4:04}"
    return file_number(draws, row + LATER, told) if number in told else number


def as_json(fact: rules.Fact, value: FactValue) -> Any:
    """A value as `flask assess` reads it."""
    if isinstance(value, Band):
        if value.is_exact:
            return _number(fact, value.low)
        ends = {"min": value.low, "max": value.high}
        open_ends = (fact.low, fact.high)
        return {end: _number(fact, number) for end, number in ends.items() if number not in open_ends}
    return sorted(value) if isinstance(value, frozenset) else value


def _number(fact: rules.Fact, units: int) -> int | float:
    return units if fact.scale == 1 else units / fact.scale
