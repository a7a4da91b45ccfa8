"""What waits on the desk: every noun tells of its own, to whoever may do something about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from assistance.calendar import working_days_between
from assistance.people import Actor
from assistance.permissions import Permission
from infrastructure.languages import N_


@dataclass(frozen=True)
class Task:
    """One thing that waits: what it is, where it is done, and until when."""

    title: str
    """A finished sentence in the reader's language, without anybody's name."""
    address: str
    due_on: date | None = None


SOON, TWO_WEEKS = 3, 14
GROUPS = {
    "late": N_("超期"),
    "today": N_("今天到期"),
    "soon": N_("三个工作日内"),
    "later": N_("往后"),
    "undated": N_("没有定日子"),
}
Source = Callable[[Session, Actor, datetime], Sequence[Task]]
SOURCES: list[tuple[Permission, Source]] = []


def task_source(permission: Permission) -> Callable[[Source], Source]:
    """Ask this function for tasks whenever somebody with the permission opens the desk."""

    def register(source: Source) -> Source:
        SOURCES.append((permission, source))
        return source

    return register


def list_tasks(session: Session, actor: Actor, now: datetime) -> list[Task]:
    """Everything that waits for this member of staff, the nearest deadline first."""
    found = [
        task
        for permission, source in SOURCES
        if actor.may(permission)
        for task in source(session, actor, now)
    ]
    return sorted(found, key=lambda task: (task.due_on is None, task.due_on or date.max))


def in_groups(tasks: Sequence[Task], today: date) -> list[tuple[str, list[Task]]]:
    """The tasks under what their days say: late, today, in three working days, later, or no day at all."""
    groups: dict[str, list[Task]] = {name: [] for name in GROUPS}
    for task in tasks:
        groups[_group_of(task.due_on, today)].append(task)
    return [(GROUPS[name], found) for name, found in groups.items() if found]


def _group_of(due_on: date | None, today: date) -> str:
    if due_on is None:
        return "undated"
    if due_on <= today:
        return "late" if due_on < today else "today"
    # No run of days off is so long that three working days reach beyond two weeks.
    is_near = (due_on - today).days <= TWO_WEEKS
    return "soon" if is_near and working_days_between(today, due_on).count <= SOON else "later"


def due_words(due_on: date | None, today: date) -> tuple[str, int]:
    """What a deadline is called, and the days that go into it."""
    if due_on is None:
        return "", 0
    days = (due_on - today).days
    if days < 0:
        return N_("超期 %(days)s 天"), -days
    return (N_("今天到期"), 0) if days == 0 else (N_("还剩 %(days)s 天"), days)
