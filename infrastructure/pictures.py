"""Pictures from outside are never kept as they came: what can be seen is drawn anew, all else is gone."""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps

LARGEST = 8 * 1024 * 1024
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 2048
QUALITY = 85
FORMATS = ("JPEG", "PNG", "WEBP")


class BadPicture(ValueError):
    """What came is too large, or no picture that is read here."""


def drawn_anew(content: bytes) -> bytes:
    """A JPEG of what a picture shows, upright and at most 2048 pixels long; place, camera and tails are gone.

    Raises BadPicture for more than 8 MB or 40 million pixels, and for anything that is not JPEG, PNG or WebP.
    """
    if not content or len(content) > LARGEST:
        raise BadPicture("size")
    try:
        with warnings.catch_warnings():
            # A telephone that writes odd notes beside its picture is no reason to refuse it.
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=FORMATS) as came:
                if came.width * came.height > MOST_PIXELS:
                    raise BadPicture("pixels")
                came.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
                upright = ImageOps.exif_transpose(came).convert("RGB")
    except Exception as error:
        # What stands beside a picture is read in many ways, and each fails in its own on what was made up.
        raise BadPicture("unreadable") from error
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    clean = Image.new("RGB", upright.size)
    clean.paste(upright)
    out = io.BytesIO()
    clean.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
