"""Notes: remarks about frames and labels, with their answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from prelabel_tui.core.store.append_only import refuse_changes

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "notes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.Column("media_id", sa.String(length=32), nullable=False),
        sa.Column("capability", sa.Text(), nullable=False),
        sa.Column("frame", sa.Integer(), nullable=False),
        sa.Column("label_id", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_notes_workspace_id")
        ),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_notes_media_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    op.create_index("ix_notes_scope", "notes", ["media_id", "capability", "frame"])
    op.create_index("ix_notes_page", "notes", ["opened_at", "id"])
    op.create_table(
        "note_messages",
        sa.Column("note_id", sa.String(length=32), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["note_id"], ["notes.id"], name=op.f("fk_note_messages_note_id")),
        sa.PrimaryKeyConstraint("note_id", "place", name=op.f("pk_note_messages")),
    )
    refuse_changes(op.get_bind(), "note_messages")


def downgrade() -> None:
    """Take back."""
    raise RuntimeError("restore the data folder from a backup instead")
