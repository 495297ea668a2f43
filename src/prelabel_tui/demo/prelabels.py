"""What a model would have said: the truth with realistic faults, and the list of those faults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

import numpy as np

from prelabel_tui.core.model.labels import Ball, Box, Capability, Frame, Label, make_frame

BALL_ID: Final = "b1"
_FALSE_BALL: Final = "b2"
_FIRST_FALSE: Final = 101


class FaultKind(StrEnum):
    """How a prelabel is wrong."""

    SHIFTED = "shifted"
    RESIZED = "resized"
    MISSED = "missed"
    FALSE = "false"
    MERGED = "merged"
    JUMPED = "jumped"


@dataclass(frozen=True)
class Fault:
    """One wrong prelabel.

    ``label_id`` is the prelabel's (None: missed), ``truth_id`` that of the label it should have
    been (None: nothing is there).
    """

    index: int
    capability: Capability
    kind: FaultKind
    label_id: str | None
    truth_id: str | None


_RUNS: Final[dict[Capability, tuple[tuple[FaultKind, int, int], ...]]] = {
    Capability.BALL: (
        (FaultKind.MISSED, 1, 4),
        (FaultKind.JUMPED, 2, 5),
        (FaultKind.SHIFTED, 1, 4),
        (FaultKind.FALSE, 1, 3),
    ),
    Capability.PLAYER: (
        (FaultKind.SHIFTED, 3, 9),
        (FaultKind.MISSED, 1, 5),
        (FaultKind.FALSE, 1, 6),
        (FaultKind.RESIZED, 3, 8),
        (FaultKind.MERGED, 1, 5),
    ),
}
"""Kinds of faults, and for how many frames in a row each lasts."""


@dataclass(frozen=True)
class _Planned:
    """A fault to make: of which label, how strong (percent), or what false label."""

    kind: FaultKind
    target: str = ""
    by: tuple[int, int] = (0, 0)
    false: Label | None = None
    partner: Box | None = None


@dataclass
class Model:
    """Makes prelabels and records each fault: about ``fault_share`` of the frames have one."""

    rng: np.random.Generator
    width: int
    height: int
    fault_share: float
    faults: list[Fault] = field(default_factory=list)

    def _score(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, high + 1))

    def _sign(self) -> int:
        return 1 if self.rng.integers(2) else -1

    def _plan(self, capability: Capability, truth: Sequence[Frame]) -> dict[int, _Planned]:
        """Plan runs of faults of all kinds in turn until enough frames have one."""
        plan: dict[int, _Planned] = {}
        wanted = round(len(truth) * self.fault_share)
        for turn in range(20 * wanted):
            if len(plan) >= wanted:
                break
            kinds = _RUNS[capability]
            kind, low, high = kinds[turn % len(kinds)]
            starts: Sequence[int] = range(len(truth))
            if kind is FaultKind.MERGED:
                starts = [i for i, frame in enumerate(truth) if _close_pairs(frame)]
                if not starts:
                    continue
            start = starts[int(self.rng.integers(len(starts)))]
            length = min(int(self.rng.integers(low, high + 1)), wanted - len(plan))
            model = self._planned(capability, kind, truth[start])
            for index in range(start, min(len(truth), start + length)):
                fault = model and _fitted(model, truth[index])
                if fault is None or index in plan:
                    break
                plan[index] = fault
        return plan

    def _planned(self, capability: Capability, kind: FaultKind, frame: Frame) -> _Planned | None:
        rng = self.rng
        if kind is FaultKind.FALSE:
            false = self._false_ball() if capability is Capability.BALL else self._false_box()
            return _Planned(kind, false=false)
        if kind is FaultKind.MERGED:
            pairs = _close_pairs(frame)
            return _Planned(kind, pairs[int(rng.integers(len(pairs)))][0].id)
        if not frame.labels:
            return None
        target = frame.labels[int(rng.integers(len(frame.labels)))].id
        if capability is Capability.BALL:
            by = (self._sign() * int(rng.integers(900, 2600)), int(rng.integers(-900, 901)))
        else:
            by = (self._sign() * int(rng.integers(45, 80)), 0)
        return _Planned(kind, target, by)

    def _false_ball(self) -> Ball:
        rng = self.rng
        x = int(rng.integers(300, self.width * 100 - 300))
        y = int(rng.integers(self.height * 30, self.height * 95))
        return Ball(_FALSE_BALL, x, y, 2 * int(rng.integers(200, 420)), self._score(2000, 5200))

    def _false_box(self) -> Box:
        """Return something in the stands or on the grass that is not a player."""
        rng = self.rng
        h = int(rng.integers(self.height * 4, self.height * 9))
        w = h * 4 // 10
        x = int(rng.integers(0, self.width * 100 - w))
        y = int(rng.integers(self.height * 18, self.height * 90 - h))
        number = _FIRST_FALSE + int(rng.integers(100))
        return Box(f"p{number}", x, y, w, h, self._score(2000, 4800))

    def balls(
        self, truth: Sequence[Frame], spots: Sequence[Sequence[tuple[int, int]]]
    ) -> list[Frame]:
        """Return prelabelled ball points.

        ``spots``: the white spots of the pitch in each frame, in 1/100 px; the ball jumps to the
        first.
        """
        plan = self._plan(Capability.BALL, truth)
        return [
            self._ball(index, frame, plan.get(index), spots[index])
            for index, frame in enumerate(truth)
        ]

    def _ball(
        self,
        index: int,
        frame: Frame,
        fault: _Planned | None,
        spots: Sequence[tuple[int, int]],
    ) -> Frame:
        labels: list[Label] = []
        true = frame.label(BALL_ID)
        if isinstance(true, Ball):
            dx, dy = (int(value) for value in self.rng.integers(-70, 71, size=2))
            low = self.rng.integers(12) == 0
            score = self._score(2600, 5200) if low else self._score(6400, 9300)
            kind = fault.kind if fault else None
            if fault and kind is FaultKind.SHIFTED:
                dx, dy, score = dx + fault.by[0], dy + fault.by[1], self._score(3600, 7400)
            elif kind is FaultKind.JUMPED:
                dx, dy, score = spots[0][0] - true.x, spots[0][1] - true.y, self._score(4000, 7800)
            if kind is not FaultKind.MISSED:
                x = min(max(true.x + dx, 0), self.width * 100)
                y = min(max(true.y + dy, 0), self.height * 100)
                labels.append(Ball(BALL_ID, x, y, true.size, score))
        if fault:
            if fault.false:
                labels.append(fault.false)
            self._note(index, Capability.BALL, fault)
        return make_frame(labels)

    def players(self, truth: Sequence[Frame]) -> list[Frame]:
        """Return prelabelled player boxes."""
        plan = self._plan(Capability.PLAYER, truth)
        return [self._boxes(index, frame, plan.get(index)) for index, frame in enumerate(truth)]

    def _boxes(self, index: int, frame: Frame, fault: _Planned | None) -> Frame:
        labels: list[Label] = []
        for box in frame.labels:
            if not isinstance(box, Box):
                continue
            if fault and fault.partner and fault.partner.id == box.id:
                continue
            mine = fault if fault and fault.target == box.id else None
            if mine is None or mine.kind is not FaultKind.MISSED:
                labels.append(self._box(box, mine))
        if fault:
            if fault.false:
                labels.append(fault.false)
            self._note(index, Capability.PLAYER, fault)
        return make_frame(labels)

    def _box(self, box: Box, fault: _Planned | None) -> Box:
        """Return the box as the model says it: a little off, or with its fault."""
        x, y, w, h = box.geometry
        if fault and fault.kind is FaultKind.SHIFTED:
            x += w * fault.by[0] // 100
        elif fault and fault.kind is FaultKind.RESIZED:
            grow = h * fault.by[0] // 160
            y, h = y - max(0, grow) // 2, h + grow
        elif fault and fault.partner:
            other = fault.partner
            right, bottom = max(x + w, other.x + other.w), max(y + h, other.y + other.h)
            x, y = min(x, other.x), min(y, other.y)
            w, h = right - x, bottom - y
        wobble = [int(value) for value in self.rng.integers(-4, 5, size=4)]
        x, w = x + w * wobble[0] // 100, w + w * wobble[1] // 100
        y, h = y + h * wobble[2] // 200, h + h * wobble[3] // 200
        left, right = max(0, x), min(self.width * 100, x + w)
        top, bottom = max(0, y), min(self.height * 100, y + h)
        if right - left < 200:  # a shift took it over the edge: a sliver is left
            left, right = (0, 200) if right < 200 else (self.width * 100 - 200, self.width * 100)
        score = self._score(3600, 8200) if fault else self._score(6200, 9400)
        if fault is None and self.rng.integers(25) == 0:
            score = self._score(2600, 5000)
        return Box(box.id, left, top, right - left, max(200, bottom - top), score)

    def _note(self, index: int, capability: Capability, fault: _Planned) -> None:
        label_id: str | None = fault.target
        if fault.kind is FaultKind.MISSED:
            label_id = None
        elif fault.false:
            label_id = fault.false.id
        self.faults.append(Fault(index, capability, fault.kind, label_id, fault.target or None))
        if fault.partner:
            self.faults.append(Fault(index, capability, FaultKind.MISSED, None, fault.partner.id))


def _fitted(fault: _Planned, frame: Frame) -> _Planned | None:
    """Return the fault as it is in this frame; None when it cannot be."""
    if fault.false:
        return fault
    if frame.label(fault.target) is None:
        return None
    if fault.kind is FaultKind.MERGED:
        for one, two in _close_pairs(frame):
            if one.id == fault.target:
                return replace(fault, partner=two)
        return None
    return fault


def _close_pairs(frame: Frame) -> list[tuple[Box, Box]]:
    """Return players who overlap so much that a model may see only one."""
    boxes = [label for label in frame.labels if isinstance(label, Box)]
    pairs = []
    for number, one in enumerate(boxes):
        for two in boxes[number + 1 :]:
            across = min(one.x + one.w, two.x + two.w) - max(one.x, two.x)
            down = min(one.y + one.h, two.y + two.h) - max(one.y, two.y)
            if across > 0 and down > 0:
                common = across * down
                if common * 4 > one.w * one.h + two.w * two.h - common:
                    pairs.append((one, two))
    return pairs
