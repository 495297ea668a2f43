"""The review screen's states as they look."""

from __future__ import annotations

import pytest

from prelabel_tui.core.notes.writing import answer_note, resolve_note, write_note
from prelabel_tui.core.session.session import EditingSession
from prelabel_tui.core.store import Store
from prelabel_tui.screens.review import ReviewScreen
from tests.snapshots.shots import BOTH, Shots, pictured
from tests.ui.applications import MakeApp
from tests.ui.conflicts import crashed_session, first_ids, in_conflict
from tests.ui.demo_home import LENA
from tests.ui.driving import app_of, settle, type_text, until
from tests.ui.publishing import all_reviewed, the_draft
from tests.ui.reviewing import BALL, PLAYER, Review, draft_of, reviewing

SCENES = {
    "flags": (PLAYER, "f5 f7"),
    "asked": (PLAYER, "f6"),
    "timeline": (BALL, "; L g"),
    "letters": (PLAYER, "b"),
    "chord": (PLAYER, "t"),
    "range": (PLAYER, "f r f f"),
    "accepted": (PLAYER, "home enter"),
    "findings": (PLAYER, "F"),
    "packs": (PLAYER, "C"),
    "tracks": (PLAYER, "1 g tab l 5 g x 1 g escape tab #"),
    "tracks_refused": (PLAYER, "tab # j +"),
    "queue": (PLAYER, "Q"),
    "query": (PLAYER, "/"),
    "go_to": (PLAYER, "g"),
    "reset": (PLAYER, "R"),
    "publish": (PLAYER, "!"),
    "versions": (PLAYER, "tab l ctrl+s W j"),
    "refused": (PLAYER, "h"),
    "metrics": (PLAYER, "enter tab x enter ctrl+s %"),
    "label_query": (PLAYER, "&"),
    "selection_refused": (PLAYER, "tab * s"),
    "help": (PLAYER, "?"),
}

MEASURED = {"accepted", "metrics"}
"""Scenes with the pace of the review on the last line, which comes when the keys rest."""


@pytest.mark.parametrize("name", SCENES)
async def test_review(make_app: MakeApp, demo_store: Store, shots: Shots, name: str) -> None:
    capability, keys = SCENES[name]
    async with reviewing(make_app, demo_store, capability=capability) as review:
        await review.press(*keys.split())
        if name in MEASURED:
            await review.rest()
        await pictured(review, shots)


async def test_reviewed_by_somebody_else(
    make_app: MakeApp, demo_store: Store, shots: Shots
) -> None:
    all_reviewed(demo_store, the_draft(demo_store))
    async with reviewing(make_app, demo_store) as review:
        await review.press("1", "g", "f5")
        await pictured(review, shots, BOTH)


async def test_review_notes(make_app: MakeApp, demo_store: Store, shots: Shots) -> None:
    scope = draft_of(demo_store).scope
    asked = write_note(demo_store, LENA, scope, 0, "p3", "is this [b]their[/b] keeper?").unwrap()
    assert answer_note(demo_store, LENA, asked.id, "the shirt says so, but he is far out").ok
    done = write_note(demo_store, LENA, scope, 3, None, "the ball is behind the post").unwrap()
    assert resolve_note(demo_store, LENA, done.id).ok
    assert write_note(demo_store, LENA, scope, 5, "m-gone", "two of them?").ok
    async with reviewing(make_app, demo_store) as review:
        await until(lambda: len(review.context.notes.notes) == 3)
        await review.press("tab", "tab", "ctrl+o")
        await pictured(review, shots, BOTH, "list")
        await review.press("a")
        await pictured(review, shots, BOTH, "note")


async def test_review_interpolation(make_app: MakeApp, demo_store: Store, shots: Shots) -> None:
    async with reviewing(make_app, demo_store, capability=BALL) as review:
        await review.press("3", "g")
        while review.context.frame.labels:
            await review.press("x")
        await review.press("i")
        await pictured(review, shots)


async def test_review_selection(make_app: MakeApp, demo_store: Store, shots: Shots) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("tab", "f", "f", "l", "1", "g", "*")
        await pictured(review, shots, BOTH)


async def test_review_selection_widened(make_app: MakeApp, demo_store: Store, shots: Shots) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("tab", "*", "|")
        await pictured(review, shots)


async def test_review_selection_moved(make_app: MakeApp, demo_store: Store, shots: Shots) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("tab", "*", "9", "l")
        await review.rest()
        await pictured(review, shots)


PATTERNS = {
    "carrying": "home tab 6 l $ f",
    "timing": "home tab ' L L L $ f",
    "noticed": "home tab 6 l tab 6 l tab 6 l tab 6 l tab 6 l tab 6 l",
    "pattern": "home tab 6 l tab 6 l tab 6 l tab 6 l tab 6 l tab 6 l | f",
}


@pytest.mark.parametrize("name", PATTERNS)
async def test_review_patterns(
    make_app: MakeApp, demo_store: Store, shots: Shots, name: str
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press(*PATTERNS[name].split())
        await pictured(review, shots)


async def test_review_conflict_banner(make_app: MakeApp, demo_store: Store, shots: Shots) -> None:
    _, other = first_ids(demo_store, draft_of(demo_store), 0, 2)
    async with reviewing(make_app, demo_store) as review:
        await in_conflict(review, demo_store, (0, other, 5))
        await pictured(review, shots)


async def test_review_conflict(make_app: MakeApp, demo_store: Store, shots: Shots) -> None:
    name, other = first_ids(demo_store, draft_of(demo_store), 0, 2)
    async with reviewing(make_app, demo_store) as review:
        await in_conflict(review, demo_store, (0, name, 9), (0, other, 5), (3, other, 2))
        await review.press("S", "+", "+")
        await pictured(review, shots, BOTH)


async def test_review_conflict_chosen(make_app: MakeApp, demo_store: Store, shots: Shots) -> None:
    (name,) = first_ids(demo_store, draft_of(demo_store), 0, 1)
    async with reviewing(make_app, demo_store) as review:
        await in_conflict(review, demo_store, (0, name, 9))
        await review.press("S", "b")
        await pictured(review, shots)


async def test_review_recovery(make_app: MakeApp, demo_store: Store, shots: Shots) -> None:
    draft = draft_of(demo_store)
    crashed_session(demo_store, draft, first_ids(demo_store, draft, 0, 1)[0])
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        app.open_review(draft)
        await settle(pilot)
        await shots(pilot)


async def test_review_presence(make_app: MakeApp, demo_store: Store, shots: Shots) -> None:
    theirs = EditingSession.open(demo_store, LENA, draft_of(demo_store).id).unwrap()
    async with reviewing(make_app, demo_store) as review:
        for _ in range(200):
            await review.pilot.pause(0.05)
            if review.context.open_session.others:
                break
        await pictured(review, shots)
    theirs.close()


async def test_review_next_scope(make_app: MakeApp, demo_store: Store, shots: Shots) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.pilot.press(")")
        await settle(review.pilot)
        screen = app_of(review.pilot).screen
        assert isinstance(screen, ReviewScreen)
        onward = Review(review.pilot, screen)
        await onward.rest()
        await pictured(onward, shots)


async def test_review_published(make_app: MakeApp, demo_store: Store, shots: Shots) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("r", "end", "enter", "enter", "!", "enter")
        await review.rest()
        if review.pilot.app.screen is not review.screen:
            await type_text(review.pilot, "looked at each")
            await review.press("enter")
        await pictured(review, shots)
