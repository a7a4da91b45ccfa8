"""The third face: what operators type, one file a noun."""

from __future__ import annotations

from functools import wraps
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import click
from flask import Flask
from sqlalchemy.exc import DatabaseError

NOT_READY = "数据库还没准备好，或者打不开。先运行 flask init 再试。"


def register(app: Flask) -> None:
    """Add every command of this folder to `flask`: a file offers them as `COMMANDS`."""
    for module in iter_modules(__path__):
        for command in getattr(import_module(f"commands.{module.name}"), "COMMANDS", ()):
            say_when_the_database_is_not_ready(command)
            app.cli.add_command(command)


def say_when_the_database_is_not_ready(command: click.Command) -> None:
    """Let a command, and every command of a group, end with one sentence instead of a trace of calls."""
    for inner in command.commands.values() if isinstance(command, click.Group) else ():
        say_when_the_database_is_not_ready(inner)
    if command.callback is None or hasattr(command.callback, "says_when_not_ready"):
        return
    callback = command.callback

    @wraps(callback)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return callback(*args, **kwargs)
        except DatabaseError as error:
            raise click.ClickException(NOT_READY) from error

    run.__dict__["says_when_not_ready"] = True
    command.callback = run
