"""`prelabel-tui export`: what a user asks for in words, and what comes of it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from prelabel_tui.cli import app
from prelabel_tui.core.model.labels import Capability, Flag
from prelabel_tui.core.model.media import Manifest, MediaFrame
from prelabel_tui.core.publishing import eligibility, revisions
from prelabel_tui.core.store import Store
from tests import matches
from tests.core.clips import player_document
from tests.exporting import BALL, LENA, PLAYER, balls, both, pictures, published

PROGRAM = str(Path(sys.executable).with_name("prelabel-tui"))


def call(store: Store, *words: object) -> Result:
    return CliRunner().invoke(app, ["--home", str(store.home), "export", *map(str, words)])


@pytest.fixture
def clip(tmp_path: Path) -> Manifest:
    return pictures(tmp_path / "frames", 6)


def coco(folder: Path, part: str = "all") -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / f"annotations/instances_{part}.json").read_bytes())
    return told


def test_what_is_approved_goes_out_with_a_manifest(
    store: Store, clip: Manifest, tmp_path: Path
) -> None:
    both(store, clip)
    out = tmp_path / "sets" / "first"
    done = call(store, "coco", "--eligible", "--out", out, "--pictures", "copy", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["code"] == "EXPORT_SUCCESS"
    assert told["folder"] == str(out)
    assert told["labels"] == {"ball_detection": 5, "player_detection": 15}
    manifest = json.loads(Path(told["manifest"]).read_bytes())
    assert manifest["options"]["pictures"] == "copy"
    assert len(manifest["pictures"]) == 6
    assert {content["capability"] for content in manifest["contents"]} == set(Capability)
    plain = call(store, "yolo", "--eligible", "--out", tmp_path / "yolo")
    assert plain.stdout.startswith("EXPORT_SUCCESS: The export was written. ")
    assert "5 labels of ball_detection and 15 labels of player_detection on 6 images of 1 clip" in (
        plain.stdout
    )
    assert "6 images were not reviewed (--reviewed-only leaves them out)" in plain.stdout
    assert told["unreviewed"] == 6


@pytest.mark.parametrize("named", [[], ["--clip", "images/arena/m1"], ["--clip", "arena/m1"]])
def test_our_own_yolo_data_set_comes_back_by_its_yaml(
    store: Store, clip: Manifest, tmp_path: Path, named: list[str]
) -> None:
    both(store, clip)
    out = tmp_path / "set"
    assert call(store, "yolo", "--eligible", "--out", out, "--pictures", "copy").exit_code == 0
    words = ["--workspace", "again", "--media", "c", "--data", str(out / "data.yaml"), *named]
    done = CliRunner().invoke(app, ["--home", str(store.home), "import", "yolo", *words])
    assert done.exit_code == 0, done.output


def test_only_what_is_approved_now_is_eligible(
    store: Store, clip: Manifest, tmp_path: Path
) -> None:
    revision = published(store, BALL, balls(6), clip)
    assert call(store, "coco", "--eligible", "--out", tmp_path / "a").exit_code == 0
    row = revisions.revision(store, revision).unwrap()
    eligibility.revoke(store, LENA, revision, row.eligibility.version, "wrong")
    empty = call(store, "coco", "--eligible", "--out", tmp_path / "b")
    assert empty.exit_code == 31
    assert "EXPORT_EMPTY" in empty.stderr
    assert not (tmp_path / "b").exists()
    named = call(store, "coco", "--revision", revision[:8], "--out", tmp_path / "c")
    assert named.exit_code == 0, "it is named, whatever it may be used for"
    told = json.loads((tmp_path / "c/manifest.json").read_bytes())
    assert told["contents"][0]["eligibility"] == {"status": "Revoked", "version": 3}


def test_a_draft_goes_out_by_its_id(store: Store, tmp_path: Path) -> None:
    match = matches.enter(store, LENA, PLAYER)
    done = call(store, "mot", "--draft", match.draft.id[:8], "--out", tmp_path / "a")
    assert done.exit_code == 0, done.output
    rows = (tmp_path / "a/prelabel-all/club+clip/gt/gt.txt").read_text().splitlines()
    assert len(rows) == 18


def test_several_workspaces_filters_and_a_split(store: Store, tmp_path: Path) -> None:
    for number, workspace in enumerate(("arena", "dome", "other")):
        clip = pictures(tmp_path / f"frames{number}", 5)
        both(store, clip, workspace=workspace, media=f"m{number}")
    done = call(
        store, "coco", "--eligible", "--workspace", "arena", "--workspace", "dome", "--split",
        "50/50", "--exclude-flag", Flag.BAD_FRAME, "--out", tmp_path / "a",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "left out 2 images (2 bad frame)" in done.output
    clips = [{v["workspace"] for v in coco(tmp_path / "a", p)["videos"]} for p in ("train", "val")]
    assert clips[0] | clips[1] == {"arena", "dome"}
    assert not clips[0] & clips[1]
    one = call(store, "coco", "--eligible", "--media", "m2", "--capability", "ball", "--out",
               tmp_path / "b")  # fmt: skip
    assert one.exit_code == 0
    assert {a["category_id"] for a in coco(tmp_path / "b")["annotations"]} == {2}
    for words, said in (
        (["--workspace", "arena", "--workspace", "domes"], "Workspace 'domes'."),
        (["--workspace", "arena", "--media", "m2"], "Media 'm2'."),
    ):
        wrong = call(store, "coco", "--eligible", *words, "--out", tmp_path / "c")
        assert (wrong.exit_code, said in wrong.stderr) == (35, True)
        assert not (tmp_path / "c").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Give --eligible, --revision or --draft."),
        (["--eligible", "--draft", "x"], "Give --eligible, --revision or --draft."),
        (["--draft", "x", "--media", "m"], "--workspace and --media go with --eligible."),
        (["--draft", "feed"], "Draft 'feed'"),
        (["--eligible", "--capability", "goal"], "Capability 'goal'"),
        (["--eligible", "--exclude-flag", "bad"], "--exclude-flag 'bad': one of bad_frame, "),
        (["--eligible", "--pictures", "move"], "--pictures 'move': one of none, link, copy."),
        (["--eligible", "--split", "80"], "--split: '80' is not two or three shares of 100"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_in_one_line(
    store: Store, tmp_path: Path, words: list[str], said: str
) -> None:
    done = call(store, "coco", "--out", tmp_path / "a", *words)
    assert done.exit_code in (35, 36)
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "a").exists()


def test_keypoints_are_for_coco(store: Store, clip: Manifest, tmp_path: Path) -> None:
    both(store, clip)
    done = call(store, "yolo", "--eligible", "--keypoints", "--out", tmp_path / "a")
    assert done.exit_code == 36
    assert call(store, "coco", "--eligible", "--keypoints", "--out", tmp_path / "a").exit_code == 0
    assert all("keypoints" in a for a in coco(tmp_path / "a")["annotations"])


def test_a_revision_s_content_goes_out_as_it_was_hashed(
    store: Store, clip: Manifest, tmp_path: Path
) -> None:
    import hashlib

    revision = published(store, BALL, balls(6), clip)
    done = call(store, "revision", revision[:8], "--out", tmp_path / "r.json")
    assert done.exit_code == 0, done.output
    row = revisions.revision(store, revision).unwrap()
    digest = hashlib.sha256((tmp_path / "r.json").read_bytes()).hexdigest()
    assert digest == row.content_hash
    assert call(store, "revision", revision, "--out", tmp_path / "r.json").exit_code == 36
    (tmp_path / "link.json").symlink_to(tmp_path / "elsewhere")
    assert call(store, "revision", revision, "--out", tmp_path / "link.json").exit_code == 36
    nowhere = call(store, "revision", revision, "--out", tmp_path / "none" / "r.json")
    assert nowhere.exit_code == 36
    assert "none/r.json: cannot be written (No such file or directory)" in nowhere.stderr
    assert not (tmp_path / "elsewhere").exists()
    assert not list(tmp_path.glob(".*"))


def test_ctrl_c_while_it_writes_leaves_nothing(store: Store, tmp_path: Path) -> None:
    count = 3_000
    frames = tuple(MediaFrame(f"{n}.jpg", 1920, 1080, path=f"/none/{n}") for n in range(count))
    published(store, PLAYER, list(player_document(count)), Manifest(frames))
    room = tmp_path / "room"
    room.mkdir()
    words = ["--home", str(store.home), "export", "yolo", "--eligible", "--out", str(room / "out")]
    child = subprocess.Popen([PROGRAM, *words], stderr=subprocess.PIPE, stdout=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not list(room.glob(".out.*.part/labels/*/*/1*.txt")):
        assert time.monotonic() < deadline
        assert child.poll() is None
    child.send_signal(signal.SIGINT)
    said, _ = child.communicate(timeout=60)
    assert said.startswith(b"EXPORT_CANCELLED: The export was cancelled; nothing was written.")
    assert child.returncode == 44
    assert not list(room.iterdir())
