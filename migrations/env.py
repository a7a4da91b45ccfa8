"""How migrations reach the database, and how they are compared with the models."""

from __future__ import annotations

import logging
from typing import Any

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import MetaData

from infrastructure.database import Database
from infrastructure.settings import load_settings

logging.getLogger("alembic").setLevel(logging.WARNING)


def render_plain_type(kind: str, item: Any, autogen: AutogenContext) -> str | bool:
    """Write our own column types as the plain SQL types beneath them: no migration imports a model."""
    if kind == "type" and hasattr(item, "impl_instance"):
        inner = item.impl_instance
        return f"sa.{inner!r}"
    return False


def _models() -> MetaData | None:
    # Only a comparison needs the models; running migrations must not depend on today's.
    if not getattr(context.config.cmd_opts, "autogenerate", False):
        return None
    from migrations.models import METADATA

    return METADATA


def run(database: Database) -> None:
    """Run the migrations that are asked for in one transaction each."""
    with database.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=_models(),
            render_item=render_plain_type,
            render_as_batch=database.is_sqlite,
            transaction_per_migration=True,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()


_given = context.config.attributes.get("database")
run(_given if _given is not None else Database(load_settings().database_url))
