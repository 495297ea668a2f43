"""Revisions keep how many frames were reviewed, and by whom."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Apply."""
    op.add_column("revisions", sa.Column("review", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    """Take back."""
    raise RuntimeError("restore the data folder from a backup instead")
