"""Backups: consistent while people work, whole or not there, and restored only into nothing."""

from __future__ import annotations

import hashlib
import secrets
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from prelabel_tui.core import publishing
from prelabel_tui.core.backup.make import back_up
from prelabel_tui.core.backup.restore import restore
from prelabel_tui.core.backup.snapshot import snapshots_in
from prelabel_tui.core.backup.transfer import copy_database
from prelabel_tui.core.fsck import fsck
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.progress import Cancelled
from prelabel_tui.core.publishing.revisions import history
from prelabel_tui.core.store import Store, open_store
from tests import matches
from tests.old_folders import older_copy
from tests.postgres import fresh_database


def publish_once(store: Store, lead: Actor, match: matches.Match, nudge: int) -> None:
    draft = matches.review_all(store, lead, match.draft.id, nudge)
    assert publishing.publish(store, lead, draft.id, draft.version).ok


@contextmanager
def published_meanwhile(store: Store, lead: Actor, match: matches.Match) -> Iterator[None]:
    """Somebody publishes again and again."""
    ended = threading.Event()

    def write() -> None:
        nudge = 200
        while not ended.is_set():
            nudge = -nudge
            publish_once(store, lead, match, nudge)

    people = threading.Thread(target=write)
    people.start()
    try:
        yield
    finally:
        ended.set()
        people.join()


def test_what_was_backed_up_comes_back(store: Store, lead: Actor, tmp_path: Path) -> None:
    match = matches.enter(store, lead)
    publish_once(store, lead, match, 100)
    done = back_up(store, tmp_path / "kept")
    assert done.outcome.code is Code.BACKUP_SUCCESS, done.outcome.headline
    publish_once(store, lead, match, 200)
    again = restore(tmp_path / "kept", tmp_path / "again")
    assert again.outcome.code is Code.RESTORE_SUCCESS, again.outcome.headline
    restored = open_store(tmp_path / "again").unwrap()
    assert fsck(restored).unwrap().head == done.unwrap().told.head
    assert [row.number for row in history(restored, match.scope)] == [1]
    publish_once(restored, lead, match, 300)
    assert fsck(restored, expected_head=done.unwrap().told.head).outcome.code is Code.FSCK_CLEAN
    restored.close()


def test_a_backup_of_an_older_program_is_brought_up(
    store: Store, lead: Actor, tmp_path: Path
) -> None:
    matches.enter(store, lead)
    kept = tmp_path / "kept"
    head = back_up(store, kept).unwrap().told.head
    [snapshot] = snapshots_in(kept)
    older_copy(snapshot / "prelabel.db", tmp_path / "older.db", "0005")
    replace_database(snapshot, tmp_path / "older.db")
    again = restore(kept, tmp_path / "again")
    assert again.outcome.code is Code.RESTORE_SUCCESS, again.outcome.headline
    restored = open_store(tmp_path / "again").unwrap()
    assert fsck(restored, expected_head=head).outcome.code is Code.FSCK_CLEAN
    restored.close()


def test_a_backup_of_a_newer_program_is_refused(store: Store, lead: Actor, tmp_path: Path) -> None:
    matches.enter(store, lead)
    assert back_up(store, tmp_path / "kept").outcome.ok
    [snapshot] = snapshots_in(tmp_path / "kept")
    newer = tmp_path / "newer.db"
    shutil.copyfile(snapshot / "prelabel.db", newer)
    with sqlite3.connect(newer) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    replace_database(snapshot, newer)
    refused = restore(tmp_path / "kept", tmp_path / "again")
    assert refused.outcome.code is Code.DATABASE_TOO_NEW
    assert not (tmp_path / "again").exists()


def replace_database(snapshot: Path, database: Path) -> None:
    """Make a backup the backup of another database."""
    shutil.copyfile(database, snapshot / "prelabel.db")
    told = msgspec.json.decode((snapshot / "backup.json").read_bytes())
    told["database_sha256"] = hashlib.sha256(database.read_bytes()).hexdigest()
    (snapshot / "backup.json").write_bytes(msgspec.json.encode(told))


