"""COCO files: an image list and its annotations, or a detector's results with scores.

The image list is the clip: its images, in natural order of their file names.  Results have no
ids; labels are named by their order in the frame (``d001``), annotations by theirs (``a17``).
What an export of ours says beyond COCO (names, origins, points, flags, what the model had said)
comes back as it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Final

import msgspec

from prelabel_tui.core.ingest.pairing import Listed, ListedFrame
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
from prelabel_tui.core.model.media import LARGEST_SIDE, LONGEST_FRAME_NAME, natural_key
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.formats.errors import BadLabels, FormatError
from prelabel_tui.formats.input_file import read_bytes
from prelabel_tui.formats.labels_file import FrameMarks, LabelFile, Rows, SequenceInfo
from prelabel_tui.formats.records import decode_items, read_json

_ID: Final = 2**53
_LONGEST_ID: Final = 200
_TOLD_EVERY: Final = 20_000
_CLOSE: Final = 0.02
"""How far, in px, the box of a ball of ours may lie from its point and size."""

_Id = Annotated[int, msgspec.Meta(ge=-_ID, le=_ID)]
_Side = Annotated[int, msgspec.Meta(ge=1, le=LARGEST_SIDE)]
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_FRAME_NAME)]
_Track = int | Annotated[str, msgspec.Meta(max_length=_LONGEST_ID)] | None
_Units = Annotated[int, msgspec.Meta(ge=-(10**11), le=10**11)]


class _Image(msgspec.Struct, gc=False):
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


class _Named(msgspec.Struct, gc=False):
    id: _Id
    name: str


class _Video(_Named, gc=False):
    fps: Annotated[float, msgspec.Meta(ge=0.01, le=10_000)] | None = None


class _Revision(msgspec.Struct, gc=False):
    capability: Capability | None = None


class _Info(msgspec.Struct, gc=False):
    revisions: list[_Revision] | None = None


class _File(msgspec.Struct):
    images: Annotated[list[_Image], msgspec.Meta(min_length=1)]
    annotations: msgspec.Raw = msgspec.Raw(b"[]")
    categories: list[_Named] = []
    videos: list[_Video] = []
    info: Any = None


class _Attributes(msgspec.Struct, gc=False):
    track_id: _Track = None


class _Rect(msgspec.Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    """A ``bbox``; a tuple for each label would keep the garbage collector busy."""

    x: float
    y: float
    w: float
    h: float


class _Item(msgspec.Struct, gc=False):
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


@dataclass(frozen=True)
class CocoImages:
    """An image list that was read: the images of one clip in order, categories by id."""

    path: Path
    images: tuple[_Image, ...]
    other_images: frozenset[int]
    categories: Mapping[int, str]
    annotations: msgspec.Raw
    spoken_of: frozenset[Capability]
    rate: float | None

    @property
    def frames(self) -> Listed:
        """The clip."""
        return Listed(tuple(image.listed() for image in self.images))


def read_images(path: Path, clip: str | None = None, progress: Progress = unwatched) -> CocoImages:
    """Read the image list of a COCO file; ``clip`` names one of several clips.  FormatError."""
    found = read_json(path, _File, "coco", progress=progress)
    chosen = _of_clip(path, found, clip)
    seen: dict[object, int] = {}
    for number, image in chosen:
        place = f"image {number}"
        name = image.file_name
        if "\0" in name:
            raise FormatError(path, place, "the file_name is not a file name", "Correct it")
        if "/" in name or name == "..":
            name = str(PurePosixPath(name))
        if name.startswith("/") or ".." in name.split("/"):
            raise FormatError(
                path, place, f"{image.file_name!r} leads out of the folder of frames",
                "Write names relative to it",
            )  # fmt: skip
        for key in (image.id, name):
            if (earlier := seen.setdefault(key, number)) != number:
                field = "id" if isinstance(key, int) else "file_name"
                raise FormatError(
                    path, place, f"the {field} {key} occurs twice (also image {earlier})",
                    "Give each image its own id and name",
                )  # fmt: skip
    images = [image for _, image in chosen]
    if all(image.frame_name is not None for image in images):
        images.sort(key=lambda image: image.frame_index or 0)
    else:
        images.sort(key=lambda image: natural_key(image.file_name))
    _refuse_other_order(path, images)
    return CocoImages(
        path,
        tuple(images),
        frozenset(image.id for image in found.images) - {image.id for image in images},
        _categories(path, found.categories),
        found.annotations,
        _spoken_of(found.info, images),
        next((v.fps for v in found.videos if v.id == images[0].video_id), None),
    )


def read_coco(
    listed: CocoImages,
    results: Sequence[Path] = (),
    bad: BadLabels | None = None,
    progress: Progress = unwatched,
) -> LabelFile:
    """Read labels from results files, else from the image list's own annotations.

    FormatError names the item.
    """
    reading = _Reading(listed, bad or BadLabels(), progress)
    for path in results:
        reading.read(path, read_bytes(path, progress), "item")
    if not results:
        reading.read(listed.path, bytes(listed.annotations), "annotation")
    return reading.labels("COCO results" if results else "COCO annotations")


class _Reading:
    def __init__(self, listed: CocoImages, bad: BadLabels, progress: Progress) -> None:
        self.listed, self.bad, self.progress = listed, bad, progress
        self.rows = Rows("item")
        self.indices = {image.id: index for index, image in enumerate(listed.images)}
        self.category_index = {id_: at for at, id_ in enumerate(listed.categories)}
        self.left_out: Counter[str] = Counter()

    def read(self, path: Path, data: bytes, unit: str) -> None:
        """Add the items of a file."""
        self.rows.unit = unit
        self.rows.paths.append(path)
        indices, known = self.indices, self.category_index
        kept: list[_Item] = []
        places: list[int] = []
        frames: list[int] = []
        categories: list[int] = []
        tracks: list[str | None] = []
        for number, item in decode_items(path, data, _Item, "coco", unit, self.bad):
            if number % _TOLD_EVERY == 0:
                self.progress("labels read", number)
            if item.iscrowd or item.ignore:
                self.left_out["iscrowd" if item.iscrowd else "ignore"] += 1
                continue
            index, category = indices.get(item.image_id), known.get(item.category_id)
            if index is None and item.image_id in self.listed.other_images:
                self.left_out["of other clips"] += 1
                continue
            track = None
            try:
                if index is None or category is None:
                    raise self._not_listed(path, f"{unit} {number}", item, index)
                if not item.is_plain:
                    track = self._more(path, f"{unit} {number}", item, index, len(kept))
            except FormatError as error:
                self.bad.add(error)
                continue
            kept.append(item)
            places.append(number)
            frames.append(index)
            categories.append(category)
            tracks.append(track)
        self.rows.extend(
            len(self.rows.paths) - 1,
            places,
            frames,
            categories,
            ((box.x, box.y, box.w, box.h) for box in [item.bbox for item in kept]),
            (item.score for item in kept),
            (item.name(is_result=unit == "item") for item in kept),
            tracks,
        )

    def _more(self, path: Path, place: str, item: _Item, index: int, row: int) -> str | None:
        """Take what few items have: a file name, a track (returned), a whole label."""
        if item.file_name is not None:
            self._refuse_other_name(path, place, item, index)
        track = self._track(path, place, item)
        if item.origin is not None:
            made = self._as_it_was(path, place, item, track)
            if made is not None:
                self.rows.made[len(self.rows) + row] = made
        return track

    def labels(self, dialect: str) -> LabelFile:
        """All that was read."""
        listed = self.listed
        marks = {
            at: FrameMarks(image.flags or {}, image.ball_state)
            for at, image in enumerate(listed.images)
            if image.flags is not None or image.ball_state is not None
        }
        return LabelFile(
            "coco",
            dialect,
            listed.path,
            listed.frames,
            self.rows,
            tuple(listed.categories.values()),
            declared=listed.spoken_of,
            left_out=self.left_out,
            info=None if listed.rate is None else SequenceInfo(listed.path, rate=listed.rate),
            marks=marks,
        )

    def _not_listed(self, path: Path, place: str, item: _Item, index: int | None) -> FormatError:
        if index is None:
            return FormatError(
                path, place, f"image {item.image_id} is not in {self.listed.path.name}",
                "Give the image list that belongs to this file",
            )  # fmt: skip
        return FormatError(
            path, place, f"category {item.category_id} is not in {self.listed.path.name}",
            "Add it to the categories there",
        )  # fmt: skip

    def _refuse_other_name(self, path: Path, place: str, item: _Item, index: int) -> None:
        image = self.listed.images[index]
        names = (PurePosixPath(item.file_name or "").name, PurePosixPath(image.file_name).name)
        if names[0] != names[1]:
            raise FormatError(
                path, place,
                f"its file_name is {item.file_name!r}, and image {image.id} is "
                f"{image.file_name!r} in {self.listed.path.name}",
                "Give the image list that belongs to this file",
            )  # fmt: skip

    def _track(self, path: Path, place: str, item: _Item) -> str | None:
        if item.origin is not None:
            return item.track
        inner = item.attributes.track_id if item.attributes else None
        if item.track_id is None and item.instance_id is None and inner is None:
            return None
        given = {t for t in (item.track_id, item.instance_id, inner) if t is not None}
        if len({str(track) for track in given}) > 1:
            raise FormatError(
                path, place, f"has the tracks {' and '.join(sorted(map(str, given)))}",
                "Keep one of them",
            )  # fmt: skip
        return str(given.pop())

    def _as_it_was(self, path: Path, place: str, item: _Item, track: str | None) -> Label | None:
        """Return the label that an export of ours wrote.  FormatError if its box was changed."""
        try:
            score = None if item.score is None else to_score(item.score)
            name = item.label_id or f"a{item.id}"
            box = item.bbox
            x, y, w, h = (to_units(value) for value in (box.x, box.y, box.w, box.h))
            was = item.was and tuple(None if v is None else to_units(v) for v in item.was)
            origin = item.origin or Origin.MODEL
            point = item.point
            if point is None and item.keypoints and item.keypoints[2:3] != (0,):
                point = (item.keypoints[0], item.keypoints[1])
            if point is None:
                return msgspec.convert(
                    {"kind": "box", "id": name, "x": x, "y": y, "w": w, "h": h, "score": score,
                     "origin": origin, "was": was, "track": track}, Box,
                )  # fmt: skip
            size = None if item.size is None else to_units(item.size)
            ball = msgspec.convert(
                {"kind": "ball", "id": name, "x": to_units(point[0]), "y": to_units(point[1]),
                 "size": size, "score": score, "origin": origin, "was": was,
                 "track": track}, Ball,
            )  # fmt: skip
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


def _of_clip(path: Path, found: _File, clip: str | None) -> list[tuple[int, _Image]]:
    """Return the images of one clip, with their numbers in the file."""
    numbered = list(enumerate(found.images, start=1))
    videos = {video.id: video.name for video in found.videos}

    def name_of(image: _Image) -> str:
        if image.workspace is not None and image.media is not None:
            return f"{image.workspace}/{image.media}"
        if image.video_id is not None and len(videos) > 1:
            return videos.get(image.video_id, str(image.video_id))
        return ""

    names = list(dict.fromkeys(name_of(image) for image in found.images))
    if clip is None and len(names) == 1:
        return numbered
    chosen = [(number, image) for number, image in numbered if name_of(image) == clip]
    if not chosen:
        shown = ", ".join(repr(name) for name in names[:5]) + (", …" if len(names) > 5 else "")
        what = "holds several clips" if clip is None else f"has no clip {clip!r}"
        raise FormatError(path, "", f"{what}: {shown}", "Say which with --clip")
    return chosen


def _refuse_other_order(path: Path, images: Sequence[_Image]) -> None:
    """Frame numbers that a file gives beside the names must be in the same order."""
    for field in ("frame_id", "frame_index"):
        numbers = [getattr(image, field) for image in images]
        if None in numbers:
            continue
        for earlier, later, number, after in zip(
            images, images[1:], numbers, numbers[1:], strict=False
        ):
            if after <= number:
                raise FormatError(
                    path, f"image {later.id}",
                    f"{later.file_name!r} has {field} {after}, and {earlier.file_name!r}, which "
                    f"comes before it by name, has {number}",
                    "Correct the names or the numbers",
                )  # fmt: skip


def _categories(path: Path, items: Sequence[_Named]) -> dict[int, str]:
    found: dict[int, str] = {}
    for number, item in enumerate(items, start=1):
        if item.id in found:
            raise FormatError(path, f"category {number}", f"the id {item.id} occurs twice",
                              "Use each id once")  # fmt: skip
        found[item.id] = item.name
    return found


def _spoken_of(info: Any, images: Sequence[_Image]) -> frozenset[Capability]:
    """Return the capabilities that an export of ours was made of."""
    if any(image.labelled is not None for image in images):
        return frozenset(c for image in images for c in image.labelled or ())
    try:
        revisions = msgspec.convert(info, _Info).revisions
    except msgspec.ValidationError:
        revisions = None
    if not revisions or not any(image.flags is not None for image in images):
        return frozenset()
    return frozenset(revision.capability for revision in revisions if revision.capability)
