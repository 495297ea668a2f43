"""Runs: what the runs list shows, with its four filters, a page at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Row, Select, select, tuple_
from sqlalchemy.orm import Session

from prelabel_tui.core.catalog.standings import Standing, clips_of, standings_in
from prelabel_tui.core.ids import IdKind
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.model.lineage import Lineage, LineageKind, of_row
from prelabel_tui.core.outcomes import Code, Outcome, Refused, Result
from prelabel_tui.core.store import gives_result, models
from prelabel_tui.core.store.lookup import require
from prelabel_tui.core.store.merging import newest_of

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

REPORTED = "reported"
"""The source of runs that a pipeline has reported and no import has completed."""

NOT_RUN = "not_run"
"""The outcome of a capability that a run was not asked for."""


def rows_of_run(session: Session, run_id: str) -> list[tuple[type[models.Base], *tuple[str, ...]]]:
    """Name the rows that say what a run gave, for the audit log."""
    pack = models.PrelabelPack
    return [
        (models.Run, run_id),
        *((models.RunOutcome, run_id, capability.value) for capability in Capability),
        *((pack, found) for found in session.scalars(select(pack.id).where(pack.run_id == run_id))),
    ]


def is_shown(pack: type[models.PrelabelPack]) -> ColumnElement[bool]:
    """Make the condition for a prelabel pack whose run was not removed."""
    run = models.Run
    return select(run.id).where(run.id == pack.run_id, run.removed_at.is_(None)).exists()


def ran(capabilities: Iterable[Capability]) -> str:
    """Write the capabilities that a run ran as its row names them."""
    return " ".join(sorted(capabilities))


_RAN: Final = tuple(
    ran(some) for count in range(len(Capability) + 1) for some in combinations(Capability, count)
)


_MOST_OF_A_PERSON: Final = 100_000


@dataclass(frozen=True)
class RunFilters:
    """What the list is narrowed to; None means all.  Workspace and media by name.

    ``capability`` keeps the runs that ran it, ``person`` those of clips that are assigned to them.
    """

    workspace: str | None = None
    media: str | None = None
    status: RunStatus | None = None
    capability: Capability | None = None
    person: str | None = None


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
    """What a run gave for one capability.

    ``status``: succeeded or not_run; the run's own as long as it is only reported.
    """

    capability: Capability
    status: str
    detail: str
    pack_id: str | None
    label_count: int
    lineage: Lineage
    active_draft: ActiveDraft | None
    standing: Standing

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`."""
        draft = self.active_draft
        return {
            "capability": self.capability.value,
            "status": self.status,
            "detail": self.detail,
            "pack_id": self.pack_id,
            "label_count": self.label_count,
            "lineage": self.lineage.as_json(),
            "standing": self.standing.as_json(),
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
    detector: str | None
    model: str | None
    reason: str
    created_at: dt.datetime
    created_by: str
    frame_count: int
    missing_count: int
    outcomes: Mapping[Capability, OutcomeLine]

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`."""
        return {
            "run_id": self.id,
            "workspace": self.workspace,
            "media": self.media,
            "status": self.status.value,
            "source": self.source,
            "detector": self.detector,
            "model": self.model,
            "reason": self.reason,
            "created_at": self.created_at.isoformat(),
            "created_by": self.created_by,
            "frame_count": self.frame_count,
            "missing_count": self.missing_count,
            "outcomes": [line.as_json() for line in self.outcomes.values()],
        }


@dataclass(frozen=True)
class RunsPage:
    """Rows, newest first; ``next`` is where the next page starts (None: there is none)."""

    rows: tuple[RunRow, ...]
    next: RunCursor | None


def list_runs(
    store: Store,
    filters: RunFilters | None = None,
    after: RunCursor | None = None,
    limit: int = 100,
) -> RunsPage:
    """Read one page of runs.  The first page costs the same as the last."""
    with store.read() as session:
        ids = _page_of(session, filters or RunFilters(), after, limit + 1)
        rows = _rows(session, _query().where(models.Run.id.in_(ids[:limit])))
    cursor = RunCursor(rows[-1].created_at, rows[-1].id) if len(ids) > limit else None
    return RunsPage(tuple(rows), cursor)


def _page_of(
    session: Session, filters: RunFilters, after: RunCursor | None, limit: int
) -> list[str]:
    """Find the ids of a page's runs, newest first; each filter has an index."""
    run = models.Run
    query = select(run.created_at, run.id).where(run.removed_at.is_(None))
    if after is not None:
        query = query.where(tuple_(run.created_at, run.id) < tuple_(after.created_at, after.id))
    if filters == RunFilters():
        newest = query.order_by(run.created_at.desc(), run.id.desc()).limit(limit)
        return [row.id for row in session.execute(newest)]
    workspace_id = media_id = None
    if filters.workspace is not None:
        place = _place(session, filters.workspace, filters.media)
        if place is None:
            return []
        workspace_id, media_id = place
    elif filters.media is not None:
        query = query.where(run.media_name == filters.media)
    if filters.person is not None:
        query = query.where(clips_of(filters.person, workspace_id, media_id))
        return _of_person(session, query, filters, limit)
    if media_id is not None:
        query = query.where(run.media_id == media_id)
    elif workspace_id is not None:
        query = query.where(run.workspace_id == workspace_id)
    ranges = [
        query.where(run.status == status.value, run.ran == ran)
        for status in RunStatus
        if filters.status in (None, status)
        for ran in _RAN
        if filters.capability is None or filters.capability in ran.split()
    ]
    found = session.execute(newest_of(ranges, ("created_at", "id"), limit))
    return [row.id for row in found]


def _of_person(
    session: Session, query: Select[*tuple[Any, ...]], filters: RunFilters, limit: int
) -> list[str]:
    """Read the runs of the clips that are somebody's, and then sort them: they are few."""
    run = models.Run
    if filters.status is not None:
        query = query.where(run.status == filters.status.value)
    if filters.capability is not None:
        query = query.where(run.ran.in_([ran for ran in _RAN if filters.capability in ran.split()]))
    # The limit keeps the database from walking all runs in order to find them.
    theirs = query.limit(_MOST_OF_A_PERSON).subquery()
    newest = select(theirs.c.id).order_by(theirs.c.created_at.desc(), theirs.c.id.desc())
    return list(session.scalars(newest.limit(limit)))


def _place(session: Session, workspace: str, media: str | None) -> tuple[str, str | None] | None:
    """Find the ids of a workspace, and of its media if given; None if it has no such thing."""
    found = session.scalar(select(models.Workspace.id).where(models.Workspace.name == workspace))
    if found is None:
        return None
    if media is None:
        return found, None
    clip = session.scalar(
        select(models.Media.id).where(
            models.Media.workspace_id == found, models.Media.name == media
        )
    )
    return None if clip is None else (found, clip)


@gives_result
def find_run(store: Store, run_id: str) -> Result[RunRow]:
    """Find a run by its id or an unambiguous beginning of it.  NOT_FOUND, storage codes."""
    with store.read() as session:
        run = require(session, models.Run, run_id)
        if run.removed_at is not None:
            raise Refused(Outcome(Code.NOT_FOUND, f"{IdKind.RUN.short(run.id)} was removed."))
        (row,) = _rows(session, _query().where(models.Run.id == run.id))
        return Result(Outcome(Code.OK), row)


def _query() -> Select[*tuple[Any, ...]]:
    run, media = models.Run, models.Media
    return (
        select(
            run.id, models.Workspace.name.label("workspace"), media.name.label("media"),
            run.media_id, run.status, run.source, run.detector, run.model, run.reason,
            run.created_at, run.created_by, media.frame_count, media.missing_count,
        )
        .join(models.Workspace, models.Workspace.id == run.workspace_id)
        .join(media, media.id == run.media_id)
        .order_by(run.created_at.desc(), run.id.desc())
    )  # fmt: skip


def _rows(session: Session, query: Select[*tuple[Any, ...]]) -> list[RunRow]:
    """Read rows with their outcome lines and drafts: two more queries for the whole page."""
    found = session.execute(query).all()
    lines = _lines(session, [run.id for run in found])
    drafts = _active_drafts(session, {run.media_id for run in found})
    standings = standings_in(session, {run.media_id for run in found})
    rows = []
    for run in found:
        outcomes = {
            capability: OutcomeLine(
                capability,
                line.status,
                line.detail,
                line.pack_id,
                line.label_count or 0,
                _lineage(run.source, line.pack_id),
                drafts.get((run.media_id, capability)),
                standings.get((run.media_id, capability.value), Standing()),
            )
            for capability in Capability
            if (line := lines.get((run.id, capability))) is not None
        }
        rows.append(
            RunRow(
                run.id,
                run.workspace,
                run.media,
                run.media_id,
                RunStatus(run.status),
                run.source,
                run.detector,
                run.model,
                run.reason,
                run.created_at,
                run.created_by,
                run.frame_count,
                run.missing_count,
                outcomes,
            )
        )
    return rows


def _lines(session: Session, run_ids: list[str]) -> dict[tuple[str, str], Row[*tuple[Any, ...]]]:
    """Read what these runs gave, by run and capability."""
    line = models.RunOutcome
    found = session.execute(
        select(
            line.run_id, line.capability, line.status, line.detail, line.pack_id,
            models.PrelabelPack.label_count,
        )
        .outerjoin(models.PrelabelPack, models.PrelabelPack.id == line.pack_id)
        .where(line.run_id.in_(run_ids))
    )  # fmt: skip
    return {(row.run_id, row.capability): row for row in found}


def _active_drafts(
    session: Session, media_ids: Iterable[str]
) -> dict[tuple[str, str], ActiveDraft]:
    """Read the active drafts of these clips, by clip and capability."""
    draft = models.Draft
    found = session.execute(
        select(
            draft.id, draft.media_id, draft.capability, draft.version, draft.lineage,
            draft.lineage_pack_id, draft.lineage_revision_id, draft.updated_at, draft.updated_by,
        ).where(draft.active, draft.media_id.in_(media_ids))
    )  # fmt: skip
    return {
        (row.media_id, row.capability): ActiveDraft(
            row.id,
            row.version,
            of_row(row.lineage, row.lineage_pack_id, row.lineage_revision_id),
            row.updated_at,
            row.updated_by,
        )
        for row in found
    }


def _lineage(source: str, pack_id: str | None) -> Lineage:
    """Return the lineage of a draft that Review would make from the outcome."""
    if pack_id is not None:
        return Lineage(LineageKind.PACK, pack_id)
    return Lineage(LineageKind.UNKNOWN if source == LEGACY else LineageKind.MANUAL)
