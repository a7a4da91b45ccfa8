"""Signatures at the counter that wait for the colleague who was there, and the language that somebody chose.

Follows 0014.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "counter_signatures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("part_id", sa.Uuid(), nullable=False),
        sa.Column("taken_by_person", sa.Uuid(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by_person", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_because", sa.Text(), nullable=True),
        sa.Column("witness_person", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "confirmed_by_person IS NULL OR confirmed_by_person <> taken_by_person",
            name="ck_counter_signatures_confirmed_by_another",
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by_person"], ["people.id"], name="fk_counter_signatures_confirmed_by_person"
        ),
        sa.ForeignKeyConstraint(
            ["part_id"], ["authorization_parts.id"], name="fk_counter_signatures_part_id"
        ),
        sa.ForeignKeyConstraint(
            ["taken_by_person"], ["people.id"], name="fk_counter_signatures_taken_by_person"
        ),
        sa.ForeignKeyConstraint(
            ["witness_person"], ["people.id"], name="fk_counter_signatures_witness_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_counter_signatures"),
    )
    op.create_index("ix_counter_signatures_part_id", "counter_signatures", ["part_id"])
    op.create_index("ix_counter_signatures_witness_person", "counter_signatures", ["witness_person"])
    op.add_column("people", sa.Column("language", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("people", "language")
    op.drop_table("counter_signatures")
