"""What a log and its witnesses sign reads back as it was written, and in no other way."""

from __future__ import annotations

import base64
import hashlib
import random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from infrastructure.signed_notes import (
    LATEST_TIME,
    LOG,
    WITNESS,
    Checkpoint,
    cosign,
    cosigned_message,
    find_verifier,
    read_cosigned,
    read_note,
    read_verifier,
    verifier_of,
)
from infrastructure.signing import SigningKeys

KEYS = SigningKeys({"new": b"n" * 32})
ORIGIN, NAME, TIME = "huimin.example/330482", "witness.example/w1", 1679315147
WITNESS_KEY = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
OURS = verifier_of(WITNESS_KEY, NAME, WITNESS)


def checkpoint(size: int = 7, root: bytes = b"r" * 32) -> Checkpoint:
    unsigned = Checkpoint(ORIGIN, size, root, "new", b"")
    return Checkpoint(ORIGIN, size, root, "new", KEYS.sign(unsigned.body))


NOTE = checkpoint().note(KEYS)
LINE = cosign(WITNESS_KEY, NAME, checkpoint().body, TIME).line()


def test_a_cosignature_is_over_a_head_line_the_time_and_the_whole_body() -> None:
    message = cosigned_message(checkpoint().body, TIME)
    assert message == b"cosignature/v1\ntime 1679315147\n" + NOTE.partition("\n\n")[0].encode() + b"\n"
    content = base64.b64decode(LINE.split(" ")[2])
    public = WITNESS_KEY.public_key().public_bytes_raw()
    assert content[:4] == hashlib.sha256(NAME.encode() + b"\n\x04" + public).digest()[:4]
    assert content[4:12] == TIME.to_bytes(8, "big")
    WITNESS_KEY.public_key().verify(content[12:], message)


def test_a_note_with_cosignatures_reads_back_and_unknown_lines_are_passed_over() -> None:
    other = cosign(Ed25519PrivateKey.from_private_bytes(b"x" * 32), "x.example/w", checkpoint().body, 5)
    strange = "\u2014 someone.example/k " + base64.b64encode(b"of another kind").decode() + "\n"
    read = read_cosigned(NOTE + LINE + strange + other.line())
    assert read is not None
    found, lines = read
    assert found == checkpoint() == read_note(NOTE)
    assert [line.name for line in lines] == [NAME, "x.example/w"]
    assert [line.is_good(OURS, found.body) for line in lines] == [True, False]
    assert lines[0].line() == LINE
    assert f"{lines[0].at:%Y-%m-%d}" == "2023-03-20"
    # The note of the log alone is what copies are: a witness's line makes it another text.
    assert read_note(NOTE + LINE) is None


def test_a_cosignature_holds_for_one_checkpoint_one_time_and_one_key() -> None:
    line = cosign(WITNESS_KEY, NAME, checkpoint().body, TIME)
    assert line.is_good(OURS, checkpoint().body)
    for other in (checkpoint(8), checkpoint(root=b"s" * 32)):
        assert not line.is_good(OURS, other.body)
    assert not cosign(WITNESS_KEY, "w.example/w2", checkpoint().body, TIME).is_good(OURS, checkpoint().body)
    later = read_cosigned(NOTE + line.line())
    assert later is not None
    moved = later[1][0].__class__(NAME, line.key_id, TIME + 1, line.signature)
    assert not moved.is_good(OURS, checkpoint().body)


def test_every_flipped_bit_of_a_cosigned_note_changes_what_it_says_or_breaks_it() -> None:
    lot = random.Random(4)
    whole = (NOTE + LINE).encode()
    for _ in range(3000):
        at = lot.randrange(len(whole))
        changed = whole[:at] + bytes([whole[at] ^ (1 << lot.randrange(8))]) + whole[at + 1 :]
        try:
            read = read_cosigned(changed.decode())
        except UnicodeDecodeError:
            continue
        if read is None:
            continue
        found, lines = read
        is_by_log = find_verifier(found, [KEYS.verifier("new", f"{ORIGIN}/new")]) is not None
        is_by_witness = any(line.is_good(OURS, found.body) for line in lines)
        # Whatever still is believed says exactly what was signed.
        assert not is_by_log or found == checkpoint(), changed
        assert not is_by_witness or (found.origin, found.size, found.root) == (ORIGIN, 7, b"r" * 32), changed


def test_keys_are_handed_over_in_one_line_and_only_for_what_they_are() -> None:
    assert read_verifier(str(OURS), WITNESS) == OURS
    log = KEYS.verifier("new", f"{ORIGIN}/new")
    assert read_verifier(f" {log}\n", LOG) == log
    for text, kind in (
        (str(OURS), LOG),
        (str(log), WITNESS),
        (str(OURS).replace("w1", "w2"), WITNESS),
        (str(OURS)[:-4], WITNESS),
        (NAME, WITNESS),
        ("", WITNESS),
        (f"{NAME}+zz+%%%", WITNESS),
    ):
        with pytest.raises(ValueError):
            read_verifier(text, kind)
    with pytest.raises(ValueError):
        verifier_of(WITNESS_KEY, "two words", WITNESS)
    with pytest.raises(ValueError):
        verifier_of(WITNESS_KEY, "a+b", WITNESS)


def test_a_time_that_no_clock_says_is_refused() -> None:
    for time in (-1, LATEST_TIME + 1):
        with pytest.raises(ValueError):
            cosign(WITNESS_KEY, NAME, checkpoint().body, time)
    line = cosign(WITNESS_KEY, NAME, checkpoint().body, LATEST_TIME)
    assert line.at.year == 9999
    content = base64.b64decode(line.line().split(" ")[2])
    beyond = base64.b64encode(content[:4] + b"\xff" * 8 + content[12:]).decode()
    read = read_cosigned(f"{NOTE}\u2014 {NAME} {beyond}\n")
    assert read is not None
    assert read[1] == ()


@pytest.mark.parametrize(
    "note",
    [
        "",
        NOTE[:-1],
        NOTE + "\n",
        NOTE + "rubbish\n" + LINE,
        NOTE.replace("\n7\n", "\n07\n"),
        NOTE.replace("\n7\n", "\n7 \n"),
        NOTE.replace("\n7\n", "\n７\n"),
        NOTE.replace("\n7\n", "\n0\n"),
        NOTE.replace("\n7\n", "\n-7\n"),
        NOTE.replace("\n7\n", "\n" + "9" * 5000 + "\n"),
        NOTE.replace("\u2014", "-"),
        NOTE.replace("\n\n", "\nan extension\n\n"),
        NOTE.replace(f"\u2014 {ORIGIN}/new", "\u2014 elsewhere.example/new"),
        LINE,
        NOTE + LINE * 40,
        "\n" * 6,
        "x" * 100_000,
    ],
)
def test_what_is_no_note_is_none(note: str) -> None:
    assert read_cosigned(note) is None
