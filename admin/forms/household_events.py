"""What each event of a family asks for, and what was typed, read against the household as it stands."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from assistance import households, people
from assistance.errors import Refusal
from assistance.households import Household, HouseholdMember, PersonHere
from assistance.people import Actor, Person
from assistance.permissions import Permission
from assistance.values import Malformed, ResidentId
from infrastructure.clock import SHANGHAI
from infrastructure.languages import N_

EVENTS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "born": (N_("添了孩子"), N_("孩子出生，加进这一户"), ("person", "sex", "relation", "guardian", "day")),
    "joined": (
        N_("有人加入"),
        N_("结婚、搬来、落户，或者住在别处、有赡养抚养义务的人"),
        ("person", "birth", "sex", "relation", "guardian", "is_supporter", "day"),
    ),
    "left": (N_("有人离开"), N_("不再是这一户的人"), ("member", "day")),
    "moved-on": (
        N_("有人去了另一户"),
        N_("从这一户到另一户，他自己的情况跟着走"),
        ("member", "other", "relation", "day"),
    ),
    "died": (N_("有人去世"), N_("去世的是户主，要选出新户主"), ("member", "new_head", "relations", "day")),
    "head": (N_("换户主"), N_("家里另一个人做户主"), ("new_head", "relations", "day")),
    "guardian": (
        N_("监护人有变"),
        N_("孩子换监护人，或者法院给大人定了监护人"),
        ("member", "guardian", "court", "own_wages", "day"),
    ),
    "moved": (N_("搬家"), N_("全家一起搬"), ("village", "county", "address", "day")),
    "split": (
        N_("分户"),
        N_("一部分人分出去单过"),
        ("leaving", "new_head", "relations", "village", "address", "day"),
    ),
    "merged": (N_("并户"), N_("全家并到另一户"), ("other", "relations", "day")),
}
"""By its name in the address: words, a hint, and the fields of its form."""
OUTSIDE = "outside"
RELATIONS = tuple(relation for relation in households.RELATIONS if relation != "head")


class Wrong(Exception):
    """Some fields cannot be used; a sentence for each."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(", ".join(errors))
        self.errors = dict(errors)


