"""Data sets frozen under a name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from prelabel_tui.core.store.append_only import refuse_changes

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "datasets",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_datasets")),
        sa.UniqueConstraint("name", name=op.f("uq_datasets_name")),
    )
    op.create_index("ix_datasets_page", "datasets", ["created_at", "id"], unique=False)
    op.create_table(
        "dataset_revisions",
        sa.Column("dataset_id", sa.String(length=32), nullable=False),
        sa.Column("revision_id", sa.String(length=32), nullable=False),
        sa.Column("media_id", sa.String(length=32), nullable=False),
        sa.Column("capability", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name=op.f("fk_dataset_revisions_dataset_id")
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revisions.id"], name=op.f("fk_dataset_revisions_revision_id")
        ),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name=op.f("fk_dataset_revisions_media_id")
        ),
        sa.PrimaryKeyConstraint("dataset_id", "revision_id", name=op.f("pk_dataset_revisions")),
        sa.UniqueConstraint(
            "dataset_id",
            "media_id",
            "capability",
            name=op.f("uq_dataset_revisions_dataset_id"),
        ),
    )
    for table in ("datasets", "dataset_revisions"):
        refuse_changes(op.get_bind(), table)


def downgrade() -> None:
    """Take back."""
    raise RuntimeError("data sets are append-only; restore the data folder from a backup instead")
