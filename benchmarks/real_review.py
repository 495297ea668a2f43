"""The same review on a real clip: a detector's COCO results against YOLO truth files.

Truth made by hand is loose and incomplete, so what counts as wrong is wider than in the demo: a
ball beyond 8 px, a box below IoU 0.5; what is touched is brought to 8 px and IoU 0.7.
"""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.clips import Clip
from benchmarks.figures import Figure
from benchmarks.review_policy import Reviewer
from benchmarks.review_truth import matched
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
from prelabel_tui.core.triage.suspicion import Ranking

_BALL_RIGHT = 8 * UNIT
_BOX_WRONG, _BOX_GOOD = 0.5, 0.7
_MIN_SCORE = {Capability.BALL: 0.1, Capability.PLAYER: 0.3}


def real_figures(
    frames: Path, prelabels: Path, truth: Path, capability: Capability
) -> list[Figure]:
    """Return queue and keys, as they come out; ``coco_images.json`` is beside ``prelabels``."""
    images = json.loads((prelabels.parent / "coco_images.json").read_text(encoding="utf-8"))
    results = json.loads(prelabels.read_text(encoding="utf-8"))
    size = (images["images"][0]["width"], images["images"][0]["height"])
    names = [image["file_name"] for image in images["images"]]
    manifest = Manifest(
        tuple(
            MediaFrame(name, *size, index * 200_000, path=str((frames / name).absolute()))
            for index, name in enumerate(names)
        )
    )
    said = _prelabels(images["images"], results, capability)
    true = _truth([truth / f"{Path(name).stem}.txt" for name in names], size, capability)
    return _figures(Clip(said, true, manifest), capability)


def _figures(clip: Clip, capability: Capability) -> list[Figure]:
    def reviewer(clever: bool) -> Reviewer:
        made = clip.reviewer(_BOX_GOOD, clever)
        made.ball_right, made.box_wrong = _BALL_RIGHT, _BOX_WRONG
        return made

    said = clip.said
    quick, plain = reviewer(True), reviewer(False)
    faulty = {i for i in range(len(said)) if quick.is_faulty(said, i)}
    order = quick.desk.analysis.ranking.order()
    quick.review()
    plain.review()
    clip.sent(quick)
    half = set(order[: len(order) // 2])
    name = f"real clip, {capability}: "
    figures = [
        Figure(name + "share of frames that are faulty", len(faulty) / len(said), ""),
        Figure(name + "share of the faulty frames in the first half of the queue",
               len(faulty & half) / max(1, len(faulty)), "", None, "random order: 0.5"),
        Figure(name + "keys, sent to the screen", quick.total, "keys"),
        Figure(name + "keys, share", quick.total / plain.total, "", None,
               "time order with nudging only"),
        Figure(name + "labels put right", len(quick.fixes), ""),
        Figure(name + "of them within the tolerance",
               sum(fix.right for fix in quick.fixes) / max(1, len(quick.fixes)), ""),
    ]  # fmt: skip
    if not quick.desk.is_ball:
        figures += _missing_figures(clip, name)
    for kind in sorted({fix.kind for fix in quick.fixes}):
        keys = [fix.keys for fix in quick.fixes if fix.kind == kind]
        figures.append(
            Figure(f"{name}keys for “{kind}”, median of {len(keys)}", median(keys), "keys")
        )
    return figures


def _missing_figures(clip: Clip, name: str) -> list[Figure]:
    """Return how often a player that is said to be missing is, by the truth of the frame."""
    ranking = Ranking(clip.said, clip.manifest)
    frames = range(len(clip.said))
    said = {i for i in frames if any(r.code == "missing" for r in ranking.entry(i).reasons)}
    missing = {i for i in frames if matched(clip.said.frame(i), clip.truth.frame(i))[1]}
    return [
        Figure(name + "frames said to lack a player", len(said), ""),
        Figure(name + "share of them that do", len(said & missing) / max(1, len(said)), "", 0.5,
               at_least=True),
        Figure(name + "share of the frames that lack one",
               len(said & missing) / max(1, len(missing)), ""),
    ]  # fmt: skip


def _prelabels(
    images: list[dict[str, Any]], results: list[dict[str, Any]], capability: Capability
) -> Document:
    category = 2 if capability is Capability.BALL else 1
    by_image: dict[int, list[Label]] = {image["id"]: [] for image in images}
    for result in results:
        if result["category_id"] != category or result["score"] < _MIN_SCORE[capability]:
            continue
        labels = by_image[result["image_id"]]
        labels.append(_label(f"d{len(labels) + 1}", result["bbox"], category, result["score"]))
    frames = [make_frame(by_image[image["id"]]) for image in images]
    return Document.from_frames(capability, frames)


def _truth(files: list[Path], size: tuple[int, int], capability: Capability) -> Document:
    wanted = 1 if capability is Capability.BALL else 0
    frames = []
    for path in files:
        labels: list[Label] = []
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        for number, line in enumerate(lines):
            kind, cx, cy, w, h = (float(part) for part in line.split()[:5])
            if int(kind) == wanted:
                width, height = w * size[0], h * size[1]
                box = (cx * size[0] - width / 2, cy * size[1] - height / 2, width, height)
                labels.append(_label(f"t{number}", box, wanted + 1, None))
        frames.append(make_frame(labels))
    return Document.from_frames(capability, frames)


def _label(name: str, box: Any, category: int, score: float | None) -> Label:
    x, y, w, h = (to_units(value) for value in box)
    stored = None if score is None else to_score(score)
    if category == 2:
        return Ball(name, x + w // 2, y + h // 2, (w + h) // 2, stored)
    return Box(name, x, y, w, h, stored)
