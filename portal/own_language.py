"""What somebody takes away on paper is in the language that they once chose, on whatever device they ask."""

from __future__ import annotations

from assistance import people
from web.access import current_actor
from web.languages import prefer_locale
from web.unit_of_work import current_session


def answer_in_own_language() -> None:
    """Answer in the language kept for whoever is signed in, unless one was chosen on this device."""
    person_id = current_actor().person_id
    prefer_locale(people.find_language(current_session(), person_id) if person_id is not None else None)
