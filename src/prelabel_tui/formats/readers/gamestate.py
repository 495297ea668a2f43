"""SoccerNet game state: ``Labels-GameState.json``, or predictions in its form.

Image ids are text whose last six digits are the frame's number.  Places are ``bbox_image``; lines
of the pitch and cameras are left out.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Final

import msgspec

from prelabel_tui.core.ingest.pairing import LabelFrames, Listed, ListedFrame
from prelabel_tui.core.model.media import LARGEST_SIDE, LONGEST_FRAME_NAME, natural_key
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.formats.errors import BadLabels, FormatError
from prelabel_tui.formats.labels_file import LabelFile, Rows, SequenceInfo, numbered
from prelabel_tui.formats.records import decode_items, decode_json, read_json_bytes

_DIGITS: Final = 6
_Side = Annotated[int, msgspec.Meta(ge=1, le=LARGEST_SIDE)]
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_FRAME_NAME)]
_Text = Annotated[str, msgspec.Meta(max_length=200)]


class _Image(msgspec.Struct, gc=False):
    image_id: str
    file_name: _Name
    width: _Side
    height: _Side


class _Category(msgspec.Struct, gc=False):
    id: int
    name: str


class _Box(msgspec.Struct, gc=False):
    x: float
    y: float
    w: float
    h: float


class _Attributes(msgspec.Struct, gc=False):
    role: str | None = None


class _Annotation(msgspec.Struct, gc=False):
    image_id: str
    category_id: int | None = None
    supercategory: str = "object"
    id: str | int | None = None
    track_id: int | _Text | None = None
    attributes: _Attributes | None = None
    bbox_image: _Box | None = None
    score: float | None = None


class _Info(msgspec.Struct, gc=False):
    im_dir: str = "img1"
    frame_rate: Annotated[float, msgspec.Meta(ge=0.01, le=10_000)] | None = None


class _File(msgspec.Struct):
    images: list[_Image] = []
    annotations: msgspec.Raw = msgspec.Raw(b"")
    predictions: msgspec.Raw = msgspec.Raw(b"")
    categories: list[_Category] = []
    info: _Info | None = None


def pictures_of(path: Path) -> Path:
    """Find the folder of pictures that a file of labels names.  FormatError."""
    info = decode_json(path, read_json_bytes(path), _File, "game-state").info
    return path.absolute().parent / (info.im_dir if info else "img1")


def read_gamestate(
    path: Path, bad: BadLabels | None = None, progress: Progress = unwatched
) -> LabelFile:
    """Read labels or predictions.  FormatError names the item."""
    bad = bad or BadLabels()
    found = decode_json(path, read_json_bytes(path, progress), _File, "game-state")
    unit, raw = "annotation", found.annotations
    if not bytes(raw):
        unit, raw = "prediction", found.predictions
    if not bytes(raw):
        raise FormatError(
            path, "", "has neither annotations nor predictions", "Give a game state file"
        )
    images = sorted(found.images, key=lambda image: natural_key(image.file_name))
    place = {image.image_id: at for at, image in enumerate(images)}
    names = {category.id: category.name for category in found.categories}
    rows, left_out = Rows(unit, [path]), Counter[str]()
    categories: dict[str, int] = {}
    for number, item in decode_items(path, bytes(raw), _Annotation, "game-state", unit, bad):
        if item.supercategory != "object" or item.bbox_image is None:
            kind = item.supercategory
            left_out["without bbox_image" if kind == "object" else kind[:40]] += 1
            continue
        try:
            frame = _frame(path, f"{unit} {number}", item.image_id, place)
            role = item.attributes.role if item.attributes else None
            name = role or names.get(item.category_id or 0)
            if name is None:
                raise FormatError(
                    path, f"{unit} {number}", "has neither a role nor a known category",
                    "Correct it",
                )  # fmt: skip
        except FormatError as error:
            bad.add(error)
            continue
        box = item.bbox_image
        rows.add(
            0, number, frame, categories.setdefault(name, len(categories)),
            (box.x, box.y, box.w, box.h), item.score,
            None if item.id is None else f"a{item.id}",
            None if item.track_id is None else str(item.track_id),
        )  # fmt: skip
    frames: LabelFrames = Listed(
        tuple(ListedFrame(image.file_name, (image.width, image.height)) for image in images)
    )
    if not images:
        frames = numbered(rows, 1)
    rate = found.info.frame_rate if found.info else None
    return LabelFile(
        "game-state",
        f"SoccerNet game state, {unit}s",
        path,
        frames,
        rows,
        tuple(categories),
        left_out=left_out,
        info=None if rate is None else SequenceInfo(path, rate=rate),
    )


def _frame(path: Path, place: str, image_id: str, listed: dict[str, int]) -> int:
    """Return the index of a listed image, or the frame number in an image id."""
    if listed:
        if image_id not in listed:
            raise FormatError(path, place, f"image {image_id} is not listed", "List it")
        return listed[image_id]
    digits = image_id[-_DIGITS:]
    if len(image_id) <= _DIGITS or not image_id.isascii() or not image_id.isdecimal():
        raise FormatError(
            path, place, f"{image_id[:40]!r} is not an image id of SoccerNet",
            "Its last six digits are the frame's number",
        )  # fmt: skip
    return int(digits)
