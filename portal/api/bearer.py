"""Who holds a bearer token: the JSON interface knows people by nothing else."""

from __future__ import annotations

from flask import Flask
from sqlalchemy.orm import Session

from assistance import people
from assistance.people import Actor
from web.access import install_bearer
from web.services import services


def install(app: Flask) -> None:
    """Let access tokens open the JSON interface."""
    install_bearer(app, find_holder)


def find_holder(session: Session, token: str) -> Actor | None:
    """Whoever this access token belongs to now."""
    parts = services()
    return people.find_actor_by_token(
        session, token, parts.signing_keys, issuer=parts.settings.base_url, now=parts.clock.now()
    )
