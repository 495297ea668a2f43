"""The review screen by keys: editing, flags, undo, moving about, what it always says."""

from __future__ import annotations

import math

import pytest

from prelabel_tui.app import PrelabelApp
from prelabel_tui.core.drafts.loading import load
from prelabel_tui.core.edits.one_frame import place
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.model.labels import UNIT, Ball, BallState, Box, Capability, Flag, Origin
from prelabel_tui.core.session import autosave
from prelabel_tui.core.store import Store
from prelabel_tui.demo import make_match
from prelabel_tui.imaging.frames.memory import PictureMemory
from prelabel_tui.imaging.overlay.scene import Style
from prelabel_tui.keys.commands import COMMANDS
from prelabel_tui.screens.ops.runs import RunsScreen
from prelabel_tui.screens.review import ReviewScreen
from tests.ui.applications import MakeApp
from tests.ui.demo_home import FRAMES, HEIGHT, RUI, WIDTH
from tests.ui.driving import banner, press, screen_text, settle, type_text, until
from tests.ui.reviewing import BALL, PLAYER, draft_of, reviewing


async def test_review_opens_from_the_runs_list_and_says_how(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "b")
        assert isinstance(pilot.app.screen, ReviewScreen)
        text = screen_text(pilot)
        assert "DRAFT_CREATED" in text
        assert "arena / tactical-1 / ball_detection" in text
        assert "Pack-id: " in text
        assert "Autosave: saved v1" in text
        await press(pilot, "q")
        assert isinstance(pilot.app.screen, RunsScreen)
        await press(pilot, "b")
        assert "DRAFT_OPENED" in screen_text(pilot)


