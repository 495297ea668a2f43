"""A draft at one of its versions, as the database has it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from prelabel_tui.core import lineage
from prelabel_tui.core.draft_storage import Chain
from prelabel_tui.core.lineage import Lineage
from prelabel_tui.core.scopes import Scope, scope_of
from prelabel_tui.core.store import models


class Kind(StrEnum):
    """What made a version."""

    CREATE = "create"
    SAVE = "save"
    MERGE = "merge"
    RESET = "reset"
    RESTORE = "restore"


@dataclass(frozen=True)
class DraftInfo:
    """A draft at one version; ``updated_…`` and ``lineage`` are that version's."""

    id: str
    scope: Scope
    version: int
    content_hash: str
    lineage: Lineage
    frame_count: int
    active: bool
    created_at: dt.datetime
    created_by: str
    updated_at: dt.datetime
    updated_by: str
    chain: Chain = field(repr=False, compare=False)

    def as_json(self) -> dict[str, object]:
        """For `--json`."""
        return {
            "draft_id": self.id,
            "workspace": self.scope.workspace,
            "media": self.scope.media,
            "capability": self.scope.capability.value,
            "version": self.version,
            "content_hash": self.content_hash,
            "lineage": self.lineage.as_json(),
            "frame_count": self.frame_count,
            "active": self.active,
            "created_at": self.created_at.isoformat(),
            "created_by": self.created_by,
            "updated_at": self.updated_at.isoformat(),
            "updated_by": self.updated_by,
        }


class Missing(Exception):
    """A row that was asked for is not there; the text says which."""


def read_info(session: Session, draft_id: str, version: int | None = None) -> DraftInfo | None:
    """A draft at a version (the newest without one); None when there is no such row."""
    row = session.execute(
        select(models.Draft, models.DraftVersion, models.Media.frame_count)
        .join(models.DraftVersion, models.DraftVersion.draft_id == models.Draft.id)
        .join(models.Media, models.Media.id == models.Draft.media_id)
        .where(
            models.Draft.id == draft_id,
            models.DraftVersion.version == (models.Draft.version if version is None else version),
        )
    ).one_or_none()
    if row is None:
        return None
    draft, saved, frame_count = row
    return DraftInfo(
        id=draft.id,
        scope=scope_of(session, draft.media_id, draft.capability),
        version=saved.version,
        content_hash=saved.content_hash,
        # The newest version's lineage may have been re-seeded since; that stands in the draft.
        lineage=lineage.of_row(
            *(draft.lineage, draft.lineage_pack_id, draft.lineage_revision_id)
            if saved.version == draft.version
            else (saved.lineage, saved.lineage_pack_id, saved.lineage_revision_id)
        ),
        frame_count=frame_count,
        active=draft.active,
        created_at=draft.created_at,
        created_by=draft.created_by,
        updated_at=saved.created_at,
        updated_by=saved.actor,
        chain=Chain(saved.checkpoint, saved.checkpoint_size, saved.chain_size),
    )


def require_info(session: Session, draft_id: str, version: int | None = None) -> DraftInfo:
    """As :func:`read_info`; Missing when there is no such row."""
    info = read_info(session, draft_id, version)
    if info is None:
        at = "" if version is None else f" version {version}"
        raise Missing(f"Draft {draft_id}{at}.")
    return info
