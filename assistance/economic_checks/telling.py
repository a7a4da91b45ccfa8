"""What the list of looks says of questions to data sources: which source, under which authorisation."""

from __future__ import annotations

from assistance import audit, authorizations, looks
from assistance.looks import Look
from infrastructure.languages import N_

ANSWERED = N_("系统按授权 %(case)s 向%(holder)s查了%(whose)s%(source)s")
NOTHING_FOUND = N_("系统按授权 %(case)s 向%(holder)s查了%(whose)s%(source)s，那里没有记录")
NOT_REACHED = N_("系统按授权 %(case)s 要向%(holder)s查%(whose)s%(source)s，没有查成")
DROPPED = N_("系统按授权 %(case)s 向%(holder)s问过%(whose)s%(source)s，授权已经收回，回答没有留下")
BY_OUTCOME = {"answered": ANSWERED, "nothing_found": NOTHING_FOUND}


def tell_question(look: Look, whose: str, translate: looks.Translate, locale: str) -> str:
    """One question that left the house, said with the names of the register."""
    source = authorizations.data_sources().get(str(look.fields.get("source", "")))
    is_dropped = look.event is audit.Event.QUERY_DROPPED
    sentence = DROPPED if is_dropped else BY_OUTCOME.get(str(look.fields.get("outcome")), NOT_REACHED)
    return translate(sentence) % {
        "case": look.case_ref or "",
        "whose": whose,
        "source": source.name.in_language(locale) if source else str(look.fields.get("source", "")),
        "holder": source.holder.in_language(locale) if source else "",
    }


looks.TELLERS[audit.Event.QUERY_ANSWERED] = tell_question
looks.TELLERS[audit.Event.QUERY_DROPPED] = tell_question
