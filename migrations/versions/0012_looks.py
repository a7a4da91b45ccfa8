"""Looks: what residents object to, what stays hidden for a time, who may open a minor's record.

Follows 0011.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "look_objections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entry_reference", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("objected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'answered')", name="ck_look_objections_state_is_known"),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["staff_accounts.id"], name="fk_look_objections_answered_by"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_look_objections_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_look_objections"),
        sa.UniqueConstraint(
            "entry_reference", "person_id", name="uq_look_objections_entry_reference_person_id"
        ),
    )
    op.create_index("ix_look_objections_person_id", "look_objections", ["person_id"])
    op.create_index("ix_look_objections_state_due_on", "look_objections", ["state", "due_on"])
    op.create_table(
        "minor_approvals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("task_ref", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "state IN ('asked', 'approved', 'declined')", name="ck_minor_approvals_state_is_known"
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> account_id", name="ck_minor_approvals_decided_by_another"
        ),
        sa.ForeignKeyConstraint(["account_id"], ["staff_accounts.id"], name="fk_minor_approvals_account_id"),
        sa.ForeignKeyConstraint(["decided_by"], ["staff_accounts.id"], name="fk_minor_approvals_decided_by"),
        sa.ForeignKeyConstraint(
            ["division_code"], ["divisions.code"], name="fk_minor_approvals_division_code"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_minor_approvals_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_minor_approvals"),
    )
    op.create_index("ix_minor_approvals_account_id_person_id", "minor_approvals", ["account_id", "person_id"])
    op.create_index("ix_minor_approvals_state_asked_at", "minor_approvals", ["state", "asked_at"])
    op.create_table(
        "sealed_looks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("object_ref", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('asked', 'approved', 'declined')", name="ck_sealed_looks_state_is_known"
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> account_id", name="ck_sealed_looks_decided_by_another"
        ),
        sa.ForeignKeyConstraint(["account_id"], ["staff_accounts.id"], name="fk_sealed_looks_account_id"),
        sa.ForeignKeyConstraint(["decided_by"], ["staff_accounts.id"], name="fk_sealed_looks_decided_by"),
        sa.PrimaryKeyConstraint("id", name="pk_sealed_looks"),
    )
    op.create_index("ix_sealed_looks_account_id_object_ref", "sealed_looks", ["account_id", "object_ref"])
    op.create_index("ix_sealed_looks_object_ref", "sealed_looks", ["object_ref"])


def downgrade() -> None:
    op.drop_table("sealed_looks")
    op.drop_table("minor_approvals")
    op.drop_table("look_objections")
