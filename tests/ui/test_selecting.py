"""Labels of many frames selected by key, looked at, and changed as one."""

from __future__ import annotations

import pytest

from prelabel_tui.core.edits.selection import Selection
from prelabel_tui.core.model.labels import UNIT, Ball, Box, Flag
from prelabel_tui.core.store import Store
from prelabel_tui.screens.review.modes.selecting import SelectingMode
from prelabel_tui.widgets.frame_view.widget import FrameView
from tests.ui.applications import MakeApp
from tests.ui.demo_home import FRAMES
from tests.ui.driving import screen_text, type_text
from tests.ui.reviewing import BALL, Review, reviewing


def selection(review: Review) -> Selection:
    mode = review.context.mode
    assert isinstance(mode, SelectingMode)
    return mode.selection


def places(review: Review) -> dict[tuple[int, str], int]:
    document = review.context.document
    return {(at, label.id): label.x for at, frame in enumerate(document) for label in frame.labels}


async def test_a_track_is_shown_before_anything_is_done(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        before = places(review)
        await review.press("tab", "*")
        await review.rest()
        chosen = selection(review)
        assert len(chosen.members) > FRAMES / 2
        frames = chosen.table.frame[chosen.members].tolist()
        assert len(set(frames)) == len(frames)  # never two labels of a frame
        assert f"{chosen.census.much} · 1 track" in review.queue
        assert review.display.timeline.size.height == 3
        strip = review.screen.query_one("#strip", FrameView)
        assert "worst fit" in str(review.display.drawer.border_title)
        assert strip.loader is not None
        assert places(review) == before
        await review.press("escape")
        assert "Selection let go." in review.told
        assert review.context.mode.name == "review"
        assert review.display.timeline.size.height == 2
        assert not review.screen.query("#strip")
        assert places(review) == before


async def test_members_are_walked(make_app: MakeApp, demo_store: Store) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("tab", "*")
        members = [selection(review).table.name(int(row)) for row in selection(review).members]
        await review.press("n", "n", "2", "n")
        assert (review.context.index, review.context.selected) == members[4]
        assert f"5 of {len(members)}" in review.told
        await review.press("N")
        assert (review.context.index, review.context.selected) == members[3]
        await review.press("9", "9", "N", "N")
        assert "No selected label before this one." in review.told
        await review.press("w")
        worst = selection(review).table.name(selection(review).worst)
        assert (review.context.index, review.context.selected) == worst


async def test_ordinary_keys_act_on_all_as_one_undo(make_app: MakeApp, demo_store: Store) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("tab", "*")
        before = places(review)
        chosen = [selection(review).table.name(int(row)) for row in selection(review).members]
        await review.press("3", "l")
        await review.rest()
        after = places(review)
        assert {label: after[label] - before[label] for label in chosen} == dict.fromkeys(
            chosen, 3 * UNIT
        )
        assert {label for label in before if after[label] != before[label]} == set(chosen)
        assert f"Move {len(chosen)} labels on {len(chosen)} frames by +3,0" in review.told
        await review.press("h")
        await review.rest()
        assert places(review)[chosen[0]] == before[chosen[0]] + 2 * UNIT  # still theirs to move
        await review.press("u", "u")
        await review.rest()
        assert places(review) == before
        assert len(selection(review).members) == len(chosen)
        await review.press("e", "j")
        await review.rest()
        assert f"Resize {len(chosen)} labels" in review.told
        label = review.context.document.frame(chosen[5][0]).label(chosen[5][1])
        assert isinstance(label, Box)
        assert label.was is not None
        assert label.h - label.was[3] == UNIT
        await review.press("escape", "x")
        await review.rest()
        assert not set(chosen) & set(places(review))
        assert review.context.mode.name == "review"
        await review.press("2", "u")
        await review.rest()
        assert places(review) == before


async def test_settled_labels_are_left_alone_until_a_key_says_otherwise(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("tab", "l", "enter", "1", "g", "f", "f")
        await review.press("tab", "*")
        chosen = [selection(review).table.name(int(row)) for row in selection(review).members]
        reviewed = {at for at, _ in chosen if review.context.document.frame(at).reviewed}
        before = places(review)
        if reviewed:
            assert f"left alone: {len(reviewed)} reviewed" in review.queue
            await review.press("L")
            await review.rest()
            after = places(review)
            same = {label for label in chosen if after[label] == before[label]}
            assert {at for at, _ in same} == reviewed
            await review.press("u")
            await review.rest()
        await review.press("!")
        assert "with reviewed and by hand" in review.queue
        await review.press("L")
        await review.rest()
        after = places(review)
        assert all(after[label] - before[label] == 10 * UNIT for label in chosen)


async def test_the_key_for_settled_labels_is_named_where_nothing_else_is_selected(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("tab", "*", "l")
        await review.rest()
        after = places(review)
        await review.press("escape", "*")
        assert "0 labels on 0 frames" in review.queue
        for key in ("x", "l"):
            await review.press(key)
            assert "! changes these too: left alone:" in review.told
        assert places(review) == after
        await review.press("!", "h")
        await review.rest()
        assert places(review) != after


async def test_selections_are_narrowed_and_widened(make_app: MakeApp, demo_store: Store) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("tab", "*")
        whole = len(selection(review).members)
        await review.press("5", "g", "]")
        later = len(selection(review).members)
        assert 0 < later < whole
        assert selection(review).table.frame[selection(review).members].min() == 4
        await review.press("tab", "|", "*")
        assert "2 tracks" in review.queue
        await review.press("~", "*")
        assert len(selection(review).members) < whole + FRAMES
        await review.press("space")
        await review.press("&", "/")
        await type_text(review.pilot, "frame in 6..8")
        await review.press("enter")
        await review.rest()
        frames = selection(review).table.frame[selection(review).members]
        assert set(frames.tolist()) <= {5, 6, 7}
        await review.press("&", "escape")
        assert isinstance(review.context.mode, SelectingMode)  # only the prefix was dropped
        await review.press("[")
        await review.press("1", "g", "[")
        assert "That would leave nothing selected." in review.told


async def test_labels_are_selected_by_query_and_by_place(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store, capability=BALL) as review:
        await review.press("&")
        await type_text(review.pilot, "size<1")
        await review.press("enter")
        await review.rest()
        assert "No label is like that." in review.told
        await review.press("&")
        await type_text(review.pilot, "heigth>3")
        await review.press("enter")
        assert "did you mean" in str(review.pilot.app.screen.query_one("#error").render())
        await review.press("escape")
        await review.press("1", "g")
        ball = review.label()
        assert isinstance(ball, Ball)
        await review.press("5", "0", "0", "0", ".")
        everything = len(selection(review).members)
        assert everything == len(places(review))
        await review.press("2", ".")
        assert 0 < len(selection(review).members) < everything
        await review.press("%")
        assert len(selection(review).members) == everything


async def test_frames_of_a_selection_are_flagged_and_accepted(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("3", "g", "r", "f", "f", "tab", "*")
        frames = set(selection(review).table.frame[selection(review).members].tolist())
        assert frames <= {2, 3, 4}
        await review.press("f5")
        await review.rest()
        document = review.context.document
        assert all(document.frame(at).flags == (Flag.BAD_FRAME,) for at in frames)
        await review.press("t", "b")
        await review.rest()
        assert not any(review.context.document.frame(at).flags for at in frames)
        assert isinstance(review.context.mode, SelectingMode)
        await review.press("enter")
        await review.rest()
        assert all(review.context.document.frame(at).reviewed for at in frames)
        assert f"Accept {len(frames)} frames" in review.told


@pytest.mark.parametrize("key", ["s", "i", "a", "V", "Q", "W", "p", "F12"])
async def test_no_key_is_dead_in_a_selection(
    make_app: MakeApp, demo_store: Store, key: str
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("tab", "*")
        before = places(review)
        await review.press(key.lower() if key == "F12" else key)
        assert review.told.startswith("✗ ")
        assert isinstance(review.context.mode, SelectingMode)
        assert places(review) == before
        await review.press("f")
        assert not review.told.startswith("✗")


async def test_a_macro_on_many_frames_is_one_undo_and_says_what_it_changed(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        before = places(review)
        await review.press("tab", "M", "l", "j", "M")
        recorded = places(review)
        await review.press("f", "4", "@")
        await review.rest()
        await review.rest()
        after = places(review)
        changed = {label for label in after if after[label] != recorded[label]}
        assert len({at for at, _ in changed}) == len(changed)
        assert f"Play 2 keys on 4 frames: {len(changed)} labels of " in review.told
        await review.press("u")
        assert places(review) == recorded
        assert "Undo: Play 2 keys on 4 frames" in review.told
        await review.press("2", "u")
        assert places(review) == before


async def test_numbers_before_keys_act_or_are_said_to_mean_nothing(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("tab")
        before = places(review)
        await review.press("3", "x")
        gone = set(before) - set(places(review))
        assert {at for at, _ in gone} <= {0, 1, 2}
        assert len(gone) > 1
        await review.press("u")
        assert places(review) == before
        await review.press("5", "o")
        assert "5 means nothing to" in review.told
        await review.press("o")
        assert "means nothing" not in review.told


async def test_a_preview_is_not_dropped_by_a_macro(make_app: MakeApp, demo_store: Store) -> None:
    async with reviewing(make_app, demo_store, capability=BALL) as review:
        await review.press("3", "g")
        while review.context.frame.labels:
            await review.press("x")
        await review.press("M", "f", "M", "3", "g", "i")
        assert review.context.mode.name == "review.ghost"
        await review.press("@")
        assert "Take the interpolation" in review.told
        assert review.context.mode.name == "review.ghost"


async def test_what_is_selected_is_moved_in_time(make_app: MakeApp, demo_store: Store) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("home", "tab", "*", "]", "|")
        await review.press("tab", "*")
        chosen = selection(review)
        frames = chosen.table.frame[chosen.members]
        tracks = review.context.tracks
        assert tracks is not None
        assert len(chosen.members) > FRAMES
        before, payload = places(review), review.context.document.payload()
        await review.press("'", "L", "L")
        assert "the selected labels: 1 frame later" in review.queue
        await review.press("$")
        assert "all tracks: 1 frame later" in review.queue
        await review.press("$", "enter")
        await review.rest()
        changed = {key for key, x in places(review).items() if before[key] != x}
        members = {chosen.table.name(int(row)) for row in chosen.members}
        assert changed
        assert changed <= members
        assert len({tracks.at(*key) for key in changed}) == 2
        assert len(frames)
        assert isinstance(review.context.mode, SelectingMode), "it stays selected"
        await review.press("u")
        assert review.context.document.payload() == payload


async def test_a_correction_is_carried_onto_what_is_selected(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("home", "tab", "6", "l", "*", "f", "f", "[", "home", "$")
        assert "Carry on: the selected labels" in review.queue
        await review.press("enter")
        moved = {at for at, frame in enumerate(review.context.document)
                 for box in frame.labels if box.was}  # fmt: skip
        assert moved == {0, 1, 2}


async def test_the_command_line_takes_what_works_for_a_selection(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("home", "tab", "*", ":")
        await type_text(review.pilot, "go_to 3")
        await review.press("enter")
        assert review.context.index == 2
        assert isinstance(review.context.mode, SelectingMode)
        before = len(review.context.document.frame(2).labels)
        await review.press(":")
        await type_text(review.pilot, "publish")
        await review.press("enter")
        assert "There is no command 'publish' on this screen." in screen_text(review.pilot)
        await review.press("escape", ":")
        await type_text(review.pilot, "reject")
        await review.press("enter")
        await review.rest()
        assert len(review.context.document.frame(2).labels) == before - 1
        await review.press("tab", "*", "?")
        await type_text(review.pilot, ":reject")
        assert "Keys › " in screen_text(review.pilot)
        await review.press("escape")
        await type_text(review.pilot, ":publish")
        assert "Keys › " not in screen_text(review.pilot)


async def test_a_selection_that_is_let_go_before_it_is_open_leaves_nothing_behind(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("home", "tab", "*")
        chosen = selection(review)
        await review.press("escape")
        mode = SelectingMode(review.context, chosen, lambda: None, lambda *_: "")
        review.context.make_home(mode)
        mode.let_go()
        await mode.open()
        await review.rest()
        assert "labels on" not in review.queue
        assert not review.screen.query("#strip")
