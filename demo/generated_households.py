"""Invented households of a county, to any number: plausible, and the same for a seed on every machine."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING

from assistance.policies import Snapshot
from assistance.rules import FACTS, MEMBERS_MOST, code_of, mask_of, schema

if TYPE_CHECKING:
    import polars as pl

MEMBERS = {2: 290, 3: 260, 1: 190, 4: 160, 5: 65, 6: 20, 0: 10, 7: 5}
"""How many members are known, per mille of the households; of a few nobody is named."""


def generated_snapshot(number: int, *, seed: int, county: str, moment: datetime) -> Snapshot:
    """So many invented households as a snapshot."""
    import polars as pl

    luck = Luck(f"{seed}:households", number)
    counts = pl.select(luck.choice("members", MEMBERS)).to_series().cast(pl.UInt8).sort(descending=True)
    members = _members(luck, counts)
    households = _households(luck, counts, members)
    return Snapshot(
        moment,
        county,
        households.select(_as(pl.UInt8(), "members"), *(_as(t, n) for n, t in schema("household").items())),
        members.select(_as(pl.UInt32(), "row"), *(_as(t, n) for n, t in schema("member").items())),
    )


def _as(kind: pl.DataType, name: str) -> pl.Expr:
    import polars as pl

    return pl.col(name).cast(kind)


class Luck:
    """Even random numbers from a seed, a name and a row, mixed in whole numbers that no library changes."""

    def __init__(self, seed: str, rows: int) -> None:
        self.seed = seed
        self.rows = rows

    def drawn(self, name: str, number: int) -> pl.Series:
        """A whole number from 0 to one less, for each row."""
        import polars as pl

        key = int.from_bytes(hashlib.sha256(f"{self.seed}:{name}".encode()).digest()[:8], "big")
        mixed = pl.int_range(self.rows, dtype=pl.UInt64) * _whole(0x9E3779B97F4A7C15) + _whole(key)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            mixed = pl.lit(pl.select((mixed ^ (mixed // _whole(1 << shift))) * _whole(factor)).to_series())
        return pl.select(((mixed // _whole(1 << 32)) % number).cast(pl.Int64)).to_series()

    def below(self, name: str, number: int) -> pl.Expr:
        """The same, to be worked on."""
        import polars as pl

        return pl.lit(self.drawn(name, number))

    def chance(self, name: str, per_mille: int) -> pl.Expr:
        """Whether something happens."""
        import polars as pl

        return pl.lit(self.drawn(name, 1000) < per_mille)

    def choice(self, name: str, weights: dict[int, int]) -> pl.Expr:
        """One of some numbers by their weights."""
        import polars as pl

        drawn, reached = pl.lit(self.drawn(name, sum(weights.values()))), sum(weights.values())
        found: pl.Expr | None = None
        for value, weight in reversed(weights.items()):
            one = pl.lit(value, pl.Int64)
            found = one if found is None else pl.when(drawn < reached).then(one).otherwise(found)
            reached -= weight
        assert found is not None
        return pl.lit(pl.select(found).to_series())

    def word(self, fact: str, /, **weights: int) -> pl.Expr:
        """One word of a fact by its weights, as its code."""
        return self.choice(fact, {code_of(FACTS[fact], word): weight for word, weight in weights.items()})

    def set_of(self, fact: str, /, **weights: int) -> pl.Expr:
        """One word of a set by its weights, or with `nothing` none, as its mask."""
        words = {
            0 if word == "nothing" else mask_of(FACTS[fact], frozenset([word])): weight
            for word, weight in weights.items()
        }
        return self.choice(fact, words)

    def often_known(self, name: str, value: pl.Expr, unknown: int) -> pl.Expr:
        """A value that is unknown so many times in a thousand."""
        import polars as pl

        return pl.when(self.chance("unknown " + name, unknown)).then(None).otherwise(value).alias(name)

    def number(self, name: str, value: pl.Expr, *, unknown: int = 20, banded: int = 0) -> list[pl.Expr]:
        """A number's two columns: exact, unknown, or a band of about a tenth to both sides."""
        import polars as pl

        missing, wide = self.chance("unknown " + name, unknown), self.chance("band " + name, banded)
        value = value.cast(pl.Int64)
        low = pl.when(wide).then(value - value // 10).otherwise(value)
        high = pl.when(wide).then(value + value // 10 + 1).otherwise(value)
        fact = FACTS[name]
        return [
            pl.when(missing)
            .then(None)
            .otherwise(end.clip(pl.lit(fact.low, pl.Int64), pl.lit(fact.high, pl.Int64)))
            .alias(f"{name}_{which}")
            for which, end in (("min", low), ("max", high))
        ]


def _whole(value: int) -> pl.Expr:
    import polars as pl

    return pl.lit(value, pl.UInt64)


def _members(of_households: Luck, counts: pl.Series) -> pl.DataFrame:
    import polars as pl

    heads = pl.DataFrame({"row": pl.int_range(counts.len(), eager=True), "members": counts}).with_columns(
        (of_households.below("head age", 66) + 24).alias("head_age"),
        of_households.chance("head is a man", 600).alias("head_m"),
    )
    known = heads.filter(pl.col("members") > 0)
    rows = known.select(pl.all().repeat_by("members")).explode("*")
    luck = Luck(f"{of_households.seed}:members", rows.height)
    rows = rows.with_columns((pl.int_range(pl.len()).over("row")).alias("place")).with_columns(
        luck.chance("has a spouse", 850).alias("couple")
    )
    is_head, is_spouse = pl.col("place") == 0, (pl.col("place") == 1) & pl.col("couple")
    is_parent = ~is_head & ~is_spouse & (pl.col("head_age") < 62) & luck.chance("a parent lives here", 180)
    head_age, drawn = pl.col("head_age"), luck.below("age", 14)
    relation = {word: code_of(FACTS["relation"], word) for word in FACTS["relation"].options}
    people = rows.with_columns(
        pl.when(is_head)
        .then(head_age)
        .when(is_spouse)
        .then(head_age + drawn - 7)
        .when(is_parent)
        .then(head_age + 22 + drawn)
        .otherwise(head_age - 22 - drawn)
        .clip(0, 99)
        .alias("age"),
        pl.when(is_head)
        .then(relation["head"])
        .when(is_spouse)
        .then(relation["spouse"])
        .when(is_parent)
        .then(relation["parent"])
        .otherwise(relation["child"])
        .alias("relation"),
        pl.when(is_head)
        .then(pl.col("head_m"))
        .when(is_spouse)
        .then(~pl.col("head_m"))
        .otherwise(luck.chance("sex", 500))
        .alias("is_man"),
    )
    return (
        people.with_columns(_school_and_work(luck)).with_columns(_health(luck)).select(_member_columns(luck))
    )


def _school_and_work(luck: Luck) -> list[pl.Expr]:
    import polars as pl

    age = pl.col("age")
    stages = FACTS["stage"]

    def stage(word: str) -> pl.Expr:
        return pl.lit(code_of(stages, word))

    schooling = (
        pl.when(age.is_between(3, 5))
        .then(stage("kindergarten"))
        .when(age.is_between(6, 11))
        .then(stage("primary"))
        .when(age.is_between(12, 14))
        .then(stage("junior"))
        .when(age.is_between(15, 17))
        .then(luck.word("stage", senior=550, vocational=400, none=50))
        .when(age.is_between(18, 21))
        .then(luck.word("stage", college=550, none=450))
        .otherwise(stage("none"))
    )
    works = FACTS["work"]
    working = (
        pl.when(schooling != code_of(stages, "none"))
        .then(code_of(works, "student"))
        .when(age < 16)
        .then(code_of(works, "unable"))
        .when(age >= 60)
        .then(luck.word("work", retired=800, flexible=120, unable=80))
        .otherwise(luck.word("work", employed=620, flexible=230, unemployed=90, unable=60))
    )
    return [schooling.alias("stage_is"), working.alias("work_is")]


def _health(luck: Luck) -> list[pl.Expr]:
    import polars as pl

    grade = luck.choice("dis_grade", {0: 930, 1: 12, 2: 18, 3: 22, 4: 18})
    works = FACTS["work"]
    income = (
        pl.when(pl.col("work_is") == code_of(works, "employed"))
        .then(230_000 + luck.below("wage", 700_000))
        .when(pl.col("work_is") == code_of(works, "flexible"))
        .then(40_000 + luck.below("wage", 260_000))
        .when(pl.col("work_is") == code_of(works, "retired"))
        .then(20_000 + luck.below("wage", 40_000) * luck.choice("pension", {1: 600, 4: 300, 9: 100}))
        .otherwise(0)
    )
    return [grade.alias("grade"), luck.chance("serious_illness", 35).alias("is_ill"), income.alias("income")]


def _member_columns(luck: Luck) -> list[pl.Expr]:
    import polars as pl

    age, grade, ill, work = (pl.col(name) for name in ("age", "grade", "is_ill", "work_is"))
    sex, care = FACTS["sex"], FACTS["care_level"]
    unemployed = work == code_of(FACTS["work"], "unemployed")
    frail = (grade.is_between(1, 2)) | (age >= 82)
    parent = {"able": 955, "dead": 15, "missing": 5, "severe_disability": 8, "severe_illness": 8, "prison": 4}

    def flag(name: str, per_mille: int, when: pl.Expr | None = None) -> pl.Expr:
        happens = luck.chance(name, per_mille)
        return luck.often_known(name, happens if when is None else happens & when, 10)

    def word(name: str, value: pl.Expr, unknown: int = 10) -> pl.Expr:
        return luck.often_known(name, value, unknown)

    def when_given(name: str, when: pl.Expr, value: pl.Expr, otherwise: pl.Expr) -> pl.Expr:
        return luck.often_known(name, pl.when(when).then(value).otherwise(otherwise), 10)

    nothing, nobody = pl.lit(0), pl.lit(None, pl.Int64)
    return [
        pl.col("row"),
        pl.col("income"),
        *luck.number("age", age, unknown=10, banded=40),
        *luck.number("own_income_fen", pl.col("income"), unknown=30, banded=60),
        *luck.number("dis_grade", grade, unknown=10),
        *luck.number(
            "reg_unemployed_months", pl.when(unemployed).then(luck.below("registered", 30)).otherwise(0)
        ),
        *luck.number("ui_paid_months", luck.below("paid", 200) * (work < 4).cast(pl.Int64)),
        *luck.number("ui_drawn_months", luck.below("drawn", 18) * unemployed.cast(pl.Int64)),
        word("sex", pl.when("is_man").then(code_of(sex, "M")).otherwise(code_of(sex, "F"))),
        word("relation", pl.col("relation")),
        word("away", luck.word("away", none=880, work=80, study=30, care=5, other=5)),
        word("stage", pl.col("stage_is")),
        word("work", work),
        when_given(
            "care_level",
            frail,
            luck.word("care_level", self=400, partial=300, mostly=180, fully=120),
            pl.lit(code_of(care, "self")),
        ),
        when_given("father", age < 18, luck.word("father", **parent), nobody),
        when_given("mother", age < 18, luck.word("mother", **parent), nobody),
        when_given(
            "supporter",
            (age >= 60) | (age < 16),
            luck.word("supporter", able=900, unable=70, none=30),
            pl.lit(code_of(FACTS["supporter"], "able")),
        ),
        when_given(
            "only_child_lost", age >= 49, luck.word("only_child_lost", none=985, dead=8, disabled=7), nobody
        ),
        when_given(
            "illness",
            ill,
            luck.set_of(
                "illness", other=600, uraemia=120, breast_cancer=120, mental=80, leukaemia=40, rare=40
            ),
            nothing,
        ),
        when_given(
            "dis_type",
            grade > 0,
            luck.set_of("dis_type", limb=450, vision=150, hearing=150, intellect=120, mental=100, speech=30),
            nothing,
        ),
        when_given(
            "veteran",
            age >= 20,
            luck.set_of("veteran", nothing=960, veteran=25, rural_60=10, martyr_family=5),
            nothing,
        ),
        word("legal_matter", luck.set_of("legal_matter", nothing=980, wage=8, injury=7, violence=5)),
        luck.often_known("serious_illness", ill, 10),
        flag("lives_alone", 30, age >= 60),
        flag("pregnant", 30, (age.is_between(20, 40)) & ~pl.col("is_man")),
        flag("in_custody", 4, age >= 16),
        flag("unpaid_emergency_care", 3),
        flag("dis_suspected", 10, (age < 18) & (grade == 0)),
        flag("in_institution", 15, frail),
        flag("boarding", 250, age.is_between(9, 21)),
        flag("left_involuntarily", 600, unemployed),
        flag("union_member", 200, work < 2),
        flag("residents_pension_insured", 450, age >= 16),
        flag("crime_victim", 3),
    ]


def _households(luck: Luck, counts: pl.Series, members: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    totals = members.group_by("row").agg(pl.col("income").sum()).sort("row")
    frame = pl.DataFrame({"row": pl.int_range(counts.len(), eager=True), "members": counts}).join(
        totals, on="row", how="left", maintain_order="left"
    )
    income = pl.col("income").fill_null(luck.below("income", 900_000))
    people = pl.when(pl.col("members") == 0).then(luck.below("size", 4) + 1).otherwise(pl.col("members"))
    poor = income < people * 110_000
    cars = luck.choice("cars", {0: 620, 1: 350, 2: 30})
    hard = luck.chance("hard time", 60)
    medical = hard.cast(pl.Int64) * luck.below("medical", 8_000_000)

    def flag(name: str, per_mille: int) -> pl.Expr:
        return luck.often_known(name, luck.chance(name, per_mille), 10)

    saved = luck.below("liquid_fen", 2_000_000) * luck.choice("savings", {1: 500, 3: 300, 10: 200})
    return frame.select(
        pl.col("members"),
        *luck.number("size", people.clip(1, MEMBERS_MOST), unknown=0),
        *luck.number("income_month_fen", income, unknown=30, banded=150),
        *luck.number("liquid_fen", saved, unknown=60, banded=200),
        *luck.number("cars", cars, unknown=10),
        *luck.number(
            "car_price_fen", (cars > 0).cast(pl.Int64) * (luck.below("price", 20_000_000) + 1_000_000)
        ),
        *luck.number(
            "capital_fen", luck.choice("capital_fen", {0: 940, 5_000_000: 30, 30_000_000: 30}), unknown=30
        ),
        *luck.number(
            "rigid_12m_fen", medical + hard.cast(pl.Int64) * luck.below("spent", 5_000_000), banded=100
        ),
        *luck.number("medical_oop_12m_fen", medical, banded=100),
        *luck.number("homes", luck.choice("homes", {1: 880, 0: 50, 2: 70}), unknown=10),
        *luck.number("home_area_pc", luck.below("area a person", 6_000) + 800, unknown=80, banded=50),
        luck.often_known("area", luck.word("area", rural=600, urban=400), 5),
        luck.often_known("housing", luck.word("housing", own=880, rent=80, borrow=30, none=10), 10),
        luck.often_known("house_grade", luck.word("house_grade", A=600, B=300, C=70, D=30), 600),
        luck.often_known(
            "disaster_home_loss", luck.word("disaster_home_loss", none=990, damaged=8, collapsed=2), 10
        ),
        luck.often_known(
            "status",
            pl.when(poor)
            .then(luck.set_of("status", nothing=380, dibao=300, dibian=200, tekun=60, rural_low_income=60))
            .otherwise(luck.set_of("status", nothing=985, rigid=5, hardship_worker=5, exited_12m=5)),
            15,
        ),
        luck.often_known(
            "event_6m",
            luck.set_of("event_6m", nothing=930, illness=25, accident=15, job_loss=15, death=10, disaster=5),
            10,
        ),
        flag("hukou_local", 930),
        flag("residence_permit", 80),
        flag("non_residential", 40),
        flag("only_home", 900),
        flag("utility_in_own_name", 900),
    )
