"""Frozen data sets: the hash of each, and what the audit log says of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from prelabel_tui.core.datasets.snapshots import dataset_digest
from prelabel_tui.core.fsck.report import Damage
from prelabel_tui.core.store import models


def dataset_damages(session: Session) -> Iterator[Damage]:
    """Check that each data set has the hash of its revisions, and is in the audit log once."""
    members: dict[str, list[dict[str, object]]] = defaultdict(list)
    revision, held = models.Revision, models.DatasetRevision
    for row in session.execute(
        select(
            held.dataset_id,
            models.Workspace.name.label("workspace"),
            models.Media.name.label("media"),
            revision.capability,
            revision.number.label("revision"),
            revision.content_hash,
            revision.manifest_sha,
        )
        .join(revision, revision.id == held.revision_id)
        .join(models.Media, models.Media.id == revision.media_id)
        .join(models.Workspace, models.Workspace.id == revision.workspace_id)
    ):
        members[row.dataset_id].append(dict(row._mapping))
    told: dict[str, list[models.Audit]] = defaultdict(list)
    for entry in session.scalars(
        select(models.Audit).where(models.Audit.subject_type == "dataset")
    ):
        told[entry.subject_id].append(entry)
    for dataset in session.scalars(select(models.Dataset)):
        name = f"data set {dataset.name}"
        if dataset_digest(members[dataset.id]) != dataset.digest:
            yield Damage(name, "its hash is not that of its revisions")
        entries = [
            (entry.actor, entry.details.get("name"), entry.details.get("digest"))
            for entry in told.pop(dataset.id, [])
        ]
        if entries != [(dataset.created_by, dataset.name, dataset.digest)]:
            yield Damage(name, "the audit log does not record its creation once, as it is")
    for dataset_id in told:
        yield Damage(f"data set {dataset_id}", "the audit log records it, but it does not exist")
