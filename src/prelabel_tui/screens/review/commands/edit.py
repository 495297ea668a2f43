"""Editing: moving, edges, snapping, through time, flags, ball states, undo."""

from __future__ import annotations

import asyncio
from enum import Enum

from prelabel_tui.core.edits import interpolation, many_frames, matching, one_frame
from prelabel_tui.core.edits.interpolation import Curve
from prelabel_tui.core.edits.many_frames import Refusal
from prelabel_tui.core.edits.one_frame import Edge
from prelabel_tui.core.edits.operations import LabelChange, Operation
from prelabel_tui.core.model.labels import UNIT, BallState, Box, Flag, Frame, Label
from prelabel_tui.core.session.working_copy import Undone
from prelabel_tui.screens.review.repeating import Repeating

_OUTER = {(-1, 0): Edge.LEFT, (1, 0): Edge.RIGHT, (0, -1): Edge.TOP, (0, 1): Edge.BOTTOM}
_INNER = {(-1, 0): Edge.RIGHT, (1, 0): Edge.LEFT, (0, -1): Edge.BOTTOM, (0, 1): Edge.TOP}


class Handle(Enum):
    """What the moving keys move: all, the edge they point at, or the one they point away from."""

    WHOLE = ""
    OUTER = "outer edge"
    INNER = "inner edge"