@dataclass
class Typed:
    """What was typed in the form of one event."""

    session: Session
    household: Household
    here: Sequence[PersonHere]
    form: MultiDict[str, str]
    actor: Actor
    now: datetime
    county: str
    errors: dict[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The text of one field."""
        return self.form.get(name, "").strip()[:200]

    def day(self) -> date:
        """The day on which it happened."""
        try:
            day = date.fromisoformat(self.text("day"))
        except ValueError:
            self.wrong("day", N_("请选一个日期"))
            return date.min
        if day > self.now.astimezone(SHANGHAI).date():
            self.wrong("day", N_("日期请填到今天为止的一天。"))
        return day

    def member(self, name: str) -> HouseholdMember:
        """Somebody of the household, as one of its select fields names them."""
        found = next((one.member for one in self.here if str(one.member.id) == self.text(name)), None)
        if found is None:
            self.wrong(name, N_("请选一个人"))
            raise Wrong(self.errors)
        return found

    def member_or_none(self, name: str) -> HouseholdMember | None:
        """The same where nobody need be chosen."""
        return self.member(name) if self.text(name) else None

    def guardian(self) -> uuid.UUID | None:
        """The person chosen as guardian, or nobody."""
        chosen = self.member_or_none("guardian")
        return chosen.person_id if chosen else None

    def relation(self) -> str:
        """The relation to the head of one person."""
        told = self.text("relation")
        if told not in RELATIONS:
            self.wrong("relation", N_("请选和户主的关系"))
        return told

    def relations(self) -> dict[uuid.UUID, str]:
        """Everybody's relation to the head there will be, as far as it was chosen."""
        told = {one.member.id: self.text(f"relation-{one.member.id}") for one in self.here}
        return {member_id: relation for member_id, relation in told.items() if relation in RELATIONS}

    def leaving(self) -> list[HouseholdMember]:
        """Those who leave in a split."""
        chosen = set(self.form.getlist("leaving"))
        return [one.member for one in self.here if str(one.member.id) in chosen]

    def village(self) -> str:
        """The village or, where the household leaves the county, the county to which it goes."""
        told = self.text("village")
        if told == OUTSIDE:
            told = self.text("county")
        if not told:
            self.wrong("village", N_("请选一个村或社区"))
        return told

    def other(self) -> Household:
        """Another household by its number, where this officer may write in it."""
        found = households.find_by_number(
            self.session, self.actor, self.text("other"), Permission.HOUSEHOLDS_WRITE
        )
        if found is None:
            self.wrong("other", N_("没有找到这个户号，请对着再看一遍"))
            raise Wrong(self.errors)
        return found

    def person(self, birth: date | None) -> Person:
        """Who joins: somebody known by identity number, or a new person."""
        known, tidy, resident_id = self.told_person()
        self.sure()
        if known is not None:
            return known
        return people.register_person(
            self.session,
            tidy,
            now=self.now,
            resident_id=resident_id,
            birth=birth,
            sex=self.text("sex") or None,
        )

    def told_person(self) -> tuple[Person | None, str, ResidentId | None]:
        """Who joins, as it was typed: the person where the number is known here, else name and number."""
        name, number = self.text("name"), self.text("resident_id")
        try:
            tidy = people.tidy_name(name)
        except Malformed as error:
            self.wrong("name", error.message)
            tidy = ""
        resident_id = self._number(number) if number else None
        known = people.find_by_resident_id(self.session, resident_id) if resident_id else None
        if known is not None and tidy and known.name != tidy:
            self.wrong("name", N_("这个身份证号登记的是另一个名字，请核对"))
        if not number and self.text("sex") not in ("F", "M"):
            self.wrong("sex", N_("没有身份证号，请选男女"))
        return known, tidy, resident_id

    def birth(self) -> date | None:
        """The birthday, where it is known without a number."""
        try:
            return date.fromisoformat(self.text("birth")) if self.text("birth") else None
        except ValueError:
            self.wrong("birth", N_("请选一个日期"))
            return None

    def wrong(self, name: str, sentence: str) -> None:
        """Keep one mistake."""
        self.errors.setdefault(name, sentence)

    def sure(self) -> None:
        """Stop where anything is wrong."""
        if self.errors:
            raise Wrong(self.errors)

    def _number(self, text: str) -> ResidentId | None:
        try:
            return ResidentId(text)
        except Malformed as error:
            self.wrong("resident_id", error.message)
            return None


def happen(event: str, typed: Typed) -> Household:
    """Let one event happen; the file to show afterwards. Raises Wrong or Refusal."""
    _look_over(event, typed)
    return _HAPPEN[event](typed)


def _look_over(event: str, typed: Typed) -> None:
    # Every field is read before anything is done: whoever has to mend three of them hears of three at once.
    for name in EVENTS[event][2]:
        with suppress(Wrong):
            if name == "new_head" and event == "died":
                typed.member_or_none(name)
            elif name in _READ:
                _READ[name](typed)
    typed.sure()


def _told(typed: Typed) -> dict[str, Any]:
    told = {"on": typed.day(), "by": typed.actor, "now": typed.now, "note": typed.text("note")}
    typed.sure()
    return told


def _born(typed: Typed) -> Household:
    told, relation, guardian = _told(typed), typed.relation(), typed.guardian()
    child = typed.person(told["on"])
    households.register_birth(
        typed.session, typed.household, child, relation=relation, guardian_id=guardian, **told
    )
    return typed.household


def _joined(typed: Typed) -> Household:
    told, relation, guardian = _told(typed), typed.relation(), typed.guardian()
    joining = households.Joining(
        typed.person(typed.birth()),
        relation,
        guardian_id=guardian,
        is_supporter=typed.text("is_supporter") == "yes",
    )
    households.move_in(typed.session, typed.household, joining, **told)
    return typed.household


def _left(typed: Typed) -> Household:
    member, told = typed.member("member"), _told(typed)
    if member.relation == "head" and len(typed.here) > 1:
        raise Refusal(N_("户主要离开，请先登记换户主。"))
    households.move_out(typed.session, typed.household, member, **told)
    return typed.household


def _moved_on(typed: Typed) -> Household:
    member, other, relation, told = typed.member("member"), typed.other(), typed.relation(), _told(typed)
    households.move_member(typed.session, typed.household, member, other, relation=relation, **told)
    return typed.household


def _died(typed: Typed) -> Household:
    member, new_head, told = typed.member("member"), typed.member_or_none("new_head"), _told(typed)
    households.register_death(
        typed.session, typed.household, member, new_head=new_head, relations=typed.relations(), **told
    )
    return typed.household


def _head(typed: Typed) -> Household:
    head, told = typed.member("new_head"), _told(typed)
    households.change_head(typed.session, typed.household, head, relations=typed.relations(), **told)
    return typed.household


def _guardian(typed: Typed) -> Household:
    member, guardian, told = typed.member("member"), typed.guardian(), _told(typed)
    yes_or_no = {"yes": True, "no": False}
    households.change_guardian(
        typed.session,
        typed.household,
        member,
        guardian,
        by_court=yes_or_no.get(typed.text("court")),
        on_own_wages=yes_or_no.get(typed.text("own_wages")),
        **told,
    )
    return typed.household


def _moved(typed: Typed) -> Household:
    village, told = typed.village(), _told(typed)
    households.move_household(
        typed.session,
        typed.household,
        division_code=village,
        address=typed.text("address"),
        county=typed.county,
        **told,
    )
    return typed.household


def _split(typed: Typed) -> Household:
    village, head, told = typed.village(), typed.member("new_head"), _told(typed)
    return households.split(
        typed.session,
        typed.household,
        typed.leaving(),
        head=head,
        relations=typed.relations(),
        division_code=village,
        address=typed.text("address"),
        **told,
    )


def _merged(typed: Typed) -> Household:
    other, told = typed.other(), _told(typed)
    households.merge(typed.session, typed.household, other, relations=typed.relations(), **told)
    return other


_READ: dict[str, Callable[[Typed], Any]] = {
    "member": lambda typed: typed.member("member"),
    "new_head": lambda typed: typed.member("new_head"),
    "person": Typed.told_person,
    "birth": Typed.birth,
    "other": Typed.other,
    "relation": Typed.relation,
    "guardian": Typed.guardian,
    "village": Typed.village,
    "day": Typed.day,
}
_HAPPEN: dict[str, Callable[[Typed], Household]] = {
    "born": _born,
    "joined": _joined,
    "left": _left,
    "moved-on": _moved_on,
    "died": _died,
    "head": _head,
    "guardian": _guardian,
    "moved": _moved,
    "split": _split,
    "merged": _merged,
}
