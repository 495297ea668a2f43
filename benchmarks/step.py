"""Another frame: bytes, quality and time, locally and over a thin link.

An "exact" screen is what the program shows once it is at rest.  A picture counts as usable from
27 dB on and as complete from 40 dB on, both against that.  8× is eight times closer than the whole
frame.  The link is measured with 50 ms of round trip (25 ms each way) and with 50 ms each way;
each figure says which.
"""

from __future__ import annotations

import argparse
import bisect
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Figure, median, percentile
from benchmarks.footage import footage
from benchmarks.link import Link
from benchmarks.linked_pictures import over_links, steps_and_new
from benchmarks.replay import Replay, decibels, overlay_exact, plain_size
from benchmarks.stage import Stage

SIZE = (120, 40)
STEPS = 200
LINK_STEPS = 12
PICTURE_STEPS = 30
USABLE, COMPLETE = 27.0, 40.0
RATE, DELAYS = 1_000_000, (0.025, 0.05)
_SAID = {"overlay": "overlay exact", "usable": "picture usable", "exact": "every cell exact"}
_HEALING = 6
_PAUSE = 0.09
"""Between keys: shorter than what the view waits for before it heals."""


@dataclass(frozen=True)
class Arrival:
    """Seconds from a key to what it asked for.

    ``size``: bytes until all of it was exact; ``starved``: seconds without a core meanwhile.
    """

    overlay: float
    usable: float
    complete: float
    exact: float
    size: int
    starved: float

    def over_bound(self, delay: float) -> tuple[float, float]:
        """Return how many times the link's own time that took, with and without the starving."""
        bound = 2 * delay + 8 * self.size / RATE
        return self.exact / bound, (self.exact - self.starved) / bound


def command(folder: Path, zoom: int, way: str = "own-cells") -> list[str]:
    """Return the command of the program under test."""
    return ["-m", "benchmarks.viewer_program", way, str(folder), str(zoom)]


def rest(stage: Stage) -> None:
    """Wait until the picture is healed."""
    stage.quiet(0.8)


def local(folder: Path, name: str, zoom: int) -> list[Figure]:
    """Measure steps and new pictures on a terminal that draws at once."""
    where = f"{SIZE[0]}×{SIZE[1]} at {zoom}×, {name}"
    with Stage(command(folder, zoom), *SIZE) as stage:
        rest(stage)
        replay = Replay(stage)
        replay.catch_up()
        plain = plain_size(replay.dots())
        sizes, times = [], []
        for _ in range(STEPS):
            answer = stage.press("n", quiet=0.04)
            sizes.append(answer.size)
            times.append(answer.seconds * 1000)
            time.sleep(_PAUSE - 0.04)
        rest(stage)
        quality = [_quality(stage, replay, "n") for _ in range(5)]
        fresh, fresh_quality = [], []
        for key in "LLHHLLHHLL":
            mark = stage.mark()
            fresh_quality.append(_quality(stage, replay, key))
            fresh.append(_burst(stage, mark))
    ratio = plain / median(sizes)
    goal = 15 if "soccertrack" in name else None
    against = f"every cell with both colours: {plain} B"
    return [
        Figure(f"bytes per step, {where}", median(sizes), "B", against=against),
        Figure(f"plain picture over step, {where}", ratio, "×", goal, against, at_least=True),
        Figure(f"dB after a step, lowest, {where}", min(quality), "dB", 40, at_least=True),
        Figure(f"key to last byte of a step, {where}", median(times), "ms", 15),
        Figure(f"key to last byte, 99th, {where}", percentile(times, 0.99), "ms"),
        Figure(
            f"plain picture over a new one, {where}",
            plain / median(fresh),
            "×",
            4 if goal else None,
            against,
            at_least=True,
        ),
        Figure(
            f"dB after a new picture, lowest, {where}", min(fresh_quality), "dB", 40, at_least=True
        ),
    ]


def _quality(stage: Stage, replay: Replay, key: str) -> float:
    """Return the decibels between what a key brings first and what is there at rest.

    Some keys go before it, fast: errors of several frames may add up.
    """
    if key == "n":
        for _ in range(6):
            stage.press(key, quiet=0.03)
    stage.press(key, quiet=0.06, silence=3.0)
    replay.catch_up()
    first = replay.dots()
    rest(stage)
    replay.catch_up()
    return decibels(first, replay.dots())


def _burst(stage: Stage, mark: int) -> int:
    """Return the bytes that came with a key, before a pause: what healed later is left out."""
    pieces = stage.since(mark)
    size = 0
    for number, (at, data) in enumerate(pieces):
        if number and at - pieces[number - 1][0] > 0.08:
            break
        size += len(data)
    return size


