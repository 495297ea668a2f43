"""A file or folder that was given in the place of another is told where it belongs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from prelabel_tui.core.model.labels import Capability
from prelabel_tui.formats.errors import FormatError
from prelabel_tui.formats.readers.coco import read_coco, read_images
from prelabel_tui.formats.readers.label_studio import read_label_studio
from prelabel_tui.formats.readers.mot import MotDialect, read_mot
from prelabel_tui.formats.readers.sportslabkit import read_sportslabkit
from prelabel_tui.formats.readers.ultralytics import read_ultralytics
from prelabel_tui.formats.readers.yolo import find_data_set, find_labels

LABEL = {"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5}
TRUTH = {
    "images": [{"id": 1, "file_name": "1.jpg", "width": 10, "height": 10}],
    "annotations": [{"id": 1, **LABEL}],
    "categories": [{"id": 1, "name": "player"}],
}
MIN = {
    "id": 1, "image": "/data/upload/1/1.jpg", "annotator": 1, "annotation_id": 1,
    "label": [{"x": 1, "y": 1, "width": 5, "height": 5, "rectanglelabels": ["player"]}],
}  # fmt: skip


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "results.json").write_text(json.dumps([LABEL]))
    (tmp_path / "truth.json").write_text(json.dumps(TRUTH))
    (tmp_path / "min.json").write_text(json.dumps([MIN]))
    (tmp_path / "data.yaml").write_text("path: .\ntrain: images\nnames: [player]\n")
    (tmp_path / "text").mkdir()
    (tmp_path / "text/1.txt").write_text("0 0.5 0.5 0.1 0.1\n")
    (tmp_path / "json").mkdir()
    (tmp_path / "json/1.json").write_text("[]")
    (tmp_path / "set").mkdir()
    (tmp_path / "set/data.yaml").write_text("train: images\nnames: [player]\n")
    (tmp_path / "sequence/gt").mkdir(parents=True)
    (tmp_path / "sequence/gt/gt.txt").write_text("1,1,1,1,5,5,1\n")
    return tmp_path


def mot(path: Path) -> object:
    return read_mot({Capability.PLAYER: path}, MotDialect(0))


def results_of(path: Path) -> object:
    return read_coco(read_images(path.parent / "truth.json"), [path])


@pytest.mark.parametrize(
    ("read", "name", "says"),
    [
        (
            read_images,
            "results.json",
            "this is a COCO results file, not COCO JSON. Give it with --results",
        ),
        (
            results_of,
            "truth.json",
            "this is COCO JSON, not a COCO results file. Give it with --images",
        ),
        (read_images, "data.yaml", "this is a data.yaml of YOLO, not COCO JSON. Use `import yolo`"),
        (mot, "data.yaml", "this is a data.yaml of YOLO, not MOTChallenge text. Use `import yolo`"),
        (mot, "results.json", "this is a COCO results file, not MOTChallenge text. Use `import c"),
        (read_label_studio, "min.json", "this is Label Studio's JSON-MIN"),
        (read_images, "min.json", "Use `import label-studio`"),
        (read_sportslabkit, "truth.json", "this is COCO JSON"),
        (find_labels, "data.yaml", "is a file, not a folder of label files. Give it with --data"),
        (find_labels, "text/1.txt", "not a folder of label files. Give the folder that it is in"),
        (lambda path: find_data_set(path, "train"), "text", "is a folder, not a data.yaml"),
        (mot, "text", "is a folder, not a file. Give a file in it; `import yolo` reads a folder"),
        (mot, "set", "is a folder, not a file. Give the data.yaml in it to `import yolo --data`"),
        (mot, "sequence", "Give the gt.txt or det.txt in it, or use `import soccernet`"),
        (read_images, "json", "`import ultralytics` reads a folder of JSON files"),
        (read_ultralytics, "text", "has no .json files. Use `import yolo` for its .txt files"),
        (read_ultralytics, "set", "has no .json files. Give a folder with what to_json() gives"),
    ],
)
def test_where_it_belongs_is_said(
    here: Path, read: Callable[[Path], object], name: str, says: str
) -> None:
    with pytest.raises(FormatError) as caught:
        read(here / name)
    assert says in str(caught.value)
    assert str(caught.value).startswith(str(here / name))


def test_what_is_given_in_its_place_is_read(here: Path) -> None:
    listed = read_images(here / "truth.json")
    assert len(read_coco(listed).rows) == len(read_coco(listed, [here / "results.json"]).rows) == 1
    assert len(read_ultralytics(here / "results.json").rows) == 1  # its predictions.json is that
