"""Meters of review."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prelabel_tui.core.document import Document
from prelabel_tui.core.labels import UNIT, Ball, BallState, Box, Capability, Flag, make_frame
from prelabel_tui.core.meters import (
    Activity,
    Kept,
    agreement,
    blind_repeats,
    by_run,
    by_session,
    by_user,
    meter,
    outcome,
)


def _activity(user: str = "ada", session: str = "s1", run: str | None = "r1") -> Activity:
    return Activity(user, run, session, 1000.0, 2800.0, keys=900, frames=600, labels=90)


def test_rates() -> None:
    whole = meter([_activity(), _activity()])
    assert whole.frames_per_hour == 1200
    assert whole.labels_per_hour == 180
    assert whole.keys_per_frame == 1.5
    assert whole.seconds_per_frame == 3
    assert whole.as_json() == {
        "seconds": 3600.0,
        "keys": 1800,
        "frames": 1200,
        "labels": 180,
        "frames_per_hour": 1200.0,
        "labels_per_hour": 180.0,
        "keys_per_frame": 1.5,
        "seconds_per_frame": 3.0,
    }


def test_nothing_done_has_no_rates() -> None:
    nothing = meter([])
    assert nothing.frames_per_hour is None
    assert nothing.labels_per_hour is None
    assert nothing.keys_per_frame is None
    assert nothing.seconds_per_frame is None


def test_a_clock_that_went_back_counts_as_no_time() -> None:
    assert meter([Activity("ada", None, "s", 100.0, 50.0, 1, 1, 1)]).seconds == 0


def test_groups() -> None:
    activities = [_activity(), _activity("bo", "s2"), _activity("bo", "s3", None)]
    assert {user: one.frames for user, one in by_user(activities).items()} == {
        "ada": 600,
        "bo": 1200,
    }
    assert set(by_run(activities)) == {"r1", ""}
    assert set(by_session(activities)) == {"s1", "s2", "s3"}


def _box(name: str, x: int, w: int = 3000) -> Box:
    return Box(name, x, 1000, w, 8000, 9000)


def _players(*frames: list[Box]) -> Document:
    return Document.from_frames(Capability.PLAYER, map(make_frame, frames))


def test_what_became_of_prelabels() -> None:
    base = _players([_box("a", 0), _box("b", 9000), _box("c", 20_000)], [_box("a", 0)])
    now = _players([_box("a", 0), _box("b", 9100), _box("new", 50_000)], [_box("a", 0)])
    assert outcome(base, now) == Kept(kept=2, moved=1, deleted=1, added=1)
    assert outcome(base, now).as_json() == {
        "kept": 2, "kept_share": 0.5, "moved": 1, "moved_share": 0.25,
        "deleted": 1, "deleted_share": 0.25, "added": 1, "added_share": 0.25,
    }  # fmt: skip
    assert outcome(base, now, only_reviewed=True) == Kept(0, 0, 0, 0)
    now.replace(1, make_frame([], reviewed=True))
    assert outcome(base, now, only_reviewed=True) == Kept(0, 0, 1, 0)
    assert Kept(0, 0, 0, 3).share(3) is None
    with pytest.raises(ValueError, match="2 frames against 1"):
        outcome(base, _players([]))


@given(st.integers(0, 5000), st.integers())
def test_blind_repeats_are_the_same_for_a_seed(count: int, seed: int) -> None:
    chosen = blind_repeats(count, seed)
    assert chosen == blind_repeats(count, seed)
    assert list(chosen) == sorted(set(chosen))
    assert all(0 <= index < count for index in chosen)
    assert abs(len(chosen) - 0.05 * count) <= 1


def test_blind_repeats_differ_by_seed() -> None:
    assert len({blind_repeats(1000, seed) for seed in range(20)}) == 20


def test_agreement_of_balls() -> None:
    def ball(x: float, **state: object) -> Document:
        label = Ball("b1", round(x * UNIT), 0, 900)
        return Document.from_frames(Capability.BALL, [make_frame([label], **state)] * 2)  # type: ignore[arg-type]

    assert agreement(ball(10), ball(11.5), (0, 1)).share == 1
    far = agreement(ball(10), ball(14), (0, 1))
    assert (far.share, far.distance, far.same_frames) == (0, 4.0, 0)
    assert agreement(ball(10), ball(10, ball=BallState.BLURRED), (0,)).same_frames == 0
    assert agreement(ball(10), ball(10, flags=(Flag.BAD_FRAME,)), (0,)).same_frames == 0
    empty = Document.blank(Capability.BALL, 2)
    assert agreement(ball(10), empty, (0,)).share == 0
    assert agreement(empty, empty, (0, 1)).share is None
    assert agreement(empty, empty, (0, 1)).same_frames == 2


def test_agreement_of_boxes_pairs_by_place_not_by_id() -> None:
    one = _players([_box("a", 0), _box("b", 50_000)])
    two = _players([_box("x", 50_000), _box("y", 100), _box("z", 90_000)])
    both = agreement(one, two, (0,))
    assert (both.labels, both.same_labels, both.same_frames) == (3, 2, 0)
    assert both.overlap is not None
    assert both.overlap > 0.9
    assert agreement(one, _players([_box("a", 1500), _box("b", 50_000)]), (0,)).same_labels == 1
