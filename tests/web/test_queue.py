"""What operators see of the queue: its age on /readyz, its lengths on /metrics."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from infrastructure import clock, jobs
from tests.complaining_client import ComplainingClient
from tests.conftest import NOW


def test_a_job_that_nobody_does_is_an_alarm_after_five_minutes(app: Flask, client: ComplainingClient) -> None:
    with app.extensions["huimin"].database.transaction() as session:
        jobs.enqueue(session, "work", {"id": "a"}, key="a", now=NOW)
        jobs.enqueue(session, "work", {"id": "b"}, key="b", now=NOW, run_at=NOW + timedelta(hours=1))
    with clock.freeze(NOW + timedelta(minutes=5)):
        assert client.get("/readyz").status_code == 200
    with clock.freeze(NOW + timedelta(minutes=5, seconds=1)):
        late = client.get("/readyz")
    assert late.status_code == 503
    assert late.get_json()["checks"]["queue_age"] is False


def test_the_lengths_of_the_queue_are_figures_by_kind(app: Flask, client: ComplainingClient) -> None:
    assert "huimin_queue_age_seconds 0.0" in client.get("/metrics").text
    with app.extensions["huimin"].database.transaction() as session:
        for key in ("a", "b"):
            jobs.enqueue(session, "work", {"id": key}, key=key, now=NOW - timedelta(seconds=30))
        jobs.enqueue(session, "walk", {"id": "a"}, key="a", now=NOW)
    figures = client.get("/metrics").text
    assert 'huimin_jobs{kind="work",state="waiting"} 2' in figures
    assert 'huimin_jobs{kind="walk",state="waiting"} 1' in figures
    assert "huimin_queue_age_seconds 30.0" in figures
