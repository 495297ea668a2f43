"""Deciding and walking: the queue, accepting, rejecting, ranges, time, findings, packs, macros."""

from __future__ import annotations

from textual.events import Key

from prelabel_tui.core.drafts.loading import load
from prelabel_tui.core.edits.pointing import Grid
from prelabel_tui.core.metrics.activity import activities
from prelabel_tui.core.metrics.report import statistics
from prelabel_tui.core.metrics.throughput import Retention
from prelabel_tui.core.model.labels import Ball, Capability, Flag, Origin
from prelabel_tui.core.publishing.packs import packs
from prelabel_tui.core.store import Store
from prelabel_tui.core.triage.frame_queue import QueueKind
from prelabel_tui.imaging.overlay.scene import Style
from prelabel_tui.screens.shared.dialogs import ReasonDialog
from prelabel_tui.screens.shared.list_dialogs import TextDialog
from prelabel_tui.widgets.status.autosave_line import AutosaveLine
from prelabel_tui.widgets.tables.findings_list import FindingsList
from prelabel_tui.widgets.tables.pack_table import PackTable
from prelabel_tui.widgets.timeline import Timeline
from tests.ui.applications import MakeApp
from tests.ui.demo_home import FRAMES, LENA
from tests.ui.driving import banner, screen_text, type_text
from tests.ui.reviewing import BALL, Review, draft_of, reviewing


async def test_the_queue_says_where_one_is_and_why(make_app: MakeApp, demo_store: Store) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("]")
        worst = review.context.index
        assert f"of {FRAMES}" in review.queue
        assert review.context.analysis is not None
        assert review.context.analysis.why(worst)[:20] in review.queue
        await review.press("]", "[")
        assert review.context.index == worst


async def test_a_review_opens_at_the_first_entry_of_its_queue(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store, first_frame=False) as review:
        analysis = review.context.analysis
        assert analysis is not None
        first = analysis.ranking.order()[0]
        assert review.context.index == first != 0
        assert f" 1 of {FRAMES} · {analysis.why(first)[:12]}" in review.queue
        assert review.context.selected == analysis.suspect(first)
        await review.press("]")
        assert f" 2 of {FRAMES}" in review.queue
        await review.press("q")
    async with reviewing(make_app, demo_store, first_frame=False) as review:
        assert review.context.index not in (0, first), "where it was left"


