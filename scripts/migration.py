"""Writes the next numbered migration from the difference between the models and a fresh database."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from alembic import command

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from infrastructure import migrations  # noqa: E402
from infrastructure.database import Database  # noqa: E402


def main() -> int:
    """Make the file; a person reads and corrects it before it is kept."""
    says = sys.argv[1]
    number = f"{int(migrations.head_revision()) + 1:04}"
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/compare.db")
        migrations.upgrade(database)
        config = migrations.configuration(database)
        config.cmd_opts = argparse.Namespace(autogenerate=True)
        made = command.revision(config, message=says, autogenerate=True, rev_id=number)
        database.dispose()
    print(f"{made.path}: read it, correct it, and run the tests")  # type: ignore[union-attr]
    return 0


if __name__ == "__main__":
    sys.exit(main())
