"""The queue across drafts: scopes with frames left to review, the most doubtful first."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cachetools import LRUCache, cached
from sqlalchemy import select

from prelabel_tui.core.catalog.runs import is_shown
from prelabel_tui.core.catalog.scopes import Scope
from prelabel_tui.core.drafts.findings import findings_in
from prelabel_tui.core.drafts.info import DraftInfo
from prelabel_tui.core.drafts.loading import load, open_review
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.media import Manifest, decode_manifest
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.core.store import gives_result, models
from prelabel_tui.core.triage.series import SeriesRow, series
from prelabel_tui.core.triage.suspicion import Ranking, ScopeSuspicion, scope_suspicion

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store

_KEPT: Final = 256


@dataclass(frozen=True)
class QueuedScope:
    """A scope with unreviewed frames; without a draft, ``run_id`` has the pack to begin from."""

    row: SeriesRow
    suspicion: ScopeSuspicion
    run_id: str | None = None

    @property
    def scope(self) -> Scope:
        """The scope."""
        return self.row.scope


@dataclass(frozen=True)
class ScopePlace:
    """A place in the walk over the scopes: the drafts ``before``, and how many lie ahead."""

    before: tuple[DraftInfo, ...]
    ahead: int

    def __str__(self) -> str:
        at = len(self.before) + 1
        return f"scope {at} of {at + self.ahead}"


def suspicion_of(store: Store, row: SeriesRow) -> QueuedScope | None:
    """Measure how doubtful a scope is; None when nothing is left to review or can be read.

    A scope that nobody opened counts by its newest prelabel pack.  FAILURES.
    """
    if row.draft is not None:
        loaded = load(store, row.draft.id).value
        if loaded is None:
            return None
        found = findings_in(store, loaded).by_frame
        summed = _summed(loaded.info.content_hash, loaded.document, loaded.manifest, found)
        return QueuedScope(row, summed) if summed.unreviewed else None
    if row.latest is not None:
        return None
    pack = models.PrelabelPack
    newest = (
        select(pack.run_id, pack.artifact_sha, models.Media.manifest_sha)
        .join(models.Media, models.Media.id == pack.media_id)
        .where(
            pack.media_id == row.scope.media_id,
            pack.capability == row.scope.capability,
            is_shown(pack),
        )
        .order_by(pack.created_at.desc(), pack.id)
        .limit(1)
    )
    with store.read() as session:
        source = session.execute(newest).one_or_none()
    if source is None:
        return None
    run_id, artifact, manifest_sha = source
    document = Document.from_payload(store.artifacts.get(artifact))
    manifest = decode_manifest(store.artifacts.get(manifest_sha))
    return QueuedScope(row, _summed(artifact, document, manifest, {}), run_id)


def _content(
    content: str, document: Document, manifest: Manifest, findings: Mapping[int, Sequence[str]]
) -> Hashable:
    return content, hash(manifest), hash(tuple(findings.items()))


@cached(LRUCache(_KEPT), key=_content, lock=threading.Lock())
def _summed(
    content: str, document: Document, manifest: Manifest, findings: Mapping[int, Sequence[str]]
) -> ScopeSuspicion:
    """Rank a draft, kept by content: again only when it or its findings changed."""
    return scope_suspicion(Ranking(document, manifest, findings))


def scope_queue(
    store: Store,
    workspace: str | None = None,
    progress: Progress = unwatched,
) -> list[QueuedScope]:
    """List every scope with frames left, most doubtful first.  Reads every draft: in a thread.

    FAILURES; Cancelled.
    """
    rows: list[SeriesRow] = []
    page = series(store, workspace)
    rows += page.rows
    while page.next is not None:
        progress("listing the scopes", len(rows))
        page = series(store, workspace, page.next)
        rows += page.rows
    found = []
    for done, row in enumerate(rows):
        progress("reading the drafts", done, len(rows))
        scope = suspicion_of(store, row)
        if scope is not None:
            found.append(scope)
    return sorted(found, key=lambda scope: (*(-n for n in scope.suspicion), scope.scope.title))


def following(
    order: Sequence[QueuedScope], here: Scope | None, before: Sequence[DraftInfo]
) -> tuple[QueuedScope | None, int]:
    """Find the scope to go on to, and how many lie ahead; walked ones come round at the end."""
    walked = {info.scope for info in before}
    others = [scope for scope in order if scope.scope != here]
    ahead = [scope for scope in others if scope.scope not in walked] or others
    return (ahead[0], len(ahead) - 1) if ahead else (None, 0)


@gives_result
def open_scope(store: Store, actor: Actor, queued: QueuedScope) -> Result[DraftInfo]:
    """Open a scope's active draft, or a new one from the run's pack; say how doubtful it is.

    As ``drafts.open_review``.
    """
    store.require_writable()
    info, code = queued.row.draft, Code.DRAFT_OPENED
    if info is None:
        assert queued.run_id is not None
        opened = open_review(store, actor, queued.run_id, queued.scope.capability)
        if opened.value is None:
            return opened
        info, code = opened.value, opened.outcome.code
    return Result(Outcome(code, f"{queued.scope.title}: {queued.suspicion.text}."), info)
