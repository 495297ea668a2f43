"""What a model would have said: the truth with realistic faults, and the list of those faults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import msgspec
import numpy as np

from prelabel_tui.core.labels import Ball, Box, Capability, Frame, Label, Origin, make_frame

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
    """One wrong prelabel.  ``label_id`` is the prelabel's (None: missed), ``truth_id`` that of
    the label it should have been (None: nothing is there)."""

    index: int
    capability: Capability
    kind: FaultKind
    label_id: str | None
    truth_id: str | None


@dataclass
class Model:
    """Says prelabels and remembers each fault.  ``spots`` are the white spots of the pitch in
    each frame, in 1/100 px."""

    rng: np.random.Generator
    width: int
    height: int
    faults: list[Fault] = field(default_factory=list)

    def _run(self, frames: int, low: int, high: int) -> range:
        start = int(self.rng.integers(0, max(1, frames - low)))
        return range(start, min(frames, start + int(self.rng.integers(low, high + 1))))

    def _score(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, high + 1))

    def _fault(
        self,
        index: int,
        capability: Capability,
        kind: FaultKind,
        label_id: str | None,
        truth_id: str | None,
    ) -> None:
        self.faults.append(Fault(index, capability, kind, label_id, truth_id))

    def balls(
        self, truth: Sequence[Frame], spots: Sequence[Sequence[tuple[int, int]]]
    ) -> list[Frame]:
        """Prelabelled ball points."""
        frames, rng = len(truth), self.rng
        plan: dict[int, FaultKind] = {}
        offset: dict[int, tuple[int, int]] = {}
        for _ in range(max(1, frames // 28)):
            plan |= dict.fromkeys(self._run(frames, 1, 4), FaultKind.MISSED)
        for _ in range(max(1, frames // 36)):
            plan |= dict.fromkeys(self._run(frames, 1, 3), FaultKind.FALSE)
        for _ in range(max(1, frames // 36)):
            run = self._run(frames, 1, 4)
            plan |= dict.fromkeys(run, FaultKind.SHIFTED)
            sign = 1 if rng.integers(2) else -1
            by = (sign * int(rng.integers(900, 2600)), int(rng.integers(-900, 901)))
            offset |= dict.fromkeys(run, by)
        for _ in range(max(1, frames // 45)):
            plan |= dict.fromkeys(self._run(frames, 2, 5), FaultKind.JUMPED)
        said = []
        for index, frame in enumerate(truth):
            said.append(self._ball(index, frame, plan.get(index), offset.get(index), spots[index]))
        return said

    def _ball(
        self,
        index: int,
        frame: Frame,
        kind: FaultKind | None,
        offset: tuple[int, int] | None,
        spots: Sequence[tuple[int, int]],
    ) -> Frame:
        rng, capability = self.rng, Capability.BALL
        true = frame.label(BALL_ID)
        labels: list[Label] = []
        if isinstance(true, Ball):
            jitter = rng.integers(-70, 71, size=2)
            low = rng.integers(12) == 0
            label = msgspec.structs.replace(
                true,
                x=true.x + int(jitter[0]),
                y=true.y + int(jitter[1]),
                origin=Origin.MODEL,
                score=self._score(2600, 5200) if low else self._score(6400, 9300),
            )
            if kind is FaultKind.MISSED:
                self._fault(index, capability, kind, None, BALL_ID)
            elif kind is FaultKind.SHIFTED and offset is not None:
                label = self._inside(
                    label, label.x + offset[0], label.y + offset[1], self._score(3600, 7400)
                )
                labels.append(label)
                self._fault(index, capability, kind, BALL_ID, BALL_ID)
            elif kind is FaultKind.JUMPED and spots:
                x, y = spots[0]
                label = self._inside(label, x, y, self._score(4000, 7800))
                labels.append(label)
                self._fault(index, capability, kind, BALL_ID, BALL_ID)
            else:
                labels.append(label)
        ghost = not isinstance(true, Ball) and rng.integers(5) == 0
        if kind is FaultKind.FALSE or ghost:
            x = int(rng.integers(300, self.width * 100 - 300))
            y = int(rng.integers(self.height * 30, self.height * 95))
            size = 2 * int(rng.integers(200, 420))
            labels.append(Ball(_FALSE_BALL, x, y, size, self._score(2000, 5200)))
            self._fault(index, capability, FaultKind.FALSE, _FALSE_BALL, None)
        return make_frame(labels)

    def _inside(self, label: Ball, x: int, y: int, score: int) -> Ball:
        x = min(max(x, 0), self.width * 100)
        y = min(max(y, 0), self.height * 100)
        return msgspec.structs.replace(label, x=x, y=y, score=score)

    def players(self, truth: Sequence[Frame]) -> list[Frame]:
        """Prelabelled player boxes."""
        frames, rng = len(truth), self.rng
        ids = sorted({label.id for frame in truth for label in frame.labels})
        plan: dict[tuple[int, str], tuple[FaultKind, int]] = {}
        runs = (
            (FaultKind.RESIZED, 50, 4, 10),
            (FaultKind.SHIFTED, 30, 6, 14),
            (FaultKind.MISSED, 18, 1, 5),
        )
        for kind, every, low, high in runs:
            for _ in range(max(1, frames // every)):
                player = ids[int(rng.integers(len(ids)))]
                sign = 1 if rng.integers(2) else -1
                amount = sign * int(rng.integers(45, 80))
                for index in self._run(frames, low, high):
                    plan[index, player] = (kind, amount)
        ghosts: dict[int, list[Box]] = {}
        for number in range(max(1, frames // 25)):
            ghost = self._ghost(_FIRST_FALSE + number)
            for index in self._run(frames, 1, 6):
                ghosts.setdefault(index, []).append(ghost)
        return [
            self._boxes(index, frame, plan, ghosts.get(index, []))
            for index, frame in enumerate(truth)
        ]

    def _ghost(self, number: int) -> Box:
        """Something in the stands or on the grass that is no player."""
        rng = self.rng
        h = int(rng.integers(self.height * 4, self.height * 9))
        w = int(h * 4 // 10)
        x = int(rng.integers(0, self.width * 100 - w))
        y = int(rng.integers(self.height * 18, self.height * 90 - h))
        return Box(f"p{number}", x, y, w, h, self._score(2000, 4800))

    def _boxes(
        self,
        index: int,
        frame: Frame,
        plan: dict[tuple[int, str], tuple[FaultKind, int]],
        ghosts: list[Box],
    ) -> Frame:
        rng, capability = self.rng, Capability.PLAYER
        true = [label for label in frame.labels if isinstance(label, Box)]
        merged = _merged(true)
        labels: list[Label] = []
        for box in true:
            kind, amount = plan.get((index, box.id), (None, 0))
            x, y, w, h = box.geometry
            wobble = [int(value) for value in rng.integers(-4, 5, size=4)]
            if box.id in merged:
                other = merged[box.id]
                if other is None:
                    self._fault(index, capability, FaultKind.MISSED, None, box.id)
                    continue
                right, bottom = max(x + w, other.x + other.w), max(y + h, other.y + other.h)
                x, y = min(x, other.x), min(y, other.y)
                w, h = right - x, bottom - y
                self._fault(index, capability, FaultKind.MERGED, box.id, box.id)
            elif kind is FaultKind.MISSED:
                self._fault(index, capability, kind, None, box.id)
                continue
            elif kind is FaultKind.SHIFTED:
                x += w * amount // 100
                self._fault(index, capability, kind, box.id, box.id)
            elif kind is FaultKind.RESIZED:
                grow = h * abs(amount) // 160 * (1 if amount > 0 else -1)
                y, h = y - grow // 2 if amount > 0 else y, h + grow
                self._fault(index, capability, kind, box.id, box.id)
            x, w = x + w * wobble[0] // 100, w + w * wobble[1] // 100
            y, h = y + h * wobble[2] // 200, h + h * wobble[3] // 200
            left, top = max(0, x), max(0, y)
            right, bottom = min(self.width * 100, x + w), min(self.height * 100, y + h)
            wrong = kind is not None or box.id in merged
            score = self._score(3600, 8200) if wrong else self._score(6200, 9400)
            if not wrong and rng.integers(25) == 0:
                score = self._score(2600, 5000)
            if right - left < 200 or bottom - top < 200:
                continue
            labels.append(Box(box.id, left, top, right - left, bottom - top, score))
        for ghost in ghosts:
            labels.append(ghost)
            self._fault(index, capability, FaultKind.FALSE, ghost.id, None)
        return make_frame(labels)


def _merged(boxes: Sequence[Box]) -> dict[str, Box | None]:
    """Players so close that the model sees one: the first has the other, the other None."""
    found: dict[str, Box | None] = {}
    for number, one in enumerate(boxes):
        for two in boxes[number + 1 :]:
            if one.id in found or two.id in found:
                continue
            across = min(one.x + one.w, two.x + two.w) - max(one.x, two.x)
            down = min(one.y + one.h, two.y + two.h) - max(one.y, two.y)
            if across > 0 and down > 0:
                common = across * down
                if common * 2 > one.w * one.h + two.w * two.h - common:
                    found[one.id], found[two.id] = two, None
    return found
