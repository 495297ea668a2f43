"""Editing labels: moving, edges, snapping, placing, copying, interpolating, deselecting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from prelabel_tui.core.edits import many_frames, one_frame
from prelabel_tui.core.model.labels import UNIT, Box, Label
from prelabel_tui.imaging.snapping import snap_ball, snap_box
from prelabel_tui.screens.review.context import ReviewContext
from prelabel_tui.screens.review.modes.ghost import offer
from prelabel_tui.screens.review.modes.grid import GridMode
from prelabel_tui.screens.review.modes.letters import LettersMode
from prelabel_tui.screens.review.placing import Spot
from prelabel_tui.screens.review.state import Handle


class EditCommands:
    """The keys that change labels; ``accept`` accepts the frame."""

    def __init__(self, context: ReviewContext, accept: Callable[[], None]) -> None:
        self.context = context
        self._accept = accept
        self._unsure: tuple[Label, Spot] | None = None
        """What snap found last without being sure."""

    # --- moving

    def left(self) -> None:
        """Move 1 px left."""
        self._nudge(-1, 0, 1)

    def right(self) -> None:
        """Move 1 px right."""
        self._nudge(1, 0, 1)

    def up(self) -> None:
        """Move 1 px up."""
        self._nudge(0, -1, 1)

    def down(self) -> None:
        """Move 1 px down."""
        self._nudge(0, 1, 1)

    def left_ten(self) -> None:
        """Move 10 px left."""
        self._nudge(-1, 0, 10)

    def right_ten(self) -> None:
        """Move 10 px right."""
        self._nudge(1, 0, 10)

    def up_ten(self) -> None:
        """Move 10 px up."""
        self._nudge(0, -1, 10)

    def down_ten(self) -> None:
        """Move 10 px down."""
        self._nudge(0, 1, 10)

    def _nudge(self, dx: int, dy: int, by: int) -> None:
        context = self.context
        if not context.editable() or (label := context.chosen()) is None:
            return
        document, index, bounds = context.document, context.index, context.bounds
        step = by * context.times * UNIT
        edge = context.handle.edge(dx, dy)
        if edge is None:
            done = one_frame.move(document, index, label.id, dx * step, dy * step, bounds)
            context.edit(done, "The label is at the edge of the frame.")
            return
        done = one_frame.resize(document, index, label.id, edge, (dx or dy) * step, bounds)
        context.edit(done, "The label cannot get any smaller or larger that way.")

    def edges(self) -> None:
        """Switch between whole label, outer edge and inner edge."""
        handles = list(Handle)
        place = handles.index(self.context.handle)
        self._use_handle(handles[(place + 1) % len(handles)])

    def _use_handle(self, handle: Handle) -> None:
        """Choose what the moving keys move from now on, and say so."""
        context = self.context
        context.handle = handle
        context.display.redraw()
        what = "the size" if context.is_ball else "edges"
        context.display.set_status(
            {
                Handle.WHOLE: "hjkl move the whole label.",
                Handle.OUTER: f"hjkl move {what} outwards: the edge on that side.",
                Handle.INNER: f"hjkl move {what} inwards: the edge opposite.",
            }[handle]
        )

    # --- pointing

    def where(self) -> None:
        """Choose by grid where the selected label goes."""
        self._point(new=False)

    def new(self) -> None:
        """Choose by grid where a new label goes."""
        self._point(new=True)

    def _point(self, *, new: bool) -> None:
        if self.context.editable():
            grid = GridMode(self.context, new=new)
            self.context.enter(grid, grid.text)
            grid.show()

    def by_letter(self) -> None:
        """Show letters on all labels; typing them selects."""
        context = self.context
        if not context.frame.labels:
            context.display.refuse("This frame has no labels.")
            return
        context.enter(LettersMode(context), LettersMode.text)
        context.display.redraw()

    # --- snapping

    async def snap(self) -> None:
        """Snap to the nearest ball-like spot, or to the edges of the player-like region."""
        context = self.context
        if not context.editable() or (label := context.chosen()) is None:
            return
        index, unsure = context.index, self._unsure
        if unsure is not None and unsure[0] == label and unsure[1].at[0] == index:
            self._unsure = None
            self._place(label, unsure[1], "The label is there already.")
            return
        found = await self._snapped(index, label)
        if found is None or index != context.index:
            return
        if not found.sure:
            self._unsure = (label, found)
            key = context.shell.keymap.display("review.snap")
            context.display.refuse(f"Not sure: {found.reason}. Press {key} again to take it.")
            return
        text = self._place(label, found, f"The label is there already: {found.reason}.")
        if text is not None:
            context.display.set_status(f"{text}: {found.reason}")

    def _place(self, label: Label, spot: Spot, nothing: str) -> str | None:
        """Move a label to a spot; return what was done, or None."""
        context = self.context
        done = one_frame.place(
            context.document, context.index, label.id, spot.geometry, context.bounds
        )
        return done.text if context.edit(done, nothing) and done is not None else None

    async def _snapped(self, index: int, label: Label) -> Spot | None:
        """Find where a label would snap to."""
        loader = self.context.display.view.loader
        assert loader is not None

        def look() -> Spot | None:
            pixels = loader.pixels(index)
            if pixels is None:
                return None
            at = (index, label.x, label.y)
            if isinstance(label, Box):
                box = snap_box(pixels, label.geometry)
                return Spot(at, box.geometry, box.sure, box.reason)
            ball = snap_ball(pixels, label.x, label.y, size=label.size)
            return Spot(at, (ball.x, ball.y), ball.sure, ball.reason)

        found = await asyncio.to_thread(look)
        if found is None:
            self.context.display.refuse("The picture could not be read.")
        return found

    # --- through frames

    def copy_previous(self) -> None:
        """Copy the selected label from the previous frame, or all that are missing here."""
        context = self.context
        if context.editable() and (tracks := context.needed_tracks()) is not None:
            here = context.index, context.selected
            context.edit(many_frames.copy_from_previous(context.document, tracks, *here))
            if context.selected is None and len(context.frame.labels) == 1:
                context.select(context.frame.labels[0].id)

    def propagate(self) -> None:
        """Copy the selected label to the next frames as it is here."""
        context = self.context
        context.put_off_repeat()
        if (tracks := context.needed_tracks()) is not None:
            here = context.index, context.times, context.selected
            context.edit(many_frames.propagate(context.document, tracks, *here))

    def interpolate(self) -> None:
        """Show what interpolation would place; another key takes it."""
        self.context.put_off_repeat()
        offer(self.context, self._accept)

    # --- deselecting

    def deselect(self) -> None:
        """Cancel what is under way, one thing at a time."""
        context = self.context
        if context.screen.banner.shown:
            context.screen.clear_banner()
        elif context.range is not None:
            context.end_range()
        elif context.handle is not Handle.WHOLE:
            self._use_handle(Handle.WHOLE)
        elif context.selected is not None:
            context.select(None)
        else:
            leave = context.shell.keymap.display("review.leave")
            context.display.set_status(f"Nothing to cancel; {leave} goes back to the list.")
