"""`prelabel-tui import`: the command lines of the guide, and bad input of every kind."""

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
from prelabel_tui.core.catalog.runs import list_runs
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.model.media import decode_manifest
from prelabel_tui.core.store import models, open_store
from prelabel_tui.demo import make_match, write_match

Cli = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def cli(home: Path) -> Cli:
    def call(*words: object) -> Result:
        return CliRunner().invoke(app, ["--home", str(home), *map(str, words)])

    return call


@pytest.fixture(scope="module")
def match(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("match")
    write_match(make_match(frames=6, width=320, height=180, fault_share=0.5), folder)
    return folder


COCO_CASE: dict[str, Any] = {
    "command": "coco", "players": None, "ball": None, "pixels_from": None, "match": None,
}  # fmt: skip
"""What makes the words of :func:`mot` those of `import coco`; images must be given."""


def mot(match: Path, /, command: str = "mot", **changes: object) -> list[object]:
    given = {
        "--workspace": "demo",
        "--media": "m",
        "--frames": match / "frames",
        "--players": match / "players_det.txt",
        "--ball": match / "ball_det.txt",
        "--pixels-from": 1,
        "--match": "position",
        **{f"--{name.replace('_', '-')}": value for name, value in changes.items()},
    }
    words: list[object] = ["import", command]
    for name, value in given.items():
        if value is not None:
            words += [name, value]
    return words


def coco(match: Path, *more: object) -> list[object]:
    return [
        "import", "coco", "--workspace", "demo", "--media", "m", "--frames", match / "frames",
        "--images", match / "coco_images.json", "--results", match / "coco_results.json", *more,
    ]  # fmt: skip


def run_count(home: Path) -> int:
    store = open_store(home).unwrap()
    count = len(list_runs(store).rows)
    store.close()
    return count


def test_mot_makes_a_run_with_two_packs_once(cli: Cli, match: Path, home: Path) -> None:
    first = cli(*mot(match))
    assert first.exit_code == 0, first.output
    assert first.stdout.splitlines()[-1].startswith("IMPORT_SUCCESS: The run was imported. run-")
    again = cli(*mot(match), "--json")
    assert again.exit_code == 0
    answer = json.loads(again.stdout)
    assert answer["code"] == "IMPORT_ALREADY_PRESENT"
    assert [line["status"] for line in answer["run"]["outcomes"]] == ["succeeded", "succeeded"]
    assert run_count(home) == 1


def test_coco_takes_names_relative_to_where_one_is(
    cli: Cli, match: Path, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.chdir(match)
    done = cli("import", "coco", "--workspace", "demo", "--media", "m", "--frames", "frames",
               "--images", "coco_images.json", "--results", "coco_results.json")  # fmt: skip
    assert done.exit_code == 0, done.output
    store = open_store(home).unwrap()
    with store.read() as session:
        media = session.query(models.Media).one()
    manifest = decode_manifest(store.artifacts.get(media.manifest_sha))
    assert manifest.frames[0].path == str(match / "frames" / "000000.jpg")
    store.close()


def test_copied_pictures_lie_in_the_data_folder(cli: Cli, match: Path, home: Path) -> None:
    assert cli(*mot(match), "--copy").exit_code == 0
    store = open_store(home).unwrap()
    with store.read() as session:
        media = session.query(models.Media).one()
    frame = decode_manifest(store.artifacts.get(media.manifest_sha)).frames[2]
    assert frame.path is None
    picture = (match / "frames" / "000002.jpg").read_bytes()
    assert frame.sha256 is not None
    assert store.artifacts.get(frame.sha256) == picture
    store.close()


def test_least_scores_are_per_capability(cli: Cli, match: Path) -> None:
    done = cli(*coco(match), "--min-score", "ball=0.99", "--min-score", "player_detection=0.5",
               "--json")  # fmt: skip
    assert done.exit_code == 0, done.output
    labels = json.loads(done.stdout)["labels"]
    assert labels["ball_detection"]["kept"] == 0
    assert labels["player_detection"]["kept"] > 0


def test_categories_are_mapped_by_option(cli: Cli, match: Path, tmp_path: Path) -> None:
    images = json.loads((match / "coco_images.json").read_text())
    images["categories"][0]["name"] = "athlete"
    path = tmp_path / "images.json"
    path.write_text(json.dumps(images))
    words = [path if word == match / "coco_images.json" else word for word in coco(match)]
    refused = cli(*words)
    assert refused.exit_code == 29
    assert "'athlete'" in refused.stderr
    assert cli(*words, "--player-category", "athlete").exit_code == 0


def test_a_category_is_left_out_by_option_and_counted(
    cli: Cli, match: Path, tmp_path: Path
) -> None:
    images = json.loads((match / "coco_images.json").read_text())
    results = json.loads((match / "coco_results.json").read_text())
    images["categories"].append({"id": 77, "name": "referee"})
    box = {"image_id": images["images"][0]["id"], "bbox": [1, 1, 9, 9], "score": 0.9}
    (tmp_path / "i.json").write_text(json.dumps(images))
    (tmp_path / "r.json").write_text(json.dumps([*results, {**box, "category_id": 77}]))
    words = coco(match, "--images", tmp_path / "i.json", "--results", tmp_path / "r.json")
    refused = cli(*words)
    assert "the category 'referee' is neither player nor ball" in refused.stderr
    clash = cli(*words, "--skip-category", "Referee", "--player-category", "referee")
    assert "--skip-category referee: it is also mapped" in clash.stderr
    told = cli(*words, "--skip-category", "referee")
    assert told.exit_code == 0, told.output
    assert "left out, referee: 1 label" in told.stdout


def test_missing_and_broken_pictures_are_reported_not_fatal(
    cli: Cli, match: Path, tmp_path: Path
) -> None:
    frames = tmp_path / "frames"
    frames.mkdir()
    for number in (0, 1, 3, 4, 5):
        name = f"{number:06d}.jpg"
        (frames / name).write_bytes(
            (match / "frames" / name).read_bytes()[: None if number else 90]
        )
    words = [frames if word == match / "frames" else word for word in coco(match)]
    done = cli(*words)
    assert done.exit_code == 0, done.output
    assert "2 of 6 thumbnails are missing: 000000.jpg" in done.stderr
    # What is mended later is taken up, without another run.
    for name in ("000000.jpg", "000002.jpg"):
        (frames / name).write_bytes((match / "frames" / name).read_bytes())
    again = cli(*words, "--json")
    assert again.exit_code == 0
    assert json.loads(again.stdout)["run"]["missing_count"] == 0


BAD: dict[str, tuple[Callable[[Path, Path], dict[str, Any]], str]] = {}


def bad(says: str) -> Callable[[Callable[[Path, Path], dict[str, Any]]], None]:
    def enter(make: Callable[[Path, Path], dict[str, Any]]) -> None:
        BAD[make.__name__] = (make, says)

    return enter


@bad("has no pictures")
def folder_without_frames(match: Path, folder: Path) -> dict[str, Any]:
    return {"frames": folder}


@bad("line 3: 'x' is not a number")
def broken_line(match: Path, folder: Path) -> dict[str, Any]:
    (folder / "l.txt").write_text("1,1,5,5,9,9,1\n2,1,5,5,9,9,1\n3,1,x,5,9,9,1\n")
    return {"players": folder / "l.txt"}


@bad("line 1: the box 400,5 9×9 lies outside the frame of 320×180 px")
def box_outside(match: Path, folder: Path) -> dict[str, Any]:
    (folder / "l.txt").write_text("1,1,401,6,9,9,1\n")
    return {"players": folder / "l.txt"}


@bad("line 1: frame 7 is not in the clip (000000.jpg … 000005.jpg)")
def frame_beyond_the_clip(match: Path, folder: Path) -> dict[str, Any]:
    (folder / "l.txt").write_text("7,1,5,5,9,9,1\n")
    return {"ball": folder / "l.txt"}


@bad("no.txt: cannot be read")
def no_such_file(match: Path, folder: Path) -> dict[str, Any]:
    return {"ball": folder / "no.txt"}


@bad("The media name")
def name_with_an_escape(match: Path, folder: Path) -> dict[str, Any]:
    return {"media": "a\x1b[2J"}


@bad("the first listed is '000000.jpg'")
def listed_frames_of_which_none_is_there(match: Path, folder: Path) -> dict[str, Any]:
    return {**COCO_CASE, "frames": folder, "images": match / "coco_images.json"}


@bad("is nested too deeply")
def json_of_nothing_but_brackets(match: Path, folder: Path) -> dict[str, Any]:
    (folder / "c.json").write_text("[" * 200_000)
    return {**COCO_CASE, "images": folder / "c.json"}


@bad("line 2: is not valid JSON")
def json_with_nan(match: Path, folder: Path) -> dict[str, Any]:
    (folder / "c.json").write_text('{"images":\n[{"id": 1, "width": NaN}]}')
    return {**COCO_CASE, "images": folder / "c.json"}


@bad("image 1, width: expected int <= 1000000")
def frame_of_a_size_that_no_picture_has(match: Path, folder: Path) -> dict[str, Any]:
    image = {"id": 1, "file_name": "a.jpg", "width": 9 * 10**15, "height": 10}
    (folder / "c.json").write_text(json.dumps({"images": [image]}))
    return {**COCO_CASE, "images": folder / "c.json"}


@bad("image 1, file_name: expected str of length <= 1000")
def name_without_an_end(match: Path, folder: Path) -> dict[str, Any]:
    image = {"id": 1, "file_name": "x" * 100_000, "width": 10, "height": 10}
    (folder / "c.json").write_text(json.dumps({"images": [image]}))
    return {**COCO_CASE, "images": folder / "c.json"}


@bad("item 1: the category '[red]\\x1b[31m")
def category_that_would_colour_the_terminal(match: Path, folder: Path) -> dict[str, Any]:
    images = json.loads((match / "coco_images.json").read_text())
    images["categories"][0]["name"] = "[red]\x1b[31m" + "long" * 1_000
    images["annotations"] = []
    (folder / "c.json").write_text(json.dumps(images))
    label = {"image_id": images["images"][0]["id"], "bbox": [1, 1, 9, 9], "score": 0.5}
    label["category_id"] = images["categories"][0]["id"]
    (folder / "r.json").write_text(json.dumps([label]))
    return {**COCO_CASE, "images": folder / "c.json", "results": folder / "r.json"}


@bad("is a folder. Give a video file, or a folder with --frames")
def video_that_is_a_folder(match: Path, folder: Path) -> dict[str, Any]:
    return {"frames": None, "video": folder}


@bad("cannot be read")
def video_that_is_none(match: Path, folder: Path) -> dict[str, Any]:
    (folder / "v.mp4").write_text("none")
    return {"frames": None, "video": folder / "v.mp4"}


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("as_json", [False, True])
def test_bad_input_is_one_line_an_exit_code_and_no_change(
    cli: Cli, match: Path, tmp_path: Path, home: Path, case: str, as_json: bool
) -> None:
    make, says = BAD[case]
    folder = tmp_path / "given"
    folder.mkdir()
    refused = cli(*mot(match, **make(match, folder)), *(["--json"] if as_json else []))
    assert refused.exit_code == 29
    assert refused.stdout == ""
    (line,) = refused.stderr.splitlines()
    if as_json:
        answer = json.loads(line)
        assert answer["code"] == "IMPORT_INPUT_INVALID"
        assert says in answer["detail"]
    else:
        assert line.startswith("IMPORT_INPUT_INVALID: ")
        assert says in line
        assert "\x1b" not in line
        assert len(line) < 1_000
    assert not home.exists()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"players": None, "ball": None}, "--players FILE, --ball FILE"),
        ({"frames": None}, "either --frames DIR or --video FILE"),
        ({"video": "x.mp4"}, "either --frames DIR or --video FILE"),
        ({"min_score": "ball"}, "--min-score"),
        ({"min_score": "ball=2"}, "--min-score"),
        ({"min_score": "referee=0.2"}, "--min-score"),
        ({"pixels_from": None}, "Give --pixels-from 0 or --pixels-from 1"),
        ({"pixels_from": 2}, "Give --pixels-from 0 or --pixels-from 1"),
        ({"match": "text"}, "--match 'text'"),
        ({"bad_labels": "keep"}, "--bad-labels 'keep'"),
        ({"ids": "names"}, "--ids 'names': tracks or rows."),
        ({"columns": "conf,speed"}, "--columns 'speed'"),
        ({"capability": "referee"}, "Capability 'referee'"),
        ({"number_from": -1}, "--number-from"),
        ({"frames": None, "video": "x.mp4", "fps": 25}, "a video has its own times"),
        ({"fps": 0}, "--fps"),
        ({"fps": 1e-308}, "--fps"),
        ({"fps": 1e308}, "0.01 to 10,000"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    cli: Cli, match: Path, home: Path, changes: dict[str, Any], says: str
) -> None:
    refused = cli(*mot(match, **changes))
    assert refused.exit_code == 36
    assert says in refused.stderr
    assert not home.exists()


