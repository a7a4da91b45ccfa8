"""The blueprint of everything that residents and grid workers open."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("portal", __name__)
