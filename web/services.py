"""The parts that every request uses, made once when the application starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import ModuleType

from flask import Flask, current_app

from assistance.divisions import DivisionIndex
from assistance.policies import Catalogue
from infrastructure import clock
from infrastructure.crypto import FieldCipher
from infrastructure.database import Database
from infrastructure.settings import Settings
from infrastructure.signing import SigningKeys


@dataclass(frozen=True)
class Services:
    """The parts of one running application."""

    settings: Settings
    database: Database
    cipher: FieldCipher
    signing_keys: SigningKeys
    catalogue: Catalogue
    divisions: DivisionIndex
    clock: ModuleType = field(default=clock)


def install_services(app: Flask, parts: Services) -> None:
    """Make the parts reachable from every view of this application."""
    app.extensions["huimin"] = parts


def services() -> Services:
    """The parts of the application that answers now."""
    parts: Services = current_app.extensions["huimin"]
    return parts
