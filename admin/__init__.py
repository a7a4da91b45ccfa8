"""The staff side: every file in views/ adds the pages of one noun."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from admin import refusals, views
from admin.blueprint import blueprint

for _module in iter_modules(views.__path__):
    import_module(f"admin.views.{_module.name}")

__all__ = ["blueprint", "refusals"]
