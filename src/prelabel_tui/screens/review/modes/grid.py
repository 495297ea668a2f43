"""Pointing by keys: a grid that divides the picture until the point is where it should be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from textual.worker import Worker, WorkerCancelled

from prelabel_tui.core.edits.pointing import Grid
from prelabel_tui.core.model.labels import UNIT, Ball, Label
from prelabel_tui.imaging.overlay.scene import Mark, Scene, Style, label_at
from prelabel_tui.keys.command import Command, Handlers
from prelabel_tui.keys.mode_commands import GridCommands
from prelabel_tui.screens.review.context import ReviewContext
from prelabel_tui.screens.review.modes.base import Mode
from prelabel_tui.screens.review.placing import Placing, Spot

_POINT_SIZE = 6 * UNIT
"""Diameter of the ring at the point when boxes are placed."""

_LEAST_DOTS = 4
"""Grid cells smaller than this on the screen are not drawn one by one."""


class GridMode(Mode):
    """Chooses where a label goes: a new one if ``new``, else the selected one."""

    name = "review.grid"
    holds_view = True

    def __init__(self, context: ReviewContext, *, new: bool) -> None:
        self.context = context
        self._placing = Placing(context)
        self._new = new
        self._offset = (0, 0)
        self._spot: Spot | None = None
        """What a snap would find at the point, once that is known."""
        self._looking: Worker[None] | None = None
        view = context.display.view
        left, top, right, bottom = (round(edge * UNIT) for edge in view.viewport.region)
        width, height = context.bounds
        left, top = max(0, left), max(0, top)
        self._grid = Grid.start((left, top, min(right, width) - left, min(bottom, height) - top))
        # The grid lies over what is in view: that must not move while the grid is narrowed.
        self._followed, view.follow = view.follow, False

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the `review.grid` commands."""
        table: GridCommands = {
            "review.grid.put": self.put,
            "review.grid.put_snapped": self.put_snapped,
            "review.grid.back": self.back,
            "review.grid.cancel": self.cancel,
            "review.grid.left": lambda: self._nudge(-1, 0),
            "review.grid.right": lambda: self._nudge(1, 0),
            "review.grid.up": lambda: self._nudge(0, -1),
            "review.grid.down": lambda: self._nudge(0, 1),
        }
        return (table,)

    def end(self) -> None:
        """Let the view follow again, if it did before."""
        self.context.display.view.follow = self._followed

    # --- where the point is

    @property
    def _point(self) -> tuple[int, int]:
        x, y = self._grid.point
        return x + self._offset[0], y + self._offset[1]

    @property
    def _target(self) -> Label | None:
        """The label that is placed: the selected one; for the ball, the only one."""
        if self._new:
            return None
        context = self.context
        label = context.frame.label(context.selected) if context.selected else None
        if label is None and context.is_ball and len(context.frame.labels) == 1:
            label = context.frame.labels[0]
        return label

    def take_key(self, key: str, command: Command | None) -> bool:
        """Divide the grid further."""
        pressed = self._grid.press(key) if len(key) == 1 else None
        if pressed is None:
            return False
        self._turn_to(pressed)
        return True

    def back(self) -> None:
        """Go a step back; at the start, leave the mode."""
        before = self._grid.back()
        if before.region == self._grid.region:
            self.cancel()
        else:
            self._turn_to(before)

    def cancel(self) -> None:
        """Leave everything where it is."""
        self._leave()
        self.context.display.set_status("Nothing was placed.")

    def _turn_to(self, grid: Grid) -> None:
        self._grid, self._offset = grid, (0, 0)
        self.show()

    def _nudge(self, dx: int, dy: int) -> None:
        x, y = self._offset
        self._offset = (x + dx * UNIT, y + dy * UNIT)
        self.show()

    def _leave(self) -> None:
        self.context.browse()
        self.context.display.redraw()

    # --- what is shown

    def show(self) -> None:
        """Show the grid as it is now; what a snap would do there follows."""
        self._spot = None
        self.context.display.show_mode(self.text)
        self.context.display.redraw()
        self._looking = self.context.screen.start(self._look_here(), group="spot")

    @property
    def text(self) -> str:
        """What is placed where, and what a snap would do."""
        text = "New label"
        if not self._new:
            text = f"Where is {self._named(self._target)}?"
        if self._spot is not None:
            key = self.context.shell.keymap.display("review.grid.put_snapped")
            unsure = "" if self._spot.sure else "unsnapped, not sure: "
            text += f" · {key}: {unsure}{self._spot.reason}"
        return text

    def _named(self, label: Label | None) -> str:
        if label is not None:
            return "the ball" if isinstance(label, Ball) else label.id
        return "the ball" if self.context.is_ball else "the label to select"

    async def _look_here(self) -> None:
        """Look at what is under the point, and show it before it is taken."""
        context = self.context
        if context.mode is not self:  # left before this began
            return
        spot = await self._placing.look(self._target, *self._point)
        if spot is not None and context.mode is self and spot.at == (context.index, *self._point):
            self._spot = spot
            context.display.show_mode(self.text)
            context.display.redraw()

    def decorate(self, scene: Scene) -> Scene:
        """Add the grid, and what would be placed at its point.

        The point is drawn as the selected thing, so that the loupe shows what is under it.
        """
        marks = [replace(mark, styles=mark.styles - {Style.SELECTED}) for mark in scene.marks]
        marks += self._marks()
        grid = self._grid
        _, _, width, height = grid.region
        across, down = self.context.display.view.viewport.scale
        columns, rows = grid.split
        if min(width * across / columns, height * down / rows) < _LEAST_DOTS * UNIT:
            columns = rows = 1
        shown = grid.region if max(width * across, height * down) >= _LEAST_DOTS * UNIT else None
        return replace(
            scene,
            marks=tuple(marks),
            grid=shown,
            grid_split=(columns, rows),
            grid_keys=() if grid.fine else grid.rows,
        )

    def _marks(self) -> list[Mark]:
        """Return the point, over what would be placed there."""
        (x, y), placing, is_ball = self._point, self._placing, self.context.is_ball
        size = placing.default_ball_size() if is_ball else _POINT_SIZE
        ghost, marks = frozenset({Style.GHOST}), []
        if self._spot is not None and self._spot.sure:
            if is_ball:
                marks.append(Mark("", (*self._spot.geometry, size), "ball", ghost))
            else:
                marks.append(Mark("", self._spot.geometry, "box", ghost))
        elif not is_ball and (self._new or self._target is not None):
            marks.append(Mark("", placing.box_at(self._target, x, y), "box", ghost))
        return [*marks, Mark("", (x, y, size), "ball", frozenset({Style.SELECTED}))]

    # --- placing

    def put(self) -> None:
        """Place it at the point."""
        context, (x, y), target = self.context, self._point, self._target
        box = self._placing.box_at(target, x, y)
        self._leave()
        if context.is_ball:
            self._placing.put_ball(target, x, y)
        elif target is not None:
            self._placing.put_box(target, box)
        elif not self._new and (under := label_at(context.frame, x, y)) is not None:
            context.select(under.id)
            context.display.set_status(f"{under.id} selected.")
        else:
            self._placing.put_box(None, box)

    async def put_snapped(self) -> None:
        """Place it at the ball-like spot or the player-like region nearest to the point."""
        context, (x, y), target = self.context, self._point, self._target
        if self._spot is None and self._looking is not None:
            try:
                await self._looking.wait()
            except WorkerCancelled:
                await self._look_here()
        found = self._spot
        self._leave()
        if found is None:
            context.display.refuse("The picture could not be read.")
            return
        self._placing.put_spot(target, found, x, y)
