"""A reviewer who follows docs/review-policy.md and knows the truth, at the keys of a model."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

from benchmarks.key_model import INNER, OUTER, WHOLE, KeyModel
from benchmarks.review_truth import Fix, is_faulty, matched
from prelabel_tui.core.edits import interpolation, many_frames
from prelabel_tui.core.edits.matching import distance, overlap
from prelabel_tui.core.edits.operations import Operation
from prelabel_tui.core.edits.pointing import typical_size
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import UNIT, Ball, Box, Label

_IN_REACH = 22 * UNIT
"""A ball this near to its place is tried with a snap."""
_WORTH = 3
"""Frames that make a film shorter than as many keys."""
_SHORT = 12
"""At most so many frames are tried with an interpolation."""


@dataclass
class Reviewer:
    """Puts a document right frame by frame.

    ``clever``: with suspects selected, letters, grid, snap, copies, interpolation and counts;
    else with selecting one after another and moving by 10 px and 1 px only.
    """

    desk: KeyModel
    truth: Document
    clever: bool = True
    ball_right: int = 2 * UNIT
    """A ball this near to the truth is right."""
    box_wrong: float = 0.75
    """IoU below which a box is put right."""
    watches: bool = False
    """Whether frames that are not doubtful are looked at as a film, and accepted together."""
    box_good: float = 0.9
    """IoU at which a box that was touched is left alone."""
    fixes: list[Fix] = field(default_factory=list)
    by_frame: Counter[int] = field(default_factory=Counter)
    came_faulty: set[int] = field(default_factory=set)
    """Frames in which something was wrong when they came."""
    _declined: Operation | None = None
    """An interpolation that was wrong; the next key drops it."""

    @property
    def total(self) -> int:
        """All keys so far."""
        return len(self.desk.keys)

    def is_faulty(self, document: Document, index: int) -> bool:
        """Say whether there is anything to correct in a frame of a document."""
        return is_faulty(
            document.frame(index), self.truth.frame(index), self.desk.is_ball, self.box_wrong,
            self.ball_right,
        )  # fmt: skip

    def review(self) -> None:
        """Review the whole clip: by suspicion, or in time order."""
        desk = self.desk
        if not self.clever:
            desk.first_frame()
            for index in range(len(desk.document)):
                self.put_right()
                desk.next_frame()
                self._count(index)
            return
        going = True
        while going:
            index = desk.index
            if self.is_faulty(desk.document, index):
                self.came_faulty.add(index)
            right = not self.is_faulty(desk.document, index)
            if self.watches and right and len(desk.stretch) >= _WORTH:
                going = self._watch()
            else:
                self.put_right()
                going = desk.accept()
            self._count(index)

    def _watch(self) -> bool:
        """Look at the frames that follow as a film; accept those before something wrong."""
        desk, stretch = self.desk, self.desk.stretch
        desk.watch()
        wrong = (at for at in stretch if self.is_faulty(desk.document, at))
        return desk.accept_seen(next(wrong, stretch.stop) - 1)

    def _count(self, index: int) -> None:
        self.by_frame[index] = self.total - self.by_frame.total()

    def put_right(self) -> None:
        """Correct the frame shown; what is shown last may wait for the Enter that accepts."""
        if self.desk.is_ball:
            self._balls()
        else:
            self._boxes()

    def point_at_ball(self) -> None:
        """Place the only ball of the frame where it is, by the grid alone."""
        (true,) = self._true
        assert isinstance(true, Ball)
        self._point_at(true)

    # --- what both need

    @property
    def _true(self) -> tuple[Label, ...]:
        return self.truth.frame(self.desk.index).labels

    def _note(self, kind: str, before: int, right: bool) -> None:
        self.fixes.append(Fix(self.desk.index, kind, self.total - before, right))

    def _select(self, label: Label) -> None:
        if self.clever:
            self.desk.select_by_letters(label.id)
        else:
            self.desk.select_by_tab(label.id)

    def _delete(self, label: Label, kind: str) -> None:
        before = self.total
        self._select(label)
        self.desk.reject()
        self._note(kind, before, True)

    def _nudge(self, pixels: int, plus: str, minus: str) -> None:
        tens, ones = _steps(abs(pixels), self.clever)
        self.desk.nudge(plus if pixels > 0 else minus, ones, tens, self.clever)

    def _move(self, label: Label, x: int, y: int, near: int) -> None:
        """Move a label by the fewest keys so that its (x, y) is within ``near`` of a place."""

        def ways(off: int) -> range:
            middle = round(off / UNIT)
            return range(middle - near // UNIT - 1, middle + near // UNIT + 2)

        self._handle(WHOLE)
        dx, dy = x - label.x, y - label.y
        _, right, down = min(
            (
                sum(_keys(abs(right), self.clever)) + sum(_keys(abs(down), self.clever)),
                right,
                down,
            )
            for right in ways(dx)
            for down in ways(dy)
            if math.hypot(dx - right * UNIT, dy - down * UNIT) <= near
        )
        self._nudge(right, "right", "left")
        self._nudge(down, "down", "up")

    # --- balls

    def _balls(self) -> None:
        desk = self.desk
        true = next(iter(self._true), None)
        balls = list(desk.frame.labels)
        mine = None
        if true is not None and balls:
            mine = min(balls, key=lambda ball: distance(ball, true))
        extra = [ball for ball in balls if ball is not mine]
        if mine is not None and self.clever and self._only_is_shorter(mine, len(extra)):
            before = self.total
            self._select(mine)
            desk.only()
            self._note("false balls, several", before, True)
        else:
            for ball in extra:
                self._delete(ball, "false ball")
        if not isinstance(true, Ball) or self._has(true):
            return
        before = self.total
        far = None if mine is None else distance(mine, true)
        if not self.clever:
            self._nudge_ball(mine, true)
        elif not (self._snap(mine, true) or self._between(true) or self._previous(mine, true)):
            self._point_at(true)
        kind = "no ball" if far is None else "ball off" if far <= 40 * UNIT else "ball elsewhere"
        self._note(kind, before, self._has(true))

    def _only_is_shorter(self, mine: Label, others: int) -> bool:
        chosen = self.desk.selected == mine.id
        return others > 1 and others >= (1 if chosen else 3)

    def _has(self, true: Ball) -> bool:
        seen = self.desk.shown or self.desk.frame.labels
        return any(distance(ball, true) <= self.ball_right for ball in seen)

    def _snap(self, mine: Label | None, true: Ball) -> bool:
        """Snap with one key, when the ball is plainly within its reach."""
        if mine is None or distance(mine, true) > _IN_REACH:
            return False
        self._select(mine)
        self.desk.snap()
        return self._has(true)

    def _between(self, true: Ball) -> bool:
        """Show an interpolation; if it is wrong here, the next key drops it."""
        desk = self.desk
        analysis = desk.analysis
        here = desk.document, analysis.tracks, desk.index
        gap = interpolation.find_gap(*here, None, analysis.ranking.doubtful)
        if gap is None or gap[1] - gap[0] > _SHORT:
            return False
        desk.interpolate()
        return bool(desk.shown) and self._has(true)

    def _previous(self, mine: Label | None, true: Ball) -> bool:
        """Copy from the previous frame and snap, if the ball there is right and near."""
        desk = self.desk
        if desk.index == 0:
            return False
        before = self.truth.frame(desk.index - 1).labels
        there = desk.document.frame(desk.index - 1).labels
        if not before or len(there) != 1 or distance(before[0], there[0]) > self.ball_right:
            return False
        if distance(there[0], true) > _IN_REACH:
            return False
        if mine is not None:
            self._select(mine)
        desk.copy_previous()
        return self._has(true) or self._snap(desk.frame.labels[0], true)

    def _point_at(self, true: Ball) -> None:
        """Use the grid until the snap that it shows is right, or its point is."""
        desk = self.desk
        desk.where()
        while True:
            assert desk.grid is not None
            spot, (_, _, w, h) = desk.spot, desk.grid.region
            if spot and math.hypot(spot[0] - true.x, spot[1] - true.y) <= self.ball_right:
                desk.put(snapped=True)
                return
            if math.hypot(w, h) / 2 <= self.ball_right:
                desk.put(snapped=False)
                return
            desk.towards(true.x, true.y)

    def _nudge_ball(self, mine: Label | None, true: Ball) -> None:
        if mine is None:
            self.desk.new()
            self.desk.put(snapped=False)
            (mine,) = self.desk.frame.labels
        self._select(mine)
        self._move(mine, true.x, true.y, self.ball_right - 5)

    # --- boxes

    def _boxes(self) -> None:
        pairs, missing, extra = matched(self.desk.frame, self.truth.frame(self.desk.index))
        for box in extra:
            self._delete(box, "false box")
        for box, true in pairs:
            if overlap(box, true) < self.box_wrong:
                self._keep_shown()
                before = self.total
                self._select(box)
                right = self._fit(box.id, true)
                self._note("box off", before, right)
        if missing and self.clever:
            self._keep_shown()
            missing = self._copy(self._fill(missing))
        for true in missing:
            self._keep_shown()
            self._add(true)

    def _keep_shown(self) -> None:
        """Take an interpolation that is right, so that the next key does not drop it."""
        if self.desk.pending is not None and self.desk.pending is not self._declined:
            self.desk.take()

    def _box(self, name: str) -> Box:
        shown = next((label for label in self.desk.shown if label.id == name), None)
        label = shown or self.desk.frame.label(name)
        assert isinstance(label, Box)
        return label

    def _fit(self, name: str, true: Box) -> bool:
        desk = self.desk

        def good() -> bool:
            return overlap(self._box(name), true) >= self.box_good

        if self.clever:
            before, steps, worse = self._box_now(name), self._edits, False
            desk.snap()
            if good():
                return True
            if self._edits > steps:
                worse = overlap(self._box_now(name), true) <= overlap(before, true)
            if self._bridges(name):
                desk.interpolate()
                if desk.shown and good():
                    return True
                self._declined = desk.pending
            if worse:
                desk.undo()
        self._fit_by_hand(name, true)
        return good()

    def _box_now(self, name: str) -> Box:
        label = self.desk.frame.label(name)
        assert isinstance(label, Box)
        return label

    @property
    def _edits(self) -> int:
        return len(self.desk.done)

    def _bridges(self, name: str) -> bool:
        """Say whether the box has fixed frames near on both sides."""
        desk = self.desk
        tracks, doubtful = desk.analysis.tracks, desk.analysis.ranking.doubtful
        track = tracks.at(desk.index, name)
        gap = interpolation.find_gap(desk.document, tracks, desk.index, track, doubtful)
        return gap is not None and gap[1] - gap[0] <= _SHORT

    def _fit_by_hand(self, name: str, true: Box) -> None:
        """Move the whole box, then its edges, the worst first, until it is good."""
        box = self._box_now(name)
        middle = true.x + (true.w - box.w) // 2, true.y + true.h - box.h
        moved = Box(name, *middle, box.w, box.h)
        if overlap(moved, true) > overlap(box, true) + 0.02:
            self._move(box, *middle, max(80, min(true.w, true.h) // 30))
        for _ in range(4):
            box = self._box_now(name)
            if overlap(box, true) >= self.box_good:
                break
            edge, off, outwards = _worst_edge(box, true)
            self._handle(OUTER if outwards else INNER)
            across = edge in ("left", "right")
            self._nudge(round(off / UNIT), *(("right", "left") if across else ("down", "up")))

    def _handle(self, wanted: int) -> None:
        while self.desk.handle != wanted:
            self.desk.edges()

    def _fill(self, missing: list[Box]) -> list[Box]:
        """Take what interpolation shows for missing boxes, if it is right and nothing else."""
        desk, before = self.desk, self.total
        filled = interpolation.fill_missing(desk.document, desk.analysis.tracks, desk.index)
        if not isinstance(filled, Operation):
            return missing
        if desk.selected is not None and not desk.lacks_one:
            desk.deselect()
        desk.interpolate()
        there = [
            true
            for true in missing
            if any(isinstance(b, Box) and overlap(b, true) >= self.box_wrong for b in desk.shown)
        ]
        if not there or len(desk.shown) != len(there):
            self._declined = desk.pending
            return missing
        keys = self.total - before
        self.fixes += [
            Fix(desk.index, "no box", keys if true is there[0] else 0, True) for true in there
        ]
        return [true for true in missing if true not in there]

    def _copy(self, missing: list[Box]) -> list[Box]:
        """Copy what is missing from the previous frame, if it has what is missing here."""
        desk = self.desk
        if not missing or desk.index == 0:
            return missing
        before = desk.document.frame(desk.index - 1)
        there = [
            t
            for t in missing
            if any(isinstance(box, Box) and overlap(box, t) >= 0.3 for box in before.labels)
        ]
        copied = many_frames.copy_from_previous(desk.document, desk.analysis.tracks, desk.index)
        if not there or not isinstance(copied, Operation) or len(copied.changes) != len(there):
            return missing
        self._keep_shown()
        start = self.total
        if desk.selected is not None:
            desk.deselect()
        desk.copy_previous()
        share = (self.total - start) / len(there)
        for true in there:
            name = max(desk.frame.labels, key=lambda box: overlap(box, true))  # type: ignore[arg-type]
            start = self.total
            if overlap(self._box(name.id), true) < self.box_wrong:
                self._keep_shown()
                self._select(name)
                self._fit(name.id, true)
            right = overlap(self._box(name.id), true) >= self.box_wrong
            keys = round(share + self.total - start)
            self.fixes.append(Fix(desk.index, "no box", keys, right))
        return [true for true in missing if true not in there]

    def _add(self, true: Box) -> None:
        desk, before = self.desk, self.total
        x, y = true.x + true.w // 2, true.y + true.h // 2
        desk.new()
        if self.clever:
            near = max(4 * UNIT, true.w * 2 // 3)
            while desk.grid is not None and math.hypot(*desk.grid.region[2:]) / 2 > near:
                desk.towards(x, y)
            spot = desk.spot
            w, h = typical_size(desk.document, y)
            plain = overlap(Box("", x - w // 2, y - h // 2, w, h), true)
            desk.put(bool(spot) and overlap(Box("", *spot), true) >= min(plain, self.box_wrong))  # type: ignore[misc]
        else:
            desk.put(snapped=False)
        name = desk.selected
        assert name is not None
        if overlap(self._box(name), true) < self.box_wrong:
            self._fit_by_hand(name, true)
        self._note("no box", before, overlap(self._box(name), true) >= self.box_wrong)


def _keys(pixels: int, counts: bool) -> tuple[int, int]:
    """Return the keys for the tens and the ones of a way; with counts (`12l`) if shorter."""
    tens, ones = _steps(pixels, counts)
    return _cost(tens, counts), _cost(ones, counts)


def _cost(times: int, counts: bool) -> int:
    return min(times, len(str(times)) + 1) if counts else times


def _steps(pixels: int, counts: bool) -> tuple[int, int]:
    """Return how many tens and ones make a way in the fewest keys."""
    return min(
        ((tens, abs(pixels - 10 * tens)) for tens in range(pixels // 10 + 1)),
        key=lambda steps: (sum(_cost(times, counts) for times in steps), steps),
    )


def _worst_edge(box: Box, true: Box) -> tuple[str, int, bool]:
    """Return the edge farthest off for the box's size: name, distance, whether outwards."""
    edges = {
        "left": (true.x - box.x, box.w, -1),
        "right": (true.x + true.w - box.x - box.w, box.w, 1),
        "top": (true.y - box.y, box.h, -1),
        "bottom": (true.y + true.h - box.y - box.h, box.h, 1),
    }
    name = max(edges, key=lambda edge: abs(edges[edge][0]) / edges[edge][1])
    off, _, sign = edges[name]
    return name, off, off * sign > 0
