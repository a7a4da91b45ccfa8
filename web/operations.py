"""What those who keep the service running ask it: is it up, is it ready, how much does it do."""

from __future__ import annotations

import ipaddress
import os
import shutil
import threading
from collections import Counter
from datetime import timedelta

from flask import Blueprint, Flask, Response, abort, jsonify, request
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from assistance import audit
from infrastructure import jobs
from infrastructure.migrations import is_at_head
from web.access import public
from web.services import services

blueprint = Blueprint("operations", __name__)
LEAST_FREE_BYTES = 200 * 1024 * 1024
# The worker seals every few seconds: an older entry without a seal means that it stands still or refuses.
SEALED_WITHIN = timedelta(minutes=1)
# A job that could have been done so long ago means that no worker runs, or that all its places are taken.
DONE_WITHIN = timedelta(minutes=5)
# What a proxy adds: whoever comes through one is not on this machine, whatever the address says.
FORWARDED = ("FORWARDED", "VIA", "X_FORWARDED_FOR", "X_FORWARDED_HOST", "X_FORWARDED_PROTO", "X_REAL_IP")

_lock = threading.Lock()
_answers: Counter[tuple[str, str, int]] = Counter()
_seconds: Counter[tuple[str, str]] = Counter()


def install_operations(app: Flask) -> None:
    """Count this application's answers and serve the operators' addresses."""
    app.register_blueprint(blueprint)


def count_answer(method: str, route: str, status: int, seconds: float) -> None:
    """Add one answer to the figures of this process."""
    with _lock:
        _answers[method, route, status] += 1
        _seconds[method, route] += seconds  # type: ignore[assignment]


@blueprint.get("/healthz")
@public
def show_health() -> Response:
    """The process is up; nothing else is asked."""
    return jsonify(status="up")


@blueprint.get("/readyz")
@public
def show_readiness() -> tuple[Response, int]:
    """Whether this process can serve residents now, and what is missing if not."""
    parts = services()
    checks = {"database": True, "migrations": True, "disk": True, "unsealed_tail": True, "queue_age": True}
    try:
        with parts.database.reading() as session:
            session.execute(text("SELECT 1"))
        checks["migrations"] = is_at_head(parts.database)
        if checks["migrations"]:
            with parts.database.reading() as session:
                oldest = audit.oldest_waiting(session)
                due = jobs.oldest_due(session, parts.clock.now())
            checks["unsealed_tail"] = oldest is None or parts.clock.now() - oldest <= SEALED_WITHIN
            checks["queue_age"] = due is None or parts.clock.now() - due <= DONE_WITHIN
    except SQLAlchemyError:
        checks.update(database=False, migrations=False, unsealed_tail=False, queue_age=False)
    place = parts.settings.instance_dir
    while not place.exists():
        place = place.parent
    checks["disk"] = shutil.disk_usage(place).free >= LEAST_FREE_BYTES
    ready = all(checks.values())
    return jsonify(status="ready" if ready else "not ready", checks=checks), 200 if ready else 503


@blueprint.get("/metrics")
@public
def show_metrics() -> Response:
    """Figures of this process for a collector on the same machine; nobody else finds the address."""
    forwarded = any(request.environ.get(f"HTTP_{name}") for name in FORWARDED)
    if forwarded or not _is_loopback(request.remote_addr):
        abort(404)
    process = os.getpid()
    lines = ["# TYPE huimin_answers_total counter"]
    with _lock:
        for (method, route, status), number in sorted(_answers.items()):
            labels = f'method="{method}",route="{route}",status="{status}",process="{process}"'
            lines.append(f"huimin_answers_total{{{labels}}} {number}")
        lines.append("# TYPE huimin_answer_seconds_total counter")
        for (method, route), seconds in sorted(_seconds.items()):
            labels = f'method="{method}",route="{route}",process="{process}"'
            lines.append(f"huimin_answer_seconds_total{{{labels}}} {seconds:.6f}")
    return Response("\n".join([*lines, *_queue_lines()]) + "\n", mimetype="text/plain")


def _queue_lines() -> list[str]:
    """The jobs that wait, by kind and state; nothing while the database is away."""
    parts = services()
    try:
        with parts.database.reading() as session:
            counted = jobs.count_by_kind(session)
            due = jobs.oldest_due(session, parts.clock.now())
    except SQLAlchemyError:
        return []
    waits = (parts.clock.now() - due).total_seconds() if due is not None else 0.0
    lines = ["# TYPE huimin_jobs gauge"]
    lines += [f'huimin_jobs{{kind="{kind}",state="{state}"}} {n}' for (kind, state), n in counted.items()]
    return [*lines, "# TYPE huimin_queue_age_seconds gauge", f"huimin_queue_age_seconds {waits:.1f}"]


def _is_loopback(address: str | None) -> bool:
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False
