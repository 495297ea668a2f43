"""What may be edited: the session decides it, whoever asks for the edit."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from prelabel_tui.core.drafts import loading
from prelabel_tui.core.edits import many_frames, one_frame
from prelabel_tui.core.edits.editable import EditableFrames, EditRefused, Permitted
from prelabel_tui.core.edits.interpolation import interpolate
from prelabel_tui.core.edits.operations import (
    LabelChange,
    Operation,
    OperationConflict,
    StateChange,
    label_change,
    state_change,
)
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import (
    Ball,
    BallState,
    Capability,
    Flag,
    Origin,
    make_frame,
)
from prelabel_tui.core.model.media import MediaFrame
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.session.blind_repeats import BlindRepeats, Repeat
from prelabel_tui.core.session.session import EditingSession
from prelabel_tui.core.store import Store, models
from prelabel_tui.core.tracks import work_out
from tests.core.clips import (
    add_box,
    add_run,
    ball_document,
    ball_state,
    clip,
    delete,
    flag,
    nudge,
    player_document,
)
from tests.core.sessions import Open

MISSING = 2
"""The frame without a picture."""


def editing(store: Store, reviewer: Actor, document: Document) -> EditingSession:
    """A session on a clip whose third frame has no picture."""
    run = add_run(store, document, missing=(MISSING,))
    draft = loading.open_review(store, reviewer, run, document.capability).unwrap()
    return EditingSession.open(store, reviewer, draft.id).unwrap()


@pytest.fixture
def players(store: Store, reviewer: Actor) -> EditingSession:
    return editing(store, reviewer, player_document(6, 3))


@pytest.fixture
def balls(store: Store, reviewer: Actor) -> EditingSession:
    return editing(store, reviewer, ball_document(6))


def test_no_label_is_edited_where_there_is_no_picture(players: EditingSession) -> None:
    start = players.document.copy()
    for operation in (
        nudge(start, MISSING, "p1"),
        delete(start, MISSING, "p0"),
        add_box(MISSING, "p9"),
        one_frame.resize(start, MISSING, "p1", one_frame.Edge.LEFT, -500, (192_000, 108_000)),
        one_frame.add_box(start, MISSING, (0, 0, 900, 900), (192_000, 108_000), "q"),
        many_frames.propagate(start, work_out(start), MISSING - 1, 1, "p1"),
    ):
        assert isinstance(operation, Operation)
        with pytest.raises(EditRefused, match="No picture there"):
            players.apply(operation)
    assert players.document == start
    assert players.undo_next is None
    assert players.status.healthy


def test_the_session_says_why_before_anybody_tries(players: EditingSession) -> None:
    assert players.editing_off(MISSING) == (
        "No picture: editing is off here, flags still work (no file)."
    )
    assert [players.editing_off(index) for index in (0, 1, 3, 4, 5)] == [None] * 5


def test_flags_and_the_reviewed_mark_still_work_there(players: EditingSession) -> None:
    players.apply(flag(players.document, MISSING, Flag.BAD_FRAME))
    accepted = many_frames.accept_frame(players.document, MISSING)
    assert accepted is not None
    players.apply(accepted)
    frame = players.document.frame(MISSING)
    assert (frame.flags, frame.reviewed) == ((Flag.BAD_FRAME,), True)


def test_an_edit_of_many_frames_leaves_them_out_and_says_so(players: EditingSession) -> None:
    start = players.document.copy()
    operation = many_frames.delete_through(start, work_out(start), 1, 4, 1, "p1")
    assert isinstance(operation, Operation)
    permitted = players.apply(operation)
    made, left_out = permitted
    assert left_out == (MISSING,)
    assert made.frames == (1, 3, 4)
    assert permitted.text == "Delete track p1 in 2–5 · 1 frame without a picture left as it is"
    assert Permitted(made, (2, 3)).text.endswith(" · 2 frames without a picture left as they are")
    assert Permitted(made).text == made.text
    assert players.document.encoded(MISSING) == start.encoded(MISSING)
    undone = players.undo()
    assert undone is not None
    assert undone.operation == made.inverse()
    assert players.document == start


def test_a_range_of_flags_takes_every_frame(players: EditingSession) -> None:
    operation = many_frames.flag_range(players.document, 0, 5, Flag.BAD_FRAME)
    assert isinstance(operation, Operation)
    assert players.apply(operation) == (operation, ())


@pytest.mark.parametrize("state", [*BallState, None])
def test_nothing_is_said_of_a_ball_that_nobody_can_see(
    balls: EditingSession, state: BallState | None
) -> None:
    """Nor are labels taken away with it, as `absent` does."""
    start = balls.document.copy()
    operation = many_frames.set_ball_state(start, MISSING, state)
    if operation is not None:
        with pytest.raises(EditRefused):
            balls.apply(operation)
    assert balls.document == start


def test_a_flag_in_the_same_step_as_a_ball_state_is_kept(balls: EditingSession) -> None:
    frame = balls.document.frame(MISSING)
    both = state_change(MISSING, frame, ball=BallState.ABSENT, flags={Flag.BAD_FRAME})
    made, left_out = balls.apply(Operation("flag", "Both", (both,)))
    assert left_out == (MISSING,)
    assert made.changes == (state_change(MISSING, frame, flags={Flag.BAD_FRAME}),)
    assert balls.document.frame(MISSING).ball is None


def test_a_picture_that_turns_out_broken_counts_until_it_is_seen(players: EditingSession) -> None:
    players.apply(nudge(players.document, 0, "p1"))
    before = players.document.copy()
    players.editable.picture_shown(0, "cut off")
    assert "(cut off)" in (players.editing_off(0) or "")
    with pytest.raises(EditRefused):
        players.apply(nudge(players.document, 0, "p1"))
    assert players.document == before
    undone = players.undo()
    assert undone is not None
    assert undone.done, "what was done while it was seen can be taken back"
    redone = players.redo()
    assert redone is not None
    assert redone.done
    players.editable.picture_shown(0, None)
    assert players.editing_off(0) is None
    players.apply(nudge(players.document, 0, "p1"))
    assert players.editing_off(MISSING) is not None
    players.editable.picture_shown(MISSING, None)
    assert players.editing_off(MISSING) is None, "it was missing, and has come back"


def test_a_frame_that_no_picture_is_known_of_has_none() -> None:
    assert MediaFrame("a.jpg", 10, 10).no_picture == "no picture is known"
    assert MediaFrame("a.jpg", 10, 10, path="/a.jpg").no_picture is None
    assert MediaFrame("a.jpg", 10, 10, at=0).no_picture is None
    assert MediaFrame("a.jpg", 10, 10, path="/a.jpg", missing="gone").no_picture == "gone"


def test_an_edit_beyond_the_clip_is_a_conflict_not_a_question_of_pictures(
    players: EditingSession,
) -> None:
    box = players.document.frame(0).labels[0]
    for index in (-1, 6):
        for before, after in ((box, None), (box, one_frame.put_by_hand(box, (1, 2, 900, 900)))):
            with pytest.raises(OperationConflict, match="beyond the clip"):
                players.apply(Operation("move", "x", (label_change(index, before, after),)))


def ball(x: int, origin: Origin = Origin.MODEL) -> Ball:
    return Ball("b1", x, 5_000, 1_200, origin=origin)


@pytest.fixture
def gap(store: Store, reviewer: Actor) -> EditingSession:
    """A session on six frames: a ball in the first and the last, interpolated between them."""
    lone = [make_frame([ball(0)]), *[make_frame()] * 4, make_frame([ball(5_000)])]
    run = add_run(store, Document.from_frames(Capability.BALL, lone))
    draft = loading.open_review(store, reviewer, run, Capability.BALL).unwrap()
    session = EditingSession.open(store, reviewer, draft.id).unwrap()
    placed = interpolate(session.document, work_out(session.document), 0, 5)
    assert isinstance(placed, Operation)
    assert session.apply(placed) == (placed, ())
    return session


def places(session: EditingSession) -> list[int]:
    return [frame.labels[0].x for frame in session.document]


def test_moving_an_end_does_its_interpolation_again_in_the_same_step(gap: EditingSession) -> None:
    """Whoever applies it: it is the session's rule."""
    filled = gap.document.copy()
    moved = nudge(filled, 5, "b1", 5_000)
    made, left_out = gap.apply(moved)
    assert made.changes[0] == moved.changes[0]
    assert set(made.frames) == {1, 2, 3, 4, 5}
    assert left_out == ()
    assert places(gap) == [0, 2_000, 4_000, 6_000, 8_000, 10_000]
    gap.undo()
    assert gap.document == filled


