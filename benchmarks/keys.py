"""How many keys review takes, and what the ranking, snapping and interpolation are worth.

Tuned on seeds 1 to 5 of the demo match, measured on seeds 11 to 20.  The reviewer follows
docs/review-policy.md.  Figures about keys sent come from the real screen; the same keys on the
model of it must have left the same draft.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

from benchmarks import pattern_keys, ranking
from benchmarks.clips import Clip, demo_clip
from benchmarks.figures import Figure
from benchmarks.key_model import Pixels
from benchmarks.real_review import real_figures
from prelabel_tui.core.edits import interpolation
from prelabel_tui.core.edits.matching import distance
from prelabel_tui.core.edits.operations import Operation, apply
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import UNIT, Ball, BallState, Capability, Label, make_frame
from prelabel_tui.core.model.media import Manifest, MediaFrame
from prelabel_tui.core.tracks import work_out
from prelabel_tui.core.triage.suspicion import Ranking
from prelabel_tui.demo import DemoMatch, FaultKind, make_match
from prelabel_tui.imaging.snapping import snap_ball

SEEDS = range(11, 21)
SHARES = (0.05, 0.1, 0.15)
_AS_GOOD = 0.85
"""IoU that all but one in a hundred of the model's good boxes reach in the demo."""
_STRICT = 0.9
_SENT = (
    (Capability.BALL, _AS_GOOD), (Capability.PLAYER, _AS_GOOD), (Capability.PLAYER, _STRICT),
)  # fmt: skip
"""What of the first seed's clip is reviewed on the real screen, too, and to which IoU."""
_NEVER = 99
"""Counted for a label that was left wrong."""
_POINTS = 100


def run(options: argparse.Namespace) -> list[Figure]:
    """Measure all figures; with --frames, --prelabels and --truth those of a real clip, too.

    With --clips those of the real clips whose faults come by the hundred.

    As many processes as there are cores count keys; ranking is timed when they are done.
    """
    with ProcessPoolExecutor() as pool:  # what takes longest first
        points = pool.submit(_point_figures)
        real = []
        if options.frames and options.prelabels and options.truth:
            folders = Path(options.frames), Path(options.prelabels), Path(options.truth)
            real = [pool.submit(real_figures, *folders, capability) for capability in Capability]
        sent = [pool.submit(_sent, *case) for case in _SENT]
        clips = [pool.submit(_clip_keys, seed) for seed in SEEDS]
        others = [pool.submit(_queue_figures), pool.submit(_snap_figures)]
        others += [pool.submit(_interpolation_figures)]
        others += [pool.submit(measure) for measure in pattern_keys.MEASURES]
        if options.clips:
            others.append(pool.submit(pattern_keys.real_clip_figures, Path(options.clips)))
        figures = points.result() + _clip_figures([clip.result() for clip in clips])
        keys = sum(one.result() for one in sent)
        figures.append(
            Figure(f"keys sent to the screen for clips of seed {SEEDS[0]}", keys, "keys")
        )
        figures += [figure for found in others for figure in found.result()]
        real_ones = [figure for found in real for figure in found.result()]
    return figures + ranking.figures() + real_ones


def _point_figures() -> list[Figure]:
    """Place a ball within 2 px: 100 demo balls in pictures of five demo frames side by side."""
    with TemporaryDirectory() as folder:
        clip = _panoramas(Path(folder))
        reviewer = clip.reviewer()
        keys = []
        reviewer.desk.first_frame()
        for index in range(_POINTS):
            before = reviewer.total
            reviewer.point_at_ball()
            right = not reviewer.is_faulty(reviewer.desk.document, index)
            keys.append(reviewer.total - before if right else _NEVER)
            reviewer.desk.next_frame()
        sent = clip.sent(reviewer)
    name = "keys to put a ball within 2 px in 6500×1000"
    return [
        Figure(f"{name}, median of {_POINTS}", median(keys), "keys", 6),
        Figure(f"{name}, worst of {_POINTS}", max(keys), "keys", 9),
        Figure(f"keys sent to the screen for these {_POINTS}, steps included", sent, "keys"),
    ]