def pictures(folder: Path, name: str, zoom: int) -> list[Figure]:
    """Measure steps where the terminal shows pictures, compared with textual-image's widgets."""
    where = f"{SIZE[0]}×{SIZE[1]} at {zoom}×, {name}"
    figures = []
    for graphics in ("kitty", "sixel"):
        medians = {}
        for way, count in ((f"rival-{graphics}", PICTURE_STEPS // 3), (f"own-{graphics}", None)):
            with Stage(command(folder, zoom, way), *SIZE) as stage:
                rest(stage)
                answers = [
                    stage.press("n", quiet=0.04, silence=3.0) for _ in range(count or PICTURE_STEPS)
                ]
            sizes = [answer.size for answer in answers]
            times = [answer.seconds * 1000 for answer in answers]
            medians[way] = (median(sizes), median(times))
        rival, rival_time = medians[f"rival-{graphics}"]
        size, took = medians[f"own-{graphics}"]
        against = f"textual-image {graphics}: {rival:.0f} B, {rival_time:.0f} ms"
        figures += [
            Figure(f"bytes per step, {graphics}, {where}", size, "B", against=against),
            Figure(f"key to last byte of a step, {graphics}, {where}", took, "ms", None, against),
        ]
    return figures


def linked(folder: Path, name: str, zoom: int, delay: float) -> list[Figure]:
    """Measure steps, new pictures and held keys over a thin link, ``delay`` seconds each way."""
    way = f"1 Mbit/s and {delay * 1000:.0f} ms each way"
    where = f"{way}, {SIZE[0]}×{SIZE[1]} at {zoom}×, {name}"
    link = Link(RATE, delay)
    with Stage(command(folder, zoom), *SIZE, link=link) as stage:
        rest(stage)
        replay, ahead = Replay(stage), Replay(stage)
        steps = [_arrival(stage, replay, ahead, "n") for _ in range(LINK_STEPS)]
        fresh = [_arrival(stage, replay, ahead, key) for key in ("LLHHLLHHLL" * 3)[:LINK_STEPS]]
        lag, queued = _held(stage, replay, ahead, link)
        busy = [_held(stage, replay, ahead, link, 27, key)[0] for key in "-+" * (_HEALING // 2)]
    figures = []
    for kind, arrivals, goal in (("step", steps, 350), ("new picture", fresh, 600)):
        bounds = {"overlay": 150, "usable": 150, "complete": goal, "exact": 1000}
        for what, bound in bounds.items():
            times = [getattr(arrival, what) * 1000 for arrival in arrivals]
            label = _SAID.get(what, what)
            figures.append(Figure(f"key to {label}, {kind}, {where}", median(times), "ms", bound))
        pairs = [arrival.over_bound(delay) for arrival in arrivals]
        bound = median([2 * delay + 8 * arrival.size / RATE for arrival in arrivals]) * 1000
        against = f"the link alone: {bound:.0f} ms at the median"
        for number, without in enumerate(("", ", not counting waits for a core")):
            worst = max(pair[number] for pair in pairs)
            title = f"every cell exact over the link alone, worst of {len(pairs)}{without}"
            figures.append(Figure(f"{title}, {kind}, {where}", worst, "×", 1.2, against))
    figures.append(Figure(f"lag after 10 s of 30 nudges a second, {where}", lag * 1000, "ms", 150))
    title = f"lag of nudges while a new picture comes, worst of {_HEALING}"
    figures.append(Figure(f"{title}, {where}", max(busy) * 1000, "ms", 150))
    figures.append(Figure(f"most bytes queued meanwhile, {where}", queued, "B"))
    return figures


def _arrival(stage: Stage, replay: Replay, ahead: Replay, key: str) -> Arrival:
    """Let ``ahead`` go to where the screen comes to rest, and ``replay`` follow piece by piece."""
    mark = stage.mark()
    starved = stage.starved_seconds()
    at = stage.key(key)
    stage.wait_answer(mark)
    rest(stage)
    ahead.catch_up()
    final = ahead.dots()
    overlay = usable = complete = 0.0
    pieces = stage.since(mark)
    for number, (when, _) in enumerate(pieces, mark + 1):
        replay.catch_up(number)
        now = replay.dots()
        took = when - at
        quality = decibels(now, final)
        overlay = overlay or (took if overlay_exact(now, final) else 0.0)
        usable = usable or (took if quality >= USABLE else 0.0)
        complete = complete or (took if quality >= COMPLETE else 0.0)
        if overlay and usable and complete:
            break
    replay.catch_up()
    # The last bytes are what heals.
    size = sum(len(data) for _, data in pieces)
    last = bisect.bisect_right(stage.written, (pieces[-1][0], 0)) - 1
    return Arrival(
        overlay, usable, complete, pieces[-1][0] - at, size, stage.starved[last] - starved
    )


def _held(
    stage: Stage, replay: Replay, ahead: Replay, link: Link, presses: int = 300, before: str = ""
) -> tuple[float, int]:
    """Hold a key, 30 presses a second.

    Returns the seconds from the last press to its overlay, and the most bytes queued.

    ``before``: a key that goes before them.
    """
    if before:
        stage.key(before)
    begin = time.monotonic() + (1 / 30 if before else 0.0)
    queued = 0
    at = begin
    for number in range(presses):
        time.sleep(max(0.0, begin + number / 30 - time.monotonic()))
        at = stage.key("l" if number // 15 % 2 == 0 else "h")
        queued = max(queued, link.queued)
    last = stage.mark()
    rest(stage)
    # The loupe counts here: it shows a nudge that the coarser dots around it may not.
    ahead.catch_up()
    final = ahead.dots(loupe=True)
    replay.catch_up(last)
    right_since: float | None = None
    for number, (when, _) in enumerate(stage.since(last), last + 1):
        replay.catch_up(number)
        if not overlay_exact(replay.dots(loupe=True), final):
            right_since = None
        elif right_since is None:
            right_since = when
    return (right_since or at) - at, queued


def run(options: argparse.Namespace) -> list[Figure]:
    """Measure a frame step."""
    figures: list[Figure] = []
    with footage(options.frames) as (folder, name):
        for zoom in (4, 8):
            figures += local(folder, name, zoom)
        figures += pictures(folder, name, 8)
        figures += [steps_and_new(folder, name, way) for way in ("inline", "kitty")]
        figures += over_links(folder, name)
        for delay in DELAYS:
            figures += linked(folder, name, 8, delay)
    return figures
