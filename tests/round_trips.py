"""How an export of each format is read again, and where its pictures are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from prelabel_tui.formats.labels_file import LabelFile
from prelabel_tui.formats.readers.coco import read_coco, read_images
from prelabel_tui.formats.readers.cvat import read_cvat
from prelabel_tui.formats.readers.label_studio import read_label_studio
from prelabel_tui.formats.readers.mot import DIALECTS, MotDialect, read_mot
from prelabel_tui.formats.readers.soccernet import read_soccernet
from prelabel_tui.formats.readers.yolo import YoloDialect, find_labels, read_yolo

Read = Callable[[Path, str], LabelFile]
"""Reads the clip `arena / MEDIA` of an export."""


def mot(out: Path, media: str) -> LabelFile:
    path = out / f"prelabel-all/arena+{media}/gt/gt.txt"
    return read_mot({None: path}, MotDialect(0, DIALECTS["gt"]))


def yolo(out: Path, media: str) -> LabelFile:
    return read_yolo(find_labels(out / f"labels/arena/{media}"), YoloDialect())


READERS: dict[str, Read] = {
    "coco": lambda out, _: read_coco(read_images(out / "annotations/instances_all.json")),
    "cvat": lambda out, media: read_cvat(out / f"all/arena/{media}/annotations.xml"),
    "label-studio": lambda out, media: read_label_studio(out / f"all/arena/{media}/tasks.json"),
    "mot": mot,
    "soccernet": lambda out, media: read_soccernet(out / f"all/arena+{media}"),
    "yolo": yolo,
}
PICTURES = {
    "coco": "images/arena/m1",
    "cvat": "all/arena/m1/images",
    "label-studio": "images/arena/m1",
    "mot": "prelabel-all/arena+m1/img1",
    "soccernet": "all/arena+m1/img1",
    "yolo": "images/arena/m1",
}
