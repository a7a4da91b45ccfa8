"""PDF in a process of its own: the right characters, and nothing fetched from anywhere."""

from __future__ import annotations

import contextlib
import http.server
import re
import threading
import zlib
from collections.abc import Iterator

import pytest

from infrastructure.pdf import PdfFailed, html_to_pdf
from infrastructure.qr import qr_terminal

PAGE = "<!doctype html><html lang='zh-CN'><title>t</title><body><h1>惠民码</h1>{}</body></html>"
SHEET = "body { font-family: 'Noto Sans CJK SC' }"


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()
        thread.join()


def unpacked(pdf: bytes) -> bytes:
    """The bytes of a PDF with its packed streams opened."""
    found = [pdf]
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        with contextlib.suppress(zlib.error):
            found.append(zlib.decompress(stream))
    return b"\n".join(found)


def test_a_page_becomes_a_pdf_with_a_chinese_font() -> None:
    pdf = html_to_pdf(PAGE.format(""), SHEET)
    assert pdf.startswith(b"%PDF-")
    # A missing font raises no error: every character would be a box.
    assert b"Noto-Sans-CJK-SC" in unpacked(pdf)


def test_nothing_is_fetched_and_no_local_file_is_attached(listener: tuple[str, list[str]]) -> None:
    address, asked = listener
    hostile = (
        f"<img src='{address}/img'><link rel=stylesheet href='{address}/css'>"
        f"<object data='{address}/object'></object>"
        f"<embed src='{address}/embed'>"
        f"<style>@import '{address}/import'; body {{ background: url({address}/bg) }}</style>"
        "<link rel=attachment href='file:///etc/passwd'><img src='file:///etc/passwd'>"
    )
    pdf = html_to_pdf(PAGE.format(hostile), SHEET)
    assert pdf.startswith(b"%PDF-")
    assert asked == []
    assert b"EmbeddedFile" not in unpacked(pdf)
    assert b"/Filespec" not in unpacked(pdf)
    assert b"root:x" not in unpacked(pdf)


def test_a_page_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(PdfFailed):
        html_to_pdf(PAGE.format("<p>长</p>" * 10), SHEET, timeout_seconds=0.05)


def test_a_code_for_the_terminal_has_quiet_edges() -> None:
    lines = qr_terminal("http://127.0.0.1:8000/").splitlines()
    assert len({len(line) for line in lines}) == 1
    assert set("".join(lines)) <= set("█▀▄ ")
