"""Stretches of reviewing: written when a session ends, read and summed for each draft."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from prelabel_tui.core.drafts.loading import draft_info
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.metrics.activity import activities, note, source_document
from prelabel_tui.core.metrics.agreement import agreement
from prelabel_tui.core.metrics.report import statistics
from prelabel_tui.core.metrics.throughput import Activity, Retention
from prelabel_tui.core.model.labels import make_frame
from prelabel_tui.core.store import Store, models
from tests import matches
from tests.matches import Match, box


@pytest.fixture
def match(store: Store, lead: Actor) -> Match:
    return matches.enter(store, lead)


def worked(seconds: float = 60.0, frames: int = 3, retention: Retention | None = None) -> Activity:
    again = agreement(make_frame([box(1)]), make_frame([box(1)]))
    return Activity("", None, "", 0.0, seconds, 12, frames, 2, (1, 2), again, retention)


def test_what_is_noted_is_read_back_with_the_run_and_the_stores_time(
    store: Store, reviewer: Actor, lead: Actor, match: Match
) -> None:
    assert note(store, reviewer, match.draft.id, worked(retention=Retention(5, 1, 0, 2))).ok
    assert note(store, lead, match.draft.id, worked(30.0, 0)).ok
    first, second = activities(store)
    assert (first.user, second.user) == ("rui", "lena")
    assert {first.run, second.run} == {match.run_id}
    assert (first.keys, first.frames, first.labels, first.minutes) == (12, 3, 2, (1, 2))
    assert first.again == worked().again
    assert (first.retention, second.retention) == (Retention(5, 1, 0, 2), None)
    assert first.ended_at - first.started_at == pytest.approx(60.0)
    assert abs(first.ended_at - store.now().timestamp()) < 60
    assert activities(store, match.draft.id) == [first, second]
    assert activities(store, "f" * 32) == []


def test_the_source_is_the_pack_of_the_lineage(store: Store, match: Match) -> None:
    source = source_document(store, match.draft)
    assert source == matches.content(match.scope.capability)
    with store.write() as session:
        session.execute(update(models.Draft).values(lineage="manual", lineage_pack_id=None))
    assert source_document(store, draft_info(store, match.draft.id).unwrap()) is None


def test_statistics_tell_pace_by_user_and_run_and_what_was_kept_by_draft(
    store: Store, reviewer: Actor, match: Match
) -> None:
    note(store, reviewer, match.draft.id, worked(retention=Retention(5, 1, 0, 2)))
    matches.review_all(store, reviewer, match.draft.id, nudge=500)
    found = statistics(store)
    assert found.users["rui"].frames == 3
    assert found.runs[match.run_id].retention == Retention(5, 1, 0, 2)
    (draft,) = found.drafts
    assert (draft.draft_id, draft.frames, draft.reviewed) == (match.draft.id, 6, 6)
    assert draft.retention == Retention(kept=12, moved=6, deleted=0, added=0)
    data = found.as_json()
    assert set(data) == {"users", "runs", "drafts"}
    assert draft.as_json()["prelabels"] == draft.retention.as_json()
    assert draft.as_json()["media"] == "clip"


def test_a_draft_from_no_pack_has_nothing_to_compare_with_and_a_broken_one_is_left_out(
    store: Store, reviewer: Actor, lead: Actor, match: Match
) -> None:
    matches.enter(store, lead, media="other")
    with store.write() as session:
        session.execute(
            update(models.Draft)
            .where(models.Draft.id == match.draft.id)
            .values(lineage="manual", lineage_pack_id=None)
        )
    mine = next(one for one in statistics(store).drafts if one.draft_id == match.draft.id)
    assert mine.retention is None
    assert mine.as_json()["prelabels"] is None
    for path in (store.home / "artifacts").rglob("*.zst"):
        path.write_bytes(b"rubbish")
    assert statistics(store).drafts == ()
