"""The cursor of the timeline moved by key."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from prelabel_tui.core.store import Store
from prelabel_tui.widgets.timeline import Timeline, Track
from tests.ui.applications import MakeApp
from tests.ui.demo_home import FRAMES
from tests.ui.reviewing import BALL, Review, reviewing


async def _press_and_see(review: Review, *keys: str) -> int:
    """The frame after these keys, which is where the timeline's cursor stands."""
    await review.press(*keys)
    assert review.screen.query_one(Timeline).index == review.context.index
    return review.context.index


async def test_along_the_timeline_by_columns_and_tenths(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        assert await _press_and_see(review, "3", "g") == 2
        assert await _press_and_see(review, ";") == 2
        assert review.context.mode.name == "review.timeline"
        assert "Timeline: frame 3" in review.queue
        timeline = review.screen.query_one(Timeline)
        column = timeline.column_of(2)
        right = await _press_and_see(review, "right")
        assert right > 2
        assert timeline.column_of(right) > column
        assert await _press_and_see(review, "left") == 2
        tenth = max(1, FRAMES // 10)
        assert await _press_and_see(review, "pagedown") == 2 + tenth
        assert await _press_and_see(review, "pageup") == 2
        assert await _press_and_see(review, "end") == FRAMES - 1
        await review.press("right")
        assert "ends here" in review.told
        assert await _press_and_see(review, "home") == 0
        await review.press("z")
        assert "does nothing here" in review.told
        assert await _press_and_see(review, "pagedown", "enter") == tenth
        assert review.context.mode.name == "review"
        assert await _press_and_see(review, ";", "end", "escape") == tenth


async def test_from_mark_to_mark(make_app: MakeApp, demo_store: Store) -> None:
    async with reviewing(make_app, demo_store, capability=BALL) as review:
        await review.press("5", "g", "f5", "6", "g", "f5", "8", "g", "f7", "1", "g", "A")
        await review.press("2", "g", "enter", "1", "g", ";")
        assert await _press_and_see(review, "f") == 4
        assert await _press_and_see(review, "f") == 7
        await review.press("f")
        assert "No flag after this frame." in review.told
        assert await _press_and_see(review, "F") == 4
        await review.press("F")
        assert "No flag before this frame." in review.told
        assert await _press_and_see(review, "home", "u") == 2
        assert await _press_and_see(review, "U") == 0
        assert await _press_and_see(review, "e") in (1, 4)
        track = review.screen.query_one(Timeline).track
        for key, kind in (("n", "finding"), ("g", "gap")):
            await review.press("home")
            expected = track.stretch(kind, 0, 1)
            assert await _press_and_see(review, key) == (0 if expected is None else expected)


@given(st.lists(st.booleans(), min_size=1, max_size=40), st.data())
def test_stretches_begin_where_a_mark_follows_none(marks: list[bool], data: st.DataObject) -> None:
    flagged = np.array(marks, dtype=np.bool_)
    track = replace(Track.empty(len(marks)), flagged=flagged)
    index = data.draw(st.integers(0, len(marks) - 1))
    begins = [at for at in range(len(marks)) if marks[at] and (at == 0 or not marks[at - 1])]
    assert track.stretch("flag", index, 1) == next((at for at in begins if at > index), None)
    before = [at for at in begins if at < index]
    assert track.stretch("flag", index, -1) == (before[-1] if before else None)
