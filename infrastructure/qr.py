"""QR codes drawn for a terminal."""

from __future__ import annotations

import io

from qrcode.main import QRCode


def qr_terminal(text: str) -> str:
    """A QR code of half-block characters, two modules a line, dark on a light terminal or the reverse."""
    code = QRCode(border=2)
    code.add_data(text)
    out = io.StringIO()
    code.print_ascii(out=out, invert=True)
    # Ordinary spaces: some terminals draw the other kind wider.
    return out.getvalue().replace("\xa0", " ")
