"""Label Studio's JSON export: pictures, and videos with tracks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from prelabel_tui.core.model.labels import Ball, Box, Capability
from prelabel_tui.formats.errors import BadLabels, FormatError
from prelabel_tui.formats.gathering import Loaded
from prelabel_tui.formats.readers.label_studio import read_label_studio
from tests.formats.clips import NoPictures, labels, load

PLAYER, BALL = Capability.PLAYER, Capability.BALL
NAMES = ["000001.jpg", "000002.jpg"]


def result(label: str = "player", **changes: Any) -> dict[str, Any]:
    value = {"x": 10.0, "y": 20.0, "width": 5.0, "height": 24.0, "rotation": 0,
             "rectanglelabels": [label]}  # fmt: skip
    value.update(changes.pop("value", {}))
    return {
        "id": "C7oHaRDVVC", "type": "rectanglelabels", "from_name": "label", "to_name": "image",
        "original_width": 100, "original_height": 50, "image_rotation": 0, "value": value,
        "origin": "manual", **changes,
    }  # fmt: skip


def task(number: int = 1, results: Any = None, **changes: Any) -> dict[str, Any]:
    answer = {
        "id": 7, "completed_by": 1, "was_cancelled": False,
        "result": [result()] if results is None else results,
    }  # fmt: skip
    return {
        "id": number,
        "data": {"image": f"/data/upload/1/0a1b2c3d-{number:06d}.jpg"},
        "annotations": [answer],
        "predictions": [],
        **changes,
    }


def written(tmp_path: Path, tasks: object) -> Path:
    path = tmp_path / "tasks.json"
    path.write_text(json.dumps(tasks))
    return path


def read(tmp_path: Path, tasks: object, bad: BadLabels | None = None, **said: Any) -> Loaded:
    file = read_label_studio(written(tmp_path, tasks), bad=bad, **said)
    return load(file, NoPictures(NAMES), bad=bad)


def test_per_cents_become_pixels(tmp_path: Path) -> None:
    loaded = read(tmp_path, [task(2), task(1, [])])
    assert labels(loaded) == [(1, Box("C7oHaRDVVC", 1000, 1000, 500, 1200))]


@pytest.mark.parametrize(
    "address",
    [
        "/data/upload/1/0a1b2c3d-000002.jpg",
        "/data/local-files/?d=clips/000002.jpg",
        "s3://bucket/clips/000002.jpg",
        "https://example.org/clips/000002.jpg?token=a.b",
        "000002.jpg",
    ],
)
def test_pictures_are_found_by_the_end_of_their_address(tmp_path: Path, address: str) -> None:
    loaded = read(tmp_path, [task(data={"image": address})], image_field="image")
    assert [index for index, _ in labels(loaded)] == [0]


def test_ellipses_and_key_points_are_balls(tmp_path: Path) -> None:
    ellipse = result(
        type="ellipselabels", id="e",
        value={"x": 50, "y": 50, "radiusX": 2, "radiusY": 4, "rectanglelabels": None,
               "ellipselabels": ["ball"]},
    )  # fmt: skip
    point = result(
        type="keypointlabels", id="p",
        value={"x": 10, "y": 10, "width": 4, "rectanglelabels": None, "keypointlabels": ["ball"]},
    )  # fmt: skip
    assert labels(read(tmp_path, [task(results=[ellipse, point])])) == [
        (0, Ball("e", 5000, 2500, 400)),
        (0, Ball("p", 1000, 500, 400)),
    ]


def test_other_results_are_left_out_and_counted(tmp_path: Path) -> None:
    choices = {"id": "a", "type": "choices", "value": {"choices": ["Yes"]}}
    polygon = {"id": "b", "type": "polygonlabels", "value": {"polygonlabels": ["player"]}}
    loaded = read(tmp_path, [task(results=[choices, polygon, result()])])
    assert loaded.left_out == {"choices (not a box)": 1, "polygonlabels (not a box)": 1}


def test_annotations_or_predictions_is_said(tmp_path: Path) -> None:
    predicted = [{"model_version": "m0", "score": 0.7, "result": [result(score=0.25)]}]
    with pytest.raises(FormatError, match=r"annotations and predictions\. Say which with --take"):
        read(tmp_path, [task(predictions=predicted)])
    both = [task(predictions=predicted)]
    assert labels(read(tmp_path, both, take="annotations"))[0][1].score is None
    assert labels(read(tmp_path, both, take="predictions"))[0][1].score == 2500
    only = [task(annotations=[], predictions=predicted)]
    assert labels(read(tmp_path, only))[0][1].score == 2500


def test_two_annotations_of_one_task_are_refused(tmp_path: Path) -> None:
    one = task()["annotations"][0]
    with pytest.raises(FormatError, match=r"task 1: has 2 annotations \(7, 8\)"):
        read(tmp_path, [task(annotations=[one, {**one, "id": 8}])])
    cancelled = [one, {**one, "id": 8, "was_cancelled": True}]
    loaded = read(tmp_path, [task(annotations=cancelled)])
    assert loaded.left_out == {"cancelled annotations": 1}
    assert len(labels(loaded)) == 1


def test_a_video_has_tracks_with_key_frames(tmp_path: Path) -> None:
    steps = [
        {"frame": 1, "enabled": True, "rotation": 0, "x": 10, "y": 20, "width": 5, "height": 24,
         "time": 0.0},
        {"frame": 3, "enabled": False, "rotation": 0, "x": 20, "y": 20, "width": 5, "height": 24,
         "time": 0.1},
        {"frame": 5, "enabled": True, "rotation": 0, "x": 20, "y": 20, "width": 5, "height": 24,
         "time": 0.2},
    ]  # fmt: skip
    tracked = {
        "id": "T1", "type": "videorectangle", "from_name": "box", "to_name": "video",
        "value": {"framesCount": 6, "duration": 0.2, "sequence": steps, "labels": ["player"]},
    }  # fmt: skip
    path = written(tmp_path, [task(results=[tracked], data={"video": "/data/upload/a.mp4"})])
    loaded = load(read_label_studio(path), NoPictures(video_frames=6))
    assert [(index, label.track) for index, label in labels(loaded)] == [
        (0, "T1"), (1, "T1"), (4, "T1"), (5, "T1"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"results": [result(value={"rotation": 4})]}, "task 1, result 1: is rotated"),
        ({"results": [result(image_rotation=90)]}, "is rotated"),
        ({"results": [result(value={"rectanglelabels": ["a", "b"]})]}, "has 2 labels"),
        ({"results": [result(value={"rectanglelabels": []})]}, "has 0 labels"),
        ({"results": [result(value={"width": None})]}, "has no x, y, width, height"),
        ({"results": [result(value={"x": "left"})]}, "task 1, result 1"),
        ({"results": [result(), {**result(), "original_width": 50}]}, "results for two sizes"),
        ({"data": {"text": "hello"}}, r"names 0 pictures"),
        ({"data": {"a": "x.jpg", "b": "y.jpg"}}, "names 2 pictures"),
    ],
)
def test_a_broken_task_is_refused(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(FormatError, match=says):
        read(tmp_path, [task(**changes)])


def test_files_that_are_no_export_are_refused(tmp_path: Path) -> None:
    for content in ([], {}, [{"id": 1}], [3]):
        with pytest.raises(FormatError):
            read(tmp_path, content)


def test_two_names_of_one_field_are_told_apart_by_the_option(tmp_path: Path) -> None:
    data = {"a": "x.jpg", "b": "000001.jpg"}
    loaded = read(tmp_path, [task(data=data)], image_field="b")
    assert len(labels(loaded)) == 1
    with pytest.raises(FormatError, match="its data has no 'c'"):
        read(tmp_path, [task(data=data)], image_field="c")


def test_exports_of_the_project_itself(real_data: Path) -> None:
    folder = real_data / "formats/label_studio"
    with pytest.raises(FormatError, match="has 2 annotations"):
        read_label_studio(folder / "test_export_yolo/data.json")
    with pytest.raises(FormatError, match="names 0 pictures"):
        read_label_studio(folder / "test_export_csv/csv_test2.json")
    file = read_label_studio(folder / "test_export_csv/csv_test.json", "annotations", "image")
    assert file.categories == ("Car",)
    assert len(file.rows) >= 1
