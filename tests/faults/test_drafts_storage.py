"""Disks and databases that fail: editing goes on, the status is true, all is saved in the end."""

from __future__ import annotations

import datetime as dt
import os
import resource
import shutil
import sqlite3
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import event, select

from prelabel_tui.core.drafts import loading, presence
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.session import autosave
from prelabel_tui.core.session.autosave import StatusKind
from prelabel_tui.core.session.session import EditingSession
from prelabel_tui.core.store import Store, database, models, open_store
from tests.core.clips import add_run, nudge, player_document
from tests.core.sessions import eventually

RUI = Actor("rui", Role.REVIEWER, "test")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retry soon, and give a locked database up soon."""
    monkeypatch.setattr(autosave, "FIRST_RETRY_SECONDS", 0.2)
    monkeypatch.setattr(autosave, "LONGEST_RETRY_SECONDS", 0.5)
    monkeypatch.setattr(autosave, "QUIET_SECONDS", 0.05)
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 200)


def opened(store: Store) -> EditingSession:
    run = add_run(store, player_document(8, 4))
    draft = loading.open_review(store, RUI, run, Capability.PLAYER).unwrap()
    return EditingSession.open(store, RUI, draft.id).unwrap()


def reopened(store: Store) -> EditingSession:
    with store.read() as session:
        draft_id = session.scalar(select(models.Draft.id))
    return EditingSession.open(store, RUI, str(draft_id)).unwrap()


def edit(session: EditingSession, times: int = 1) -> None:
    for number in range(times):
        session.apply(nudge(session.document, number % 8, "p1"))


def failed(session: EditingSession) -> bool:
    return session.status.kind is StatusKind.FAILED


def saved_in_the_end(store: Store, session: EditingSession) -> None:
    """The status comes back to saved by itself, and says so truly."""
    deadline = time.monotonic() + 30
    while session.status.kind is not StatusKind.SAVED:
        assert time.monotonic() < deadline, session.status
        time.sleep(0.01)
    assert not session.status.memory_only
    loaded = loading.load(store, session.info.id).unwrap()
    assert loaded.document == session.document
    assert loaded.info.version == session.status.version
    session.close()


def in_child(check: Callable[[], None]) -> None:
    """Run a check in a process of its own, whose limits and user may be changed."""
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        os.close(reading)
        try:
            check()
        except BaseException:
            os.write(writing, traceback.format_exc().encode()[-60_000:])
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        report = pipe.read().decode()
    os.waitpid(child, 0)
    assert not report, report


def test_a_full_database_is_told_and_saved_once_there_is_room(tmp_path: Path) -> None:
    store = open_store(tmp_path / "home").unwrap()
    limit = [1_000_000]

    @event.listens_for(store.engine, "begin")
    def full(connection: object) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count={limit[0]}")  # type: ignore[attr-defined]

    session = opened(store)
    limit[0] = 1  # no page more than there are
    for _ in range(40):  # until its last page is full
        edit(session, 8)
        session.flush()
        if failed(session):
            break
    assert session.status.line.startswith("Autosave: failed: STORAGE_WRITE_FAILED, retrying in")
    assert "full" in session.status.detail
    edit(session, 3)
    assert session.status.count >= 3
    limit[0] = 1_000_000
    saved_in_the_end(store, session)
    store.close()


def test_a_disk_that_takes_nothing_more_keeps_edits_in_memory_and_says_so(tmp_path: Path) -> None:
    def check() -> None:
        store = open_store(tmp_path / "home").unwrap()
        session = opened(store)
        edit(session)
        session.flush()
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))  # every write beyond fails
        edit(session, 5)
        session.flush()
        eventually(lambda: session.status.memory_only and failed(session))
        line = session.status.line
        assert line.startswith("Autosave: failed: STORAGE_WRITE_FAILED"), line
        assert line.endswith("only in memory"), line
        assert session.undo() is not None, "also what is only in memory can be undone"
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        saved_in_the_end(store, session)
        again = EditingSession.open(store, RUI, session.info.id).unwrap()
        assert again.recovery is None
        assert again.undo_next is not None
        again.close()

    in_child(check)


def become_nobody(home: Path) -> None:
    """Root may write anywhere: go on as a user who may not (any other user stays who it is)."""
    if os.geteuid() == 0:
        for path in [home, *home.rglob("*")]:
            os.chown(path, 65534, 65534)
        os.setresuid(65534, 65534, 65534)


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that any user may use, so that one without root's powers can be locked out."""
    folder = Path(tempfile.mkdtemp(prefix="prelabel-test-"))
    folder.chmod(0o777)
    yield folder
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir():
            path.chmod(0o777)
    shutil.rmtree(folder)


