"""What the readers share: boxes in pixels become the labels of frames, checked one by one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import (
    Ball,
    Box,
    Capability,
    Label,
    make_frame,
    to_score,
    to_units,
)
from prelabel_tui.core.model.media import Manifest
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.formats.errors import FormatError
from prelabel_tui.formats.input_file import read_text

PREFIXES: Final = {Capability.PLAYER: "p", Capability.BALL: "b"}
"""What a track number is prefixed with to make a label id."""

_FAR: Final = 1e9
_TOLD_EVERY: Final = 1_000


@dataclass
class Tally:
    """How many labels of one capability a file gave."""

    kept: int = 0
    below_score: int = 0
    clipped: int = 0


@dataclass(frozen=True)
class Loaded:
    """What a reader gives back: a document and a tally for each capability it read.

    ``left_out``: labels by the name of a category that was to be left out.
    """

    documents: dict[Capability, Document]
    tallies: dict[Capability, Tally]
    left_out: Mapping[str, int] = field(default_factory=dict)


@dataclass
class Gathering:
    """Collects labels for the frames of a clip.

    Boxes are in pixels of the full-size frame.  A ball box becomes a point: its centre, with the
    mean of its width and height as size.
    """

    manifest: Manifest
    min_score: Mapping[Capability, float] = field(default_factory=dict)
    progress: Progress = unwatched

    def __post_init__(self) -> None:
        self._labels: dict[Capability, list[list[Label]]] = {}
        self._places: dict[tuple[Capability, int, str], str] = {}
        self._read = 0
        self.tallies: dict[Capability, Tally] = {}

    def expect(self, capability: Capability) -> None:
        """There will be a document of this capability, even if no label comes."""
        if capability not in self._labels:
            self._labels[capability] = [[] for _ in self.manifest.frames]
            self.tallies[capability] = Tally()

    def add(
        self,
        path: Path,
        place: str,
        capability: Capability,
        index: int,
        rect: tuple[float, float, float, float],
        score: float | None,
        label_id: str | None,
    ) -> None:
        """One box: left, top, width, height.  FormatError when it cannot be a label."""
        self.expect(capability)
        self._read += 1
        if self._read % _TOLD_EVERY == 0:
            self.progress("labels read", self._read, None)
        frames = self.manifest.frames
        if not 0 <= index < len(frames):
            raise FormatError(
                path,
                place,
                f"frame {index + 1} is beyond the clip of {len(frames)} frames",
                "Give the frames that belong to this file",
            )
        if not all(abs(value) < _FAR for value in rect):  # false for NaN, too
            raise FormatError(path, place, "a coordinate is no number of pixels", "Correct it")
        try:
            stored_score = None if score is None else to_score(score)
        except ValueError as error:
            raise FormatError(path, place, str(error), "Scale scores to 0..1") from error
        tally = self.tallies[capability]
        if score is not None and score < self.min_score.get(capability, 0.0):
            tally.below_score += 1
            return
        frame = frames[index]
        clipped = _clip(path, place, rect, frame.width, frame.height)
        if clipped != tuple(to_units(value) for value in rect):
            tally.clipped += 1
        name = self._name(path, place, capability, index, label_id)
        self._keep(
            capability,
            index,
            _ball(name, rect, frame.width, frame.height, stored_score)
            if capability is Capability.BALL
            else Box(name, *clipped, stored_score),
        )

    def _name(
        self, path: Path, place: str, capability: Capability, index: int, label_id: str | None
    ) -> str:
        name = label_id or f"d{len(self._labels[capability][index]) + 1:03d}"
        earlier = self._places.setdefault((capability, index, name), place)
        if earlier != place:
            raise FormatError(
                path,
                place,
                f"frame {index + 1} has the id {name} twice (also {earlier})",
                "Give each label of a frame its own id",
            )
        return name

    def _keep(self, capability: Capability, index: int, label: Label) -> None:
        self._labels[capability][index].append(label)
        self.tallies[capability].kept += 1

    def loaded(self) -> Loaded:
        """All that was added."""
        documents = {
            capability: Document.from_frames(capability, (make_frame(labels) for labels in frames))
            for capability, frames in self._labels.items()
        }
        return Loaded(documents, self.tallies)


def _clip(
    path: Path, place: str, rect: tuple[float, float, float, float], width: int, height: int
) -> tuple[int, int, int, int]:
    """Left, top, width, height in 1/100 px of what lies in the frame."""
    x, y, w, h = (to_units(value) for value in rect)
    if w <= 0 or h <= 0:
        raise FormatError(
            path, place, f"a box of {rect[2]:g}×{rect[3]:g} px has no area", "Correct or remove it"
        )
    left, top = max(0, x), max(0, y)
    right, bottom = min(to_units(width), x + w), min(to_units(height), y + h)
    if right <= left or bottom <= top:
        raise FormatError(
            path,
            place,
            f"the box {rect[0]:g},{rect[1]:g} {rect[2]:g}×{rect[3]:g} lies outside the frame of "
            f"{width}×{height} px",
            "Check that file and frames belong together",
        )
    return left, top, right - left, bottom - top


def _ball(
    name: str,
    rect: tuple[float, float, float, float],
    width: int,
    height: int,
    score: int | None,
) -> Ball:
    left, top, w, h = rect
    x = min(max(to_units(left + w / 2), 0), to_units(width))
    y = min(max(to_units(top + h / 2), 0), to_units(height))
    return Ball(name, x, y, max(1, to_units((w + h) / 2)), score)


def read_json(path: Path, progress: Progress) -> Any:
    """The document of a JSON file.  FormatError names the line of what is no JSON."""
    text = read_text(path, progress)
    try:
        return msgspec.json.decode(text)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at ")
        raise FormatError(path, where.strip("`"), what, "Correct it") from error
    except msgspec.DecodeError as error:
        at = re.search(r"byte ([0-9]+)", str(error))
        line = text.encode()[: int(at[1])].count(b"\n") + 1 if at else text.count("\n") + 1
        reason = str(error).removeprefix("JSON is malformed: ")
        raise FormatError(
            path, f"line {line}", f"is no JSON ({reason})", "Mend that line"
        ) from error
    except RecursionError as error:
        raise FormatError(path, "", "is nested too deeply", "Give a COCO file") from error