async def test_a_query_shows_every_hit_once_whatever_is_decided(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("2", "g", "f5", "5", "g", "f5", "7", "g", "f5", "6", "g", "/")
        await type_text(review.pilot, "edited and not reviewed")
        await review.press("enter")
        assert "Queue: edited and not reviewed, 3 frames." in review.told
        for at, index in enumerate((1, 4, 6), 1):
            assert review.context.index == index
            assert f" {at} of 3" in review.queue
            await review.press("enter")
        assert review.context.index == 6
        assert "end of the queue" in review.told


async def test_enter_accepts_and_goes_on_until_the_end(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        seen = [review.context.index]
        for turn in range(FRAMES):
            await review.press("enter")
            assert sum(frame.reviewed for frame in review.context.document) == turn + 1
            seen.append(review.context.index)
        assert sorted(set(seen)) == list(range(FRAMES))
        assert "end of the queue" in review.told
        assert "✓ reviewed" in review.flags
        await review.press("A")
        assert "○ not reviewed" in review.flags
        await review.press("%")
        assert isinstance(review.pilot.app.screen, TextDialog)
        assert f"{FRAMES - 1} of {FRAMES}" in screen_text(review.pilot)
        await review.press("escape", "q")
    (activity,) = activities(demo_store)
    assert activity.frames == sum(activity.minutes) == FRAMES - 1
    draft = load(demo_store, draft_of(demo_store).id).unwrap().document
    reviewed = [frame for frame in draft if frame.reviewed]
    assert len(reviewed) == FRAMES - 1
    labels = sum(len(frame.labels) for frame in reviewed)
    assert activity.retention == Retention(labels, 0, 0, 0)
    assert activity.user == "ada"
    assert activity.run is not None


async def test_other_queues_walk_by_the_same_keys(make_app: MakeApp, demo_store: Store) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("f", "f5", "f", "f", "f7", "home", "Q")
        await type_text(review.pilot, "flags")
        await review.press("enter")
        assert review.context.index == 1
        assert "1 of 2" in review.queue
        await review.press("]")
        assert review.context.index == 3
        await review.press("]")
        assert "End of the queue" in review.told
        await review.press("/")
        await type_text(review.pilot, "scor<0.4")
        await review.press("enter")
        assert "did you mean" in screen_text(review.pilot) or "scor" in screen_text(review.pilot)
        await review.press(*["backspace"] * 8)
        await type_text(review.pilot, "frame in 5..7 and not reviewed")
        await review.press("enter")
        assert review.context.index == 4
        assert "1 of 3" in review.queue
        assert review.context.analysis is not None
        assert review.context.analysis.queue.kind is QueueKind.QUERY
        await review.press("home", "}")
        assert review.context.index >= 1


async def test_what_i_changed_is_still_known_when_i_come_back(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("3", "g", "tab", "l", "6", "g", "f5", "q")
    async with reviewing(make_app, demo_store) as review:
        await review.press("home", "Q")
        await type_text(review.pilot, "changed")
        await review.press("enter")
        assert review.context.index == 2
        assert "changed by me 1 of 2" in review.queue
        await review.press("]")
        assert review.context.index == 5
    async with reviewing(make_app, demo_store, actor=LENA) as review:
        await review.press("Q")
        await type_text(review.pilot, "changed")
        await review.press("enter")
        assert "is empty" in review.told


async def test_a_frame_whose_edits_were_undone_is_not_changed(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("3", "g", "tab", "l", "6", "g", "f5", "u")
        review.context.upkeep.show_track()
        track = review.screen.query_one(Timeline).track
        assert list(track.edited.nonzero()[0]) == [2]
        await review.press("Q")
        await type_text(review.pilot, "changed")
        await review.press("enter")
        assert "Queue: changed by me, 1 frame." in review.told
        await review.press("u", "Q")
        await type_text(review.pilot, "changed")
        await review.press("enter")
        assert "changed by me – of 0" in review.queue
        await review.press("q")
    async with reviewing(make_app, demo_store) as review:
        await review.press("U", "q")
    async with reviewing(make_app, demo_store) as review:
        assert review.context.open_session.changed.indices == {2}


async def test_an_accepted_range_that_was_undone_counts_no_more(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("home", "r", "4", "f", "enter", "enter")
        assert "Accept 1–5" in review.told
        assert "frames/h" in review.screen.query_one(AutosaveLine).metrics
        await review.press("u")
        assert review.screen.query_one(AutosaveLine).metrics == ""
        await review.press("U", "q")
    async with reviewing(make_app, demo_store) as review:
        await review.press("u", "%")
        await review.rest()
        assert "-5 frames" in screen_text(review.pilot)
        await review.press("escape", "q")
    second, first = sorted(activities(demo_store), key=lambda activity: activity.frames)
    assert (first.frames, second.frames) == (5, -5)
    assert first.retention is not None
    assert second.retention is not None
    assert first.retention + second.retention == Retention()
    (total,) = statistics(demo_store).users.values()
    assert (total.frames, total.keys_per_frame) == (0, None)


async def test_labels_are_accepted_and_rejected_one_by_one(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store, capability=BALL) as review:
        await review.press("home", "tab")
        count = len(review.context.frame.labels)
        assert count >= 1
        await review.press(*["a"] * count)
        assert review.context.frame.reviewed
        assert "✓" in review.list[1]
        await review.press("f", "tab", "x")
        assert "Delete ball" in review.told
        await review.press("u")
        assert "Undo" in review.told


async def test_a_range_is_accepted_or_loses_a_label_in_one_step(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("f", "r", "f", "f", "enter")
        reviewed = [at for at, frame in enumerate(review.context.document) if frame.reviewed]
        assert reviewed == [1, 2, 3]
        await review.press("u")
        assert not any(frame.reviewed for frame in review.context.document)
        await review.press("home", "tab")
        name = review.context.selected or ""
        before = review.context.document.copy()
        await review.press("r", "f", "f", "x")
        assert review.context.frame.label(name) is None
        assert review.context.document.frame(0).label(name) is None
        await review.press("u")
        assert review.context.document == before


async def test_what_is_not_doubtful_is_watched_and_accepted_together(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        analysis = review.context.analysis
        assert analysis is not None
        stretches = [analysis.ranking.stretch(at) for at in range(FRAMES)]
        seen = max(stretches, key=len)
        assert len(seen) > 2
        await review.press(str(seen.start + 1), "g")
        await review.press('"')
        assert f"Watching from {seen.start + 1}" in review.queue
        while review.display.view.playing:
            await review.rest()
        assert review.context.range == (seen.start, seen.stop - 1)
        of = analysis.queue.position(seen.start).of
        await review.press("enter")
        reviewed = [at for at, frame in enumerate(review.context.document) if frame.reviewed]
        assert reviewed == list(seen)
        assert review.context.index not in seen, "the queue goes on"
        position = analysis.queue.position(review.context.index)
        assert position.of == of, "what was accepted together counts"
        assert position.at is not None
        assert position.at > len(seen)
        await review.press(str(seen.start + 1), "g", '"')
        assert "No frames to watch from here" in review.told


async def put_two_balls(review: Review) -> None:
    """By hand on frames 2 and 6; there is no other."""
    for at in range(FRAMES):
        await review.press(str(at + 1), "g")
        while review.context.frame.labels:
            await review.press("x")
        if at in (1, 5):
            await review.press("n", "h" if at == 1 else "j", "g", "enter")


async def test_interpolation_is_shown_before_it_is_taken(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store, capability=BALL) as review:
        await put_two_balls(review)
        await review.press("home", "m")
        assert review.context.index == 3
        await review.press("i")
        ghosts = [m for m in review.display.view.scene.marks if Style.GHOST in m.styles]
        assert len(ghosts) == 1
        assert review.context.frame.labels == ()
        await review.press("c", "f", "d", "i")
        assert not review.context.frame.reviewed
        for at in (2, 3, 4):
            (ball,) = review.context.document.frame(at).labels
            assert ball.origin is Origin.INTERPOLATED
        middle = review.context.document.frame(3).labels[0]
        # Moving an end takes the frames between along, in the same undoable step.
        await review.press("2", "g", "tab", "L")
        assert review.context.document.frame(3).labels[0].x > middle.x
        await review.press("u")
        assert review.context.document.frame(3).labels[0] == middle
        await review.press("4", "g", "i")
        why = review.told
        await review.press("escape")
        assert "Nothing was interpolated" in review.told or "already" in why


async def test_what_was_accepted_is_left_alone_from_other_frames(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store, capability=BALL) as review:
        await put_two_balls(review)
        await review.press("4", "g", "i", "enter")
        accepted = review.context.document.frame(3)
        assert accepted.reviewed
        assert accepted.labels[0].origin is Origin.INTERPOLATED
        before = review.context.document.copy()
        await review.press("2", "g", "tab", "L")
        assert review.context.document.frame(3) == accepted
        assert review.context.document.frame(2) != before.frame(2), "re-done up to the accepted one"
        assert review.context.document.frame(4) == before.frame(4)
        assert "left alone: 1 reviewed or by hand" in review.told
        await review.press("u")
        assert review.context.document == before
        await review.press("2", "g", "3", "P")
        assert review.context.document.frame(3) == accepted
        assert "left alone: 1 reviewed or by hand" in review.told
        await review.press("u", "3", "g", "x", "i", "i")
        assert review.context.document.frame(3) == accepted
        await review.press("4", "g", "L")
        assert review.context.frame.labels != accepted.labels, "in the frame itself it moves"
        assert review.context.frame.reviewed


async def test_enter_takes_what_is_shown_and_accepts_other_keys_drop_it(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store, capability=BALL) as review:
        for at in (0, 1, 2):
            await review.press(str(at + 1), "g")
            while review.context.frame.labels:
                await review.press("x")
            if at != 1:
                await review.press("n", "h", "g", "enter")
        await review.press("2", "g", "i")
        assert review.context.mode.name == "review.ghost"
        await review.press("f", "d")
        assert review.context.mode.name == "review.ghost", "looking at other frames keeps it"
        await review.press("2", "g")
        assert (review.context.mode.name, review.context.index) == ("review", 1)
        await review.press("i", "w")
        assert review.context.mode.name == "review.grid"
        await review.press("escape", "i", "enter")
        ball = review.context.document.frame(1).labels[0]
        assert ball.origin is Origin.INTERPOLATED
        assert review.context.document.frame(1).reviewed
        assert review.context.index != 1


async def test_the_grid_says_what_a_snap_would_do(make_app: MakeApp, demo_store: Store) -> None:
    async with reviewing(make_app, demo_store, capability=BALL) as review:
        await review.press("3", "g")
        there = review.context.frame.labels[0]
        assert isinstance(there, Ball)
        await review.press("w")
        grid = Grid.start((0, 0, *review.context.bounds))
        while not any(Style.GHOST in mark.styles for mark in review.display.view.scene.marks):
            assert not grid.fine, "never within reach of the ball"
            key = next(
                key
                for key, (x, y, w, h) in grid.cells
                if x <= there.x < x + w and y <= there.y < y + h
            )
            pressed = grid.press(key)
            assert pressed is not None
            grid = pressed
            await review.press(key)
        (spot,) = [mark for mark in review.display.view.scene.marks if Style.GHOST in mark.styles]
        assert "space: ball-like spot" in review.queue
        await review.press("space")
        found = review.context.frame.labels[0]
        assert (found.x, found.y) == spot.geometry[:2]


async def test_labels_are_copied_and_propagated(make_app: MakeApp, demo_store: Store) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("tab", "L", "L")
        label = review.label()
        await review.press("3", "P")
        assert "Propagate" in review.told
        for at in (1, 2, 3):
            found = review.context.document.frame(at).label(label.id)
            assert found is not None
            assert found.geometry == label.geometry
        await review.press("f", "l", "p")
        assert review.label().geometry == label.geometry


async def test_a_macro_plays_on_the_next_frames(make_app: MakeApp, demo_store: Store) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("M", "f5", "f", "M")
        assert "2 keys recorded" in review.told
        await review.press("3", "@")
        flagged = [at for at, frame in enumerate(review.context.document) if frame.flags]
        assert flagged == [0, 1, 2, 3]
        await review.press("M", "f6", "escape", "M", "2", "@")
        assert review.context.index == 6


async def test_escape_stops_a_macro_and_other_keys_wait_for_its_end(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("M", "f5", "f", "M", "9")
        for key, character in (("at", "@"), ("f6", None), ("escape", None)):
            review.screen.post_message(Key(key, character))
        await review.rest()
        assert "Play 2 keys on" in review.told
        flagged = [frame.flags for frame in review.context.document if frame.flags]
        assert 1 <= len(flagged) < 10
        assert set(flagged) == {(Flag.BAD_FRAME,)}
        await review.press("f6")
        assert Flag.NEEDS_HUMAN_REVIEW in review.context.frame.flags


async def test_findings_jump_to_frame_and_label(make_app: MakeApp, demo_store: Store) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("F")
        table = review.screen.query_one(FindingsList)
        assert table.rows
        here = review.context.index
        await review.press("j")
        row = table.row
        assert row is not None
        assert review.context.index == row.value.index or here == row.value.index
        await review.press("enter")
        assert review.context.mode.name == "review"
        assert review.context.index == row.value.index
        if row.value.label_id in {label.id for label in review.context.frame.labels}:
            assert review.context.selected == row.value.label_id


async def test_findings_stay_open_and_up_to_date_while_they_are_walked(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store, capability=BALL) as review:
        await review.press("2", "g", "n", "f", "enter", "4", "g", "n", "f", "enter", "1", "g", "F")
        table = review.screen.query_one(FindingsList)

        def doubled() -> list[int]:
            return [row.value.index for row in table.rows if row.value.rule == "ball.too_many"]

        assert {1, 3} <= set(doubled())
        while table.row is not None and table.row.value.rule != "ball.too_many":
            await review.press("j")
        await review.press("enter")
        assert review.context.index == doubled()[0] == 1
        await review.press("E")
        assert review.screen.query_one(FindingsList) is table, "it is open"
        assert 1 not in doubled(), "what was mended is gone from it"
        await review.press("F")
        assert review.context.mode.name == "review.findings"
        assert table.row is not None
        assert review.context.index == table.row.value.index
        await review.press("escape")
        assert not review.screen.query(FindingsList)


async def test_a_pack_is_approved_and_selectable_without_a_reload(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store, capability=Capability.PLAYER) as review:
        await review.press("C")
        assert "Scoped label packs" in screen_text(review.pilot)
        table = review.screen.query_one(PackTable)
        (row,) = table.rows
        pack = row.value
        await review.press("a")
        if not pack.approvable:
            assert f"Approve is off: {pack.why_not}" in review.told
            return
        assert isinstance(review.pilot.app.screen, ReasonDialog)
        await review.press("enter")
        assert "REASON_REQUIRED" in screen_text(review.pilot)
        await type_text(review.pilot, "checked")
        await review.press("enter")
        assert "PACK_APPROVED" in banner(review.pilot)
        (row,) = table.rows
        assert row.value.review_status == "approved"
        assert "1 approved candidate" in screen_text(review.pilot)
        await review.press("a")
        assert "Approve is off: review_status = approved already" in review.told
        await review.press("escape", "!")
        assert f"pack-{pack.id[:8]}" in screen_text(review.pilot)
    (after,) = packs(demo_store, draft_of(demo_store).scope)
    assert after.selectable


async def test_what_the_model_said_can_be_shown(make_app: MakeApp, demo_store: Store) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("tab", "L", "D")
        ghosts = [m for m in review.display.view.scene.marks if Style.GHOST in m.styles]
        assert [mark.label_id for mark in ghosts] == [review.context.selected]
        assert "prelabels" in review.queue
        await review.press("x")
        assert any(Style.GHOST in m.styles for m in review.display.view.scene.marks)


async def test_one_ball_is_kept_and_the_others_go(make_app: MakeApp, demo_store: Store) -> None:
    async with reviewing(make_app, demo_store, capability=BALL) as review:
        await review.press("home", "n", "f", "enter", "n", "h", "enter")
        kept = review.context.selected
        before = review.context.frame
        await review.press("E")
        assert [label.id for label in review.context.frame.labels] == [kept]
        await review.press("E")
        assert "no other ball" in review.told
        await review.press("u")
        assert review.context.frame == before
    async with reviewing(make_app, demo_store) as review:
        await review.press("E")
        assert "players one by one" in review.told
