"""Two people on one draft: the 409, merging, loading the latest; presence; recovery; versions."""

from __future__ import annotations

import asyncio
import time
from unittest.mock import patch

import pytest

from prelabel_tui.core.drafts.loading import draft_info, load
from prelabel_tui.core.model.labels import UNIT, Flag
from prelabel_tui.core.outcomes import Severity
from prelabel_tui.core.session import autosave
from prelabel_tui.core.session.session import EditingSession
from prelabel_tui.core.store import Store
from prelabel_tui.imaging.overlay.scene import Style
from prelabel_tui.screens.review.dialogs.conflict import ConflictScreen, runs
from prelabel_tui.screens.review.dialogs.recovery import RecoveryDialog
from prelabel_tui.screens.review.dialogs.versions import VersionsScreen
from tests.ui.applications import MakeApp
from tests.ui.conflicts import crashed_session, first_ids, in_conflict, their_edit
from tests.ui.demo_home import LENA
from tests.ui.driving import banner, screen_text, settle, type_text
from tests.ui.reviewing import Review, draft_of, reviewing


def once_in_conflict(session: EditingSession) -> None:
    """Comes back when the session's save was refused.  Blocks."""
    while session.conflict is None:
        time.sleep(0.01)


async def test_a_stale_save_says_409_and_offers_to_settle(
    make_app: MakeApp, demo_store: Store
) -> None:
    name, other = first_ids(demo_store, draft_of(demo_store), 0, 2)
    async with reviewing(make_app, demo_store) as review:
        await in_conflict(review, demo_store, (0, other, 5))
        assert review.context.selected == name
        said = banner(review.pilot)
        assert "409 DRAFT_VERSION_CONFLICT" in said
        assert "lena" in said
        assert "S Settle it" in " ".join(screen_text(review.pilot).split())
        await review.press("l")
        assert review.label().x - review.label().was[0] == 2 * UNIT  # type: ignore[index]


async def told_of_newer(review: Review) -> None:
    """The background worker looks, and the status line says what it found."""
    await asyncio.to_thread(review.context.open_session.look_around)
    await review.rest()


async def test_a_newer_version_is_told_and_loaded_by_one_key_only_when_asked(
    make_app: MakeApp, demo_store: Store
) -> None:
    draft = draft_of(demo_store)
    (name,) = first_ids(demo_store, draft, 0, 1)
    async with reviewing(make_app, demo_store) as review:
        before = review.context.frame.label(name)
        their_edit(demo_store, draft, (0, name, 9))
        await told_of_newer(review)
        assert review.autosave.endswith("v2 by lena: S loads it")
        assert review.autosave.startswith("Autosave: saved v1")
        assert review.context.frame.label(name) == before, "nothing moves under the hands"
        their_edit(demo_store, draft, (1, first_ids(demo_store, draft, 1, 1)[0], 9))
        await told_of_newer(review)
        assert "v3 by lena" in review.autosave
        await review.press("S")
        assert "Latest draft loaded, v3: lena saved it at" in banner(review.pilot)
        assert review.autosave.startswith("Autosave: saved v3")
        assert "loads it" not in review.autosave
        moved = review.context.frame.label(name)
        assert moved is not None
        assert moved.was is not None
        await review.press("tab", "l")
        await review.saved()
        assert review.autosave.startswith("Autosave: saved v4")


