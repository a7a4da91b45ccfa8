"""One JSON line a request: the route's template, never its values, no query, no body, no address."""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
import time
from typing import Any

from flask import Flask, Response, g, request

from infrastructure import clock
from web.operations import count_answer

_encode = json.JSONEncoder(ensure_ascii=False).encode
logger = logging.getLogger("huimin.requests")
# A caller's own id is kept only when it can be nothing but an id.
REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


class JsonLines(logging.Formatter):
    """Writes every log record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The record's own fields, its message, and an error's kind and place but never its values."""
        line: dict[str, Any] = {
            "at": clock.now().astimezone(clock.SHANGHAI).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        line.update(getattr(record, "fields", {}))
        if record.getMessage():
            line["message"] = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = type(record.exc_info[1]).__name__
            line["where"] = _places(record.exc_info[2])
        return _encode(line)


def install_request_log(app: Flask) -> None:
    """Give every request an id, and log one line for each."""

    @app.before_request
    def begin() -> None:
        g.request_id = request_id_of(request.headers.get("X-Request-Id", ""))
        g.began = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        request_id = g.setdefault("request_id", secrets.token_hex(8))
        response.headers["X-Request-Id"] = request_id
        route = request.url_rule.rule if request.url_rule else None
        began = g.get("began", time.perf_counter())
        note_answer(request_id, request.method, route, response.status_code, response.content_length, began)
        return response


def request_id_of(given: str) -> str:
    """The caller's own id where it can be nothing else, or a new one."""
    return given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


def note_answer(
    request_id: str, method: str, route: str | None, status: int, size: int | None, began: float
) -> None:
    """Count one answer and log its line."""
    took = time.perf_counter() - began
    count_answer(method if route else "", route or "", status, took)
    if not logger.isEnabledFor(logging.INFO):
        return
    fields = {
        "request_id": request_id,
        "method": method,
        "route": route,
        "status": status,
        "milliseconds": round(took * 1000, 1),
        "bytes": size,
    }
    logger.info("", extra={"fields": fields})


def log_to_standard_error(level: int = logging.INFO) -> None:
    """Send the logs of this process to standard error as JSON lines."""
    # No line shows them, so no record need look them up.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("huimin").setLevel(level)
    logging.getLogger("web").setLevel(level)


def _places(traceback: Any) -> list[str]:
    places = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        places.append(f"{code.co_filename.rsplit('/', 2)[-1]}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return places[-12:]
