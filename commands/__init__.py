"""The third face: what operators type, one file a noun."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from flask import Flask


def register(app: Flask) -> None:
    """Add every command of this folder to `flask`: a file offers them as `COMMANDS`."""
    for module in iter_modules(__path__):
        for command in getattr(import_module(f"commands.{module.name}"), "COMMANDS", ()):
            app.cli.add_command(command)
