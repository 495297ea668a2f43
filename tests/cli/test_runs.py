"""`prelabel-tui runs`: the four filters, paging, bad input."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pexpect
import pytest
from PIL import Image

from tests.programs import PROGRAM


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, "--home", str(home), *words],
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    assert run(folder, "demo", "--prepare").returncode == 0
    return folder


def test_runs_are_listed_with_lineage_and_found_by_each_filter(home: Path) -> None:
    for words in (
        (),
        ("--workspace", "demo"),
        ("--media", "match-1"),
        ("--status", "succeeded"),
        ("--capability", "ball"),
    ):
        listed = json.loads(run(home, "runs", "--json", *words).stdout)
        assert [row["media"] for row in listed["runs"]] == ["match-1"]
        assert {line["lineage"]["kind"] for line in listed["runs"][0]["outcomes"]} == {"pack"}
    assert json.loads(run(home, "runs", "--json", "--workspace", "none").stdout)["runs"] == []
    following = run(home, "runs", "--json", "--after", listed["runs"][0]["run_id"])
    assert json.loads(following.stdout) == {"runs": [], "next": None}
    assert "Pack-id: " in run(home, "runs").stdout


@pytest.mark.parametrize(
    ("words", "exit_code", "named"),
    [
        (("--status", "done"), 36, "succeeded"),
        (("--capability", "hands"), 36, "ball_detection"),
        (("--after", "nothing"), 35, "nothing"),
    ],
)
def test_bad_filters_are_refused_with_what_would_do(
    home: Path, words: tuple[str, ...], exit_code: int, named: str
) -> None:
    done = run(home, "runs", *words)
    assert done.returncode == exit_code
    assert done.stdout == ""
    assert named in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_pipeline_reports_a_run_and_its_import_completes_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    frames = tmp_path / "frames"
    frames.mkdir()
    for number in (1, 2):
        Image.new("RGB", (64, 48)).save(frames / f"{number:06d}.jpg")
    (tmp_path / "p.txt").write_text("1,7,10,10,5,9,0.9\n2,7,11,10,5,9,0.9\n")
    clip = ("--workspace", "arena", "--media", "m1", "--detector", "yolox", "--model", "nano-3")
    unknown = run(home, "runs", "report", "running", *clip)
    assert unknown.returncode == 35
    assert "No clip is called arena / m1; if it is still to come, say --new-clip" in unknown.stderr
    assert json.loads(run(home, "runs", "--json").stdout)["runs"] == []
    reported = run(home, "runs", "report", "running", *clip, "--new-clip", "--json")
    assert reported.returncode == 0, reported.stderr
    waiting = json.loads(reported.stdout)["run"]
    assert (waiting["status"], waiting["detector"], waiting["model"]) == (
        "running", "yolox", "nano-3",
    )  # fmt: skip
    back = run(home, "runs", "report", "queued", *clip)
    assert (back.returncode, "RUN_STATUS_CONFLICT" in back.stderr) == (50, True)
    words = (
        "import", "mot", *clip, "--frames", str(frames), "--players", str(tmp_path / "p.txt"),
        "--pixels-from", "1", "--json",
    )  # fmt: skip
    done = json.loads(run(home, *words).stdout)
    assert (done["code"], done["run"]["run_id"]) == ("IMPORT_SUCCESS", waiting["run_id"])
    again = run(home, *words)
    assert (again.returncode, json.loads(again.stdout)["code"]) == (0, "IMPORT_ALREADY_PRESENT")
    (listed,) = json.loads(run(home, "runs", "--json").stdout)["runs"]
    assert (listed["detector"], listed["model"], listed["frame_count"]) == ("yolox", "nano-3", 2)
    wrong = run(home, "runs", "report", "done", *clip)
    assert (wrong.returncode, "queued" in wrong.stderr) == (36, True)


def test_removing_asks_first_and_hides(home: Path) -> None:
    listed = json.loads(run(home, "runs", "--json").stdout)["runs"]
    waiting = run(home, "runs", "report", "queued", "--workspace", "demo", "--media", "match-2",
                  "--new-clip")  # fmt: skip
    assert waiting.returncode == 0
    made = json.loads(run(home, "runs", "--json").stdout)["runs"][0]["run_id"]
    words = ("runs", "remove", made[:10], "--reason", "the wrong match")
    unasked = run(home, *words)
    assert (unasked.returncode, "--yes" in unasked.stderr) == (36, True)
    child = pexpect.spawn(PROGRAM, ["--home", str(home), *words], encoding="utf-8", timeout=20)
    child.expect("for everybody")
    child.sendline("n")
    child.expect("The answer was no")
    child.wait()
    assert len(json.loads(run(home, "runs", "--json").stdout)["runs"]) == len(listed) + 1
    done = run(home, *words, "--yes")
    assert (done.returncode, "RUN_REMOVED" in done.stdout) == (0, True)
    assert json.loads(run(home, "runs", "--json").stdout)["runs"] == listed
