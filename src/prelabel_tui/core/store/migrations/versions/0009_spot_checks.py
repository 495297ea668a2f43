"""Spot checks: random samples of reviewed frames that a lead judges."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "spot_checks",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.Column("media_id", sa.String(length=32), nullable=False),
        sa.Column("capability", sa.Text(), nullable=False),
        sa.Column("draft_id", sa.String(length=32), nullable=False),
        sa.Column("draft_version", sa.Integer(), nullable=False),
        sa.Column("content_sha", sa.String(length=64), nullable=False),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("at_most", sa.Integer(), nullable=False),
        sa.Column("certainty", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_spot_checks_workspace_id")
        ),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_spot_checks_media_id")),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name=op.f("fk_spot_checks_draft_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spot_checks")),
    )
    op.create_index("ix_spot_checks_scope", "spot_checks", ["media_id", "capability", "started_at"])
    op.create_table(
        "spot_check_frames",
        sa.Column("check_id", sa.String(length=32), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("frame", sa.Integer(), nullable=False),
        sa.Column("wrong", sa.Boolean(), nullable=True),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["check_id"], ["spot_checks.id"], name=op.f("fk_spot_check_frames_check_id")
        ),
        sa.PrimaryKeyConstraint("check_id", "place", name=op.f("pk_spot_check_frames")),
    )


def downgrade() -> None:
    """Take back."""
    raise RuntimeError("restore the data folder from a backup instead")
