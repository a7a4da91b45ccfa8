"""The typed vocabulary of facts and standards, read from `facts.toml` and `standards.toml`."""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Any

from .errors import SettingError
from .words import Words

MONEY_MOST = 10**13
AREA_SCALE = 100
DECIMALS_MOST = 12

YES_NO = {True: Words("是", "yes"), False: Words("不是", "no")}


@dataclass(frozen=True)
class Unit:
    """What a number counts, as patterns around it, such as `{} 套`."""

    words: Words
    one: str
    """The English pattern where the number is one."""

    def say(self, number: str, locale: str) -> str:
        """A number that is already written, with what it counts."""
        pattern = self.one if number == "1" and locale.startswith("en") else self.words.in_language(locale)
        return pattern.format(number)

    def name(self, locale: str) -> str:
        """The unit alone."""
        return self.words.in_language(locale).format("").strip()


YUAN = Unit(Words("{} 元", "{} yuan"), "{} yuan")


@dataclass(frozen=True, eq=False)
class Fact:
    """One thing that can be known of a household or a member."""

    key: str
    """The name in JSON, with its unit, such as `income_month_fen`."""
    name: str
    """The name in conditions."""
    subject: str
    kind: str
    question: int
    label: Words
    options: Mapping[str, Words] = field(default_factory=dict)
    low: int = 0
    high: int = MONEY_MOST
    unknown_word: str | None = None
    zero: Words | None = None
    """How the number 0 reads, where it is a word rather than a number."""
    unit: Unit | None = None
    yes_no: Mapping[bool, Words] = field(default_factory=lambda: YES_NO)
    """How a yes and a no read beside the label."""
    needs: str | None = None
    """The fact that must be more than nothing for this one to make sense."""

    @property
    def is_number(self) -> bool:
        """Whether its values are bands of whole units (fen for money, hundredths for areas)."""
        return self.kind in ("whole", "money", "area")

    @property
    def scale(self) -> int:
        """How many whole units make one unit of a condition's numbers."""
        return AREA_SCALE if self.kind == "area" else 1


SettingValue = Any


@dataclass(frozen=True, eq=False)
class Setting:
    """One standard that a county, a prefecture or the province sets."""

    name: str
    kind: str
    issuer: str
    label: Words
    unit: Words | None = None
    is_option: bool = False
    instead: str | None = None
    """The setting that stands in for this one while it is not set."""
    values: tuple[str, ...] = ()
    values_of: str | None = None

    @property
    def json_name(self) -> str:
        """The name in JSON: money carries its unit."""
        return self.name + "_fen" if self.kind == "money" else self.name

    def read(self, value: object) -> SettingValue:
        """Read a JSON value; raises SettingError. Money is whole fen, decimals are held exactly."""
        return _READERS[self.kind](self, value)

    def parse(self, text: str) -> SettingValue:
        """Read what a person typed: yuan, a number, a switch, a comma list or pairs; raises SettingError."""
        text = text.strip()
        if self.kind == "money":
            return self.read(_fen_from_yuan(text))
        if self.kind in ("number", "years"):
            return self.read(text)
        if self.kind == "bool":
            if text not in ("true", "false"):
                raise SettingError(Words("请写 true 或 false", "write true or false"))
            return text == "true"
        if self.kind == "words":
            return self.read([part.strip() for part in text.split(",") if part.strip()])
        if self.kind == "by_sex":
            pairs = [part.partition(":") for part in text.split(",")]
            return self.read({sex.strip(): years.strip() for sex, _, years in pairs})
        if self.kind == "bands":
            split = [part.partition(":") for part in text.split(",")]
            return self.read([[_fen_from_yuan(start), _fen_from_yuan(amount)] for start, _, amount in split])
        return self.read(text)

    def to_json(self, value: SettingValue) -> object:
        """The value as JSON keeps it; `read` turns it back."""
        if isinstance(value, Fraction):
            return decimal_text(value)
        if isinstance(value, frozenset):
            return sorted(value)
        if isinstance(value, datetime.date):
            return value.isoformat()
        if self.kind == "by_sex":
            return dict(value)
        if self.kind == "bands":
            return [list(band) for band in value]
        return value

    def show(self, value: SettingValue, locale: str) -> str:
        """The value as a person reads it, without its unit."""
        if self.kind == "money":
            return yuan_text(value)
        if isinstance(value, bool):
            return YES_NO[value].in_language(locale)
        is_english = locale.startswith("en")
        comma = ", " if is_english else "，"
        if self.kind == "by_sex":
            labels = FACTS["sex"].options
            return comma.join(f"{labels[sex].in_language(locale)} {years}" for sex, years in value)
        if self.kind == "words":
            options = FACTS[self.values_of].options if self.values_of else {}
            words = [options[w].in_language(locale) if w in options else w for w in sorted(value)]
            return (", " if is_english else "、").join(words)
        if self.kind == "bands":
            return comma.join(f"{yuan_text(start)}→{yuan_text(amount)}" for start, amount in value)
        return str(self.to_json(value))


