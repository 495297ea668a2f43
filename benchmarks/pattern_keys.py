"""Keys for faults that come by the hundred, sent to the real screen (docs/review-policy.md)."""

from __future__ import annotations

import json
import math
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

from benchmarks.figures import Figure
from benchmarks.grass import middles
from benchmarks.live_review import Desk, at_the_screen, of_document
from benchmarks.pattern_faults import (
    LATE,
    SCALE,
    SHIFT,
    Where,
    drifted,
    faulted,
    late,
    scaled,
    shifted,
)
from benchmarks.pattern_policy import ENOUGH, GrassReviewer, PatternReviewer
from benchmarks.simulated_sessions import Session, clips, found_by, noticed
from prelabel_tui.core.edits.corrections import Floats
from prelabel_tui.core.edits.matching import settled
from prelabel_tui.core.edits.pointing import hints, reading_order
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import (
    UNIT,
    Ball,
    Box,
    Capability,
    Label,
    make_frame,
    to_score,
    to_units,
)
from prelabel_tui.core.model.media import Manifest, MediaFrame
from prelabel_tui.demo import DemoMatch, make_match
from prelabel_tui.demo.home import demo_manifest
from prelabel_tui.demo.match import write_frames

_SEED: Final = 1
"""The demo's own."""
_SESSIONS: Final = 1_000
_POWER_SESSIONS: Final = 100
_NEAR: Final = 2 * UNIT
_TRACK: Final = "p10"
"""A player who is in every frame of the demo."""
_DRIFTS: Final = {
    "linear to 20 px": (lambda n: np.linspace(0, 20, n), 2, 0.98),
    "half a sine of 20 px": (lambda n: 20 * np.sin(np.linspace(0, np.pi, n)), 6, 0.90),
    "step of 20 px": (lambda n: np.where(np.arange(n) < n // 2, 0.0, 20.0), 4, 0.95),
}
"""How far off a track is, by frame; corrected frames; the share to be within 2 px then."""


def every_box_figures() -> list[Figure]:
    """Correct single boxes of the demo until the program offers the rest."""
    match = make_match(_SEED)
    faults: dict[str, Where] = {
        f"shift of {SHIFT:g} px": shifted,
        f"scale of {SCALE:g}": scaled,
        f"lag of {LATE:g} frames": late(match.truth[Capability.PLAYER]),
    }
    goal = match.prelabels[Capability.PLAYER]
    figures = []
    with TemporaryDirectory() as folder:
        manifest = _demo(match, Path(folder))
        for name, where in faults.items():
            document = faulted(goal, match.width, match.height, where)

            async def work(desk: Desk) -> PatternReviewer:
                reviewer = PatternReviewer(desk, goal)
                await reviewer.work()
                return reviewer

            done = at_the_screen(of_document(document, manifest), Capability.PLAYER, work)
            figures.append(
                Figure(f"every box off, {name}: share right once the offer was taken",
                       done.share_taken, "", ENOUGH, None, True)
            )  # fmt: skip
            figures.append(
                Figure("the same: keys until then", done.keys_taken or math.inf, "keys", 20)
            )
    return figures


def drift_figures() -> list[Figure]:
    """Correct a track of 150 frames at a few frames, the worst first, and interpolate."""
    match = make_match(_SEED, fault_share=0.0)
    goal = match.prelabels[Capability.PLAYER]
    figures = []
    with TemporaryDirectory() as folder:
        manifest = _demo(match, Path(folder))
        for name, (make, frames, least) in _DRIFTS.items():
            document = drifted(goal, _TRACK, make(len(goal)))

            async def work(desk: Desk, frames: int = frames) -> float:
                return await _correct_track(desk, goal, frames)

            share = at_the_screen(of_document(document, manifest), Capability.PLAYER, work)
            figures.append(
                Figure(f"drift of a track, {name}: within 2 px after {frames} corrected frames",
                       share, "", least, None, True)
            )  # fmt: skip
    return figures


async def _correct_track(desk: Desk, goal: Document, frames: int) -> float:
    """Correct the track where it is farthest off, again and again.

    The first correction is carried on to the whole track; later ones are interpolated, and carried
    on to the end or back to the start where no other is beyond them.
    """
    corrected: list[int] = []
    for turn in range(frames):
        off = _off(desk.review.document, goal)
        index = int(np.argmax(np.abs(off)))
        await _select_track(desk, index)
        step = -round(float(off[index]) / UNIT)
        await desk.type(f"{abs(step)}{'l' if step > 0 else 'h'}")
        label = desk.label
        assert label is not None
        corrected.append(index)
        if not turn:
            await desk.press("$", "$", "enter")
            continue
        if not settled(desk.review.frame, label):  # back where the model had it: say that it is so
            await desk.press("enter")
            await _select_track(desk, index)
        await desk.press("i", "i")
        if index == max(corrected) < len(goal) - 1:
            await desk.press("$", "enter")
        elif index == min(corrected) > 0:
            await desk.press("$", "$", "$", "$", "enter")
    return float((np.abs(_off(desk.review.document, goal)) <= _NEAR).mean())


async def _select_track(desk: Desk, index: int) -> None:
    await desk.type(f"{index + 1}g")
    if desk.review.selected != _TRACK:
        await desk.press("b")
        await desk.type(hints(reading_order(desk.review.frame))[_TRACK])


def _off(document: Document, goal: Document) -> Floats:
    """Return how far to the right the track's boxes are of where they belong, by frame."""
    found = []
    for here, there in zip(document, goal, strict=True):
        box, true = here.label(_TRACK), there.label(_TRACK)
        found.append(box.x - true.x if box is not None and true is not None else 0)
    return np.array(found, dtype=np.float64)


def real_clip_figures(folder: Path) -> list[Figure]:
    """Mend the real clips: late boxes of the wide camera, lamps of the dome."""
    return [*_wide_figures(folder / "soccertrack-wide"), *_dome_figures(folder / "dome-1080p")]


def _wide_figures(folder: Path) -> list[Figure]:
    document, manifest = _wide_clip(folder)
    goal = middles(document, manifest)

    async def work(desk: Desk) -> GrassReviewer:
        reviewer = GrassReviewer(desk, goal)
        await reviewer.work()
        return reviewer

    done = at_the_screen(of_document(document, manifest), Capability.PLAYER, work)
    shifts = sum("too far" in said for said in done.offered)
    name = "soccertrack-wide"
    return [
        Figure(f"{name}: error of {len(goal)} boxes' middles before, RMSE",
               _rmse(document, goal), "px"),
        Figure(f"{name}: the same in the end", _rmse(done.document, goal), "px", 4.5),
        Figure(f"{name}: keys", len(done.desk.keys), "keys", 40),
        Figure(f"{name}: constant shifts offered for all", shifts, "", 0),
    ]  # fmt: skip


def _rmse(document: Document, goal: dict[tuple[int, str], float]) -> float:
    off = []
    for (index, name), middle in goal.items():
        box = document.frame(index).label(name)
        if isinstance(box, Box):
            off.append((box.x + box.w / 2) / UNIT - middle)
    return float(np.sqrt(np.mean(np.square(off))))


def _wide_clip(folder: Path) -> tuple[Document, Manifest]:
    """Read MOT lines; frames and pixels count from 1, ids are the players' own."""
    frames: list[list[Label]] = [[] for _ in range(40)]
    for line in (folder / "players_det.txt").read_text(encoding="utf-8").splitlines():
        frame, number, left, top, width, height = (float(part) for part in line.split(",")[:6])
        x, y, w, h = (to_units(value) for value in (left - 1, top - 1, width, height))
        frames[int(frame) - 1].append(Box(f"p{number:.0f}", x, y, w, h, track=f"{number:.0f}"))
    media = tuple(
        MediaFrame(f"{at:06}.jpg", 6500, 1000, at * 40_000,
                   path=str((folder / "frames" / f"{at:06}.jpg").absolute()))
        for at in range(len(frames))
    )  # fmt: skip
    return Document.from_frames(Capability.PLAYER, map(make_frame, frames)), Manifest(media)


def _dome_figures(folder: Path) -> list[Figure]:
    document, manifest = _dome_clip(folder)
    seen = [at for at, frame in enumerate(manifest.frames) if frame.path is not None]

    async def work(desk: Desk) -> tuple[int, Document]:
        if desk.notice is None:
            raise RuntimeError("the lamps were not noticed")
        await desk.press("|", "enter", "N")  # and leave out what nobody can see
        return len(desk.keys), desk.review.document.copy()

    keys, after = at_the_screen(of_document(document, manifest), Capability.BALL, work)
    gone = [
        label
        for at in seen
        for label in document.frame(at).labels
        if after.frame(at).label(label.id) is None
    ]
    places = {(round(ball.x / UNIT / 4), round(ball.y / UNIT / 4)) for ball in gone}
    unseen = set(range(len(document))) - set(seen)
    touched = sum(after.frame(at).labels != document.frame(at).labels for at in unseen)
    left_out = sum(after.frame(at).left_out for at in unseen)
    return [
        Figure("dome-1080p: keys until the lamps are gone", keys, "keys", 8),
        Figure("dome-1080p: detections deleted on frames with pictures, of 120 of the lamps",
               len(gone), "", 120, None, True),
        Figure("dome-1080p: places they were at", len(places), "", 2),
        Figure("dome-1080p: frames without a picture whose labels were changed", touched, "", 0),
        Figure("dome-1080p: frames without a picture that were left out", left_out, "", 60,
               None, True),
    ]  # fmt: skip


def _dome_clip(folder: Path) -> tuple[Document, Manifest]:
    """Read a detector's COCO results; half of the images have no picture."""
    labels = next(folder.glob("**/coco_images.json"))
    images = json.loads(labels.read_text(encoding="utf-8"))["images"]
    results = json.loads((labels.parent / "coco_results.json").read_text(encoding="utf-8"))
    balls: dict[int, list[Label]] = {image["id"]: [] for image in images}
    for result in results:
        if result["category_id"] == 2:
            x, y, w, h = (to_units(value) for value in result["bbox"])
            here = balls[result["image_id"]]
            middle = x + w // 2, y + h // 2
            here.append(Ball(f"d{len(here) + 1}", *middle, (w + h) // 2, to_score(result["score"])))
    media = []
    for at, image in enumerate(images):
        path = folder / "frames" / Path(image["file_name"]).name
        there = str(path.absolute()) if path.exists() else None
        size = image["width"], image["height"]
        media.append(MediaFrame(path.name, *size, at * 33_367, path=there))
    frames = [make_frame(balls[image["id"]]) for image in images]
    return Document.from_frames(Capability.BALL, frames), Manifest(tuple(media))


def notice_figures() -> list[Figure]:
    """Count false notices in simulated sessions, and how often a real shift is found."""
    found = clips()
    kinds = [*Session]
    false = sum(
        noticed(found[turn % len(found)], kinds[turn % len(kinds)], turn) is not None
        for turn in range(_SESSIONS)
    )
    power = [
        sum(found_by(found[turn % len(found)], px, turn, 15) for turn in range(_POWER_SESSIONS))
        / _POWER_SESSIONS
        for px in (4, 6)
    ]
    return [
        Figure(f"false notices in {_SESSIONS:,} simulated sessions", false, "", 0),
        Figure("a shift of 4 px noticed by the 15th correction", power[0], "", 0.9, None, True),
        Figure("a shift of 6 px noticed by the 15th correction", power[1], "", 0.9, None, True),
    ]


def _demo(match: DemoMatch, folder: Path) -> Manifest:
    write_frames(match, folder)
    return demo_manifest(match, folder)


MEASURES: Final = (every_box_figures, drift_figures, notice_figures)
"""What needs no real clip."""
