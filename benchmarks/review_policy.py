"""A reviewer who follows docs/review-policy.md and knows the truth; counts the keys it presses.

Every key is one that the review screen ships: each press names a command of
``prelabel_tui.keys`` and does to the document what that command does.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from benchmarks.review_truth import Fix, is_faulty, matched
from prelabel_tui.core import editing, interpolation, through_time
from prelabel_tui.core.document import Document
from prelabel_tui.core.labels import UNIT, Ball, Box, Capability, Frame, Label
from prelabel_tui.core.operations import Operation, apply
from prelabel_tui.core.pointing import Grid, hints, reading_order, typical_size
from prelabel_tui.core.suspicion import Ranking
from prelabel_tui.core.through_time import Refusal, overlap
from prelabel_tui.imaging.snap import snap_ball, snap_box, snap_player
from prelabel_tui.keys import BY_ID

Pixels = NDArray[np.uint8]

_WIDE = 100_000


@dataclass
class Reviewer:
    """Puts a document right frame by frame.

    ``clever``: with suspects selected, letters, grid, snap, copies, interpolation and counts;
    else with selecting one after another and moving by 10 px and 1 px only.
    """

    document: Document
    truth: Document
    picture: Callable[[int], Pixels]
    bounds: tuple[int, int]
    clever: bool = True
    ball_right: int = 2 * UNIT
    """A ball this near to the truth is right."""
    box_wrong: float = 0.75
    """IoU below which a box is put right."""
    box_good: float = 0.9
    """IoU at which a box that was touched is left alone."""
    keys: Counter[str] = field(default_factory=Counter)
    fixes: list[Fix] = field(default_factory=list)
    by_frame: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.is_ball = self.document.capability is Capability.BALL
        self.ranking = Ranking(self.document)
        self._view = (0, 0, *self.bounds)
        self._pictures: dict[int, Pixels] = {}
        self._selected: str | None = None
        self._index = 0

    @property
    def total(self) -> int:
        """All keys so far."""
        return sum(self.keys.values())

    def is_faulty(self, document: Document, index: int) -> bool:
        """Whether there is anything to put right in a frame of a document."""
        return is_faulty(
            document.frame(index), self.truth.frame(index), self.is_ball, self.box_wrong,
            self.ball_right,
        )  # fmt: skip

    def review(self, index: int) -> None:
        """Put a frame right and accept it."""
        self._index = index
        self._selected = self.ranking.entry(index).label if self.clever else None
        if self.is_ball:
            self._balls()
        else:
            self._boxes()
        self._press("review.accept")
        done = through_time.accept_frame(self.document, index)
        self._do(done)

    # --- pressing

    def _press(self, command: str, times: int = 1) -> None:
        assert any(len(key) == 1 or key.isalpha() for key in BY_ID[command].keys), command
        self.keys[command] += times
        self.by_frame[self._index] += times

    def _do(self, operation: Operation | Refusal | None) -> bool:
        if operation is None or isinstance(operation, Refusal):
            return False
        operation = interpolation.with_redone(self.document, operation)
        apply(self.document, operation)
        self.ranking.update(self.document, operation.frames)
        return True

    def _pixels(self) -> Pixels:
        if self._index not in self._pictures:
            self._pictures = {self._index: self.picture(self._index)}
        return self._pictures[self._index]

    @property
    def _frame(self) -> Frame:
        return self.document.frame(self._index)

    def _select(self, label: Label) -> None:
        names = reading_order(self._frame)
        if self._selected == label.id or (len(names) == 1 and self.clever):
            self._selected = label.id
            return
        if self.clever:
            self._press("review.by_letter", 1 + len(hints(names)[label.id]))
        else:
            ids = [other.id for other in self._frame.labels]
            at = ids.index(self._selected) if self._selected in ids else -1
            ahead = (ids.index(label.id) - at) % len(ids)
            self._press("review.next_label", min(ahead, len(ids) - ahead + 1))
        self._selected = label.id

    def _nudge(self, pixels: int, plus: str, minus: str) -> int:
        """Press the moving keys of one axis for so many pixels; the way gone, in units."""
        name = plus if pixels > 0 else minus
        tens, ones = _steps(abs(pixels), self.clever)
        self._press(f"review.{name}_ten", tens)
        self._press(f"review.{name}", ones)
        return pixels * UNIT

    def _move(self, label: Label, x: int, y: int, near: int) -> None:
        """Move a label by the fewest keys so that its (x, y) is within ``near`` of a place."""

        def ways(off: int) -> range:
            middle = round(off / UNIT)
            return range(middle - near // UNIT - 1, middle + near // UNIT + 2)

        dx, dy = x - label.x, y - label.y
        _, right, down = min(
            (
                sum(_steps(abs(right), self.clever)) + sum(_steps(abs(down), self.clever)),
                right,
                down,
            )
            for right in ways(dx)
            for down in ways(dy)
            if math.hypot(dx - right * UNIT, dy - down * UNIT) <= near
        )
        dx, dy = self._nudge(right, "right", "left"), self._nudge(down, "down", "up")
        self._do(editing.move(self.document, self._index, label.id, dx, dy, self.bounds))

    def _point(self, command: str, x: int, y: int, near: int) -> tuple[int, int]:
        """Point with the grid until surely within ``near`` of a place; where that is."""
        self._press(command)
        grid = Grid.start(self._view)
        while math.hypot(grid.region[2], grid.region[3]) / 2 > near:
            key, _ = next(
                (key, (cx, cy, w, h))
                for key, (cx, cy, w, h) in grid.cells
                if cx <= x < cx + w and cy <= y < cy + h
            )
            pressed = grid.press(key)
            assert pressed is not None
            grid = pressed
            self.keys["letters of the grid"] += 1
            self.by_frame[self._index] += 1
        return grid.point

    def _delete(self, label: Label, kind: str) -> None:
        before = self.total
        self._select(label)
        self._press("review.reject")
        self._do(through_time.reject_label(self.document, self._index, label.id))
        self._selected = None
        self.fixes.append(Fix(self._index, kind, self.total - before, True))

    # --- balls

    def _balls(self) -> None:
        true = next(iter(self.truth.frame(self._index).labels), None)
        balls = list(self._frame.labels)
        mine = min(balls, key=lambda ball: through_time.distance(ball, true)) if (
            true is not None and balls
        ) else None  # fmt: skip
        for extra in [ball for ball in balls if ball is not mine]:
            self._delete(extra, "false ball")
        if not isinstance(true, Ball):
            return
        far = _WIDE if mine is None else through_time.distance(mine, true)
        if far <= self.ball_right:
            return
        before = self.total
        right = self.clever and (
            self._try_snap(mine, true) or self._try_between(true) or self._try_previous(mine, true)
        )
        if not right:
            right = self._put_ball(true)
        kind = "no ball" if mine is None else "ball off" if far <= 40 * UNIT else "ball elsewhere"
        self.fixes.append(Fix(self._index, kind, self.total - before, right))

    def _is_right(self, true: Ball) -> bool:
        return any(through_time.distance(b, true) <= self.ball_right for b in self._frame.labels)

    def _try_snap(self, mine: Label | None, true: Ball) -> bool:
        """One key, when the ball is plainly within reach of it."""
        if not isinstance(mine, Ball) or through_time.distance(mine, true) > 22 * UNIT:
            return False
        self._select(mine)
        self._press("review.snap")
        spot = snap_ball(self._pixels(), mine.x, mine.y, size=mine.size)
        if spot.sure:
            place = (spot.x, spot.y)
            self._do(editing.place(self.document, self._index, mine.id, place, self.bounds))
        return self._is_right(true)

    def _try_between(self, true: Ball) -> bool:
        """Interpolation is shown; it is taken if right here, else dropped."""
        gap = interpolation.find_gap(self.document, self._index, None, self.ranking.doubtful)
        if gap is None or gap[1] - gap[0] > 12:
            return False
        done = interpolation.interpolate(self.document, *gap)
        self._press("review.interpolate")
        if isinstance(done, Operation):
            shown = interpolation.ghost(done, self._index).labels
            if any(through_time.distance(ball, true) <= self.ball_right for ball in shown):
                self._press("review.ghost.take")
                self._do(done)
                return self._is_right(true)
        self._press("review.ghost.cancel")
        return False

    def _try_previous(self, mine: Label | None, true: Ball) -> bool:
        """Copy from the previous frame and snap, if the ball there is right and near."""
        if self._index == 0:
            return False
        before = self.truth.frame(self._index - 1).labels
        there = self.document.frame(self._index - 1).labels
        if not before or len(there) != 1 or len(self._frame.labels) > 1:
            return False
        if through_time.distance(before[0], there[0]) > self.ball_right:
            return False
        if through_time.distance(there[0], true) > 22 * UNIT:
            return False
        name = None if mine is None else mine.id
        self._press("review.copy_previous")
        self._do(through_time.copy_from_previous(self.document, self._index, name))
        return self._is_right(true) or self._try_snap(self._frame.labels[0], true)

    def _put_ball(self, true: Ball) -> bool:
        size = through_time.ball_size_near(self.document, self._index) or true.size or 1200
        mine = next(iter(self._frame.labels), None)
        if self.clever:
            x, y = self._point("review.where", true.x, true.y, 20 * UNIT)
            self._press("review.grid.put_snapped")
            spot = snap_ball(self._pixels(), x, y, size=size)
            x, y = (spot.x, spot.y) if spot.sure else (x, y)
        else:
            x, y = self.bounds[0] // 2, self.bounds[1] // 2
            if mine is None:
                self._press("review.new")
                self._press("review.grid.put")
        if mine is None:
            self._do(editing.add_ball(self.document, self._index, x, y, size, self.bounds))
        elif self.clever:
            self._do(editing.place(self.document, self._index, mine.id, (x, y), self.bounds))
        mine = next(iter(self._frame.labels))
        if not self._is_right(true):
            self._move(mine, true.x, true.y, self.ball_right - 5)
        return self._is_right(true)

    # --- boxes

    def _boxes(self) -> None:
        pairs, missing, extra = matched(self._frame, self.truth.frame(self._index))
        for box in extra:
            self._delete(box, "false box")
        for box, true in pairs:
            if overlap(box, true) < self.box_wrong:
                before = self.total
                self._select(box)
                right = self._fit(box.id, true)
                self.fixes.append(Fix(self._index, "box off", self.total - before, right))
        if missing and self.clever:
            missing = self._copy(self._fill(missing))
        for true in missing:
            self._add(true)

    def _box(self, name: str) -> Box:
        label = self._frame.label(name)
        assert isinstance(label, Box)
        return label

    def _fit(self, name: str, true: Box, snap: bool = True) -> bool:
        if self.clever and snap:
            box = self._box(name)
            self._press("review.snap")
            spot = snap_box(self._pixels(), box.geometry)
            if spot.sure and overlap(Box(name, *spot.geometry), true) > overlap(box, true):
                place = editing.place(self.document, self._index, name, spot.geometry, self.bounds)
                self._do(place)
            elif spot.sure:
                self._press("review.undo")
        if overlap(self._box(name), true) < self.box_good:
            self._fit_by_hand(name, true)
        return overlap(self._box(name), true) >= self.box_good

    def _fit_by_hand(self, name: str, true: Box) -> None:
        """Move the whole box, then its edges, the worst first, until it is good."""
        box = self._box(name)
        middle = true.x + (true.w - box.w) // 2, true.y + true.h - box.h
        moved = Box(name, *middle, box.w, box.h)
        if overlap(moved, true) > overlap(box, true) + 0.02:
            self._move(box, *middle, max(80, min(true.w, true.h) // 30))
        handle = 0
        for _ in range(4):
            box = self._box(name)
            if overlap(box, true) >= self.box_good:
                break
            edge, off, outwards = _worst_edge(box, true)
            wanted = 1 if outwards else 2
            self._press("review.edges", (wanted - handle) % 3)
            handle = wanted
            keys = {"left": ("right", "left"), "right": ("right", "left")}.get(edge, ("down", "up"))
            step = self._nudge(round(off / UNIT), *keys)
            done = editing.resize(
                self.document, self._index, name, editing.Edge(edge), step, self.bounds
            )
            self._do(done)
        if handle:
            self._press("review.edges", (0 - handle) % 3)

    def _fill(self, missing: list[Box]) -> list[Box]:
        """Take what interpolation shows for missing boxes, if it is right and nothing else."""
        filled = interpolation.fill_missing(self.document, self._index)
        if isinstance(filled, Refusal):
            return missing
        shown = [b for b in interpolation.ghost(filled, self._index).labels if isinstance(b, Box)]
        there = [
            true for true in missing if any(overlap(box, true) >= self.box_wrong for box in shown)
        ]
        if not there or len(shown) != len(there):
            return missing
        self._press("review.interpolate")
        self._press("review.ghost.take")
        self._do(filled)
        self.fixes += [
            Fix(self._index, "no box", 2 if true is there[0] else 0, True) for true in there
        ]
        return [true for true in missing if true not in there]

    def _copy(self, missing: list[Box]) -> list[Box]:
        """Copy what is missing from the previous frame, if it has what is missing here."""
        if self._index == 0:
            return missing
        before = self.document.frame(self._index - 1)
        there = [
            t
            for t in missing
            if any(isinstance(box, Box) and overlap(box, t) >= 0.3 for box in before.labels)
        ]
        copied = through_time.copy_from_previous(self.document, self._index)
        if not there or isinstance(copied, Refusal) or len(copied.changes) != len(there):
            return missing
        start = self.total
        self._press("review.copy_previous")
        self._do(copied)
        share = (self.total - start) / len(there)
        for true in there:
            name = through_time.counterpart(true, self._frame)
            assert name is not None
            start = self.total
            right = overlap(self._box(name.id), true) >= self.box_wrong
            if not right:
                self._select(name)
                right = self._fit(name.id, true)
            keys = round(share + self.total - start)
            self.fixes.append(Fix(self._index, "no box", keys, right))
        return [true for true in missing if true not in there]

    def _add(self, true: Box) -> None:
        before = self.total
        x, y = true.x + true.w // 2, true.y + true.h // 2
        if self.clever:
            x, y = self._point("review.new", x, y, max(4 * UNIT, true.w * 2 // 3))
            self._press("review.grid.put_snapped")
            w, h = typical_size(self.document, y)
            spot = snap_player(self._pixels(), x, y, (w, h))
            geometry = spot.geometry if spot.sure else (x - w // 2, y - h // 2, w, h)
        else:
            self._press("review.new")
            self._press("review.grid.put")
            w, h = typical_size(self.document, y)
            geometry = (self.bounds[0] // 2 - w // 2, self.bounds[1] // 2 - h // 2, w, h)
        operation = editing.add_box(self.document, self._index, geometry, self.bounds, "new")
        self._do(operation)
        name = operation.changes[0].id  # type: ignore[union-attr]
        if overlap(self._box(name), true) < self.box_wrong:
            self._fit(name, true, snap=False)
        right = overlap(self._box(name), true) >= self.box_wrong
        self._selected = name
        self.fixes.append(Fix(self._index, "no box", self.total - before, right))


def _steps(pixels: int, counts: bool) -> tuple[int, int]:
    """Keys for tens and keys for ones; with counts (`12l`) where shorter."""

    def cost(times: int) -> int:
        return min(times, len(str(times)) + 1) if counts else times

    return min(
        ((cost(tens), cost(abs(pixels - 10 * tens))) for tens in range(pixels // 10 + 2)),
        key=lambda keys: (sum(keys), keys),
    )


def _worst_edge(box: Box, true: Box) -> tuple[str, int, bool]:
    """The edge farthest off for the box's size: its name, how far it has to go, outwards or not."""
    edges = {
        "left": (true.x - box.x, box.w, -1),
        "right": (true.x + true.w - box.x - box.w, box.w, 1),
        "top": (true.y - box.y, box.h, -1),
        "bottom": (true.y + true.h - box.y - box.h, box.h, 1),
    }
    name = max(edges, key=lambda edge: abs(edges[edge][0]) / edges[edge][1])
    off, _, sign = edges[name]
    return name, off, off * sign > 0
