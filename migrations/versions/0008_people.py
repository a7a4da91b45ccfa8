"""People: who they are, what they sign in with, and the roles that staff hold.

Follows 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("resident_id_lookup", sa.LargeBinary(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("died_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sa.UniqueConstraint("resident_id_lookup", name="uq_people_resident_id_lookup"),
    )
    op.create_table(
        "recorded_phones",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("phone_lookup", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_by_account", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_proved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_because", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "recorded_by IN ('officer', 'zlb', 'self')", name="ck_recorded_phones_recorded_by_is_known"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_recorded_phones_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_recorded_phones"),
    )
    op.create_index("ix_recorded_phones_person_id", "recorded_phones", ["person_id"])
    op.create_index("ix_recorded_phones_phone_lookup", "recorded_phones", ["phone_lookup"])
    op.create_table(
        "sign_in_identities",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject_lookup", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bound_by", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "provider IN ('wechat', 'zlb', 'phone')", name="ck_sign_in_identities_provider_is_known"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_sign_in_identities_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_identities"),
        sa.UniqueConstraint(
            "provider", "subject_lookup", name="uq_sign_in_identities_provider_subject_lookup"
        ),
    )
    op.create_index("ix_sign_in_identities_person_id", "sign_in_identities", ["person_id"])
    op.create_table(
        "staff_accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("work_number", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("password_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("totp_last_step", sa.Integer(), nullable=True),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("relatives_signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('invited', 'active', 'disabled')", name="ck_staff_accounts_state_is_known"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_staff_accounts_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_staff_accounts"),
        sa.UniqueConstraint("person_id", name="uq_staff_accounts_person_id"),
        sa.UniqueConstraint("user_name", name="uq_staff_accounts_user_name"),
        sa.UniqueConstraint("work_number", name="uq_staff_accounts_work_number"),
    )
    op.create_table(
        "sign_in_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("face", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("identity_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("assurance", sa.Integer(), nullable=False),
        sa.Column("proved_by", sa.Text(), nullable=False),
        sa.Column("is_own_phone", sa.Boolean(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("device_ref", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("others_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_because", sa.Text(), nullable=True),
        sa.CheckConstraint("face IN ('portal', 'admin', 'api')", name="ck_sign_in_sessions_face_is_known"),
        sa.ForeignKeyConstraint(["account_id"], ["staff_accounts.id"], name="fk_sign_in_sessions_account_id"),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["sign_in_identities.id"], name="fk_sign_in_sessions_identity_id"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_sign_in_sessions_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_sessions"),
        sa.UniqueConstraint("token_hash", name="uq_sign_in_sessions_token_hash"),
    )
    op.create_index("ix_sign_in_sessions_account_id", "sign_in_sessions", ["account_id"])
    op.create_index("ix_sign_in_sessions_expires_at", "sign_in_sessions", ["expires_at"])
    op.create_index("ix_sign_in_sessions_person_id", "sign_in_sessions", ["person_id"])
    op.create_table(
        "one_time_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("phone_lookup", sa.LargeBinary(), nullable=False),
        sa.Column("bound_to", sa.LargeBinary(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_one_time_codes"),
    )
    op.create_index("ix_one_time_codes_expires_at", "one_time_codes", ["expires_at"])
    op.create_index("ix_one_time_codes_phone_lookup_sent_at", "one_time_codes", ["phone_lookup", "sent_at"])
    op.create_table(
        "refresh_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["session_id"], ["sign_in_sessions.id"], name="fk_refresh_tokens_session_id"),
        sa.PrimaryKeyConstraint("id", name="pk_refresh_tokens"),
        sa.UniqueConstraint("token_hash", name="uq_refresh_tokens_token_hash"),
    )
    op.create_index("ix_refresh_tokens_expires_at", "refresh_tokens", ["expires_at"])
    op.create_index("ix_refresh_tokens_session_id", "refresh_tokens", ["session_id"])
    op.create_table(
        "activation_slips",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("code_lookup", sa.LargeBinary(), nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_activation_slips_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_activation_slips"),
        sa.UniqueConstraint("code_lookup", name="uq_activation_slips_code_lookup"),
    )
    op.create_index("ix_activation_slips_expires_at", "activation_slips", ["expires_at"])
    op.create_index("ix_activation_slips_person_id", "activation_slips", ["person_id"])
    op.create_table(
        "kept_forms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["sign_in_sessions.id"], name="fk_kept_forms_session_id"),
        sa.PrimaryKeyConstraint("id", name="pk_kept_forms"),
        sa.UniqueConstraint("session_id", name="uq_kept_forms_session_id"),
    )
    op.create_index("ix_kept_forms_expires_at", "kept_forms", ["expires_at"])
    op.create_table(
        "staff_invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["staff_accounts.id"], name="fk_staff_invitations_account_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_staff_invitations"),
        sa.UniqueConstraint("token_hash", name="uq_staff_invitations_token_hash"),
    )
    op.create_index("ix_staff_invitations_account_id", "staff_invitations", ["account_id"])
    op.create_table(
        "role_assignments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("granted_by", sa.Uuid(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('proposed', 'active', 'ended', 'declined')",
            name="ck_role_assignments_state_is_known",
        ),
        sa.CheckConstraint(
            "approved_by IS NULL OR approved_by <> granted_by",
            name="ck_role_assignments_approved_by_another",
        ),
        sa.ForeignKeyConstraint(["account_id"], ["staff_accounts.id"], name="fk_role_assignments_account_id"),
        sa.ForeignKeyConstraint(
            ["division_code"], ["divisions.code"], name="fk_role_assignments_division_code"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_role_assignments"),
    )
    op.create_index("ix_role_assignments_account_id", "role_assignments", ["account_id"])
    op.create_index("ix_role_assignments_division_code_role", "role_assignments", ["division_code", "role"])
    op.create_table(
        "declared_relatives",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("resident_id_lookup", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["staff_accounts.id"], name="fk_declared_relatives_account_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_declared_relatives"),
        sa.UniqueConstraint(
            "account_id", "resident_id_lookup", name="uq_declared_relatives_account_id_resident_id_lookup"
        ),
    )
    op.create_index("ix_declared_relatives_resident_id_lookup", "declared_relatives", ["resident_id_lookup"])


def downgrade() -> None:
    op.drop_table("declared_relatives")
    op.drop_table("role_assignments")
    op.drop_table("staff_invitations")
    op.drop_table("kept_forms")
    op.drop_table("activation_slips")
    op.drop_table("refresh_tokens")
    op.drop_table("one_time_codes")
    op.drop_table("sign_in_sessions")
    op.drop_table("staff_accounts")
    op.drop_table("sign_in_identities")
    op.drop_table("recorded_phones")
    op.drop_table("people")
