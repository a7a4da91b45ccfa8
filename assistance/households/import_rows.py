"""The rows of a spreadsheet as households: each row a person, each problem with its row and column."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assistance import rules
from assistance.divisions import Level, national_index
from assistance.errors import Refusal
from assistance.households.commands import RELATION_WORDS
from assistance.households.lines import FROM_THE_REGISTER, WrongValue
from assistance.households.typed import read_cell
from assistance.people import tidy_name
from assistance.values import Malformed, Phone, ResidentId
from infrastructure.languages import N_
from infrastructure.spreadsheets import LOST

KEY, VILLAGE, ADDRESS, NAME = "家庭编号", "村（社区）", "住址", "姓名"
NUMBER, RELATION, PHONE, GUARDIAN = "身份证号", "与户主关系", "手机号", "监护人身份证号"
REQUIRED = (KEY, VILLAGE, NAME, NUMBER, RELATION)
FIXED = (KEY, VILLAGE, ADDRESS, NAME, NUMBER, RELATION, PHONE, GUARDIAN)

MISSING_COLUMNS = N_("表格里少了这几列：")
UNKNOWN_COLUMNS = N_("表格里有不认识的列，请用我们的模板：")
TWICE = N_("表格里有一列出现了两次：")
NOTHING_IN_IT = N_("表格里没有人。")
LOST_DIGITS = N_("表格把这个号码当成了数，后几位已经丢了。请把这一列设成文本，再重新填。")
TWICE_IN_FILE = N_("这个身份证号在表格里出现了两次。")
NO_VILLAGE = N_("没有找到这个村（社区），请写全名或者十二位代码。")
NOT_YOUR_VILLAGE = N_("这个村（社区）不在您管的范围里。")
ANOTHER_VILLAGE = N_("同一户写了两个不同的村（社区）或住址。")
NO_RELATION = N_("请写和户主的关系，如户主、配偶、子女、父母。")
ONE_HEAD = N_("一户要有一个户主，只有一个。")
TOO_MANY = N_("一户最多 30 个人。")
NO_GUARDIAN = N_("监护人要是同一户里的另一个人。")
TWO_VALUES = N_("同一户的这一项写了两个不同的内容。")
NEEDED = N_("这一格要填。")
LONGEST_ADDRESS, LONGEST_KEY, MOST_NAMED = 200, 40, 10


@dataclass(frozen=True)
class Problem:
    """One cell that cannot be used; the sentence never repeats what stands in it."""

    row: int
    column: str
    says: str


@dataclass
class ReadMember:
    """One row, read."""

    row: int
    name: str = ""
    resident_id: str = ""
    relation: str = ""
    phone: str | None = None
    guardian_id: str | None = None
    guardian: int | None = None
    lines: dict[str, Any] = field(default_factory=dict)


@dataclass
class ReadHousehold:
    """The rows of one household."""

    key: str
    row: int
    village: str = ""
    address: str = ""
    members: list[ReadMember] = field(default_factory=list)
    lines: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ReadFile:
    """What a spreadsheet holds, and what is wrong with it."""

    households: list[ReadHousehold]
    problems: list[Problem]


def import_heads() -> list[str]:
    """The columns of the template: who it is first, then every fact, money in yuan."""
    return [*FIXED, *_FACT_HEADS]


def _head_of(fact: rules.Fact) -> str:
    return f"{fact.label.zh}（元）" if fact.kind == "money" else fact.label.zh


def _plain(head: str) -> str:
    return "".join(unicodedata.normalize("NFKC", head).replace("*", "").split())


_FACT_HEADS = {_head_of(fact): fact for key, fact in rules.FACTS.items() if key not in FROM_THE_REGISTER}
_KNOWN_HEADS = {_plain(head): head for head in (*FIXED, *_FACT_HEADS)}


def read_rows(rows: Sequence[Sequence[str]], divisions: Iterable[str]) -> ReadFile:
    """The households in the rows of a sheet; Refusal where its columns are not those of the template."""
    columns = _columns(rows[0] if rows else ())
    reader = _Reader(tuple(divisions))
    for number, row in enumerate(rows[1:], 2):
        cells = {head: row[at] if at < len(row) else "" for head, at in columns.items()}
        if any(cells.values()):
            reader.add(number, cells)
    if not reader.households:
        raise Refusal(NOTHING_IN_IT)
    reader.finish()
    return ReadFile(list(reader.households.values()), sorted(reader.problems, key=lambda one: one.row))


def _columns(first: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    unknown: list[str] = []
    for at, cell in enumerate(first):
        head = _KNOWN_HEADS.get(_plain(cell))
        if head in found:
            raise ColumnsRefused(TWICE, [head or ""])
        if head is not None:
            found[head] = at
        elif cell.strip():
            unknown.append(cell.strip()[:20])
    if unknown:
        raise ColumnsRefused(UNKNOWN_COLUMNS, unknown[:MOST_NAMED])
    missing = [head for head in REQUIRED if head not in found]
    if missing:
        raise ColumnsRefused(MISSING_COLUMNS, missing)
    return found


class ColumnsRefused(Refusal):
    """A sheet whose columns are not those of the template; names them."""

    def __init__(self, message: str, names: Sequence[str]) -> None:
        super().__init__(message)
        self.names = list(names)


class _Reader:
    def __init__(self, divisions: tuple[str, ...]) -> None:
        self.divisions = divisions
        self.households: dict[str, ReadHousehold] = {}
        self.problems: list[Problem] = []
        self.rows_of: dict[str, int] = {}
        self.villages: dict[str, str | None] = {}

    def add(self, row: int, cells: Mapping[str, str]) -> None:
        """Read one person."""
        key = cells.get(KEY, "")[:LONGEST_KEY]
        if not key:
            self.wrong(row, KEY, NEEDED)
            key = f"\x00{row}"
        household = self.households.setdefault(key, ReadHousehold(key, row))
        member = ReadMember(row)
        household.members.append(member)
        self.place(household, row, cells)
        self.person(member, cells)
        for head, fact in _FACT_HEADS.items():
            if text := cells.get(head, ""):
                self.value(household, member, head, fact, text)

    def place(self, household: ReadHousehold, row: int, cells: Mapping[str, str]) -> None:
        """The village and address, which may stand in the first row of a household only."""
        told, address = cells.get(VILLAGE, ""), cells.get(ADDRESS, "")[:LONGEST_ADDRESS]
        if told:
            village = self.village(row, told)
            if household.village and village and village != household.village:
                self.wrong(row, VILLAGE, ANOTHER_VILLAGE)
            household.village = household.village or village
        elif not household.village and household.row == row:
            self.wrong(row, VILLAGE, NEEDED)
        if household.address and address and address != household.address:
            self.wrong(row, ADDRESS, ANOTHER_VILLAGE)
        household.address = household.address or address

    def village(self, row: int, told: str) -> str:
        """The code of a village within one's own divisions."""
        if told not in self.villages:
            self.villages[told] = self._find_village(told)
        found = self.villages[told]
        if found is None:
            self.wrong(row, VILLAGE, NO_VILLAGE)
            return ""
        if not any(national_index().is_within(found, one) for one in self.divisions):
            self.wrong(row, VILLAGE, NOT_YOUR_VILLAGE)
            return ""
        return found

    def _find_village(self, told: str) -> str | None:
        index = national_index()
        plain = "".join(unicodedata.normalize("NFKC", told).split())
        known = index.get(plain)
        if known is not None:
            return known.code if known.level is Level.VILLAGE else None
        found = {
            place.code
            for division in self.divisions
            for place in index.search(plain, under=division, level=Level.VILLAGE, limit=50)
            if place.name == plain or place.name.removesuffix("委会") == plain.removesuffix("委会")
        }
        return found.pop() if len(found) == 1 else None

    def person(self, member: ReadMember, cells: Mapping[str, str]) -> None:
        """Who it is."""
        try:
            member.name = tidy_name(cells.get(NAME, ""))
        except Malformed as error:
            self.wrong(member.row, NAME, error.message)
        member.resident_id = self.number(member.row, NUMBER, cells.get(NUMBER, ""), needed=True)
        if member.resident_id:
            if member.resident_id in self.rows_of:
                self.wrong(member.row, NUMBER, TWICE_IN_FILE)
            self.rows_of.setdefault(member.resident_id, member.row)
        member.guardian_id = self.number(member.row, GUARDIAN, cells.get(GUARDIAN, "")) or None
        relation = _RELATIONS.get("".join(cells.get(RELATION, "").split()))
        if relation is None:
            self.wrong(member.row, RELATION, NO_RELATION)
        else:
            member.relation = relation
        if phone := cells.get(PHONE, ""):
            try:
                member.phone = Phone(phone).value
            except Malformed as error:
                self.wrong(member.row, PHONE, error.message)

    def number(self, row: int, column: str, text: str, *, needed: bool = False) -> str:
        """An identity number, however it was written."""
        if not text:
            if needed:
                self.wrong(row, column, NEEDED)
            return ""
        if text == LOST or "E+" in text.upper():
            self.wrong(row, column, LOST_DIGITS)
            return ""
        try:
            return ResidentId(text).value
        except Malformed as error:
            self.wrong(row, column, error.message)
            return ""

    def value(
        self, household: ReadHousehold, member: ReadMember, head: str, fact: rules.Fact, text: str
    ) -> None:
        """One known value; the household's own may stand in any row, but not differently in two."""
        try:
            value = read_cell(fact, "" if text == LOST else text)
        except WrongValue as error:
            self.wrong(member.row, head, error.words.zh)
            return
        lines = household.lines if fact.subject == "household" else member.lines
        if fact.key in lines and lines[fact.key] != value:
            self.wrong(member.row, head, TWO_VALUES)
        lines[fact.key] = value

    def finish(self) -> None:
        """What only the whole household shows."""
        for one in self.households.values():
            if sum(member.relation == "head" for member in one.members) != 1:
                self.wrong(one.row, RELATION, ONE_HEAD)
            if len(one.members) > rules.MEMBERS_MOST:
                self.wrong(one.row, KEY, TOO_MANY)
            places = {member.resident_id: at for at, member in enumerate(one.members) if member.resident_id}
            for at, member in enumerate(one.members):
                if member.guardian_id is None:
                    continue
                member.guardian = places.get(member.guardian_id)
                if member.guardian in (None, at):
                    self.wrong(member.row, GUARDIAN, NO_GUARDIAN)

    def wrong(self, row: int, column: str, says: str) -> None:
        """Keep one problem."""
        self.problems.append(Problem(row, column, says))


_RELATIONS = {
    **{words: relation for relation, words in RELATION_WORDS.items()},
    **{relation: relation for relation in RELATION_WORDS},
    **dict.fromkeys(("本人", "户主本人"), "head"),
    **dict.fromkeys(("妻子", "丈夫", "妻", "夫", "老婆", "老公", "爱人"), "spouse"),
    **dict.fromkeys(("儿子", "女儿", "子", "女", "长子", "长女", "次子", "次女", "养子", "养女"), "child"),
    **dict.fromkeys(("父亲", "母亲", "父", "母"), "parent"),
    **dict.fromkeys(("祖父", "祖母", "爷爷", "奶奶", "外公", "外婆"), "grandparent"),
    **dict.fromkeys(("孙子", "孙女", "外孙", "外孙女"), "grandchild"),
    **dict.fromkeys(("兄", "弟", "姐", "妹", "哥哥", "弟弟", "姐姐", "妹妹"), "sibling"),
    **dict.fromkeys(("其他", "亲戚", "媳妇", "女婿"), "other"),
}
