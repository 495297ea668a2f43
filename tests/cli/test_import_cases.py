"""Inputs that once went wrong without a word, each with what is right; and every command once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from PIL import Image
from typer.testing import CliRunner

from prelabel_tui.cli import app
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Box, Capability
from prelabel_tui.core.model.media import Manifest, decode_manifest
from prelabel_tui.core.store import models, open_store
from tests.formats import (
    test_cvat,
    test_label_studio,
    test_soccernet,
    test_sportslabkit,
    test_supervision,
    test_ultralytics,
)
from tests.imaging.films import SIZE, film

Cli = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def cli(home: Path) -> Cli:
    def call(command: str, *words: object) -> Result:
        given = ["--workspace", "w", "--media", "m", *map(str, words)]
        return CliRunner().invoke(app, ["--home", str(home), "import", command, *given])

    return call


def pictures(folder: Path, *names: str, size: tuple[int, int] = (320, 180)) -> Path:
    folder.mkdir(exist_ok=True)
    for name in names:
        Image.new("RGB", size, (40, 120, 60)).save(folder / name)
    return folder


def players(tmp_path: Path, numbers: range) -> Path:
    """A box that stands at x = 100 + its frame's number, pixels from 1."""
    path = tmp_path / "p.txt"
    path.write_text("".join(f"{n},7,{101 + n},61,20,40,0.9,-1,-1,-1\n" for n in numbers))
    return path


def stored(home: Path) -> tuple[Manifest, dict[Capability, Document]]:
    """The clip and the packs that came in."""
    store = open_store(home).unwrap()
    with store.read() as session:
        media = session.query(models.Media).one()
        packs = session.query(models.PrelabelPack).all()
    documents = {
        Capability(pack.capability): Document.from_payload(store.artifacts.get(pack.artifact_sha))
        for pack in packs
    }
    manifest = decode_manifest(store.artifacts.get(media.manifest_sha))
    store.close()
    return manifest, documents


def places(home: Path) -> dict[str, list[int]]:
    """For each frame the left edges of its players, in px."""
    manifest, documents = stored(home)
    return {
        frame.name: [label.x // 100 for label in labelled.labels]
        for frame, labelled in zip(manifest.frames, documents[Capability.PLAYER], strict=True)
    }


def test_files_that_a_mac_leaves_are_no_frames(cli: Cli, tmp_path: Path, home: Path) -> None:
    names = [f"frame_{n}.jpg" for n in range(1, 6)]
    folder = pictures(tmp_path / "frames", *names)
    for name in names:
        (folder / f"._{name}").write_bytes(b"\x00\x05\x16\x07 resource fork")
    done = cli("mot", "--frames", folder, "--players", players(tmp_path, range(1, 6)),
               "--pixels-from", 1)  # fmt: skip
    assert done.exit_code == 0, done.output
    assert places(home) == {f"frame_{n}.jpg": [100 + n] for n in range(1, 6)}


def test_a_lost_picture_moves_no_label(cli: Cli, tmp_path: Path, home: Path) -> None:
    folder = pictures(tmp_path / "frames", *(f"{n:06d}.jpg" for n in (1, 2, 4, 5)))
    done = cli("mot", "--frames", folder, "--players", players(tmp_path, range(1, 5)),
               "--pixels-from", 1)  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "1 of 5 frames has no picture: 000003.jpg" in done.stdout
    assert places(home) == {
        "000001.jpg": [101], "000002.jpg": [102], "000003.jpg": [103], "000004.jpg": [104],
        "000005.jpg": [],
    }  # fmt: skip
    assert [f.name for f in stored(home)[0].frames if f.missing] == ["000003.jpg"]


def test_the_last_picture_lost_is_refused_and_not_burned(
    cli: Cli, tmp_path: Path, home: Path
) -> None:
    folder = pictures(tmp_path / "frames", *(f"{n:06d}.jpg" for n in (1, 2, 3)))
    words = ["--frames", folder, "--players", players(tmp_path, range(1, 5)), "--pixels-from", 1]
    refused = cli("mot", *words)
    assert refused.exit_code == 29
    assert "line 4: frame 4 is not in the clip (000001.jpg … 000003.jpg)" in refused.stderr
    assert not home.exists()
    pictures(folder, "000004.jpg")
    assert cli("mot", *words).exit_code == 0


def test_a_crowd_is_no_player(cli: Cli, tmp_path: Path, home: Path) -> None:
    folder = pictures(tmp_path / "frames", "000001.jpg")
    player = {"id": 11, "image_id": 1, "category_id": 1, "bbox": [101, 60, 20, 40], "iscrowd": 0}
    crowd = {"id": 900, "image_id": 1, "category_id": 1, "bbox": [0, 0, 320, 50], "iscrowd": 1}
    document = {
        "images": [{"id": 1, "file_name": "000001.jpg", "width": 320, "height": 180}],
        "categories": [{"id": 1, "name": "player"}],
        "annotations": [player, crowd],
    }
    (tmp_path / "crowd.json").write_text(json.dumps(document))
    done = cli("coco", "--frames", folder, "--images", tmp_path / "crowd.json")
    assert done.exit_code == 0, done.output
    assert "left out, iscrowd: 1 label" in done.stdout
    assert places(home) == {"000001.jpg": [101]}


def test_pictures_turned_by_exif_are_measured_turned(cli: Cli, tmp_path: Path, home: Path) -> None:
    """Labels are for the picture as it is seen; one for the file's own size is refused."""
    folder = tmp_path / "frames"
    folder.mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (320, 180)).save(folder / "000001.jpg", exif=exif)
    image = {"id": 1, "file_name": "000001.jpg", "width": 180, "height": 320}
    box = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [80, 101, 40, 20]}
    document = {
        "images": [image], "categories": [{"id": 1, "name": "player"}], "annotations": [box],
    }  # fmt: skip
    (tmp_path / "c.json").write_text(json.dumps(document))
    done = cli("coco", "--frames", folder, "--images", tmp_path / "c.json")
    assert done.exit_code == 0, done.output
    (frame,) = stored(home)[0].frames
    assert (frame.width, frame.height, frame.missing) == (180, 320, None)


