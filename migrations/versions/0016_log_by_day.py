"""An index by which the log is read day by day.

Follows 0015.
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_audit_entries_recorded_at", "audit_entries", ["recorded_at"])


def downgrade() -> None:
    op.drop_index("ix_audit_entries_recorded_at", "audit_entries")
