"""Editing sessions in tests: waiting for what happens by itself, and what stands in the end."""

from __future__ import annotations

import time
from collections.abc import Callable

from prelabel_tui.core.drafts import loading
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.session.session import EditingSession
from prelabel_tui.core.store import Store
from tests.core.clips import add_box, delete, nudge

Open = Callable[..., EditingSession]
"""Opens a session, for the reviewer or a given actor."""


def eventually(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for something that a background thread does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def stored(store: Store, session: EditingSession) -> bool:
    """Whether the database's newest version is what the session shows."""
    return loading.load(store, session.info.id).unwrap().document == session.document


def conflicting(sit: Open, lead: Actor) -> EditingSession:
    """Rui's session after lena saved: both moved p0 of frame 1, each something else besides."""
    session, other = sit(), sit(lead)
    other.apply(nudge(other.document, 0, "p0", 700))
    other.apply(delete(other.document, 1, "p3"))
    other.close()
    session.apply(nudge(session.document, 0, "p0"))
    session.apply(nudge(session.document, 0, "p2"))
    session.apply(add_box(2, "mine"))
    assert session.flush().line == "Autosave: conflict"
    return session
