"""Edits of one frame, as operations: add, move, resize, place, flag.  Pure.

``bounds`` is the frame's width and height in 1/100 px.  Moves stop at its edges; a function
returns None when nothing would change.  Geometry in 1/100 px throughout.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from prelabel_tui.core.edits.matching import DERIVED, free_id
from prelabel_tui.core.edits.operations import Operation, label_change, state_change
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import (
    DEFAULT_BALL_SIZE,
    UNIT,
    Ball,
    Box,
    Flag,
    Label,
    Origin,
    with_geometry,
)

MIN_SIDE: Final = UNIT
"""A box's sides and a ball's diameter never get smaller than one pixel."""

Bounds = tuple[int, int]


class Edge(StrEnum):
    """An edge of a box."""

    LEFT = "left"
    TOP = "top"
    RIGHT = "right"
    BOTTOM = "bottom"


def pixels(units: int) -> str:
    """Write units as px for people: without decimals where they are whole, else with two."""
    whole, rest = divmod(abs(units), UNIT)
    sign = "-" if units < 0 else ""
    return f"{sign}{whole}" if rest == 0 else f"{sign}{whole}.{rest:02}"


def signed(units: int) -> str:
    """Write a difference as px for people: with its sign."""
    return ("+" if units > 0 else "") + pixels(units)


def _towards(start: int, step: int, low: int, high: int) -> int:
    """Return ``start + step`` stopped at the limits, never further out than it was."""
    if step >= 0:
        return max(start, min(start + step, high))
    return min(start, max(start + step, low))


def _name(label: Label) -> str:
    return "ball" if isinstance(label, Ball) else label.id


def _changed(
    action: str, text: str, index: int, label: Label, geometry: tuple[int | None, ...]
) -> Operation | None:
    if tuple(label.geometry) == geometry:
        return None
    return Operation(action, text, (label_change(index, label, put_by_hand(label, geometry)),))  # type: ignore[arg-type]


def put_by_hand(label: Label, geometry: tuple[int, ...] | tuple[int, int, int | None]) -> Label:
    """Return the label as a person leaves it at another place.

    ``was`` keeps where the model had it.  What was interpolated or propagated is from then on a
    person's own label, or a model's label that they moved: a fixed end for interpolation.
    """
    after = with_geometry(label, geometry)
    if label.origin not in DERIVED:
        return after
    origin = Origin.MODEL if label.was is not None else Origin.MANUAL
    return msgspec.structs.replace(after, origin=origin)


def added_by_hand(label: Label) -> Label:
    """Return the label as one that a person added.

    No model has scored it, placed it elsewhere or tracked it.
    """
    return msgspec.structs.replace(label, origin=Origin.MANUAL, score=None, was=None, track=None)


def move(
    document: Document, index: int, label_id: str, dx: int, dy: int, bounds: Bounds
) -> Operation | None:
    """Move a label; a ball's centre and a whole box stay inside the frame."""
    label = document.frame(index).label(label_id)
    if label is None:
        return None
    width, height = (label.w, label.h) if isinstance(label, Box) else (0, 0)
    x = _towards(label.x, dx, 0, bounds[0] - width)
    y = _towards(label.y, dy, 0, bounds[1] - height)
    text = f"Move {_name(label)} by {signed(x - label.x)},{signed(y - label.y)}"
    return _changed("move", text, index, label, (x, y, *label.geometry[2:]))


