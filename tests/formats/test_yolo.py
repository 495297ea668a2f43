"""YOLO text: columns are said, classes have names, pictures are found by name or number."""

from __future__ import annotations

from pathlib import Path

import pytest

from prelabel_tui.core.ingest.pairing import Choice
from prelabel_tui.core.model.labels import Ball, Box, Capability
from prelabel_tui.formats.errors import BadLabels, FormatError
from prelabel_tui.formats.gathering import Loaded, Wanted
from prelabel_tui.formats.prepare import prepare
from prelabel_tui.formats.readers.yolo import (
    YoloDialect,
    find_data_set,
    find_labels,
    read_yolo,
)
from prelabel_tui.imaging.frames.probe import FolderPictures
from tests.formats.clips import NoPictures, labels, load, numbered

PLAYER, BALL = Capability.PLAYER, Capability.BALL
NAMED = {"0": PLAYER, "1": BALL}


def folder(tmp_path: Path, files: dict[str, str]) -> Path:
    found = tmp_path / "labels"
    found.mkdir(exist_ok=True)
    for name, text in files.items():
        (found / name).write_text(text)
    return found


def read(
    tmp_path: Path,
    files: dict[str, str],
    source: NoPictures | None = None,
    dialect: YoloDialect | None = None,
    bad: BadLabels | None = None,
) -> Loaded:
    file = read_yolo(find_labels(folder(tmp_path, files)), dialect or YoloDialect(), bad)
    return load(file, source or numbered(3), bad=bad, categories=NAMED)


def test_shares_become_pixels(tmp_path: Path) -> None:
    loaded = read(tmp_path, {"000002.txt": "0 0.5 0.5 0.2 0.4\n1 0.1 0.2 0.04 0.08\n"})
    assert labels(loaded) == [
        (1, Ball("d001", 1000, 1000, 400)),
        (1, Box("d001", 4000, 1500, 2000, 2000)),
    ]


@pytest.mark.parametrize(
    ("line", "dialect", "score", "track"),
    [
        ("0 0.5 0.5 0.2 0.4 0.87", YoloDialect(confidence=True), 8700, None),
        ("0 0.5 0.5 0.2 0.4 17", YoloDialect(tracks=True), None, "17"),
        ("0 0.5 0.5 0.2 0.4 0.87 17", YoloDialect(True, True), 8700, "17"),
    ],
)
def test_further_columns_are_what_is_said(
    tmp_path: Path, line: str, dialect: YoloDialect, score: int | None, track: str | None
) -> None:
    ((_, label),) = labels(read(tmp_path, {"000001.txt": line}, dialect=dialect))
    assert (label.score, label.track) == (score, track)
    with pytest.raises(FormatError, match="Say what they are: --confidence, --tracks or both"):
        read(tmp_path, {"000001.txt": line})


@pytest.mark.parametrize(
    ("line", "dialect", "says"),
    [
        ("0 0.5 0.5 0.2", None, "4 columns instead of 5"),
        ("0 0.5 0.5 0.2 0.4 0.1 0.2 0.3 0.4", None, "Polygons and key points cannot be taken"),
        ("0 0.5 0.5 0.2 x", None, "are not numbers"),
        ("0 0.5 0.5 0.2 nan", None, "infinite or too large"),
        ("0.5 0.5 0.5 0.2 0.4", None, "is not a class"),
        ("0 50 20 10 12", None, "are not shares of the picture"),
        ("0 0.5 0.5 0 0.4", None, "has no area"),
        ("0 1.5 0.5 0.1 0.1", None, "outside the frame"),
        ("0 0.5 0.5 0.2 0.4 0.87", YoloDialect(tracks=True), "is not a whole number"),
        ("0 0.5 0.5 0.2 0.4 17", YoloDialect(confidence=True), "not between 0 and 1"),
        ("7 0.5 0.5 0.2 0.4", None, "the category '7' is neither player nor ball"),
    ],
)
def test_a_broken_line_is_refused_with_file_and_line(
    tmp_path: Path, line: str, dialect: YoloDialect | None, says: str
) -> None:
    more = {"0.87": " 0.5", "17": " 0.5"}.get(line.split()[-1], "")
    first = "0 0.1 0.1 0.1 0.1" + (" 3" if dialect and dialect.tracks else more)
    with pytest.raises(FormatError) as caught:
        read(tmp_path, {"000001.txt": f"{first}\n{line}\n"}, dialect=dialect)
    assert says in str(caught.value)
    assert "000001.txt, line 2: " in str(caught.value)


def test_a_second_run_that_appended_is_seen(tmp_path: Path) -> None:
    twice = {"000001.txt": "0 0.5 0.5 0.2 0.4\n" * 2}
    with pytest.raises(FormatError, match="line 2: repeats line 1: a second run appends"):
        read(tmp_path, twice)
    bad = BadLabels(keep_going=True)
    assert len(labels(read(tmp_path, twice, bad=bad))) == 1
    assert bad.count == 1


def test_a_picture_without_a_file_has_no_labels(tmp_path: Path) -> None:
    assert [index for index, _ in labels(read(tmp_path, {"000003.txt": "0 .5 .5 .2 .4"}))] == [2]


def test_labels_of_a_video_are_numbered_from_1(tmp_path: Path) -> None:
    files = {"clip_1.txt": "0 .5 .5 .2 .4", "clip_10.txt": "0 .5 .5 .2 .4"}
    loaded = read(tmp_path, files, NoPictures(video_frames=10))
    assert [index for index, _ in labels(loaded)] == [0, 9]


