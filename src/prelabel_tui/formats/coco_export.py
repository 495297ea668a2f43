"""Published revisions as one COCO file, which pycocotools loads.

Ids count from 1; boxes are ``[x, y, width, height]`` in pixels with 2 decimals.  A ball is the
box about its point, as wide as its size, with the point as its only keypoint.  What COCO has no
word for stands in extra fields: an image's frame flags and ball state, an annotation's origin,
label id, score and what the model had said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import (
    DEFAULT_BALL_SIZE,
    SCORE_UNIT,
    Ball,
    Capability,
    Label,
    to_pixels,
)
from prelabel_tui.core.model.media import Manifest, MediaFrame

CATEGORY_IDS: Final = {Capability.PLAYER: 1, Capability.BALL: 2}

_CATEGORIES: Final = (
    {"id": 1, "name": "player", "supercategory": "person"},
    {
        "id": 2,
        "name": "ball",
        "supercategory": "sports",
        "keypoints": ["centre"],
        "skeleton": [],
    },
)


@dataclass(frozen=True)
class Published:
    """A revision to export.  ``provenance`` is written as it is, beside what names it."""

    workspace: str
    media: str
    capability: Capability
    number: int
    content_hash: str
    manifest: Manifest
    document: Document
    provenance: Mapping[str, object]


def coco_document(revisions: Iterable[Published]) -> dict[str, Any]:
    """The COCO file of these revisions: the same for the same revisions.

    With one clip a file name is the frame's; with more it is ``workspace/media/frame``.
    """
    chosen = sorted(revisions, key=lambda r: (r.workspace, r.media, r.capability))
    clips: dict[tuple[str, str], list[Published]] = {}
    for revision in chosen:
        clips.setdefault((revision.workspace, revision.media), []).append(revision)
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for (workspace, media), published in clips.items():
        prefix = f"{workspace}/{media}/" if len(clips) > 1 else ""
        for index, frame in enumerate(published[0].manifest.frames):
            image_id = len(images) + 1
            images.append(_image(image_id, prefix, workspace, media, index, frame, published))
            for revision in published:
                category = CATEGORY_IDS[revision.capability]
                for label in revision.document.frame(index).labels:
                    number = len(annotations) + 1
                    annotations.append(_annotation(number, image_id, category, label))
    return {
        "info": {
            "description": "Published labels that are approved for data sets",
            "version": "1.0",
            "revisions": [_named(revision) for revision in chosen],
        },
        "licenses": [],
        "images": images,
        "annotations": annotations,
        "categories": [dict(category) for category in _CATEGORIES],
    }


def _named(revision: Published) -> dict[str, object]:
    return {
        "workspace": revision.workspace,
        "media": revision.media,
        "capability": revision.capability.value,
        "revision": revision.number,
        "content_hash": revision.content_hash,
        **revision.provenance,
    }


def _image(
    image_id: int,
    prefix: str,
    workspace: str,
    media: str,
    index: int,
    frame: MediaFrame,
    published: list[Published],
) -> dict[str, Any]:
    flags: dict[str, list[str]] = {}
    image: dict[str, Any] = {
        "id": image_id,
        "file_name": prefix + frame.name,
        "width": frame.width,
        "height": frame.height,
        "workspace": workspace,
        "media": media,
        "frame_index": index,
        "time": frame.time / 1_000_000,
        "flags": flags,
    }
    if frame.sha256:
        image["artifact_sha256"] = frame.sha256
    for revision in published:
        labelled = revision.document.frame(index)
        flags[revision.capability.value] = [flag.value for flag in labelled.flags]
        if labelled.ball is not None:
            image["ball_state"] = labelled.ball.value
    return image


def _annotation(number: int, image_id: int, category: int, label: Label) -> dict[str, Any]:
    if isinstance(label, Ball):
        size = DEFAULT_BALL_SIZE if label.size is None else label.size
        rect = (label.x - size / 2, label.y - size / 2, float(size), float(size))
    else:
        rect = (float(label.x), float(label.y), float(label.w), float(label.h))
    x, y, w, h = (round(value / 100, 2) for value in rect)
    annotation: dict[str, Any] = {
        "id": number,
        "image_id": image_id,
        "category_id": category,
        "bbox": [x, y, w, h],
        "area": round(w * h, 4),
        "iscrowd": 0,
        "segmentation": [],
        "label_id": label.id,
        "origin": label.origin.value,
    }
    if isinstance(label, Ball):
        annotation["keypoints"] = [to_pixels(label.x), to_pixels(label.y), 2]
        annotation["num_keypoints"] = 1
        annotation["size"] = None if label.size is None else to_pixels(label.size)
    if label.score is not None:
        annotation["score"] = label.score / SCORE_UNIT
    if label.was is not None:
        annotation["was"] = [None if unit is None else to_pixels(unit) for unit in label.was]
    return annotation
