"""What every writer writes, read by plain parsers of its format: every label is there, exactly."""

from __future__ import annotations

import configparser
import contextlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prelabel_tui.cli.export import SUMMARIES
from prelabel_tui.core.datasets.selection import select_eligible
from prelabel_tui.core.model.labels import Ball, Box, Capability, Label, Origin
from prelabel_tui.core.model.media import Manifest, MediaFrame
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.store import Store
from prelabel_tui.formats.side_file import read_side_file, rect_of
from prelabel_tui.formats.writers import FORMATS
from prelabel_tui.formats.writers.track_numbers import TrackNumbers
from tests.exporting import BALL, PLAYER, balls, both, exported, players, published

Row = tuple[str, float, float, float, float]
NAMES = {BALL: "ball", PLAYER: "player"}
FRAMES = 6
CLIP = Manifest(
    tuple(
        MediaFrame(f"{n:06d}.jpg", 64, 48, n * 40_000, path=f"/none/{n:06d}.jpg")
        for n in range(FRAMES)
    ),
    25_000,
)
HOSTILE = "a<b>&\"'%(x)s\n;#=,[y]\u2028.."


def expected(index: int) -> list[Row]:
    """Class and box of each label, the ball first."""
    labels: list[tuple[Capability, Label]] = [
        *((BALL, label) for label in balls(FRAMES)[index].labels),
        *((PLAYER, label) for label in players(FRAMES)[index].labels),
    ]
    return [(NAMES[capability], *rect_of(label)) for capability, label in labels]


def same(found: list[Row], wanted: list[Row], close: float = 1e-6) -> bool:
    return len(found) == len(wanted) and all(
        one[0] == two[0] and one[1:] == pytest.approx(two[1:], abs=close)
        for one, two in zip(found, wanted, strict=True)
    )


@pytest.fixture
def entered(store: Store) -> Store:
    both(store, CLIP)
    return store


def test_every_command_has_its_writer() -> None:
    assert SUMMARIES.keys() == FORMATS.keys()


@pytest.mark.parametrize("keypoints", [False, True])
def test_coco(entered: Store, tmp_path: Path, keypoints: bool) -> None:
    from pycocotools.coco import COCO

    exported(entered, "coco", tmp_path / "out", keypoints=keypoints).unwrap()
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(tmp_path / "out/annotations/instances_all.json"))
    assert sorted(coco.cats) == [1, 2]
    for index in range(FRAMES):
        image = coco.imgs[index + 1]
        assert image["file_name"] == f"arena/m1/{index:06d}.jpg"
        found = coco.imgToAnns[index + 1]
        rows = [(coco.cats[a["category_id"]]["name"], *a["bbox"]) for a in found]
        assert same(rows, expected(index))
        assert all(("keypoints" in a) == keypoints for a in found)
        for annotation in found:
            if annotation["category_id"] == 2:
                x, y, w, h = annotation["bbox"]
                assert [x + w / 2, y + h / 2] == pytest.approx(annotation["point"])
                assert annotation["size"] == w == h
                if keypoints:
                    assert annotation["keypoints"] == [*annotation["point"], 2]
    first = coco.imgs[1]
    assert first["labelled"] == ["ball_detection", "player_detection"]
    assert first["ball_state"] == "occluded"
    assert coco.imgs[3]["flags"] == {"ball_detection": [], "player_detection": ["bad_frame"]}
    third = coco.imgToAnns[3]
    assert [a["label_id"] for a in third] == ["b1", "n1", "p7", "p9"]
    assert third[3]["was"] == [33.0, 22.22, 4.44, 5.55]
    assert [a.get("score") for a in third] == [0.6543, None, 0.8001, 0.9999]


def test_yolo(entered: Store, tmp_path: Path) -> None:
    exported(entered, "yolo", tmp_path / "out").unwrap()
    out = tmp_path / "out"
    assert (out / "data.yaml").read_text() == (
        "train: all.txt\nval: all.txt\nnames:\n  0: player\n  1: ball\n"
    )
    listed = (out / "all.txt").read_text().splitlines()
    assert listed == [f"./images/arena/m1/{n:06d}.jpg" for n in range(FRAMES)]
    for index, picture in enumerate(listed):
        # Where Ultralytics looks for the labels of a picture.
        labels = out / f"{picture.replace('/images/', '/labels/').rsplit('.', 1)[0]}.txt"
        rows: list[Row] = []
        for line in labels.read_text().splitlines():
            number, *shares = line.split()
            assert all(len(share.split(".")[1]) >= 8 for share in shares)
            cx, cy, w, h = map(float, shares)
            rows.append((["player", "ball"][int(number)], (cx - w / 2) * 64, (cy - h / 2) * 48,
                         w * 64, h * 48))  # fmt: skip
        assert same(rows, expected(index))


