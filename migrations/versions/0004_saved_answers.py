"""Answers that a resident chose to keep, sealed under the receipt code.

Follows 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_answers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lookup", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("catalogue_version", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_saved_answers"),
        sa.UniqueConstraint("lookup", name="uq_saved_answers_lookup"),
        sa.ForeignKeyConstraint(["county"], ["divisions.code"], name="fk_saved_answers_county"),
    )
    op.create_index("ix_saved_answers_expires_at", "saved_answers", ["expires_at"])


def downgrade() -> None:
    op.drop_table("saved_answers")
