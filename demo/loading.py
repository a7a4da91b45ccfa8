"""Loads the demo county: staff, named families, a department's sheet, and generated households."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistance import audit, households, people
from assistance.errors import Refusal
from assistance.households import Household, NewFile
from assistance.values import ResidentId
from demo import accounts, department_sheets
from demo.consents import ask_and_sign
from demo.generated_files import draws_of, file_number, generated_files
from demo.places import places_of, villages_of
from demo.stories_file import Story, stories
from demo.telling import tell
from infrastructure.database import Database
from infrastructure.settings import Settings
from infrastructure.signing import SigningKeys

GENERATED = 4005
"""With the twelve stories 4,017 households."""
AT_ONCE = 500
CACHE_KIB = 65_536
"""Pages that so many rows touch; with the usual two megabytes each is written and read again many times."""
ASKED_AT_ONCE = 500
TRIES = 5
OPERATOR = "demo"
NAMESPACE = uuid.UUID("6b1f3c0e-5a1e-4f7c-9a63-0d8a2f1c4e11")

Say = Callable[[str], None]


@dataclass
class Loaded:
    """What was put down, and what was there already."""

    accounts: int = 0
    sheets: int = 0
    stories: int = 0
    signatures: int = 0
    generated: int = 0
    people: int = 0
    lines: int = 0
    left_out: list[str] = field(default_factory=list)
    """Stories that could not be told because somebody of theirs is known otherwise."""

    @property
    def is_nothing(self) -> bool:
        """Whether everything was there already."""
        return not (self.accounts or self.sheets or self.stories or self.generated)


@dataclass(frozen=True)
class Demo:
    """What is to be loaded, and where."""

    database: Database
    settings: Settings
    keys: SigningKeys
    county: str
    households: int
    seed: int
    now: datetime
    say: Say = lambda _: None

    def load(self, *, dry_run: bool = False) -> Loaded:
        """Put down whatever is missing, each step in a transaction of its own; a second run finds nothing."""
        loaded = Loaded()
        self._open_accounts(loaded, dry_run)
        self._hand_in_sheets(loaded, dry_run)
        self._tell_stories(loaded, dry_run)
        self._generate(loaded, dry_run)
        return loaded

    def _open_accounts(self, loaded: Loaded, dry_run: bool) -> None:
        with self.database.reading() as session:
            missing = accounts.missing(session)
        loaded.accounts = len(missing)
        if dry_run:
            return
        if missing:
            self.say(f"工作人员账号 {len(missing)} 个")
        with self.database.transaction() as session:
            for one in missing:
                accounts.open_account(session, one, places_of(self.county), self.now)
            accounts.let_codes_be_used_again(session, self.now)

    def _hand_in_sheets(self, loaded: Loaded, dry_run: bool) -> None:
        with self.database.session() as session, session.begin():
            loaded.sheets = department_sheets.hand_in(session, self.settings, self.now, dry_run=dry_run)

    def _tell_stories(self, loaded: Loaded, dry_run: bool) -> None:
        with self.database.reading() as session:
            there = _numbers_there(session, [story.number for story in stories()])
        missing = [story for story in stories() if story.number not in there]
        if missing and not dry_run:
            self.say(f"有名有姓的家庭 {len(missing)} 户")
        for story in missing:
            if dry_run or self._tell_one(story, loaded):
                loaded.stories += 1

    def _tell_one(self, story: Story, loaded: Loaded) -> bool:
        try:
            with self.database.transaction() as session:
                telling = tell(session, story, places_of(self.county), self.now)
                loaded.signatures += ask_and_sign(telling, self.settings, self.keys)
                loaded.people += len(telling.persons)
        except Refusal:
            loaded.left_out.append(story.name)
            return False
        return True

    def _generate(self, loaded: Loaded, dry_run: bool) -> None:
        told = {story.number for story in stories()}
        draws = draws_of(self.seed, self.county)
        wanted = [file_number(draws, row, told) for row in range(self.households)]
        with self.database.reading() as session:
            there = _numbers_there(session, wanted)
        missing = set(wanted) - there
        if dry_run:
            loaded.generated = len(missing)
        if dry_run or not missing:
            return
        self.say(f"生成的家庭 {len(missing)} 户")
        files = iter(self._new_files(missing, told))
        while batch := list(islice(files, AT_ONCE)):
            self._write(batch, loaded)
            self.say(f"  {loaded.generated}/{len(missing)}")

    def _new_files(self, missing: set[str], told: set[str]) -> list[NewFile]:
        """Files none of whose persons is known already: whoever was there before keeps their number."""
        taken = {one.resident_id.value for story in stories() for one in story.members}
        taken |= {one.resident_id.value for one in accounts.colleagues()}
        for _ in range(TRIES):
            made = generated_files(
                self.households,
                seed=self.seed,
                county=self.county,
                villages=villages_of(self.county),
                taken=taken,
                told=told,
                now=self.now,
            )
            files = [one for one in made if one.number in missing]
            with self.database.reading() as session:
                known = set(people.list_by_resident_ids(session, _numbers_of(files)))
            if not known:
                return files
            taken |= known
        raise Refusal("太多身份证号已经有人用了。")

    def _write(self, batch: Sequence[NewFile], loaded: Loaded) -> None:
        with self.database.transaction() as session:
            if self.database.is_sqlite:
                session.connection().exec_driver_sql(f"PRAGMA cache_size=-{CACHE_KIB}")
            written = households.write_many(session, batch, now=self.now, recorded_by="operator")
            audit.record(
                session,
                audit.Event.HOUSEHOLDS_IMPORTED,
                by=audit.operator(OPERATOR),
                now=self.now,
                object_ref=str(uuid.uuid5(NAMESPACE, f"{self.county}:{self.seed}:{batch[0].number}")),
                fields={
                    "households": written.households,
                    "people": written.people,
                    "lines": written.lines,
                },
            )
        loaded.generated += written.households
        loaded.people += written.people
        loaded.lines += written.lines


def _numbers_of(files: Iterable[NewFile]) -> list[ResidentId]:
    return [one.resident_id for file in files for one in file.members if one.resident_id is not None]


def _numbers_there(session: Session, numbers: Sequence[str]) -> set[str]:
    there: set[str] = set()
    for start in range(0, len(numbers), ASKED_AT_ONCE):
        some = numbers[start : start + ASKED_AT_ONCE]
        there |= set(session.scalars(select(Household.number).where(Household.number.in_(some))))
    return there
