"""Random samples of frames without replacement: how many, which, and what they say of the rest.

Everything is exact for a finite number of frames: ``N`` of them, ``K`` of which are wrong, ``n``
drawn.  The number ``X`` of wrong ones among those drawn has the hypergeometric distribution,
``P(X = k) = C(K, k) · C(N − K, n − k) / C(N, n)``.
"""

from __future__ import annotations

import hashlib
import math
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

THOUSAND: Final = 1000
"""Shares and certainties are whole numbers of thousandths."""


@dataclass(frozen=True)
class Wish:
    """What a sample is to show: that at most ``at_most`` of the frames are wrong, how surely.

    Both in thousandths: 50 and 950 are 5 % and 95 %.
    """

    at_most: int
    certainty: int

    @property
    def text(self) -> str:
        """In words: `at most 5 % wrong, 95 % certain`."""
        return f"at most {percent(self.at_most)} wrong, {percent(self.certainty)} certain"

    @property
    def tail(self) -> float:
        """What may be missed at either end of the interval."""
        return (THOUSAND - self.certainty) / (2 * THOUSAND)

    def size(self, population: int) -> int:
        """Return the fewest frames to draw so that the interval can show it.

        The interval of a sample with none wrong then ends at or below ``at_most``: the least ``n``
        with ``C(N − K, n) ≤ tail · C(N, n)``, where ``K`` is the first number of wrong frames that
        is more than ``at_most`` of ``N``.
        """
        too_many = self.at_most * population // THOUSAND + 1
        shown = range(population + 1)
        return bisect_left(
            shown, True, key=lambda n: _at_most(0, population, too_many, n) <= self.tail
        )


def percent(thousandths: float) -> str:
    """Write thousandths as a percentage: `5 %`, `2.5 %`."""
    return f"{thousandths / 10:.1f}".removesuffix(".0") + " %"


def draw(seed: str, frames: Iterable[int], size: int) -> tuple[int, ...]:
    """Draw ``size`` of the frames: those of which the SHA-256 of `SEED:FRAME` is least, in order.

    ``FRAME`` counts from 0.  Anybody can draw the same sample again, in any language; judged in
    this order, what was judged so far is a random sample, too.
    """
    return tuple(sorted(frames, key=lambda frame: _lot(seed, frame))[:size])


def sample_sha(frames: Iterable[int]) -> str:
    """Return the SHA-256 of the frames drawn, counted from 0, in order and with commas between."""
    return hashlib.sha256(",".join(map(str, frames)).encode()).hexdigest()


def _lot(seed: str, frame: int) -> bytes:
    return hashlib.sha256(f"{seed}:{frame}".encode()).digest()


@dataclass(frozen=True)
class Estimate:
    """What ``wrong`` of ``size`` frames, drawn from ``population``, say of all of them."""

    population: int
    size: int
    wrong: int
    wish: Wish

    @property
    def share(self) -> float:
        """The share of the sample that is wrong."""
        return self.wrong / self.size

    @cached_property
    def fewest(self) -> int:
        """The fewest wrong frames among all with which so many in the sample are not too rare."""
        wrong, known = self.wrong, range(self.wrong, self.population + 1)
        return known[self._first(known, lambda all_: self._at_least(wrong, all_) > self.wish.tail)]

    @cached_property
    def most(self) -> int:
        """The most wrong frames among all with which so few in the sample are not too rare."""
        last = self.population - self.size + self.wrong
        known = range(self.wrong, last + 1)
        beyond = self._first(
            known,
            lambda all_: _at_most(self.wrong, self.population, all_, self.size) <= self.wish.tail,
        )
        return known[beyond - 1]

    @staticmethod
    def _first(known: range, holds: Callable[[int], bool]) -> int:
        """Return where it holds first, once it holds for all that follow."""
        return bisect_left(known, True, key=holds)

    def _at_least(self, wrong: int, all_: int) -> float:
        if wrong == 0:
            return 1.0
        return 1 - _at_most(wrong - 1, self.population, all_, self.size)

    @property
    def shown(self) -> bool:
        """Whether the interval shows what was wanted: it ends at or below `at_most`."""
        return self.most * THOUSAND <= self.wish.at_most * self.population

    @property
    def refuted(self) -> bool:
        """Whether the interval shows the contrary: it begins above `at_most`."""
        return self.fewest * THOUSAND > self.wish.at_most * self.population

    @property
    def text(self) -> str:
        """In short: `3 of 93 wrong: 3.2 % (0.7–9.1 %, 95 %)`; `(exact)` when all were judged."""
        found = f"{self.wrong:,} of {self.size:,} wrong: {100 * self.share:.1f} %"
        if self.size == self.population:
            return f"{found} (exact)"
        low, high = (f"{100 * some / self.population:.1f}" for some in (self.fewest, self.most))
        return f"{found} ({low}–{high} %, {percent(self.wish.certainty)})"

    @property
    def meaning(self) -> str:
        """What it says of all frames, in a sentence."""
        if self.size == self.population:
            return "Every reviewed frame was judged: the share is exact."
        return (
            f"With {percent(self.wish.certainty)} certainty between {self.fewest:,} and "
            f"{self.most:,} of the {self.population:,} reviewed frames are wrong."
        )

    @property
    def answer(self) -> str:
        """Whether what was wanted is shown, in a sentence."""
        wanted = f"At most {percent(self.wish.at_most)} wrong"
        if self.shown:
            return f"{wanted}: shown."
        if self.refuted:
            return f"{wanted}: no, more are wrong."
        return f"{wanted}: not shown; it may be so, or not. A larger sample would tell more."

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`."""
        return {
            "wrong": self.wrong,
            "share": round(self.share, 6),
            "low": round(self.fewest / self.population, 6),
            "high": round(self.most / self.population, 6),
            "fewest_of_all": self.fewest,
            "most_of_all": self.most,
            "shown": self.shown,
        }


def _at_most(wrong: int, population: int, all_wrong: int, size: int) -> float:
    """Return the probability of at most ``wrong`` among ``size`` frames drawn."""
    first = max(0, size - (population - all_wrong))
    last = min(wrong, size, all_wrong)
    whole = _log_choose(population, size)
    return min(
        1.0,
        math.fsum(
            math.exp(
                _log_choose(all_wrong, k) + _log_choose(population - all_wrong, size - k) - whole
            )
            for k in range(first, last + 1)
        ),
    )


def _log_choose(of: int, some: int) -> float:
    return math.lgamma(of + 1) - math.lgamma(some + 1) - math.lgamma(of - some + 1)
