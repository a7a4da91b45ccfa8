"""What somebody chose or typed on a question page; questions are data, so there is no form class."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from werkzeug.datastructures import MultiDict

from assistance import assessments
from assistance.assessments import MONEY_MOST, UNSURE, Answers, Field, Page, Range, Value
from infrastructure.languages import N_

NONE = "none"
EXACT = "exact"
OLDEST = 130

CHOOSE_ONE = N_("请选一个，说不清楚也可以选")
CHOOSE_SOME = N_("请选一样，没有或说不清楚也可以选")
EITHER_OR = N_("选了“没有”或“说不清楚”，就不要再选别的")
TYPE_SUM = N_("请填多少元，比如 1200；不知道就选说不清楚")
SUM_TOO_LARGE = N_("这个数太大了，请再看一眼")
SUM_OUTSIDE = N_("填的数和选的一档对不上，请只用一个")
TYPE_NUMBER = N_("请填一个数，不知道就选说不清楚")
TYPE_YEAR = N_("请填 4 位年份，比如 1956；不知道就选说不清楚")
ONE_HEAD = N_("户主只能有一个，请看看家里其他人")
MORE_THAN_ALL = N_("看病的钱比一共的还多，请再看一眼")


@dataclass
class Submission:
    """What a page was answered with, and what has to be mended."""

    values: dict[str, Value | None] = field(default_factory=dict)
    ticked: frozenset[int] = frozenset()
    is_unsure: bool = False
    errors: list[tuple[str, str]] = field(default_factory=list)

    def error_of(self, name: str) -> str:
        """The sentence beside one field."""
        return next((sentence for wrong, sentence in self.errors if wrong == name), "")


def read_page(
    page: Page,
    form: MultiDict[str, str],
    answers: Answers,
    member: int | None,
    day: date,
) -> Submission:
    """Read every field of a page."""
    read = Submission()
    for asked in page.fields:
        _READERS[asked.kind](asked, form, answers, day, read)
    if not read.errors:
        _check_sense(read, answers, member)
    return read


def _check_sense(read: Submission, answers: Answers, member: int | None) -> None:
    if read.values.get("relation") == "head" and any(
        other.get("relation") == "head" for place, other in enumerate(answers.members) if place != member
    ):
        read.errors.append(("relation", ONE_HEAD))
    medical, rigid = read.values.get("medical"), answers.get("rigid")
    if isinstance(medical, Range) and isinstance(rigid, Range):
        most = rigid.high
        if most is not None and medical.low > most:
            read.errors.append(("medical", MORE_THAN_ALL))


def _read_one(asked: Field, form: MultiDict[str, str], answers: Answers, day: date, read: Submission) -> None:
    code = form.get(asked.name, "")
    if code == UNSURE or asked.option(code) is not None:
        read.values[asked.name] = code
    elif not asked.is_optional:
        read.errors.append((asked.name, CHOOSE_ONE))


def _read_many(
    asked: Field, form: MultiDict[str, str], answers: Answers, day: date, read: Submission
) -> None:
    chosen = form.getlist(asked.name)
    codes = tuple(option.code for option in asked.options if option.code in chosen)
    others = [code for code in (NONE, UNSURE) if code in chosen]
    if len(others) > 1 or (others and codes):
        read.errors.append((asked.name, EITHER_OR))
    elif codes or others == [NONE]:
        read.values[asked.name] = codes
    elif others:
        read.values[asked.name] = UNSURE
    else:
        read.errors.append((asked.name, CHOOSE_SOME))


def _read_who(asked: Field, form: MultiDict[str, str], answers: Answers, day: date, read: Submission) -> None:
    chosen = form.getlist(asked.name)
    listed = assessments.candidates(asked, answers, day)
    read.ticked = frozenset(place for place in listed if str(place + 1) in chosen)
    read.is_unsure = UNSURE in chosen
    # Some are known and the rest is not: that is a whole answer here.
    if NONE in chosen and (read.ticked or read.is_unsure):
        read.errors.append((asked.name, EITHER_OR))
    elif not chosen:
        read.errors.append((asked.name, CHOOSE_SOME))


def _read_money(
    asked: Field, form: MultiDict[str, str], answers: Answers, day: date, read: Submission
) -> None:
    chosen, typed = form.get(asked.name, ""), form.get(f"{asked.name}_exact", "").strip()
    band = read_band(chosen)
    if typed:
        fen = read_yuan(typed)
        if fen is None:
            read.errors.append((asked.name, TYPE_SUM))
        elif fen > MONEY_MOST:
            read.errors.append((asked.name, SUM_TOO_LARGE))
        elif band is not None and not _holds(band, fen):
            read.errors.append((asked.name, SUM_OUTSIDE))
        else:
            read.values[asked.name] = Range(fen, fen)
    elif chosen == UNSURE:
        read.values[asked.name] = UNSURE
    elif band is not None:
        read.values[asked.name] = band
    elif _has_parts(form):
        # The boxes below say more than a band would.
        read.values[asked.name] = None
    else:
        read.errors.append((asked.name, TYPE_SUM if chosen == EXACT or not asked.bands else CHOOSE_ONE))


def _holds(band: Range, fen: int) -> bool:
    return band.low <= fen and (band.high is None or fen <= band.high)


def _has_parts(form: MultiDict[str, str]) -> bool:
    return any(name.startswith("rigid_parts_") and value.strip() for name, value in form.items())


def _read_parts(
    asked: Field, form: MultiDict[str, str], answers: Answers, day: date, read: Submission
) -> None:
    parts: list[int | None] = []
    for option in asked.options:
        typed = form.get(f"{asked.name}_{option.code}", "").strip()
        fen = read_yuan(typed) if typed else None
        if typed and fen is None:
            read.errors.append((asked.name, TYPE_SUM))
            return
        if fen is not None and fen > MONEY_MOST:
            read.errors.append((asked.name, SUM_TOO_LARGE))
            return
        parts.append(fen)
    read.values[asked.name] = tuple(parts) if any(part is not None for part in parts) else None


def _read_count(
    asked: Field, form: MultiDict[str, str], answers: Answers, day: date, read: Submission
) -> None:
    typed = form.get(asked.name, "").strip()
    number = read_number(typed)
    least = 1 if asked.name == "size" else 0
    if typed and (number is None or not least <= number <= asked.most):
        read.errors.append((asked.name, TYPE_NUMBER))
    elif typed:
        read.values[asked.name] = number
    elif form.get(f"{asked.name}_unsure") == UNSURE:
        read.values[asked.name] = UNSURE
    elif asked.is_optional:
        read.values[asked.name] = None
    else:
        read.errors.append((asked.name, TYPE_NUMBER))


def _read_year(
    asked: Field, form: MultiDict[str, str], answers: Answers, day: date, read: Submission
) -> None:
    typed = form.get(asked.name, "").strip()
    year = read_number(typed.removesuffix("年"))
    if typed and (year is None or not day.year - OLDEST <= year <= day.year):
        read.errors.append((asked.name, TYPE_YEAR))
    elif typed:
        read.values[asked.name] = year
    elif form.get(f"{asked.name}_unsure") == UNSURE:
        read.values[asked.name] = UNSURE
    else:
        read.errors.append((asked.name, TYPE_YEAR))


_READERS = {
    "one": _read_one,
    "many": _read_many,
    "gate": _read_many,
    "who": _read_who,
    "money": _read_money,
    "parts": _read_parts,
    "count": _read_count,
    "year": _read_year,
}

_BAND = re.compile(r"([0-9]{1,14})-([0-9]{0,14})")
_NUMBER = re.compile(r"[0-9]{1,9}")
_YUAN = re.compile(r"([0-9]{1,14})(?:\.([0-9]{1,2}))?")
_TEN_THOUSANDS = re.compile(r"([0-9]{1,10})(?:\.([0-9]{1,4}))?万")


def read_band(text: str) -> Range | None:
    """A band as its choice carries it, such as `0-329999` or `330000-`."""
    found = _BAND.fullmatch(text)
    if found is None:
        return None
    low, high = int(found[1]), int(found[2]) if found[2] else None
    if low > MONEY_MOST or (high is not None and not low <= high <= MONEY_MOST):
        return None
    return Range(low, high)


# Full-width digits are digits; other signs that only look like one are not: no general normalisation.
_FULL_WIDTH = str.maketrans(
    {code + 0xFEE0: code for code in range(0x21, 0x7F)} | {0x3000: " ", ord("。"): "."}
)


def _plain(typed: str) -> str:
    return typed.translate(_FULL_WIDTH).replace(" ", "").replace(",", "")


def read_number(typed: str) -> int | None:
    """A whole number as somebody types it, full-width digits too."""
    text = _plain(typed)
    return int(text) if _NUMBER.fullmatch(text) else None


def read_yuan(typed: str) -> int | None:
    """Fen from a sum in yuan as somebody types it: 1200, １２００, 1,200.50 元, 3万."""
    text = _plain(typed)
    text = text.removesuffix("元").removesuffix("块").removesuffix("圆")
    if found := _YUAN.fullmatch(text):
        return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
    if found := _TEN_THOUSANDS.fullmatch(text):
        return (int(found[1]) * 10_000 + int((found[2] or "").ljust(4, "0"))) * 100
    return None
