"""The language that somebody chose is kept with them, and what they take away on paper is in it."""

from __future__ import annotations

from flask import request

from assistance import people
from portal.blueprint import blueprint
from web.access import current_actor
from web.languages import chosen_locale, prefer_locale
from web.unit_of_work import after_answer, current_session


@blueprint.before_request
def keep_choice() -> None:
    """Keep the language chosen on this device with what its reader does; opening a page changes nothing."""
    chosen = chosen_locale()
    if request.method != "POST" or chosen is None:
        return
    person_id = current_actor().person_id
    if person_id is not None:
        after_answer(lambda session: people.keep_language(session, person_id, chosen))


def answer_in_own_language() -> None:
    """Answer in the language kept for whoever is signed in, unless one was chosen on this device."""
    person_id = current_actor().person_id
    prefer_locale(people.find_language(current_session(), person_id) if person_id is not None else None)
