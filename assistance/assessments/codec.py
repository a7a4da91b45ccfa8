"""Answers as few bytes as possible, and back: short keys, places instead of words, then zlib."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from .answers import MEMBERS_MOST, NO, UNSURE, YES, Answers, Kept, Range, Value, Values, is_valid
from .questions import FIELD_OF_KEY, FIELDS, MEMBER_FIELDS, Field

LARGEST = 64 * 1024
FORMAT = 1
FLAGS = (NO, YES)
_CHOICES = frozenset(("one", "who", "many", "gate"))
"""Kinds whose packed places can lead to nothing but their own choices."""


class BrokenAnswersError(Exception):
    """The bytes do not hold answers."""


def pack(answers: Answers) -> bytes:
    """The answers as compressed bytes."""
    data = [
        FORMAT,
        int(answers.is_helped),
        _pack_values(answers.household),
        [_pack_values(member) for member in answers.members],
        _pack_kept(answers.kept),
    ]
    return zlib.compress(json.dumps(data, separators=(",", ":")).encode(), 9)


def unpack(packed: bytes) -> Answers:
    """The answers of packed bytes; what no question knows any more is left out."""
    try:
        machine = zlib.decompressobj()
        raw = machine.decompress(packed, LARGEST)
        if machine.unconsumed_tail or not machine.eof:
            raise BrokenAnswersError
        form, helped, household, members, kept = json.loads(raw)
        if form != FORMAT or len(members) > MEMBERS_MOST:
            raise BrokenAnswersError
        return Answers(
            household=_unpack_values(household, of_member=False),
            members=tuple(_unpack_values(member, of_member=True) for member in members),
            is_helped=bool(helped),
            kept=_unpack_kept(kept),
        )
    except (zlib.error, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise BrokenAnswersError from error


def _pack_kept(kept: Kept | None) -> list[Any]:
    if kept is None:
        return []
    flags = kept.is_new | kept.is_returned << 1 | kept.is_current << 2
    return [kept.code, kept.saved_on, flags, dict(kept.before)]


def _unpack_kept(packed: list[Any]) -> Kept | None:
    if not packed:
        return None
    code, saved_on, flags, before = packed
    told = {str(key): str(word) for key, word in before.items()}
    return Kept(str(code), int(saved_on), bool(flags & 1), bool(flags & 2), bool(flags & 4), told)


def _pack_values(values: Values) -> list[Any]:
    flat: list[Any] = []
    for name, value in values.items():
        field = FIELDS[name]
        flat += (field.key, "?" if value == UNSURE else _PACK[field.kind](field, value))
    return flat


def _unpack_values(flat: list[Any], *, of_member: bool) -> Mapping[str, Value]:
    values: dict[str, Value] = {}
    for key, packed in zip(flat[::2], flat[1::2], strict=True):
        field = FIELD_OF_KEY.get(key)
        if field is None:
            continue
        try:
            value = UNSURE if packed == "?" else _UNPACK[field.kind](field, packed)
        except (TypeError, IndexError):
            # An option that is no longer offered: the one answer is asked again, the others stay.
            continue
        is_here = (field.name in MEMBER_FIELDS) is of_member
        is_choice = field.kind in _CHOICES and value is not None
        if (is_choice and is_here) or is_valid(field.name, value, of_member=of_member):
            values[field.name] = value
    return values


def _pack_codes(field: Field, codes: Any) -> int:
    return sum(1 << field.codes.index(code) for code in codes)


def _unpack_codes(field: Field, mask: int) -> tuple[str, ...]:
    return tuple(code for place, code in enumerate(field.codes) if mask >> place & 1)


_PACK: dict[str, Callable[[Field, Any], Any]] = {
    "one": lambda field, code: field.codes.index(code),
    "who": lambda field, flag: FLAGS.index(flag),
    "many": _pack_codes,
    "gate": _pack_codes,
    "money": lambda field, band: [band.low] if band.high == band.low else [band.low, band.high],
    "parts": lambda field, parts: list(parts),
    "count": lambda field, number: number,
    "year": lambda field, number: number,
}
_UNPACK: dict[str, Callable[[Field, Any], Any]] = {
    "one": lambda field, place: field.codes[place] if place >= 0 else None,
    "who": lambda field, place: FLAGS[place] if place >= 0 else None,
    "many": _unpack_codes,
    "gate": _unpack_codes,
    "money": lambda field, ends: Range(ends[0], ends[-1]) if len(ends) in (1, 2) else None,
    "parts": lambda field, parts: tuple(parts),
    "count": lambda field, number: number,
    "year": lambda field, number: number,
}
