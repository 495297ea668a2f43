"""The Python API: its examples run, and it does what the command line does."""

from __future__ import annotations

import doctest
import json
from pathlib import Path

import pytest

from prelabel_tui import api
from prelabel_tui.core.identity.users import sign_in
from prelabel_tui.core.store import open_store
from tests.exporting import BALL, PLAYER, both, pictures


def test_its_examples_are_true() -> None:
    done = doctest.testmod(api)
    assert (done.failed, done.attempted > 10) == (0, True)


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A data folder with two approved revisions of one clip."""
    home = tmp_path / "home"
    store = open_store(home).unwrap()
    sign_in(store).unwrap()
    both(store, pictures(tmp_path / "frames", 4))
    store.close()
    return home


def test_revisions_are_listed_read_and_exported(published: Path, tmp_path: Path) -> None:
    with api.open_data_folder(published) as data:
        (row,) = data.revisions("arena", "m1", PLAYER)
        labels = data.labels_of(row.id[:8])
        assert len(labels) == 4
        assert {type(label) for frame in labels for label in frame.labels} == {api.Box}
        whole = data.export("coco", tmp_path / "whole")
        one = data.export("coco", tmp_path / "one", revision_ids=[row.id], capability=PLAYER)
    assert whole.clips == one.clips == 1
    assert set(whole.labels) == {BALL, PLAYER}
    assert set(one.labels) == {PLAYER}
    assert json.loads((one.folder / "manifest.json").read_text())


def test_what_fails_raises_its_outcome(published: Path, tmp_path: Path) -> None:
    with api.open_data_folder(published) as data:
        for work, code in (
            (lambda: data.revisions("arena", "none", PLAYER), api.Code.NOT_FOUND),
            (lambda: data.labels_of("nothing"), api.Code.NOT_FOUND),
            (lambda: data.report_run("arena", "m2", "failed"), api.Code.REASON_REQUIRED),
        ):
            with pytest.raises(api.PrelabelError) as raised:
                work()
            assert raised.value.outcome.code is code
        with pytest.raises(ValueError, match="one of coco"):
            data.export("paper", tmp_path / "out")
        with pytest.raises(api.PrelabelError, match="NOT_FOUND"):
            data.report_run("arena", "m2", "queued", detector="yolox")
        reported = data.report_run("arena", "m2", "queued", detector="yolox", new_clip=True)
        assert [run.id for run in data.runs(status=api.RunStatus.QUEUED)] == [reported.id]
    with pytest.raises(api.PrelabelError):
        api.open_data_folder(published, user="nobody")
