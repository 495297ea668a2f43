"""What reviewing took and what it kept of the prelabels: per reviewer, run and draft."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from prelabel_tui.core.catalog.scopes import Scope
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.metrics.activity import activities, source_document
from prelabel_tui.core.metrics.throughput import (
    Retention,
    Throughput,
    by_run,
    by_user,
    retention_of,
)
from prelabel_tui.core.model.counts import count
from prelabel_tui.core.store import models

if TYPE_CHECKING:
    from prelabel_tui.core.store import Store


@dataclass(frozen=True)
class DraftStatistics:
    """One draft.

    ``frames``: those in the content, without the ``left_out`` ones; ``unseen``: the reviewed frames
    that were accepted while their picture was not shown.  ``retention``: of prelabels on reviewed
    frames; None for a draft from no pack.
    """

    scope: Scope
    draft_id: str
    frames: int
    left_out: int
    reviewed: int
    unseen: int
    retention: Retention | None

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`."""
        return {
            "workspace": self.scope.workspace,
            "media": self.scope.media,
            "capability": self.scope.capability.value,
            "draft_id": self.draft_id,
            "frames": self.frames,
            "left_out": self.left_out,
            "reviewed": self.reviewed,
            "unseen": self.unseen,
            "prelabels": None if self.retention is None else self.retention.as_json(),
        }


@dataclass(frozen=True)
class Statistics:
    """Everything that `prelabel-tui stats` shows."""

    users: dict[str, Throughput]
    runs: dict[str, Throughput]
    drafts: tuple[DraftStatistics, ...]

    def as_json(self) -> dict[str, object]:
        """Return the one object of `--json`."""
        return {
            "users": {name: total.as_json() for name, total in self.users.items()},
            "runs": {name: total.as_json() for name, total in self.runs.items()},
            "drafts": [draft.as_json() for draft in self.drafts],
        }


def statistics(store: Store) -> Statistics:
    """Compute the statistics of all active drafts and stretches of reviewing.  FAILURES."""
    with store.read() as session:
        ids = session.scalars(
            select(models.Draft.id).where(models.Draft.active).order_by(models.Draft.created_at)
        ).all()
    worked = activities(store)
    found = (_of_draft(store, draft_id) for draft_id in ids)
    return Statistics(by_user(worked), by_run(worked), tuple(draft for draft in found if draft))


def _of_draft(store: Store, draft_id: str) -> DraftStatistics | None:
    loaded = loading.load(store, draft_id).value
    if loaded is None:
        return None
    document = loaded.document
    counts = count(document)
    reviewed = [
        index for index, frame in enumerate(document) if frame.reviewed and not frame.left_out
    ]
    source = source_document(store, loaded.info)
    retention = None
    if source is not None and len(source) == len(document):
        retention = retention_of(source, document, reviewed)
    return DraftStatistics(
        loaded.info.scope,
        draft_id,
        counts.frames - counts.left_out,
        counts.left_out,
        counts.reviewed,
        counts.unseen,
        retention,
    )
