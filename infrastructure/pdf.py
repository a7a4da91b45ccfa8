"""HTML to PDF in a process of its own, so that a bad page can neither hang nor bloat the server."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class PdfFailed(Exception):
    """No PDF came out: too slow, too large, or the libraries are missing."""


def html_to_pdf(html: str, stylesheet: str, timeout_seconds: float = 20) -> bytes:
    """The pages of an HTML document as PDF; only data: addresses inside it are followed."""
    order = json.dumps({"html": html, "stylesheet": stylesheet}).encode()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "infrastructure.pdf_process"],
            input=order,
            capture_output=True,
            timeout=timeout_seconds,
            cwd=ROOT,
            check=False,
        )
    except (subprocess.TimeoutExpired, OSError) as error:
        raise PdfFailed(type(error).__name__) from error
    if done.returncode != 0 or not done.stdout.startswith(b"%PDF-"):
        raise PdfFailed(f"exit {done.returncode}")
    return done.stdout
