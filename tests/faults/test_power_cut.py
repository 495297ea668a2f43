"""Power cuts at random moments, in a data folder in use and in a backup folder being written."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from unittest import mock

import pytest

from prelabel_tui.core import publishing
from prelabel_tui.core.backup.make import back_up
from prelabel_tui.core.backup.restore import restore
from prelabel_tui.core.fsck import fsck
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.publishing.revisions import history
from prelabel_tui.core.store import Store, open_store
from tests import matches
from tests.faults.power import Disk, modelled


def publish_once(store: Store, lead: Actor, match: matches.Match, nudge: int) -> None:
    draft = matches.review_all(store, lead, match.draft.id, nudge)
    assert publishing.publish(store, lead, draft.id, draft.version).ok


def test_the_model_loses_what_is_not_brought_to_the_disk(tmp_path: Path, lead: Actor) -> None:
    """Else the tests below could not fail."""
    with modelled() as disk:
        store = open_store(tmp_path / "home").unwrap()
        match = matches.enter(store, lead)
        with mock.patch.object(os, "fsync", return_value=None):
            publish_once(store, lead, match, 100)
        cut(disk, store.home, tmp_path / "cut")
        store.close()
    left = open_store(tmp_path / "cut").unwrap()
    assert fsck(left).outcome.code is Code.FSCK_DAMAGED
    left.close()


def cut(disk: Disk, home: Path, target: Path) -> None:
    """Copy a data folder as a cut at this moment leaves it, between two commits."""
    with closing(sqlite3.connect(home / "prelabel.db", isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        disk.after_a_cut(home / "artifacts", target / "artifacts")
        for path in home.glob("prelabel.db*"):
            if not path.name.endswith("-shm"):
                shutil.copyfile(path, target / path.name)


@pytest.mark.soak
def test_a_data_folder_in_use_is_whole_after_a_cut(tmp_path: Path, lead: Actor, soak: bool) -> None:
    cuts, chance = 50 if soak else 6, random.Random(16)
    with modelled() as disk:
        store = open_store(tmp_path / "home").unwrap()
        match = matches.enter(store, lead)
        ended = threading.Event()

        def work() -> None:
            nudge = 100
            while not ended.is_set():
                nudge = -nudge
                publish_once(store, lead, match, nudge)

        people = threading.Thread(target=work)
        people.start()
        try:
            for number in range(cuts):
                ended.wait(chance.uniform(0, 0.1))
                cut(disk, store.home, tmp_path / f"cut {number}")
        finally:
            ended.set()
            people.join()
        store.close()
    for number in range(cuts):
        left = open_store(tmp_path / f"cut {number}").unwrap()
        report = fsck(left)
        assert report.outcome.code is Code.FSCK_CLEAN, report.unwrap().damages
        left.close()


@pytest.mark.soak
def test_a_backup_folder_is_whole_after_a_cut(
    store: Store, lead: Actor, tmp_path: Path, soak: bool
) -> None:
    """Each earlier backup is restored, and the cut one if it had said that it was done."""
    cuts, chance = 50 if soak else 3, random.Random(17)
    match = matches.enter(store, lead)
    publish_once(store, lead, match, 100)
    kept = tmp_path / "kept"
    with modelled() as disk:
        first = back_up(store, kept)
        assert first.outcome.code is Code.BACKUP_SUCCESS
        for number in range(cuts):
            publish_once(store, lead, match, 100 if number % 2 else -100)
            moved, again = tmp_path / f"cut {number}", tmp_path / f"again {number}"
            watch = _Cutting(disk, kept, moved, chance.randrange(40))
            assert back_up(store, kept, watch).outcome.code is Code.BACKUP_SUCCESS
            done = not moved.exists()
            if done:
                disk.after_a_cut(kept, moved)
            outcome = restore(moved, again).outcome
            assert outcome.code is Code.RESTORE_SUCCESS, outcome.headline
            left = open_store(again).unwrap()
            revisions = len(history(left, match.scope))
            assert revisions == number + 2 if done else revisions in (number + 1, number + 2)
            left.close()
            shutil.rmtree(moved)
            shutil.rmtree(again)


class _Cutting:
    """Cuts the power at one step of a backup, for a copy of its folder."""

    def __init__(self, disk: Disk, folder: Path, target: Path, step: int) -> None:
        self.disk, self.folder, self.target, self.left = disk, folder, target, step

    def __call__(self, step: str, done: int | None = None, total: int | None = None) -> None:
        if self.left == 0:
            self.disk.after_a_cut(self.folder, self.target)
        self.left -= 1
