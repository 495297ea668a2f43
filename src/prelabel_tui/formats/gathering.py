"""Making documents of a file's labels: categories get their meaning, boxes are checked.

All labels are looked at as columns; Python meets them one by one only where they are made.
Boxes are in pixels of the full-size frame.  A ball box becomes a point: its centre, with the mean
of its width and height as size.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from prelabel_tui.core.bounds import LABEL_NAME_LENGTH, LABELS_PER_CLIP, LABELS_PER_FRAME
from prelabel_tui.core.ingest.pairing import Pairing
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import (
    SCORE_UNIT,
    UNIT,
    Ball,
    Box,
    Capability,
    Frame,
    Label,
    Origin,
    make_frame,
)
from prelabel_tui.core.model.media import Manifest
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.formats.errors import BadLabels, FormatError
from prelabel_tui.formats.labels_file import LabelFile
from prelabel_tui.formats.track_ids import Ids

DEFAULT_CATEGORIES: Final[Mapping[str, Capability]] = {
    "player": Capability.PLAYER,
    "person": Capability.PLAYER,
    "goalkeeper": Capability.PLAYER,
    "ball": Capability.BALL,
    "sports ball": Capability.BALL,
}
"""Category names that are understood without a mapping (compared without case)."""

_FAR: Final = 1e9
_STRETCH: Final = 512
"""Frames whose labels are made at once."""

_CAPABILITIES: Final = tuple(Capability)
_MODEL: Final = Origin.MODEL
_SKIPPED: Final = -1
_UNKNOWN: Final = -2

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Wanted:
    """What is wanted of a file.

    Categories besides the default ones, categories to leave out, minimum scores; ``only`` one
    capability (None: all that the file speaks of); what its ``ids`` are (None: as is found).
    """

    categories: Mapping[str, Capability] = field(default_factory=dict)
    leave_out: Collection[str] = ()
    min_score: Mapping[Capability, float] = field(default_factory=dict)
    only: Capability | None = None
    ids: Ids | None = None


@dataclass
class Tally:
    """How many labels of one capability a file gave; ``frames``: on how many frames they are."""

    kept: int = 0
    frames: int = 0
    below_score: int = 0
    clipped: int = 0
    tracks: int = 0


@dataclass(frozen=True)
class CategoryLook:
    """What came of a category: how many labels, and the median box in px."""

    name: str
    capability: Capability
    labels: int
    width: float
    height: float


@dataclass(frozen=True)
class Loaded:
    """A file's labels: a document and a tally for each capability that it speaks of.

    ``left_out``: labels that were not taken, by reason or category.
    """

    documents: dict[Capability, Document]
    tallies: dict[Capability, Tally]
    left_out: Mapping[str, int] = field(default_factory=dict)
    looks: tuple[CategoryLook, ...] = ()


def meaning_of(file: LabelFile, wanted: Wanted) -> dict[str, Capability]:
    """Find what a category stands for, by its name without case."""
    known = {name.casefold(): c for name, c in DEFAULT_CATEGORIES.items()}
    known |= {name.casefold(): c for name, c in file.meanings.items()}
    known |= {name.casefold(): c for name, c in wanted.categories.items()}
    for name in wanted.leave_out:
        known.pop(name.casefold(), None)
    return known


def gather(
    file: LabelFile,
    pairing: Pairing,
    manifest: Manifest,
    wanted: Wanted | None = None,
    bad: BadLabels | None = None,
    progress: Progress = unwatched,
) -> Loaded:
    """Make documents for the frames of ``manifest``, whose order is that of the pairing.

    FormatError names the first label that cannot be taken, unless ``bad`` counts them; a
    category that is neither mapped nor left out is always refused.
    """
    gathering = _Gathering(
        file, pairing, manifest, wanted or Wanted(), bad or BadLabels(), progress
    )
    return gathering.loaded()


class _Gathering:
    def __init__(
        self,
        file: LabelFile,
        pairing: Pairing,
        manifest: Manifest,
        wanted: Wanted,
        bad: BadLabels,
        progress: Progress,
    ) -> None:
        self.file, self.rows, self.manifest = file, file.rows, manifest
        self.wanted, self.bad, self.progress = wanted, bad, progress
        self.left_out = {**file.left_out, **dict.fromkeys(wanted.leave_out, 0)}
        self.means = meaning_of(file, wanted)
        index_of = np.array((*pairing.index_of, -1), np.int64)
        frames = np.frombuffer(self.rows.frame, np.int64) if len(self.rows) else _no_ints()
        self.index: Ints = index_of[frames]
        self.category = _ints(self.rows.category)
        self.capability = self._capabilities()

    def loaded(self) -> Loaded:
        """Make everything."""
        kept = self.capability >= 0
        sizes = np.array([(f.width, f.height) for f in self.manifest.frames], np.float64)
        rects = np.frombuffer(self.rows.rects, np.float64).reshape(-1, 4).copy()
        size = sizes[np.maximum(self.index, 0)]
        if self.file.shares:
            rects *= np.concatenate((size, size), axis=1)
        scores = np.frombuffer(self.rows.scores, np.float64)
        scored = ~np.isnan(scores)
        units, inside = _clip(rects, size)
        # A ball is kept by its point, however little of it lies in the frame.
        is_ball: Flags = self.capability == _CAPABILITIES.index(Capability.BALL)
        inside = inside | (is_ball & _touches(rects, size))
        far = ~(np.abs(rects) < _FAR).all(axis=1)
        score_wrong = scored & ~((scores >= 0) & (scores <= 1))
        least = np.array([self.wanted.min_score.get(c, 0.0) for c in _CAPABILITIES])
        below = kept & scored & (scores < least[np.maximum(self.capability, 0)])
        no_area = ~(_to_units(rects[:, 2:]) > 0).all(axis=1)
        no_frame = self.index < 0
        wrong = no_frame | far | score_wrong | (~below & (no_area | ~inside))
        for row in np.flatnonzero(kept & wrong).tolist():
            self.bad.add(self._refusal(row, rects[row], scores[row], size[row]))
        kept &= ~wrong & ~below
        self._refuse_too_many(kept)
        self._refuse_long_names(kept)
        tallies: dict[Capability, Tally] = {}
        documents: dict[Capability, Document] = {}
        for at, capability in enumerate(_CAPABILITIES):
            mine = kept & (self.capability == at)
            if capability not in self._expected():
                continue
            clipped = (units != _to_units(rects)).any(axis=1)
            tally = Tally(below_score=int(np.count_nonzero(below & (self.capability == at))))
            documents[capability] = self._document(capability, mine, rects, units, scores)
            tally.kept = int(np.count_nonzero(mine))
            tally.frames = np.unique(self.index[mine]).size
            tally.clipped = int(np.count_nonzero(mine & clipped))
            tracks = self.rows.tracks
            tally.tracks = len({tracks[row] for row in np.flatnonzero(mine)} - {None})
            tallies[capability] = tally
            kept[self.capability == at] = mine[self.capability == at]
        return Loaded(documents, tallies, self.left_out, tuple(self._looks(kept, rects)))

    # -- what is a player, what the ball

    def _capabilities(self) -> Ints:
        """Return for each label the number of its capability, or :data:`_SKIPPED`."""
        unwanted = {name.casefold(): name for name in self.wanted.leave_out}
        of_category = []
        for name in self.file.categories:
            capability = self.means.get(name.casefold())
            if name.casefold() in unwanted:
                of_category.append(_SKIPPED)
            elif capability is None:
                of_category.append(_UNKNOWN)
            elif self.wanted.only not in (None, capability):
                of_category.append(_SKIPPED)
            else:
                of_category.append(_CAPABILITIES.index(capability))
        found: Ints = np.array((*of_category, _UNKNOWN), np.int64)[self.category]
        unknown = np.flatnonzero(found == _UNKNOWN)
        if unknown.size:
            path, place = self.rows.where(int(unknown[0]))
            categories = dict.fromkeys(self.category[unknown].tolist())
            first, *others = (repr(self.file.categories[at]) for at in categories)
            nor = f"; nor are {', '.join(others)}" if others else ""
            raise FormatError(
                path, place, f"the category {first} is neither player nor ball{nor}",
                "Map each with --player-category or --ball-category, or leave it out with "
                "--skip-category",
            )  # fmt: skip
        for category, count in Counter(self.category[found == _SKIPPED].tolist()).items():
            name = self.file.categories[category]
            name = unwanted.get(name.casefold(), name)
            self.left_out[name] = self.left_out.get(name, 0) + count
        return found

    def _expected(self) -> set[Capability]:
        """Return the capabilities that the file speaks of, or the one that is wanted."""
        if self.wanted.only is not None:
            return {self.wanted.only}
        has = {_CAPABILITIES[at] for at in set(self.capability.tolist()) if at >= 0}
        if self.file.declared:
            return has | self.file.declared
        return has | {
            self.means[name.casefold()]
            for name in self.file.categories
            if name.casefold() in self.means
        }

    # -- what cannot be a label

    def _refusal(self, row: int, rect: Floats, score: float, size: Floats) -> FormatError:
        path, place = self.rows.where(row)
        x, y, w, h = rect.tolist()
        if self.index[row] < 0:
            return FormatError(
                path, place,
                f"{self.file.frame_words(self.rows.frame[row])} is not in the clip",
                "Give the pictures that belong to this file",
            )  # fmt: skip
        if not all(abs(value) < _FAR for value in (x, y, w, h)):
            return FormatError(path, place, "a coordinate is not a number of pixels", "Correct it")
        if not (np.isnan(score) or 0 <= score <= 1):
            return FormatError(
                path, place, f"score {score:g} is not between 0 and 1", "Scale scores to 0..1"
            )
        if not (_to_units(rect[2:]) > 0).all():
            return FormatError(
                path, place, f"a box of {w:g}×{h:g} px has no area", "Correct or remove it"
            )
        return FormatError(
            path, place,
            f"the box {x:g},{y:g} {w:g}×{h:g} lies outside the frame of "
            f"{size[0]:g}×{size[1]:g} px",
            "Check that file and frames belong together",
        )  # fmt: skip

    def _refuse_too_many(self, kept: Flags) -> None:
        """Refuse more labels of a capability than a frame or a clip may have."""
        for at, capability in enumerate(_CAPABILITIES):
            rows = np.flatnonzero(kept & (self.capability == at))
            per_frame = np.bincount(self.index[rows], minlength=1)
            most = int(per_frame.argmax())
            if per_frame[most] > LABELS_PER_FRAME:
                path, place = self.rows.where(int(rows[self.index[rows] == most][0]))
                what = f"the frame {self.manifest.frames[most].name} has {per_frame[most]:,} labels"
                bound = LABELS_PER_FRAME
            elif len(rows) > LABELS_PER_CLIP:
                path, place = self.file.path, ""
                what, bound = f"the clip has {len(rows):,} labels", LABELS_PER_CLIP
            else:
                continue
            raise FormatError(
                path, place, f"{what} of {capability}, more than {bound:,}",
                "Leave out what the detector hardly believed (--min-score)",
            )  # fmt: skip

    def _refuse_long_names(self, kept: Flags) -> None:
        names, tracks = self.rows.names, self.rows.tracks
        longest = max(map(len, filter(None, (*set(names), *set(tracks)))), default=0)
        if longest <= LABEL_NAME_LENGTH:
            return
        for row in np.flatnonzero(kept).tolist():
            if max(len(names[row] or ""), len(tracks[row] or "")) > LABEL_NAME_LENGTH:
                path, place = self.rows.where(row)
                self.bad.add(
                    FormatError(
                        path, place, f"an id has more than {LABEL_NAME_LENGTH} characters",
                        "Give it a shorter one",
                    )
                )  # fmt: skip
                kept[row] = False

    # -- making labels

    def _document(
        self, capability: Capability, mine: Flags, rects: Floats, units: Ints, scores: Floats
    ) -> Document:
        """Make the document of one capability; repeated ids in a frame leave ``mine``."""
        rows = np.flatnonzero(mine)
        rows = rows[np.argsort(self.index[rows], kind="stable")]
        count = len(self.manifest.frames)
        starts = np.searchsorted(self.index[rows], np.arange(count + 1))
        if capability is Capability.BALL:
            units = self._ball_units(rects)
        marks = self.file.marks

        def frames() -> Iterator[Frame]:
            for first in range(0, count, _STRETCH):
                self.progress("frames made", first, count)
                last = min(first + _STRETCH, count)
                part = rows[starts[first] : starts[last]]
                labels = self._labels(capability, part, units[part], scores[part], mine)
                begins = (starts[first : last + 1] - starts[first]).tolist()
                for at in range(last - first):
                    found = labels[begins[at] : begins[at + 1]]
                    mark = marks.get(first + at)
                    if mark is None:
                        yield make_frame([label for label in found if label is not None])
                    else:
                        yield make_frame(
                            [label for label in found if label is not None],
                            mark.flags.get(capability, ()),
                            mark.ball if capability is Capability.BALL else None,
                            left_out=capability in mark.left_out,
                        )

        return Document.from_frames(capability, frames())

    def _labels(
        self, capability: Capability, rows: Ints, units: Ints, scores: Floats, mine: Flags
    ) -> list[Label | None]:
        """Make the labels of some rows, None for one whose id its frame already has."""
        stored = np.rint(np.nan_to_num(scores) * SCORE_UNIT).astype(np.int64).tolist()
        for at in np.flatnonzero(np.isnan(scores)).tolist():
            stored[at] = None
        names, tracks, made = self.rows.names, self.rows.tracks, self.rows.made
        numbers, indices = rows.tolist(), self.index[rows].tolist()
        # Columns, not rows: a list for each label would keep the garbage collector busy.
        places = zip(*(column.tolist() for column in units.T), strict=True)
        make: Callable[..., Label] = Ball if capability is Capability.BALL else Box
        found: list[Label | None] = []
        frame, seen = -1, dict[str, int]()
        for row, index, place, score in zip(numbers, indices, places, stored, strict=True):
            if index != frame:
                frame, seen = index, {}
            name = names[row] or _by_order(len(seen))
            if name in seen:
                self._refuse_twice(row, seen[name], name)
                mine[row] = False
                found.append(None)
                continue
            seen[name] = row
            found.append(made.get(row) or make(name, *place, score, _MODEL, None, tracks[row]))
        return found

    def _refuse_twice(self, row: int, earlier: int, name: str) -> None:
        path, place = self.rows.where(row)
        frame = self.manifest.frames[int(self.index[row])].name
        self.bad.add(
            FormatError(
                path, place,
                f"the frame {frame} has the id {name} twice (also {self.rows.where(earlier)[1]})",
                "Give each label of a frame its own id",
            )
        )  # fmt: skip

    def _ball_units(self, rects: Floats) -> Ints:
        """Return x, y, size in 1/100 px of every box as a ball."""
        sizes = np.array([(f.width, f.height) for f in self.manifest.frames], np.float64)
        most = _to_units(sizes)[np.maximum(self.index, 0)]
        centres = np.clip(_to_units(rects[:, :2] + rects[:, 2:] / 2), 0, most)
        size = np.maximum(_to_units(rects[:, 2:].mean(axis=1)), 1)
        return np.column_stack((centres, size))

    def _looks(self, kept: Flags, rects: Floats) -> Iterator[CategoryLook]:
        for at, name in enumerate(self.file.categories):
            mine = kept & (self.category == at)
            count = int(np.count_nonzero(mine))
            if count:
                width, height = np.median(rects[mine, 2:], axis=0).round(2).tolist()
                yield CategoryLook(name, self.means[name.casefold()], count, width, height)


@functools.cache
def _by_order(labels_before: int) -> str:
    """Name a label that has no name, by its order in the frame."""
    return f"d{labels_before + 1:03d}"


def _to_units(pixels: Floats) -> Ints:
    """Convert pixels to 1/100 px, halves away from zero; NaN and what is far away become 0."""
    near = np.where(np.abs(pixels) < _FAR, pixels, 0.0)
    return (np.floor(np.abs(near) * UNIT + 0.5) * np.sign(near)).astype(np.int64)


def _clip(rects: Floats, size: Floats) -> tuple[Ints, Flags]:
    """Return left, top, width, height in 1/100 px of what is in the frame, and whether any is."""
    stored = _to_units(rects)
    first = np.maximum(stored[:, :2], 0)
    last = np.minimum(stored[:, :2] + stored[:, 2:], _to_units(size))
    return np.concatenate((first, last - first), axis=1), (last > first).all(axis=1)


def _touches(rects: Floats, size: Floats) -> Flags:
    """Say whether any of each box is in its frame, even less than 1/100 px."""
    last = np.minimum(rects[:, :2] + rects[:, 2:], size)
    touches: Flags = np.all(last > np.maximum(rects[:, :2], 0), axis=1)
    return touches


def _ints(column: object) -> Ints:
    return np.array(column, np.int64)


def _no_ints() -> Ints:
    return np.zeros(0, np.int64)
