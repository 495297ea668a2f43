"""Runs: what the runs list shows, with its four filters, a page at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.model.lineage import Lineage, LineageKind, of_row
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.store import gives_result, models
from prelabel_tui.core.store.lookup import require

if TYPE_CHECKING:
    from prelabel_tui.core.store import Store


class RunStatus(StrEnum):
    """How far a run is.  ``partial``: not every capability has a prelabel pack."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"


LEGACY = "legacy"
"""The source of runs from before lineage was captured."""

NOT_RUN = "not_run"
"""The outcome of a capability that a run was not asked for."""


@dataclass(frozen=True)
class RunFilters:
    """What the list is narrowed to; None means all.  Workspace and media by name.

    ``capability`` keeps the runs that ran it.
    """

    workspace: str | None = None
    media: str | None = None
    status: RunStatus | None = None
    capability: Capability | None = None


@dataclass(frozen=True)
class RunCursor:
    """The last row of a page."""

    created_at: dt.datetime
    id: str


@dataclass(frozen=True)
class ActiveDraft:
    """The draft that Review would open for this run's scope."""

    id: str
    version: int
    lineage: Lineage
    updated_at: dt.datetime
    updated_by: str


@dataclass(frozen=True)
class OutcomeLine:
    """What a run gave for one capability.  ``status``: succeeded, failed or not_run."""

    capability: Capability
    status: str
    detail: str
    pack_id: str | None
    label_count: int
    lineage: Lineage
    active_draft: ActiveDraft | None

    def as_json(self) -> dict[str, object]:
        """For `--json`."""
        draft = self.active_draft
        return {
            "capability": self.capability.value,
            "status": self.status,
            "detail": self.detail,
            "pack_id": self.pack_id,
            "label_count": self.label_count,
            "lineage": self.lineage.as_json(),
            "active_draft": draft
            and {"id": draft.id, "version": draft.version, "lineage": draft.lineage.as_json()},
        }


@dataclass(frozen=True)
class RunRow:
    """A run as lists show it; ``outcomes`` in the order of Capability."""

    id: str
    workspace: str
    media: str
    media_id: str
    status: RunStatus
    source: str
    created_at: dt.datetime
    created_by: str
    frame_count: int
    missing_count: int
    outcomes: Mapping[Capability, OutcomeLine]

    def as_json(self) -> dict[str, object]:
        """For `--json`."""
        return {
            "run_id": self.id,
            "workspace": self.workspace,
            "media": self.media,
            "status": self.status.value,
            "source": self.source,
            "created_at": self.created_at.isoformat(),
            "created_by": self.created_by,
            "frame_count": self.frame_count,
            "missing_count": self.missing_count,
            "outcomes": [line.as_json() for line in self.outcomes.values()],
        }


@dataclass(frozen=True)
class RunsPage:
    """Rows, newest first; ``next`` is where the following page starts (None: there is none)."""

    rows: tuple[RunRow, ...]
    next: RunCursor | None


@dataclass(frozen=True)
class FilterChoices:
    """What each filter can be set to.  ``media`` is by workspace."""

    workspaces: tuple[str, ...]
    media: Mapping[str, tuple[str, ...]]
    statuses: tuple[RunStatus, ...] = tuple(RunStatus)
    capabilities: tuple[Capability, ...] = tuple(Capability)