LOOKED: dict[str, tuple[dict[str, Any], str]] = {
    "numbers in names": ({"match": None}, "the pictures are numbered 0…5"),
    "another size": ({**COCO_CASE}, "no picture has the size of its labels"),
    "another length": ({}, "says 7 frames, but the pictures make 6"),
}


@pytest.mark.parametrize("case", LOOKED)
def test_what_disagrees_is_refused_and_nothing_is_burned(
    cli: Cli, match: Path, tmp_path: Path, home: Path, case: str
) -> None:
    """The right import afterwards works."""
    changes, says = LOOKED[case]
    frames = tmp_path / "frames"
    frames.mkdir()
    for picture in (match / "frames").iterdir():
        (frames / picture.name).write_bytes(picture.read_bytes())
    images = json.loads((match / "coco_images.json").read_text())
    if case == "another size":
        for image in images["images"]:
            image["width"] *= 2
        (tmp_path / "images.json").write_text(json.dumps(images))
        changes = {**changes, "images": tmp_path / "images.json"}
    if case == "another length":
        (frames / "seqinfo.ini").write_text("[Sequence]\nseqLength=7\n")
    refused = cli(*mot(match, frames=frames, **changes))
    assert refused.exit_code == 29, refused.output
    assert says in refused.stderr
    assert not home.exists()
    assert cli(*mot(match)).exit_code == 0


