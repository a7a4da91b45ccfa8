"""Looks for policies by the words that people use; works for one and two characters and in both languages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from assistance.policies import Catalogue, Policy
from assistance.rules import Words
from infrastructure.languages import locales, translator
from portal.navigation import LIFE_EVENTS

LONGEST_QUERY = 50
NEAR_RESULTS = 8
NAME, SUBJECT, TEXT = 6, 3, 1
_NOT_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Found:
    """What a search came to: exact finds, or else what comes near."""

    policies: tuple[Policy, ...]
    is_exact: bool


@dataclass(frozen=True)
class _Entry:
    policy: Policy
    name: str
    subject: str
    text: str

    def score(self, term: str) -> int:
        """How well one word fits: in the name, in the subject, anywhere, or not at all."""
        if term in self.name:
            return NAME
        if term in self.subject:
            return SUBJECT
        return TEXT if term in self.text else 0


# The index of the catalogue that is in use; a catalogue never changes while the application runs.
_index_in_use: tuple[Catalogue, tuple[_Entry, ...]] | None = None


def search(catalogue: Catalogue, county: str, query: str) -> Found:
    """The policies of a county that hold every word, best first; else those that hold most of it."""
    entries = [entry for entry in _index(catalogue) if entry.policy.applies_to(county)]
    terms = _plain(query[:LONGEST_QUERY]).split()
    if not terms:
        return Found((), is_exact=True)
    exact = _ranked((entry, _all_or_nothing(entry, terms)) for entry in entries)
    if exact:
        return Found(tuple(exact), is_exact=True)
    pieces = [piece for term in terms for piece in _pieces(term)]
    near = _ranked(_near(entries, pieces))
    return Found(tuple(near[:NEAR_RESULTS]), is_exact=False)


def _near(entries: list[_Entry], pieces: list[str]) -> list[tuple[_Entry, float]]:
    """How near each policy comes: a piece that few policies hold says more than one that many hold."""
    totals = dict.fromkeys(range(len(entries)), 0.0)
    for piece in pieces:
        scores = [entry.score(piece) for entry in entries]
        holders = sum(score > 0 for score in scores)
        for at, score in enumerate(scores):
            totals[at] += score / holders if score else 0
    best = max(totals.values(), default=0)
    return [(entries[at], total if 4 * total >= best else 0) for at, total in totals.items()]


def _all_or_nothing(entry: _Entry, terms: list[str]) -> int:
    scores = [entry.score(term) for term in terms]
    return sum(scores) if all(scores) else 0


def _ranked(scores: Iterable[tuple[_Entry, float]]) -> list[Policy]:
    found = [(score, entry.policy) for entry, score in scores if score]
    return [policy for _, policy in sorted(found, key=lambda one: (-one[0], one[1].order, one[1].code))]


def _pieces(term: str) -> list[str]:
    """The pairs of characters of a Chinese word; a word of letters as it is."""
    if term.isascii():
        return [term] if len(term) > 2 else []
    return [term[at : at + 2] for at in range(len(term) - 1)] or [term]


def _index(catalogue: Catalogue) -> tuple[_Entry, ...]:
    global _index_in_use
    kept = _index_in_use
    if kept is None or kept[0] is not catalogue:
        kept = (catalogue, tuple(_entry(catalogue, policy) for policy in catalogue.policies))
        _index_in_use = kept
    return kept[1]


def _entry(catalogue: Catalogue, policy: Policy) -> _Entry:
    events = [LIFE_EVENTS[event] for event in policy.life_events if event in LIFE_EVENTS]
    subject = [translator(locale).gettext(event.title) for event in events for locale in locales()]
    subject += [event.words for event in events] + list(catalogue.departments[policy.department])
    says = [line.says for edition in policy.editions for line in edition.lines]
    body = [policy.summary, policy.how_much, policy.how, policy.notes, *policy.documents, *says]
    return _Entry(policy, _both([policy.name]), _plain(" ".join(subject)), _both(body))


def _both(sentences: Iterable[Words | None]) -> str:
    return _plain(" ".join(f"{words.zh} {words.en}" for words in sentences if words is not None))


def _plain(text: str) -> str:
    return _NOT_WORDS.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()
