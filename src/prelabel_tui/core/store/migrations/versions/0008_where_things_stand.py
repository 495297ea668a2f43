"""Where each scope stands: progress, findings, whose it is, what was published."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_PUBLISHED = """
INSERT INTO standings (media_id, capability, workspace_id, frames, left_out, reviewed, flagged,
    errors, warnings, latest, eligibility, ready, note)
SELECT r.media_id, r.capability, r.workspace_id, 0, 0, 0, 0, 0, 0, r.number, e.status, :no, ''
FROM revisions r JOIN eligibilities e ON e.revision_id = r.id
WHERE r.number = (SELECT max(o.number) FROM revisions o
    WHERE o.media_id = r.media_id AND o.capability = r.capability)
"""


def upgrade() -> None:
    """Apply.  What was published is known at once, what is reviewed with the next save."""
    op.create_table(
        "standings",
        sa.Column("media_id", sa.String(length=32), nullable=False),
        sa.Column("capability", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=True),
        sa.Column("frames", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("reviewed", sa.Integer(), nullable=False),
        sa.Column("flagged", sa.Integer(), nullable=False),
        sa.Column("judged", sa.String(length=64), nullable=True),
        sa.Column("errors", sa.Integer(), nullable=False),
        sa.Column("warnings", sa.Integer(), nullable=False),
        sa.Column("latest", sa.Integer(), nullable=True),
        sa.Column("eligibility", sa.Text(), nullable=True),
        sa.Column("assigned_to", sa.Text(), nullable=True),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("said_by", sa.Text(), nullable=True),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_standings_media_id")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_standings_workspace_id")
        ),
        sa.PrimaryKeyConstraint("media_id", "capability", name=op.f("pk_standings")),
    )
    op.create_index("ix_standings_assigned_to", "standings", ["assigned_to", "media_id"])
    op.get_bind().execute(sa.text(_PUBLISHED), {"no": False})


def downgrade() -> None:
    """Take back."""
    raise RuntimeError("restore the data folder from a backup instead")
