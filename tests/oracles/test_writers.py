"""Files made by the field's own writers, read by ours: each label is where they had it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import datumaro
import numpy as np
import pytest
import supervision
from PIL import Image

from prelabel_tui.core.model.labels import Ball, Box, Capability
from prelabel_tui.formats.labels_file import LabelFile
from prelabel_tui.formats.prepare import prepare
from prelabel_tui.formats.readers.coco import read_coco, read_images
from prelabel_tui.formats.readers.cvat import read_cvat
from prelabel_tui.formats.readers.mot import DIALECTS, MotDialect, read_mot
from prelabel_tui.formats.readers.supervision import read_supervision
from prelabel_tui.formats.readers.yolo import YoloDialect, find_data_set, find_labels, read_yolo
from prelabel_tui.imaging.frames.probe import FolderPictures

pytestmark = pytest.mark.oracles

SIZE = (320, 180)
CLASSES = ("player", "ball")
PICTURES = [f"{number:06d}.jpg" for number in (1, 2, 3, 4)]
BOXES: dict[str, list[tuple[str, float, float, float, float]]] = {
    "000001.jpg": [("player", 10.25, 20.5, 40.75, 90.5), ("ball", 100.0, 60.0, 108.0, 68.0)],
    "000002.jpg": [("player", 12.5, 20.0, 43.0, 90.0), ("player", 200.0, 30.0, 230.5, 110.25)],
    "000003.jpg": [],
    "000004.jpg": [("ball", 110.25, 61.0, 118.25, 69.0)],
}
"""Class, left, top, right, bottom in px, from 0."""


@pytest.fixture
def frames(tmp_path: Path) -> Path:
    folder = tmp_path / "frames"
    folder.mkdir()
    for name in PICTURES:
        Image.new("RGB", SIZE, (40, 120, 60)).save(folder / name)
    return folder


def seen(file: LabelFile, frames: Path, close: float) -> None:
    """Assert that the labels on these pictures are those that were written."""
    prepared = prepare(file, FolderPictures(frames))
    assert [frame.name for frame in prepared.manifest.frames] == PICTURES
    assert not prepared.bad.count
    for index, name in enumerate(PICTURES):
        found = []
        for capability in Capability:
            for label in prepared.labels.documents[capability].frame(index).labels:
                if isinstance(label, Box):
                    x, y, w, h = (value / 100 for value in (label.x, label.y, label.w, label.h))
                    found.append(("player", x, y, x + w, y + h))
                else:
                    assert isinstance(label, Ball)
                    half = (label.size or 0) / 200
                    x, y = label.x / 100, label.y / 100
                    found.append(("ball", x - half, y - half, x + half, y + half))
        for one, two in zip(sorted(found), sorted(BOXES[name]), strict=True):
            assert one[0] == two[0]
            assert one[1:] == pytest.approx(two[1:], abs=close)


def detections(name: str) -> Any:
    boxes = BOXES[name]
    return supervision.Detections(
        xyxy=np.array([box[1:] for box in boxes], np.float32).reshape(-1, 4),
        confidence=np.full(len(boxes), 0.75, np.float32),
        class_id=np.array([CLASSES.index(box[0]) for box in boxes], int),
        tracker_id=np.arange(1, len(boxes) + 1),
        data={"class_name": np.array([box[0] for box in boxes])},
    )


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_the_sinks_of_supervision(frames: Path, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"sink.{kind}"
    sink = supervision.JSONSink if kind == "json" else supervision.CSVSink
    with sink(str(path)) as opened:
        for number, name in enumerate(PICTURES, start=1):
            opened.append(detections(name), {"frame_number": number})
    file = read_supervision(path)
    seen(file, frames, close=0.011)
    assert set(file.rows.scores) == {0.75}
    assert file.rows.tracks[:2] == ["1", "2"]


@pytest.mark.parametrize("kind", ["coco", "yolo"])
def test_the_data_sets_of_supervision(frames: Path, tmp_path: Path, kind: str) -> None:
    data = supervision.DetectionDataset(
        list(CLASSES),
        [str(frames / name) for name in PICTURES],
        {str(frames / name): detections(name) for name in PICTURES},
    )
    if kind == "coco":
        data.as_coco(annotations_path=str(tmp_path / "a.json"))
        file = read_coco(read_images(tmp_path / "a.json"))
    else:
        data.as_yolo(
            annotations_directory_path=str(tmp_path / "labels"),
            data_yaml_path=str(tmp_path / "data.yaml"),
        )
        classes = tmp_path / "classes.txt"
        classes.write_text("\n".join(CLASSES))
        file = read_yolo(find_labels(tmp_path / "labels", classes), YoloDialect())
    seen(file, frames, close=0.02)


def of_datumaro(frames: Path, *, tracks: bool = False) -> Any:
    def items() -> Iterator[Any]:
        for number, name in enumerate(PICTURES):
            yield datumaro.DatasetItem(
                Path(name).stem if not tracks else str(number + 1),
                subset="train",
                media=datumaro.Image.from_file(path=str(frames / name), size=SIZE[::-1]),
                attributes={"frame": number, "id": number + 1},
                annotations=[
                    datumaro.Bbox(
                        left, top, right - left, bottom - top, label=CLASSES.index(kind), id=at + 1,
                        attributes={"track_id": at + 1, "occluded": False},
                    )
                    for at, (kind, left, top, right, bottom) in enumerate(BOXES[name])
                ],
            )  # fmt: skip
        if not tracks:  # some of its writers want both parts
            media = datumaro.Image.from_file(path=str(frames / PICTURES[0]), size=SIZE[::-1])
            yield datumaro.DatasetItem("other", subset="val", media=media)

    return datumaro.Dataset.from_iterable(list(items()), categories=list(CLASSES))


def written_coco(out: Path) -> LabelFile:
    return read_coco(read_images(out / "annotations/instances_train.json"))


def written_yolo(out: Path) -> LabelFile:
    return read_yolo(find_labels(out / "obj_train_data", out / "obj.names"), YoloDialect())


def written_ultralytics(out: Path) -> LabelFile:
    return read_yolo(find_data_set(out / "data.yaml", "train"), YoloDialect())


def written_cvat(out: Path) -> LabelFile:
    return read_cvat(out / "train.xml")


def written_mot(out: Path) -> LabelFile:
    return read_mot({None: out / "gt/gt.txt"}, MotDialect(0, DIALECTS["gt"]))


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("coco_instances", written_coco),
        ("yolo", written_yolo),
        ("yolo_ultralytics", written_ultralytics),
        ("cvat", written_cvat),
        ("mot_seq_gt", written_mot),
    ],
)
def test_datumaro(
    frames: Path, tmp_path: Path, name: str, read: Callable[[Path], LabelFile]
) -> None:
    out = tmp_path / "out"
    of_datumaro(frames, tracks=name == "mot_seq_gt").export(str(out), name, save_media=True)
    file = read(out)
    seen(file, frames, close=0.011)
