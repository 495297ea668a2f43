"""From start to a published, approved, exported revision: the installed program, by keys alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pycocotools.coco import COCO

from tests.programs import PROGRAM, command
from tests.terminal import Terminal


def walk(home: Path, workspace: str, media: str, columns: int, lines: int) -> None:
    """Review players: move a box, flag the frame, publish with a reason, approve for dataset."""
    with Terminal(
        [PROGRAM], columns=columns, lines=lines, env={"PRELABEL_HOME": str(home)}
    ) as terminal:
        terminal.wait_for(rf"{workspace} / {media}")
        terminal.press("p")
        terminal.wait_for(r"DRAFT_CREATED")
        terminal.wait_for(r"Autosave: saved v1")
        terminal.press("tab", "l")
        terminal.wait_for(r"Move .* by \+1,0")
        terminal.press("J")
        terminal.wait_for(r"Move .* by \+?0,\+10")
        terminal.press("u")
        terminal.wait_for(r"Undo: Move")
        terminal.press("t", "r")
        terminal.wait_for(r"needs_human_review is set. What should somebody look at\?")
        terminal.type("who is this?")
        terminal.press("enter")
        terminal.wait_for(r"\A(?s:(?!.*Leave it out))")
        terminal.wait_for(r"Autosave: saved v[2-9]", 10)
        terminal.press("!")
        terminal.wait_for(r"First publish will create the initial label pack")
        terminal.press("enter")
        terminal.wait_for(r"Override publish warnings")
        terminal.type("walked through by a test")
        terminal.press("enter")
        terminal.wait_for(r"PUBLISH_SUCCESS")
        terminal.press("!")
        terminal.wait_for(r"Publish pack")
        terminal.press("enter")
        terminal.wait_for(r"NO_OP_ALREADY_PUBLISHED")
        terminal.press("q")
        terminal.wait_for(r"Ops › Prelabels")
        terminal.press("down", "h")
        terminal.wait_for(r"Revision History .* player_detection")
        terminal.wait_for(r"Reviewed")
        terminal.press("a")
        terminal.wait_for(r"Reason \(optional\)")
        terminal.type("good enough to train on")
        terminal.press("enter")
        terminal.wait_for(r"ELIGIBILITY_APPROVED")
        terminal.press("q")
        terminal.wait_for(r"Ops › Prelabels")
        terminal.press("\x11")
        assert terminal.wait_exit() == 0


def check(home: Path, workspace: str, media: str, frames: int) -> None:
    """One revision with one moved box and one flag; its export loads in pycocotools."""
    exported = command(home, "export", "coco", "--eligible", "--out", str(home / "out"))
    assert exported.returncode == 0, exported.stderr
    written = home / "out/annotations/instances_all.json"
    coco = COCO(str(written))
    assert len(coco.getImgIds()) == frames
    assert coco.getAnnIds()
    document = json.loads(written.read_text())
    changed = [label for label in document["annotations"] if label.get("was")]
    assert len(changed) == 1
    runs = json.loads(command(home, "runs", "--json").stdout)
    assert workspace in json.dumps(runs)
    assert command(home, "fsck").returncode == 0
    actions = {
        entry["action"] for entry in json.loads(command(home, "audit", "--json").stdout)["entries"]
    }
    assert {"run.import", "draft.create"} <= actions
    assert any(action.startswith("revision.publish") for action in actions), actions


@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (120, 40)])
def test_the_demo_match_from_start_to_export(tmp_path: Path, columns: int, lines: int) -> None:
    assert command(tmp_path, "demo", "--prepare").returncode == 0
    walk(tmp_path, "demo", "match-1", columns, lines)
    check(tmp_path, "demo", "match-1", 150)


def test_a_real_match_from_start_to_export(tmp_path: Path, real_data: Path) -> None:
    clip = real_data / "tactical-1080p"
    words = ["import", "coco", "--workspace", "arena", "--media", "tactical-1"]
    words += ["--frames", str(clip / "frames")]
    words += ["--images", str(clip / "prelabels_yolox_nano" / "coco_images.json")]
    words += ["--results", str(clip / "prelabels_yolox_nano" / "coco_results.json")]
    assert command(tmp_path, *words).returncode == 0
    assert command(tmp_path, *words).returncode == 0
    walk(tmp_path, "arena", "tactical-1", 120, 40)
    check(tmp_path, "arena", "tactical-1", 40)
