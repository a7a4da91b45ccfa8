"""The log of acts and looks, its seals and checkpoints: rows that are never changed or deleted.

Follows 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

REFUSAL = "the log is never changed or deleted, only written on"
KEYS = {
    "audit_entries": "id = NEW.id OR reference = NEW.reference",
    "audit_seals": "sequence = NEW.sequence OR entry = NEW.entry",
    "audit_checkpoints": "size = NEW.size",
}


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    # SQLite numbers rows by itself only where the column is its plain INTEGER.
    long = sa.Integer() if is_sqlite else sa.BigInteger()
    op.create_table(
        "audit_entries",
        sa.Column("id", long, sa.Identity(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_ref", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("division_code", sa.Text(), nullable=True),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("object_type", sa.Text(), nullable=True),
        sa.Column("object_ref", sa.Text(), nullable=True),
        sa.Column("subject_ref", sa.Text(), nullable=True),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("case_ref", sa.Text(), nullable=True),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("ip_prefix", sa.Text(), nullable=True),
        sa.Column("device_ref", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("commitment", sa.LargeBinary(), nullable=True),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("content_sm3", sa.LargeBinary(), nullable=False),
        sa.Column("hmac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entries"),
        sa.UniqueConstraint("reference", name="uq_audit_entries_reference"),
        sa.CheckConstraint(
            "actor_kind IN ('anonymous', 'operator', 'resident', 'staff', 'system')",
            name=op.f("ck_audit_entries_actor_kind_is_known"),
        ),
        sa.CheckConstraint(
            "result IN ('done', 'refused', 'failed')", name=op.f("ck_audit_entries_result_is_known")
        ),
    )
    op.create_index(
        "ix_audit_entries_subject_ref_recorded_at", "audit_entries", ["subject_ref", "recorded_at"]
    )
    op.create_index("ix_audit_entries_object_ref", "audit_entries", ["object_ref"])
    op.create_table(
        "audit_salts",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("object_ref", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("reference", name="pk_audit_salts"),
    )
    op.create_index("ix_audit_salts_object_ref", "audit_salts", ["object_ref"])
    op.create_table(
        "audit_seals",
        sa.Column("sequence", long, autoincrement=False, nullable=False),
        sa.Column("entry", long, nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_audit_seals"),
        sa.UniqueConstraint("entry", name="uq_audit_seals_entry"),
        sa.ForeignKeyConstraint(["entry"], ["audit_entries.id"], name="fk_audit_seals_entry"),
    )
    op.create_table(
        "audit_checkpoints",
        sa.Column("size", long, autoincrement=False, nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("peaks", sa.LargeBinary(), nullable=False),
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hmac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("size", name="pk_audit_checkpoints"),
    )
    op.create_table(
        "audit_leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_audit_leases"),
    )
    if is_sqlite:
        for table, key in KEYS.items():
            for act in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_refuse_{act.lower()} BEFORE {act} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
                )
            # REPLACE deletes without asking the trigger above.
            known = f"EXISTS (SELECT 1 FROM {table} WHERE {key})"  # noqa: S608
            op.execute(
                f"CREATE TRIGGER {table}_refuse_replace BEFORE INSERT ON {table} WHEN {known} "
                f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )
    else:
        op.execute(
            "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'restrict_violation'; END $$"
        )
        for table in KEYS:
            op.execute(
                f"CREATE TRIGGER {table}_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
            )


def downgrade() -> None:
    op.drop_table("audit_leases")
    op.drop_table("audit_checkpoints")
    op.drop_table("audit_seals")
    op.drop_table("audit_salts")
    op.drop_table("audit_entries")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION audit_refuse()")
