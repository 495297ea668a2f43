"""`prelabel-tui dataset`: freeze, list, look again, compare, export."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import Result
from typer.testing import CliRunner

from prelabel_tui.cli import app
from prelabel_tui.core.publishing import eligibility
from prelabel_tui.core.store import Store
from tests import matches
from tests.exporting import BALL, LENA, balls, both, published

CLIP = matches.manifest(6)


def call(store: Store, *words: object) -> Result:
    return CliRunner().invoke(app, ["--home", str(store.home), "dataset", *map(str, words)])


def test_a_data_set_from_start_to_export(store: Store, tmp_path: Path) -> None:
    both(store, CLIP)
    made = call(store, "create", "spring")
    assert made.exit_code == 0, made.output
    assert made.stdout.startswith("DATASET_CREATED: The data set was frozen. spring: 2 revisions")
    later = published(store, BALL, balls(6), CLIP, media="m2")
    assert call(store, "create", "summer", "--json").exit_code == 0
    assert call(store, "create", "spring").exit_code == 46
    listed = json.loads(call(store, "list", "--json").stdout)["datasets"]
    assert [(row["name"], row["revisions"]) for row in listed] == [("summer", 3), ("spring", 2)]
    assert "arena / m2 / ball_detection  added: revision 1" in (
        call(store, "diff", "spring", "summer").stdout
    )
    told = json.loads(call(store, "diff", "spring", "summer", "--json").stdout)["scopes"]
    assert told == [{"scope": "arena / m2 / ball_detection", "before": None, "after": 1}]
    assert call(store, "status", "summer").exit_code == 0
    assert eligibility.revoke(store, LENA, later, 2, "wrong clip").ok
    status = call(store, "status", "summer")
    assert status.exit_code == 47
    assert "Revoked by lena: wrong clip" in status.stdout
    assert "DATASET_REVOKED" in status.stderr
    assert call(store, "status", "spring").exit_code == 0
    done = call(store, "export", "summer", "yolo", "--out", tmp_path / "a", "--half-labelled")
    assert done.exit_code == 0, done.output
    assert "12 images of 2 clips; 1 revision revoked since the data set was frozen" in done.stdout
    assert (tmp_path / "a/labels/arena/m2/000000.txt").exists()


def test_what_is_not_there_is_said(store: Store, tmp_path: Path) -> None:
    assert call(store, "list").stdout.startswith("No data sets yet: ")
    assert call(store, "status", "none").exit_code == 35
    assert call(store, "diff", "none", "nothing").exit_code == 35
    assert call(store, "export", "none", "coco", "--out", tmp_path / "a").exit_code == 35
    wrong = call(store, "export", "none", "word", "--out", tmp_path / "a")
    assert "Format 'word': one of coco, " in wrong.stderr
    assert wrong.exit_code == 36
