"""`prelabel-tui runs`: the four filters, paging, bad input."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

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
