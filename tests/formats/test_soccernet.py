"""SoccerNet: tracking sequences with the roles of gameinfo.ini, and game state files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from prelabel_tui.core.model.labels import Ball, Box, Capability
from prelabel_tui.formats.errors import BadLabels, FormatError
from prelabel_tui.formats.readers import gamestate, soccernet
from prelabel_tui.formats.readers.gamestate import read_gamestate
from prelabel_tui.formats.readers.soccernet import read_soccernet
from tests.formats.clips import NoPictures, labels, load, numbered

PLAYER, BALL = Capability.PLAYER, Capability.BALL

SEQINFO = """[Sequence]
name=SNMOT-060
imDir=img1
frameRate=25
seqLength=3
imWidth=100
imHeight=50
imExt=.jpg
"""
GAMEINFO = """[Sequence]
name=SNMOT-060
gameID=4
num_tracklets=5
trackletID_1= player team left;10
trackletID_2= goalkeepers team right;1
trackletID_3= referee;main
trackletID_4= ball;1
trackletID_5= other;1
"""
GT = """1,1,10,10,5,12,1,-1,-1,-1
1,2,20,10,5,12,1,-1,-1,-1
1,3,30,10,5,12,1,-1,-1,-1
2,4,40,10,4,4,1,-1,-1,-1
"""


def sequence(tmp_path: Path, gt: str = GT) -> Path:
    for name, text in (
        ("seqinfo.ini", SEQINFO),
        ("gameinfo.ini", GAMEINFO),
        ("gt/gt.txt", gt),
        ("det/det.txt", "1,-1,10,10,5,12,1,-1,-1,-1\n"),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_roles_come_from_gameinfo_and_pixels_count_from_0(tmp_path: Path) -> None:
    file = read_soccernet(sequence(tmp_path))
    with pytest.raises(FormatError, match="the category 'referee' is neither player nor ball"):
        load(file, numbered(3))
    loaded = load(file, numbered(3), leave_out=("referee", "other"))
    assert labels(loaded) == [
        (1, Ball("t4", 4200, 1200, 400, track="4")),
        (0, Box("t1", 1000, 1000, 500, 1200, track="1")),
        (0, Box("t2", 2000, 1000, 500, 1200, track="2")),
    ]
    assert loaded.left_out == {"referee": 1, "other": 0}
    assert {look.name for look in loaded.looks} == {"player", "goalkeeper", "ball"}


def test_a_track_that_gameinfo_lacks_is_refused(tmp_path: Path) -> None:
    folder = sequence(tmp_path, GT + "2,9,40,10,4,4,1,-1,-1,-1\n")
    with pytest.raises(FormatError, match=r"line 5: the track 9 is not in gameinfo\.ini"):
        read_soccernet(folder)
    bad = BadLabels(keep_going=True)
    assert len(read_soccernet(folder, bad=bad).rows) == 4
    assert bad.count == 1


def test_detections_have_no_role_and_are_mapped(tmp_path: Path) -> None:
    file = read_soccernet(sequence(tmp_path), "det")
    with pytest.raises(FormatError, match="'detection' is neither player nor ball"):
        load(file, numbered(3))
    loaded = load(file, numbered(3), categories={"detection": PLAYER})
    assert [label.id for _, label in labels(loaded)] == ["d001"]


def test_the_sequence_must_agree_with_the_pictures(tmp_path: Path) -> None:
    file = read_soccernet(sequence(tmp_path))
    with pytest.raises(FormatError, match="says 3 frames, but the pictures make 4"):
        load(file, numbered(4))
    assert soccernet.pictures_of(tmp_path) == tmp_path / "img1"


def test_what_is_no_sequence_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"has no gt/gt\.txt\. Give the folder of a sequence"):
        read_soccernet(tmp_path)
    with pytest.raises(FormatError, match="does not exist"):
        soccernet.pictures_of(tmp_path / "nowhere")
    (tmp_path / "file").touch()
    with pytest.raises(FormatError, match="is not a folder"):
        soccernet.pictures_of(tmp_path / "file")
    (sequence(tmp_path) / "gameinfo.ini").write_text("trackletID_1\n")
    with pytest.raises(FormatError, match="is not an INI file"):
        read_soccernet(tmp_path)


# -- game state


def annotation(number: int, role: str | None, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"3060{number:06d}",
        "image_id": "3060000001",
        "track_id": number,
        "supercategory": "object",
        "category_id": 1,
        "attributes": {"role": role, "jersey": "10", "team": "left"},
        "bbox_image": {
            "x": 10, "y": 10, "x_center": 12.5, "y_center": 16.0, "w": 5, "h": 12,
        },
        "bbox_pitch": None,
        **changes,
    }  # fmt: skip


def document(**changes: Any) -> dict[str, Any]:
    return {
        "info": {"version": "1.3", "name": "SNGS-060", "im_dir": "img1", "frame_rate": 25},
        "images": [
            {
                "is_labeled": True, "image_id": f"306000000{n}", "file_name": f"00000{n}.jpg",
                "height": 50, "width": 100, "ignore_regions_x": [],
            }
            for n in (1, 2)
        ],
        "annotations": [
            annotation(1, "player"),
            annotation(2, "goalkeeper", image_id="3060000002"),
            annotation(3, None, category_id=4),
            {
                "id": "x", "image_id": "3060000001", "supercategory": "pitch", "category_id": 5,
                "lines": {"Goal left post": [{"x": 0.1, "y": 0.2}]},
            },
            annotation(5, "player", bbox_image=None),
        ],
        "categories": [
            {"supercategory": "object", "id": 1, "name": "player"},
            {"supercategory": "object", "id": 4, "name": "ball"},
            {"supercategory": "pitch", "id": 5, "name": "pitch", "lines": []},
        ],
        **changes,
    }  # fmt: skip


def written(tmp_path: Path, document: object) -> Path:
    path = tmp_path / "Labels-GameState.json"
    path.write_text(json.dumps(document))
    return path


def test_game_state_labels_list_their_images(tmp_path: Path) -> None:
    path = written(tmp_path, document())
    file = read_gamestate(path)
    loaded = load(file, numbered(2))
    found = [(index, label.track) for index, label in labels(loaded)]
    assert found == [(0, "3"), (0, "1"), (1, "2")]
    assert loaded.left_out == {"pitch": 1, "without bbox_image": 1}
    assert file.info is not None
    assert file.info.rate == 25
    assert gamestate.pictures_of(path) == tmp_path / "img1"


def test_game_state_predictions_number_their_frames(tmp_path: Path) -> None:
    predictions = [annotation(1, "player", image_id="3060000002", score=0.5)]
    loaded = load(read_gamestate(written(tmp_path, {"predictions": predictions})), numbered(2))
    ((index, label),) = labels(loaded)
    assert (index, label.score, label.track) == (1, 5000, "1")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"annotations": [annotation(1, "player", image_id="9")]}, "annotation 1: image 9 is not"),
        ({"annotations": [annotation(1, None, category_id=9)]}, "neither a role nor a known"),
        ({"annotations": [{"image_id": 3}]}, "annotation 1, image_id: expected str"),
        ({"annotations": 3}, "expected array"),
        ({"images": [], "annotations": [annotation(1, "player", image_id="x1")]}, "image id"),
    ],
)
def test_a_broken_game_state_file_is_refused(
    tmp_path: Path, changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(FormatError) as caught:
        read_gamestate(written(tmp_path, document(**changes)))
    assert says in str(caught.value)


def test_a_file_without_labels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="neither annotations nor predictions"):
        read_gamestate(written(tmp_path, {"images": []}))
    with pytest.raises(FormatError, match="this is COCO JSON"):
        read_gamestate(written(tmp_path, {"images": [{"id": 1}], "annotations": []}))


def test_size_of_pictures_that_the_file_lists(tmp_path: Path) -> None:
    loaded = load(read_gamestate(written(tmp_path, document())), NoPictures(["000001.jpg"]))
    assert len(loaded.documents[PLAYER]) == 2
