"""QR codes drawn for a terminal and as pictures."""

from __future__ import annotations

import io
from dataclasses import dataclass

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode


def qr_terminal(text: str) -> str:
    """A QR code of half-block characters, two modules a line, dark on a light terminal or the reverse."""
    code = QRCode(border=2)
    code.add_data(text)
    out = io.StringIO()
    code.print_ascii(out=out, invert=True)
    # Ordinary spaces: some terminals draw the other kind wider.
    return out.getvalue().replace("\xa0", " ")


def qr_png(text: str) -> bytes:
    """A QR code as a black and white PNG with its quiet zone."""
    code = QRCode(border=4, box_size=6)
    code.add_data(text)
    out = io.BytesIO()
    code.make_image().save(out, "PNG")
    return out.getvalue()


@dataclass(frozen=True)
class Drawing:
    """A QR code as a square of this many modules, its quiet zone included, and one path for the dark ones."""

    size: int
    path: str


def qr_drawing(text: str) -> Drawing:
    """A QR code for a page or a print-out (level M, quiet zone of four modules)."""
    code = QRCode(border=4, error_correction=ERROR_CORRECT_M)
    code.add_data(text)
    rows = code.get_matrix()
    dark = [f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark]
    return Drawing(len(rows), "".join(dark))
