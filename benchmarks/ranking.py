"""What ranking a long clip costs, and how little it holds up the thread that takes keys."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np

from benchmarks.figures import Figure, median, percentile
from prelabel_tui.core.model.codec import decode_frame
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import UNIT, Box, Capability, make_frame
from prelabel_tui.core.triage.frame_queue import suspicion_queue
from prelabel_tui.core.triage.suspicion import Ranking
from prelabel_tui.launch import set_up_process

_FRAMES = 10_000
_PLAYERS = 22
_TICK_S = 0.001


def figures() -> list[Figure]:
    """Rank an open draft, rank it again after an edit, and measure the stalls meanwhile.

    A session pays for all of it: the labels' numbers are read from the draft's frames.  The
    floor is to read the same JSON with a decoder that makes objects of it, and no more.
    """
    set_up_process()  # as the application does
    document = wandering()
    whole = [_milliseconds(lambda: Ranking(document)) for _ in range(7)]
    floor = [_milliseconds(lambda: _decoded(document)) for _ in range(7)]
    ranking = Ranking(document)
    queue = suspicion_queue(ranking)
    edits = []
    for index in np.random.default_rng(2).integers(0, _FRAMES, 60).tolist():
        document.replace(index, make_frame(document.frame(index).labels[1:]))

        def again(index: int = index) -> None:
            ranking.update(document, [index])
            queue.update([index])

        edits.append(_milliseconds(again))
    still, busy = _stalls(lambda: time.sleep(0.3)), _stalls(lambda: Ranking(document))
    name = "ranking 10,000 frames × 22 boxes"
    plain = f"{median(floor):.0f} ms to decode the frames, nothing else"
    idle = f"{percentile(still, 0.99):.1f} ms with nothing running"
    return [
        Figure(name, median(whole), "ms", 300, plain),
        Figure("re-rank and queue after an edit, 10,000 frames", median(edits), "ms", 5),
        Figure("keys held up while ranking, 99th percentile", percentile(busy, 0.99), "ms",
               None, idle),
        Figure("keys held up while ranking, longest of some thousand", max(busy), "ms", None,
               f"{max(still):.1f} ms with nothing running"),
    ]  # fmt: skip


def wandering() -> Document:
    """Return a clip of 22 boxes that wander."""
    rng = np.random.default_rng(1)
    place = rng.uniform((50, 50), (1850, 950), (_PLAYERS, 2))
    frames = []
    for _ in range(_FRAMES):
        place = np.clip(place + rng.normal(0, 2, (_PLAYERS, 2)), 20, (1850, 950))
        scores = rng.integers(5000, 9900, _PLAYERS).tolist()
        frames.append(
            make_frame(
                [
                    Box(f"p{n + 1}", int(x * UNIT), int(y * UNIT), 3000, int(7000 + y), score)
                    for n, ((x, y), score) in enumerate(zip(place, scores, strict=True))
                ]
            )
        )
    return Document.from_frames(Capability.PLAYER, frames)


def _decoded(document: Document) -> int:
    return sum(len(decode_frame(document.encoded(index)).labels) for index in range(len(document)))


def _stalls(work: Callable[[], object]) -> list[float]:
    """Return how late, in ms, this thread wakes while another one works."""
    late: list[float] = []
    for _ in range(10):
        thread = threading.Thread(target=work)
        thread.start()
        while thread.is_alive():
            start = time.perf_counter()
            time.sleep(_TICK_S)
            late.append((time.perf_counter() - start - _TICK_S) * 1000)
    return late


def _milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000
