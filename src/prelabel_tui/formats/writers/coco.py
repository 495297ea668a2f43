"""COCO: a file for each part, which pycocotools loads; our own extra fields say the rest.

Ids count from 1.  A ball is the box about its point, as wide as its size, with the point in a
field of its own.  No annotation has ``keypoints`` unless they were asked for, and then all have:
loaders that look at the first one rely on it.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any, Final

import msgspec

from prelabel_tui import __version__
from prelabel_tui.core.datasets.images import Image, OpenClip, Options
from prelabel_tui.core.datasets.output import Spool
from prelabel_tui.core.datasets.selection import Selection
from prelabel_tui.core.model.labels import SCORE_UNIT, Ball, Capability, Label, to_pixels
from prelabel_tui.formats.side_file import rect_of
from prelabel_tui.formats.writers.clip_files import (
    CLASS_NAMES,
    PICTURES,
    labels_of,
    nested_picture,
)
from prelabel_tui.formats.writers.track_numbers import TrackNumbers

CATEGORY_IDS: Final = {capability: n for n, capability in enumerate(CLASS_NAMES, start=1)}
"""The same in every file, also when only one of them is in it."""

_SUPERCATEGORIES: Final = {Capability.PLAYER: "person", Capability.BALL: "sports"}
_encoder = msgspec.json.Encoder()


class CocoWriter:
    """``annotations/instances_PART.json`` and ``images/workspace/media/name``."""

    dialect = "coco"

    def __init__(self, folder: Path, selection: Selection, options: Options) -> None:
        self._folder = folder / "annotations"
        self._folder.mkdir()
        self._selection = selection
        self._options = options
        self._parts: dict[str, _Part] = {}

    def picture(self, image: Image) -> str:
        """As Writer.picture."""
        return f"{PICTURES}/{nested_picture(image)}"

    def begin(self, opened: OpenClip) -> None:
        """As Writer.begin."""
        if opened.part not in self._parts:
            self._parts[opened.part] = _Part(self._folder / f"instances_{opened.part}.json")
        self._parts[opened.part].begin(opened)

    def add(self, image: Image) -> None:
        """As Writer.add."""
        self._parts[image.of.part].add(image, self._options.keypoints)

    def end(self, opened: OpenClip) -> None:
        """As Writer.end."""

    def close(self) -> None:
        """As Writer.close."""
        for name, part in self._parts.items():
            part.close(self._head(name))

    def _head(self, part: str) -> dict[str, Any]:
        points = {"keypoints": ["centre"], "skeleton": []} if self._options.keypoints else {}
        return {
            "info": {
                "description": f"Labels of prelabel-tui ({part})",
                "version": __version__,
                "pixels_from": 0,
                "capabilities": [capability.value for capability in self._options.wanted],
                "revisions": [
                    content.as_json() for clip in self._selection.clips for content in clip.contents
                ],
            },
            "licenses": [],
            "categories": [
                {
                    "id": CATEGORY_IDS[capability],
                    "name": name,
                    "supercategory": _SUPERCATEGORIES[capability],
                    **points,
                }
                for capability, name in CLASS_NAMES.items()
                if capability in self._options.wanted
            ],
        }


class _Part:
    """One file, written in three pieces that are joined at the end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._images = Spool(path.with_suffix(".images"))
        self._annotations = Spool(path.with_suffix(".annotations"))
        self._videos: list[dict[str, Any]] = []
        self._tracks = TrackNumbers()
        self._image_count = self._annotation_count = 0

    def begin(self, opened: OpenClip) -> None:
        clip, manifest = opened.clip, opened.manifest
        video: dict[str, Any] = {
            "id": len(self._videos) + 1,
            "name": clip.title,
            "workspace": clip.workspace,
            "media": clip.media,
            "frames": clip.frame_count,
        }
        if manifest.fps is not None:
            video["fps"] = manifest.fps / 1000
        if manifest.video is not None:
            video["file_name"] = PurePosixPath(manifest.video).name
        self._videos.append(video)
        self._tracks = TrackNumbers()

    def add(self, image: Image, keypoints: bool) -> None:
        self._image_count += 1
        separator = b",\n" if self._image_count > 1 else b"\n"
        self._images.write(separator + _encoder.encode(self._image(image)))
        annotations = []
        for capability, label in labels_of(image):
            self._annotation_count += 1
            annotations.append(
                _annotation(
                    self._annotation_count,
                    self._image_count,
                    capability,
                    label,
                    self._tracks,
                    keypoints,
                )
            )
        if annotations:
            separator = b",\n" if self._annotation_count > len(annotations) else b"\n"
            self._annotations.write(separator + _encoder.encode(annotations)[1:-1])

    def _image(self, image: Image) -> dict[str, Any]:
        frame = image.frame
        states = [f.ball.value for f in image.labels.values() if f.ball is not None]
        told: dict[str, Any] = {
            "id": self._image_count,
            "file_name": nested_picture(image),
            "width": frame.width,
            "height": frame.height,
            "video_id": len(self._videos),
            "frame_index": image.index,
            "frame_name": frame.name,
            "time": frame.time / 1_000_000,
            "labelled": [capability.value for capability in image.labels],
            "flags": {
                capability.value: [flag.value for flag in labelled.flags]
                for capability, labelled in image.labels.items()
            },
        }
        if states:
            told["ball_state"] = states[0]
        if frame.at is not None:
            told["video_frame"] = frame.at
        return told

    def close(self, head: dict[str, Any]) -> None:
        text = msgspec.json.format(_encoder.encode({**head, "videos": self._videos}), indent=1)
        with self._path.open("xb") as file:
            file.write(text.removesuffix(b"\n}") + b',\n "images": [')
            self._images.pour(file)
            file.write(b'\n ],\n "annotations": [')
            self._annotations.pour(file)
            file.write(b"\n ]\n}\n")


def _annotation(
    number: int,
    image_id: int,
    capability: Capability,
    label: Label,
    tracks: TrackNumbers,
    keypoints: bool,
) -> dict[str, Any]:
    rect = rect_of(label)
    annotation: dict[str, Any] = {
        "id": number,
        "image_id": image_id,
        "category_id": CATEGORY_IDS[capability],
        "bbox": rect,
        "area": round(rect[2] * rect[3], 4),
        "iscrowd": 0,
        "segmentation": (),
        "label_id": label.id,
        "origin": label.origin.value,
    }
    if isinstance(label, Ball):
        point = (to_pixels(label.x), to_pixels(label.y))
        annotation["point"] = point
        annotation["size"] = None if label.size is None else to_pixels(label.size)
        if keypoints:
            annotation["keypoints"] = (*point, 2)
            annotation["num_keypoints"] = 1
    elif keypoints:
        annotation["keypoints"] = (0, 0, 0)
        annotation["num_keypoints"] = 0
    if label.score is not None:
        annotation["score"] = label.score / SCORE_UNIT
    if label.track is not None:
        annotation["track"] = label.track
        annotation["track_id"] = tracks.of(capability, label)
    if label.was is not None:
        annotation["was"] = [None if unit is None else to_pixels(unit) for unit in label.was]
    return annotation
