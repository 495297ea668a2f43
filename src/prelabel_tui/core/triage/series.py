"""Label Review Series: every scope with its active draft, latest revision and eligibility."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Row, literal, select, union
from sqlalchemy.orm import Session

from prelabel_tui.core.catalog.runs import REPORTED
from prelabel_tui.core.catalog.scopes import Scope
from prelabel_tui.core.catalog.standings import (
    Standing,
    Wanted,
    standing_scopes,
    standings_in,
)
from prelabel_tui.core.drafts.findings import open_findings
from prelabel_tui.core.drafts.info import DraftInfo, active_infos
from prelabel_tui.core.drafts.presence import Present, present
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.publishing.revision_rows import RevisionRow
from prelabel_tui.core.publishing.revisions import newest_in
from prelabel_tui.core.store import models
from prelabel_tui.core.store.merging import first_of
from prelabel_tui.core.validation import Findings

if TYPE_CHECKING:
    from prelabel_tui.core.store import Store

__all__ = [
    "SeriesPage",
    "SeriesRow",
    "every_scope",
    "open_findings",
    "rows_of",
    "series",
    "series_findings",
    "standing_series",
    "wanted_scopes",
]  # fmt: skip

_MOST_AT_ONCE: Final = 64
"""Workspaces that one query reads clips of: small ones do not fill a page."""

Cursor = tuple[str, str]
"""(workspace, media) of the last row of a page."""


@dataclass(frozen=True)
class SeriesRow:
    """One scope.  Its open findings are found separately: ``open_findings(store, draft.id)``."""

    scope: Scope
    draft: DraftInfo | None
    latest: RevisionRow | None
    there: tuple[Present, ...] = ()
    """Who has the draft open."""
    standing: Standing = field(default_factory=Standing)

    @property
    def eligibility(self) -> str | None:
        """Dataset eligibility of the latest revision."""
        return None if self.latest is None else self.latest.eligibility.status

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`."""
        return {
            "workspace": self.scope.workspace,
            "media": self.scope.media,
            "capability": self.scope.capability.value,
            "draft": None if self.draft is None else self.draft.as_json(),
            "latest": None if self.latest is None else self.latest.as_json(),
            "present": [who.as_json() for who in self.there],
            "standing": self.standing.as_json(),
        }


@dataclass(frozen=True)
class SeriesPage:
    """Rows by workspace, media, capability; ``next`` continues after them."""

    rows: tuple[SeriesRow, ...]
    next: Cursor | None


def every_scope(store: Store, workspace: str | None = None) -> Iterator[SeriesRow]:
    """Read all rows of the series, page by page.  FAILURES."""
    after: Cursor | None = None
    while True:
        page = series(store, workspace, after)
        yield from page.rows
        after = page.next
        if after is None:
            return


def series_findings(store: Store, rows: Iterable[SeriesRow]) -> Result[dict[str, Findings]]:
    """Validate the active drafts of the rows, by draft id.  As :func:`open_findings`."""
    found = {}
    for row in rows:
        if row.draft is not None:
            findings = open_findings(store, row.draft.id)
            if findings.value is None:
                return Result(findings.outcome)
            found[row.draft.id] = findings.value
    return Result(Outcome(Code.OK), found)


def series(
    store: Store, workspace: str | None = None, after: Cursor | None = None, limit: int = 100
) -> SeriesPage:
    """List the scopes of up to ``limit`` media that have prelabels, a draft or a revision."""
    with store.read() as session:
        clips = _clips(session, workspace, after, limit)
        used = _capabilities(session, [clip.id for clip in clips])
        scopes = [
            Scope(clip.workspace_id, clip.workspace, clip.id, clip.media, capability)
            for clip in clips
            for capability in Capability
            if (clip.id, capability) in used
        ]
        found = _Found(session, scopes)
    last = clips[-1] if len(clips) == limit else None
    rows = found.rows(store)
    return SeriesPage(rows, None if last is None else (last.workspace, last.media))


