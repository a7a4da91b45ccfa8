"""Requests for help: who asks and how to reach them, sealed.

Follows 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "help_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("policy_code", sa.Text(), nullable=True),
        sa.Column("receipt_lookup", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_help_requests"),
        sa.UniqueConstraint("number", name="uq_help_requests_number"),
        sa.UniqueConstraint("receipt_lookup", name="uq_help_requests_receipt_lookup"),
        sa.UniqueConstraint("receipt_lookup", name="uq_help_requests_receipt_lookup"),
        sa.ForeignKeyConstraint(["county"], ["divisions.code"], name="fk_help_requests_county"),
        sa.ForeignKeyConstraint(["division_code"], ["divisions.code"], name="fk_help_requests_division_code"),
    )
    op.create_index("ix_help_requests_expires_at", "help_requests", ["expires_at"])
    op.create_index("ix_help_requests_county_created_at", "help_requests", ["county", "created_at"])


def downgrade() -> None:
    op.drop_table("help_requests")
