"""A command line that cannot be, or names a place that is none, ends with one line."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.programs import PROGRAM


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, "--home", str(home), *words], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["runs", "--nonsense"], "No such option: --nonsense (see prelabel-tui runs --help)"),
        (["import", "mot"], "Missing option '--workspace' (see prelabel-tui import mot --help)"),
        (["--artifacts", "nowhere", "runs"], "--artifacts: "),
        (["--artifacts", "s3://", "runs"], "--artifacts: "),
    ],
)
def test_it_is_input_invalid(tmp_path: Path, words: list[str], says: str) -> None:
    home = tmp_path / "home"
    plain, as_json = run(home, *words), run(home, *words, "--json")
    for done in (plain, as_json):
        assert done.returncode == 36
        assert done.stdout == ""
        assert len(done.stderr.splitlines()) == 1
    assert says in plain.stderr
    assert says in json.loads(as_json.stderr)["detail"]
    assert not home.exists()


def test_a_password_in_a_database_url_is_not_told(tmp_path: Path) -> None:
    url = "postgresql://ada:secret@localhost:1/none"
    done = run(tmp_path, "--database", url, "runs")
    assert done.returncode == 37
    assert "secret" not in done.stderr
    assert "ada" in done.stderr


def test_a_group_that_is_named_alone_says_what_is_in_it(tmp_path: Path) -> None:
    done = run(tmp_path, "packs")
    assert done.returncode == 2
    assert "approve" in done.stderr
