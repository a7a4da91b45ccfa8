"""Pictures are drawn anew: nothing but what can be seen is kept, and what is none is refused."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from infrastructure.pictures import LARGEST, LONGEST_SIDE, BadPicture, drawn_anew


def picture(kind: str, size: tuple[int, int] = (300, 200), **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 10, 10)).save(out, kind, **more)
    return out.getvalue()


def anew(content: bytes) -> Image.Image:
    made = Image.open(io.BytesIO(drawn_anew(content)))
    assert made.format == "JPEG"
    return made


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_what_can_be_seen_stays(kind: str) -> None:
    made = anew(picture(kind))
    assert (made.size, made.mode) == ((300, 200), "RGB")
    red, green, _ = made.getpixel((150, 100))  # type: ignore[misc]
    assert red > 180
    assert green < 40


def test_place_camera_and_tails_are_gone_and_it_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010F] = "a telephone"
    exif[0x8825] = {1: "N", 2: (30.0, 40.0, 0.0)}
    content = picture("JPEG", exif=exif) + b"<script>alert(1)</script>PK\x03\x04"
    made = anew(content)
    assert made.size == (200, 300)
    assert not made.getexif()
    assert b"script" not in drawn_anew(content)


def test_a_large_one_is_made_smaller() -> None:
    assert max(anew(picture("JPEG", (5000, 3000))).size) == LONGEST_SIDE


def bomb(side: int) -> bytes:
    """A PNG of a few bytes that says it is enormous."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a" + b"0" * 100,
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<html></html>",
        b"%!PS-Adobe-3.0 EPSF-3.0",
        picture("JPEG")[:200],
        picture("BMP"),
        bomb(7000),
        bomb(12_000),
        bomb(30_000),
        b"0" * (LARGEST + 1),
    ],
    ids=["empty", "gif", "svg", "html", "eps", "cut", "bmp", "49 MP", "144 MP", "900 MP", "too large"],
)
def test_what_is_no_picture_or_too_much_is_refused(content: bytes) -> None:
    with pytest.raises(BadPicture):
        drawn_anew(content)


def test_an_odd_note_beside_the_picture_is_no_reason_to_refuse_it() -> None:
    assert anew(picture("JPEG", exif=b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x00")).size == (300, 200)


def test_notes_of_a_wrong_kind_are_refused_like_any_other_rubbish() -> None:
    # Turned upright, its notes are written anew, and a text where a fraction belongs cannot be.
    entries = [
        struct.pack("<HHI", 0x0112, 3, 1) + bytes([3, 0, 0, 0]),
        struct.pack("<HHI", 0x011A, 2, 1) + bytes([0x24, 0x08, 0x15, 0]),
    ]
    notes = b"II*\0" + struct.pack("<IH", 8, len(entries)) + b"".join(entries) + bytes(4)
    came = io.BytesIO()
    Image.new("RGB", (8, 8)).save(came, "JPEG", exif=b"Exif\0\0" + notes)
    with pytest.raises(BadPicture, match="unreadable"):
        drawn_anew(came.getvalue())
