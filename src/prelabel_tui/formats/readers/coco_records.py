"""What stands in COCO files: images, annotations and results, with what an export of ours adds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec

from prelabel_tui.core.ingest.pairing import ListedFrame
from prelabel_tui.core.model.labels import (
    UNIT,
    Ball,
    BallState,
    Box,
    Capability,
    Flag,
    Label,
    Origin,
    to_score,
    to_units,
)
from prelabel_tui.core.model.media import LARGEST_SIDE, LONGEST_FRAME_NAME
from prelabel_tui.formats.errors import FormatError

_ID: Final = 2**53
_LONGEST_ID: Final = 200
_CLOSE: Final = 0.02
"""How far, in px, the box of a ball of ours may lie from its point and size."""

_Id = Annotated[int, msgspec.Meta(ge=-_ID, le=_ID)]
_Side = Annotated[int, msgspec.Meta(ge=1, le=LARGEST_SIDE)]
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_FRAME_NAME)]
_Track = int | Annotated[str, msgspec.Meta(max_length=_LONGEST_ID)] | None


class Image(msgspec.Struct, gc=False):
    """An image of the list."""

    id: _Id
    file_name: _Name
    width: _Side
    height: _Side
    video_id: _Id | None = None
    frame_id: _Id | None = None
    # What an export of ours adds.
    workspace: str | None = None
    media: str | None = None
    frame_index: Annotated[int, msgspec.Meta(ge=0, le=_ID)] | None = None
    frame_name: _Name | None = None
    video_frame: Annotated[int, msgspec.Meta(ge=0, le=_ID)] | None = None
    labelled: tuple[Capability, ...] | None = None
    flags: dict[Capability, tuple[Flag, ...]] | None = None
    ball_state: BallState | None = None

    def listed(self) -> ListedFrame:
        """Return the image as a frame of the clip; of an export of ours, the frame that it was."""
        at = self.video_frame
        if at is None and self.frame_index is not None and self.file_name.isdecimal():
            at = self.frame_index  # older exports called the frames of a video by their number
        other_names = () if self.frame_name is None else (self.file_name,)
        name = self.frame_name or self.file_name
        number = None if self.frame_name is None else self.frame_index
        return ListedFrame(name, (self.width, self.height), at, other_names, number)


class Named(msgspec.Struct, gc=False):
    """A category, or a video."""

    id: _Id
    name: str


class Video(Named, gc=False):
    """A clip; ``fps`` is in frames per second."""

    fps: Annotated[float, msgspec.Meta(ge=0.01, le=10_000)] | None = None


class _Revision(msgspec.Struct, gc=False):
    capability: Capability | None = None


class _Info(msgspec.Struct, gc=False):
    revisions: list[_Revision] | None = None


class File(msgspec.Struct):
    """A file with a list of images; its annotations are read apart."""

    images: list[Image]
    annotations: msgspec.Raw = msgspec.Raw(b"[]")
    categories: list[Named] = []
    videos: list[Video] = []
    info: Any = None

    def spoken_of(self, images: Sequence[Image]) -> frozenset[Capability]:
        """Return the capabilities that an export of ours was made of, for these of its images."""
        if any(image.labelled is not None for image in images):
            return frozenset(c for image in images for c in image.labelled or ())
        try:
            revisions = msgspec.convert(self.info, _Info).revisions
        except msgspec.ValidationError:
            revisions = None
        if not revisions or not any(image.flags is not None for image in images):
            return frozenset()
        return frozenset(revision.capability for revision in revisions if revision.capability)


class _Attributes(msgspec.Struct, gc=False):
    track_id: _Track = None


class _Rect(msgspec.Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    """A ``bbox``; a tuple for each label would keep the garbage collector busy."""

    x: float
    y: float
    w: float
    h: float


class Item(msgspec.Struct, gc=False):
    """An annotation, or a result."""

    image_id: _Id
    category_id: _Id
    bbox: _Rect
    score: float | None = None
    id: int | str | None = None
    file_name: str | None = None
    track_id: _Track = None
    instance_id: _Track = None
    attributes: _Attributes | None = None
    iscrowd: int | bool = 0
    ignore: int | bool = 0
    # What an export of ours adds.
    track: Annotated[str, msgspec.Meta(max_length=_LONGEST_ID)] | None = None
    label_id: Annotated[str, msgspec.Meta(min_length=1, max_length=_LONGEST_ID)] | None = None
    origin: Origin | None = None
    point: tuple[float, float] | None = None
    keypoints: tuple[float, ...] | None = None
    size: float | None = None
    was: tuple[float | None, ...] | None = None

    @property
    def is_plain(self) -> bool:
        """Whether it has a box and nothing more to look at."""
        return (
            self.file_name is None
            and self.track_id is None
            and self.attributes is None
            and self.instance_id is None
            and self.origin is None
        )

    def name(self, *, is_result: bool) -> str | None:
        """Return what an export of ours called it, else a name made of an annotation's id."""
        if self.label_id is not None or is_result or self.id is None:
            return self.label_id
        return f"a{self.id}"

    def source_track(self, path: Path, place: str) -> str | None:
        """Return what the source calls its track, if anything.  FormatError for two names."""
        if self.origin is not None:
            return self.track
        inner = self.attributes.track_id if self.attributes else None
        if self.track_id is None and self.instance_id is None and inner is None:
            return None
        given = {t for t in (self.track_id, self.instance_id, inner) if t is not None}
        if len({str(track) for track in given}) > 1:
            raise FormatError(
                path, place, f"has the tracks {' and '.join(sorted(map(str, given)))}",
                "Keep one of them",
            )  # fmt: skip
        return str(given.pop())

    def as_it_was(self, path: Path, place: str) -> Label:
        """Return the label that an export of ours wrote.  FormatError if its box was changed."""
        box, point = self.bbox, self.point
        if point is None and self.keypoints and self.keypoints[2:3] != (0,):
            point = (self.keypoints[0], self.keypoints[1])
        try:
            more = {
                "id": self.label_id or f"a{self.id}",
                "score": None if self.score is None else to_score(self.score),
                "origin": self.origin or Origin.MODEL,
                "was": self.was and tuple(None if v is None else to_units(v) for v in self.was),
                "track": self.track,
            }
            if point is None:
                x, y, w, h = (to_units(value) for value in (box.x, box.y, box.w, box.h))
                return msgspec.convert({"kind": "box", "x": x, "y": y, "w": w, "h": h, **more}, Box)
            x, y = (to_units(value) for value in point)
            size = None if self.size is None else to_units(self.size)
            ball = msgspec.convert({"kind": "ball", "x": x, "y": y, "size": size, **more}, Ball)
        except (ValueError, msgspec.ValidationError) as error:
            raise FormatError(
                path, place, f"is not as it was exported ({error})",
                "Correct it, or remove its origin",
            ) from error  # fmt: skip
        middle = (box.x + box.w / 2, box.y + box.h / 2)
        if any(abs(a - b / UNIT) > _CLOSE for a, b in zip(middle, (ball.x, ball.y), strict=True)):
            raise FormatError(
                path, place, f"its point {point[0]:g},{point[1]:g} is not the middle of its bbox",
                "Correct one of the two, or remove the point",
            )  # fmt: skip
        return ball
