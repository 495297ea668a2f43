"""What a person corrected by hand, kept up to date with the edits: the opinions that patterns need.

Corrections that were carried on are nobody's opinion, and a label that no model placed is not a
correction of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
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
    """The hand-made corrections of a document."""

    def __init__(self, document: Document, tracks: Tracks) -> None:
        self._found: dict[int, dict[str, tuple[Label, Opinion]]] = {}
        every = document.every_encoded()
        self.update(document, tracks, (at for at, encoded in enumerate(every) if _WAS in encoded))

    def __len__(self) -> int:
        return sum(map(len, self._found.values()))

    @property
    def all(self) -> list[Opinion]:
        """Every opinion, by frame and label."""
        return [
            self._found[frame][name][1]
            for frame in sorted(self._found)
            for name in sorted(self._found[frame])
        ]

    def update(self, document: Document, tracks: Tracks, frames: Iterable[int]) -> bool:
        """Take in what was edited in these frames; return whether an opinion changed."""
        changed = False
        for index in frames:
            known = self._found.pop(index, {})
            here: dict[str, tuple[Label, Opinion]] = {}
            if _WAS not in document.encoded(index):
                changed |= bool(known)
                continue
            for label in document.frame(index).labels:
                if label.was is None or label.origin in DERIVED:
                    continue
                before = known.get(label.id)
                if before is not None and before[0] == label:
                    here[label.id] = before
                elif (opinion := _opinion(document, tracks, index, label)) is not None:
                    here[label.id] = label, opinion
            changed |= here != known
            if here:
                self._found[index] = here
        return changed


def _opinion(document: Document, tracks: Tracks, index: int, label: Label) -> Opinion | None:
    track, model = tracks.at(index, label.id), model_edges(label)
    if track is None or model is None:
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
