"""The residents' side: every file in views/ adds the pages of one noun."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from assistance import assessments
from portal import views
from portal.blueprint import blueprint

for _module in iter_modules(views.__path__):
    import_module(f"portal.views.{_module.name}")

# Whoever brings one of these may read what nobody else may.
PRIVATE_COOKIES = (assessments.COOKIE,)

__all__ = ["PRIVATE_COOKIES", "blueprint"]
