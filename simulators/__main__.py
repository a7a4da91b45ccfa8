"""`python -m simulators`: serves the simulators and their desk on SIMULATORS_PORT."""

from __future__ import annotations

import os
import sys

from granian import Granian
from granian.constants import Interfaces

from infrastructure.settings import SettingsError, load_settings
from simulators.application import NotHere, create_app

# A slow answer holds a thread, and a check asks many sources at once.
THREADS = 48


def main() -> int:
    """Serve until somebody ends it."""
    try:
        settings = load_settings()
        create_app(settings)
    except (SettingsError, NotHere) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    # One process: what the simulators remember is in its memory.
    Granian(
        "simulators.application:create_server",
        factory=True,
        interface=Interfaces.WSGI,
        address=os.environ.get("HOST", "127.0.0.1"),
        port=settings.simulators_port,
        workers=1,
        blocking_threads=THREADS,
        websockets=False,
        log_enabled=False,
    ).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
