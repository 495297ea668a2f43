"""`doctor` tells what it found, changes nothing, and says by its exit code whether all is well."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from prelabel_tui.cli import app
from prelabel_tui.core.store import open_store

RUN = CliRunner()


@pytest.fixture(autouse=True)
def no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when the tests themselves run in one."""
    monkeypatch.setattr(sys, "__stdin__", None)


def test_it_explains_the_choice_and_what_is_installed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    done = RUN.invoke(app, ["--home", str(home), "doctor"])
    assert done.exit_code == 0, done.output
    assert "Pictures          cells: the terminal has not answered" in done.stdout
    assert "made at first use" in done.stdout
    assert "textual" in done.stdout
    assert not home.exists(), "it changes nothing"


def test_json_is_one_document(tmp_path: Path) -> None:
    open_store(tmp_path).unwrap().close()
    given = ["--home", str(tmp_path), "--graphics", "kitty", "doctor", "--json"]
    done = RUN.invoke(app, given)
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["problems"] == []
    assert document["data"]["reachable"] is True
    assert document["terminal"]["requested"] == "kitty"
    assert document["terminal"]["graphics"] == "cells"
    assert "size of a cell" in document["terminal"]["why"]
    assert document["packages"]["textual"]


def test_a_database_out_of_reach_is_a_problem_and_its_password_stays_secret(
    tmp_path: Path,
) -> None:
    url = "postgresql+psycopg://me:hidden-word@127.0.0.1:1/none"
    done = RUN.invoke(app, ["--home", str(tmp_path), "--database", url, "doctor"])
    assert done.exit_code != 0
    assert "DATABASE_UNAVAILABLE" in done.stderr
    assert "hidden-word" not in done.output
    damaged = tmp_path / "prelabel.db"
    damaged.write_bytes(b"no database at all" * 100)
    done = RUN.invoke(app, ["--home", str(tmp_path), "doctor", "--json"])
    assert done.exit_code != 0
    assert json.loads(done.stdout)["problems"][0]["code"] == "DATABASE_UNAVAILABLE"
    assert damaged.read_bytes().startswith(b"no database at all")


@pytest.mark.parametrize("graphics", ["pixels", "\x1b[31mred"])
def test_an_unknown_way_is_refused(tmp_path: Path, graphics: str) -> None:
    done = RUN.invoke(app, ["--home", str(tmp_path), "--graphics", graphics, "doctor"])
    assert done.exit_code != 0
    assert "INPUT_INVALID" in done.stderr
    assert "\x1b" not in done.stderr
