"""How well labels are linked where the source names no tracks, and what it costs.

The metric is motmetrics' IDF1 (`oracles` extra), where a prelabel is a true box at an IoU of 0.5.
``--prelabels``: a MOT file of the real clip whose tracks are known; its ids are hidden.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import mean

import motmetrics
import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import Figure, median
from benchmarks.ranking import wandering
from prelabel_tui.core.edits.matching import overlap
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Box, Capability, Frame, make_frame, to_units
from prelabel_tui.core.tracks import Tracks, work_out
from prelabel_tui.demo import make_match

_SEEDS = range(1, 11)
_KEPT = 5
"""Every how many frames one is kept, for a detector that runs at a lower rate."""

_MISSED = 0.02
"""Share of the boxes that is left out then, besides what the model misses."""

_OFF = 0.5
"""1 − IoU from which a box is not the true one."""


def run(options: argparse.Namespace) -> list[Figure]:
    """Link the demo's prelabels, all and thinned, a long clip, and a real one if it is given."""
    whole, thinned = [], []
    for seed in _SEEDS:
        match = make_match(seed)
        truth = [*match.truth[Capability.PLAYER]]
        said = [*match.prelabels[Capability.PLAYER]]
        whole.append(_idf1(truth, said)[0])
        rng = np.random.default_rng(seed)
        fewer = [
            make_frame([label for label in frame.labels if rng.random() >= _MISSED])
            for frame in said[::_KEPT]
        ]
        thinned.append(_idf1(truth[::_KEPT], fewer)[0])
    document = wandering()
    times = []
    for _ in range(5):
        start = time.process_time()
        tracks = work_out(document)
        times.append(time.process_time() - start)
    edited = document.copy()
    follows = []
    for index in range(100, 9_000, 300):
        edited.replace(index, make_frame(edited.frame(index).labels[1:]))
        start = time.process_time()
        tracks = tracks.follow(edited, [index])
        follows.append(1000 * (time.process_time() - start))
    figures = [
        Figure("IDF1 of the demo, worst of 10 seeds", min(whole), "", 0.97, at_least=True),
        Figure("IDF1 of the demo, mean of 10 seeds", mean(whole), ""),
        Figure(
            "IDF1, every 5th frame and 2 % more misses, mean", mean(thinned), "", 0.93,
            at_least=True,
        ),
        Figure("IDF1, every 5th frame and 2 % more misses, worst", min(thinned), ""),
        Figure("linking 10,000 × 22", median(times), "s", 1, "processor time, median of 5"),
        Figure("tracks of 10,000 × 22", len(work_out(document)), "", 22),
        Figure("following an edit that takes a label away, 10,000 × 22", median(follows), "ms"),
    ]  # fmt: skip
    if options.prelabels:
        truth = _mot(Path(options.prelabels))
        idf1, switches, many = _idf1(truth, truth)
        names = len({label.id for frame in truth for label in frame.labels})
        figures += [
            Figure("IDF1 of the real clip, ids hidden", idf1, "", 1, at_least=True),
            Figure("tracks of the real clip, ids hidden", many, "", names),
            Figure("switches in the real clip, ids hidden", switches, "", 0),
        ]
    return figures


def _idf1(truth: Sequence[Frame], said: Sequence[Frame]) -> tuple[float, int, int]:
    """Return IDF1, how often a true one's track changes, and the number of tracks."""
    tracks = _hidden(said)
    numbers: dict[str, int] = {}
    accumulator = motmetrics.MOTAccumulator(auto_id=True)
    for index, (true, model) in enumerate(zip(truth, said, strict=True)):
        accumulator.update(
            [numbers.setdefault(label.id, len(numbers)) for label in true.labels],
            tracks.numbers(index, index + 1).tolist(),
            _distances(true, model),
        )
    found = motmetrics.metrics.create().compute(accumulator, metrics=["idf1", "num_switches"])
    return float(found["idf1"].iloc[0]), int(found["num_switches"].iloc[0]), len(tracks)


def _hidden(said: Sequence[Frame]) -> Tracks:
    """Link labels that say nothing of their tracks: named by their place in the frame."""
    frames = []
    for frame in said:
        boxes = [label for label in frame.labels if isinstance(label, Box)]
        frames.append(
            make_frame([Box(f"{at:03d}", *box.geometry, box.score) for at, box in enumerate(boxes)])
        )
    return work_out(Document.from_frames(Capability.PLAYER, frames))


def _distances(true: Frame, model: Frame) -> NDArray[np.float64]:
    """Return 1 − IoU of each true box with each prelabel; NaN where they are too far apart."""
    table = np.full((len(true.labels), len(model.labels)), np.nan)
    for row, one in enumerate(true.labels):
        for column, other in enumerate(model.labels):
            assert isinstance(one, Box)
            assert isinstance(other, Box)
            off = 1 - overlap(one, other)
            if off <= _OFF:
                table[row, column] = off
    return table


def _mot(path: Path) -> list[Frame]:
    """Read the boxes of a MOT file, each under the id of its track."""
    frames: dict[int, list[Box]] = {}
    for line in path.read_text().splitlines():
        number, track, *rect = line.split(",")[:6]
        box = Box(track, *(to_units(float(value)) for value in rect))
        frames.setdefault(int(number), []).append(box)
    return [make_frame(frames.get(number, [])) for number in range(min(frames), max(frames) + 1)]
