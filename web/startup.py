"""What must be right before the server answers anybody; commands run all the same."""

from __future__ import annotations

import click
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from infrastructure.database import Database
from infrastructure.migrations import is_at_head
from infrastructure.settings import Settings
from web.services import Services


class UnsafeStart(SystemExit):
    """The server does not start; the text names every problem at once."""

    def __init__(self, problems: list[str]) -> None:
        lines = "\n".join(f"  - {problem}" for problem in problems)
        super().__init__(f"The server does not start:\n{lines}")
        self.problems = problems


def server_problems(app: Flask, parts: Services) -> list[str]:
    """Everything that keeps this server from starting."""
    problems = []
    if parts.settings.is_production:
        problems += parts.settings.unsafe_for_production()
        if app.debug:
            problems.append("debug is on: it shows the inside of the program to everybody")
    return problems + database_problems(parts.database, parts.settings)


def database_problems(database: Database, settings: Settings) -> list[str]:
    """What is wrong with the database, as far as it answers."""
    try:
        if not is_at_head(database):
            return ["migrations are pending: run `flask init`"]
        with database.reading() as session:
            if database.is_sqlite:
                found = {
                    name: session.execute(text(f"PRAGMA {name}")).scalar_one()
                    for name in ("journal_mode", "synchronous", "foreign_keys")
                }
                if (found["journal_mode"], found["synchronous"], found["foreign_keys"]) != ("wal", 2, 1):
                    return ["SQLite does not run with WAL, synchronous=FULL and foreign keys"]
            known = session.execute(
                text("SELECT 1 FROM divisions WHERE code = :code AND level = 'county'"),
                {"code": settings.county},
            ).first()
            if known is None:
                return [f"HUIMIN_COUNTY {settings.county} is no county of the divisions that are loaded"]
    except SQLAlchemyError as error:
        return [f"the database does not answer ({type(error).__name__})"]
    return []


def refuse_unsafe_start(app: Flask, parts: Services) -> None:
    """Stop here, naming every problem, unless the server may start."""
    problems = server_problems(app, parts)
    if problems:
        raise UnsafeStart(problems)


def is_development_server() -> bool:
    """Whether `flask run` is loading the application."""
    context = click.get_current_context(silent=True)
    return context is not None and context.info_name == "run"
