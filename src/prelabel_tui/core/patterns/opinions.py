"""What a person corrected by hand, kept up to date with the edits: the opinions that patterns need.

Corrections that were carried on are nobody's opinion, and a label that no model placed is not a
correction of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

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


class Opinions:
    """The hand-made corrections of a document, some of each track where there are many.

    A track has one vote, so that hundreds of its labels, moved together, say no more than some.
    """

    def __init__(self, document: Document, tracks: Tracks) -> None:
        self._found: dict[int, dict[str, _Correction]] = {}
        every = document.every_encoded()
        self.update(document, tracks, (at for at, encoded in enumerate(every) if _WAS in encoded))

    def __len__(self) -> int:
        return sum(map(len, self._found.values()))

    @property
    def tracks(self) -> int:
        """How many tracks were corrected."""
        return len({found.track for here in self._found.values() for found in here.values()})

    @property
    def all(self) -> list[Opinion]:
        """Every opinion, by track, frame and label."""
        return [found.opinion for found in self._chosen() if found.opinion is not None]

    def update(self, document: Document, tracks: Tracks, frames: Iterable[int]) -> bool:
        """Take in what was edited in these frames; return whether a correction changed."""
        changed = False
        for index in frames:
            known = self._found.pop(index, {})
            here = _corrections(document, tracks, index, known)
            changed |= here != known
            if here:
                self._found[index] = here
        if changed:
            for found in self._chosen():
                if found.opinion is None:
                    found.opinion = _opinion(document, tracks, found)
        return changed

    def _chosen(self) -> list[_Correction]:
        """Return the corrections that are looked at: some of each track, evenly spread."""
        by_track: dict[int, list[_Correction]] = {}
        for frame in sorted(self._found):
            for name in sorted(self._found[frame]):
                found = self._found[frame][name]
                by_track.setdefault(found.track, []).append(found)
        return [
            found
            for track in sorted(by_track)
            for found in by_track[track][:: 1 + (len(by_track[track]) - 1) // _MOST]
        ]


@dataclass
class _Correction:
    """A label that a person corrected, and the opinion that it is, once it was looked at."""

    frame: int
    label: Label
    track: int
    opinion: Opinion | None = field(default=None, compare=False)


def _corrections(
    document: Document, tracks: Tracks, index: int, known: Mapping[str, _Correction]
) -> dict[str, _Correction]:
    """Return the corrections of a frame; those that are known stay the same ones."""
    here: dict[str, _Correction] = {}
    if _WAS not in document.encoded(index):
        return here
    numbers = tracks.numbers(index, index + 1).tolist()
    for label, track in zip(document.frame(index).labels, numbers, strict=True):
        if label.was is not None and label.origin not in DERIVED:
            found = _Correction(index, label, track)
            before = known.get(label.id)
            here[label.id] = before if before is not None and before == found else found
    return here


def _opinion(document: Document, tracks: Tracks, found: _Correction) -> Opinion | None:
    index, track, model = found.frame, found.track, model_edges(found.label)
    if model is None:
        return None
    frames: list[float] = []
    middles: list[Floats] = []
    for at in range(max(0, index - AROUND), min(len(document), index + AROUND + 1)):
        name = found.label.id if at == index else tracks.find(track, at)
        there = None if name is None else document.frame(at).label(name)
        said = None if there is None else model_edges(there)
        if said is not None:
            frames.append(float(at - index))
            middles.append((said[:2] + said[2:]) / 2)
    step = edges(found.label) - model
    return Opinion(track, model, step, np.array(frames), np.array(middles))
