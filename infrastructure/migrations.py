"""Brings a database to the newest numbered migration, and says where it stands."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from infrastructure.database import Database

ROOT = Path(__file__).resolve().parent.parent


def configuration(database: Database) -> Config:
    """Alembic's configuration for this database."""
    config = Config(str(ROOT / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["database"] = database
    return config


@cache
def head_revision() -> str:
    """The newest migration of this checkout."""
    head = ScriptDirectory(str(ROOT / "migrations")).get_current_head()
    if head is None:
        raise RuntimeError("there is no migration")
    return head


def current_revision(database: Database) -> str | None:
    """The migration at which this database stands; None for an empty one."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def is_at_head(database: Database) -> bool:
    """Whether no migration is pending."""
    return current_revision(database) == head_revision()


def upgrade(database: Database, revision: str = "head") -> None:
    """Run the pending migrations."""
    command.upgrade(configuration(database), revision)


def downgrade(database: Database, revision: str) -> None:
    """Take migrations back down to a revision."""
    command.downgrade(configuration(database), revision)
