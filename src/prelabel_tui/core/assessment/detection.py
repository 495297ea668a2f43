"""What a review says about a detector: prelabels compared with what a person made of them.

Pure: two contents, the frames that were reviewed, and the sizes of their pictures.  Boxes are
matched as COCO's evaluation does: prelabels by score, the surest first, each with the truth that
it overlaps most and that no surer one has, from an IoU on.  Balls likewise, by distance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import UNIT, Ball, Capability, Flag, Frame, Label

Floats: TypeAlias = NDArray[np.float64]

BOX_OVERLAP: Final = 0.5
"""IoU from which a prelabelled box is a hit."""
BALL_DISTANCE: Final = 10.0
"""Pixels within which a prelabelled ball is a hit."""

_RECALLS: Final = np.linspace(0.0, 1.0, 101)
_SMALL, _LARGE = 32.0**2, 96.0**2
_SMALL_BALL, _LARGE_BALL = 8.0, 16.0
_SIZES: Final = ("small", "medium", "large")
_PLACES: Final = tuple(f"{row} {column}" for row in ("top", "middle", "bottom")
                       for column in ("left", "centre", "right"))  # fmt: skip
_NO_FLAG: Final = "no flag"
_NO_SCORE: Final = "no score"


@dataclass(frozen=True)
class Group:
    """Some labels: prelabels that are a ``hit`` or ``false``, and truths that were ``missed``.

    ``missed``: None by score, which a truth without a prelabel does not have.
    """

    name: str
    hit: int
    false: int
    missed: int | None

    @property
    def precision(self) -> float | None:
        """Share of the prelabels that are right."""
        return self.hit / (self.hit + self.false) if self.hit + self.false else None

    @property
    def recall(self) -> float | None:
        """Share of the truths that were found; None where that is not known."""
        if self.missed is None:
            return None
        return self.hit / (self.hit + self.missed) if self.hit + self.missed else None

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`; shares to four decimals."""
        return {
            "name": self.name,
            "hit": self.hit,
            "false": self.false,
            "missed": self.missed,
            "precision": _rounded(self.precision),
            "recall": _rounded(self.recall),
        }