def test_a_run_done_again_passes_a_frame_that_lost_its_picture(gap: EditingSession) -> None:
    gap.editable.picture_shown(MISSING, "cut off")
    made, left_out = gap.apply(nudge(gap.document, 5, "b1", 5_000))
    assert left_out == (MISSING,)
    assert MISSING not in made.frames
    assert places(gap) == [0, 2_000, 2_000, 6_000, 8_000, 10_000]


def test_a_draft_that_is_no_longer_active_takes_no_edit(store: Store, sit: Open) -> None:
    session = sit()
    session.apply(nudge(session.document, 0, "p0"))
    assert session.read_only is None
    with store.write() as rows:
        rows.execute(update(models.Draft).values(active=False))
    assert session.flush().code == Code.DRAFT_NOT_ACTIVE
    before = session.document.copy()
    why = session.read_only
    assert why is not None
    assert "no longer the active draft" in why
    assert "Open the review again" in why
    assert session.editing_off(0) == why
    for operation in (nudge(before, 1, "p0"), flag(before, 1, Flag.BAD_FRAME)):
        with pytest.raises(EditRefused, match="no longer the active draft"):
            session.apply(operation)
    undone = session.undo()
    assert undone is not None
    assert not undone.done
    assert undone.refusal == why
    assert session.document == before
    assert session.undo_next is not None, "the edit stays in the log"
    with store.write() as rows:
        rows.execute(update(models.Draft).values(active=True))
    assert session.flush().healthy
    assert session.read_only is None


