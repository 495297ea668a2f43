"""Pointing by keys: a grid that divides the picture, and letters on the labels."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Literal, NamedTuple

from textual.events import Key
from textual.worker import Worker, WorkerCancelled

from prelabel_tui.core.edits import one_frame
from prelabel_tui.core.edits.many_frames import ball_size, ball_size_near
from prelabel_tui.core.edits.operations import LabelChange, Operation
from prelabel_tui.core.edits.pointing import (
    Grid,
    choose_hint,
    hints,
    is_prefix,
    reading_order,
    typical_size,
)
from prelabel_tui.core.model.labels import UNIT, Ball, Box, Label
from prelabel_tui.imaging.overlay.scene import Mark, Scene, Style, label_at
from prelabel_tui.screens.review.context import ReviewBase
from prelabel_tui.screens.shared.base import Job, key_of

_POINT_SIZE = 6 * UNIT
"""Diameter of the ring at the point when boxes are placed."""

_LEAST_DOTS = 4
"""Cells of the grid that are smaller on the screen are not drawn one by one."""


class Spot(NamedTuple):
    """What image analysis finds at a point of a frame: where a label would stand, whether that is
    sure, and why."""

    at: tuple[int, int, int]
    geometry: tuple[int, ...]
    sure: bool
    reason: str


class PointingActions(ReviewBase):
    """The keys that say where."""

    _grid: Grid | None = None
    _offset = (0, 0)
    _purpose: Literal["put", "new"] = "put"
    _spot: Spot | None = None
    _looking: Worker[None] | None = None
    _letters: dict[str, str] | None = None
    _prefix = ""
    _followed = True

    # --- the grid

    def do_where(self) -> None:
        """Say by the grid where the selected label stands."""
        self._start_grid("put")

    def do_new(self) -> None:
        """Say by the grid where a new label stands."""
        self._start_grid("new")

    def _start_grid(self, purpose: Literal["put", "new"]) -> None:
        if not self.editable():
            return
        self._purpose = purpose
        left, top, right, bottom = (round(edge * UNIT) for edge in self.view.viewport.region)
        width, height = self.bounds
        left, top = max(0, left), max(0, top)
        region = (left, top, min(right, width) - left, min(bottom, height) - top)
        self._grid = Grid.start(region)
        self._offset = (0, 0)
        # The grid lies over what is in view: that must not move while it is narrowed.
        self._followed, self.view.follow = self.view.follow, False
        self._show_grid()

    def _show_grid(self) -> None:
        """The grid as it is now; what a snap would do there follows."""
        self._spot = None
        self._ask_where()
        self.redraw()
        self._looking = self.start(self._look_here(), group="spot")

    def _ask_where(self) -> None:
        what = "New label"
        if self._purpose == "put":
            what = f"Where is {self._named(self._target())}?"
        if self._spot is not None:
            key = self.shell.keymap.display("review.grid.put_snapped")
            unsure = "" if self._spot.sure else "unsnapped, not sure: "
            what += f" · {key}: {unsure}{self._spot.reason}"
        self.enter_mode("grid", what)

    async def _look_here(self) -> None:
        """See what is under the point and show it before it is taken."""
        if self._grid is None:  # given up before this began
            return
        spot = await self._look()
        if spot is not None and self._grid is not None and spot.at == (self.index, *self._point):
            self._spot = spot
            self._ask_where()
            self.redraw()

    def _named(self, label: Label | None) -> str:
        if label is not None:
            return "the ball" if isinstance(label, Ball) else label.id
        return "the ball" if self.is_ball else "the label to select"

    def _target(self) -> Label | None:
        """The label that is put somewhere: the selected one; for the ball, the only one."""
        if self._purpose == "new":
            return None
        label = self.frame.label(self.selected) if self.selected else None
        if label is None and self.is_ball and len(self.frame.labels) == 1:
            label = self.frame.labels[0]
        return label

    @property
    def _point(self) -> tuple[int, int]:
        assert self._grid is not None
        x, y = self._grid.point
        return x + self._offset[0], y + self._offset[1]

    def decorate(self, scene: Scene) -> Scene:
        """The grid and what would stand at its point, or the letters."""
        if self._grid is not None:
            return self._with_grid(scene, self._grid)
        if self._letters is not None:
            marks = tuple(
                replace(mark, hint=self._letters.get(mark.label_id, "")) for mark in scene.marks
            )
            return replace(scene, marks=marks)
        return scene

    def _with_grid(self, scene: Scene, grid: Grid) -> Scene:
        """The point is drawn as the selected thing, so that the loupe shows what is under it."""
        x, y = self._point
        size = self.default_ball_size() if self.is_ball else _POINT_SIZE
        marks = [replace(mark, styles=mark.styles - {Style.SELECTED}) for mark in scene.marks]
        if self._spot is not None and self._spot.sure:
            if self.is_ball:
                found = (*self._spot.geometry, size)
                marks.append(Mark("", found, "ball", frozenset({Style.GHOST})))
            else:
                marks.append(Mark("", self._spot.geometry, "box", frozenset({Style.GHOST})))
        elif not self.is_ball and (self._purpose == "new" or self._target() is not None):
            marks.append(Mark("", self._box_at(x, y), "box", frozenset({Style.GHOST})))
        marks.append(Mark("", (x, y, size), "ball", frozenset({Style.SELECTED})))
        _, _, width, height = grid.region
        across, down = self.view.viewport.scale
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

    def _box_at(self, x: int, y: int) -> tuple[int, int, int, int]:
        """The box that would stand around a point."""
        w, h = self._size_there(self._target(), y)
        return x - w // 2, y - h // 2, w, h

    def take_mode_key(self, event: Key) -> bool:
        """A key of the grid, or a letter of a label."""
        key = key_of(event)
        if self._grid is not None and len(key) == 1:
            pressed = self._grid.press(key)
            if pressed is not None:
                self._grid, self._offset = pressed, (0, 0)
                self._show_grid()
                return True
        if self._letters is not None and len(key) == 1:
            self._type_letter(key.lower())
            return True
        return False

    def do_grid_back(self) -> None:
        """A step back; at the start, out of it."""
        assert self._grid is not None
        back = self._grid.back()
        if back.region == self._grid.region:
            self.do_grid_cancel()
            return
        self._grid, self._offset = back, (0, 0)
        self._show_grid()

    def do_grid_cancel(self) -> None:
        """Leave everything where it is."""
        self._end_pointing()
        self.tell("Nothing was put.")

    def _end_pointing(self) -> None:
        if self._grid is not None:
            self.view.follow = self._followed
        self._grid = self._spot = None
        self._letters = None
        self.enter_mode(None)
        self.redraw()

    def _nudge_cursor(self, dx: int, dy: int) -> None:
        x, y = self._offset
        self._offset = (x + dx * UNIT, y + dy * UNIT)
        self._show_grid()

    def do_grid_left(self) -> None:
        """The cursor 1 px left."""
        self._nudge_cursor(-1, 0)

    def do_grid_right(self) -> None:
        """The cursor 1 px right."""
        self._nudge_cursor(1, 0)

    def do_grid_up(self) -> None:
        """The cursor 1 px up."""
        self._nudge_cursor(0, -1)

    def do_grid_down(self) -> None:
        """The cursor 1 px down."""
        self._nudge_cursor(0, 1)

    # --- putting

    def do_grid_put(self) -> None:
        """Put it where the cursor is."""
        (x, y), target = self._point, self._target()
        box = self._box_at(x, y)
        self._end_pointing()
        if self.is_ball:
            self._put_ball(target, x, y)
        elif target is not None:
            self._put_box(target, box)
        elif self._purpose == "put" and (under := label_at(self.frame, x, y)) is not None:
            self.select(under.id)
            self.tell(f"{under.id} selected.")
        else:
            self._put_box(None, box)

    async def do_grid_put_snapped(self) -> None:
        """Put it at the ball-like spot or the player-like region nearest to the cursor."""
        (x, y), target = self._point, self._target()
        if self._spot is None and self._looking is not None:
            try:
                await self._looking.wait()
            except WorkerCancelled:
                await self._look_here()
        found = self._spot
        self._end_pointing()
        if found is None:
            self.refuse("The picture could not be read.")
            return
        geometry = found.geometry
        if self.is_ball:
            self._put_ball(target, *(geometry[:2] if found.sure else (x, y)))
        else:
            w, h = self._size_there(target, y)
            left, top, w, h = geometry if found.sure else (x - w // 2, y - h // 2, w, h)
            self._put_box(target, (left, top, w, h))
        self.tell(found.reason if found.sure else f"Put unsnapped, not sure: {found.reason}.")

    async def _look(self) -> Spot | None:
        """What is under the point; None when the picture cannot be read."""
        (x, y), target, index = self._point, self._target(), self.index
        loader = self.view.loader
        assert loader is not None
        size = self._size_there(target, y)
        ball = target.size if isinstance(target, Ball) else self.default_ball_size()

        def look(_: Job) -> Spot | None:
            from prelabel_tui.imaging.snapping import snap_ball, snap_player

            pixels = loader.pixels(index)
            if pixels is None:
                return None
            if self.is_ball:
                spot = snap_ball(pixels, x, y, size=ball)
                return Spot((index, x, y), (spot.x, spot.y), spot.sure, spot.reason)
            region = snap_player(pixels, x, y, size)
            return Spot((index, x, y), region.geometry, region.sure, region.reason)

        return (await self.in_thread(look, title="Looking at the picture")).value

    def _size_there(self, target: Label | None, y: int) -> tuple[int, int]:
        """Width and height of the box that is put at a row."""
        if isinstance(target, Box):
            return target.w, target.h
        return typical_size(self.document, y)

    def default_ball_size(self) -> int:
        """The diameter of an added ball: as in the nearest frame, else the draft's usual one."""
        near = ball_size_near(self.document, self.index)
        return near if near is not None else ball_size(self.document)

    def _put_ball(self, target: Label | None, x: int, y: int) -> None:
        if target is None:
            size = self.default_ball_size()
            self._add(one_frame.add_ball(self.document, self.index, x, y, size, self.bounds))
        else:
            self.selected = target.id
            geometry = (x, y)
            self.edit(
                one_frame.place(self.document, self.index, target.id, geometry, self.bounds),
                "It is there already.",
            )

    def _put_box(self, target: Label | None, geometry: tuple[int, int, int, int]) -> None:
        if target is None:
            token = secrets.token_hex(3)
            self._add(one_frame.add_box(self.document, self.index, geometry, self.bounds, token))
        else:
            self.edit(
                one_frame.place(self.document, self.index, target.id, geometry, self.bounds),
                "It is there already.",
            )

    def _add(self, operation: Operation) -> None:
        if self.edit(operation):
            added = operation.changes[0]
            assert isinstance(added, LabelChange)
            self.select(added.id)

    # --- letters

    def do_by_letter(self) -> None:
        """Letters on all labels; typing them selects."""
        names = reading_order(self.frame)
        if not names:
            self.refuse("There is no label in this frame.")
            return
        self._letters = dict(hints(names))
        self._prefix = ""
        self.enter_mode("letters", "Select: type the letters of a label")
        self.redraw()

    def _type_letter(self, letter: str) -> None:
        assert self._letters is not None
        typed = self._prefix + letter
        chosen = choose_hint(self._letters, typed)
        if chosen is not None:
            self.selected = chosen
            self._end_pointing()
            self.tell(f"{chosen} selected.")
        elif is_prefix(self._letters, typed):
            self._prefix = typed
            self.tell(f"{typed}…")
        else:
            self._prefix = ""
            self.refuse(f"No label has the letters {typed}.")

    def do_letters_cancel(self) -> None:
        """Select nothing else."""
        self._end_pointing()