def test_yolo_refuses_pictures_that_would_share_a_file(store: Store, tmp_path: Path) -> None:
    frames = tuple(MediaFrame(n, 64, 48, path=f"/none/{n}") for n in ("a.jpg", "a.png"))
    published(store, PLAYER, players(2), Manifest(frames))
    done = exported(store, "yolo", tmp_path / "out")
    assert done.outcome.code is Code.INPUT_INVALID
    assert "a.png and another picture differ only in their ending" in done.outcome.detail


@pytest.mark.parametrize(("name", "part"), [("mot", "prelabel-all"), ("soccernet", "all")])
def test_sequences(entered: Store, tmp_path: Path, name: str, part: str) -> None:
    exported(entered, name, tmp_path / "out").unwrap()
    sequence = tmp_path / "out" / part / "arena+m1"
    info = configparser.ConfigParser()
    info.read(sequence / "seqinfo.ini", encoding="utf-8")
    assert dict(info["Sequence"]) == {
        "name": "arena+m1", "imdir": "img1", "framerate": "25", "seqlength": "6", "imwidth": "64",
        "imheight": "48", "imext": ".jpg",
    }  # fmt: skip
    kinds = {"1": "player", "2": "ball"}
    if name == "soccernet":
        game = configparser.ConfigParser()
        game.read(sequence / "gameinfo.ini", encoding="utf-8")
        kinds = {
            key.removeprefix("trackletid_"): value.split(";")[0]
            for key, value in game["Sequence"].items()
            if key.startswith("trackletid_")
        }
        assert len(kinds) == 4
    rows: dict[int, list[Row]] = {n: [] for n in range(1, FRAMES + 1)}
    for line in (sequence / "gt/gt.txt").read_text().splitlines():
        frame, track, x, y, w, h, *ends = line.split(",")
        assert len(ends) == (3 if name == "mot" else 4)
        kind = kinds[ends[1] if name == "mot" else track]
        rows[int(frame)].append((kind, float(x), float(y), float(w), float(h)))
        assert int(track) >= 1
    for index in range(FRAMES):
        assert same(rows[index + 1], expected(index))


def test_left_out_frames_leave_no_gap_in_a_sequence(entered: Store, tmp_path: Path) -> None:
    from prelabel_tui.core.model.labels import Flag

    exported(entered, "mot", tmp_path / "out", exclude_flags=frozenset([Flag.BAD_FRAME])).unwrap()
    sequence = tmp_path / "out/prelabel-all/arena+m1"
    side = read_side_file(sequence / "gt/prelabel.jsonl")
    assert {name: image.frame for name, image in side.images.items()} == {
        "1": 0, "2": 1, "3": 3, "4": 4, "5": 5,
    }  # fmt: skip
    assert "seqLength=5" in (sequence / "seqinfo.ini").read_text()


@pytest.mark.parametrize("name", ["mot", "soccernet"])
def test_a_sequence_has_one_size_and_one_ending(store: Store, tmp_path: Path, name: str) -> None:
    sizes = tuple(MediaFrame(f"{n}.jpg", 64 + n, 48, path=f"/none/{n}.jpg") for n in range(2))
    endings = tuple(MediaFrame(n, 64, 48, path=f"/none/{n}") for n in ("1.jpg", "2.png"))
    published(store, PLAYER, players(2), Manifest(sizes), media="sizes")
    published(store, PLAYER, players(2), Manifest(endings), media="endings")
    for media, said in (("sizes", "64×48 px and 65×48 px"), ("endings", "in .jpg and .png")):
        done = exported(store, name, tmp_path / "out", select_eligible(store, media=media))
        assert done.outcome.code is Code.INPUT_INVALID
        assert said in done.outcome.detail


def test_cvat(entered: Store, tmp_path: Path) -> None:
    exported(entered, "cvat", tmp_path / "out").unwrap()
    root = ElementTree.parse(tmp_path / "out/all/arena/m1/annotations.xml").getroot()
    assert root.findtext("version") == "1.1"
    images = root.findall("image")
    assert [i.get("name") for i in images] == [f"{n:06d}.jpg" for n in range(FRAMES)]
    for index, image in enumerate(images):
        rows: list[Row] = []
        for box in image.findall("box"):
            left, top, right, bottom = (
                float(box.get(corner, "")) for corner in ("xtl", "ytl", "xbr", "ybr")
            )
            rows.append((box.get("label", ""), left, top, right - left, bottom - top))
        assert same(rows, expected(index))
    assert [b.get("occluded") for b in images[0].findall("box")] == ["1", "0", "0", "0"]


