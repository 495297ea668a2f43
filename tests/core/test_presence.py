"""Who has a draft open: seen while there, gone soon after."""

from __future__ import annotations

import datetime as dt

from prelabel_tui.core.drafts import loading, presence
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.ids import new_id
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.session.session import EditingSession
from prelabel_tui.core.store import Store
from tests.core.clips import add_run, player_document


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        return self.at

    def forward(self, seconds: float) -> None:
        self.at += dt.timedelta(seconds=seconds)


def test_everyone_else_with_the_draft_open_is_listed_since_when(
    any_store: Store, reviewer: Actor, lead: Actor
) -> None:
    clock = Clock()
    any_store.now = clock  # type: ignore[method-assign]
    run = add_run(any_store, player_document(2))
    draft = loading.open_review(any_store, reviewer, run, Capability.PLAYER).unwrap().id
    mine, theirs, start = new_id(), new_id(), clock.at
    presence.beat(any_store, reviewer, mine, draft, start)
    clock.forward(5)
    presence.beat(any_store, lead, theirs, draft, clock.at)
    presence.beat(any_store, reviewer, mine, draft, start)
    seen = presence.present(any_store, [draft, new_id()])
    assert list(seen) == [draft]
    assert [(who.user, who.since) for who in seen[draft]] == [
        ("rui", start),
        ("lena", start + dt.timedelta(seconds=5)),
    ]
    assert [who.user for who in presence.present(any_store, [draft], mine)[draft]] == ["lena"]
    presence.leave(any_store, theirs)
    assert presence.present(any_store, [draft], mine) == {}


def test_who_stops_beating_is_gone_and_may_come_back(store: Store, reviewer: Actor) -> None:
    clock = Clock()
    store.now = clock  # type: ignore[method-assign]
    run = add_run(store, player_document(2))
    draft = loading.open_review(store, reviewer, run, Capability.PLAYER).unwrap().id
    killed, other = new_id(), new_id()
    presence.beat(store, reviewer, killed, draft, clock.at)
    clock.forward(presence.EXPIRY.total_seconds() + 1)
    assert presence.present(store, [draft]) == {}
    presence.beat(store, reviewer, other, draft, clock.at)  # sweeps out what has expired
    presence.beat(store, reviewer, killed, draft, clock.at)
    assert len(presence.present(store, [draft])[draft]) == 2


def test_a_clock_set_back_does_not_keep_the_dead_alive(store: Store, reviewer: Actor) -> None:
    clock = Clock()
    store.now = clock  # type: ignore[method-assign]
    run = add_run(store, player_document(2))
    draft = loading.open_review(store, reviewer, run, Capability.PLAYER).unwrap().id
    dead, alive = new_id(), new_id()
    for token in (dead, alive):
        presence.beat(store, reviewer, token, draft, clock.at)
    clock.forward(-3600)
    presence.beat(store, reviewer, alive, draft, clock.at)
    assert len(presence.present(store, [draft])[draft]) == 1


def test_an_open_session_is_present_until_it_closes(
    store: Store, reviewer: Actor, lead: Actor
) -> None:
    run = add_run(store, player_document(2))
    draft = loading.open_review(store, reviewer, run, Capability.PLAYER).unwrap().id
    session = EditingSession.open(store, reviewer, draft).unwrap()
    session.look_around()
    assert session.others == []
    assert [who.user for who in presence.present(store, [draft])[draft]] == ["rui"]
    other = EditingSession.open(store, lead, draft).unwrap()
    other.look_around()
    session.look_around()
    assert [who.user for who in session.others] == ["lena"]
    other.close()
    session.look_around()
    assert session.others == []
    session.close()
    assert presence.present(store, [draft]) == {}
