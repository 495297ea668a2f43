"""What there is to say of each track: where it is, its gaps, its scores, what was changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.label_arrays import read_numbers
from prelabel_tui.core.model.labels import SCORE_UNIT, Capability, Origin
from prelabel_tui.core.tracks.tracks import Tracks

_PART = 256
_CHANGED = (b'"origin":', b'"was":')
"""Keys that only a label has that a person placed or changed: quotes in strings are escaped."""


@dataclass(frozen=True)
class TrackSummary:
    """A track at a glance; frames from 0, both ends included."""

    number: int
    name: str
    given: bool
    """Whether the name is content, not worked out."""
    first: int
    last: int
    labels: int
    gaps: int
    """How often it is missing between its first and last frame, whatever for how long."""
    score: float | None
    """The mean, 0..1; None without scores."""
    changed: tuple[int, ...]
    """Frames in which a person placed or changed its label, or it comes from such ones."""


def summaries(document: Document, tracks: Tracks) -> list[TrackSummary]:
    """Sum up the tracks that have labels, in order of appearance.  Reads every frame."""
    encoded = document.every_encoded()
    is_ball = document.capability is Capability.BALL
    numbers = tracks.numbers(0, len(encoded))
    if not len(numbers):
        return []
    parts = [
        read_numbers(encoded[at : at + _PART], is_ball) for at in range(0, len(encoded), _PART)
    ]
    counts = np.concatenate([part.counts for part in parts])
    score = np.concatenate([part.values[4] for part in parts])
    frame = np.repeat(np.arange(len(encoded)), counts)
    changed = np.zeros(len(numbers), dtype=np.bool_)
    ends = np.cumsum(counts)
    for index, text in enumerate(encoded):
        if any(key in text for key in _CHANGED):
            start = int(ends[index] - counts[index])
            for at, label in enumerate(document.frame(index).labels, start):
                changed[at] = label.was is not None or label.origin is not Origin.MODEL
    many = len(tracks)
    scored = score >= 0
    labels = np.bincount(numbers, minlength=many)
    edited = np.flatnonzero(changed)
    scores = np.bincount(numbers[scored], minlength=many)
    total = np.bincount(numbers[scored], score[scored], minlength=many)
    order = np.argsort(numbers, kind="stable")
    same = np.diff(numbers[order]) == 0
    missing = same & (np.diff(frame[order]) > 1)
    gaps = np.bincount(numbers[order][1:][missing], minlength=many)
    found = np.unique(numbers)
    firsts = frame[order][np.searchsorted(numbers[order], found)]
    lasts = frame[order][np.searchsorted(numbers[order], found, side="right") - 1]
    return [
        TrackSummary(
            number, tracks.name(number), tracks.is_given(number), first, last,
            int(labels[number]), int(gaps[number]),
            float(total[number] / scores[number]) / SCORE_UNIT if scores[number] else None,
            tuple(frame[edited[numbers[edited] == number]].tolist()),
        )
        for number, first, last in zip(found.tolist(), firsts.tolist(), lasts.tolist(), strict=True)
    ]  # fmt: skip
