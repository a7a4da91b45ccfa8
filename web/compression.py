"""HTML, JSON and text go over the wire as gzip, for telephones on a slow network."""

from __future__ import annotations

import gzip
from functools import lru_cache

from flask import Flask, Response, request
from werkzeug.http import parse_accept_header

SMALLEST = 700
TYPES = ("text/html", "application/json", "application/problem+json", "text/plain")
LEVEL = 6
LONGEST_LIST = 200


@lru_cache(maxsize=500)
def takes_gzip(accepted: str) -> bool:
    """Whether a browser that sends this header reads gzip."""
    return parse_accept_header(accepted)["gzip"] > 0


def install_compression(app: Flask) -> None:
    """Compress the answers of this application where the browser takes it."""

    @app.after_request
    def compress(response: Response) -> Response:
        if response.mimetype not in TYPES or response.is_streamed or "Content-Encoding" in response.headers:
            return response
        vary = response.headers.get("Vary", "")
        if "Accept-Encoding" not in vary:
            response.headers["Vary"] = f"{vary}, Accept-Encoding" if vary else "Accept-Encoding"
        accepted = request.headers.get("Accept-Encoding", "")
        # What is read once is kept, so nothing endless is read.
        if len(accepted) > LONGEST_LIST or response.status_code in (204, 304) or not takes_gzip(accepted):
            return response
        body = response.get_data()
        if len(body) < SMALLEST:
            return response
        response.set_data(gzip.compress(body, LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
        etag, _weak = response.get_etag()
        if etag is not None:
            # The bytes differ from the plain answer's, so a strong tag may not be shared.
            response.set_etag(etag, weak=True)
        return response
