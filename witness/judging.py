"""Whether a checkpoint may be cosigned: only one that the log signed and that continues what was seen."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

from infrastructure.merkle import is_consistent
from infrastructure.signed_notes import Checkpoint, Verifier, find_verifier, read_cosigned

MOST_PARTS = 63


class Refused(Exception):
    """The log does not continue what this witness has seen; the head that was cosigned last stays."""

    def __init__(self, why: str, evidence: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.evidence = evidence


def judge(head: Checkpoint | None, text: str, origin: str, log_keys: Sequence[Verifier]) -> Checkpoint:
    """The checkpoint of an answer where it may be cosigned, or the head itself where nothing is new.

    An answer is `old SIZE`, the proof in base64 line by line, an empty line and the checkpoint as a note.
    Raises Refused, with the answer as evidence, for anything else.
    """
    old, proof, found = _read(text)
    if found.origin != origin:
        raise Refused(f"这是另一本日志的存证：{found.origin}", text)
    if find_verifier(found, log_keys) is None:
        raise Refused("存证上没有这本日志的签名，或者签名对不上", text)
    seen = head.size if head else 0
    if old != seen:
        raise Refused(f"证明是从第 {old} 笔起的，我见过的是 {seen} 笔", text)
    if found.size < seen:
        raise Refused(f"日志变短了：我见过 {seen} 笔，现在只有 {found.size} 笔", text)
    if head is None:
        if proof:
            raise Refused("第一次见这本日志，不该有证明", text)
        return found
    if not is_consistent(seen, found.size, proof, head.root, found.root):
        raise Refused(f"{found.size} 笔的存证接不上我见过的 {seen} 笔：以前的被改过、删过或者换过", text)
    return found


def _read(text: str) -> tuple[int, list[bytes], Checkpoint]:
    top, blank, note = text.partition("\n\n")
    first, *lines = top.split("\n")
    number = first.removeprefix("old ")
    read = read_cosigned(note)
    is_plain = number.isascii() and number.isdecimal() and len(number) < 20 and str(int(number)) == number
    if not blank or not first.startswith("old ") or not is_plain or len(lines) > MOST_PARTS or read is None:
        raise Refused("回答的格式不对", text)
    try:
        return int(number), [base64.b64decode(line, validate=True) for line in lines], read[0]
    except (ValueError, binascii.Error) as error:
        raise Refused("证明的格式不对", text) from error
