"""Rights: what residents ask about their data, wishes of the dead, legal holds, runs of the retention job.

Follows 0012.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rights_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("wants", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("about_person_id", sa.Uuid(), nullable=True),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("copy_until", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('correction', 'deletion', 'relative')", name="ck_rights_requests_kind_is_known"
        ),
        sa.CheckConstraint(
            "wants IN ('correct', 'delete', 'copy')", name="ck_rights_requests_wants_is_known"
        ),
        sa.CheckConstraint(
            "state IN ('open', 'done', 'partly', 'declined', 'withdrawn')",
            name="ck_rights_requests_state_is_known",
        ),
        sa.CheckConstraint(
            "state NOT IN ('partly', 'declined') OR reason IS NOT NULL",
            name="ck_rights_requests_no_refusal_without_reason",
        ),
        sa.CheckConstraint(
            "state IN ('open', 'withdrawn') OR (answered_by IS NOT NULL AND answered_at IS NOT NULL)",
            name="ck_rights_requests_answered_by_somebody",
        ),
        sa.ForeignKeyConstraint(
            ["about_person_id"], ["people.id"], name="fk_rights_requests_about_person_id"
        ),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["staff_accounts.id"], name="fk_rights_requests_answered_by"
        ),
        sa.ForeignKeyConstraint(
            ["division_code"], ["divisions.code"], name="fk_rights_requests_division_code"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_rights_requests_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_rights_requests"),
        sa.UniqueConstraint("number", name="uq_rights_requests_number"),
    )
    op.create_index("ix_rights_requests_person_id", "rights_requests", ["person_id"])
    op.create_index("ix_rights_requests_about_person_id", "rights_requests", ["about_person_id"])
    op.create_index("ix_rights_requests_state_due_on", "rights_requests", ["state", "due_on"])
    op.create_table(
        "data_wishes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("wish", sa.Text(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("wish IN ('relatives', 'nobody')", name="ck_data_wishes_wish_is_known"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_data_wishes_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_data_wishes"),
    )
    op.create_index("ix_data_wishes_person_id", "data_wishes", ["person_id"])
    op.create_table(
        "legal_holds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("put_by", sa.Uuid(), nullable=False),
        sa.Column("put_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lift_asked_by", sa.Uuid(), nullable=True),
        sa.Column("lift_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("scope IN ('class', 'person', 'household')", name="ck_legal_holds_scope_is_known"),
        sa.CheckConstraint(
            "lifted_at IS NULL OR (lift_asked_by IS NOT NULL AND lifted_by IS NOT NULL"
            " AND lifted_by <> lift_asked_by)",
            name="ck_legal_holds_lifted_by_two",
        ),
        sa.ForeignKeyConstraint(["put_by"], ["staff_accounts.id"], name="fk_legal_holds_put_by"),
        sa.ForeignKeyConstraint(
            ["lift_asked_by"], ["staff_accounts.id"], name="fk_legal_holds_lift_asked_by"
        ),
        sa.ForeignKeyConstraint(["lifted_by"], ["staff_accounts.id"], name="fk_legal_holds_lifted_by"),
        sa.PrimaryKeyConstraint("id", name="pk_legal_holds"),
    )
    op.create_index("ix_legal_holds_scope_target", "legal_holds", ["scope", "target"])
    op.create_table(
        "retention_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted", sa.JSON(), nullable=False),
        sa.Column("held", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_retention_runs"),
        sa.UniqueConstraint("day", name="uq_retention_runs_day"),
    )


def downgrade() -> None:
    op.drop_table("retention_runs")
    op.drop_table("legal_holds")
    op.drop_table("data_wishes")
    op.drop_table("rights_requests")
