"""Reviewed means seen: Enter, ranges, findings and queries go by what was on the screen."""

from __future__ import annotations

import asyncio

import pytest

from prelabel_tui.core import publishing
from prelabel_tui.core.drafts.loading import load
from prelabel_tui.core.edits.operations import Operation, label_change
from prelabel_tui.core.model.labels import Ball, Origin
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.session.seen_frames import SeenFrames
from prelabel_tui.core.store import Store
from prelabel_tui.imaging.frames.decode import PictureLoader
from prelabel_tui.screens.review.commands import blocking
from prelabel_tui.screens.review.dialogs.unseen import UnseenDialog
from tests.ui.applications import MakeApp
from tests.ui.demo_home import ADA, FRAMES
from tests.ui.driving import screen_text
from tests.ui.publishing import all_reviewed, the_draft
from tests.ui.reviewing import BALL, Review, reviewing


def accepted(review: Review) -> list[int]:
    return [at for at, frame in enumerate(review.context.document) if frame.reviewed]


def unseen(review: Review) -> list[int]:
    return [at for at, frame in enumerate(review.context.document) if frame.unseen]


async def test_enter_accepts_what_is_on_the_screen_only(
    make_app: MakeApp, demo_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("home", "enter")
        assert 0 in accepted(review)
        held = PictureLoader.want
        monkeypatch.setattr(PictureLoader, "want", lambda *_: None)
        monkeypatch.setattr(PictureLoader, "ready", lambda *_: None)
        review.context.go(FRAMES - 2)  # its picture does not come
        for _ in range(5):  # Enter held
            await review.pilot.press("enter")
        assert FRAMES - 2 not in accepted(review)
        assert f"Frame {FRAMES - 1} is not on the screen yet: ⏎ again when it is" in review.told
        assert review.context.index == FRAMES - 2
        monkeypatch.undo()
        assert PictureLoader.want is held
        review.display.repaint()
        await review.painted()
        await review.press("enter")
        assert FRAMES - 2 in accepted(review)
        assert unseen(review) == []


async def test_a_frame_without_a_picture_is_not_accepted_and_the_key_says_what_to_do(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store, "dome-1") as review:
        await review.press("home", "f", "enter")
        assert "Frame 2 has no picture: N leaves it out, ] goes on." in review.told
        assert accepted(review) == []
        await review.press("N", "enter")
        assert "Frame 2 is left out: N brings it back, ] goes on." in review.told
        assert accepted(review) == []


async def test_a_blocking_finding_is_named_before_the_frame_is_accepted(
    make_app: MakeApp, demo_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reviewing(make_app, demo_store, capability=BALL) as review:
        await review.press("home")
        balls = [Ball(f"x{at}", 10_000 * at, 9_000, 1_200, origin=Origin.MANUAL) for at in (1, 2)]
        changes = tuple(label_change(0, None, ball) for ball in balls)
        review.context.edit(Operation("add", "Add two balls", changes))
        await review.rest()
        await review.press("enter")
        assert "balls, at most 1 allowed: E keeps one, ⏎ again accepts it." in review.told
        assert accepted(review) == []
        await review.press("E", "enter")
        assert accepted(review) == [0]
        await review.press("u", "u")
        assert accepted(review) == []
        for _ in range(5):  # Enter held
            await review.press("enter")
        assert "E keeps one" in review.told
        assert accepted(review) == []
        monkeypatch.setattr(blocking, "READ_S", 0.0)
        await review.press("enter")
        assert accepted(review) == [0]


async def _two_balls(review: Review, *frames: int) -> None:
    balls = [Ball(f"x{at}", 10_000 * at, 9_000, 1_200, origin=Origin.MANUAL) for at in (1, 2)]
    changes = tuple(label_change(frame, None, ball) for frame in frames for ball in balls)
    review.context.edit(Operation("add", "Add balls", changes))
    await review.rest()


async def test_a_blocking_finding_is_named_also_while_the_clip_is_being_analysed(
    make_app: MakeApp, demo_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reviewing(make_app, demo_store, capability=BALL) as review:
        await review.press("home")
        await _two_balls(review, 0)
        review.context.upkeep.forget()  # as while it is analysed
        await review.press("enter")
        assert "balls, at most 1 allowed: E keeps one, ⏎ again accepts it." in review.told
        assert accepted(review) == []
        monkeypatch.setattr(blocking, "READ_S", 0.0)
        await review.press("enter")
        assert accepted(review) == [0]


async def test_a_range_with_blocking_findings_says_so_first(
    make_app: MakeApp, demo_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reviewing(make_app, demo_store, capability=BALL) as review:
        await review.press("home")
        await _two_balls(review, 1, 2)
        await review.press("home", "r", "f", "f", "f", "enter", "enter")
        assert "2 frames have blocking findings, first 2 (" in review.told
        assert accepted(review) == []
        assert review.context.range == (0, 3)
        monkeypatch.setattr(blocking, "READ_S", 0.0)
        await review.press("enter")
        assert accepted(review) == [0, 1, 2, 3]


async def test_a_selection_with_blocking_findings_says_so_first(
    make_app: MakeApp, demo_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reviewing(make_app, demo_store, capability=BALL) as review:
        await review.press("home")
        await _two_balls(review, 3)
        review.screen.groups.select.query("origin=model")
        await review.rest()
        await review.press("enter")
        assert "1 frame has a blocking finding, first 4 (" in review.told
        assert accepted(review) == []
        monkeypatch.setattr(blocking, "READ_S", 0.0)
        await review.press("enter")
        await review.rest()
        assert 3 in accepted(review)


async def test_a_range_of_frames_never_shown_says_how_many_and_asks(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("home")
        review.context.open_session.seen = SeenFrames()
        await review.press("r", "v", "enter")
        dialog = review.pilot.app.screen
        assert isinstance(dialog, UnseenDialog)
        assert "The picture of 6 of these 8 frames was never" in screen_text(review.pilot)
        await review.press("escape")
        assert accepted(review) == []
        await review.press("enter", "s")
        assert accepted(review) == [0, 7]
        assert unseen(review) == []
        await review.press("home", "r", "v", "enter")
        never = [at for at in range(8) if at not in review.context.open_session.seen]
        assert 1 in never
        await review.press("enter")
        assert accepted(review) == list(range(8))
        assert unseen(review) == never
        await review.press("home", "f")
        assert "✓ accepted unseen" in review.flags
        await review.press("enter")  # seen now
        never.remove(1)
        assert unseen(review) == never


async def test_what_was_seen_is_known_in_the_next_session(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("home", "f", "f")
        assert 1 in review.context.open_session.seen
        await review.press("q")
    async with reviewing(make_app, demo_store) as review:
        assert {0, 1, 2} <= {at for at in range(FRAMES) if at in review.context.open_session.seen}


async def test_the_queries_missing_seen_left_out_and_changed(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store, "dome-1") as review:

        async def hits(query: str) -> list[int]:
            review.screen.groups.queue.query(query)
            await review.rest()
            assert review.context.analysis is not None
            return sorted(review.context.analysis.queue.members)

        without = list(range(1, FRAMES, 2))
        assert await hits("missing") == without
        assert await hits("missing and seen") == []
        assert await hits("left_out") == []
        await review.press("N")
        assert await hits("left_out") == without
        await review.press("N", "home", "tab", "l")
        assert await hits("changed") == [0]
        assert 0 in await hits("seen")


async def test_a_renamed_folder_is_neither_reviewed_nor_published_in_silence(
    make_app: MakeApp, demo_store: Store
) -> None:
    """Every picture is gone: Enter marks nothing, and publishing asks for an override."""
    async with reviewing(make_app, demo_store, "wide-1") as review:
        for _ in range(5):
            await review.press("enter", "f")
        assert accepted(review) == []
        draft = review.context.open_session.info
        await asyncio.sleep(0)
    refused = publishing.publish(demo_store, ADA, draft.id, draft.version)
    assert refused.outcome.code in (Code.WARNINGS_REQUIRE_OVERRIDE, Code.VALIDATION_HARD_FAIL)
    assert refused.value is not None
    assert refused.value.findings is not None
    assert "frame.unseen" in refused.value.findings.by_rule
    assert not any(frame.reviewed for frame in load(demo_store, draft.id).unwrap().document)


def test_seen_frames_come_back_as_they_were() -> None:
    seen = SeenFrames()
    for index in (0, 1, 2, 7, 9, 10):
        seen.add(index)
    again = SeenFrames()
    again.recall([list(pair) for pair in seen.stored()], 12)
    assert again.stored() == seen.stored() == [(0, 2), (7, 7), (9, 10)]
    for rubbish in (None, 3, [[5]], [["a", "b"]], [[3, 1]], [[0, 99]]):
        fresh = SeenFrames()
        fresh.recall(rubbish, 12)
        assert fresh.stored() == []


async def test_who_reviewed_a_frame_is_said_until_it_is_marked_again(
    make_app: MakeApp, demo_store: Store
) -> None:
    all_reviewed(demo_store, the_draft(demo_store))  # by rui
    async with reviewing(make_app, demo_store) as review:
        await review.press("home")
        assert "✓ reviewed by rui 2026-" in screen_text(review.pilot)
        await review.press("A")
        assert "not reviewed" in screen_text(review.pilot)
        await review.press("enter", "home")
        assert "✓ reviewed by" not in screen_text(review.pilot)
        await review.press("%")
        assert f"rui {FRAMES - 1}, {ADA.name} 1" in screen_text(review.pilot)