def test_a_look_writes_nothing_and_says_everything(cli: Cli, match: Path, home: Path) -> None:
    look = cli(*mot(match, fps=25), "--check")
    assert look.exit_code == 0, look.output
    assert not home.exists()
    for words in (
        "matching: by position",
        "frame 1 of the labels is 000000.jpg",
        "frame 6 of the labels is 000005.jpg",
        "player is player_detection:",
        "median box",
        "tracks on 6 of 6 frames",
        "IMPORT_CHECKED",
    ):
        assert words in look.stdout
    assert "\x1b" not in look.stdout
    answer = json.loads(cli(*mot(match, fps=25), "--check", "--json").stdout)
    assert answer["code"] == "IMPORT_CHECKED"
    assert answer["matching"]["pairs"][0] == {
        "label": "frame 1 of the labels", "picture": "000000.jpg",
    }  # fmt: skip
    assert (answer["fps"], answer["times_known"]) == (25.0, True)
    assert {c["name"] for c in answer["categories"]} == {"player", "ball"}
    assert not home.exists()


def test_a_look_counts_what_is_bad_and_says_that_it_would_be_refused(
    cli: Cli, match: Path, tmp_path: Path, home: Path
) -> None:
    lines = (match / "players_det.txt").read_text()
    (tmp_path / "l.txt").write_text(f"1,1,x,5,9,9,1\n{lines}99,1,5,5,9,9,1\n")
    words = mot(match, players=tmp_path / "l.txt")
    look = cli(*words, "--check")
    assert look.exit_code == 29
    assert "2 bad labels" in look.stdout
    assert "line 1: 'x' is not a number" in look.stdout
    assert "frame 99 is not in the clip" in look.stdout
    assert "IMPORT_INPUT_INVALID" in look.stderr
    assert cli(*words).exit_code == 29
    dropping = [*words, "--bad-labels", "drop"]
    assert cli(*dropping, "--check").exit_code == 0
    assert not home.exists()
    done = cli(*dropping, "--json")
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert answer["bad_labels"]["count"] == 2
    assert len(answer["bad_labels"]["listed"]) == 2