class EditingActions(Repeating):
    """The keys that change labels."""

    handle = Handle.WHOLE
    curve = Curve.AUTO
    _unsure: tuple[int, Label, tuple[int, ...]] | None = None

    def go(self, index: int, select: str | None = None) -> None:
        """As ever; with another label selected, the moving keys move all of it again."""
        before = self.selected
        super().go(index, select)
        if self.selected != before and self.handle is not Handle.WHOLE:
            self.handle = Handle.WHOLE
            self.redraw()

    def handle_name(self) -> str:
        """For the list."""
        return self.handle.value

    # --- moving

    def _nudge(self, dx: int, dy: int, by: int) -> None:
        if not self.editable() or (label := self.chosen()) is None:
            return
        step = by * self.times() * UNIT
        if self.handle is Handle.WHOLE:
            done = one_frame.move(
                self.document, self.index, label.id, dx * step, dy * step, self.bounds
            )
            self.edit(done, "It stands at the edge of the frame.")
            return
        edge = (_OUTER if self.handle is Handle.OUTER else _INNER)[dx, dy]
        done = one_frame.resize(
            self.document, self.index, label.id, edge, (dx or dy) * step, self.bounds
        )
        self.edit(done, "It cannot get any smaller or larger that way.")

    def do_left(self) -> None:
        """1 px left."""
        self._nudge(-1, 0, 1)

    def do_right(self) -> None:
        """1 px right."""
        self._nudge(1, 0, 1)

    def do_up(self) -> None:
        """1 px up."""
        self._nudge(0, -1, 1)

    def do_down(self) -> None:
        """1 px down."""
        self._nudge(0, 1, 1)

    def do_left_ten(self) -> None:
        """10 px left."""
        self._nudge(-1, 0, 10)

    def do_right_ten(self) -> None:
        """10 px right."""
        self._nudge(1, 0, 10)

    def do_up_ten(self) -> None:
        """10 px up."""
        self._nudge(0, -1, 10)

    def do_down_ten(self) -> None:
        """10 px down."""
        self._nudge(0, 1, 10)

    def do_edges(self) -> None:
        """Whole label, outer edge, inner edge, in turn."""
        handles = list(Handle)
        self.use_handle(handles[(handles.index(self.handle) + 1) % len(handles)])

    def use_handle(self, handle: Handle) -> None:
        """Say what the moving keys move from now on."""
        self.handle = handle
        self.redraw()
        what = "the size" if self.is_ball else "edges"
        self.tell(
            {
                Handle.WHOLE: "hjkl move the whole label.",
                Handle.OUTER: f"hjkl move {what} outwards: the edge on that side.",
                Handle.INNER: f"hjkl move {what} inwards: the edge opposite.",
            }[handle]
        )

    # --- snapping

    async def do_snap(self) -> None:
        """To the nearest ball-like spot, or to the edges of the player-like region."""
        if not self.editable() or (label := self.chosen()) is None:
            return
        if self._unsure is not None and self._unsure[:2] == (self.index, label):
            geometry, self._unsure = self._unsure[2], None
            done = one_frame.place(self.document, self.index, label.id, geometry, self.bounds)
            self.edit(done, "It is there already.")
            return
        index = self.index
        found = await self.snapped(index, label)
        if found is None or index != self.index:
            return
        geometry, sure, reason = found
        if not sure:
            self._unsure = (index, label, geometry)
            key = self.shell.keymap.display("review.snap")
            self.refuse(f"Not sure: {reason}. {key} again takes it.")
            return
        done = one_frame.place(self.document, index, label.id, geometry, self.bounds)
        if self.edit(done, f"It is right there already: {reason}."):
            self.tell(f"{done.text if done else ''}: {reason}")

    async def snapped(self, index: int, label: Label) -> tuple[tuple[int, ...], bool, str] | None:
        """Where a label would snap to, whether that is sure, and why."""
        loader = self.view.loader
        assert loader is not None

        def look() -> tuple[tuple[int, ...], bool, str] | None:
            from prelabel_tui.imaging.snapping import snap_ball, snap_box

            pixels = loader.pixels(index)
            if pixels is None:
                return None
            if isinstance(label, Box):
                box = snap_box(pixels, label.geometry)
                return box.geometry, box.sure, box.reason
            ball = snap_ball(pixels, label.x, label.y, size=label.size)
            return (ball.x, ball.y), ball.sure, ball.reason

        found = await asyncio.to_thread(look)
        if found is None:
            self.refuse("The picture could not be read.")
        return found

    # --- through time

    def do_copy_previous(self) -> None:
        """The selected label as in the previous frame, or all that are missing here."""
        if self.editable():
            self.edit(many_frames.copy_from_previous(self.document, self.index, self.selected))
            self._select_only()

    def do_propagate(self) -> None:
        """The selected label on the next frames as it is here."""
        self.put_off_repeat()
        done = many_frames.propagate(self.document, self.index, self.times(), self.selected)
        self.edit(done)

    def do_interpolate(self) -> None:
        """Show what interpolation would place; taken by another key."""
        self.put_off_repeat()
        self.curve = Curve.AUTO
        self._offer()

    def _offer(self) -> None:
        self.settle()  # which frames are doubtful says where the fixed ones are
        found = self._interpolation()
        if isinstance(found, Refusal):
            self._drop()
            self.refuse(found.text)
            return
        self.pending = found
        self.enter_mode("ghost", f"{found.text} · {self.curve}")
        self.redraw()

    def _interpolation(self) -> Operation | Refusal:
        """Of the ball, of the selected box, or of the boxes that are missing here."""
        selected = self.selected
        if not self.is_ball and (selected is None or self._lacks_one()):
            return interpolation.fill_missing(self.document, self.index)
        name = None if self.is_ball else selected
        doubtful = () if self.analysis is None else self.analysis.ranking.doubtful
        gap = interpolation.find_gap(self.document, self.index, name, doubtful)
        if gap is None:
            return Refusal("There is no fixed frame on both sides of this one.")
        first, last = gap
        if name is not None:
            name = matching.follow(self.document, self.index, name, first)
        return interpolation.interpolate(
            self.document, first, last, name, self.curve, anew=self.index
        )

    def _lacks_one(self) -> bool:
        """Whether a label that is missing is what is most doubtful here."""
        if self.analysis is None:
            return False
        reasons = self.analysis.ranking.entry(self.index).reasons
        return bool(reasons) and reasons[0].code == "missing"

    def do_ghost_curve(self) -> None:
        """Straight, in flight, or whichever the frames beside speak for."""
        curves = list(Curve)
        self.curve = curves[(curves.index(self.curve) + 1) % len(curves)]
        self._offer()

    def do_ghost_take(self) -> None:
        """Take what is shown."""
        self.take_pending()

    def take_pending(self) -> bool:
        """Take what is shown; whether that could be done."""
        pending = self.pending
        self._drop()
        return self.edit(pending)

    def do_ghost_cancel(self) -> None:
        """Leave everything as it is."""
        self._drop()
        self.tell("Nothing was interpolated.")

    def do_ghost_next_frame(self) -> None:
        """Look at the next frame."""
        self.go(self.index + 1)

    def do_ghost_previous_frame(self) -> None:
        """Look at the previous frame."""
        self.go(self.index - 1)

    def _drop(self) -> None:
        self.pending = None
        self.enter_mode(None)
        self.redraw()

    def ghosts(self) -> Frame | None:
        """What is pending, else what the model said."""
        if self.pending is not None:
            return interpolation.ghost(self.pending, self.index)
        if self.show_prelabels and self.source is not None:
            return self.source.frame(self.index)
        return None

    # --- undo

    def do_undo(self) -> None:
        """Take the last step back, in whatever frame it was."""
        for _ in range(self.times()):
            if not self._stepped(self.take_back(), "Nothing to undo."):
                break

    def do_redo(self) -> None:
        """Make it again."""
        for _ in range(self.times()):
            if not self._stepped(self.take_again(), "Nothing to redo."):
                break

    def _stepped(self, step: Undone | None, nothing: str) -> bool:
        if step is None:
            self.refuse(nothing)
            return False
        if not step.done:
            self.refuse(step.refusal or nothing)
            return False
        self.show_step(step)
        return True

    def show_step(self, step: Undone) -> None:
        """Go to where something was undone, and say it."""
        frames = step.frames
        elsewhere = bool(frames) and self.index not in frames
        if elsewhere:
            self.index = frames[0]
        here = [
            change.id
            for change in step.operation.changes
            if isinstance(change, LabelChange) and change.frame == self.index
        ]
        for name in here:
            if self.frame.label(name) is not None:
                self.selected = name
                break
        self.after_change(frames)
        if elsewhere:
            self.repaint()
        self.tell(f"{step.text} · frame {self.index + 1}" if elsewhere else step.text)

    # --- adding, deleting

    def _select_only(self) -> None:
        if self.selected is None and len(self.frame.labels) == 1:
            self.select(self.frame.labels[0].id)

    # --- flags and ball states

    def set_flag(self, flag: Flag) -> None:
        """Toggle a flag of the frame, or set it through the range."""
        if self.range_start is not None:
            first, last = sorted((self.range_start, self.index))
            on = flag not in self.frame.flags
            done = many_frames.flag_range(self.document, first, last, flag, on)
            if self.edit(done):
                self.end_range()
            return
        self.edit(one_frame.toggle_flag(self.document, self.index, flag))

    def do_flag(self) -> None:
        """Wait for the letter of the flag."""
        self.enter_mode("flags", "Flag: b bad · r review · p false positives · n false negatives")

    def do_flags_cancel(self) -> None:
        """No flag."""
        self.enter_mode(None)

    def do_flags_bad(self) -> None:
        """bad_frame."""
        self._second_key(Flag.BAD_FRAME)

    def do_flags_review(self) -> None:
        """needs_human_review."""
        self._second_key(Flag.NEEDS_HUMAN_REVIEW)

    def do_flags_positive(self) -> None:
        """false_positive_heavy."""
        self._second_key(Flag.FALSE_POSITIVE_HEAVY)

    def do_flags_negative(self) -> None:
        """false_negative_suspected."""
        self._second_key(Flag.FALSE_NEGATIVE_SUSPECTED)

    def _second_key(self, flag: Flag) -> None:
        self.enter_mode(None)
        self.set_flag(flag)

    def do_bad_frame(self) -> None:
        """Poor quality: blur, smear, occlusion, broken frame, camera cut."""
        self.set_flag(Flag.BAD_FRAME)

    def do_needs_human_review(self) -> None:
        """Still uncertain after the best effort."""
        self.set_flag(Flag.NEEDS_HUMAN_REVIEW)

    def do_false_positive_heavy(self) -> None:
        """Many extra detections."""
        self.set_flag(Flag.FALSE_POSITIVE_HEAVY)

    def do_false_negative_suspected(self) -> None:
        """Real objects appear to be missing."""
        self.set_flag(Flag.FALSE_NEGATIVE_SUSPECTED)

    def _ball_is(self, state: BallState) -> None:
        if not self.is_ball:
            self.refuse("Ball states belong to ball_detection.")
        elif self.editable():
            wanted = None if self.frame.ball is state else state
            self.edit(many_frames.set_ball_state(self.document, self.index, wanted))

    def do_ball_visible(self) -> None:
        """The ball is seen."""
        self._ball_is(BallState.VISIBLE)

    def do_ball_blurred(self) -> None:
        """It is smeared by its motion."""
        self._ball_is(BallState.BLURRED)

    def do_ball_occluded(self) -> None:
        """Something hides it."""
        self._ball_is(BallState.OCCLUDED)

    def do_ball_out(self) -> None:
        """It is beyond the picture."""
        self._ball_is(BallState.OUT_OF_FRAME)

    def do_ball_absent(self) -> None:
        """There is none."""
        self._ball_is(BallState.ABSENT)
