"""Files in the form that supervision's JSONSink and CSVSink write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from prelabel_tui.core.ingest.pairing import Choice
from prelabel_tui.core.model.labels import Box, Capability
from prelabel_tui.formats.errors import BadLabels, FormatError
from prelabel_tui.formats.readers.supervision import read_supervision
from tests.formats.clips import NoPictures, labels, load, numbered

PLAYER = Capability.PLAYER

CSV = """x_min,y_min,x_max,y_max,class_id,confidence,tracker_id,class_name,frame_number
10,2,30,32,0,0.5,7,person,0
10,2,30,32,0,0.5,,person,2
"""


def row(**changes: Any) -> dict[str, Any]:
    return {
        "x_min": 10.0, "y_min": 2.0, "x_max": 30.0, "y_max": 32.0, "class_id": 0,
        "confidence": 0.5, "tracker_id": 7, "class_name": "person", "frame_number": 0, **changes,
    }  # fmt: skip


def written(tmp_path: Path, content: object) -> Path:
    path = tmp_path / "sink"
    path.write_text(content if isinstance(content, str) else json.dumps(content, indent=4))
    return path


BOX = Box("d001", 1000, 200, 2000, 3000, 5000, track="7")


def test_json_and_csv_say_the_same(tmp_path: Path) -> None:
    rows = [row(), row(tracker_id="", frame_number=2)]
    for content in (rows, CSV):
        loaded = load(read_supervision(written(tmp_path, content)), numbered(3, first=0))
        assert labels(loaded) == [(0, BOX), (2, Box("d001", 1000, 200, 2000, 3000, 5000))]


def test_whether_frames_count_from_0_must_be_known(tmp_path: Path) -> None:
    path = written(tmp_path, [row(frame_number=1)])
    video = NoPictures(video_frames=3)
    with pytest.raises(FormatError, match="--number-from 0 or --number-from 1"):
        load(read_supervision(path), video)
    loaded = load(read_supervision(path), video, Choice(number_from=1))
    assert labels(loaded) == [(0, BOX)]


def test_the_field_of_the_frame_is_said(tmp_path: Path) -> None:
    path = written(tmp_path, [{**row(), "image": "b.jpg"}])
    loaded = load(read_supervision(path, "image"), NoPictures(["a.jpg", "b.jpg"]))
    assert [index for index, _ in labels(loaded)] == [1]
    with pytest.raises(FormatError, match=r"has no field 'frame' \(there are class_id, "):
        read_supervision(path, "frame")


def test_without_a_class_name_the_class_id_is_the_category(tmp_path: Path) -> None:
    nameless = {key: value for key, value in row().items() if key != "class_name"}
    file = read_supervision(written(tmp_path, [nameless, {**nameless, "class_id": ""}]))
    assert file.categories == ("0", "no class")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ([row(x_max="wide")], "item 1: x_max is not a number"),
        ([row(x_max=None)], "item 1: has no x_max"),
        ([row(x_max=9.0)], "no area"),
        ([row(frame_number=1.5)], "frame_number is 1.5"),
        ([row(), row(frame_number="a.jpg")], "others are of another kind"),
        ([3], "expected object"),
        (CSV + "1,2\n", "line 4: 2 fields instead of 9"),
        (CSV.replace("x_max", "width"), "has no column x_max"),
        (CSV.replace("30,", "nan,"), "line 2: x_max is not a number"),
        ("1,1,5,5,9,9,0.5\n", "this is MOTChallenge text"),
    ],
)
def test_broken_files_are_refused(tmp_path: Path, content: object, says: str) -> None:
    with pytest.raises(FormatError) as caught:
        load(read_supervision(written(tmp_path, content)), numbered(3, first=0))
    assert says in str(caught.value)


def test_broken_rows_can_be_dropped(tmp_path: Path) -> None:
    bad = BadLabels(keep_going=True)
    path = written(tmp_path, [row(), row(x_max="wide"), row(frame_number=2)])
    assert len(read_supervision(path, bad=bad).rows) == 2
    assert bad.count == 1
