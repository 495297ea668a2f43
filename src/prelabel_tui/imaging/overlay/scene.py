"""What is drawn over a picture: marks for labels, a cursor, a grid, a trail.  Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Literal

from prelabel_tui.core.model.labels import DEFAULT_BALL_SIZE, Ball, Box, Frame, Label, Origin


class Style(StrEnum):
    """Why a mark looks as it does; several can apply at once."""

    SELECTED = "selected"
    HOVERED = "hovered"
    LOW_SCORE = "low score"
    EDITED = "edited"
    ADDED = "added"
    INTERPOLATED = "interpolated"
    GHOST = "ghost"
    MINE = "mine"
    THEIRS = "theirs"


@dataclass(frozen=True)
class Mark:
    """One label to draw.  ``geometry``, units: (x, y, size) of a ball, (x, y, w, h) of a box."""

    label_id: str
    geometry: tuple[int, ...]
    kind: Literal["ball", "box"]
    styles: frozenset[Style] = frozenset()
    hint: str = ""

    @property
    def bounds(self) -> tuple[int, int, int, int]:
        """The box (x, y, w, h) that it covers, units."""
        if self.kind == "box":
            return (self.geometry[0], self.geometry[1], self.geometry[2], self.geometry[3])
        x, y, size = self.geometry
        return (x - size // 2, y - size // 2, size, size)


@dataclass(frozen=True)
class Scene:
    """Everything over the picture.  Places and regions in units (1/100 px).

    ``grid``: region (x, y, w, h) being subdivided into ``grid_split`` (columns, rows);
    ``grid_keys``: the key of each cell, one string per row.
    ``trail``: ball places on neighbouring frames, oldest first.
    """

    marks: tuple[Mark, ...] = ()
    cursor: tuple[int, int] | None = None
    grid: tuple[int, int, int, int] | None = None
    grid_split: tuple[int, int] = (3, 3)
    grid_keys: tuple[str, ...] = ()
    trail: tuple[tuple[int, int], ...] = ()
    show_labels: bool = True

    @property
    def selected(self) -> Mark | None:
        """The selected mark, if there is one."""
        return next((mark for mark in self.marks if Style.SELECTED in mark.styles), None)


EMPTY_SCENE = Scene()


@lru_cache(maxsize=1024)
def mark_of(label: Label, styles: frozenset[Style] = frozenset(), hint: str = "") -> Mark:
    """Return a mark for a label; a ball without a stored size gets the default one."""
    if isinstance(label, Box):
        return Mark(label.id, label.geometry, "box", styles, hint)
    size = label.size if label.size is not None else DEFAULT_BALL_SIZE
    return Mark(label.id, (label.x, label.y, size), "ball", styles, hint)


@lru_cache(maxsize=1024)
def styles_of(label: Label, *, selected: str | None, low_score: int) -> frozenset[Style]:
    """Return what a label's own state says about its look.  ``low_score``: 1/10,000, exclusive."""
    styles = set()
    if label.id == selected:
        styles.add(Style.SELECTED)
    if label.score is not None and label.score < low_score:
        styles.add(Style.LOW_SCORE)
    if label.origin in (Origin.INTERPOLATED, Origin.PROPAGATED):
        styles.add(Style.INTERPOLATED)
    elif label.origin is Origin.MANUAL:
        styles.add(Style.ADDED)
    elif label.was is not None:
        styles.add(Style.EDITED)
    return frozenset(styles)


def label_at(frame: Frame, x: int, y: int) -> Label | None:
    """Return the label under a place (units): the nearest ball in reach, else the smallest box."""
    balls = []
    boxes = []
    for label in frame.labels:
        if isinstance(label, Ball):
            reach = max(label.size or DEFAULT_BALL_SIZE, DEFAULT_BALL_SIZE) / 2
            distance = (label.x - x) ** 2 + (label.y - y) ** 2
            if distance <= reach**2:
                balls.append((distance, label.id, label))
        elif label.x <= x <= label.x + label.w and label.y <= y <= label.y + label.h:
            boxes.append((label.w * label.h, label.id, label))
    if balls:
        return min(balls)[2]
    return min(boxes)[2] if boxes else None


def scene_of(
    frame: Frame,
    *,
    selected: str | None,
    low_score: int,
    cursor: tuple[int, int] | None = None,
    ghosts: Frame | None = None,
    trail: tuple[tuple[int, int], ...] = (),
    hints: Mapping[str, str] | None = None,
    show_labels: bool = True,
    grid: tuple[int, int, int, int] | None = None,
    grid_split: tuple[int, int] = (3, 3),
) -> Scene:
    """Return the scene of a frame: ghosts, labels, the hovered one, the selected one, in order.

    ``ghosts``: the labels as they were before; only those that differ now are drawn.
    """
    marks = []
    if ghosts is not None:
        for old in ghosts.labels:
            now = frame.label(old.id)
            if now is None or now.geometry != old.geometry:
                marks.append(mark_of(old, frozenset({Style.GHOST})))
    hovered = label_at(frame, *cursor) if cursor is not None else None
    shown = []
    for label in frame.labels:
        styles = styles_of(label, selected=selected, low_score=low_score)
        if hovered is not None and label.id == hovered.id:
            styles |= {Style.HOVERED}
        shown.append(mark_of(label, styles, (hints or {}).get(label.id, "")))
    shown.sort(key=lambda mark: (Style.SELECTED in mark.styles, Style.HOVERED in mark.styles))
    return Scene(
        marks=tuple(marks + shown),
        cursor=cursor,
        grid=grid,
        grid_split=grid_split,
        trail=trail,
        show_labels=show_labels,
    )
