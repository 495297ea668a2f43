"""The database: opening, migrating, refusing, append-only tables, on SQLite and PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actions import Action
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.store import Store, models, open_store
from prelabel_tui.core.store.database import HEAD, stored_head
from prelabel_tui.core.store.migrate import known_versions


def test_the_migrations_make_exactly_the_models(any_store: Store) -> None:
    with any_store.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        differences = compare_metadata(context, models.Base.metadata)
        if connection.dialect.name == "postgresql":
            # A model cannot say that nulls are first on one database only.
            made = connection.scalar(
                text("SELECT pg_get_indexdef('ix_standings_latest'::regclass)")
            )
            assert str(made).endswith("(latest NULLS FIRST)")
            differences = [one for one in differences if one[1].name != "ix_standings_latest"]
        assert differences == []


def test_the_stored_head_is_the_newest_migration(any_store: Store) -> None:
    assert stored_head(any_store.engine) == HEAD
    assert max(known_versions()) == HEAD


def test_postgresql_without_its_extra_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    opened = open_store(tmp_path, url="postgresql+psycopg://nobody@127.0.0.1:1/none")
    assert opened.outcome.code is Code.DATABASE_UNAVAILABLE
    assert "prelabel-tui[postgres]" in opened.outcome.detail


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit"])
def test_the_audit_log_is_append_only_also_by_sql(
    any_store: Store, admin: Actor, statement: str
) -> None:
    with any_store.write() as session:
        audit.record(session, any_store, admin, Action.USER_ADD, "user", "eve")
    with pytest.raises(DBAPIError, match="append-only"), any_store.write() as session:
        session.execute(text(statement))
    assert [entry.actor for entry in audit.entries(any_store)] == ["ada"]


def test_a_database_of_a_newer_program_is_refused_and_untouched(store: Store) -> None:
    with store.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    opened = open_store(store.home)
    assert opened.outcome.code is Code.DATABASE_TOO_NEW
    assert stored_head(store.engine) == "9999"


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "prelabel.db").write_bytes(b"this is no database" * 100)
    opened = open_store(tmp_path)
    assert opened.outcome.code is Code.DATABASE_UNAVAILABLE
    assert "prelabel.db" in opened.outcome.detail


def test_a_home_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    opened = open_store(tmp_path / "file" / "home")
    assert opened.outcome.code is Code.DATABASE_UNAVAILABLE


def test_two_processes_that_open_a_new_folder_at_once_both_succeed(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib; from prelabel_tui.core.store import open_store;"
        "print(open_store(pathlib.Path(sys.argv[1])).outcome.code)"
    )
    both = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path / "home")],
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    assert [process.communicate()[0].strip() for process in both] == ["OK", "OK"]


def test_opening_an_existing_database_does_not_import_alembic(store: Store) -> None:
    program = (
        "import sys, pathlib; from prelabel_tui.core.store import open_store;"
        "open_store(pathlib.Path(sys.argv[1])).unwrap(); print('alembic' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(store.home)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "False"


def test_a_bucket_without_its_extra_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "prelabel_tui.core.store.buckets", raising=False)
    monkeypatch.setitem(sys.modules, "obstore", None)
    opened = open_store(tmp_path / "home", artifacts_url="s3://bucket")
    assert opened.outcome.code is Code.INPUT_INVALID
    assert "pip install 'prelabel-tui[s3]'" in opened.outcome.detail
    assert not (tmp_path / "home").exists()
