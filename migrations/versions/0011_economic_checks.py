"""Economic checks: tasks, results under an authorisation, reports, contested lines.

Follows 0010.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "economic_checks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("ground", sa.JSON(), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('running', 'complete', 'stopped')", name="ck_economic_checks_state_is_known"
        ),
        sa.ForeignKeyConstraint(["household_id"], ["households.id"], name="fk_economic_checks_household_id"),
        sa.ForeignKeyConstraint(
            ["request_id"], ["authorization_requests.id"], name="fk_economic_checks_request_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_economic_checks"),
        sa.UniqueConstraint("number", name="uq_economic_checks_number"),
    )
    op.create_index(
        "ix_economic_checks_household_id_started_at", "economic_checks", ["household_id", "started_at"]
    )
    op.create_index("ix_economic_checks_request_id", "economic_checks", ["request_id"])
    op.create_table(
        "check_tasks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("check_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("authorization_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'answered', 'nothing_found', 'unreachable', "
            "'wrong_answer', 'not_authorised', 'approval_ended', 'dropped', 'reused')",
            name="ck_check_tasks_state_is_known",
        ),
        sa.ForeignKeyConstraint(
            ["authorization_id"], ["authorizations.id"], name="fk_check_tasks_authorization_id"
        ),
        sa.ForeignKeyConstraint(["check_id"], ["economic_checks.id"], name="fk_check_tasks_check_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_check_tasks_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_check_tasks"),
        sa.UniqueConstraint(
            "check_id", "person_id", "source", name="uq_check_tasks_check_id_person_id_source"
        ),
    )
    op.create_index("ix_check_tasks_person_id", "check_tasks", ["person_id"])
    op.create_index("ix_check_tasks_state", "check_tasks", ["state"])
    op.create_table(
        "check_results",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("authorization_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("keep_until", sa.Date(), nullable=True),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["authorization_id"], ["authorizations.id"], name="fk_check_results_authorization_id"
        ),
        sa.ForeignKeyConstraint(["task_id"], ["check_tasks.id"], name="fk_check_results_task_id"),
        sa.PrimaryKeyConstraint("id", name="pk_check_results"),
        sa.UniqueConstraint("task_id", "received_at", name="uq_check_results_task_id_received_at"),
    )
    op.create_index("ix_check_results_authorization_id", "check_results", ["authorization_id"])
    op.create_index("ix_check_results_keep_until", "check_results", ["keep_until"])
    op.create_table(
        "check_reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("check_id", sa.Uuid(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["check_id"], ["economic_checks.id"], name="fk_check_reports_check_id"),
        sa.PrimaryKeyConstraint("id", name="pk_check_reports"),
        sa.UniqueConstraint("check_id", "edition", name="uq_check_reports_check_id_edition"),
    )
    op.create_table(
        "contested_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("check_id", sa.Uuid(), nullable=False),
        sa.Column("result_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("contested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('asked', 'corrected', 'upheld', 'withdrawn')",
            name="ck_contested_lines_state_is_known",
        ),
        sa.ForeignKeyConstraint(["check_id"], ["economic_checks.id"], name="fk_contested_lines_check_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_contested_lines_person_id"),
        sa.ForeignKeyConstraint(["result_id"], ["check_results.id"], name="fk_contested_lines_result_id"),
        sa.PrimaryKeyConstraint("id", name="pk_contested_lines"),
    )
    op.create_index("ix_contested_lines_check_id", "contested_lines", ["check_id"])
    op.create_index("ix_contested_lines_person_id", "contested_lines", ["person_id"])
    op.create_index("ix_contested_lines_state_due_on", "contested_lines", ["state", "due_on"])
    op.create_table(
        "source_drops",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("handed_in_by", sa.Uuid(), nullable=False),
        sa.Column("handed_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('staged', 'in_force', 'replaced', 'given_up')", name="ck_source_drops_state_is_known"
        ),
        sa.ForeignKeyConstraint(["handed_in_by"], ["staff_accounts.id"], name="fk_source_drops_handed_in_by"),
        sa.PrimaryKeyConstraint("id", name="pk_source_drops"),
    )
    op.create_index("ix_source_drops_source_handed_in_at", "source_drops", ["source", "handed_in_at"])
    op.create_table(
        "source_drop_rows",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("drop_id", sa.Uuid(), nullable=False),
        sa.Column("person_lookup", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["drop_id"], ["source_drops.id"], name="fk_source_drop_rows_drop_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_source_drop_rows"),
        sa.UniqueConstraint("drop_id", "person_lookup", name="uq_source_drop_rows_drop_id_person_lookup"),
    )


def downgrade() -> None:
    op.drop_table("source_drop_rows")
    op.drop_table("source_drops")
    op.drop_table("contested_lines")
    op.drop_table("check_reports")
    op.drop_table("check_results")
    op.drop_table("check_tasks")
    op.drop_table("economic_checks")