def test_label_studio(entered: Store, tmp_path: Path) -> None:
    exported(entered, "label-studio", tmp_path / "out").unwrap()
    tasks = json.loads((tmp_path / "out/all/arena/m1/tasks.json").read_bytes())
    assert len(tasks) == FRAMES
    for index, task in enumerate(tasks):
        path = unquote(task["data"]["image"].removeprefix("/data/local-files/?d="))
        assert path == f"images/arena/m1/{index:06d}.jpg"
        rows: list[Row] = []
        for result in task["annotations"][0]["result"]:
            value = result["value"]
            places = (value[key] * size / 100 for key, size in
                      (("x", 64), ("y", 48), ("width", 64), ("height", 48)))  # fmt: skip
            rows.append((value["rectanglelabels"][0], *places))  # type: ignore[arg-type]
        assert same(rows, expected(index))


def label_folders(folder: Path) -> Iterator[Path]:
    return (path.parent for path in sorted(folder.rglob("prelabel.jsonl")))


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"coco"}))
def test_the_side_file_holds_every_label_as_it_is(
    entered: Store, tmp_path: Path, name: str
) -> None:
    exported(entered, name, tmp_path / "out").unwrap()
    (folder,) = label_folders(tmp_path / "out")
    side = read_side_file(folder / "prelabel.jsonl")
    assert (side.header.dialect, side.header.pixels_from, side.header.fps) == (name, 0, 25_000)
    for index, image in enumerate(side.images.values()):
        ball, player = balls(FRAMES)[index], players(FRAMES)[index]
        assert image.labels == (*ball.labels, *player.labels)
        assert (image.frame, image.name, image.time) == (index, f"{index:06d}.jpg", index * 40_000)
        assert image.ball is ball.ball
        flags = {c: f.flags for c, f in ((BALL, ball), (PLAYER, player)) if f.flags}
        assert image.flags == flags
        assert image.labelled == (BALL, PLAYER)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_hostile_names_stay_inside_and_are_read_back(
    store: Store, tmp_path: Path, name: str
) -> None:
    frames = tuple(
        MediaFrame(n, 64, 48, path="/none/x.jpg") for n in ("../../x.jpg", "/etc/x.jpg", "\n;.jpg")
    )
    for workspace, media in ((HOSTILE, ".."), ("..", HOSTILE), ("%", ".hidden")):
        both(store, Manifest(frames), workspace=workspace, media=media)
    out = tmp_path / "deep" / "out"
    assert exported(store, name, out).unwrap().images == 9
    for path in tmp_path.rglob("*"):
        assert (
            path in (out.parent, tmp_path / "home")
            or path.is_relative_to(out)
            or (path.is_relative_to(tmp_path / "home"))
        )
    for path in out.rglob("*.ini"):
        parser = configparser.ConfigParser()
        parser.read(path, encoding="utf-8")
        assert parser["Sequence"]["name"] == path.parent.name
    clips = {
        (side.header.workspace, side.header.media)
        for folder in label_folders(out)
        for side in [read_side_file(folder / "prelabel.jsonl")]
    }
    if name != "coco":
        assert clips == {(HOSTILE, ".."), ("..", HOSTILE), ("%", ".hidden")}
    for path in out.rglob("*.xml"):
        ElementTree.parse(path)
    for path in out.rglob("*.json"):
        json.loads(path.read_bytes())
    for path in out.glob("seqmaps/*.txt"):
        assert len(path.read_text(encoding="utf-8").splitlines()) == 4


_ids = st.sampled_from(["p1", "p2", "b1", "b2", "d001", "a7", "n1", "ball"])
_labels = st.lists(st.tuples(st.sampled_from(list(Capability)), _ids), max_size=12, unique=True)


@given(st.lists(_labels, max_size=6))
@settings(max_examples=200)
def test_track_numbers(frames: list[list[tuple[Capability, str]]]) -> None:
    tracks = TrackNumbers()
    seen: dict[int, tuple[Capability, str]] = {}
    for frame in frames:
        numbers = []
        for capability, name in frame:
            label: Label = (
                Ball(name, 1, 1, 1) if capability is BALL else Box(name, 1, 1, 1, 1, None,
                                                                   Origin.MODEL)
            )  # fmt: skip
            number = tracks.of(capability, label)
            numbers.append(number)
            assert number >= 1
            if name in ("d001", "a7"):
                assert number not in seen, "named by its row: no track"
            assert seen.setdefault(number, (capability, name)) == (capability, name)
        assert len(set(numbers)) == len(numbers)