def _panoramas(folder: Path) -> Clip:
    """Return pictures of 6500×1000; the ball is somewhere, its label anywhere else."""
    rng = np.random.default_rng(6)
    matches = {seed: make_match(seed) for seed in SEEDS}  # each draws its pitch once
    said, truth, media = [], [], []
    while len(media) < _POINTS:
        match = matches[int(rng.integers(SEEDS.start, SEEDS.stop))]
        index = int(rng.integers(match.frame_count))
        true = match.truth[Capability.BALL].frame(index)
        if true.ball is not BallState.VISIBLE:
            continue
        wide, place = _panorama(match, index, true.labels[0], rng)
        height, width = wide.shape[:2]
        start = int(rng.integers(width * UNIT)), int(rng.integers(height * UNIT))
        said.append(make_frame([Ball("b1", *start, place.size)]))
        truth.append(make_frame([place]))
        path = folder / f"{len(media):06}.jpg"
        Image.fromarray(wide).save(path, quality=92)
        media.append(MediaFrame(path.name, width, height, len(media) * 40_000, path=str(path)))
    documents = (Document.from_frames(Capability.BALL, frames) for frames in (said, truth))
    return Clip(*documents, Manifest(tuple(media)))


def _panorama(
    match: DemoMatch, index: int, ball: Label, rng: np.random.Generator
) -> tuple[Pixels, Ball]:
    """Return a picture of 6500×1000, and where one of its balls is."""
    assert isinstance(ball, Ball)
    strip = [np.asarray(match.render((index + 31 * n) % match.frame_count)) for n in range(5)]
    which, down = int(rng.integers(5)), int(rng.integers(281))
    strip[0], strip[which] = strip[which], strip[0]
    wide = np.concatenate(strip, axis=1)
    wide = np.pad(wide, ((down, 280 - down), (50, 50), (0, 0)), mode="edge")
    x = ball.x + (50 + which * match.width) * UNIT
    return wide, Ball("b1", x, ball.y + down * UNIT, ball.size)


@dataclass
class _ClipKeys:
    """Keys that the whole clips of a seed took, both capabilities together."""

    quick: int = 0
    single: int = 0
    """Where every frame is accepted by a key of its own."""
    slow: int = 0
    strict: int = 0
    least: int = 0
    shifted: list[int] = field(default_factory=list)
    """For each box shifted in the demo; _NEVER for one that was left wrong."""
    plain: list[int] = field(default_factory=list)
    """For each frame in which nothing was wrong when it came."""
    spoilt: int = 0
    """Frames in which nothing was wrong, until the reviewer's step in another one."""
    wrong: int = 0
    """Frames with something wrong at the end."""


def _clip_keys(seed: int) -> _ClipKeys:
    """Count a seed's keys: boxes touched are brought to IoU 0.85, in a strict run to 0.9."""
    keys = _ClipKeys()
    match = make_match(seed)
    with TemporaryDirectory() as folder:
        for capability in Capability:
            clip = demo_clip(match, capability, Path(folder))
            frames = range(len(clip.said))
            one, plain = clip.reviewer(_AS_GOOD), clip.reviewer(_AS_GOOD, clever=False)
            watching = clip.reviewer(_AS_GOOD)
            watching.watches = True
            faulty = {index for index in frames if one.is_faulty(clip.said, index)}
            one.review()
            plain.review()
            watching.review()
            keys.quick += watching.total
            keys.single += one.total
            keys.slow += plain.total
            keys.least += len(frames) + len(faulty)
            keys.plain += [one.by_frame[index] for index in frames if index not in one.came_faulty]
            keys.spoilt += len(one.came_faulty - faulty)
            keys.wrong += sum(
                made.is_faulty(made.desk.document, index)
                for made in (one, watching)
                for index in frames
            )
            if capability is Capability.PLAYER:
                one = clip.reviewer(_STRICT)
                one.review()
                where = {f.index for f in match.faults if f.kind is FaultKind.SHIFTED}
                keys.shifted += [
                    fix.keys if fix.right else _NEVER
                    for fix in one.fixes
                    if fix.kind == "box off" and fix.index in where
                ]
            keys.strict += one.total
    return keys


def _sent(capability: Capability, box_good: float) -> int:
    """Return the keys of a whole clip, sent to the real screen."""
    with TemporaryDirectory() as folder:
        clip = demo_clip(make_match(SEEDS[0]), capability, Path(folder))
        reviewer = clip.reviewer(box_good)
        reviewer.watches = True
        reviewer.review()
        return clip.sent(reviewer)


