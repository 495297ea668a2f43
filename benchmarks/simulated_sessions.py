"""Sessions of a made reviewer who corrects boxes, at the core alone, and what is noticed.

Clips are demo matches.  On a faultless one the reviewer only trembles; on one with faults of its
own they put boxes where the player is; a habit moves all that they touch by a pixel.  Nothing of
that is a pattern.  Power is measured with the same hands, where every box is off by the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from prelabel_tui.core.edits.corrections import Floats
from prelabel_tui.core.model.labels import UNIT, Capability
from prelabel_tui.core.patterns.explain import Explanation, explain
from prelabel_tui.core.patterns.opinions import AROUND, Opinion
from prelabel_tui.core.patterns.rows import Rows, read_rows
from prelabel_tui.core.tracks import work_out
from prelabel_tui.demo import make_match

HAND: Final = 1.5 * UNIT
HABIT: Final = 1.0 * UNIT
CORRECTIONS: Final = 30
"""How many boxes are corrected in a session."""
MATCHES: Final = 10
"""Different clips; sessions take turns on them."""
_OFF: Final = 3 * UNIT
"""A box whose middle or edge is that far from the player has a fault of its own."""


class Session(StrEnum):
    """What the reviewer meets; in none of them is anything wrong with all boxes."""

    FAULTLESS = "faultless clip"
    FAULTS = "clip with faults of its own"
    HABIT = "faultless clip, a habit of 1 px"
    FAULTS_AND_HABIT = "clip with faults of its own, a habit of 1 px"


@dataclass(frozen=True)
class Clip:
    """The labels of a clip that have a player, and how far each edge is from where it belongs."""

    rows: Rows
    off: Floats


def clips(first_seed: int = 101, count: int = MATCHES) -> list[Clip]:
    """Return the clips of the sessions."""
    found = []
    for seed in range(first_seed, first_seed + count):
        match = make_match(seed)
        document, truth = (side[Capability.PLAYER] for side in (match.prelabels, match.truth))
        rows = read_rows(document, work_out(document))
        off = np.full((len(rows.ids), 4), np.nan)
        for row, (name, frame) in enumerate(zip(rows.ids, rows.frame.tolist(), strict=True)):
            true = truth.frame(frame).label(name)
            if true is not None:
                x, y, w, h = true.geometry
                off[row] = np.array((x, y, x + w, y + (h or 0))) - rows.model[row]
        found.append(Clip(rows, off))
    return found


def noticed(clip: Clip, session: Session, seed: int) -> Explanation | None:
    """Return what the program would have offered in a session, at whichever correction."""
    rng = np.random.default_rng([seed, 13])
    habit = np.zeros(2)
    if session in (Session.HABIT, Session.FAULTS_AND_HABIT):
        angle = rng.uniform(0, 2 * np.pi)
        habit = HABIT * np.array((np.cos(angle), np.sin(angle)))
    faulty = session in (Session.FAULTS, Session.FAULTS_AND_HABIT)
    chosen = _chosen(clip, rng, faulty)
    steps = clip.off[chosen] if faulty else np.zeros((len(chosen), 4))
    return next(offers(clip, chosen, steps + _hand(rng, len(chosen)) + np.tile(habit, 2)), None)


def found_by(clip: Clip, shift: float, seed: int, corrections: int) -> bool:
    """Say whether a shift of every box is found by the n-th correction, each of another track."""
    rng = np.random.default_rng([seed, 14])
    angle = rng.uniform(0, 2 * np.pi)
    step = shift * UNIT * np.array((np.cos(angle), np.sin(angle)))
    chosen = _one_a_track(clip, rng)[:corrections]
    steps = np.tile(step, (len(chosen), 2)) + _hand(rng, len(chosen))
    return next(offers(clip, chosen, steps), None) is not None


def offers(clip: Clip, chosen: list[int], steps: Floats) -> Iterator[Explanation]:
    """Yield what would be offered, correction by correction."""
    opinions: list[Opinion] = []
    for row, step in zip(chosen, steps, strict=True):
        opinions.append(_opinion(clip.rows, row, np.rint(step / UNIT) * UNIT))
        found = explain(opinions)
        if found is not None:
            yield found


def _hand(rng: np.random.Generator, many: int) -> Floats:
    """Return how far a hand is off: the whole box, and each edge a little by itself."""
    whole = rng.normal(0, HAND, (many, 2))
    return np.tile(whole, 2)


def _chosen(clip: Clip, rng: np.random.Generator, faulty: bool) -> list[int]:
    """Return rows in the order in which they are corrected: faults of their own come first."""
    known = np.flatnonzero(~np.isnan(clip.off[:, 0]))
    rows = rng.permutation(known)
    if faulty:
        bad = np.abs(clip.off[rows]).max(axis=1) > _OFF
        rows = np.concatenate([rows[bad], rows[~bad]])
        rows = rows[: CORRECTIONS // 2 * 3]
        rows = rng.permutation(rows)
    return [int(row) for row in rows[:CORRECTIONS]]


def _one_a_track(clip: Clip, rng: np.random.Generator) -> list[int]:
    """Return one row of each track, in any order."""
    members = [rng.choice(rows) for rows in clip.rows.by_track.values()]
    return [int(row) for row in rng.permutation(members)]


def _opinion(rows: Rows, row: int, step: Floats) -> Opinion:
    same = rows.by_track[int(rows.track[row])]
    away = rows.frame[same] - rows.frame[row]
    near = np.abs(away) <= AROUND
    middles = (rows.model[same, :2] + rows.model[same, 2:]) / 2
    return Opinion(
        int(rows.track[row]), rows.model[row], step, away[near].astype(np.float64), middles[near]
    )
