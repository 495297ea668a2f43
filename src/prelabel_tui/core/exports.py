"""Which revisions an export takes: what is approved for data sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.publishing.revisions import APPROVED
from prelabel_tui.core.store import models

if TYPE_CHECKING:
    from prelabel_tui.core.store import Store


def eligible_revisions(
    store: Store,
    workspace: str | None = None,
    media: str | None = None,
    capability: Capability | None = None,
) -> list[str]:
    """Ids of the newest revision of each scope that is approved for data sets now, ordered by
    workspace, media and capability.  The filters are names; None means all."""
    revision = models.Revision
    query = (
        select(revision.id, revision.media_id, revision.capability)
        .join(models.Eligibility, models.Eligibility.revision_id == revision.id)
        .join(models.Media, models.Media.id == revision.media_id)
        .join(models.Workspace, models.Workspace.id == revision.workspace_id)
        .where(models.Eligibility.status == APPROVED)
        .order_by(models.Workspace.name, models.Media.name, revision.capability)
        .order_by(revision.number.desc())
    )
    if workspace is not None:
        query = query.where(models.Workspace.name == workspace)
    if media is not None:
        query = query.where(models.Media.name == media)
    if capability is not None:
        query = query.where(revision.capability == capability.value)
    newest: dict[tuple[str, str], str] = {}
    with store.read() as session:
        for revision_id, media_id, named in session.execute(query):
            newest.setdefault((media_id, named), revision_id)
    return list(newest.values())
