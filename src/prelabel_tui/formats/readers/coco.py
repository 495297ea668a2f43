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
from typing import Final

import msgspec

from prelabel_tui.core.ingest.pairing import Listed
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.model.media import natural_key
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.formats.errors import BadLabels, FormatError
from prelabel_tui.formats.labels_file import FrameMarks, LabelFile, Rows, SequenceInfo
from prelabel_tui.formats.readers.coco_records import File, Image, Item, Named
from prelabel_tui.formats.records import decode_items, read_json, read_json_bytes

_TOLD_EVERY: Final = 20_000


@dataclass(frozen=True)
class CocoImages:
    """An image list that was read: the images of one clip in order, categories by id."""

    path: Path
    images: tuple[Image, ...]
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
    found = read_json(path, File, "coco", progress=progress)
    if not found.images:
        raise FormatError(path, "images", "lists no images", "Give the list of the clip's images")
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
        found.spoken_of(images),
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
        reading.read(path, read_json_bytes(path, progress), "item")
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
        kept: list[Item] = []
        places: list[int] = []
        frames: list[int] = []
        categories: list[int] = []
        tracks: list[str | None] = []
        for number, item in decode_items(path, data, Item, "coco-results", unit, self.bad):
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

    def _more(self, path: Path, place: str, item: Item, index: int, row: int) -> str | None:
        """Take what few items have: a file name, a track (returned), a whole label."""
        if item.file_name is not None:
            self._refuse_other_name(path, place, item, index)
        track = item.source_track(path, place)
        if item.origin is not None:
            self.rows.made[len(self.rows) + row] = item.as_it_was(path, place)
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

    def _not_listed(self, path: Path, place: str, item: Item, index: int | None) -> FormatError:
        if index is None:
            return FormatError(
                path, place, f"image {item.image_id} is not in {self.listed.path.name}",
                "Give the image list that belongs to this file",
            )  # fmt: skip
        return FormatError(
            path, place, f"category {item.category_id} is not in {self.listed.path.name}",
            "Add it to the categories there",
        )  # fmt: skip

    def _refuse_other_name(self, path: Path, place: str, item: Item, index: int) -> None:
        image = self.listed.images[index]
        names = (PurePosixPath(item.file_name or "").name, PurePosixPath(image.file_name).name)
        if names[0] != names[1]:
            raise FormatError(
                path, place,
                f"its file_name is {item.file_name!r}, and image {image.id} is "
                f"{image.file_name!r} in {self.listed.path.name}",
                "Give the image list that belongs to this file",
            )  # fmt: skip


def _of_clip(path: Path, found: File, clip: str | None) -> list[tuple[int, Image]]:
    """Return the images of one clip, with their numbers in the file."""
    numbered = list(enumerate(found.images, start=1))
    videos = {video.id: video.name for video in found.videos}

    def name_of(image: Image) -> str:
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


def _refuse_other_order(path: Path, images: Sequence[Image]) -> None:
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


def _categories(path: Path, items: Sequence[Named]) -> dict[int, str]:
    found: dict[int, str] = {}
    for number, item in enumerate(items, start=1):
        if item.id in found:
            raise FormatError(path, f"category {number}", f"the id {item.id} occurs twice",
                              "Use each id once")  # fmt: skip
        found[item.id] = item.name
    return found