def test_a_label_file_whose_picture_is_not_there_is_refused(tmp_path: Path) -> None:
    files = {"000001.txt": "0 .5 .5 .2 .4", "000009.txt": "0 .5 .5 .2 .4"}
    with pytest.raises(FormatError, match=r"the frame of 000009.txt is not in the clip"):
        read(tmp_path, files)
    bad = BadLabels(keep_going=True)
    assert len(labels(read(tmp_path, files, bad=bad))) == 1
    assert bad.count == 1


def test_positions_say_nothing_about_label_files(tmp_path: Path) -> None:
    file = read_yolo(find_labels(folder(tmp_path, {"000001.txt": ""})), YoloDialect())
    with pytest.raises(FormatError, match="positions say nothing"):
        load(file, numbered(1), Choice(by_position=True))


def test_names_of_classes_come_from_a_file_beside_the_labels(tmp_path: Path) -> None:
    files = {"000001.txt": "1 .5 .5 .2 .4", "classes.txt": "ball\nplayer\n"}
    assert labels(read(tmp_path, files))[0][1].id == "d001"
    loaded = load(read_yolo(find_labels(folder(tmp_path, files)), YoloDialect()), numbered(1))
    assert {c: t.kept for c, t in loaded.tallies.items()} == {PLAYER: 1, BALL: 0}


def test_what_is_no_folder_of_label_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"has no \.txt files"):
        find_labels(tmp_path)
    with pytest.raises(FormatError, match="cannot be read"):
        find_labels(tmp_path / "none")
    with pytest.raises(FormatError, match="this is MOTChallenge text"):
        read(tmp_path, {"det.txt": "1,1,5,5,9,9,0.5,-1,-1,-1\n"})


# -- data sets


def data_set(tmp_path: Path, yaml: str) -> Path:
    for name in ("images/train/a1.jpg", "labels/train/a1.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1 .5 .5 .2 .4\n" if name.endswith(".txt") else "")
    path = tmp_path / "data.yaml"
    path.write_text(yaml)
    return path


@pytest.mark.parametrize(
    "yaml",
    [
        "train: images/train\nnames: [ball, player]\n",
        "path: .\ntrain: [images/train]\nnames: {0: ball, 1: player}\n",
        "train: list.txt\nnames:\n  0: ball\n  1: player\n",
    ],
)
def test_a_data_set_says_pictures_labels_and_names(tmp_path: Path, yaml: str) -> None:
    (tmp_path / "list.txt").write_text("./images/train/a1.jpg\n./images/train/a2.jpg\n")
    found = find_data_set(data_set(tmp_path, yaml), "train")
    assert found.pictures == tmp_path / "images/train"
    names = ["a1.jpg", "a2.jpg"]
    loaded = load(read_yolo(found, YoloDialect()), NoPictures(names))
    assert {c: t.kept for c, t in loaded.tallies.items()} == {PLAYER: 1, BALL: 0}


@pytest.mark.parametrize(
    ("yaml", "says"),
    [
        ("train: [a, b]\nnames: [x]\n", "names no one folder"),
        ("names: [x]\n", "names no one folder"),
        ("train: images/train\nnames: 3\n", "are not names by number"),
        ("train: images/train\n", "are not names by number"),
        ("- 1\n", "is not a data.yaml"),
        ("a: [\n", "is not YAML"),
        ("train: list.txt\nnames: [x]\n", "leads out of the data set"),
        ("train: two.txt\nnames: [x]\n", "pictures of these folders: images/a, images/b"),
    ],
)
def test_a_broken_data_set_is_refused(tmp_path: Path, yaml: str, says: str) -> None:
    (tmp_path / "list.txt").write_text("../x.jpg\n")
    (tmp_path / "two.txt").write_text("images/a/1.jpg\nimages/b/1.jpg\n")
    with pytest.raises(FormatError, match=says):
        find_data_set(data_set(tmp_path, yaml), "train")


def test_yaml_that_would_fill_the_memory_is_refused_or_small(tmp_path: Path) -> None:
    rows = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]
    with pytest.raises(FormatError):
        find_data_set(data_set(tmp_path, "\n".join(rows)), "train")


# -- real predictions


def test_predictions_of_a_real_detector(real_data: Path) -> None:
    clip = real_data / "tactical-1080p"
    found = find_labels(clip / "prelabels_yolox_nano/labels_yolo_pred")
    file = read_yolo(found, YoloDialect(confidence=True))
    prepared = prepare(file, FolderPictures(clip / "frames"), wanted=Wanted(NAMED))
    assert {c: t.kept for c, t in prepared.labels.tallies.items()} == {PLAYER: 542, BALL: 164}
    assert prepared.pairing.stride == 5
    with pytest.raises(FormatError, match="6 columns instead of 5"):
        read_yolo(found, YoloDialect())
    truth = read_yolo(find_labels(clip / "labels_yolo", clip / "classes.txt"), YoloDialect())
    assert len(truth.rows) == 513 + 37


def test_a_data_set_of_another_project(real_data: Path) -> None:
    root = real_data / "formats/yolo/tests/assets/yolo_dataset/labels"
    found = find_labels(root / "labels/train", root / "obj.names")
    file = read_yolo(found, YoloDialect())
    mapping = {"label_2": PLAYER, "label_4": BALL}
    loaded = load(file, NoPictures(["1.jpg"], (15, 10)), categories=mapping)
    assert loaded.documents[PLAYER].frame(0).labels == (Box("d001", 0, 200, 400, 200),)
