"""Making the database itself refuse updates and deletes of a table's rows, for migrations."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, UniqueConstraint, text

from prelabel_tui.core.store.models import Base

APPEND_ONLY: Final = (
    "audit",
    "dataset_revisions",
    "datasets",
    "draft_versions",
    "note_messages",
    "prelabel_packs",
    "revisions",
)
"""The tables whose rows are never changed and never deleted."""


def refuse_changes(connection: Connection, table: str) -> None:
    """Make the table append-only by triggers."""
    message = f"{table} is append-only"
    if connection.dialect.name == "sqlite":
        statements = [
            f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            for verb in ("UPDATE", "DELETE")
        ]
    else:
        statements = [
            f"CREATE OR REPLACE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql "
            f"AS $$ BEGIN RAISE EXCEPTION '{message}'; END $$",
            f"CREATE OR REPLACE TRIGGER {table}_append_only "
            f"BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()",
        ]
    for statement in statements:
        connection.execute(text(statement))


def refuse_replacing(connection: Connection, table: str) -> None:
    """Make an append-only table refuse INSERT OR REPLACE, which SQLite calls no deletion.

    PostgreSQL's ON CONFLICT DO UPDATE is an update, which is refused already.
    """
    if connection.dialect.name != "sqlite":
        return
    rows = Base.metadata.tables[table]
    keys = [rows.primary_key, *(c for c in rows.constraints if isinstance(c, UniqueConstraint))]
    there = " OR ".join(
        "EXISTS (SELECT 1 FROM {} WHERE {})".format(
            table, " AND ".join(f"{column.name} = NEW.{column.name}" for column in key.columns)
        )
        for key in keys
    )
    connection.execute(
        text(
            f"CREATE TRIGGER IF NOT EXISTS {table}_no_replace BEFORE INSERT ON {table} "
            f"WHEN {there} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
    )


def unguarded(connection: Connection) -> list[str]:
    """List tables of :data:`APPEND_ONLY` without a trigger: a batch rebuild (SQLite) drops them."""
    if connection.dialect.name == "sqlite":
        query, names = (
            "SELECT name FROM sqlite_master WHERE type = 'trigger'",
            ("update", "delete", "replace"),
        )
        wanted = {table: {f"{table}_no_{verb}" for verb in names} for table in APPEND_ONLY}
    else:
        query = (
            "SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
            "WHERE relnamespace = current_schema()::regnamespace AND tgenabled <> 'D'"
        )
        wanted = {table: {f"{table}_append_only"} for table in APPEND_ONLY}
    there = set(connection.scalars(text(query)))
    return [table for table, triggers in wanted.items() if not triggers <= there]
