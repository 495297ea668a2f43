"""The queue across drafts: scopes by doubt, opened or not, and where one goes on to."""

from __future__ import annotations

import pytest

from prelabel_tui.core.drafts import loading
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Ball, Capability, make_frame
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.progress import Cancelled
from prelabel_tui.core.publishing import publish
from prelabel_tui.core.store import Store
from prelabel_tui.core.triage.scope_queue import (
    QueuedScope,
    ScopePlace,
    following,
    open_scope,
    scope_queue,
)
from prelabel_tui.core.triage.suspicion import ScopeSuspicion
from tests import matches
from tests.core.clips import add_run, ball_document, player_document

FRAMES = 12


def jumping() -> Document:
    """A ball that is somewhere else in every frame: much to doubt."""
    places = [(7_919 * index % 1_900 * 100, 5_000) for index in range(FRAMES)]
    return Document.from_frames(
        Capability.BALL, [make_frame([Ball("b1", x, y, 1_200, 2_000)]) for x, y in places]
    )


def titles(order: list[QueuedScope]) -> list[str]:
    return [queued.scope.media for queued in order]


@pytest.fixture
def calm_and_wild(store: Store) -> Store:
    add_run(store, ball_document(FRAMES), "a", "calm")
    add_run(store, jumping(), "b", "wild")
    return store


def test_scopes_nobody_opened_count_by_their_newest_pack(calm_and_wild: Store) -> None:
    order = scope_queue(calm_and_wild)
    assert titles(order) == ["wild", "calm"]
    assert all(queued.row.draft is None and queued.run_id for queued in order)
    assert all(queued.suspicion.unreviewed == FRAMES for queued in order)
    assert titles(scope_queue(calm_and_wild, "a")) == ["calm"]
    assert scope_queue(calm_and_wild, "nowhere") == []


def test_opening_one_makes_its_draft_once(calm_and_wild: Store, reviewer: Actor) -> None:
    wild = scope_queue(calm_and_wild)[0]
    opened = open_scope(calm_and_wild, reviewer, wild)
    assert opened.outcome.code is Code.DRAFT_CREATED
    assert opened.outcome.detail == f"b / wild / ball_detection: {wild.suspicion.text}."
    again = scope_queue(calm_and_wild)[0]
    assert (again.scope, again.row.draft) == (wild.scope, opened.value)
    assert again.suspicion >= wild.suspicion, "a draft's findings count, too"
    reopened = open_scope(calm_and_wild, reviewer, again)
    assert reopened.outcome.code is Code.DRAFT_OPENED
    assert reopened.value == opened.value
    # Who looked before the first one opened it gets the same draft.
    assert open_scope(calm_and_wild, reviewer, wild).value == opened.value


def test_a_run_that_is_gone_is_said(calm_and_wild: Store, reviewer: Actor) -> None:
    wild = scope_queue(calm_and_wild)[0]
    lost = QueuedScope(wild.row, wild.suspicion, "f" * 32)
    assert open_scope(calm_and_wild, reviewer, lost).outcome.code is Code.NOT_FOUND


def test_what_is_reviewed_or_published_leaves_the_queue(
    store: Store, reviewer: Actor, lead: Actor
) -> None:
    done = matches.enter(store, lead, media="done")
    matches.enter(store, lead, media="half")
    assert sorted(titles(scope_queue(store))) == ["done", "half"]
    info = matches.review_all(store, reviewer, done.draft.id)
    assert titles(scope_queue(store)) == ["half"]
    assert publish(store, lead, info.id, info.version).ok
    assert titles(scope_queue(store)) == ["half"]


def test_a_draft_that_cannot_be_read_is_left_out(
    calm_and_wild: Store, reviewer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    wild = scope_queue(calm_and_wild)[0]
    info = open_scope(calm_and_wild, reviewer, wild).unwrap()
    matches.save(calm_and_wild, reviewer, info.id, {0: make_frame()})
    with calm_and_wild.write_rows() as rows:
        rows.exec_driver_sql("DROP TRIGGER IF EXISTS draft_versions_no_update")
        rows.exec_driver_sql("UPDATE drafts SET content_hash = 'another'")
        rows.exec_driver_sql("UPDATE draft_versions SET content_hash = 'another'")
    assert not loading.load(calm_and_wild, info.id).ok
    assert titles(scope_queue(calm_and_wild)) == ["calm"]


def test_progress_is_told_and_can_cancel(store: Store) -> None:
    for number in range(3):
        add_run(store, player_document(2, 2), f"w{number}")
    told: list[tuple[str, int | None, int | None]] = []
    scope_queue(
        store, progress=lambda step, done=None, total=None: told.append((step, done, total))
    )
    assert told == [("reading the drafts", at, 3) for at in range(3)]

    def cancel(step: str, done: int | None = None, total: int | None = None) -> None:
        if done == 1:
            raise Cancelled

    with pytest.raises(Cancelled):
        scope_queue(store, progress=cancel)


def test_every_page_of_the_series_is_read(store: Store) -> None:
    for number in range(101):
        add_run(store, ball_document(1), f"w{number}")
    told: list[str] = []
    order = scope_queue(store, progress=lambda step, *_: told.append(step))
    assert len(order) == 101
    assert told[0] == "listing the scopes"


def test_one_goes_on_to_the_most_doubtful_and_walked_ones_come_round(
    calm_and_wild: Store, reviewer: Actor
) -> None:
    order = scope_queue(calm_and_wild)
    wild, calm = order
    here = open_scope(calm_and_wild, reviewer, wild).unwrap()
    assert following(order, None, ()) == (wild, 1)
    assert following(order, wild.scope, ()) == (calm, 0)
    assert following(order, calm.scope, (here,)) == (wild, 0), "nothing else is ahead"
    assert following(order, None, (here,)) == (calm, 0)
    assert following([], None, ()) == (None, 0)
    assert following([wild], wild.scope, ()) == (None, 0)
    assert str(ScopePlace((here,), 3)) == "scope 2 of 5"
    assert ScopeSuspicion(3, 2.0, 9).text == "3 doubtful of 9 left"