def list_runs(
    store: Store,
    filters: RunFilters | None = None,
    after: RunCursor | None = None,
    limit: int = 100,
) -> RunsPage:
    """One page of runs.  Costs the same for the first page and the last."""
    chosen = filters or RunFilters()
    run = models.Run
    query = _query().order_by(run.created_at.desc(), run.id.desc()).limit(limit + 1)
    if chosen.workspace is not None:
        query = query.where(models.Workspace.name == chosen.workspace)
    if chosen.media is not None:
        query = query.where(models.Media.name == chosen.media)
    if chosen.status is not None:
        query = query.where(run.status == chosen.status.value)
    if chosen.capability is not None:
        outcome = models.RunOutcome
        query = query.where(
            select(outcome.run_id)
            .where(
                outcome.run_id == run.id,
                outcome.capability == chosen.capability.value,
                outcome.status != NOT_RUN,
            )
            .exists()
        )
    if after is not None:
        query = query.where(
            or_(
                run.created_at < after.created_at,
                and_(run.created_at == after.created_at, run.id < after.id),
            )
        )
    with store.read() as session:
        found = session.execute(query).all()
        rows = _rows(session, found[:limit])
    last = rows[-1] if len(found) > limit else None
    cursor = RunCursor(last.created_at, last.id) if last else None
    return RunsPage(tuple(rows), cursor)


@gives_result
def find_run(store: Store, run_id: str) -> Result[RunRow]:
    """The run of an id or of the unambiguous beginning of one.  NOT_FOUND, storage codes."""
    with store.read() as session:
        run = require(session, models.Run, run_id, "Run")
        found = session.execute(_query().where(models.Run.id == run.id)).all()
        return Result(Outcome(Code.OK), _rows(session, found)[0])


def filter_choices(store: Store) -> FilterChoices:
    """The workspaces and media that there are, by name."""
    media: dict[str, list[str]] = {}
    with store.read() as session:
        rows = session.execute(
            select(models.Workspace.name, models.Media.name)
            .join(models.Media, models.Media.workspace_id == models.Workspace.id)
            .order_by(models.Workspace.name, models.Media.name)
        )
        for workspace, name in rows:
            media.setdefault(workspace, []).append(name)
    return FilterChoices(tuple(media), {name: tuple(found) for name, found in media.items()})


def _query() -> Select[models.Run, str, models.Media]:
    return (
        select(models.Run, models.Workspace.name, models.Media)
        .join(models.Workspace, models.Workspace.id == models.Run.workspace_id)
        .join(models.Media, models.Media.id == models.Run.media_id)
    )


def _rows(session: Session, found: Sequence[Any]) -> list[RunRow]:
    """Rows with their outcome lines and drafts: two more queries for the whole page."""
    run_ids = [run.id for run, _, _ in found]
    media_ids = {media.id for _, _, media in found}
    lines = session.execute(
        select(models.RunOutcome, models.PrelabelPack.label_count)
        .outerjoin(models.PrelabelPack, models.PrelabelPack.id == models.RunOutcome.pack_id)
        .where(models.RunOutcome.run_id.in_(run_ids))
    ).all()
    drafts = {
        (draft.media_id, draft.capability): ActiveDraft(
            draft.id,
            draft.version,
            of_row(draft.lineage, draft.lineage_pack_id, draft.lineage_revision_id),
            draft.updated_at,
            draft.updated_by,
        )
        for draft in session.scalars(
            select(models.Draft).where(models.Draft.active, models.Draft.media_id.in_(media_ids))
        )
    }
    rows = []
    for run, workspace, media in found:
        mine = {
            Capability(line.capability): OutcomeLine(
                Capability(line.capability),
                line.status,
                line.detail,
                line.pack_id,
                label_count or 0,
                _lineage(run.source, line.pack_id),
                drafts.get((media.id, line.capability)),
            )
            for line, label_count in lines
            if line.run_id == run.id
        }
        rows.append(
            RunRow(
                run.id,
                workspace,
                media.name,
                media.id,
                RunStatus(run.status),
                run.source,
                run.created_at,
                run.created_by,
                media.frame_count,
                media.missing_count,
                {c: mine[c] for c in Capability if c in mine},
            )
        )
    return rows


def _lineage(source: str, pack_id: str | None) -> Lineage:
    """That of a draft which Review would make from the outcome."""
    if pack_id is not None:
        return Lineage(LineageKind.PACK, pack_id)
    return Lineage(LineageKind.UNKNOWN if source == LEGACY else LineageKind.MANUAL)