def test_a_folder_that_becomes_read_only_is_told_and_saved_once_it_is_not(
    public_folder: Path,
) -> None:
    home = public_folder / "home"

    def check() -> None:
        store = open_store(home).unwrap()
        session = opened(store)
        edit(session)
        assert session.flush().healthy
        become_nobody(home)
        everything = [home, *home.rglob("*")]
        modes = {path: path.stat().st_mode for path in everything}
        for path in reversed(everything):
            path.chmod(0o555 if path.is_dir() else 0o444)
        store.engine.dispose()  # what is open stays writable; a new connection is refused
        with store.read() as reading:  # a list on another screen, opened meanwhile
            reading.execute(select(models.Draft.id)).all()
            edit(session, 3)
            eventually(lambda: failed(session))
        assert session.status.code in ("STORAGE_WRITE_FAILED", "DATABASE_UNAVAILABLE")
        edit(session, 3)
        assert session.status.count == 6
        for path in everything:
            path.chmod(modes[path])
        saved_in_the_end(store, session)

    in_child(check)


def test_a_journal_folder_that_cannot_be_written_leaves_the_database(public_folder: Path) -> None:
    home = public_folder / "home"

    def check() -> None:
        store = open_store(home).unwrap()
        opened(store).close()  # everything is imported
        for path in (home / "journal").iterdir():
            path.unlink()
        become_nobody(home)
        (home / "journal").chmod(0o555)
        session = reopened(store)
        edit(session, 2)
        eventually(lambda: session.status.memory_only or session.status.healthy)
        assert session.flush().healthy
        edit(session)
        (home / "journal").chmod(0o755)
        saved_in_the_end(store, session)
        again = EditingSession.open(store, RUI, session.info.id).unwrap()
        assert again.undo_next is not None
        again.close()

    in_child(check)


def test_a_locked_database_is_told_and_saved_once_it_is_free(tmp_path: Path) -> None:
    store = open_store(tmp_path / "home").unwrap()
    session = opened(store)
    other = sqlite3.connect(tmp_path / "home" / "prelabel.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    edit(session)
    eventually(lambda: failed(session))
    assert session.status.code == "DATABASE_UNAVAILABLE"
    assert session.status.detail == "database is locked"
    edit(session, 4)
    assert session.undo() is not None
    assert session.status.count == 6
    other.execute("ROLLBACK")
    saved_in_the_end(store, session)
    store.close()


def test_a_clock_that_jumps_back_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(tmp_path / "home").unwrap()
    session = opened(store)
    edit(session)
    eventually(lambda: session.status.version == 2)
    ahead = dt.timedelta(hours=-3)
    store.now = lambda: database.utc_now() + ahead  # type: ignore[method-assign]
    edit(session, 2)
    eventually(lambda: session.status.version == 3)
    assert session.status.age < 60
    session.look_around()
    assert len(presence.present(store, [session.info.id])) == 1
    monkeypatch.setattr(autosave, "QUIET_SECONDS", 1e9)
    edit(session)
    session.abandon()
    again = EditingSession.open(store, RUI, session.info.id).unwrap()
    assert again.recovery is not None
    again.apply_recovery()
    saved_in_the_end(store, again)
    store.close()


@pytest.mark.soak
def test_a_database_file_that_goes_away_is_told_and_saved_once_it_is_back(
    tmp_path: Path, soak: bool
) -> None:
    home, away = tmp_path / "home", tmp_path / "away"
    store = open_store(home).unwrap()
    session = opened(store)
    edit(session)
    assert session.flush().healthy
    away.mkdir()
    for path in home.glob("prelabel.db*"):
        path.rename(away / path.name)
    edit(session)
    eventually(lambda: failed(session))
    _edit_for(session, 60 if soak else 1.5)
    assert failed(session)
    assert not (home / "prelabel.db").exists(), "no empty database in its place"
    for path in away.glob("prelabel.db*"):
        path.rename(home / path.name)
    saved_in_the_end(store, session)
    store.close()


@pytest.mark.soak
def test_a_server_that_goes_away_is_told_and_saved_once_it_is_back(
    tmp_path: Path, soak: bool
) -> None:
    from tests.postgres import kill, own_server, start_again

    with own_server() as server:
        store = open_store(tmp_path / "home", server.get_uri()).unwrap()
        session = opened(store)
        edit(session)
        assert session.flush().healthy
        kill(server)
        edit(session)
        eventually(lambda: failed(session))
        assert session.status.code == "DATABASE_UNAVAILABLE"
        _edit_for(session, 60 if soak else 1.5)
        assert failed(session)
        start_again(server)
        saved_in_the_end(store, session)
        store.close()


def _edit_for(session: EditingSession, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        edit(session)
        time.sleep(0.05)
