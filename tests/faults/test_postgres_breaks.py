"""PostgreSQL breaks its connections while a draft is edited: nothing is lost, all is well again."""

from __future__ import annotations

import threading
from pathlib import Path

import psycopg
import pytest

from prelabel_tui.core.drafts import loading
from prelabel_tui.core.fsck import fsck
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.identity.users import list_users
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.session import autosave
from prelabel_tui.core.session.autosave import StatusKind
from prelabel_tui.core.session.session import EditingSession
from prelabel_tui.core.store import open_store
from prelabel_tui.core.store.database import POSTGRES_CONNECTIONS
from tests.core.clips import add_run, nudge, player_document
from tests.core.sessions import eventually, stored

RUI = Actor("rui", Role.REVIEWER, "test")
_OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def test_every_connection_is_broken_while_a_draft_is_edited(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(autosave, "FIRST_RETRY_SECONDS", 0.2)
    monkeypatch.setattr(autosave, "LONGEST_RETRY_SECONDS", 0.5)
    monkeypatch.setattr(autosave, "QUIET_SECONDS", 0.05)
    store = open_store(tmp_path / "home", postgres_url).unwrap()
    run = add_run(store, player_document(8, 4))
    draft = loading.open_review(store, RUI, run, Capability.PLAYER).unwrap()
    session = EditingSession.open(store, RUI, draft.id).unwrap()
    with psycopg.connect(postgres_url, autocommit=True) as breaking:
        for number in range(8):
            session.apply(nudge(session.document, number, "p1"))
            breaking.execute(f"SELECT count(pg_terminate_backend(pid)) {_OTHERS}")
            session.apply(nudge(session.document, number, "p2"))
    eventually(lambda: session.status.kind is StatusKind.SAVED and stored(store, session), 60)
    session.close()
    assert fsck(store).outcome.code is Code.FSCK_CLEAN
    store.close()


def test_a_process_holds_a_few_connections_and_one_at_rest(
    postgres_url: str, tmp_path: Path
) -> None:
    store = open_store(tmp_path / "home", postgres_url).unwrap()
    inside = threading.Barrier(POSTGRES_CONNECTIONS + 1)
    go_on = threading.Event()

    def look() -> None:
        with store.read() as session:
            session.connection()
            inside.wait()
            go_on.wait()

    def count() -> int:
        with psycopg.connect(postgres_url) as asking:
            row = asking.execute(f"SELECT count(*) {_OTHERS}").fetchone()
        assert row is not None
        return int(row[0])

    threads = [threading.Thread(target=look) for _ in range(POSTGRES_CONNECTIONS)]
    for thread in threads:
        thread.start()
    inside.wait()
    late = threading.Thread(target=list_users, args=(store,))
    late.start()
    assert count() == POSTGRES_CONNECTIONS, "who wants one more waits"
    go_on.set()
    for thread in (*threads, late):
        thread.join()
    eventually(lambda: count() == 1)
    store.close()
