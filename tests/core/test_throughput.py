"""Meters of review."""

from __future__ import annotations

import pytest

from prelabel_tui.core.metrics.throughput import (
    Activity,
    Retention,
    by_run,
    by_session,
    by_user,
    retention_of,
    throughput,
)
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Box, Capability, make_frame


def _activity(user: str = "ada", session: str = "s1", run: str | None = "r1") -> Activity:
    return Activity(user, run, session, 1000.0, 2800.0, keys=900, frames=600, labels=90)


def test_rates() -> None:
    whole = throughput([_activity(), _activity()])
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
        "prelabels": None,
        "blind_repeats": None,
    }


def test_nothing_done_has_no_rates() -> None:
    nothing = throughput([])
    assert nothing.frames_per_hour is None
    assert nothing.labels_per_hour is None
    assert nothing.keys_per_frame is None
    assert nothing.seconds_per_frame is None


def test_a_clock_that_went_back_counts_as_no_time() -> None:
    assert throughput([Activity("ada", None, "s", 100.0, 50.0, 1, 1, 1)]).seconds == 0


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
    assert retention_of(base, now) == Retention(kept=2, moved=1, deleted=1, added=1)
    assert retention_of(base, now).as_json() == {
        "kept": 2, "kept_share": 0.5, "moved": 1, "moved_share": 0.25,
        "deleted": 1, "deleted_share": 0.25, "added": 1, "added_share": 0.25,
    }  # fmt: skip
    assert retention_of(base, now, ()) == Retention(0, 0, 0, 0)
    now.replace(1, make_frame([], reviewed=True))
    assert retention_of(base, now, {1}) == Retention(0, 0, 1, 0)
    assert Retention(0, 0, 0, 3).share(3) is None
    with pytest.raises(ValueError, match="2 frames against 1"):
        retention_of(base, _players([]))


def test_what_was_kept_adds_up() -> None:
    kept = Activity("ada", None, "s", 0.0, 60.0, 1, 1, 1, retention=Retention(3, 1, 0, 2))
    assert throughput([kept, kept, _activity()]).retention == Retention(6, 2, 0, 4)
    assert throughput([kept]).as_json()["prelabels"] == Retention(3, 1, 0, 2).as_json()
