"""What a person corrected by hand, kept up to date with the edits: the opinions that patterns need.

Corrections that were carried on are nobody's opinion, and a label that no model placed is not a
correction of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np

from prelabel_tui.core.edits.corrections import Floats, edges, model_edges
from prelabel_tui.core.edits.matching import DERIVED
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Label
from prelabel_tui.core.patterns.motion import displacement
from prelabel_tui.core.tracks import Tracks

LAGS: Final = np.arange(-60, 61) / 10
"""Frames by which labels may be late that are tried."""

AROUND: Final = 12
"""Frames on either side in which a thing's motion is looked at."""
_MOST: Final = 12
"""Corrections of a track that are looked at."""
_WAS: Final = b'"was":'


@dataclass(frozen=True, eq=False)
class Opinion:
    """A label that a person corrected.

    ``model``: its edges as the model had them; ``step``: how far each was moved.  ``frames`` and
    ``middles``: where the model saw the same thing around, from this frame.
    """

    track: int
    model: Floats
    step: Floats
    frames: Floats
    middles: Floats

    @property
    def size(self) -> Floats:
        """Width and height as the model had them, for each edge."""
        sides = np.maximum(1.0, self.model[2:] - self.model[:2])
        return np.concatenate([sides, sides])

    @cached_property
    def when_late(self) -> Floats:
        """How far (lags × 2) the label would have to move for each of LAGS."""
        at = np.zeros(len(LAGS))
        return displacement(self.frames, self.middles, at, LAGS)


class _Corrected(NamedTuple):
    """The corrected labels of a frame: which of them, and of which tracks.

    No object for each of them: a hundred thousand may have been moved together, and whoever drops
    them all at once holds every thread up.
    """

    encoded: bytes
    slots: tuple[int, ...]
    tracks: tuple[int, ...]


class Opinions:
    """The hand-made corrections of a document, some of each track where there are many.

    A track has one vote, so that hundreds of its labels, moved together, say no more than some.
    """

    def __init__(self, document: Document, tracks: Tracks) -> None:
        self._corrected: dict[int, _Corrected] = {}
        self._looked_at: dict[tuple[int, int], tuple[Label, Opinion]] = {}
        every = document.every_encoded()
        self.update(document, tracks, (at for at, encoded in enumerate(every) if _WAS in encoded))

    def __len__(self) -> int:
        return sum(len(here.slots) for here in self._corrected.values())

    @property
    def tracks(self) -> int:
        """How many tracks were corrected."""
        return len({track for here in self._corrected.values() for track in here.tracks})

    @property
    def all(self) -> list[Opinion]:
        """Every opinion, by track, frame and label."""
        return [opinion for _, opinion in self._looked_at.values()]

    def update(self, document: Document, tracks: Tracks, frames: Iterable[int]) -> bool:
        """Take in what was edited in these frames; return whether it may change an opinion."""
        changed = False
        for index in frames:
            before = self._corrected.pop(index, None)
            here = _corrected_in(document, tracks, index)
            changed |= here != before
            if here is not None:
                self._corrected[index] = here
        if changed:
            before_it, self._looked_at = self._looked_at, {}
            for track, frame, slot in self._chosen():
                label = document.frame(frame).labels[slot]
                known = before_it.get((frame, slot))
                if known is None or known[0] != label or known[1].track != track:
                    opinion = _opinion(document, tracks, frame, track, label)
                    known = None if opinion is None else (label, opinion)
                if known is not None:
                    self._looked_at[frame, slot] = known
        return changed

    def _chosen(self) -> Iterator[tuple[int, int, int]]:
        """Yield the corrections that are looked at, as track, frame and place in the frame.

        Some of each track, evenly spread.
        """
        by_track: dict[int, list[tuple[int, int]]] = {}
        for frame in sorted(self._corrected):
            here = self._corrected[frame]
            for slot, track in zip(here.slots, here.tracks, strict=True):
                by_track.setdefault(track, []).append((frame, slot))
        for track, places in sorted(by_track.items()):
            for frame, slot in places[:: 1 + (len(places) - 1) // _MOST]:
                yield track, frame, slot


def _corrected_in(document: Document, tracks: Tracks, index: int) -> _Corrected | None:
    """Return the labels of a frame that a person corrected, if there are any."""
    encoded = document.encoded(index)
    if _WAS not in encoded:
        return None
    slots = tuple(
        slot
        for slot, label in enumerate(document.frame(index).labels)
        if label.was is not None and label.origin not in DERIVED
    )
    numbers = tracks.numbers(index, index + 1).tolist()
    of = tuple(numbers[slot] for slot in slots)
    return _Corrected(encoded, slots, of) if slots else None


def _opinion(
    document: Document, tracks: Tracks, index: int, track: int, label: Label
) -> Opinion | None:
    model = model_edges(label)
    if model is None:
        return None
    frames: list[float] = []
    middles: list[Floats] = []
    for at in range(max(0, index - AROUND), min(len(document), index + AROUND + 1)):
        name = label.id if at == index else tracks.find(track, at)
        there = None if name is None else document.frame(at).label(name)
        said = None if there is None else model_edges(there)
        if said is not None:
            frames.append(float(at - index))
            middles.append((said[:2] + said[2:]) / 2)
    return Opinion(track, model, edges(label) - model, np.array(frames), np.array(middles))
