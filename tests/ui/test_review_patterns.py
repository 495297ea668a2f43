"""Corrections carried on, labels moved in time, and what the program notices, at the screen."""

from __future__ import annotations

from prelabel_tui.core.model.labels import UNIT, Box, Origin
from prelabel_tui.core.store import Store
from tests.ui.applications import MakeApp
from tests.ui.demo_home import FRAMES, WIDTH
from tests.ui.reviewing import Review, reviewing


async def _correct(review: Review, labels: int, *keys: str) -> list[str]:
    """Correct so many labels of the frame in turn; return their ids."""
    done = []
    for _ in range(labels):
        await review.press("tab", *keys)
        done.append(review.label().id)
    return done


def _same_track(review: Review, name: str) -> dict[int, Box]:
    """The boxes of a label's track, by frame."""
    tracks, document = review.context.tracks, review.context.document
    assert tracks is not None
    track = tracks.at(review.context.index, name)
    assert track is not None
    found = {}
    for member in tracks.members(track):
        box = document.frame(member.frame).label(member.id)
        assert isinstance(box, Box)
        found[member.frame] = box
    return found


async def test_a_correction_is_shown_on_the_next_frames_then_made_and_undone_in_one_step(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("home", "tab", "6", "l")
        name, before = review.label().id, review.context.document.payload()
        await review.press("$")
        assert review.context.mode.name == "review.carrying"
        assert "Carry on: to the end" in review.queue
        assert "Correct by +6,0: " in review.told
        await review.press("f")
        ghosts = review.context.mode.ghosts()
        assert ghosts is not None
        moved = {ghost.x - _same_track(review, ghost.id)[1].x for ghost in ghosts.labels}
        assert moved == {6 * UNIT}
        assert review.context.document.payload() == before
        await review.press("enter")
        boxes = _same_track(review, name)
        carried = [at for at, box in boxes.items() if box.origin is Origin.PROPAGATED]
        assert carried == [at for at in boxes if at > 0]
        for at in carried:
            assert boxes[at].was is not None
        await review.press("u")
        assert review.context.document.payload() == before


async def test_a_count_limits_the_frames_and_the_key_carries_farther(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("home", "tab", "2", "j", "2", "$")
        named = []
        for _ in range(5):
            named.append(review.queue.split("Carry on: ")[1])
            await review.press("$")
        reaches = (
            "2 frames",
            "to the end",
            "the whole track",
            "all tracks",
            "back to the start",
        )
        for text, reach in zip(named, reaches, strict=True):
            assert text.startswith(reach)
        before = review.context.document.payload()
        await review.press("escape")
        assert review.told == "Nothing was changed."
        assert review.context.document.payload() == before
        await review.press("2", "$", "enter")
        carried = [
            at
            for at, box in _same_track(review, review.label().id).items()
            if box.origin is Origin.PROPAGATED
        ]
        assert set(carried) <= {1, 2}


async def test_what_was_not_corrected_cannot_be_carried_on(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("home", "tab", "$")
        assert "is where the model had it: correct it first" in review.told
        assert review.context.mode.name == "review"


async def test_corrections_are_interpolated_between_corrected_frames(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("home", "tab")
        name = review.label().id
        last = max(_same_track(review, name))
        assert last >= 4
        await review.press("8", "l", *str(last + 1), "g")
        assert review.label().id == name
        await review.press("4", "l", "i")
        assert "Interpolate corrections" in review.queue
        await review.press("i")
        boxes = _same_track(review, name)
        for at, box in boxes.items():
            assert box.was is not None
            wanted = 8 + (4 - 8) * at / last
            assert abs((box.x - box.was[0]) / UNIT - wanted) <= 0.01
        assert boxes[1].origin is Origin.INTERPOLATED


async def test_a_track_is_moved_in_time_and_so_are_all(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("home", "tab")
        name, before = review.label().id, review.context.document.payload()
        await review.press("'", "L", "l")
        tracks = review.context.tracks
        assert tracks is not None
        track = tracks.at(0, name)
        assert track is not None
        assert f"{tracks.name(track)}: 0.6 frames later" in review.queue
        await review.press("tab", "space")
        assert "2 tracks: 0.6 frames later" in review.queue
        await review.press("$")
        assert "all tracks: 0.6 frames later" in review.queue
        await review.press("H", "H", "h")
        assert "all tracks: 0.5 frames earlier" in review.queue
        await review.press("enter")
        assert review.told.startswith("Move 0.5 frames earlier: ")
        moved = [box for frame in review.context.document for box in frame.labels if box.was]
        assert len(moved) > 5 * FRAMES
        await review.press("u")
        assert review.context.document.payload() == before


async def test_nothing_is_moved_by_no_time(make_app: MakeApp, demo_store: Store) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("home", "tab", "'", "enter")
        assert "There is nothing to change" in review.told
        assert review.context.mode.name == "review"


async def test_six_tracks_that_agree_are_noticed_and_one_key_mends_the_rest(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("home")
        await _correct(review, 5, "6", "l")
        assert review.context.notice is None
        names = await _correct(review, 1, "6", "l")
        assert "6 of 6 players: boxes are 6 px too far left; " in review.queue
        assert "| shows them" in review.queue
        before = review.context.document.payload()
        await review.press("|")
        assert review.context.document.payload() == before  # nothing is done without a key
        await review.press("enter")
        assert review.context.notice is None
        every = [box for frame in review.context.document for box in frame.labels]
        inside = [box for box in every if isinstance(box, Box) and box.x + box.w < WIDTH * UNIT]
        assert {box.x - box.was[0] for box in inside if box.was} == {6 * UNIT}
        assert all(box.was for box in inside)
        assert review.label(names[0]).origin is Origin.MODEL
        await review.press("u")
        assert review.context.document.payload() == before


async def test_a_notice_that_was_declined_is_not_repeated(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("home")
        await _correct(review, 6, "6", "l")
        assert "players" in review.queue
        await review.press("|", "escape")
        assert "players" not in review.queue
        await _correct(review, 1, "6", "l")
        assert "players" not in review.queue
        await review.press("|")  # asked for, it is shown all the same
        assert review.context.mode.name == "review.offer"


async def test_an_answer_is_remembered_when_the_draft_is_opened_again(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("home")
        await _correct(review, 6, "6", "l")
        await review.press("|", "escape", "q")
    async with reviewing(make_app, demo_store) as review:
        assert "players" not in review.queue
        assert review.context.watch is not None
        assert review.context.watch.may_notice(())
        review.context.answered.begin("other prelabels")
        review.context.answered.recall([review.context.open_session.info.lineage.pack_id, "shift"])
        assert [*review.context.answered] == []
        review.context.answered.recall(["other prelabels", "shift", 3])
        assert [*review.context.answered] == ["shift"]


async def test_what_was_offered_is_done_once_it_was_taken(
    make_app: MakeApp, demo_store: Store
) -> None:
    """Nothing more is offered, now or when everything is worked out anew."""
    async with reviewing(make_app, demo_store) as review:
        await review.press("home")
        await _correct(review, 6, "6", "l")
        await review.press("|", "enter", "|")
        assert "Every label is where the pattern has it already." in review.told
        review.context.analyse()
        await review.rest()
        await review.press("|")
        assert "Every label is where the pattern has it already." in review.told
        assert review.context.notice is None


async def test_a_pattern_is_one_entry_of_the_queue_before_its_frames(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("home")
        await _correct(review, 6, "6", "l")
        notice = review.context.notice
        assert notice is not None
        await review.press("]")
        assert review.context.mode.name == "review.offer"
        assert review.context.index in notice.offer.frames
        assert f"{notice.frames} frames" in review.queue, "how many an answer settles"
        here = review.context.index
        await review.press("escape", "]")
        assert review.context.mode.name == "review"
        assert review.context.index != here, "declined, so the frames follow"


async def test_the_key_says_why_nothing_is_noticed(make_app: MakeApp, demo_store: Store) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("home", "|")
        assert "No pattern: corrections of 6 tracks are needed, and 0 have some." in review.told
