"""Who may open a page: declared at every view, checked when the application starts."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, abort

from assistance.permissions import Permission

View = TypeVar("View", bound=Callable[..., Any])
PUBLIC = "public"


class UndeclaredAccess(RuntimeError):
    """At least one view does not say who may open it, so the application does not start."""


def public(view: View) -> View:
    """Anybody may open this view."""
    view.__dict__["declared_access"] = PUBLIC
    return view


def allows(permission: Permission) -> Callable[[View], View]:
    """Only a person whose role grants the permission may open this view."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            # Nobody can sign in yet, so nobody holds a permission: closed until people and roles exist.
            abort(401)

        guarded.__dict__["declared_access"] = permission
        return guarded  # type: ignore[return-value]

    return guard


def declared_access(view: Callable[..., Any]) -> Permission | str | None:
    """What a view declared, or None when it is silent."""
    found = getattr(view, "declared_access", None)
    return found if found is not None else getattr(getattr(view, "view_class", None), "declared_access", None)


def check_declared_access(app: Flask) -> None:
    """Refuse to start while any view is silent about who may open it."""
    silent = sorted(name for name, view in app.view_functions.items() if declared_access(view) is None)
    if silent:
        raise UndeclaredAccess(f"these views declare neither @public nor @allows(…): {', '.join(silent)}")
