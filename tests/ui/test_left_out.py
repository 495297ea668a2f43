"""Frames without a picture on the review screen: said, left out by a key, brought back by it."""

from __future__ import annotations

from prelabel_tui.core.edits.one_frame import add_ball
from prelabel_tui.core.store import Store
from prelabel_tui.widgets.timeline import Timeline
from tests.ui.applications import MakeApp
from tests.ui.demo_home import FRAMES
from tests.ui.driving import banner, until
from tests.ui.reviewing import BALL, PLAYER, reviewing

MISSING = range(1, FRAMES, 2)


async def test_one_key_leaves_all_of_them_out_and_brings_them_back(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store, "dome-1", PLAYER) as review:
        said = banner(review.pilot)
        assert f"{len(MISSING)} of {FRAMES} frames have no picture to check" in said
        start = review.context.document.payload()
        await review.press("N")
        assert f"Leave out {len(MISSING)} frames without a picture" in review.told
        assert banner(review.pilot) == ""
        document = review.context.document
        assert [frame.left_out for frame in document] == [at in MISSING for at in range(FRAMES)]
        await review.press("home", "f")
        assert "× left out, N brings it back" in review.flags
        assert "left out" in review.flags
        await review.press("tab", "l")
        assert "This frame is left out of the content" in review.told
        await review.press("N")
        assert f"Bring back {len(MISSING)} frames" in review.told
        assert review.context.document.payload() == start
        await review.press("u")
        assert review.context.document.frame(1).left_out


async def test_a_range_leaves_out_only_its_frames(make_app: MakeApp, demo_store: Store) -> None:
    async with reviewing(make_app, demo_store, "dome-1", PLAYER) as review:
        await review.press("home", "f", "r", "N")
        assert "Leave out 1 frame without a picture" in review.told
        left = [at for at, frame in enumerate(review.context.document) if frame.left_out]
        assert left == [1]
        await review.press("home", "r", "N")
        assert "Every frame there has its picture" in review.told


async def test_the_timeline_and_the_queue_know_them(make_app: MakeApp, demo_store: Store) -> None:
    async with reviewing(make_app, demo_store, "dome-1", PLAYER) as review:
        await review.press("N")
        await review.rest()
        analysis = review.context.analysis
        assert analysis is not None
        assert not set(analysis.queue.members) & set(MISSING)
        timeline = review.screen.query_one(Timeline)
        line = timeline.render_line(1).text
        assert line[timeline.column_of(1)] == "×"
        assert line[timeline.column_of(4)] != "×"


async def test_a_frame_that_can_never_be_mended_no_longer_blocks(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store, "dome-1", BALL) as review:
        session = review.context.open_session
        for x in (10_000, 50_000):
            operation = add_ball(session.document, 1, x, 10_000, 1_200, review.context.bounds)
            session._make(operation)  # as an import would have it: nobody could put it there
            review.context.after_change((1,))
        review.context.upkeep.settle()
        analysis = review.context.analysis
        assert analysis is not None
        assert analysis.findings.errors == 1
        await review.press("N")
        assert analysis.findings.errors == 0


async def test_no_picture_is_not_said_of_a_frame_that_has_one(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store, "dome-1", PLAYER) as review:
        await review.press("home", "f")
        await until(lambda: "No picture" in review.told)
        review.context.go(2)  # without a key, as when the clip plays
        await until(lambda: "No picture" not in review.told)
        review.context.go(3)
        await until(lambda: "No picture" in review.told)
        review.display.set_status("something else")
        review.context.go(4)
        await review.painted()
        await review.rest()
        assert review.told == "something else"
