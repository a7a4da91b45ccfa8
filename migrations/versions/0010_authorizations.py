"""Authorisation requests, the signatures that they need, and the signed records.

Follows 0009.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "authorization_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("months_back", sa.Integer(), nullable=False),
        sa.Column("text_version", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("is_opened_by_household", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "purpose IN ('application', 'recheck', 'own_wish', 'supporter')",
            name="ck_authorization_requests_purpose_is_known",
        ),
        sa.CheckConstraint(
            "state IN ('open', 'closed', 'expired')", name="ck_authorization_requests_state_is_known"
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name="fk_authorization_requests_household_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_authorization_requests"),
        sa.UniqueConstraint("number", name="uq_authorization_requests_number"),
    )
    op.create_index(
        "ix_authorization_requests_household_id_opened_at",
        "authorization_requests",
        ["household_id", "opened_at"],
    )
    op.create_index(
        "ix_authorization_requests_state_deadline_on", "authorization_requests", ["state", "deadline_on"]
    )
    op.create_table(
        "authorization_parts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("signer_id", sa.Uuid(), nullable=False),
        sa.Column("capacity", sa.Text(), nullable=False),
        sa.Column("hears_child", sa.Boolean(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("link_lookup", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("asks_again_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "capacity IN ('self', 'guardian', 'ward', 'supporter')",
            name="ck_authorization_parts_capacity_is_known",
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'signed', 'declined', 'withdrawn', 'void', 'expired')",
            name="ck_authorization_parts_state_is_known",
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_authorization_parts_person_id"),
        sa.ForeignKeyConstraint(
            ["request_id"], ["authorization_requests.id"], name="fk_authorization_parts_request_id"
        ),
        sa.ForeignKeyConstraint(["signer_id"], ["people.id"], name="fk_authorization_parts_signer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_authorization_parts"),
        sa.UniqueConstraint("link_lookup", name="uq_authorization_parts_link_lookup"),
        sa.UniqueConstraint(
            "request_id",
            "person_id",
            "signer_id",
            "round",
            name="uq_authorization_parts_request_id_person_id_signer_id_round",
        ),
    )
    op.create_index("ix_authorization_parts_person_id", "authorization_parts", ["person_id"])
    op.create_index("ix_authorization_parts_signer_id", "authorization_parts", ["signer_id"])
    op.create_table(
        "authorizations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("verify_code", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("part_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("signer_id", sa.Uuid(), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("declined_sources", sa.JSON(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("assurance", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("record_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("record_sm3", sa.LargeBinary(), nullable=False),
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("audit_reference", sa.Text(), nullable=False),
        sa.Column("audit_content", sa.LargeBinary(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("ended_because", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "level IN ('own_phone', 'counter', 'paper')", name="ck_authorizations_level_is_known"
        ),
        sa.CheckConstraint(
            "state IN ('active', 'withdrawn', 'void', 'expired')", name="ck_authorizations_state_is_known"
        ),
        sa.ForeignKeyConstraint(["part_id"], ["authorization_parts.id"], name="fk_authorizations_part_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_authorizations_person_id"),
        sa.ForeignKeyConstraint(
            ["request_id"], ["authorization_requests.id"], name="fk_authorizations_request_id"
        ),
        sa.ForeignKeyConstraint(["signer_id"], ["people.id"], name="fk_authorizations_signer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_authorizations"),
        sa.UniqueConstraint("part_id", name="uq_authorizations_part_id"),
        sa.UniqueConstraint("verify_code", name="uq_authorizations_verify_code"),
    )
    op.create_index("ix_authorizations_person_id_state", "authorizations", ["person_id", "state"])
    op.create_index("ix_authorizations_request_id", "authorizations", ["request_id"])
    op.create_table(
        "paper_signatures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("part_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("taken_by_person", sa.Uuid(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by_person", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_because", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "confirmed_by_person IS NULL OR confirmed_by_person <> taken_by_person",
            name="ck_paper_signatures_confirmed_by_another",
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by_person"], ["people.id"], name="fk_paper_signatures_confirmed_by_person"
        ),
        sa.ForeignKeyConstraint(["part_id"], ["authorization_parts.id"], name="fk_paper_signatures_part_id"),
        sa.ForeignKeyConstraint(
            ["taken_by_person"], ["people.id"], name="fk_paper_signatures_taken_by_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_paper_signatures"),
    )
    op.create_index("ix_paper_signatures_part_id", "paper_signatures", ["part_id"])


def downgrade() -> None:
    op.drop_table("paper_signatures")
    op.drop_table("authorizations")
    op.drop_table("authorization_parts")
    op.drop_table("authorization_requests")
