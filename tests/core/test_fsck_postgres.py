"""Forged definitions of a PostgreSQL database: a change of what guards the ledger is found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from prelabel_tui.core.fsck import fsck
from prelabel_tui.core.fsck.schema import schema_damages
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.store import Store, open_store
from tests import matches

_FORGERIES = {
    "the chain's function lets everything in": (
        "CREATE OR REPLACE FUNCTION audit_chain() RETURNS trigger LANGUAGE plpgsql "
        "AS $$ BEGIN RETURN NEW; END $$",
        "function audit_chain: was changed",
    ),
    "the hash function says what is wanted": (
        "CREATE OR REPLACE FUNCTION sha256_hex(content text) RETURNS text LANGUAGE sql IMMUTABLE "
        "AS $$ SELECT repeat('0', 64) $$",
        "function sha256_hex: was changed",
    ),
    "changes of revisions pass": (
        "CREATE OR REPLACE FUNCTION revisions_append_only() RETURNS trigger LANGUAGE plpgsql "
        "AS $$ BEGIN RETURN NULL; END $$",
        "function revisions_append_only: was changed",
    ),
    "a trigger is off": (
        "ALTER TABLE revisions DISABLE TRIGGER revisions_append_only",
        "trigger revisions.revisions_append_only: was changed",
    ),
    "a trigger is gone": (
        "DROP TRIGGER audit_chain ON audit",
        "trigger audit.audit_chain: is missing",
    ),
    "a trigger calls another function": (
        "CREATE FUNCTION kind() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; "
        "CREATE OR REPLACE TRIGGER audit_chain BEFORE INSERT ON audit "
        "FOR EACH ROW EXECUTE FUNCTION kind()",
        "trigger audit.audit_chain: was changed",
    ),
    "a trigger was put in": (
        "CREATE FUNCTION quiet() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$; "
        "CREATE TRIGGER a_quiet BEFORE INSERT ON eligibilities "
        "FOR EACH ROW EXECUTE FUNCTION quiet()",
        "trigger eligibilities.a_quiet: is not one of this program's",
    ),
    "foreign keys are off": (
        "ALTER TABLE revisions DISABLE TRIGGER ALL",
        "trigger of constraint revisions.",
    ),
    "an update is done instead": (
        "CREATE RULE quiet AS ON DELETE TO audit DO INSTEAD NOTHING",
        "rule audit.quiet: is not one of this program's",
    ),
    "rows are hidden": (
        "ALTER TABLE revisions ENABLE ROW LEVEL SECURITY",
        "table revisions: was changed",
    ),
    "a constraint is gone": (
        "ALTER TABLE revisions DROP CONSTRAINT ck_revisions_number",
        "constraint revisions.ck_revisions_number: is missing",
    ),
    "an index is no longer unique": (
        "DROP INDEX uq_audit_hash; CREATE INDEX uq_audit_hash ON audit (hash)",
        "index uq_audit_hash: was changed",
    ),
    "a column has another type": (
        "ALTER TABLE workspaces ALTER COLUMN name TYPE varchar(10)",
        "column workspaces.name: was changed",
    ),
    "a table was put in": (
        "CREATE TABLE kept (id text)",
        "table kept: is not one of this program's",
    ),
}


@pytest.fixture
def on_postgres(tmp_path: Path, postgres_url: str, lead: Actor) -> Iterator[Store]:
    """A data folder on PostgreSQL with a clip."""
    store = open_store(tmp_path / "home", postgres_url).unwrap()
    matches.enter(store, lead)
    yield store
    store.close()


def test_each_forged_definition_is_found(on_postgres: Store) -> None:
    """Each alone: the forgery is taken back before the next one."""
    assert fsck(on_postgres).outcome.code is Code.FSCK_CLEAN
    missed = []
    for name, (forged, found) in _FORGERIES.items():
        with on_postgres.engine.connect() as connection:
            connection.exec_driver_sql(forged)
            said = "\n".join(_damages(on_postgres, connection))
            connection.rollback()
        if found not in said:
            missed.append((name, said))
    assert not missed
    assert fsck(on_postgres).outcome.code is Code.FSCK_CLEAN


def _damages(store: Store, connection: Connection) -> list[str]:
    """Ask what fsck finds within the transaction of the forgery."""
    with Session(connection) as session:
        return [damage.text for damage in schema_damages(session, store)]
