"""A file without labels: nothing was found, where it lists its images; else it says nothing."""

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

Cli = Callable[..., Result]
Made = tuple[str, list[object]]
Make = Callable[[Path], Made]
"""Writes the files of a case; the command and its options."""


@pytest.fixture
def frames(tmp_path: Path) -> Path:
    folder = tmp_path / "frames"
    folder.mkdir()
    for number in (1, 2, 3):
        Image.new("RGB", (320, 180)).save(folder / f"{number:06d}.jpg")
    return folder


@pytest.fixture
def cli(tmp_path: Path, frames: Path) -> Cli:
    def call(command: str, *words: object) -> Result:
        given = ["--workspace", "w", "--media", "m", "--frames", frames, *words]
        return CliRunner().invoke(
            app, ["--home", str(tmp_path / "home"), "import", command, *map(str, given)]
        )

    return call


def file(folder: Path, text: str, name: str = "labels") -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def coco(folder: Path, categories: list[dict[str, Any]]) -> Path:
    images = [
        {"id": n, "file_name": f"{n:06d}.jpg", "width": 320, "height": 180} for n in (1, 2, 3)
    ]
    document = {"images": images, "annotations": [], "categories": categories}
    return file(folder, json.dumps(document), "images.json")


PLAYER = [{"id": 1, "name": "player"}]

SAYS_NOTHING: dict[str, Make] = {
    "mot": lambda at: ("mot", ["--players", file(at, ""), "--pixels-from", 0]),
    "mot, one of two files": lambda at: (
        "mot",
        ["--players", file(at, "1,1,5,5,9,9,1\n", "players"), "--ball", file(at, "\n"),
         "--pixels-from", 0],
    ),
    "mot, all ignored": lambda at: (
        "mot",
        ["--labels", file(at, "1,1,5,5,9,9,0,1,1\n"), "--columns", "gt", "--pixels-from", 0],
    ),
    "mot, all dropped": lambda at: (
        "mot",
        ["--players", file(at, "1,1,x,5,9,9,1\n"), "--pixels-from", 0, "--bad-labels", "drop"],
    ),
    "predictions": lambda at: ("ultralytics", ["--labels", file(at, "[]")]),
    "supervision json": lambda at: ("supervision", ["--labels", file(at, "[]")]),
    "supervision csv": lambda at: (
        "supervision",
        ["--labels", file(at, "x_min,y_min,x_max,y_max,class_id,confidence,tracker_id,class_name,"
                              "frame_number\n")],
    ),
    "game state": lambda at: ("game-state", ["--labels", file(at, '{"predictions": []}')]),
    "sportslabkit": lambda at: (
        "sportslabkit",
        ["--labels", file(at, "TeamID,0,0,0,0\nPlayerID,1,1,1,1\n"
                              "Attributes,bb_left,bb_top,bb_width,bb_height\n")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SAYS_NOTHING)
@pytest.mark.parametrize("more", [["--check"], []])
def test_a_file_that_does_not_list_its_images_is_refused(
    cli: Cli, tmp_path: Path, case: str, more: list[str]
) -> None:
    command, words = SAYS_NOTHING[case](tmp_path / "given")
    refused = cli(command, *words, *more)
    assert refused.exit_code == 29, refused.output
    assert f"{tmp_path}/given/labels: has no labels" in refused.stderr
    assert "and does not list its images" in refused.stderr
    if "ignored" in case:
        assert "(left out, flag 0 (ignored): 1)" in refused.stderr
    if "dropped" in case:
        assert "line 1: 'x' is not a number" in refused.stderr
    assert not (tmp_path / "home").exists()


WITHOUT_SUBJECT: dict[str, Make] = {
    "coco": lambda at: ("coco", ["--images", coco(at, [])]),
    "yolo": lambda at: ("yolo", ["--labels", file(at, "", "labels/000001.txt").parent]),
    "to_json": lambda at: ("ultralytics", ["--labels", file(at, "[[], [], []]")]),
    "every category left out": lambda at: (
        "coco", ["--images", coco(at, PLAYER), "--skip-category", "player"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WITHOUT_SUBJECT)
def test_without_labels_and_categories_the_capability_is_said(
    cli: Cli, tmp_path: Path, case: str
) -> None:
    (tmp_path / "given").mkdir()
    command, words = WITHOUT_SUBJECT[case](tmp_path / "given")
    refused = cli(command, *words)
    assert refused.exit_code == 29, refused.output
    assert "has no labels, so nothing says what it is about" in refused.stderr
    assert not (tmp_path / "home").exists()
    done = cli(command, *words, "--capability", "player")
    assert done.exit_code == 0, done.output
    assert "player_detection: 0 labels on 0 of 3 frames" in done.stdout
    assert "ball_detection" not in done.stdout


def test_a_list_of_images_without_labels_says_that_nothing_was_found(
    cli: Cli, tmp_path: Path
) -> None:
    (tmp_path / "given").mkdir()
    done = cli("coco", "--images", coco(tmp_path / "given", PLAYER))
    assert done.exit_code == 0, done.output
    assert "player_detection: 0 labels on 0 of 3 frames" in done.stdout
