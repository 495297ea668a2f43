"""Walking from scope to scope, the most doubtful first: from the series and from a review."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from prelabel_tui.core.catalog.scopes import Scope
from prelabel_tui.core.drafts.info import DraftInfo
from prelabel_tui.core.outcomes import Outcome, Result
from prelabel_tui.core.triage.scope_queue import (
    QueuedScope,
    ScopePlace,
    following,
    open_scope,
    scope_queue,
)
from prelabel_tui.screens.shared.base import Job, KeyedScreen


@dataclass(frozen=True)
class Next:
    """A draft to review, how it was reached, and its position in the walk."""

    draft: DraftInfo
    outcome: Outcome
    place: ScopePlace


async def rank_scopes(
    screen: KeyedScreen[None], workspace: str | None = None, capability: str | None = None
) -> list[QueuedScope] | None:
    """Rank scopes with frames left; None, and shown why, if unreadable or cancelled by Esc."""
    store = screen.shell.store

    def rank(job: Job) -> list[QueuedScope]:
        return scope_queue(store, workspace, job)

    result = await screen.in_thread(rank, title="Ranking the scopes")
    if result.value is None:
        screen.show_outcome(result.outcome)
        return None
    return [scope for scope in result.value if capability in (None, scope.scope.capability)]


async def next_scope(
    screen: KeyedScreen[None],
    here: Scope | None,
    before: Sequence[DraftInfo],
    workspace: str | None = None,
    capability: str | None = None,
) -> Next | None:
    """Open or create the draft of the most doubtful scope that was not walked yet.

    ``here``: the present scope; ``before``: the drafts walked.  None, and shown why, without one.
    """
    order = await rank_scopes(screen, workspace, capability)
    if order is None:
        return None

    chosen, ahead = following(order, here, before)
    if chosen is None:
        screen.refuse("No other scope has frames left to review.")
        return None
    draft, outcome = await open_queued(screen, chosen)
    if draft is None:
        screen.show_outcome(outcome)
        return None
    return Next(draft, outcome, ScopePlace(tuple(before), ahead))


async def open_queued(
    screen: KeyedScreen[None], queued: QueuedScope
) -> tuple[DraftInfo | None, Outcome]:
    """Open the draft of a scope, created if needed; None with what prevents it."""
    shell = screen.shell

    def read(_: Job) -> Result[DraftInfo]:
        return open_scope(shell.store, shell.who, queued)

    result = await screen.in_thread(read, title="Opening the draft")
    return result.value, result.outcome