def resize(
    document: Document, index: int, label_id: str, edge: Edge, step: int, bounds: Bounds
) -> Operation | None:
    """Move one edge of a box by ``step`` (right and down are positive).

    Of a ball the diameter: it grows with RIGHT and BOTTOM, shrinks with LEFT and TOP edges
    moved inwards; one pixel is the least.
    """
    label = document.frame(index).label(label_id)
    if label is None:
        return None
    if isinstance(label, Ball):
        outwards = step if edge in (Edge.RIGHT, Edge.BOTTOM) else -step
        size = label.size if label.size is not None else DEFAULT_BALL_SIZE
        wanted = _towards(size, outwards, MIN_SIDE, min(bounds))
        text = f"Size of ball {signed(wanted - size)}"
        return _changed("resize", text, index, label, (label.x, label.y, wanted))
    x, y, right, bottom = label.x, label.y, label.x + label.w, label.y + label.h
    if edge is Edge.LEFT:
        x = _towards(x, step, 0, right - MIN_SIDE)
    elif edge is Edge.RIGHT:
        right = _towards(right, step, x + MIN_SIDE, bounds[0])
    elif edge is Edge.TOP:
        y = _towards(y, step, 0, bottom - MIN_SIDE)
    else:
        bottom = _towards(bottom, step, y + MIN_SIDE, bounds[1])
    moved = (x - label.x) + (y - label.y)
    if edge in (Edge.RIGHT, Edge.BOTTOM):
        moved = (right - label.x - label.w) + (bottom - label.y - label.h)
    text = f"Resize {label.id}: {edge} {signed(moved)}"
    return _changed("resize", text, index, label, (x, y, right - x, bottom - y))


def fitted_box(geometry: tuple[int, int, int, int], bounds: Bounds) -> tuple[int, int, int, int]:
    """Cut a box at the frame's edges, each side at least a pixel."""
    x = max(0, min(geometry[0], bounds[0] - MIN_SIDE))
    y = max(0, min(geometry[1], bounds[1] - MIN_SIDE))
    right = max(x + MIN_SIDE, min(geometry[0] + geometry[2], bounds[0]))
    bottom = max(y + MIN_SIDE, min(geometry[1] + geometry[3], bounds[1]))
    return x, y, right - x, bottom - y


def place(
    document: Document, index: int, label_id: str, geometry: tuple[int, ...], bounds: Bounds
) -> Operation | None:
    """Put a label at a geometry (a snap, a point of the grid), cut to the frame."""
    label = document.frame(index).label(label_id)
    if label is None:
        return None
    if isinstance(label, Ball):
        x, y = _inside(geometry[0], geometry[1], bounds)
        size = geometry[2] if len(geometry) > 2 else label.size
        text = f"Put ball at {pixels(x)},{pixels(y)}"
        return _changed("move", text, index, label, (x, y, size))
    box = fitted_box((geometry[0], geometry[1], geometry[2], geometry[3]), bounds)
    text = f"Put {label.id} at {pixels(box[0])},{pixels(box[1])}"
    action = "move" if (box[2], box[3]) == (label.w, label.h) else "resize"
    return _changed(action, text, index, label, box)


def _inside(x: int, y: int, bounds: Bounds) -> tuple[int, int]:
    return max(0, min(x, bounds[0])), max(0, min(y, bounds[1]))


def add_ball(
    document: Document, index: int, x: int, y: int, size: int, bounds: Bounds
) -> Operation:
    """Add a ball point of diameter ``size`` (a draft's: edits.many_frames.ball_size)."""
    frame = document.frame(index)
    x, y = _inside(x, y, bounds)
    ball = Ball(free_id(frame, "ball"), x, y, size, origin=Origin.MANUAL)
    text = f"Add ball at {pixels(x)},{pixels(y)}"
    return Operation("add", text, (label_change(index, None, ball),))


def add_box(
    document: Document,
    index: int,
    geometry: tuple[int, int, int, int],
    bounds: Bounds,
    token: str,
) -> Operation:
    """Add a player box, cut to the frame.

    ``token`` makes the new id: a random one, so that two people who add players do not collide.
    """
    name = free_id(document.frame(index), f"n{token}")
    x, y, w, h = fitted_box(geometry, bounds)
    box = Box(name, x, y, w, h, origin=Origin.MANUAL)
    text = f"Add {name} at {pixels(x)},{pixels(y)}"
    return Operation("add", text, (label_change(index, None, box),))


def toggle_flag(document: Document, index: int, flag: Flag) -> Operation:
    """Set a frame flag, or take it off."""
    frame = document.frame(index)
    on = flag not in frame.flags
    flags = {*frame.flags, flag} if on else set(frame.flags) - {flag}
    text = f"Flag {flag}" if on else f"Unflag {flag}"
    return Operation("flag", text, (state_change(index, frame, flags=flags),))