def standing_series(store: Store, wanted: Wanted, limit: int = 2_000) -> tuple[SeriesRow, ...]:
    """List the scopes that were opened, assigned or published, as wanted; at most ``limit``."""
    return rows_of(store, wanted_scopes(store, wanted, limit))


def wanted_scopes(store: Store, wanted: Wanted, limit: int) -> list[Scope]:
    """List as :func:`standing_series` does, the scopes alone."""
    with store.read() as session:
        return standing_scopes(session, wanted, limit)


def rows_of(store: Store, scopes: Sequence[Scope]) -> tuple[SeriesRow, ...]:
    """Read the rows of these scopes, in their order."""
    with store.read() as session:
        found = _Found(session, scopes)
    return found.rows(store)


class _Found:
    """What the rows of some scopes show: a few queries for all of them."""

    def __init__(self, session: Session, scopes: Sequence[Scope]) -> None:
        self._scopes = scopes
        ids = list({scope.media_id for scope in scopes})
        self._drafts = {
            (draft.scope.media_id, draft.scope.capability.value): draft
            for draft in active_infos(session, ids)
        }
        self._latest = {
            (row.scope.media_id, row.scope.capability.value): row for row in newest_in(session, ids)
        }
        self._standings = standings_in(session, ids)

    def rows(self, store: Store) -> tuple[SeriesRow, ...]:
        """Make the rows, with who has the drafts open."""
        there = present(store, [draft.id for draft in self._drafts.values()])
        found = []
        for scope in self._scopes:
            key = (scope.media_id, scope.capability.value)
            draft = self._drafts.get(key)
            here = tuple(there.get(draft.id, ())) if draft else ()
            standing = self._standings.get(key, Standing())
            found.append(SeriesRow(scope, draft, self._latest.get(key), here, standing))
        return tuple(found)


def _clips(
    session: Session, workspace: str | None, after: Cursor | None, limit: int
) -> list[Row[*tuple[Any, ...]]]:
    """Read up to ``limit`` clips by workspace and name: id, workspace_id, workspace, media.

    Workspace by workspace, each from its index: sorted over a join, a database would read all
    clips of the largest one for each page.
    """
    space, media = models.Workspace, models.Media
    spaces = select(space.id, space.name).order_by(space.name)
    if workspace is not None:
        spaces = spaces.where(space.name == workspace)
    from_here = None if after is None else space.name >= after[0]
    found: list[Row[*tuple[Any, ...]]] = []
    at_once = 1
    while len(found) < limit:
        query = spaces if from_here is None else spaces.where(from_here)
        chosen = session.execute(query.limit(at_once)).all()
        if not chosen:
            break
        ranges = []
        for place, of in enumerate(chosen):
            range_ = select(
                media.id, media.workspace_id, literal(of.name).label("workspace"),
                media.name.label("media"), literal(place).label("place"),
            ).where(media.workspace_id == of.id, media.removed_at.is_(None))  # fmt: skip
            if after is not None and of.name == after[0]:
                range_ = range_.where(media.name > after[1])
            ranges.append(range_)
        page = first_of(ranges, ("place", "media"), limit - len(found))
        found += session.execute(page).all()
        from_here = space.name > chosen[-1].name
        at_once = min(2 * at_once, _MOST_AT_ONCE)
    return found


def _capabilities(session: Session, media_ids: list[str]) -> set[tuple[str, str]]:
    """Which capabilities of these clips a run gave prelabels for, or have a draft or revision."""
    run, draft, revision = models.Run, models.Draft, models.Revision
    gave = session.execute(
        select(run.media_id, run.ran)
        .where(run.media_id.in_(media_ids), run.removed_at.is_(None), run.source != REPORTED)
        .distinct()
    )
    found = {(media_id, capability) for media_id, ran in gave for capability in ran.split()}
    made = union(
        select(draft.media_id, draft.capability).where(draft.media_id.in_(media_ids)),
        select(revision.media_id, revision.capability).where(revision.media_id.in_(media_ids)),
    )
    return found | {(media_id, capability) for media_id, capability in session.execute(made)}