def test_a_backup_of_postgresql_is_restored_as_a_folder_and_copied_back(
    lead: Actor, tmp_path: Path, postgres_server: str, postgres_url: str
) -> None:
    store = open_store(tmp_path / "home", postgres_url).unwrap()
    match = matches.enter(store, lead)
    publish_once(store, lead, match, 100)
    with published_meanwhile(store, lead, match):
        made = [back_up(store, tmp_path / "kept") for _ in range(2)]
    assert [one.outcome.code for one in made] == [Code.BACKUP_SUCCESS] * 2
    store.close()
    assert restore(tmp_path / "kept", tmp_path / "again").outcome.code is Code.RESTORE_SUCCESS
    restored = open_store(tmp_path / "again").unwrap()
    head = made[-1].unwrap().told.head
    assert fsck(restored, expected_head=head).outcome.code is Code.FSCK_CLEAN
    with fresh_database(postgres_server, f"t{secrets.token_hex(6)}") as url:
        assert copy_database(restored, url).outcome.code is Code.DATABASE_COPIED
        restored.close()
        again = open_store(tmp_path / "again", url).unwrap()
        publish_once(again, lead, match, 300)
        assert fsck(again, expected_head=head).outcome.code is Code.FSCK_CLEAN
        again.close()


def test_a_backup_of_postgresql_says_that_a_function_was_forged(
    lead: Actor, tmp_path: Path, postgres_url: str
) -> None:
    store = open_store(tmp_path / "home", postgres_url).unwrap()
    publish_once(store, lead, matches.enter(store, lead), 100)
    with store.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE OR REPLACE FUNCTION audit_chain() RETURNS trigger LANGUAGE plpgsql "
            "AS $$ BEGIN RETURN NEW; END $$"
        )
    done = back_up(store, tmp_path / "kept")
    assert done.outcome.code is Code.FSCK_DAMAGED
    assert "function audit_chain: was changed" in done.unwrap().told.damages[0]
    store.close()


def test_a_second_backup_adds_what_is_new(store: Store, lead: Actor, tmp_path: Path) -> None:
    match = matches.enter(store, lead)
    publish_once(store, lead, match, 100)
    first = back_up(store, tmp_path / "kept").unwrap()
    assert back_up(store, tmp_path / "kept").unwrap().added == 0
    publish_once(store, lead, match, 200)
    third = back_up(store, tmp_path / "kept").unwrap()
    assert 0 < third.added < first.added
    assert len(snapshots_in(tmp_path / "kept")) == 3
    old = restore(tmp_path / "kept", tmp_path / "old", first.folder.name).unwrap()
    assert old.told.revisions == 1


def test_it_is_consistent_while_others_write(store: Store, lead: Actor, tmp_path: Path) -> None:
    match = matches.enter(store, lead)
    publish_once(store, lead, match, 100)
    with published_meanwhile(store, lead, match):
        for _ in range(3):
            done = back_up(store, tmp_path / "kept")
            assert done.outcome.code is Code.BACKUP_SUCCESS, done.outcome.headline
    assert restore(tmp_path / "kept", tmp_path / "again").ok


def test_the_folder_of_something_else_is_refused(store: Store, lead: Actor, tmp_path: Path) -> None:
    matches.enter(store, lead)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    assert back_up(store, tmp_path / "full").outcome.code is Code.INPUT_INVALID
    assert back_up(store, tmp_path / "kept").ok
    other = open_store(tmp_path / "other").unwrap()
    matches.enter(other, lead)
    refused = back_up(other, tmp_path / "kept").outcome
    assert refused.code is Code.INPUT_INVALID
    assert "another data folder" in refused.detail
    other.close()


@pytest.mark.parametrize("left", ["prelabel.db", "prelabel.db-wal", "artifacts"])
def test_nothing_is_restored_over_what_is_there(
    store: Store, lead: Actor, tmp_path: Path, left: str
) -> None:
    matches.enter(store, lead)
    assert back_up(store, tmp_path / "kept").ok
    home = tmp_path / "again"
    home.mkdir()
    (home / left).touch()
    assert restore(tmp_path / "kept", home).outcome.code is Code.INPUT_INVALID
    assert [path.name for path in home.iterdir()] == [left]


