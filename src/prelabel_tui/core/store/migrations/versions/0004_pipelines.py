"""What made a run's labels, why a run failed, and since when a clip is removed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Apply."""
    op.add_column("runs", sa.Column("detector", sa.Text(), nullable=True))
    op.add_column("runs", sa.Column("model", sa.Text(), nullable=True))
    op.add_column("runs", sa.Column("reason", sa.Text(), nullable=False, server_default=""))
    op.add_column("media", sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Take back."""
    raise RuntimeError("restore the data folder from a backup instead")