def test_one_capability_of_a_file_of_both(cli: Cli, match: Path, home: Path) -> None:
    """Each model's run has its own outcome, and neither hides the other's."""
    for capability in ("player", "ball"):
        done = cli(*coco(match), "--capability", capability, "--json")
        assert done.exit_code == 0, done.output
        outcomes = json.loads(done.stdout)["run"]["outcomes"]
        there = [o["capability"] for o in outcomes if o["status"] == "succeeded"]
        assert there == [f"{capability}_detection"]
    assert run_count(home) == 2


def test_a_rate_that_is_not_known_is_not_assumed(cli: Cli, match: Path) -> None:
    done = cli(*mot(match), "--json")
    answer = json.loads(done.stdout)
    assert (answer["fps"], answer["times_known"]) == (None, False)
    assert "--fps" in cli(*mot(match), "--check").stdout


def test_another_clip_under_the_name_is_refused(cli: Cli, match: Path, tmp_path: Path) -> None:
    assert cli(*mot(match)).exit_code == 0
    other = tmp_path / "other"
    other.mkdir()
    Image.new("RGB", (320, 180)).save(other / "a.jpg")
    (tmp_path / "l.txt").write_text("1,1,5,5,9,9,1\n")
    refused = cli(*mot(match, frames=other, players=tmp_path / "l.txt", ball=None))
    assert refused.exit_code == 30
    assert "MEDIA_MISMATCH" in refused.stderr


