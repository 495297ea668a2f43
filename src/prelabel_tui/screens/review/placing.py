"""Placing a label at a point of the picture: exactly there, or snapped to what is there."""

from __future__ import annotations

import secrets
from typing import NamedTuple

from prelabel_tui.core.edits import one_frame
from prelabel_tui.core.edits.many_frames import ball_size, ball_size_near
from prelabel_tui.core.edits.operations import LabelChange, Operation
from prelabel_tui.core.edits.pointing import typical_size
from prelabel_tui.core.model.labels import Ball, Box, Label
from prelabel_tui.imaging.snapping import snap_ball, snap_player
from prelabel_tui.screens.review.context import ReviewContext
from prelabel_tui.screens.shared.base import Job

_THERE_ALREADY = "The label is there already."


class Spot(NamedTuple):
    """What image analysis finds at a point of a frame.

    Where a label would be placed, whether that is sure, and why.
    """

    at: tuple[int, int, int]
    geometry: tuple[int, ...]
    sure: bool
    reason: str


class Placing:
    """Places the ball or a box; without a target label it adds one."""

    def __init__(self, context: ReviewContext) -> None:
        self.context = context

    # --- how large

    def default_ball_size(self) -> int:
        """Return the diameter of an added ball: that of the nearest frame, else the usual one."""
        document = self.context.document
        near = ball_size_near(document, self.context.index)
        return near if near is not None else ball_size(document)

    def box_at(self, target: Label | None, x: int, y: int) -> tuple[int, int, int, int]:
        """Return the box that would be placed around a point."""
        w, h = self._size_there(target, y)
        return x - w // 2, y - h // 2, w, h

    def _size_there(self, target: Label | None, y: int) -> tuple[int, int]:
        """Return the width and height of a box placed at a row."""
        if isinstance(target, Box):
            return target.w, target.h
        return typical_size(self.context.document, y)

    # --- what is there

    async def look(self, target: Label | None, x: int, y: int) -> Spot | None:
        """Find what is under a point; None when the picture cannot be read."""
        context = self.context
        index, is_ball, loader = context.index, context.is_ball, context.display.view.loader
        assert loader is not None
        size = self._size_there(target, y)
        ball = target.size if isinstance(target, Ball) else self.default_ball_size()

        def look(_: Job) -> Spot | None:
            pixels = loader.pixels(index)
            if pixels is None:
                return None
            if is_ball:
                spot = snap_ball(pixels, x, y, size=ball)
                return Spot((index, x, y), (spot.x, spot.y), spot.sure, spot.reason)
            region = snap_player(pixels, x, y, size)
            return Spot((index, x, y), region.geometry, region.sure, region.reason)

        return (await context.screen.in_thread(look, title="Analysing the picture")).value

    # --- placing

    def put_spot(self, target: Label | None, spot: Spot, x: int, y: int) -> None:
        """Place a label where the picture says, or at the point itself when that is not sure."""
        if self.context.is_ball:
            x, y = spot.geometry[:2] if spot.sure else (x, y)
            self.put_ball(target, x, y)
        else:
            left, top, w, h = spot.geometry if spot.sure else self.box_at(target, x, y)
            self.put_box(target, (left, top, w, h))
        self.context.display.set_status(
            spot.reason if spot.sure else f"Placed, not snapped: {spot.reason}."
        )

    def put_ball(self, target: Label | None, x: int, y: int) -> None:
        """Move the ball there, or add one."""
        context = self.context
        if target is None:
            size = self.default_ball_size()
            self._add(
                one_frame.add_ball(context.document, context.index, x, y, size, context.bounds)
            )
        else:
            context.select(target.id)
            self._move(target, (x, y))

    def put_box(self, target: Label | None, geometry: tuple[int, int, int, int]) -> None:
        """Move the box there, or add one."""
        context = self.context
        if target is None:
            token = secrets.token_hex(3)
            self._add(
                one_frame.add_box(context.document, context.index, geometry, context.bounds, token)
            )
        else:
            self._move(target, geometry)

    def _move(self, target: Label, geometry: tuple[int, ...]) -> None:
        context = self.context
        done = one_frame.place(context.document, context.index, target.id, geometry, context.bounds)
        context.edit(done, _THERE_ALREADY)

    def _add(self, operation: Operation) -> None:
        if self.context.edit(operation):
            added = operation.changes[0]
            assert isinstance(added, LabelChange)
            self.context.select(added.id)