def test_the_second_answer_to_a_blind_repeat_keeps_the_same_rule() -> None:
    draft = ball_document(4)
    repeat = Repeat(MISSING, draft, draft.encoded(MISSING), EditableFrames(clip(4, (MISSING,))))
    with pytest.raises(EditRefused):
        repeat.apply(nudge(draft, MISSING, "b1"))
    assert repeat.undo() is None
    assert repeat.document == draft
    made, left_out = repeat.apply(ball_state(draft, 1, BallState.BLURRED))
    assert left_out == ()
    assert made.frames == (1,)
    begun = BlindRepeats(draft, EditableFrames(clip(4, (MISSING,))), 1.0, "s")
    begun.accepted(MISSING)
    again = begun.begin(MISSING, draft)
    with pytest.raises(EditRefused):
        again.apply(delete(draft, MISSING, "b1"))


def test_what_was_set_aside_comes_back_though_its_picture_is_gone(sit: Open, lead: Actor) -> None:
    session, other = sit(), sit(lead)
    session.apply(nudge(session.document, 0, "p0"))
    mine = session.document.copy()
    other.apply(nudge(other.document, 1, "p1"))
    other.flush()
    session.flush()
    stash = session.load_latest()
    assert stash is not None
    session.editable.picture_shown(0, "cut off")
    operation = session.take_stash(stash, {})
    assert operation.frames == (0,)
    assert session.document.encoded(0) == mine.encoded(0)
    assert session.stashes == []


def test_nothing_but_flags_and_marks_gets_through_on_any_operation() -> None:
    """Each kind of change, on a frame with a picture and on one without."""
    document = ball_document(2)
    editable = EditableFrames(clip(2, (1,)))
    frames = [document.frame(index) for index in (0, 1)]
    changes = [
        change
        for index, frame in enumerate(frames)
        for change in (
            label_change(index, frame.labels[0], None),
            state_change(index, frame, ball=BallState.BLURRED),
            state_change(index, frame, reviewed=True),
        )
    ]
    made, left_out = editable.permit(Operation("x", "all", tuple(changes)))
    assert left_out == (1,)
    assert made.changes == (*changes[:3], changes[5])
    assert isinstance(made.changes[0], LabelChange)
    assert isinstance(made.changes[3], StateChange)