@pytest.mark.parametrize("what", ["artifact", "database", "artifact gone", "half"])
def test_a_damaged_backup_restores_nothing(
    store: Store, lead: Actor, tmp_path: Path, what: str
) -> None:
    match = matches.enter(store, lead)
    publish_once(store, lead, match, 100)
    made = back_up(store, tmp_path / "kept").unwrap()
    artifact = sorted((tmp_path / "kept" / "artifacts").glob("*/*.zst"))[0]
    if what == "artifact":
        artifact.write_bytes(artifact.read_bytes()[:-1])
    elif what == "artifact gone":
        artifact.unlink()
    elif what == "half":
        (made.folder / "backup.json").unlink()
    else:
        database = made.folder / "prelabel.db"
        database.write_bytes(database.read_bytes()[:-4096] + b"\0" * 4096)
    done = restore(tmp_path / "kept", tmp_path / "again")
    assert done.outcome.code in (Code.FSCK_DAMAGED, Code.INPUT_INVALID, Code.NOT_FOUND)
    assert not (tmp_path / "again").exists()


def test_a_damaged_data_folder_is_said(store: Store, lead: Actor, tmp_path: Path) -> None:
    match = matches.enter(store, lead)
    publish_once(store, lead, match, 100)
    artifact = sorted((store.home / "artifacts").glob("*/*.zst"))[-1]
    artifact.write_bytes(b"")
    done = back_up(store, tmp_path / "kept")
    assert done.outcome.code is Code.FSCK_DAMAGED
    assert done.unwrap().told.damages


def test_settings_of_the_data_folder_come_back(store: Store, lead: Actor, tmp_path: Path) -> None:
    matches.enter(store, lead)
    for name in ("config.toml", "keys.toml"):
        (store.home / name).write_text(f"# {name}\n")
    made = back_up(store, tmp_path / "kept").unwrap()
    assert restore(tmp_path / "kept", tmp_path / "again").ok
    for name in ("config.toml", "keys.toml"):
        assert (tmp_path / "again" / name).read_text() == f"# {name}\n"
    (made.folder / "config.toml").write_text("[keys]\n")
    refused = restore(tmp_path / "kept", tmp_path / "other").outcome
    assert refused.code is Code.INPUT_INVALID
    assert "Settings or signed heads" in refused.detail


def test_cancelled_it_leaves_no_backup(store: Store, lead: Actor, tmp_path: Path) -> None:
    matches.enter(store, lead)

    def stop(step: str, done: int | None = None, total: int | None = None) -> None:
        if "artifacts" in step:
            raise Cancelled

    assert back_up(store, tmp_path / "kept", stop).outcome.code is Code.BACKUP_CANCELLED
    assert snapshots_in(tmp_path / "kept") == []
    assert back_up(store, tmp_path / "kept").ok
    with_all = restore(tmp_path / "kept", tmp_path / "again", progress=stop)
    assert with_all.outcome.code is Code.BACKUP_CANCELLED
    assert not (tmp_path / "again").exists()


def test_pictures_that_are_only_referred_to_are_listed(
    store: Store, lead: Actor, tmp_path: Path
) -> None:
    folder = tmp_path / "frames"
    folder.mkdir()
    clip = matches.manifest(3)
    frames = [msgspec.structs.replace(f, path=str(folder / f.name)) for f in clip.frames]
    for frame in frames:
        Path(str(frame.path)).write_bytes(b"picture")
    match = matches.enter(store, lead, clip=msgspec.structs.replace(clip, frames=tuple(frames)))
    publish_once(store, lead, match, 100)
    made = back_up(store, tmp_path / "kept").unwrap()
    lines = (made.folder / "pictures.jsonl").read_bytes().splitlines()
    told = [msgspec.json.decode(line) for line in lines]
    assert [one["path"] for one in told] == [frame.path for frame in frames]
    assert all(len(one["sha256"]) == 64 for one in told)
    shutil.rmtree(folder)
    restored = restore(tmp_path / "kept", tmp_path / "again")
    assert len(restored.unwrap().missing) == 3
    assert "media relocate" in restored.outcome.detail