@dataclass(frozen=True)
class Spread:
    """The errors of the hits in one respect: median, and the middle half of them."""

    name: str
    unit: str
    median: float
    low: float
    high: float

    @property
    def text(self) -> str:
        """`+0.4 px (−1.2 to +2.0)`; a distance has no sign."""
        form = ".1f" if self.name == "distance" else "+.1f"
        numbers = (
            f"{value:{form}}".replace("-", "−") for value in (self.median, self.low, self.high)
        )
        median, low, high = numbers
        return f"{median} {self.unit} ({low} to {high})"

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`."""
        return {
            "name": self.name,
            "unit": self.unit,
            "median": round(self.median, 4),
            "quarter": round(self.low, 4),
            "three_quarters": round(self.high, 4),
        }


@dataclass(frozen=True)
class DetectionReport:
    """What the reviews say; ``frames``: how many were reviewed and compared.

    ``average_precision`` as COCO has it, at this one threshold; None where prelabels have no
    scores.  ``groups``: by score, size, place and flag.
    """

    capability: Capability
    frames: int
    whole: Group
    average_precision: float | None
    errors: tuple[Spread, ...]
    groups: Mapping[str, tuple[Group, ...]]

    @property
    def threshold(self) -> str:
        """From when a prelabel is a hit, in words."""
        if self.capability is Capability.BALL:
            return f"within {BALL_DISTANCE:g} px"
        return f"from IoU {BOX_OVERLAP:g}"

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`."""
        return {
            "capability": self.capability.value,
            "frames": self.frames,
            "hit_when": self.threshold,
            "whole": self.whole.as_json(),
            "average_precision": _rounded(self.average_precision),
            "errors": [error.as_json() for error in self.errors],
            "groups": {
                name: [group.as_json() for group in groups] for name, groups in self.groups.items()
            },
        }


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


@dataclass(frozen=True)
class Clip:
    """One clip to compare: what the model said, what was made of it, and where that counts.

    ``sizes``: width and height of each frame in px.
    """

    prelabels: Document
    truth: Document
    reviewed: Sequence[int]
    sizes: Sequence[tuple[int, int]]


class _Tally:
    """The labels of all clips, one row each: prelabels with a hit or not, truths found or not."""

    def __init__(self, capability: Capability) -> None:
        self._ball = capability is Capability.BALL
        self.scores: list[float] = []
        self.hits: list[bool] = []
        self.missed = 0
        self.errors: list[tuple[float, ...]] = []
        self.groups: dict[str, dict[str, list[int]]] = {
            name: {} for name in ("score", "size", "place", "flag")
        }

    def add(self, before: Frame, after: Frame, size: tuple[int, int]) -> None:
        found = sorted(before.labels, key=lambda label: -_score(label))
        matched = matches(found, after.labels)
        taken = set(matched)
        flags = [flag.value for flag in after.flags] or [_NO_FLAG]
        for label, at in zip(found, matched, strict=True):
            hit = at is not None
            self.scores.append(_score(label))
            self.hits.append(hit)
            shown = label if at is None else after.labels[at]
            self._count("score", [_score_name(label)], 0 if hit else 1)
            self._count_truth(shown, size, flags, 0 if hit else 1)
            if at is not None:
                self.errors.append(_error(label, after.labels[at]))
        for at, label in enumerate(after.labels):
            if at not in taken:
                self.missed += 1
                self._count_truth(label, size, flags, 2)

    def _count_truth(
        self, label: Label, size: tuple[int, int], flags: Sequence[str], what: int
    ) -> None:
        self._count("size", [self._size_name(label)], what)
        self._count("place", [_place_name(label, size)], what)
        self._count("flag", flags, what)

    def _count(self, kind: str, names: Iterable[str], what: int) -> None:
        for name in names:
            self.groups[kind].setdefault(name, [0, 0, 0])[what] += 1

    def _size_name(self, label: Label) -> str:
        if isinstance(label, Ball):
            size, small, large = (label.size or 0) / UNIT, _SMALL_BALL, _LARGE_BALL
        else:
            size, small, large = label.w * label.h / UNIT**2, _SMALL, _LARGE
        return _SIZES[(size >= small) + (size >= large)]

    def report(self, capability: Capability, frames: int) -> DetectionReport:
        hits = sum(self.hits)
        scored = not self.scores or min(self.scores) >= 0
        return DetectionReport(
            capability,
            frames,
            Group("all", hits, len(self.hits) - hits, self.missed),
            average_precision(self.scores, self.hits, hits + self.missed) if scored else None,
            _spreads(self.errors, ball=self._ball),
            {kind: self._sorted(kind, found) for kind, found in self.groups.items()},
        )

    @staticmethod
    def _sorted(kind: str, found: Mapping[str, Sequence[int]]) -> tuple[Group, ...]:
        order: Sequence[str] = {
            "score": [*(_band(at) for at in range(9, -1, -1)), _NO_SCORE],
            "size": _SIZES,
            "place": _PLACES,
            "flag": [*(flag.value for flag in Flag), _NO_FLAG],
        }[kind]
        return tuple(
            Group(name, hit, false, None if kind == "score" else missed)
            for name in order
            if name in found
            for hit, false, missed in [found[name]]
        )


def _score(label: Label) -> float:
    """Return the score, 0..1; −1 for none."""
    return -1.0 if label.score is None else label.score / 10_000


def _band(tenth: int) -> str:
    return f"{tenth / 10:.1f}–{(tenth + 1) / 10:.1f}"


def _score_name(label: Label) -> str:
    return _NO_SCORE if label.score is None else _band(min(9, label.score // 1_000))


def _centre(label: Label) -> tuple[float, float]:
    if isinstance(label, Ball):
        return label.x / UNIT, label.y / UNIT
    return (label.x + label.w / 2) / UNIT, (label.y + label.h / 2) / UNIT


def _place_name(label: Label, size: tuple[int, int]) -> str:
    x, y = _centre(label)
    column, row = (min(2, max(0, int(3 * at / of))) for at, of in ((x, size[0]), (y, size[1])))
    return _PLACES[3 * row + column]


def _error(found: Label, truth: Label) -> tuple[float, ...]:
    (x, y), (at_x, at_y) = _centre(found), _centre(truth)
    moved = (x - at_x, y - at_y, float(np.hypot(x - at_x, y - at_y)))
    if isinstance(found, Ball) or isinstance(truth, Ball):
        return moved
    return *moved, 100 * (found.w / truth.w - 1), 100 * (found.h / truth.h - 1)


def _spreads(errors: Sequence[tuple[float, ...]], *, ball: bool) -> tuple[Spread, ...]:
    if not errors:
        return ()
    names = [("x", "px"), ("y", "px"), ("distance", "px"), ("width", "%"), ("height", "%")]
    columns = np.asarray(errors).T
    return tuple(
        Spread(name, unit, *map(float, np.percentile(column, (50, 25, 75))))
        for (name, unit), column in zip(names[: 3 if ball else 5], columns, strict=True)
    )


def matches(found: Sequence[Label], truths: Sequence[Label]) -> list[int | None]:
    """Match prelabels, the surest first, with truths: the index of the truth of each, or None."""
    if not found or not truths:
        return [None] * len(found)
    if isinstance(truths[0], Ball):
        near, least = -_distances(found, truths), -BALL_DISTANCE
    else:
        near, least = overlaps(_boxes(found), _boxes(truths)), min(BOX_OVERLAP, 1 - 1e-10)
    matched: list[int | None] = []
    for row in near:
        # Of several that are equally near the last one, as in COCO's evaluation.
        best = len(row) - 1 - int(np.argmax(row[::-1]))
        if row[best] >= least:
            matched.append(best)
            near[:, best] = -np.inf
        else:
            matched.append(None)
    return matched


def _boxes(labels: Sequence[Label]) -> Floats:
    return np.array([label.geometry for label in labels], dtype=np.float64)


def _distances(found: Sequence[Label], truths: Sequence[Label]) -> Floats:
    a, b = (np.array([_centre(label) for label in labels]) for labels in (found, truths))
    distances: Floats = np.hypot(*(a[:, None, :] - b[None, :, :]).transpose(2, 0, 1))
    return distances


def overlaps(a: Floats, b: Floats) -> Floats:
    """Return the IoU of each box of ``a`` (n×4: x, y, w, h) with each of ``b``: n×m."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum((a[:, :2] + a[:, 2:])[:, None], (b[:, :2] + b[:, 2:])[None])
    shared = np.prod(np.clip(high - low, 0, None), axis=2)
    areas = np.prod(a[:, 2:], axis=1)[:, None] + np.prod(b[:, 2:], axis=1)[None]
    found: Floats = shared / (areas - shared)
    return found


