"""What the series is sorted by stands in the row, each with an index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Apply."""
    for name in ("unreviewed", "share"):
        op.add_column(
            "standings", sa.Column(name, sa.Integer(), nullable=False, server_default="0")
        )
    op.execute(
        "UPDATE standings SET unreviewed = frames - reviewed, "
        "share = CASE frames WHEN 0 THEN 10000 ELSE 10000 * reviewed / frames END "
        "WHERE content_hash IS NOT NULL"
    )
    for name, columns in (
        ("unreviewed", ["unreviewed"]),
        ("share", ["share"]),
        ("open", ["errors", "warnings"]),
        ("flagged", ["flagged"]),
    ):
        op.create_index(f"ix_standings_{name}", "standings", columns)
    first = "" if op.get_bind().dialect.name == "sqlite" else " NULLS FIRST"
    op.create_index("ix_standings_latest", "standings", [sa.text(f"latest{first}")])


def downgrade() -> None:
    """Take back."""
    raise RuntimeError("restore the data folder from a backup instead")
