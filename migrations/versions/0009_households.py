"""Household files: members, lines with source and standing, events, imports.

Follows 0008.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

IS_CURRENT = "left_on IS NULL AND NOT is_supporter"


def upgrade() -> None:
    op.create_table(
        "households",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("head_initial", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("followed_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('active', 'merged', 'dissolved', 'moved_out')", name="ck_households_state_is_known"
        ),
        sa.ForeignKeyConstraint(["division_code"], ["divisions.code"], name="fk_households_division_code"),
        sa.ForeignKeyConstraint(["followed_by"], ["households.id"], name="fk_households_followed_by"),
        sa.PrimaryKeyConstraint("id", name="pk_households"),
        sa.UniqueConstraint("number", name="uq_households_number"),
    )
    op.create_index("ix_households_division_code_number", "households", ["division_code", "number"])
    op.create_index("ix_households_initial", "households", ["head_initial", "division_code"])
    op.create_table(
        "household_members",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("is_supporter", sa.Boolean(), nullable=False),
        sa.Column("guardian_id", sa.Uuid(), nullable=True),
        sa.Column("is_under_court_guardianship", sa.Boolean(), nullable=False),
        sa.Column("is_guardian_accused", sa.Boolean(), nullable=False),
        sa.Column("lives_on_own_wages", sa.Boolean(), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("left_because", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "relation IN ('head', 'spouse', 'child', 'parent', "
            "'grandparent', 'grandchild', 'sibling', 'other')",
            name="ck_household_members_relation_is_known",
        ),
        sa.CheckConstraint(
            "left_on IS NULL OR left_on >= joined_on", name="ck_household_members_left_after_joined"
        ),
        sa.ForeignKeyConstraint(["guardian_id"], ["people.id"], name="fk_household_members_guardian_id"),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name="fk_household_members_household_id"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_household_members_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_household_members"),
    )
    op.create_index("ix_household_members_household_id", "household_members", ["household_id"])
    op.create_index("ix_household_members_person_id", "household_members", ["person_id"])
    for name, column, condition in (
        ("uq_household_members_one_household", "person_id", IS_CURRENT),
        ("uq_household_members_one_head", "household_id", f"{IS_CURRENT} AND relation = 'head'"),
    ):
        op.create_index(
            name,
            "household_members",
            [column],
            unique=True,
            sqlite_where=sa.text(condition),
            postgresql_where=sa.text(condition),
        )
    op.create_table(
        "household_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("authorization_id", sa.Uuid(), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaced_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "standing <> 'checked' OR authorization_id IS NOT NULL",
            name="ck_household_lines_checked_by_authorization",
        ),
        sa.CheckConstraint(
            "standing IN ('declared', 'checked', 'visited')", name="ck_household_lines_standing_is_known"
        ),
        sa.ForeignKeyConstraint(["household_id"], ["households.id"], name="fk_household_lines_household_id"),
        sa.ForeignKeyConstraint(["member_id"], ["household_members.id"], name="fk_household_lines_member_id"),
        sa.PrimaryKeyConstraint("id", name="pk_household_lines"),
    )
    op.create_index("ix_household_lines_authorization_id", "household_lines", ["authorization_id"])
    op.create_index("ix_household_lines_household_id_fact", "household_lines", ["household_id", "fact"])
    op.create_index("ix_household_lines_member_id", "household_lines", ["member_id"])
    op.create_table(
        "household_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("other_household_id", sa.Uuid(), nullable=True),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "event IN ('moved', 'joined', 'left', 'born', "
            "'died', 'split', 'merged', 'guardian_changed', 'head_changed')",
            name="ck_household_events_event_is_known",
        ),
        sa.ForeignKeyConstraint(["household_id"], ["households.id"], name="fk_household_events_household_id"),
        sa.ForeignKeyConstraint(
            ["member_id"], ["household_members.id"], name="fk_household_events_member_id"
        ),
        sa.ForeignKeyConstraint(
            ["other_household_id"], ["households.id"], name="fk_household_events_other_household_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_household_events"),
    )
    op.create_index(
        "ix_household_events_household_id_happened_on", "household_events", ["household_id", "happened_on"]
    )
    op.create_table(
        "household_imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("households", sa.Integer(), nullable=False),
        sa.Column("problems", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["division_code"], ["divisions.code"], name="fk_household_imports_division_code"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_household_imports"),
        sa.UniqueConstraint("content_hash", name="uq_household_imports_content_hash"),
    )
    op.create_index(
        "ix_household_imports_division_code_created_at", "household_imports", ["division_code", "created_at"]
    )


def downgrade() -> None:
    op.drop_table("household_imports")
    op.drop_table("household_events")
    op.drop_table("household_lines")
    op.drop_table("household_members")
    op.drop_table("households")
