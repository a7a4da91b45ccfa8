"""The table of divisions.

Follows nothing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "divisions",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("code", name="pk_divisions"),
        sa.ForeignKeyConstraint(["parent_code"], ["divisions.code"], name="fk_divisions_parent_code"),
        sa.CheckConstraint(
            "level IN ('province', 'city', 'county', 'town', 'village')",
            name=op.f("ck_divisions_level_is_known"),
        ),
    )
    op.create_index("ix_divisions_parent_code_code", "divisions", ["parent_code", "code"])
    op.create_index("ix_divisions_name_code", "divisions", ["name", "code"])


def downgrade() -> None:
    op.drop_table("divisions")