def test_an_older_export_of_a_video_comes_back_on_the_same_frames(
    cli: Cli, tmp_path: Path, home: Path
) -> None:
    """It called its frames by their number, from 0, and had no field for the video's frame."""
    clip = film(tmp_path / "clip.mp4")
    width, height = SIZE
    images = [
        {"id": n + 1, "file_name": f"{n:06d}", "width": width, "height": height,
         "workspace": "v", "media": "one", "frame_index": n, "time": n * 0.04,
         "flags": {"player_detection": []}}
        for n in range(30)
    ]  # fmt: skip
    boxes = [
        {"id": n + 1, "image_id": n + 1, "category_id": 1, "bbox": [n, 4, 9, 9], "iscrowd": 0,
         "segmentation": [], "label_id": "p7", "origin": "model"}
        for n in range(30)
    ]  # fmt: skip
    document = {
        "info": {"revisions": [{"capability": "player_detection"}]},
        "images": images,
        "annotations": boxes,
        "categories": [{"id": 1, "name": "player"}, {"id": 2, "name": "ball"}],
    }  # fmt: skip
    (tmp_path / "export.json").write_text(json.dumps(document))
    done = cli("coco", "--video", clip, "--images", tmp_path / "export.json")
    assert done.exit_code == 0, done.output
    manifest, documents = stored(home)
    assert set(documents) == {Capability.PLAYER}
    for index, (frame, labelled) in enumerate(
        zip(manifest.frames, documents[Capability.PLAYER], strict=True)
    ):
        assert frame.at == index
        assert labelled.labels == (Box("p7", 100 * index, 400, 900, 900),)


def test_frames_of_a_video_that_labels_are_listed_for(cli: Cli, tmp_path: Path, home: Path) -> None:
    clip = film(tmp_path / "clip.ts", container="mpegts", b_frames=2)
    done = cli("mot", "--video", clip, "--players", _small(tmp_path), "--pixels-from", 0)
    assert done.exit_code == 0, done.output
    assert "frame numbers count the frames of the video, from 1" in done.stdout
    manifest, documents = stored(home)
    assert len(manifest.frames) == 30
    assert [index for index, frame in enumerate(documents[Capability.PLAYER]) if frame.labels] == [
        0, 29,
    ]  # fmt: skip


def _small(tmp_path: Path) -> Path:
    path = tmp_path / "small.txt"
    path.write_text("1,1,1,1,9,9,1\n30,1,2,1,9,9,1\n")
    return path


# -- every command once, by its own words

NAMES = tuple(f"{n:06d}.jpg" for n in (1, 2, 3))


def yolo(folder: Path) -> list[object]:
    (folder / "labels").mkdir()
    (folder / "labels/000002.txt").write_text("0 0.5 0.5 0.2 0.4 0.87 3\n")
    return ["--labels", folder / "labels", "--confidence", "--tracks", "--player-category", 0]