def test_the_real_matches_come_in_by_the_guides_command_lines(
    cli: Cli, real_data: Path, home: Path
) -> None:
    wide, tactical = real_data / "soccertrack-wide", real_data / "tactical-1080p"
    done = cli("import", "mot", "--workspace", "tsukuba", "--media", "wide-1",
               "--frames", wide / "frames", "--players", wide / "players_det.txt",
               "--ball", wide / "ball_det.txt", "--pixels-from", 1,
               "--match", "position")  # fmt: skip
    assert done.exit_code == 0, done.output
    for name, folder in (("tactical-1", tactical), ("dome-1", real_data / "dome-1080p")):
        labels = folder / "prelabels_yolox_nano"
        done = cli("import", "coco", "--workspace", "arena", "--media", name,
                   "--frames", folder / "frames", "--images", labels / "coco_images.json",
                   "--results", labels / "coco_results.json")  # fmt: skip
        assert done.exit_code == 0, done.output
    assert "60 of 120 thumbnails are missing: 000121.jpg does not exist" in done.stderr
    store = open_store(home).unwrap()
    rows = list_runs(store).rows
    store.close()
    assert [row.media for row in rows] == ["dome-1", "tactical-1", "wide-1"]
    assert [row.missing_count for row in rows] == [60, 0, 0]
    assert all(line.pack_id for row in rows for line in row.outcomes.values())


def test_a_real_video_stands_in_for_the_pictures(cli: Cli, real_data: Path) -> None:
    folder = real_data / "dome-1080p"
    labels = folder / "prelabels_yolox_nano"
    done = cli("import", "coco", "--workspace", "arena", "--media", "dome-1",
               "--video", folder / "source_clip.mp4", "--images", labels / "coco_images.json",
               "--results", labels / "coco_results.json", "--json")  # fmt: skip
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert (answer["run"]["frame_count"], answer["run"]["missing_count"]) == (120, 0)
    assert set(answer["labels"]) == {capability.value for capability in Capability}


def test_what_the_ids_are_is_shown_and_can_be_said(cli: Cli, match: Path, home: Path) -> None:
    look = cli(*mot(match), "--check")
    assert "ids: tracks (" in look.stdout
    rows = cli(*mot(match, ids="rows"), "--check")
    assert "ids: row numbers, not followed (as --ids says)" in rows.stdout
    assert json.loads(cli(*mot(match, ids="rows"), "--check", "--json").stdout)["ids"] == "rows"
    answer = json.loads(cli(*mot(match, ids="rows"), "--json").stdout)
    assert answer["labels"]["player_detection"]["tracks"] == 0
    assert answer["labels"]["player_detection"]["kept"] > 0
