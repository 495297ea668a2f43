"""From a data folder of the first schema to this one: nothing is lost, everything still binds."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError

from prelabel_tui.core.catalog.runs import RunFilters, list_runs
from prelabel_tui.core.catalog.scopes import find_scope
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.fsck import fsck
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.ids import new_id
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.notes.writing import write_note
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.publishing import revisions
from prelabel_tui.core.session.session import EditingSession
from prelabel_tui.core.store import Store, models, open_store
from prelabel_tui.core.store.append_only import APPEND_ONLY, unguarded
from prelabel_tui.core.store.database import HEAD, make_engine
from prelabel_tui.core.store.migrate import KEPT_BACKUPS, config
from tests.old_folders import first_database, first_folder

RUI = Actor("rui", Role.REVIEWER, "test@host pid 1")


@pytest.fixture(params=["sqlite", "postgres"])
def migrated(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """The folder of the first schema, opened by this program, on both databases."""
    home, url = first_folder(tmp_path / "home"), None
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
        first_database(home, url)
        assert open_store(home, url).outcome.code is Code.DATABASE_TOO_OLD
    store = open_store(home, url, upgrade=True).unwrap()
    yield store
    store.close()


def test_drafts_revisions_and_eligibility_are_as_they_were(migrated: Store) -> None:
    report = fsck(migrated)
    assert report.outcome.code is Code.FSCK_CLEAN, report.value
    for capability, status in ((Capability.BALL, "Reviewed"), (Capability.PLAYER, "Approved")):
        scope = find_scope(migrated, "arena", "m1", capability).unwrap()
        (row,) = revisions.history(migrated, scope)
        assert row.eligibility.status == status
        draft = loading.active_draft(migrated, scope)
        assert draft is not None
        reviewed = loading.load(migrated, draft.id).unwrap().document
        assert all(frame.reviewed for frame in reviewed)
        assert revisions.load(migrated, row.id).unwrap().document == reviewed.published()


def test_an_edit_that_was_never_saved_is_offered(migrated: Store) -> None:
    scope = find_scope(migrated, "arena", "m1", Capability.PLAYER).unwrap()
    draft = loading.active_draft(migrated, scope)
    assert draft is not None
    session = EditingSession.open(migrated, RUI, draft.id).unwrap()
    try:
        assert session.recovery is not None
        assert session.recovery.count == 1
    finally:
        session.close()


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_the_triggers_are_there(migrated: Store, table: str) -> None:
    if table.startswith("dataset"):
        with migrated.write() as session:
            revision, media = session.execute(text("SELECT id, media_id FROM revisions")).first()
            now = migrated.now().isoformat()
            session.execute(
                text("INSERT INTO datasets VALUES ('d', 'season', :sha, '{}', :now, 'lena')"),
                {"sha": "0" * 64, "now": now},
            )
            session.execute(
                text("INSERT INTO dataset_revisions VALUES ('d', :revision, :media, 'x')"),
                {"revision": revision, "media": media},
            )
    if table == "note_messages":
        scope = find_scope(migrated, "arena", "m1", Capability.PLAYER).unwrap()
        assert write_note(migrated, RUI, scope, 0, None, "look").ok
    columns = {
        "audit": "actor", "datasets": "name", "draft_versions": "actor", "note_messages": "text",
    }  # fmt: skip
    column = columns.get(table, "capability")
    for statement in (f"UPDATE {table} SET {column} = 'x'", f"DELETE FROM {table}"):
        with pytest.raises(DBAPIError, match="append-only"), migrated.write() as session:
            session.execute(text(statement))


def test_runs_know_what_lists_filter_by(migrated: Store) -> None:
    (run,) = list_runs(migrated).rows
    for filters in (
        RunFilters("arena", "m1"),
        RunFilters(media="m1", status=run.status),
        *(RunFilters(capability=capability) for capability in run.outcomes),
    ):
        assert list_runs(migrated, filters).rows == (run,)


def test_sqlite_is_copied_before_it_is_migrated_and_a_few_copies_are_kept(tmp_path: Path) -> None:
    home = first_folder(tmp_path / "home")
    backups = home / "backups"
    backups.mkdir()
    for number in range(KEPT_BACKUPS + 2):
        (backups / f"prelabel-0000-{number}.db").write_text("old")
    open_store(home).unwrap().close()
    open_store(home).unwrap().close()
    kept = sorted(backups.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    assert len(kept) == KEPT_BACKUPS
    with sqlite3.connect(kept[-1]) as copy:
        assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
        assert copy.execute("SELECT count(*) FROM revisions").fetchone() == (2,)
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    copy.close()


def test_without_a_copy_nothing_is_migrated(tmp_path: Path) -> None:
    home = first_folder(tmp_path / "home")
    (home / "backups").write_text("a file where the folder would be")
    assert open_store(home).outcome.code is Code.DATABASE_UNAVAILABLE
    with sqlite3.connect(home / "prelabel.db") as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
    database.close()


def test_triggers_that_a_rebuild_dropped_are_made_again(tmp_path: Path) -> None:
    home = first_folder(tmp_path / "home")
    with sqlite3.connect(home / "prelabel.db") as database:
        database.execute("DROP TRIGGER audit_no_update")
    database.close()
    store = open_store(home).unwrap()
    with store.read() as session:
        assert unguarded(session.connection()) == []
    store.close()


def test_a_session_from_before_a_migration_writes_no_more(migrated: Store) -> None:
    scope = find_scope(migrated, "arena", "m1", Capability.PLAYER).unwrap()
    draft = loading.active_draft(migrated, scope)
    assert draft is not None
    document = loading.load(migrated, draft.id).unwrap().document
    with migrated.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    saved = loading.save(migrated, RUI, draft, document, {}, new_id())
    assert saved.outcome.code is Code.DATABASE_TOO_NEW
    assert "9999" in saved.outcome.detail
    assert loading.active_draft(migrated, scope) == draft
    assert HEAD != "9999"


def test_what_the_series_is_sorted_by_is_worked_out_for_rows_that_are_there() -> None:
    engine, settings = make_engine("sqlite://"), config()
    with engine.begin() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, "0009")
        now = dt.datetime(2026, 3, 14, tzinfo=dt.UTC)
        space = {"id": "w", "name": "club", "settings": {}, "created_at": now}
        connection.execute(insert(models.Workspace), space)
        row = "INSERT INTO standings VALUES (:media, 'x', 'w', :hash, :frames, 0, :reviewed, "
        row += "0, NULL, 0, 0, NULL, NULL, NULL, 0, '', NULL, NULL)"
        known = [("a", "h", 9, 6), ("b", "h", 0, 0), ("c", None, 0, 0)]
        for media, content, frames, reviewed in known:
            clip = {"id": media, "workspace_id": "w", "name": media, "manifest_sha": "0" * 64}
            clip |= {"frame_count": frames, "missing_count": 0, "created_at": now}
            connection.execute(insert(models.Media), clip)
            values = {"media": media, "hash": content, "frames": frames, "reviewed": reviewed}
            connection.execute(text(row), values)
        command.upgrade(settings, "0010")
        found = connection.execute(text("SELECT media_id, unreviewed, share FROM standings"))
        assert sorted(map(tuple, found)) == [("a", 3, 6_666), ("b", 0, 10_000), ("c", 0, 0)]
    engine.dispose()
