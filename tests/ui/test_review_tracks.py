"""The list of tracks, and what may be done to them."""

from __future__ import annotations

import numpy as np

from prelabel_tui.core.store import Store
from prelabel_tui.widgets.tables.track_table import TrackTable
from prelabel_tui.widgets.timeline import Lane, LaneMark, Timeline
from tests.ui.applications import MakeApp
from tests.ui.demo_home import FRAMES
from tests.ui.reviewing import Review, reviewing


def _names(review: Review) -> list[str]:
    return [row.value.name for row in review.screen.query_one(TrackTable).rows]


def _selected_track(review: Review) -> str:
    context = review.context
    assert context.tracks is not None
    assert context.track is not None
    return context.tracks.name(context.track)


async def test_the_list_shows_every_track_and_goes_to_one(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("#")
        tracks = review.context.tracks
        assert tracks is not None
        assert review.context.mode.name == "review.tracks"
        assert _names(review) == [tracks.name(number) for number in range(len(tracks))]
        await review.press("j", "j", "enter")
        assert review.context.mode.name == "review"
        assert _selected_track(review) == tracks.name(2)
        await review.press("#")
        row = review.screen.query_one(TrackTable).row
        assert row is not None
        assert row.value.name == tracks.name(2), "it opens at the selection"


async def test_a_track_is_renamed_split_and_joined_each_in_one_step(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        context = review.context
        before = context.document.payload()
        await review.press("tab", "#", "n")
        await review.press(*["backspace"] * 6, "G", "K", "enter")
        await review.rest()
        assert "GK" in _names(review)
        assert _selected_track(review) == "GK"
        await review.press("q", "5", "g", "#", "s")
        await review.rest()
        assert "GK-2" in _names(review)
        assert _selected_track(review) == "GK-2", "the selection is in the later part"
        await review.press("n")
        await review.press("escape")
        await review.press(*["k"] * FRAMES)
        while review.screen.query_one(TrackTable).row.value.name != "GK":  # type: ignore[union-attr]
            await review.press("j")
        await review.press("+")
        await review.rest()
        assert "GK-2" not in _names(review)
        await review.press("q", "u", "u", "u")
        await review.rest()
        assert context.document.payload() == before


async def test_two_tracks_in_one_frame_are_not_joined_but_can_be_swapped(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("tab", "#", "j", "+")
        assert "are both in frame" in review.told
        await review.press("x")
        await review.rest()
        assert review.told.startswith("Swap tracks")
        await review.press("q", "u", "escape", "#", "+")
        assert "Select a label first" in review.told


async def test_the_selection_comes_back_after_frames_without_the_track(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        context = review.context
        await review.press("tab")
        name = context.selected
        await review.press("f", "x", "d")
        context.select(name)
        await review.press("f")
        assert context.selected is None
        await review.press("f")
        assert context.selected is not None
        assert context.track == context.tracks.at(context.index, context.selected)  # type: ignore[union-attr]


def test_the_lane_of_a_track_shows_its_gaps_and_changes() -> None:
    lane = Lane.of_track(10, np.array([2, 3, 6, 7]), (3,))
    assert lane.marks.tolist() == [0, 0, 2, 5, 4, 4, 2, 2, 0, 0]
    assert not Lane.of_track(3, np.array([], dtype=np.int64), ()).marks.any()
    assert LaneMark.GAP > LaneMark.ONE, "a gap is not lost among the frames of a column"


async def test_the_timeline_has_a_lane_while_the_list_is_open(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        timeline = review.screen.query_one(Timeline)
        assert timeline.size.height == 2
        await review.press("#")
        assert timeline.size.height == 3
        await review.press("q")
        assert timeline.size.height == 2


async def test_frames_are_found_by_their_tracks(make_app: MakeApp, demo_store: Store) -> None:
    async with reviewing(make_app, demo_store) as review:
        context = review.context
        assert context.tracks is not None
        await review.press("/", *"track=p10", "enter")
        number = context.tracks.named("p10")
        assert number is not None
        assert context.analysis is not None
        assert [*context.analysis.queue.members] == context.tracks.frames(number).tolist()
