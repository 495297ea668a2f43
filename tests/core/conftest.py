"""Fixtures of the core's tests: a draft, and sessions that edit it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from prelabel_tui.core.drafts import loading
from prelabel_tui.core.drafts.info import DraftInfo
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.session.session import EditingSession
from prelabel_tui.core.store import Store
from tests.core.clips import add_run, player_document
from tests.core.sessions import Open


@pytest.fixture
def draft(store: Store, reviewer: Actor) -> DraftInfo:
    """The players of six frames, four in each."""
    run = add_run(store, player_document(6, 4))
    return loading.open_review(store, reviewer, run, Capability.PLAYER).unwrap()


@pytest.fixture
def sit(store: Store, reviewer: Actor, draft: DraftInfo) -> Iterator[Open]:
    """Opens sessions on the draft, and ends what the test left open."""
    opened: list[EditingSession] = []

    def open_one(actor: Actor = reviewer) -> EditingSession:
        opened.append(EditingSession.open(store, actor, draft.id).unwrap())
        return opened[-1]

    yield open_one
    for session in opened:
        session.abandon()
