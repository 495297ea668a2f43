"""The draft that was open at a hang-up is returned once, while it is active."""

from __future__ import annotations

from sqlalchemy import update

from prelabel_tui.core.drafts import loading
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.session.resuming import note_open_draft, take_open_draft
from prelabel_tui.core.store import Store, models
from tests.core.clips import add_run, player_document


def test_it_is_returned_once_to_its_person(store: Store, reviewer: Actor, lead: Actor) -> None:
    run = add_run(store, player_document(4, 3))
    draft = loading.open_review(store, reviewer, run, Capability.PLAYER).unwrap()
    assert take_open_draft(store, reviewer) is None
    assert note_open_draft(store, reviewer, draft.id).ok
    assert take_open_draft(store, lead) is None
    assert take_open_draft(store, reviewer) == draft
    assert take_open_draft(store, reviewer) is None


def test_a_draft_that_is_active_no_more_is_not_returned(store: Store, reviewer: Actor) -> None:
    run = add_run(store, player_document(4, 3))
    draft = loading.open_review(store, reviewer, run, Capability.PLAYER).unwrap()
    assert note_open_draft(store, reviewer, "of a database that was restored").ok
    assert take_open_draft(store, reviewer) is None
    assert note_open_draft(store, reviewer, draft.id).ok
    with store.write() as session:
        session.execute(update(models.Draft).values(active=False))
    assert take_open_draft(store, reviewer) is None