async def test_a_box_moves_by_one_and_ten_pixels_and_by_counts(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("tab")
        start = review.label()
        assert isinstance(start, Box)
        for keys, dx, dy in (
            (("l",), 1, 0),
            (("h",), -1, 0),
            (("J",), 0, 10),
            (("K",), 0, -10),
            (("1", "2", "l"), 12, 0),
            (("2", "H"), -20, 0),
        ):
            before = review.label()
            await review.press(*keys)
            after = review.label()
            assert (after.x - before.x, after.y - before.y) == (dx * UNIT, dy * UNIT)
        assert f"Move {start.id} by -20,0" in review.told
        assert review.label().was == start.geometry


async def test_each_edge_of_a_box_moves(make_app: MakeApp, demo_store: Store) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("tab", "e")

        async def after(key: str) -> tuple[int, int, int, int]:
            x, y, w, h = review.label().geometry  # type: ignore[misc]
            await review.press(key)
            nx, ny, nw, nh = review.label().geometry  # type: ignore[misc]
            return nx - x, ny - y, nw - w, nh - h

        px = UNIT
        assert await after("h") == (-px, 0, px, 0)
        assert await after("l") == (0, 0, px, 0)
        assert await after("K") == (0, -10 * px, 0, 10 * px)
        assert await after("j") == (0, 0, 0, px)
        assert "outer edge" in "\n".join(review.list)
        await review.press("e")
        assert await after("h") == (0, 0, -px, 0)
        assert await after("l") == (px, 0, -px, 0)
        assert await after("k") == (0, 0, 0, -px)
        assert await after("j") == (0, px, 0, -px)
        await review.press("escape")
        assert await after("l") == (px, 0, 0, 0)


async def test_undo_and_redo_say_what_and_go_to_the_frame(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("tab")
        name, start = review.context.selected, review.label()
        await review.press("5", "l", "f", "f", "f5")
        assert review.context.frame.flags == (Flag.BAD_FRAME,)
        await review.press("f", "f", "u")
        assert review.context.index == 2
        assert "Flag bad_frame" in review.told
        assert "frame 3" in review.told
        assert review.context.frame.flags == ()
        await review.press("u")
        assert review.context.index == 0
        assert review.label(name) == start
        await review.press("u")
        assert "Nothing to undo" in review.told
        await review.press("2", "U")
        assert review.context.document.frame(0).label(name or "") != start
        assert review.context.document.frame(2).flags == (Flag.BAD_FRAME,)


async def test_undo_survives_leaving_and_coming_back(make_app: MakeApp, demo_store: Store) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("tab", "9", "l")
        name = review.context.selected
        await review.press("f", "f", "f", "z", "q")
    async with reviewing(make_app, demo_store) as review:
        assert review.context.index == 3
        assert review.display.view.zoom == 8
        await review.press("u")
        assert review.context.index == 0
        assert review.label(name).was is None


async def test_edits_are_saved_by_a_key(
    make_app: MakeApp, demo_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(autosave, "QUIET_SECONDS", 1e9)
    monkeypatch.setattr(autosave, "LONGEST_SECONDS", 1e9)
    async with reviewing(make_app, demo_store) as review:
        await review.press("tab", "l")
        assert "unsaved (1)" in review.autosave
        await review.saved()
        assert "saved v2" in review.autosave
        name = review.context.selected or ""
        moved = review.label()
    draft = draft_of(demo_store)
    assert draft.version == 2
    assert load(demo_store, draft.id).unwrap().document.frame(0).label(name) == moved


async def test_edits_are_saved_by_themselves(make_app: MakeApp, demo_store: Store) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("tab", "l")
        for _ in range(1_000):
            await review.pilot.pause(0.05)
            if "saved v2" in review.autosave:
                break
        assert "saved v2" in review.autosave


async def test_the_ball_is_added_moved_and_deleted(make_app: MakeApp, demo_store: Store) -> None:
    async with reviewing(make_app, demo_store, capability=BALL) as review:
        await review.press("f")
        while review.context.frame.labels:
            await review.press("x")
        await review.press("n", "f", "g", "enter")
        (ball,) = review.context.frame.labels
        assert isinstance(ball, Ball)
        assert ball.origin is Origin.MANUAL
        assert ball.size
        assert review.context.selected == ball.id
        await review.press("L", "k")
        (moved,) = review.context.frame.labels
        assert (moved.x - ball.x, moved.y - ball.y) == (10 * UNIT, -UNIT)
        await review.press("x")
        assert review.context.frame.labels == ()
        await review.press("l")
        assert "has no labels" in review.told


async def test_boxes_are_added_by_the_grid_and_selected_by_letters(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        before = {label.id for label in review.context.frame.labels}
        await review.press("n", "v", "g", "g")
        assert review.context.mode.name == "review.grid"
        point = review.display.view.scene.selected
        assert point is not None
        x, y, _ = point.geometry
        await review.press("enter")
        assert review.display.view.scene.grid is None
        (name,) = {label.id for label in review.context.frame.labels} - before
        box = review.label(name)
        assert isinstance(box, Box)
        assert abs(box.x + box.w // 2 - x) <= UNIT
        assert abs(box.y + box.h // 2 - y) <= UNIT
        await review.press("b")
        hint = {m.label_id: m.hint for m in review.display.view.scene.marks}
        assert all(hint.values())
        wanted = sorted(before)[3]
        await review.press(*hint[wanted])
        assert review.context.selected == wanted
        assert Style.SELECTED in review.display.view.scene.selected.styles  # type: ignore[union-attr]
        await review.press("w", "t", "escape")
        assert review.display.view.scene.grid is None
        assert review.label().was is None


async def test_flags_by_one_key_by_chord_and_over_a_range(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("f5", "f6", "escape", "f7", "f8")
        assert set(review.context.frame.flags) == set(Flag)
        for flag in Flag:
            assert flag.value in review.flags
        await review.press("t", "r")
        assert Flag.NEEDS_HUMAN_REVIEW not in review.context.frame.flags
        await review.press("f", "r", "f", "f")
        assert "Range from 2" in review.queue
        await review.press("f7")
        flagged = [
            at
            for at, frame in enumerate(review.context.document)
            if Flag.FALSE_POSITIVE_HEAVY in frame.flags
        ]
        assert flagged == [0, 1, 2, 3]
        assert "Range" not in review.queue
        await review.press("u")
        assert review.context.document.frame(2).flags == ()


async def test_a_frame_without_picture_takes_flags_but_no_edits(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store, media="dome-1") as review:
        await review.press("f", "tab")
        before = review.context.frame
        assert "editing is off" in review.flags
        for key in ("l", "x", "n", "w", "s", "p", "delete"):
            await review.press(key)
            assert "editing is off" in review.told, key
            assert review.context.frame == before
        await review.press("f6", "escape")
        assert review.context.frame.flags == (Flag.NEEDS_HUMAN_REVIEW,)
        await review.press("f", "tab", "3", "P")
        assert "without a picture" in review.told
        assert review.context.document.frame(3) == load(
            demo_store, review.screen.draft_id
        ).unwrap().document.frame(3)


async def test_ball_states_take_one_key_each(make_app: MakeApp, demo_store: Store) -> None:
    async with reviewing(make_app, demo_store, capability=BALL) as review:
        for key, state in (
            ("V", BallState.VISIBLE),
            ("B", BallState.BLURRED),
            ("O", BallState.OCCLUDED),
            ("X", BallState.OUT_OF_FRAME),
            ("Z", BallState.ABSENT),
        ):
            await review.press(key)
            assert review.context.frame.ball is state
            assert f"ball {state.replace('_', ' ')}" in review.flags
        assert review.context.frame.labels == ()
        await review.press("Z")
        assert review.context.frame.ball is None
    async with reviewing(make_app, demo_store) as review:
        await review.press("V")
        assert "only in ball_detection" in review.told


async def test_moving_about(make_app: MakeApp, demo_store: Store) -> None:
    async with reviewing(make_app, demo_store) as review:
        for key, index in (
            ("f", 1), ("right", 2), ("d", 1), ("end", 7), ("home", 0), ("v", 7), ("c", 0),
        ):  # fmt: skip
            await review.press(key)
            assert review.context.index == index, key
        await review.press("d")
        assert "first frame" in review.told
        await review.press("5", "g")
        assert review.context.index == 4
        await review.press("9", "9", "g")
        assert "Frames are numbered from 1 to 8" in review.told
        await review.press("g")
        await type_text(review.pilot, "000003.bmp")
        await review.press("enter")
        assert review.context.index == 2
        await review.press("tab", "z")
        assert review.display.view.zoom == 8
        assert "8×" in review.queue
        await review.press("+", "-", "\\", "0")
        assert review.display.view.zoom == "fit"
        await review.press("z", "y", ">", "shift+up")
        assert not review.display.view.follow
        await review.press("o")
        assert not review.display.view.scene.show_labels
        await review.press("T")
        assert "lighter" in review.told


async def test_the_selection_follows_its_label_through_time(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("tab", "tab")
        name = review.context.selected
        await review.press("f", "f")
        assert review.context.selected == name


async def test_positions_and_scores_stand_beside_the_picture(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("tab")
        label = review.label()
        assert isinstance(label, Box)
        shown = "\n".join(review.list)
        assert f"x {label.x / 100:.2f}".rstrip("0").rstrip(".") in shown
        assert f"{label.score / 10_000:.2f}"[1:] in shown  # type: ignore[operator]
        for other in review.context.frame.labels:
            assert other.id in shown


async def test_no_key_is_dead(make_app: MakeApp, demo_store: Store) -> None:
    """Every key of the review changes what is shown, or says why not."""
    keys = [key for c in COMMANDS if c.scope == "review" for key in c.keys]
    elsewhere = set("q!RWgQ/%MCF)&") | {"ctrl+g", "ctrl+r", "f9", "f2", "f3", "f4", "space"}
    async with reviewing(make_app, demo_store, size=(80, 24)) as review:

        def state() -> tuple[object, ...]:
            view = review.display.view
            return (
                review.context.index,
                review.context.mode,
                view.viewport,
                view.scene,
                review.queue,
                review.context.frame,
            )

        def answered(before: tuple[object, ...]) -> bool:
            asked = review.pilot.app.screen is not review.screen
            # What is done in a thread is answered there, or its banner is in view.
            return asked or bool(review.told or banner(review.pilot)) or state() != before

        for key in (*keys, "f11", "f12", "]"):
            if key not in elsewhere:
                review.display.set_status("")
                before = state()
                await review.pilot.press(key)
                await until(lambda before=before: answered(before))  # type: ignore[misc]
                await review.pilot.press("escape")


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_the_autosave_is_always_on_the_screen(
    make_app: MakeApp, demo_store: Store, size: tuple[int, int]
) -> None:
    async with reviewing(make_app, demo_store, size=size) as review:
        for keys in (("w",), ("escape", "F"), ("escape", "C"), ("escape", "b"), ("escape", "u")):
            await review.press(*keys)
            assert "Autosave: " in screen_text(review.pilot)


async def test_publish_goes_through_the_screens(make_app: MakeApp, demo_store: Store) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("r", "end", "enter", "enter")
        assert all(frame.reviewed for frame in review.context.document)
        await review.press("!")
        assert "First publish will create the initial label pack" in screen_text(review.pilot)
        await review.press("enter")
        if "override" in screen_text(review.pilot).lower():
            await type_text(review.pilot, "looked at each")
            await review.press("enter")
        assert "PUBLISH_SUCCESS" in banner(review.pilot)
        await review.press("!", "enter")
        assert "NO_OP_ALREADY_PUBLISHED" in banner(review.pilot)


async def test_a_reviewer_may_not_override(make_app: MakeApp, demo_store: Store) -> None:
    async with reviewing(make_app, demo_store, actor=RUI) as review:
        await review.press("!", "enter")
        assert "OVERRIDE_FORBIDDEN" in banner(review.pilot) or "VALIDATION_HARD_FAIL" in banner(
            review.pilot
        )


async def test_publish_leads_to_the_findings_that_it_lists(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("!", "F")
        assert review.context.mode.name == "review.findings"
        await review.press("escape", *["enter"] * FRAMES, "!", "F")
        assert "There are no findings." in screen_text(review.pilot)


async def test_a_ball_snaps_back_to_where_it_is_seen(make_app: MakeApp, demo_store: Store) -> None:
    match = make_match(seed=1, frames=FRAMES, width=WIDTH, height=HEIGHT)
    truth = match.truth[BALL]
    async with reviewing(make_app, demo_store, capability=BALL) as review:
        sure = 0
        for index in range(FRAMES):
            shown = truth.frame(index)
            if (
                shown.ball is not BallState.VISIBLE
                or len(review.context.document.frame(index).labels) != 1
            ):
                continue
            true = shown.labels[0]
            await review.press(str(index + 1), "g", "tab")
            ball = review.label()
            bounds = (WIDTH * UNIT, HEIGHT * UNIT)
            at = (true.x + 4 * UNIT, true.y + 3 * UNIT)
            review.context.edit(place(review.context.document, index, ball.id, at, bounds))
            await review.press("s")
            if "Not sure" in review.told:
                assert (review.label().x, review.label().y) == at
                await review.press("s")
                assert (review.label().x, review.label().y) != at or "already" in review.told
                continue
            sure += 1
            found = review.label()
            assert math.hypot(found.x - true.x, found.y - true.y) <= 3 * UNIT, index
            await review.press("u")
            assert (review.label().x, review.label().y) == at
        assert sure >= 1


async def test_the_pictures_that_are_kept_have_a_bound_that_can_be_set(
    make_app: MakeApp, demo_store: Store
) -> None:
    def small(actor: Actor) -> PrelabelApp:
        app = make_app(actor)
        app.picture_memory = PictureMemory(1 << 20)
        return app

    async with reviewing(small, demo_store) as review:
        loader = review.display.view.loader
        assert loader is not None
        await review.press(*"ffffffff")
        first = review.context.open_session.manifest.frames[0]
        assert 0 < loader.held_bytes <= max(1 << 20, first.width * first.height * 3)


@pytest.mark.parametrize(
    ("capability", "size"), [(PLAYER, (80, 24)), (PLAYER, (160, 50)), (BALL, (80, 24))]
)
async def test_it_opens_where_a_player_can_be_seen_and_says_how_to_see_the_whole(
    make_app: MakeApp, demo_store: Store, capability: Capability, size: tuple[int, int]
) -> None:
    async with reviewing(
        make_app, demo_store, capability=capability, size=size, first_frame=False
    ) as review:
        view = review.display.view
        assert view.zoom != "fit"
        assert review.queue.rstrip().endswith("0 whole frame")
        if capability is PLAYER:
            heights = sorted(mark.bounds[3] for mark in view.scene.marks)
            high = heights[len(heights) // 2] / 100 * view.viewport.scale[1]
            assert high / view.viewport.dots[1] >= 1.5
        await review.press("0")
        assert view.zoom == "fit"
        assert "whole frame" not in review.queue


@pytest.mark.parametrize("size", [(80, 20), (80, 24), (120, 40)])
async def test_set_flags_are_whole_words_however_narrow_it_is(
    make_app: MakeApp, demo_store: Store, size: tuple[int, int]
) -> None:
    async with reviewing(make_app, demo_store, size=size) as review:
        for number, key in enumerate(("f5", "f6", "f7", "f8"), 1):
            await review.press(key, *(["escape"] if key == "f6" else []))
            await review.rest()
            text = screen_text(review.pilot)
            shown = [flag for flag in Flag if f"⚑ {flag} " in text.replace("\n", " ")]
            assert len(shown) == number
        await review.press("f")
        await review.rest()
        text = screen_text(review.pilot)
        assert "⚑ bad_frame" not in text
        assert text.splitlines()[-1].rstrip().endswith("? Help"), "the lines are given back"
