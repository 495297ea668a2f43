"""The draft that a person had open when their terminal went away: the next session opens it."""

from __future__ import annotations

from typing import Final

from prelabel_tui.core.drafts.info import DraftInfo
from prelabel_tui.core.drafts.loading import draft_info
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.identity.preferences import recall, remember
from prelabel_tui.core.outcomes import Outcome
from prelabel_tui.core.store import Store

_PREFERENCE: Final = "resume"


def note_open_draft(store: Store, actor: Actor, draft_id: str) -> Outcome:
    """Remember the draft for :func:`take_open_draft`; of two at once, the last one stays."""
    return remember(store, actor, _PREFERENCE, {"draft": draft_id})


def take_open_draft(store: Store, actor: Actor) -> DraftInfo | None:
    """Return the draft that was noted, once: None then, and where it is active no more.

    SQLAlchemyError.
    """
    noted = recall(store, actor, _PREFERENCE).get("draft")
    if noted is None:
        return None
    remember(store, actor, _PREFERENCE, {})
    info = draft_info(store, str(noted)).value
    return info if info is not None and info.active else None
