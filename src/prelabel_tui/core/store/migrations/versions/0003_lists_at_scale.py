"""What lists are filtered by stands in the rows, and in indexes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_SHOWN = sa.text("removed_at IS NULL")


def upgrade() -> None:
    """Apply."""
    op.add_column("runs", sa.Column("media_name", sa.Text(), nullable=False, server_default=""))
    op.add_column("runs", sa.Column("ran", sa.Text(), nullable=False, server_default=""))
    op.add_column("runs", sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE runs SET media_name = (SELECT name FROM media WHERE media.id = runs.media_id)"
    )
    for ran in ("ball_detection", "player_detection", "ball_detection player_detection"):
        named = " AND ".join(
            "id IN (SELECT run_id FROM run_outcomes "
            f"WHERE capability = '{capability}' AND status <> 'not_run')"
            for capability in ran.split()
        )
        op.execute(f"UPDATE runs SET ran = '{ran}' WHERE {named}")
    op.drop_index("ix_runs_page", table_name="runs")
    for name, columns in (
        ("page", ()),
        ("state", ("status", "ran")),
        ("workspace", ("workspace_id", "status", "ran")),
        ("media", ("media_id", "status", "ran")),
        ("media_name", ("media_name", "status", "ran")),
    ):
        op.create_index(
            f"ix_runs_{name}",
            "runs",
            [*columns, "created_at", "id"],
            sqlite_where=_SHOWN,
            postgresql_where=_SHOWN,
        )
    op.create_index("ix_prelabel_packs_scope", "prelabel_packs", ["media_id", "capability"])
    op.create_index("ix_drafts_scope", "drafts", ["media_id", "capability"])
    op.create_index("ix_audit_subject_id", "audit", ["subject_id", "id"])
    op.create_index("ix_audit_action", "audit", ["action", "id"])
    op.create_index("ix_audit_actor", "audit", ["actor", "action", "id"])
    op.create_index("ix_audit_at", "audit", ["at", "id"])


def downgrade() -> None:
    """Take back."""
    raise RuntimeError("restore the data folder from a backup instead")
