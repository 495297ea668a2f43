"""Moves of all labels of a selection: seen at once on the frame shown, then made of all frames.

A key that is held gives more moves than can be made of many labels; those that wait are one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from prelabel_tui.core.edits import many_labels
from prelabel_tui.core.edits.many_frames import Refusal
from prelabel_tui.core.edits.many_labels import Sizes
from prelabel_tui.core.edits.one_frame import Edge
from prelabel_tui.core.edits.operations import Operation
from prelabel_tui.core.edits.selection import Selection


@dataclass(frozen=True)
class Step:
    """A move of all labels, or of one edge of each; units."""

    edge: Edge | None
    dx: int
    dy: int

    def operation(self, selection: Selection, sizes: Sizes) -> Operation | Refusal:
        """Make the operation."""
        if self.edge is None:
            return many_labels.move(selection, self.dx, self.dy, sizes)
        return many_labels.resize(selection, self.edge, self.dx or self.dy, sizes)


class Steps:
    """The steps that are still to be made of all frames, oldest first."""

    def __init__(self) -> None:
        self._waiting: list[Step] = []
        self._under_way: Step | None = None
        self._at_rest = asyncio.Event()
        self._at_rest.set()

    def add(self, step: Step) -> bool:
        """Add a step; return whether :meth:`make` is to be called: nobody makes them now."""
        last = self._waiting[-1] if self._waiting else None
        if last is not None and last.edge is step.edge:
            self._waiting[-1] = Step(step.edge, last.dx + step.dx, last.dy + step.dy)
        else:
            self._waiting.append(step)
        idle = self._at_rest.is_set()
        self._at_rest.clear()
        return idle

    def not_made(self, *, made_here: bool) -> Sequence[Step]:
        """Return the steps that a frame does not have yet.

        ``made_here``: the frame has the one that is under way already.
        """
        if self._under_way is None or made_here:
            return self._waiting
        return [self._under_way, *self._waiting]

    async def make(self, one: Callable[[Step], Awaitable[None]]) -> None:
        """Make all of them, each by ``one``, and those that are added meanwhile."""
        try:
            while self._waiting:
                self._under_way = self._waiting.pop(0)
                await one(self._under_way)
                self._under_way = None
        finally:
            self._under_way = None
            self._waiting.clear()
            self._at_rest.set()

    async def made(self) -> None:
        """Wait until there are none."""
        await self._at_rest.wait()
