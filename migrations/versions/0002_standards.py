"""The table of standards, whose rows are never changed or deleted.

Follows 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

REFUSAL = "standards are never changed or deleted, only followed by a newer row"


def upgrade() -> None:
    op.create_table(
        "standards",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("issuer_code", sa.Text(), nullable=False),
        sa.Column("issuer_level", sa.Text(), nullable=False),
        sa.Column("is_to_be_confirmed", sa.Boolean(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_standards"),
        sa.ForeignKeyConstraint(["division_code"], ["divisions.code"], name="fk_standards_division_code"),
        sa.ForeignKeyConstraint(["issuer_code"], ["divisions.code"], name="fk_standards_issuer_code"),
        sa.CheckConstraint(
            "issuer_level IN ('province', 'city', 'county')", name=op.f("ck_standards_issuer_level_is_known")
        ),
    )
    op.create_index(
        "ix_standards_division_code_name_from_on", "standards", ["division_code", "name", "from_on"]
    )
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER standards_refuse_{act.lower()} BEFORE {act} ON standards "
                f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )
    else:
        op.execute(
            "CREATE FUNCTION standards_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'restrict_violation'; END $$"
        )
        op.execute(
            "CREATE TRIGGER standards_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON standards "
            "FOR EACH STATEMENT EXECUTE FUNCTION standards_refuse()"
        )


def downgrade() -> None:
    op.drop_table("standards")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION standards_refuse()")
