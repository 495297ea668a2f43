"""Records from before lineage and ball geometry were captured (docs/formats.md has the layout).

One JSON file holds a clip, its drafts and its revisions.  Places are pixels from 0; a ball point
may have no ``size``.  Labels are keyed by the names of the frames.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from prelabel_tui.core.bounds import LABEL_NAME_LENGTH, LABELS_PER_FRAME
from prelabel_tui.core.ingest.import_legacy import LegacyRevision
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import (
    Ball,
    BallState,
    Box,
    Capability,
    Flag,
    Label,
    make_frame,
    to_score,
    to_units,
)
from prelabel_tui.core.model.media import LARGEST_SIDE, Manifest, MediaFrame
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.formats.errors import FormatError
from prelabel_tui.formats.records import read_json

_Pixels = Annotated[float, msgspec.Meta(gt=-1e9, lt=1e9)]
_Extent = Annotated[float, msgspec.Meta(ge=0.01, lt=1e9)]
_Score = Annotated[float, msgspec.Meta(ge=0, le=1)]
_Side = Annotated[int, msgspec.Meta(ge=1, le=LARGEST_SIDE)]
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=LABEL_NAME_LENGTH)]


class _Record(msgspec.Struct, forbid_unknown_fields=True):
    """A part of the file: what is not in the layout is refused, not ignored."""


class _Image(_Record):
    name: _Name
    width: _Side
    height: _Side
    time: Annotated[float, msgspec.Meta(ge=0, lt=1e7)] = 0.0


class _Point(_Record):
    x: _Pixels
    y: _Pixels
    id: _Name | None = None
    size: _Extent | None = None
    score: _Score | None = None


class _Rect(_Record):
    x: _Pixels
    y: _Pixels
    width: _Extent
    height: _Extent
    id: _Name | None = None
    score: _Score | None = None


class _Frame(_Record):
    flags: tuple[Flag, ...] = ()
    ball: BallState | None = None
    points: tuple[_Point, ...] = ()
    boxes: tuple[_Rect, ...] = ()


class _Draft(_Record):
    capability: Capability
    frames: dict[str, _Frame]


class _Revision(_Draft):
    number: Annotated[int, msgspec.Meta(ge=1)]
    published_at: Annotated[dt.datetime, msgspec.Meta(tz=True)]
    published_by: _Name


class _File(_Record):
    format: Literal["prelabel-legacy"]
    version: Literal[1]
    workspace: str
    media: str
    images: Annotated[tuple[_Image, ...], msgspec.Meta(min_length=1)]
    fps: Annotated[float, msgspec.Meta(ge=0.01, le=10_000)] | None = None
    drafts: tuple[_Draft, ...] = ()
    revisions: tuple[_Revision, ...] = ()


@dataclass(frozen=True)
class LegacyFile:
    """A file's content.  ``manifest`` knows no pictures; ``revisions`` are in order."""

    workspace: str
    media: str
    manifest: Manifest
    drafts: Mapping[Capability, Document]
    revisions: tuple[LegacyRevision, ...]


def read_legacy(path: Path, progress: Progress = unwatched) -> LegacyFile:
    """Read the records of a file.  FormatError names the item."""
    found = read_json(path, _File, "legacy", progress=progress)
    manifest = Manifest(
        tuple(
            MediaFrame(
                image.name,
                image.width,
                image.height,
                round(image.time * 1_000_000),
                missing="no picture came with the legacy records",
            )
            for image in found.images
        ),
        round(found.fps * 1000) if found.fps else None,
    )
    names = [image.name for image in found.images]
    if len(set(names)) != len(names):
        raise FormatError(path, "images", "a name occurs twice", "Name each frame once")
    drafts: dict[Capability, Document] = {}
    for number, draft in enumerate(found.drafts, start=1):
        if draft.capability in drafts:
            raise FormatError(path, f"draft {number}", f"a second draft of {draft.capability}",
                              "Keep one draft for each capability")  # fmt: skip
        drafts[draft.capability] = _document(path, f"draft {number}", draft, manifest)
    return LegacyFile(
        found.workspace,
        found.media,
        manifest,
        drafts,
        _revisions(path, found.revisions, manifest),
    )


def _revisions(
    path: Path, found: Sequence[_Revision], manifest: Manifest
) -> tuple[LegacyRevision, ...]:
    revisions = []
    last = dict.fromkeys(Capability, 0)
    for record in sorted(found, key=lambda record: (record.capability, record.number)):
        place = f"revision {record.number} of {record.capability}"
        if record.number != last[record.capability] + 1:
            raise FormatError(path, place, "the numbers are not 1, 2, 3, …", "Number them in order")
        last[record.capability] = record.number
        if not 1900 < record.published_at.year < 9999:
            raise FormatError(path, place, "nothing was published then", "Correct published_at")
        revisions.append(
            LegacyRevision(
                record.capability,
                record.number,
                _document(path, place, record, manifest),
                record.published_at,
                record.published_by,
            )
        )
    return tuple(revisions)


def _document(path: Path, place: str, record: _Draft, manifest: Manifest) -> Document:
    known = {frame.name for frame in manifest.frames}
    for name in record.frames:
        if name not in known:
            raise FormatError(path, place, f"the frame {name!r} is not among the images",
                              "List it there")  # fmt: skip
    frames = []
    for media_frame in manifest.frames:
        given = record.frames.get(media_frame.name, _Frame())
        where = f"{place}, frame {media_frame.name}"
        labels = _labels(path, where, record.capability, given, media_frame)
        frames.append(make_frame(labels, set(given.flags), given.ball))
    return Document.from_frames(record.capability, frames)


def _labels(
    path: Path, place: str, capability: Capability, given: _Frame, frame: MediaFrame
) -> list[Label]:
    ball = capability is Capability.BALL
    if (given.boxes if ball else given.points) or (given.ball is not None and not ball):
        raise FormatError(path, place, f"labels of another capability than {capability}",
                          "Give points for the ball, boxes for players")  # fmt: skip
    count = len(given.points) + len(given.boxes)
    if count > LABELS_PER_FRAME:
        raise FormatError(path, place, f"{count:,} labels, more than {LABELS_PER_FRAME:,}",
                          "Leave out what is none")  # fmt: skip
    labels: list[Label] = []
    width, height = to_units(frame.width), to_units(frame.height)
    shapes: tuple[_Point | _Rect, ...] = (*given.points, *given.boxes)
    for number, one in enumerate(shapes, start=1):
        name = one.id or f"d{number:03d}"
        x, y = to_units(one.x), to_units(one.y)
        score = None if one.score is None else to_score(one.score)
        if isinstance(one, _Point):
            size = None if one.size is None else to_units(one.size)
            inside = 0 <= x <= width and 0 <= y <= height
            labels.append(Ball(name, x, y, size, score))
        else:
            w, h = to_units(one.width), to_units(one.height)
            inside = x >= 0 and y >= 0 and x + w <= width and y + h <= height
            labels.append(Box(name, x, y, w, h, score))
        if not inside:
            raise FormatError(path, place, f"the label {name} lies outside the frame of "
                              f"{frame.width}×{frame.height} px", "Correct it")  # fmt: skip
    if len({label.id for label in labels}) != len(labels):
        raise FormatError(path, place, "two labels have the same id", "Give each its own id")
    return labels
