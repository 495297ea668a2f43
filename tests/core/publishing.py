"""A match that is ready to be published, and its publication."""

from __future__ import annotations

from prelabel_tui.core import publishing
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.drafts.info import DraftInfo
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.publishing.revision_rows import RevisionRow
from prelabel_tui.core.store import Store
from tests import matches

PLAYER, BALL = Capability.PLAYER, Capability.BALL


def ready(store: Store, actor: Actor, capability: Capability = PLAYER) -> matches.Match:
    """A match whose draft is reviewed."""
    match = matches.enter(store, actor, capability)
    matches.review_all(store, actor, match.draft.id)
    return match


def newest(store: Store, match: matches.Match) -> DraftInfo:
    """The newest version of its draft."""
    return loading.draft_info(store, match.draft.id).unwrap()


def published(store: Store, actor: Actor, match: matches.Match, **more: str) -> RevisionRow:
    """The revision that publishing it makes."""
    draft = newest(store, match)
    done = publishing.publish(store, actor, draft.id, draft.version, **more)  # type: ignore[arg-type]
    assert done.outcome.code is Code.PUBLISH_SUCCESS, done.outcome.headline
    row = done.unwrap().revision
    assert row is not None
    return row