def yuan_text(fen: int) -> str:
    """Fen as yuan without trailing zeros: 120000 gives `1200`, 120050 gives `1200.5`."""
    yuan, rest = divmod(abs(fen), 100)
    sign = "-" if fen < 0 else ""
    return f"{sign}{yuan}.{rest:02}".rstrip("0") if rest else f"{sign}{yuan}"


def decimal_text(value: Fraction) -> str:
    """A fraction with a finite decimal form, written exactly."""
    text = format(Decimal(value.numerator) / Decimal(value.denominator), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")
"""A decimal as it is written; `Decimal` alone would also read 1_0, a blank before it, and exponents."""


def exact_decimal(value: object, places: int) -> Fraction | None:
    """A JSON number or decimal string as a fraction, or None where it is not one of so few places."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    if isinstance(value, str) and not _DECIMAL.fullmatch(value):
        return None
    try:
        number = Decimal(repr(value) if isinstance(value, float) else value)
    except InvalidOperation:
        return None
    exponent = number.as_tuple().exponent
    if not number.is_finite() or not isinstance(exponent, int) or number.adjusted() > 13:
        return None
    if exponent < -40 or Fraction(number) * 10**places % 1 != 0:
        return None
    return Fraction(number)


def _fen_from_yuan(text: str) -> int:
    yuan = exact_decimal(text.strip(), 2)
    if yuan is None:
        raise SettingError(Words("请写多少元，最多两位小数", "write yuan with at most two decimals"))
    return int(yuan * 100)


def _read_money(setting: Setting, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MONEY_MOST:
        raise SettingError(Words("应当是 0 到 10^13 的整数（分）", "must be whole fen from 0 to 10^13"))
    return value


def _read_number(setting: Setting, value: object) -> Fraction:
    number = exact_decimal(value, DECIMALS_MOST)
    if number is None or not 0 <= number <= 10**6:
        raise SettingError(
            Words(
                "应当是 0 到 1000000 的数，最多十二位小数",
                "must be a number from 0 to 1000000, at most twelve decimals",
            )
        )
    return number


def _read_bool(setting: Setting, value: object) -> bool:
    if not isinstance(value, bool):
        raise SettingError(Words("应当是 true 或 false", "must be true or false"))
    return value


def _read_enum(setting: Setting, value: object) -> str:
    if not isinstance(value, str) or value not in setting.values:
        raise SettingError(
            Words("应当是：" + "、".join(setting.values), "must be one of: " + ", ".join(setting.values))
        )
    return value


def _read_words(setting: Setting, value: object) -> frozenset[str]:
    known = FACTS[setting.values_of].options if setting.values_of else None
    if not isinstance(value, list) or len(value) > 30 or not all(isinstance(w, str) and w for w in value):
        raise SettingError(Words("应当是一列词", "must be a list of words"))
    if known is not None and any(word not in known for word in value):
        raise SettingError(Words("只能用：" + "、".join(known), "may only hold: " + ", ".join(known)))
    return frozenset(value)


def _read_by_sex(setting: Setting, value: object) -> tuple[tuple[str, int], ...]:
    wrong = SettingError(Words("应当是男女各一个年龄，如 F:55,M:60", "must hold one age for F and one for M"))
    if not isinstance(value, dict) or set(value) != {"F", "M"}:
        raise wrong
    ages = []
    for sex in ("F", "M"):
        age = exact_decimal(value[sex], 0)
        if age is None or not 0 <= age <= 130:
            raise wrong
        ages.append((sex, int(age)))
    return tuple(ages)


def _read_bands(setting: Setting, value: object) -> tuple[tuple[int, int], ...]:
    wrong = SettingError(
        Words(
            "应当是从 0 起、一档比一档高的［收入起点，金额］",
            "must be [income from, amount] pairs that begin at 0 and rise",
        )
    )
    if not isinstance(value, list) or not 1 <= len(value) <= 30:
        raise wrong
    bands = []
    for pair in value:
        if not isinstance(pair, list) or len(pair) != 2:
            raise wrong
        bands.append((_read_money(setting, pair[0]), _read_money(setting, pair[1])))
    starts = [start for start, _ in bands]
    if starts[0] != 0 or starts != sorted(set(starts)):
        raise wrong
    return tuple(bands)


def _read_day(setting: Setting, value: object) -> datetime.date:
    try:
        return datetime.date.fromisoformat(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise SettingError(Words("应当是日期，如 2025-12-31", "must be a day such as 2025-12-31")) from None


_READERS = {
    "money": _read_money,
    "number": _read_number,
    "years": _read_number,
    "bool": _read_bool,
    "enum": _read_enum,
    "words": _read_words,
    "by_sex": _read_by_sex,
    "bands": _read_bands,
    "day": _read_day,
}


def _words(row: Mapping[str, str] | None) -> Words | None:
    return Words(row["zh"], row["en"]) if row else None


def _unit(kind: str, row: Mapping[str, str] | None) -> Unit | None:
    if kind == "money":
        return YUAN
    return Unit(Words(row["zh"], row["en"]), row.get("one", row["en"])) if row else None


def _check_facts(facts: Mapping[str, Fact], rows: Mapping[str, Mapping[str, Any]]) -> None:
    """Stop the start where the words of a fact do not fit its kind; raises ValueError."""
    for key, fact in facts.items():
        row = rows[key]
        patterns = list(row.get("unit", {}).values())
        if patterns and fact.kind not in ("whole", "area"):
            raise ValueError(f"facts.toml: {key}: only a whole number or an area has a unit of its own")
        if any(pattern.count("{}") != 1 for pattern in patterns):
            raise ValueError(f"facts.toml: {key}: every pattern of unit holds {{}} once")
        if ("yes" in row) != ("no" in row) or ("yes" in row and fact.kind != "bool"):
            raise ValueError(f"facts.toml: {key}: yes and no stand together, and only at a bool")
        needed = facts.get(fact.needs) if fact.needs is not None else fact
        if needed is None or needed.subject != fact.subject:
            raise ValueError(f"facts.toml: {key}: needs names no fact of its subject: {fact.needs}")


def _load_facts() -> dict[str, Fact]:
    text = (Path(__file__).parent / "facts.toml").read_text(encoding="utf-8")
    return read_facts(tomllib.loads(text))


def read_facts(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, Fact]:
    """The facts of a vocabulary as TOML has it; raises ValueError where their words do not fit."""
    facts = {}
    for key, row in rows.items():
        facts[key] = Fact(
            key=key,
            name=row.get("name", key),
            subject=row["subject"],
            kind=row["kind"],
            question=row["question"],
            label=Words(**row["label"]),
            options={option["key"]: Words(option["zh"], option["en"]) for option in row.get("options", ())},
            low=row.get("low", 0),
            high=row.get("high", MONEY_MOST),
            unknown_word=row.get("unknown_word"),
            zero=_words(row.get("zero")),
            unit=_unit(row["kind"], row.get("unit")),
            yes_no={
                True: _words(row.get("yes")) or YES_NO[True],
                False: _words(row.get("no")) or YES_NO[False],
            },
            needs=row.get("needs"),
        )
    _check_facts(facts, rows)
    return facts


def _load_settings() -> dict[str, Setting]:
    settings = {}
    text = (Path(__file__).parent / "standards.toml").read_text(encoding="utf-8")
    for name, row in tomllib.loads(text).items():
        settings[name] = Setting(
            name=name,
            kind=row["kind"],
            issuer=row["issuer"],
            label=Words(**row["label"]),
            unit=_words(row.get("unit")),
            is_option=row.get("option", False),
            instead=row.get("instead"),
            values=tuple(row.get("values", ())),
            values_of=row.get("values_of"),
        )
    return settings


FACTS: dict[str, Fact] = _load_facts()
"""Every fact by its name in JSON."""
FACT_NAMES: dict[str, Fact] = {fact.name: fact for fact in FACTS.values()}
"""Every fact by its name in conditions."""
SETTINGS: dict[str, Setting] = _load_settings()
"""Every standard by its name."""
SETTING_JSON_NAMES: dict[str, Setting] = {setting.json_name: setting for setting in SETTINGS.values()}
"""Every standard by its name in JSON, money with its unit."""
