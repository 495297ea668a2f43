"""Ultralytics' JSON files, in the forms that its validator and its results write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from prelabel_tui.core.model.labels import Box, Capability
from prelabel_tui.formats.errors import BadLabels, FormatError
from prelabel_tui.formats.readers.ultralytics import read_ultralytics
from tests.formats.clips import NoPictures, labels, load, numbered

PLAYER = Capability.PLAYER


def written(path: Path, document: object) -> Path:
    path.write_text(json.dumps(document))
    return path


def prediction(image_id: int | str, **changes: Any) -> dict[str, Any]:
    return {
        "image_id": image_id, "category_id": 1, "bbox": [10.5, 2, 20, 30], "score": 0.5, **changes,
    }  # fmt: skip


def box(**changes: Any) -> dict[str, Any]:
    return {
        "name": "person",
        "class": 0,
        "confidence": 0.92,
        "box": {"x1": 10.0, "y1": 2.0, "x2": 30.0, "y2": 32.0},
        **changes,
    }


def test_predictions_name_pictures_by_their_stem(tmp_path: Path) -> None:
    path = written(tmp_path / "predictions.json", [prediction(2), prediction(3)])
    loaded = load(read_ultralytics(path), numbered(3), categories={"1": PLAYER})
    assert labels(loaded) == [
        (1, Box("d001", 1050, 200, 2000, 3000, 5000)),
        (2, Box("d001", 1050, 200, 2000, 3000, 5000)),
    ]
    from_zero = load(read_ultralytics(path), numbered(4, first=0), categories={"1": PLAYER})
    assert [index for index, _ in labels(from_zero)] == [2, 3]
    words = written(tmp_path / "p.json", [prediction("half_b")])
    found = load(read_ultralytics(words), NoPictures(["half_b.jpg"]), categories={"1": PLAYER})
    assert len(labels(found)) == 1


def test_a_file_name_must_agree_with_the_image_id(tmp_path: Path) -> None:
    good = [prediction(7, file_name="000007.jpg")]
    loaded = load(
        read_ultralytics(written(tmp_path / "p.json", good)), numbered(9), categories={"1": PLAYER}
    )
    assert [index for index, _ in labels(loaded)] == [6]
    with pytest.raises(FormatError, match=r"file_name is '8.jpg', and its image_id '7'"):
        read_ultralytics(written(tmp_path / "p.json", [prediction(7, file_name="8.jpg")]))


def test_results_in_a_row_are_for_names_sorted_as_text(tmp_path: Path) -> None:
    path = written(tmp_path / "r.json", [[box()], [], [box(track_id=4, confidence=0.5)]])
    names = ["f1.jpg", "f2.jpg", "f10.jpg"]
    loaded = load(read_ultralytics(path), NoPictures(names))
    assert [(index, label.track) for index, label in labels(loaded)] == [(0, None), (1, "4")]
    with pytest.raises(FormatError, match="for 3 pictures in a row, frames has 4"):
        load(read_ultralytics(path), numbered(4))
    video = load(read_ultralytics(path), NoPictures(video_frames=3))
    assert [index for index, _ in labels(video)] == [0, 2]


def test_a_folder_has_a_file_for_each_picture(tmp_path: Path) -> None:
    written(tmp_path / "000003.json", [box()])
    loaded = load(read_ultralytics(tmp_path), numbered(3))
    assert labels(loaded) == [(2, Box("d001", 1000, 200, 2000, 3000, 9200))]


def test_shares_are_said(tmp_path: Path) -> None:
    path = written(tmp_path / "r.json", [[box(box={"x1": 0.1, "y1": 0.04, "x2": 0.3, "y2": 0.64})]])
    loaded = load(read_ultralytics(path, shares=True), numbered(1))
    assert labels(loaded) == [(0, Box("d001", 1000, 200, 2000, 3000, 9200))]


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ([[box(box={"x1": 1, "y1": 1, "x2": 2})]], "entry 1, item 1"),
        ([[box(box={"x1": 1, "y1": 1, "x2": 2, "y2": 2, "x3": 3})]], "is rotated"),
        ([[3]], "expected object"),
        ([prediction(1, bbox=[1, 2, 3])], "item 1, bbox"),
        ({"a": 1}, "expected array"),
        ([{"x_min": 1, "y_min": 1}], "what a sink of supervision writes"),
    ],
)
def test_broken_files_are_refused(tmp_path: Path, document: object, says: str) -> None:
    with pytest.raises(FormatError) as caught:
        read_ultralytics(written(tmp_path / "x.json", document))
    assert says in str(caught.value)


def test_a_broken_box_can_be_dropped(tmp_path: Path) -> None:
    bad = BadLabels(keep_going=True)
    path = written(tmp_path / "x.json", [[box(), {"name": "person"}]])
    assert len(read_ultralytics(path, bad=bad).rows) == 1
    assert bad.count == 1


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"has no \.json files"):
        read_ultralytics(tmp_path)
