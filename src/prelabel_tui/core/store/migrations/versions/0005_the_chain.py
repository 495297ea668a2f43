"""The audit log becomes a chain; revisions have a hash over all that they claim."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from prelabel_tui.core.store.chain import GENESIS, entry_hash
from prelabel_tui.core.store.models import UtcDateTime

revision = "0005"
down_revision = "0004"

_AT_ONCE = 1_000


def upgrade() -> None:
    """Apply.  The upgrade makes the triggers again, and records the rows there are."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            op.execute(f"DROP TRIGGER IF EXISTS audit_no_{verb}")
    else:
        op.execute("DROP TRIGGER IF EXISTS audit_append_only ON audit")
    op.add_column("audit", sa.Column("rows", sa.JSON(), nullable=False, server_default="{}"))
    for name in ("previous", "hash"):
        op.add_column("audit", sa.Column(name, sa.String(64), nullable=False, server_default=""))
    _chain(op.get_bind())
    for name in ("previous", "hash"):
        op.create_index(f"uq_audit_{name}", "audit", [name], unique=True)
    op.add_column("revisions", sa.Column("publisher_role", sa.Text(), nullable=True))
    for name in ("pictures_sha", "previous_record", "record_hash"):
        op.add_column("revisions", sa.Column(name, sa.String(64), nullable=True))
    op.create_table(
        "picture_hashes",
        sa.Column("media_id", sa.String(length=32), nullable=False),
        sa.Column("files", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name=op.f("fk_picture_hashes_media_id")
        ),
        sa.PrimaryKeyConstraint("media_id", name=op.f("pk_picture_hashes")),
    )


def _chain(connection: sa.Connection) -> None:
    """Chain the entries there are, in order."""
    read = sa.text(
        "SELECT id, at, actor, role, origin, action, subject_type, subject_id, media_id, "
        "capability, version, reason, CAST(details AS TEXT) AS details FROM audit "
        "WHERE id > :after ORDER BY id LIMIT :most"
    ).columns(at=UtcDateTime())
    write = sa.text("UPDATE audit SET previous = :previous, hash = :hash WHERE id = :id")
    head, last = GENESIS, 0
    while page := connection.execute(read, {"after": last, "most": _AT_ONCE}).mappings().all():
        links = []
        for entry in page:
            previous = head
            head = entry_hash({**entry, "rows": "{}", "previous": previous})
            links.append({"id": entry["id"], "previous": previous, "hash": head})
        connection.execute(write, links)
        last = page[-1]["id"]


def downgrade() -> None:
    """Take back."""
    raise RuntimeError("restore the data folder from a backup instead")
