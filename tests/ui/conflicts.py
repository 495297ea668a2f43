"""Another person's edits, a conflict with them, and a session that crashed."""

from __future__ import annotations

import os
from unittest.mock import patch

from prelabel_tui.core.drafts.info import DraftInfo
from prelabel_tui.core.drafts.loading import load
from prelabel_tui.core.edits.one_frame import move
from prelabel_tui.core.edits.operations import Operation
from prelabel_tui.core.model.labels import UNIT
from prelabel_tui.core.session.autosave import Worker
from prelabel_tui.core.session.session import EditingSession
from prelabel_tui.core.store import Store
from tests.ui.demo_home import ADA, HEIGHT, LENA, WIDTH
from tests.ui.reviewing import Review, draft_of

BOUNDS = (WIDTH * UNIT, HEIGHT * UNIT)


def nudge(session: EditingSession, index: int, label_id: str, dx: int) -> Operation:
    """Move a label by px in another person's session."""
    operation = move(session.document, index, label_id, dx * UNIT, 0, BOUNDS)
    assert operation is not None
    session.apply(operation)
    return operation


def their_edit(store: Store, draft: DraftInfo, *edits: tuple[int, str, int]) -> None:
    """Lena moves labels (frame, id, px) and saves."""
    session = EditingSession.open(store, LENA, draft.id).unwrap()
    for index, label_id, dx in edits:
        nudge(session, index, label_id, dx)
    assert session.close().healthy


def first_ids(store: Store, draft: DraftInfo, index: int, count: int) -> list[str]:
    """Ids of the first labels of a frame, as Tab walks them."""
    frame = load(store, draft.id).unwrap().document.frame(index)
    return [label.id for label in frame.listed()[:count]]


async def in_conflict(review: Review, store: Store, *edits: tuple[int, str, int]) -> None:
    """Another person saves first; then I move the first label by 1 px."""
    their_edit(store, draft_of(store), *edits)
    await review.press("tab", "l")
    await review.saved()
    assert review.autosave == "Autosave: conflict"


def crashed_session(store: Store, draft: DraftInfo, name: str) -> None:
    """An edit that reached the journal, and no more: its process is killed."""
    child = os.fork()
    if child == 0:
        try:
            with patch.object(Worker, "start", lambda self: None):
                nudge(EditingSession.open(store, ADA, draft.id).unwrap(), 0, name, 3)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
