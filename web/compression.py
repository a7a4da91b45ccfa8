"""HTML, JSON and text go over the wire as gzip, for telephones on a slow network."""

from __future__ import annotations

import gzip

from flask import Flask, Response, request

SMALLEST = 700
TYPES = ("text/html", "application/json", "application/problem+json", "text/plain")
LEVEL = 6


def install_compression(app: Flask) -> None:
    """Compress the answers of this application where the browser takes it."""

    @app.after_request
    def compress(response: Response) -> Response:
        if response.mimetype not in TYPES or response.is_streamed or "Content-Encoding" in response.headers:
            return response
        response.vary.add("Accept-Encoding")
        if response.status_code in (204, 304) or request.accept_encodings["gzip"] <= 0:
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
