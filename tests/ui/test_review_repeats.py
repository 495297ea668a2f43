"""Blind repeats on the screen: unmarked, editable, and the draft keeps the first answer."""

from __future__ import annotations

from unittest.mock import patch

from prelabel_tui.core.catalog import workspaces
from prelabel_tui.core.drafts.loading import load
from prelabel_tui.core.metrics.activity import activities
from prelabel_tui.core.session import blind_repeats
from prelabel_tui.core.store import Store
from tests.ui.applications import MakeApp
from tests.ui.demo_home import ADA, FRAMES
from tests.ui.reviewing import BALL, Review, draft_of, reviewing


def wanted(store: Store) -> None:
    """The workspace wants a half of the frames back; two are enough between the answers."""
    assert workspaces.set_repeats(store, ADA, "arena", 0.5).ok


async def walk_to_repeat(review: Review) -> int:
    """Accept frames, each with its first label deleted, until one comes back."""
    for _ in range(FRAMES + 4):
        if review.context.frame.labels:
            await review.press("tab", "x")
        await review.press("enter")
        if review.context.repeat is not None:
            return review.context.repeat.index
    raise AssertionError("no frame came back")


async def test_a_frame_comes_back_as_it_was_and_nothing_tells_it(
    make_app: MakeApp, demo_store: Store
) -> None:
    wanted(demo_store)
    with patch.object(blind_repeats, "APART", 2):
        async with reviewing(make_app, demo_store) as review:
            found = review.context.document.copy()
            await review.press("]")
            whole = review.queue.partition(" of ")[2].split()[0]
            assert int(whole) == FRAMES + FRAMES // 2
            index = await walk_to_repeat(review)
            first = review.context.open_session.document.frame(index)
            assert review.context.index == index
            assert review.context.frame == found.frame(index) != first
            assert "○ not reviewed" in review.flags
            assert f"of {whole} " in review.queue
            assert "repeat" not in (review.queue + review.flags + review.told).lower()
            assert review.context.analysis is not None
            assert not review.context.analysis.ranking.profile.reviewed[index]
            # Stepping away and back does not show the first answer.
            await review.press("f", "d")
            assert review.context.frame == found.frame(index)
            # Its edits are undone and done again like any other, and stay out of the draft.
            await review.press("tab", "L")
            moved = review.context.frame
            assert moved != found.frame(index)
            await review.press("u")
            assert review.context.frame == found.frame(index)
            await review.press("U")
            assert review.context.frame == moved
            assert review.context.open_session.document.frame(index) == first
            await review.press("enter")
            assert f"Accept frame {index + 1}" in review.told or "end of the queue" in review.told
            assert review.context.open_session.document.frame(index) == first
            assert review.context.repeats is not None
            again = review.context.repeats.again
            assert again.frames == 1
            assert again.same_labels < again.labels
            # Undo takes the answer back, as it does for other frames.
            await review.press("u")
            assert review.context.index == index
            assert "Undo: Accept frame" in review.told
            assert review.context.frame == moved
            assert review.context.repeats.again.frames == 0
            await review.press("enter", "q")
    draft = draft_of(demo_store)
    assert load(demo_store, draft.id).unwrap().document.frame(index) == first
    (activity,) = activities(demo_store)
    assert activity.again.frames == 1
    assert activity.again == again


async def test_what_concerns_several_frames_shows_the_draft_again(
    make_app: MakeApp, demo_store: Store
) -> None:
    wanted(demo_store)
    with patch.object(blind_repeats, "APART", 2):
        async with reviewing(make_app, demo_store, capability=BALL) as review:
            index = await walk_to_repeat(review)
            first = review.context.open_session.document.frame(index)
            await review.press("r")
            assert review.context.repeat is None
            assert review.context.frame == first
            assert "✓ reviewed" in review.flags
            await review.press("escape")
            assert review.context.repeats is not None
            assert review.context.repeats.due(-1, at_end=True) is not None


async def test_without_the_setting_no_frame_comes_back(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        assert review.context.repeats is None
        await review.press(*["enter"] * FRAMES)
        assert "end of the queue" in review.told
        await review.press("q")
    (activity,) = activities(demo_store)
    assert activity.again.frames == 0
