"""A reviewer who corrects one label after another until the program offers to do the rest.

They know where each label belongs, see what the screen shows, and know nothing of what is wrong
with the clip.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from benchmarks.live_review import Desk
from prelabel_tui.core.edits.matching import overlap
from prelabel_tui.core.edits.pointing import hints, reading_order
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import UNIT, Box

RIGHT: Final = 0.9
"""IoU at which a box is right."""
ENOUGH: Final = 0.98
"""Share of right boxes at which the clip is done."""
EXACT: Final = 0.95
"""IoU to which one move has to bring a box to be preferred to a snap."""
MOST_KEYS: Final = 150
"""A reviewer who is not done by then has given up."""


def share_right(document: Document, goal: Document, least: float = RIGHT) -> float:
    """Return the share of boxes that are where they belong."""
    total = right = 0
    for index, frame in enumerate(goal):
        here = document.frame(index)
        for box in frame.labels:
            found = here.label(box.id)
            total += 1
            if isinstance(box, Box) and isinstance(found, Box):
                right += overlap(box, found) >= least
    return right / max(1, total)


@dataclass
class PatternReviewer:
    """Goes through the queue, and in each frame from label to label."""

    desk: Desk
    goal: Document
    corrected: int = 0
    offered: list[str] = field(default_factory=list)
    keys_taken: int | None = None
    """Keys until an offer was taken."""
    share_taken: float = 0.0
    """Share of right boxes then."""
    _seen: int = 0
    """Labels of the frame that were looked at."""

    async def work(self) -> None:
        """Correct labels until an offer was taken, or it takes too long."""
        await self._arrive()
        while self.keys_taken is None and len(self.desk.keys) < MOST_KEYS:
            if self.desk.notice is not None:
                await self._answer()
                continue
            if self._seen == len(self.desk.review.frame.labels):
                await self._next_frame()
            elif self._seen:
                await self.desk.press("tab")
            self._seen += 1
            await self._correct()

    @property
    def share(self) -> float:
        """Return the share of right boxes."""
        return share_right(self.desk.review.document, self.goal)

    async def _next_frame(self) -> None:
        """Go to the next frame of the queue; its most doubtful label is selected."""
        await self.desk.press("]")
        await self._arrive()

    async def _arrive(self) -> None:
        self._seen = 0
        if self.desk.label is None:
            await self.desk.press("tab")

    async def _answer(self) -> None:
        """Look at what is offered; take it when it puts right more of this frame than it spoils."""
        desk = self.desk
        self.offered.append(desk.notice or "")
        await desk.press("|")
        better = 0
        for ghost in desk.ghosts:
            now, goal = desk.review.frame.label(ghost.id), self._goal(ghost.id)
            if isinstance(now, Box) and goal is not None:
                better += 1 if overlap(ghost, goal) > overlap(now, goal) else -1
        if better <= 0:
            await desk.press("escape")
            return
        await desk.press("enter")
        self.keys_taken, self.share_taken = len(desk.keys), self.share

    def _goal(self, name: str | None) -> Box | None:
        found = None if name is None else self.goal.frame(self.desk.review.index).label(name)
        return found if isinstance(found, Box) else None

    async def _correct(self) -> None:
        """Put the selected box right, if it is off: by one move, else by a snap, else by moves."""
        desk = self.desk
        label, goal = desk.label, self._goal(desk.review.selected)
        if not isinstance(label, Box) or goal is None or overlap(label, goal) >= RIGHT:
            return
        self.corrected += 1
        moves = [move for move in _moves(label, goal) if move]
        if len(moves) == 1 and overlap(_moved(label, goal), goal) >= EXACT:
            await desk.type(moves[0])
            return
        before = overlap(label, goal)
        await desk.press("s")
        now = desk.label
        if isinstance(now, Box) and now != label and overlap(now, goal) < before:
            await desk.press("u")
            now = desk.label
        if isinstance(now, Box) and overlap(now, goal) <= before:
            for move in _moves(now, goal):
                await desk.type(move)


def _steps(label: Box, goal: Box) -> tuple[int, int]:
    """Return by how many whole px the middle is off."""
    return (
        round((goal.x + goal.w / 2 - label.x - label.w / 2) / UNIT),
        round((goal.y + goal.h / 2 - label.y - label.h / 2) / UNIT),
    )


def _moves(label: Box, goal: Box) -> tuple[str, str]:
    """Return the keys that bring the middle there, across and down: `6h`, nothing."""
    across, down = _steps(label, goal)
    return _keys(across, "h", "l"), _keys(down, "k", "j")


def _moved(label: Box, goal: Box) -> Box:
    across, down = _steps(label, goal)
    return Box(label.id, label.x + across * UNIT, label.y + down * UNIT, label.w, label.h)


def _keys(step: int, back: str, on: str) -> str:
    if not step:
        return ""
    return ("" if abs(step) == 1 else str(abs(step))) + (on if step > 0 else back)


_OFF: Final = 3.0
"""Px by which a middle has to be off to be corrected on a real clip."""
_PATIENCE: Final = 3
"""Corrections without an offer after which they look whether time is what is wrong."""


@dataclass
class GrassReviewer:
    """Puts boxes on their players by eye, the worst first, until the rest can be mended at once.

    ``goal``: the middle (px) of each player who stands free, by frame and label.
    """

    desk: Desk
    goal: dict[tuple[int, str], float]
    offered: list[str] = field(default_factory=list)

    @property
    def document(self) -> Document:
        """The draft now."""
        return self.desk.review.document.copy()

    async def work(self) -> None:
        """Correct the worst of the frame, look for what all have in common, go on."""
        desk, done = self.desk, 0
        while len(desk.keys) < MOST_KEYS:
            if desk.notice is not None:
                self.offered.append(desk.notice)
                if await self._looked_at("|"):
                    return
            worst = self._worst()
            if worst is None:
                await desk.press("]")
                continue
            await self._select(worst)
            off = self._off(desk.label)
            assert off is not None
            await desk.type(_keys(-round(off), "h", "l"))
            done += 1
            if done == _PATIENCE and desk.notice is None and await self._looked_at("'", "$"):
                return

    async def _looked_at(self, *keys: str) -> bool:
        """Have something shown; take it if it brings the boxes of the next frame nearer."""
        await self.desk.press(*keys, "f")
        nearer = 0.0
        for ghost in self.desk.ghosts:
            then, now = self._off(ghost), self._off(self.desk.review.frame.label(ghost.id))
            if then is not None and now is not None:
                nearer += abs(now) - abs(then)
        await self.desk.press("enter" if nearer > 0 else "escape")
        return nearer > 0

    def _worst(self) -> str | None:
        """Return the label of the frame that is farthest off, if one is off at all."""
        off = {label.id: abs(self._off(label) or 0) for label in self.desk.review.frame.labels}
        worst = max(off, key=lambda name: (off[name], name))
        return worst if off[worst] >= _OFF else None

    async def _select(self, name: str) -> None:
        """Select a label by its letters, if it is not selected."""
        review = self.desk.review
        if review.selected != name:
            await self.desk.press("b")
            await self.desk.type(hints(reading_order(review.frame))[name])

    def _off(self, label: object) -> float | None:
        """Return how far (px) a box is to the right of its player; None where nobody can tell."""
        if not isinstance(label, Box):
            return None
        middle = self.goal.get((self.desk.review.index, label.id))
        return None if middle is None else (label.x + label.w / 2) / UNIT - middle