def yolo_data(folder: Path) -> list[object]:
    for part in ("images/train", "labels/train"):
        (folder / part).mkdir(parents=True)
    pictures(folder / "images/train", *NAMES, size=(100, 50))
    (folder / "labels/train/000002.txt").write_text("1 0.5 0.5 0.2 0.4\n")
    (folder / "data.yaml").write_text("train: images/train\nnames: [ball, player]\n")
    return ["--data", folder / "data.yaml"]


def ultralytics(folder: Path) -> list[object]:
    document = [test_ultralytics.prediction(n) for n in (1, 2)]
    (folder / "p.json").write_text(json.dumps(document))
    return ["--labels", folder / "p.json", "--player-category", 1]


def supervision(folder: Path) -> list[object]:
    (folder / "sink.csv").write_text(test_supervision.CSV.replace(",0\n", ",1\n"))
    return ["--labels", folder / "sink.csv"]


def soccernet(folder: Path) -> list[object]:
    sequence = test_soccernet.sequence(folder)
    pictures(sequence / "img1", *NAMES, size=(100, 50))
    return ["--sequence", sequence, "--skip-category", "referee", "--skip-category", "other"]


def game_state(folder: Path) -> list[object]:
    pictures(folder / "img1", *NAMES[:2], size=(100, 50))
    path = test_soccernet.written(folder, test_soccernet.document())
    return ["--labels", path]


def cvat(folder: Path) -> list[object]:
    body = "".join(
        test_cvat.IMAGE.format(id=n, name=name, shapes=test_cvat.box())
        for n, name in enumerate(NAMES)
    )
    return ["--labels", test_cvat.xml(folder, body)]


def label_studio(folder: Path) -> list[object]:
    tasks = [test_label_studio.task(n) for n in (1, 2, 3)]
    return ["--labels", test_label_studio.written(folder, tasks)]


def sportslabkit(folder: Path) -> list[object]:
    words = ["--player-category", 0, "--ball-category", 3, "--number-from", 0]
    return ["--labels", test_sportslabkit.written(folder), *words, "--match", "position"]


COMMANDS: dict[str, tuple[str, Callable[[Path], list[object]], int]] = {
    "yolo": ("yolo", yolo, 1),
    "yolo data": ("yolo", yolo_data, 1),
    "ultralytics": ("ultralytics", ultralytics, 2),
    "supervision": ("supervision", supervision, 2),
    "soccernet": ("soccernet", soccernet, 3),
    "game-state": ("game-state", game_state, 3),
    "cvat": ("cvat", cvat, 3),
    "label-studio": ("label-studio", label_studio, 3),
    "sportslabkit": ("sportslabkit", sportslabkit, 4),
}
OWN_PICTURES = ("yolo data", "soccernet", "game-state")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_looks_and_brings_in(cli: Cli, tmp_path: Path, home: Path, name: str) -> None:
    command, make, count = COMMANDS[name]
    given = tmp_path / "given"
    given.mkdir()
    words = make(given)
    if name not in OWN_PICTURES:
        words += ["--frames", pictures(tmp_path / "frames", *NAMES, size=(100, 50))]
    look = cli(command, *words, "--check", "--json")
    assert look.exit_code == 0, look.output
    assert not home.exists()
    done = cli(command, *words, "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["labels"] == json.loads(look.stdout)["labels"]
    assert sum(tally["kept"] for tally in found["labels"].values()) == count
    assert sum(len(f.labels) for d in stored(home)[1].values() for f in d) == count


@pytest.mark.parametrize(
    ("command", "words", "says"),
    [
        ("yolo", [], "either --labels DIR or --data FILE"),
        ("soccernet", ["--sequence", ".", "--kind", "tracks"], "--kind 'tracks'"),
        ("label-studio", ["--labels", "x.json", "--take", "both"], "--take 'both'"),
        ("cvat", ["--labels", "x.xml"], "either --frames DIR or --video FILE"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    cli: Cli, home: Path, command: str, words: list[object], says: str
) -> None:
    refused = cli(command, *words)
    assert refused.exit_code == 36
    assert says in refused.stderr
    assert not home.exists()


def test_a_folder_of_labels_that_is_not_there_is_one_line(cli: Cli, tmp_path: Path) -> None:
    refused = cli("yolo", "--labels", tmp_path / "none", "--frames", tmp_path)
    assert refused.exit_code == 29
    (line,) = refused.stderr.splitlines()
    assert "cannot be read (No such file or directory)" in line
