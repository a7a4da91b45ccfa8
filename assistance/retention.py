"""How long each class of data is kept, on which basis, and what the job may do at its end (conflict 17)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from assistance.checked_file import CheckedFile
from assistance.rules import Words

TABLE = Path(__file__).parent / "retention.toml"
ACTIONS = ("delete", "empty", "archive", "replace", "device")
ON_REQUEST = ("yes", "no", "outside_a_case")
CLAUSE = re.compile(r"([A-Z0-9]+)-(\d[\d(), a-z-]*)")
_KEYS = ["says", "at_end", "action", "days", "least_days", "basis", "decision", "on_request", "waits"]


class RetentionError(ValueError):
    """The table of keeping times cannot be used; each line names file, line and what would be right."""


@dataclass(frozen=True)
class RetentionClass:
    """One class of data with one keeping time."""

    code: str
    says: Words
    """How long, as a resident reads it."""
    at_end: Words
    """What happens then."""
    action: str
    """delete, empty, archive, replace or device."""
    days: int | None
    """Days after the day that the table counts from; empty where no number settles the end."""
    least_days: int
    """What the law asks at least."""
    basis: tuple[str, ...]
    """Rows of the clause matrix."""
    cited: tuple[Words, ...]
    """The same as a reader knows them: the text's title and its articles."""
    is_own_decision: bool
    """Whether the time is a decision of ours until the county gives its own."""
    on_request: str
    """Whether a resident may have it deleted earlier: yes, no, outside_a_case."""
    waits: bool
    """Whether the tables of this class are still to come."""

    @property
    def is_archive(self) -> bool:
        """Whether the job never touches it: two persons appraise it under the archive's schedule."""
        return self.action == "archive"


def classes() -> dict[str, RetentionClass]:
    """Every class by its code, in the order of the table; raises RetentionError."""
    return dict(read_table())


@lru_cache(maxsize=2)
def read_table(path: Path = TABLE) -> dict[str, RetentionClass]:
    """Read and check one table of keeping times; raises RetentionError naming every mistake."""
    return _Table(path, RetentionError).read()


class _Table(CheckedFile):
    def read(self) -> dict[str, RetentionClass]:
        self.texts = {
            code: self.words(self.data["texts"], code, self.lines.of_key(code))
            for code in self.data.get("texts", {})
        }
        found = {code: self.one(code, row) for code, row in self.data.items() if code != "texts"}
        self.done()
        return found

    def one(self, code: str, row: dict[str, Any]) -> RetentionClass:
        line = self.lines.of_key(code)
        self.refuse_unknown(row, _KEYS, "a class", line)
        action = self.choice(row, "action", ACTIONS, line)
        days, least = row.get("days"), row.get("least_days", 0)
        if (days is not None) != (action in ("delete", "empty", "device")):
            self.fault("“days” stands with delete, empty and device, and only there", line)
        if type(least) is not int or (days is not None and (type(days) is not int or days < least)):
            self.fault(f"“days” is a whole number, at least {least}", self.lines.of_key("days", line))
        basis, decision = row.get("basis", []), self.flag(row, "decision", False, line)
        if not basis and not decision:
            self.fault("a keeping time rests on a clause, or says that it is our decision", line)
        cited = [self.cite(clause.strip(), line) for row in basis for clause in str(row).split(";")]
        return RetentionClass(
            code=code,
            says=self.words(row, "says", line),
            at_end=self.words(row, "at_end", line),
            action=action,
            days=days,
            least_days=least,
            basis=tuple(basis),
            cited=tuple(cited),
            is_own_decision=decision,
            on_request=self.choice(row, "on_request", ON_REQUEST, line),
            waits=self.flag(row, "waits", False, line),
        )

    def cite(self, clause: str, line: int) -> Words:
        found = CLAUSE.fullmatch(clause)
        text = self.texts.get(found[1]) if found else None
        if found is None or text is None:
            self.fault(f"“{clause}” is no row of the clause matrix", self.lines.of_key("basis", line))
            return Words(clause, clause)
        articles = found[2].replace(", ", "、").replace(" to ", "至")
        return Words(f"{text.zh}第{articles}条", f"{text.en}, art. {found[2]}")
