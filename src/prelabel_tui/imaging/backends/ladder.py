"""Ways to encode a picture, from rough to fine, and what each costs on the clip at hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from typing import Final, Generic, TypeVar

Rung = TypeVar("Rung")

_AT_ONCE: Final = 1.25
"""Budgets, each of 40 ms of the link, that another picture may take before the next key."""

_LEARN: Final = 0.3
"""How much a new measurement moves the expectation."""

_TELLING: Final = 20_000
"""Pixels: in fewer than these, headers outweigh pixels."""


_PIECE: Final = 4 * 1024
"""Bytes that are sent in one piece over any link: smaller pieces are mostly headers."""


def most_of_a_piece(budget: int | None) -> float:
    """Return the bytes that one part of a picture may take: the next key waits for all of it."""
    return inf if budget is None else max(budget, _PIECE)


def at_once(budget: int) -> float:
    """Return the bytes that another picture may take before it is made better."""
    return _AT_ONCE * budget


class Ladder(Generic[Rung]):
    """``usual``: the rungs, rough to fine, with the bytes of the stream per 1,000 pixels."""

    def __init__(self, usual: Mapping[Rung, float]) -> None:
        self._cost = dict(usual)

    def learn(self, rung: Rung, pixels: int, size: int) -> None:
        """Note that ``pixels`` took ``size`` bytes of the stream."""
        if pixels >= _TELLING:
            self._cost[rung] += _LEARN * (1000 * size / pixels - self._cost[rung])

    def cost(self, rung: Rung, pixels: int) -> float:
        """Return the bytes that so many pixels will take."""
        return pixels * self._cost[rung] / 1000

    def affordable(
        self, pixels: int, size: float, more: Callable[[Rung], float] = lambda rung: 0.0
    ) -> Rung:
        """Return the finest rung for so many pixels that takes at most ``size`` bytes.

        The cheapest if none does.  ``more``: what a rung costs besides.
        """

        def cost(rung: Rung) -> float:
            return self.cost(rung, pixels) + more(rung)

        within = [rung for rung in self._cost if cost(rung) <= size]
        return within[-1] if within else min(self._cost, key=cost)