async def test_edits_made_beside_a_newer_version_meet_it_as_a_conflict(
    make_app: MakeApp, demo_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(autosave, "QUIET_SECONDS", 1e9)
    monkeypatch.setattr(autosave, "LONGEST_SECONDS", 1e9)
    draft = draft_of(demo_store)
    (name,) = first_ids(demo_store, draft, 0, 1)
    async with reviewing(make_app, demo_store) as review:
        their_edit(demo_store, draft, (0, name, 9))
        await told_of_newer(review)
        await review.press("tab", "l")
        assert review.autosave == "Autosave: unsaved (1)"
        await review.press("S")
        await review.rest()
        assert isinstance(review.pilot.app.screen, ConflictScreen)


async def test_what_only_one_side_changed_merges_by_itself(
    make_app: MakeApp, demo_store: Store
) -> None:
    name, other = first_ids(demo_store, draft_of(demo_store), 0, 2)
    async with reviewing(make_app, demo_store) as review:
        await in_conflict(review, demo_store, (0, other, 5))
        await review.press("S")
        assert isinstance(review.pilot.app.screen, ConflictScreen)
        text = screen_text(review.pilot)
        assert "lena" in text
        assert "merged by itself: 1" in text
        await review.press("enter")
        await review.saved()
        assert "saved v3" in review.autosave
    document = load(demo_store, draft_of(demo_store).id).unwrap().document
    for label_id, px in ((name, 1), (other, 5)):
        label = document.frame(0).label(label_id)
        assert label is not None
        assert label.was is not None
        assert label.x - label.was[0] == px * UNIT


async def test_a_merge_that_meets_yet_another_version_says_409_again(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        draft = draft_of(demo_store)
        (name,) = first_ids(demo_store, draft, 3, 1)
        await in_conflict(review, demo_store, (3, name, 5))
        their_edit(demo_store, draft, (3, name, 2))  # before the merge is saved
        session = review.context.open_session
        session.merge({})
        review.context.reload()
        review.screen.show_message("Merged; saving.", Severity.SUCCESS)
        await review.saved()
        assert review.autosave == "Autosave: conflict"
        assert "DRAFT_VERSION_CONFLICT" in banner(review.pilot)


@pytest.mark.parametrize(("key", "px"), [("m", [1]), ("t", [9]), ("b", [1, 9])])
async def test_a_true_conflict_takes_mine_theirs_or_both(
    make_app: MakeApp, demo_store: Store, key: str, px: list[int]
) -> None:
    (name,) = first_ids(demo_store, draft_of(demo_store), 0, 1)
    async with reviewing(make_app, demo_store) as review:
        await in_conflict(review, demo_store, (0, name, 9))
        start = review.label().was
        await review.press("S")
        screen = review.pilot.app.screen
        assert isinstance(screen, ConflictScreen)
        styles = {s for mark in screen.query_one("#view").scene.marks for s in mark.styles}  # type: ignore[attr-defined]
        assert {Style.MINE, Style.THEIRS, Style.GHOST} <= styles
        await review.press("enter")
        assert "1 not chosen yet" in banner(review.pilot)
        await review.press(key, "enter")
        await review.saved()
    frame = load(demo_store, draft_of(demo_store).id).unwrap().document.frame(0)
    found = [
        label.x - start[0]  # type: ignore[index]
        for label in frame.labels
        if label.id.startswith(name) and label.y == start[1]  # type: ignore[index]
    ]
    assert sorted(found) == [n * UNIT for n in px]


async def test_loading_the_latest_sets_my_edits_aside_and_brings_them_back(
    make_app: MakeApp, demo_store: Store
) -> None:
    name, other = first_ids(demo_store, draft_of(demo_store), 0, 2)
    async with reviewing(make_app, demo_store) as review:
        await in_conflict(review, demo_store, (0, other, 5))
        await review.press("S", "L", "enter")
        assert "Set aside: 1 edit on frame 1; see Versions." in banner(review.pilot)
        assert review.label(name).was is None
        assert "Move" not in review.told
        await review.press("W")
        assert "aside" in screen_text(review.pilot)
        await review.press("k", "k", "r")
        assert review.label(name).was is not None
        assert review.label(other).was is not None
        await review.press("u")
        assert review.label(name).was is None
    assert draft_info(demo_store, draft_of(demo_store).id).ok


async def test_keys_that_can_do_nothing_for_edits_set_aside_are_not_shown(
    make_app: MakeApp, demo_store: Store
) -> None:
    name, other = first_ids(demo_store, draft_of(demo_store), 0, 2)
    async with reviewing(make_app, demo_store) as review:
        await in_conflict(review, demo_store, (0, name, 5), (0, other, 5))
        await review.press("S")
        assert "L Load latest" in screen_text(review.pilot)
        await review.press("L", "enter", "W", "k", "k", "r")
        assert isinstance(review.pilot.app.screen, ConflictScreen)
        assert "m Mine" in screen_text(review.pilot)
        assert "Load latest" not in screen_text(review.pilot)
        await review.press("L", "m", "enter")
        assert "Bring back 1 edit set aside" in review.told


async def test_who_else_is_here_stands_on_the_screen(make_app: MakeApp, demo_store: Store) -> None:
    theirs = EditingSession.open(demo_store, LENA, draft_of(demo_store).id).unwrap()
    async with reviewing(make_app, demo_store) as review:
        for _ in range(100):
            await review.pilot.pause(0.05)
            if "also here: lena since" in screen_text(review.pilot):
                break
        assert "also here: lena since" in screen_text(review.pilot)
    theirs.close()


async def test_leaving_in_a_conflict_says_that_the_edits_are_kept(
    make_app: MakeApp, demo_store: Store
) -> None:
    _, other = first_ids(demo_store, draft_of(demo_store), 0, 2)
    async with reviewing(make_app, demo_store) as review:
        await in_conflict(review, demo_store, (0, other, 5))
        await review.pilot.press("q")
        await settle(review.pilot)
        assert "1 edit kept in the local journal" in banner(review.pilot)
    app = make_app()
    opened = "prelabel_tui.screens.review.opening.repeats_of"
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        app.open_review(draft_of(demo_store))
        await settle(pilot)
        assert isinstance(app.screen, RecoveryDialog)
        assert "newer versions" in screen_text(pilot)
        with patch(opened, once_in_conflict):  # the save may be refused before the review is up
            await pilot.press("enter")
            await settle(pilot)
        assert "409 DRAFT_VERSION_CONFLICT" in banner(pilot)


@pytest.mark.parametrize(("key", "kept"), [("enter", True), ("x", False)])
async def test_edits_of_a_crashed_session_are_offered(
    make_app: MakeApp, demo_store: Store, key: str, kept: bool
) -> None:
    draft = draft_of(demo_store)
    (name,) = first_ids(demo_store, draft, 0, 1)
    crashed_session(demo_store, draft, name)
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        app.open_review(draft)
        await settle(pilot)
        assert isinstance(app.screen, RecoveryDialog)
        assert "1 edit" in screen_text(pilot)
        assert "⏎ Apply  x Discard  esc Decide later" in screen_text(pilot)
        await pilot.press(key)
        await settle(pilot)
        label = app.screen.review.document.frame(0).label(name)  # type: ignore[attr-defined]
        assert (label.was is not None) is kept


async def test_versions_are_compared_and_restored(make_app: MakeApp, demo_store: Store) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("tab", "7", "l")
        name = review.context.selected or ""
        await review.saved()
        await review.press("f", "f", "f5")
        await review.saved()
        await review.press("W")
        assert isinstance(review.pilot.app.screen, VersionsScreen)
        await review.press("j", "j")
        text = screen_text(review.pilot)
        assert "v3 → v1" in text
        assert "(2 of 2): flags" in text
        await review.press("d")
        assert f"(1 of 2): ~{name}" in screen_text(review.pilot)
        await review.press("r", "enter")
        assert "v1 restored as v4" in banner(review.pilot)
        assert review.context.document.frame(0).label(name).was is None  # type: ignore[union-attr]
        assert review.context.document.frame(2).flags == ()


async def test_reset_needs_the_word_and_can_be_taken_back(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("f7", "R")
        await type_text(review.pilot, "yes")
        await review.press("enter")
        assert "Type reset" in screen_text(review.pilot)
        assert review.context.frame.flags == (Flag.FALSE_POSITIVE_HEAVY,)
        await review.press(*["backspace"] * 3)
        await type_text(review.pilot, "reset")
        await review.press("enter")
        assert "DRAFT_RESET" in banner(review.pilot)
        assert review.context.frame.flags == ()
        await review.press("W", "j", "r", "enter")
        assert review.context.frame.flags == (Flag.FALSE_POSITIVE_HEAVY,)


def test_frames_are_named_in_runs() -> None:
    assert runs([]) == "none"
    assert runs([4]) == "5"
    assert runs([2, 4, 5, 6, 9]) == "3, 5–7, 10"
