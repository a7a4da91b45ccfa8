"""Head equals the models, and every migration goes up, down and up again, on both databases."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from assistance.orm import Model
from infrastructure import migrations
from infrastructure.database import Database
from migrations.models import METADATA, MODELS, TABLES


def describe(database: Database) -> dict[str, object]:
    found = inspect(database.engine)
    return {
        table: (
            [
                (column["name"], str(column["type"]), column["nullable"])
                for column in found.get_columns(table)
            ],
            sorted(index["name"] or "" for index in found.get_indexes(table)),
            sorted(str(key["name"]) for key in found.get_foreign_keys(table)),
            sorted(str(one["name"]) for one in found.get_unique_constraints(table)),
            sorted(str(one["name"]) for one in found.get_check_constraints(table)),
        )
        for table in sorted(found.get_table_names())
        if table != "alembic_version"
    }


def test_the_newest_migration_makes_what_the_models_describe(empty_database: Database) -> None:
    migrations.upgrade(empty_database)
    with empty_database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, METADATA)
    assert differences == []


def test_constraints_bear_the_same_names_as_in_the_models(empty_database: Database) -> None:
    migrations.upgrade(empty_database)
    found = inspect(empty_database.engine)
    for table in METADATA.sorted_tables:
        named = {str(one.name) for one in table.constraints} | {str(one.name) for one in table.indexes}
        listed = [
            *found.get_unique_constraints(table.name),
            *found.get_foreign_keys(table.name),
            *found.get_check_constraints(table.name),
            *found.get_indexes(table.name),
            found.get_pk_constraint(table.name),
        ]
        assert {str(one["name"]) for one in listed} == named, table.name


def test_each_migration_can_be_taken_back_and_made_again(empty_database: Database) -> None:
    revisions = [
        script.revision for script in ScriptDirectory(str(migrations.ROOT / "migrations")).walk_revisions()
    ]
    seen = {}
    for revision in reversed(revisions):
        migrations.upgrade(empty_database, revision)
        seen[revision] = describe(empty_database)
    for above, below in zip(revisions, [*revisions[1:], "base"], strict=True):
        assert migrations.current_revision(empty_database) == above
        migrations.downgrade(empty_database, below)
        assert describe(empty_database) == seen.get(below, {})
    migrations.upgrade(empty_database)
    assert describe(empty_database) == seen[revisions[0]]
    assert migrations.is_at_head(empty_database)


def test_every_model_is_gathered_for_the_comparison() -> None:
    named = {model.__tablename__ for model in MODELS} | {table.name for table in TABLES}
    assert named == set(METADATA.tables)
    mapped = {mapper.class_ for mapper in Model.registry.mappers}
    assert mapped == set(MODELS)


def test_the_next_migration_from_the_models_is_empty(tmp_path: Path) -> None:
    # In a process of its own, which knows only what migrations/models.py gathers.
    script = (
        "import sys; from infrastructure.database import Database; from infrastructure import migrations; "
        "from alembic import command; import argparse; database = Database(sys.argv[1]); "
        "migrations.upgrade(database); config = migrations.configuration(database); "
        "config.cmd_opts = argparse.Namespace(autogenerate=True); command.check(config)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, f"sqlite:///{tmp_path / 'compare.db'}"],
        cwd=migrations.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "No new upgrade operations detected" in done.stdout


def test_migrations_are_numbered_without_a_gap() -> None:
    files = sorted(path.name for path in (migrations.ROOT / "migrations" / "versions").glob("*.py"))
    assert [name[:5] for name in files] == [f"{number:04}_" for number in range(1, len(files) + 1)]


def test_no_migration_knows_a_model() -> None:
    for path in (migrations.ROOT / "migrations" / "versions").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "assistance" not in text, path.name
        assert "web." not in text, path.name
