"""Which one thing explains the corrections of many tracks best, if any does.

Each track has one vote, the median of its corrections: those of one player are one opinion, since
a detector errs for seconds in the same way.  Each explanation has to foretell the vote of every
track from the votes of the others, and is compared with its rivals by that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from prelabel_tui.core.edits.corrections import Floats
from prelabel_tui.core.model.labels import UNIT
from prelabel_tui.core.patterns.opinions import LAGS, Opinion
from prelabel_tui.core.patterns.rules import Later, Moved, Rule

LEAST_TRACKS: Final = 6
LEAST_AGREEING: Final = 0.85
LEAST_EFFECT: Final = 3.5 * UNIT
LEAST_GROWTH: Final = 3.0 * UNIT
"""The least by which the longer side changes, for a scale: both its edges count."""
LEAST_T: Final = 5.0
HAND: Final = 1.5 * UNIT
"""How exactly a person puts an edge."""

_BETTER_THAN_NOTHING: Final = 0.6
_BETTER_THAN_RIVALS: Final = 0.8
"""Shares of the error that may be left."""
_LEFT_CONSTANT: Final = 2.5 * UNIT
_LEFT_LATE: Final = 3.0 * UNIT
"""What may be left of the corrections: where all are off by the same, no more than hands leave."""
_TOLD_APART: Final = 0.5 * UNIT
"""By how much at least the next best explanation is worse."""
_TELLS: Final = 2.0 * UNIT
"""A track for which an explanation says less than that says nothing about it."""
_NEAR: Final = 0.5
_SAME_WAY: Final = 0.25
_STEADY: Final = 2.5
"""A vote agrees that goes a quarter of the way at least, and ends half of it off at most, or no
farther off than hands are."""


class Kind(StrEnum):
    """What can be wrong with every box alike."""

    SHIFT = "shift"
    SCALE = "scale"
    FEET = "feet"
    LATE = "late"


@dataclass(frozen=True)
class Explanation:
    """One thing that is wrong with the labels of many tracks.

    ``agreeing``: tracks that were corrected as it says; ``against``: those that were corrected
    otherwise.  It says next to nothing about the others, which were hardly moved.  ``error``: what
    is left of the corrections on average, in 1/100 px; ``t``: how sure.
    """

    kind: Kind
    rule: Rule
    agreeing: int
    against: tuple[int, ...]
    effect: float
    error: float
    t: float

    @property
    def voted(self) -> int:
        """How many tracks have an opinion on it."""
        return self.agreeing + len(self.against)

    @property
    def holds(self) -> bool:
        """Whether enough tracks say so, clearly enough, of something that is large enough."""
        least = LEAST_GROWTH if self.kind is Kind.SCALE else LEAST_EFFECT
        left = _LEFT_LATE if self.kind is Kind.LATE else _LEFT_CONSTANT
        return (
            self.agreeing >= LEAST_TRACKS
            and self.agreeing >= LEAST_AGREEING * self.voted
            and self.effect >= least
            and self.t >= LEAST_T
            and self.error <= left
        )


@dataclass(frozen=True)
class _Votes:
    """One row for each track: its median correction, box size, and correction for each lag."""

    tracks: tuple[int, ...]
    step: Floats
    size: Floats
    when_late: Floats


def explain(opinions: Sequence[Opinion]) -> Explanation | None:
    """Return the explanation that holds and is clearly better than nothing and than its rivals."""
    if len({opinion.track for opinion in opinions}) < LEAST_TRACKS:
        return None
    found = sorted(explanations(opinions), key=lambda one: one.error)
    best, nothing = found[0], float(_length(_votes(opinions).step).mean())
    clear = best.error <= _BETTER_THAN_NOTHING * nothing and all(
        best.error <= min(_BETTER_THAN_RIVALS * rival.error, rival.error - _TOLD_APART)
        for rival in found[1:]
    )
    return best if clear and best.holds else None


def lag(opinions: Sequence[Opinion]) -> float:
    """Return by how many frames labels are late that were corrected like that; 0 without any."""
    rule = _late(_votes(opinions)).rule if opinions else None
    return rule.frames if isinstance(rule, Later) else 0.0


def explanations(opinions: Sequence[Opinion]) -> list[Explanation]:
    """Return what each kind of explanation makes of the corrections of two tracks or more."""
    votes = _votes(opinions)
    return [_shift(votes), _scale(votes), _feet(votes), _late(votes)]


def _votes(opinions: Sequence[Opinion]) -> _Votes:
    by_track: dict[int, list[Opinion]] = {}
    for opinion in opinions:
        by_track.setdefault(opinion.track, []).append(opinion)
    tracks = tuple(sorted(by_track))
    of_track = [by_track[track] for track in tracks]

    def medians(value: Callable[[Opinion], Floats]) -> Floats:
        return np.array([np.median([value(one) for one in some], axis=0) for some in of_track])

    return _Votes(
        tracks,
        medians(lambda one: one.step),
        medians(lambda one: one.size),
        medians(lambda one: one.when_late),
    )


def _shift(votes: _Votes) -> Explanation:
    middles = (votes.step[:, :2] + votes.step[:, 2:]) / 2
    foretold, found = _left_out(middles)
    twice = np.concatenate([foretold, foretold], axis=1)
    x, y = (float(value) for value in found)
    said = np.tile(found, (len(middles), 2))
    return _judge(Kind.SHIFT, Moved((x, y, x, y)), votes, twice, said)


def _scale(votes: _Votes) -> Explanation:
    growth = (votes.step[:, 2:] - votes.step[:, :2]) / votes.size[:, :2] / 2
    foretold, found = _left_out(growth)
    wide, high = (float(value) for value in found)

    def grown(shares: Floats) -> Floats:
        return np.concatenate([-shares, shares], axis=1) * votes.size

    said = grown(np.tile(found, (len(growth), 1)))
    rule = Moved((-wide, -high, wide, high), of_size=True)
    return _judge(Kind.SCALE, rule, votes, grown(foretold), said)


def _feet(votes: _Votes) -> Explanation:
    """Take the bottom edge alone, in px or by the height, whichever foretells better."""
    found = []
    for of_size in (False, True):
        unit = votes.size[:, 3:] if of_size else np.ones((len(votes.size), 1))
        foretold, bottom = _left_out(votes.step[:, 3:] / unit)
        rule = Moved((0.0, 0.0, 0.0, float(bottom[0])), of_size)
        none = np.zeros((len(unit), 3))
        found.append(
            _judge(
                Kind.FEET, rule, votes,
                np.concatenate([none, foretold * unit], axis=1),
                np.concatenate([none, bottom * unit], axis=1),
            )
        )  # fmt: skip
    return min(found, key=lambda one: one.error)


def _late(votes: _Votes) -> Explanation:
    steps = np.concatenate([votes.when_late, votes.when_late], axis=2)
    error = _length(votes.step[:, None, :] - steps)
    total = error.sum(axis=0)
    others = (total[None, :] - error).argmin(axis=1)
    best = int(total.argmin())
    rows = np.arange(len(error))
    return _judge(
        Kind.LATE, Later(float(LAGS[best])), votes, steps[rows, others], steps[rows, best]
    )


def _left_out(values: Floats) -> tuple[Floats, Floats]:
    """Return for each row the median of the others, and the median of all."""
    rows = np.arange(len(values))
    others = np.array([np.median(values[rows != row], axis=0) for row in rows])
    return others, np.median(values, axis=0)


def _length(edges: Floats) -> Floats:
    """Return how far edges moved: the distance, when all of the box did."""
    return np.asarray(np.sqrt((edges**2).sum(axis=-1) / 2))


def _judge(kind: Kind, rule: Rule, votes: _Votes, foretold: Floats, said: Floats) -> Explanation:
    """Compare the votes with what was foretold of each, and with what is said of all.

    A vote counts along what is said: t = |median|·√m / max(1.48·MAD, HAND).
    """
    error = _length(votes.step - foretold)
    length = np.maximum(_length(said), 1e-9)
    along = (votes.step * said).sum(axis=1) / 2 / length
    off = _length(votes.step - said)
    tells = length >= _TELLS if kind is not Kind.SCALE else length >= _TELLS / 2
    many = int(tells.sum())
    if not many:
        return Explanation(kind, rule, 0, (), 0.0, float(error.mean()), 0.0)
    near = off <= np.maximum(_NEAR * length, _STEADY * HAND)
    agree = tells & near & (along >= _SAME_WAY * length)
    against = np.flatnonzero(~agree & (tells | ~near)).tolist()
    left = along - length
    spread = 1.48 * float(np.median(np.abs(left[tells] - np.median(left[tells]))))
    effect = float(np.median(_effect(kind, said)[tells]))
    t = effect * np.sqrt(many) / max(spread, HAND)
    return Explanation(
        kind, rule, int(agree.sum()), tuple(votes.tracks[row] for row in against),
        effect, float(error.mean()), float(t),
    )  # fmt: skip


def _effect(kind: Kind, said: Floats) -> Floats:
    """Return what an explanation changes of each track's box, in 1/100 px."""
    match kind:
        case Kind.SCALE:
            return np.asarray(np.abs(said[:, 2:] - said[:, :2]).max(axis=1))
        case Kind.FEET:
            return np.asarray(np.abs(said[:, 3]))
        case _:
            return _length(said)
