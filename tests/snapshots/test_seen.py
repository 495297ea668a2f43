"""What was seen, what is left out and what a newer run offers, as the screen shows it."""

from __future__ import annotations

from prelabel_tui.core.drafts.loading import load
from prelabel_tui.core.edits.operations import Operation, label_change
from prelabel_tui.core.model.labels import Ball, Origin
from prelabel_tui.core.session.seen_frames import SeenFrames
from prelabel_tui.core.store import Store
from tests.core.clips import add_newer, shifted
from tests.snapshots.shots import Shots, pictured
from tests.ui.applications import MakeApp
from tests.ui.driving import banner, until
from tests.ui.reviewing import BALL, PLAYER, draft_of, reviewing


async def test_frames_without_a_picture_are_offered(
    make_app: MakeApp, demo_store: Store, shots: Shots
) -> None:
    async with reviewing(make_app, demo_store, "dome-1", PLAYER) as review:
        assert "have no picture to check" in banner(review.pilot)
        await pictured(review, shots)


async def test_left_out(make_app: MakeApp, demo_store: Store, shots: Shots) -> None:
    async with reviewing(make_app, demo_store, "dome-1", PLAYER) as review:
        await review.press("N", "home", "f")
        assert "left out" in review.flags
        await review.rest()
        await pictured(review, shots)


async def test_a_range_that_was_never_seen(
    make_app: MakeApp, demo_store: Store, shots: Shots
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("home")
        review.context.open_session.seen = SeenFrames()
        await review.press("r", "v", "enter")
        await pictured(review, shots)


async def test_a_blocking_finding(make_app: MakeApp, demo_store: Store, shots: Shots) -> None:
    async with reviewing(make_app, demo_store, capability=BALL) as review:
        await review.press("home")
        balls = [Ball(f"x{at}", 10_000 * at, 9_000, 1_200, origin=Origin.MANUAL) for at in (1, 2)]
        changes = tuple(label_change(0, None, ball) for ball in balls)
        review.context.edit(Operation("add", "Add two balls", changes))
        await review.rest()
        await review.press("ctrl+s", "enter")
        assert "E keeps one" in review.told
        await pictured(review, shots)


async def test_corrections_to_carry(make_app: MakeApp, demo_store: Store, shots: Shots) -> None:
    draft = draft_of(demo_store)
    add_newer(demo_store, draft, shifted(load(demo_store, draft.id).unwrap().document))
    async with reviewing(make_app, demo_store) as review:
        await until(lambda: "Newer prelabels are here" in banner(review.pilot))
        await review.press("home", "tab", "5", "l", "ctrl+s", "grave_accent")
        await pictured(review, shots)