def average_precision(scores: Sequence[float], hits: Sequence[bool], truths: int) -> float | None:
    """Return COCO's average precision: the mean over 101 recalls; None without truths."""
    if not truths:
        return None
    order = np.argsort(-np.asarray(scores, dtype=np.float64), kind="mergesort")
    right = np.asarray(hits, dtype=np.bool_)[order]
    found, false = np.cumsum(right), np.cumsum(~right)
    recall = found / truths
    precision = found / np.maximum(found + false, np.spacing(1))
    # The best precision at this recall or a higher one.
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(recall, _RECALLS, side="left")
    inside = at < len(precision)
    return (
        float(np.where(inside, precision[np.minimum(at, len(precision) - 1)], 0).mean())
        if len(precision)
        else 0.0
    )


def report_on(
    capability: Capability,
    clips: Iterable[Clip],
    progress: Callable[[str, int, int], None] = lambda *_: None,
) -> DetectionReport:
    """Compare clips with their prelabels, on reviewed frames only."""
    tally, frames = _Tally(capability), 0
    for clip in clips:
        for done, index in enumerate(clip.reviewed):
            if done % 256 == 0:
                progress("comparing with the review", done, len(clip.reviewed))
            tally.add(clip.prelabels.frame(index), clip.truth.frame(index), clip.sizes[index])
        frames += len(clip.reviewed)
    return tally.report(capability, frames)
