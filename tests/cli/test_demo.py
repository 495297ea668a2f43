"""`prelabel-tui demo` makes a data folder with the match, once."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from prelabel_tui.cli import app


def test_the_demo_is_made_once_in_the_folder_that_is_named(tmp_path: Path) -> None:
    words = ["--home", str(tmp_path), "demo", "--prepare", "--json"]
    first = CliRunner().invoke(app, words)
    assert first.exit_code == 0, first.output
    run = json.loads(first.stdout)["run"]
    assert (run["workspace"], run["media"], run["frame_count"]) == ("demo", "match-1", 150)
    assert (run["missing_count"], run["status"]) == (0, "succeeded")
    pictures = sorted((tmp_path / "demo" / "1").glob("*.jpg"))
    assert len(pictures) == 150
    pictures[7].unlink()
    again = CliRunner().invoke(app, words)
    assert json.loads(again.stdout)["code"] == "IMPORT_ALREADY_PRESENT"
    assert pictures[7].exists()


def test_without_a_terminal_it_says_so_and_makes_nothing(tmp_path: Path) -> None:
    refused = CliRunner().invoke(app, ["--home", str(tmp_path / "home"), "demo"])
    assert refused.exit_code == 39
    assert refused.stderr.startswith("TERMINAL_UNSUITABLE: ")
    assert not (tmp_path / "home").exists()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("a file where the folder should be")
    refused = CliRunner().invoke(app, ["--home", str(tmp_path), "demo", "--prepare"])
    assert refused.exit_code == 19
    assert "STORAGE_WRITE_FAILED" in refused.stderr