def _clip_figures(done: Sequence[_ClipKeys]) -> list[Figure]:
    """Return the figures of whole clips, both capabilities together."""
    quick, slow = sum(keys.quick for keys in done), sum(keys.slow for keys in done)
    strict, least = sum(keys.strict for keys in done), sum(keys.least for keys in done)
    shifted = [count for keys in done for count in keys.shifted]
    plain = [count for keys in done for count in keys.plain]
    clips = len(SEEDS)
    against = "time order with nudging only"
    return [
        Figure("keys to bring a shifted box to IoU ≥ 0.9, median", median(shifted), "keys", 5),
        Figure("keys per frame without a fault, mean", sum(plain) / len(plain), "keys", 1),
        Figure(f"right frames spoilt by a step in another one, of {len(SEEDS)} clips",
               sum(keys.spoilt for keys in done), ""),
        Figure("keys for the whole demo clip, share", quick / slow, "", 0.2, against),
        Figure("the same, every frame accepted by a key of its own",
               sum(keys.single for keys in done) / slow, "", None, against),
        Figure("the same, boxes to IoU 0.9 too", strict / slow, "", None, against),
        Figure("frames with something wrong at the end", sum(keys.wrong for keys in done), ""),
        Figure("keys for the whole demo clip", quick / clips, "keys"),
        Figure("keys for the whole demo clip, time order, nudging", slow / clips, "keys"),
        Figure("keys at one a frame and one more a faulty frame", least / clips, "keys"),
    ]  # fmt: skip


def _queue_figures() -> list[Figure]:
    figures = []
    for capability in Capability:
        everything: list[float] = []
        for share in SHARES:
            found = [_found(make_match(seed, fault_share=share), capability) for seed in SEEDS]
            everything += found
            name = f"faulty frames in the first 1.5 f of the queue, {capability}, f = {share:.0%}"
            figures.append(
                Figure(name, sum(found) / len(found), "", 0.8, "random order: 1.5 f", True)
            )
        name = f"the same, worst seed and share, {capability}"
        figures.append(Figure(name, min(everything), ""))
    return figures


def _found(match: DemoMatch, capability: Capability) -> float:
    size = MediaFrame("", match.width, match.height)
    ranking = Ranking(match.prelabels[capability], Manifest((size,) * match.frame_count))
    faulty = {fault.index for fault in match.faults if fault.capability is capability}
    return len(faulty & set(ranking.order()[: round(1.5 * len(faulty))])) / len(faulty)


def _snap_figures() -> list[Figure]:
    """Snap from random places within 25 px of the ball, with its size known."""
    right = sure = right_and_sure = tried = 0
    for seed in SEEDS:
        match = make_match(seed)
        rng = np.random.default_rng(seed)
        for index in range(0, match.frame_count, 5):
            frame = match.truth[Capability.BALL].frame(index)
            if frame.ball is not BallState.VISIBLE:
                continue
            ball = frame.labels[0]
            assert isinstance(ball, Ball)
            reach, angle = 25 * UNIT * math.sqrt(rng.random()), 2 * math.pi * rng.random()
            x = int(np.clip(ball.x + reach * math.cos(angle), 0, match.width * UNIT - 1))
            y = int(np.clip(ball.y + reach * math.sin(angle), 0, match.height * UNIT - 1))
            spot = snap_ball(np.asarray(match.render(index)), x, y, size=ball.size)
            good = math.hypot(spot.x - ball.x, spot.y - ball.y) <= 2 * UNIT
            tried, right, sure = tried + 1, right + good, sure + spot.sure
            right_and_sure += good and spot.sure
    return [
        Figure("snap right within 2 px, visible balls, from within 25 px", right / tried, "", 0.9,
               at_least=True),
        Figure("snap says that it is sure", sure / tried, ""),
        Figure("snap right when it says that it is sure", right_and_sure / sure, ""),
    ]  # fmt: skip


def _interpolation_figures() -> list[Figure]:
    """Interpolate gaps of 8 frames in the model's ball without faults; compare with the truth."""
    off: list[float] = []
    for seed in SEEDS:
        match = make_match(seed, fault_share=0.0)
        truth = match.truth[Capability.BALL]
        for first in range(0, match.frame_count - 9, 3):
            gap = range(first + 1, first + 9)
            if not all(truth.frame(i).labels for i in range(first, first + 10)):
                continue
            said = match.prelabels[Capability.BALL].copy()
            for index in gap:
                said.replace(index, make_frame())
            done = interpolation.interpolate(said, work_out(said), first, first + 9)
            assert isinstance(done, Operation)
            apply(said, done)
            off += [distance(said.frame(i).labels[0], truth.frame(i).labels[0]) / UNIT for i in gap]
    return [
        Figure("interpolation over a gap of 8 frames of the ball, median", median(off), "px", 3)
    ]
