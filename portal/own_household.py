"""The reader's own household, for its page and for the mini-program."""

from __future__ import annotations

from assistance import audit, households
from web.access import current_actor
from web.looks import note_look
from web.services import services
from web.unit_of_work import current_session

PURPOSE = "household_file"


def own_household() -> households.SeenHousehold | None:
    """The reader's household as they see it, or None where there is none."""
    person_id = current_actor().person_id
    if person_id is None:
        return None
    return households.own_file_as_seen(current_session(), person_id, on=services().clock.today())


def note_own_look(seen: households.SeenHousehold) -> None:
    """The log keeps one's own looks too, and a guardian's at a ward's lines."""
    actor = current_actor()
    for one in seen.people:
        if one.is_open:
            facts = [line.fact.key for line in (*one.lines, *(seen.totals if one.is_self else ()))]
            note_look(
                audit.Event.HOUSEHOLD_SHOWN,
                [(str(seen.household.id), one.person.audit_subject)],
                by=actor.for_the_log(),
                seen=sorted({"name", "relations", *households.classes_of(facts)}),
                purpose=PURPOSE,
            )
