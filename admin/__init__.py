"""The staff side: every file in views/ adds the pages of one noun."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from flask import Flask

from admin import views
from admin.blueprint import blueprint
from admin.refusals import FRAME
from web.errors import install_error_frame

for _module in iter_modules(views.__path__):
    import_module(f"admin.views.{_module.name}")


def register(app: Flask) -> None:
    """Add the pages of staff, and the frame in which they say what went wrong."""
    app.register_blueprint(blueprint)
    install_error_frame(app, "admin", FRAME)


__all__ = ["register"]
