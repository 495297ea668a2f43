"""The audit log as a chain: what an entry's hash is over, and what the database refuses by itself.

Every entry holds the hash of the entry before it, and its own hash: the SHA-256 of the entry as
canonical JSON (RFC 8785), with that ``previous`` in it and without ``id`` and ``hash``.  An entry
also holds, in ``rows``, a digest of every row of :data:`RECORDED` that its change wrote.  So the
newest hash, the head of the chain, stands for everything that the log and those rows say.

SQLite has no SHA-256: the connections that the store opens give it one (:data:`SHA256`), and its
trigger calls it.  A program that does not offer that function cannot insert an entry at all.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection, Select, Table, bindparam, func, insert, select, text

from prelabel_tui.core.store import models
from prelabel_tui.core.store.failures import ClockBehindError
from prelabel_tui.core.store.models import Base

GENESIS: Final = "0" * 64
"""What the first entry has as the hash of the entry before it."""

SHA256: Final = "sha256_hex"
"""The name of the SQL function: text to the SHA-256 of its UTF-8 bytes, hex."""

CLOCK_ACCEPTED: Final = "clock.accept"
"""The action of the one entry that may be earlier than the entry before it."""

CHAIN_BEGUN: Final = "chain.begin"
"""The action of entries that record what was there before the log was a chain."""

CLOCKS_DIFFER: Final = dt.timedelta(minutes=1)
"""By how much the clocks of machines that share a data folder may differ."""

RECORDED: Final = (
    models.User,
    models.UserKey,
    models.Workspace,
    models.Media,
    models.Run,
    models.RunOutcome,
    models.PrelabelPack,
    models.LabelPack,
    models.DraftVersion,
    models.Revision,
    models.Eligibility,
    models.Dataset,
    models.SpotCheck,
    models.Note,
    models.NoteMessage,
)
"""The tables whose rows entries record.

Of the others, drafts follow from their versions, the rows of a data set from its digest, and the
frames of a spot check from the entry of its result;
locks, presence, preferences and metrics claim nothing about labels.
"""

REMOVED: Final = ""
"""The digest of a row that was taken out."""

_ADOPTED_AT_ONCE: Final = 500

_FIELDS: Final = (
    "action", "actor", "at", "capability", "details", "media_id", "origin", "previous", "reason",
    "role", "rows", "subject_id", "subject_type", "version",
)  # fmt: skip
"""The members of an entry's JSON, in its order."""

_as_json: Final = msgspec.json.Encoder(order="sorted").encode


def sha256_hex(content: str) -> str:
    """Hash text as UTF-8, hex."""
    return hashlib.sha256(content.encode()).hexdigest()


def json_text(value: object) -> str:
    """Encode what a JSON column holds, always the same way: entries are hashed as stored."""
    return _as_json(value).decode()


def iso(at: dt.datetime) -> str:
    """Write a time as entries are hashed with it: UTC, with six digits after the second."""
    return f"{at.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def entry_hash(entry: Mapping[str, Any]) -> str:
    """Hash an entry.  ``details`` and ``rows`` are given as the JSON text that is stored."""
    values = {**entry, "at": iso(entry["at"])}
    raw = ("details", "rows")
    members = (
        f'"{name}":{values[name] if name in raw else json_text(values[name])}' for name in _FIELDS
    )
    return sha256_hex(f"{{{','.join(members)}}}")


# -- rows --------------------------------------------------------------------------------------


def _table(model: type[Base]) -> Table:
    return Base.metadata.tables[model.__tablename__]


def row_key(model: type[Base], *key: object) -> str:
    """Name a row in an entry: its table and its primary key."""
    return "/".join((model.__tablename__, *map(str, key)))


def row_json(table: Table, row: Mapping[str, Any]) -> bytes:
    """Encode a row as canonical JSON: times in ISO 8601, bytes as their SHA-256.

    Columns without a value are left out, so that a later one that may be empty changes no digest.
    """
    values = {column.name: _plain(row[column.name]) for column in table.columns}
    return _as_json({name: value for name, value in values.items() if value is not None})


def row_digest(table: Table, row: Mapping[str, Any]) -> str:
    """Hash what :func:`row_json` makes of a row, hex."""
    return hashlib.sha256(row_json(table, row)).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, dt.datetime):
        return iso(value)
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    return value


def given_row(model: type[Base], row: Mapping[str, Any]) -> dict[str, str]:
    """Digest a row that was inserted with these values, all of them."""
    table = _table(model)
    key = (row[column.name] for column in table.primary_key)
    return {row_key(model, *key): row_digest(table, row)}


def stored_rows(
    connection: Connection, rows: Iterable[tuple[type[Base], *tuple[str, ...]]]
) -> dict[str, str]:
    """Digest rows as they are in the database now, each named by its table and primary key."""
    found: dict[str, str] = {}
    for model, *key in rows:
        table = _table(model)
        names = [column.name for column in table.primary_key]
        row = connection.execute(_by_key(model), dict(zip(names, key, strict=True))).first()
        found[row_key(model, *key)] = REMOVED if row is None else row_digest(table, row._asdict())
    return found


@functools.cache
def _by_key(model: type[Base]) -> Select[Any]:
    table = _table(model)
    return select(*table.columns).where(
        *(column == bindparam(column.name) for column in table.primary_key)
    )


# -- the end of the chain ----------------------------------------------------------------------


class Head(NamedTuple):
    """The newest entry: its hash stands for all that the log says, and ``at`` is its time."""

    hash: str
    at: dt.datetime | None


_HEAD: Final = select(models.Audit.hash, models.Audit.at).order_by(models.Audit.id.desc()).limit(1)
_ONE_AT_A_TIME: Final = text("SELECT pg_advisory_xact_lock(7251184)")


def head(connection: Connection) -> Head:
    """Return the head of the chain; of an empty log :data:`GENESIS`."""
    row = connection.execute(_HEAD).first()
    return Head(GENESIS, None) if row is None else Head(*row)


def take_turn(connection: Connection) -> None:
    """Wait until nobody else is at the chain's end, and keep it until the transaction ends.

    Rows that several transactions change are changed in one's turn: who has the turn would wait
    for a row whose holder waits for the turn.
    """
    if connection.dialect.name == "postgresql":  # SQLite has one writer anyway
        connection.execute(_ONE_AT_A_TIME)


def append(connection: Connection, entry: Mapping[str, Any]) -> None:
    """Put an entry (without ``previous`` and ``hash``) at the end of the chain.

    Its time becomes that of the last entry where a clock is behind it by no more than
    :data:`CLOCKS_DIFFER`, and for drafts however far: a wrong clock must not keep edits from being
    saved.  ClockBehindError, SQLAlchemyError; the transaction must not commit.
    """
    take_turn(connection)
    previous, last = head(connection)
    at = entry["at"]
    if last is not None and at < last and entry["action"] != CLOCK_ACCEPTED:
        if last - at > CLOCKS_DIFFER and entry["subject_type"] != "draft":
            raise ClockBehindError(at, last)
        at = last
    row = {**entry, "at": at, "previous": previous}
    hashed = {**row, "details": json_text(row["details"]), "rows": json_text(row["rows"])}
    connection.execute(insert(models.Audit), {**row, "hash": entry_hash(hashed)})


def adopt(connection: Connection, now: dt.datetime) -> None:
    """Record every row that there is, for a log that was made a chain only now."""
    entries = connection.scalar(select(func.count()).select_from(models.Audit))
    last = head(connection).at
    digests = (
        pair
        for model in RECORDED
        for row in connection.execute(select(*_table(model).columns))
        for pair in given_row(model, row._asdict()).items()
    )
    while rows := dict(islice(digests, _ADOPTED_AT_ONCE)):
        append(
            connection,
            {
                "at": now if last is None else max(now, last),
                "actor": "prelabel-tui",
                "role": "admin",
                "origin": "upgrade",
                "action": CHAIN_BEGUN,
                "subject_type": "database",
                "subject_id": "chain",
                "media_id": None,
                "capability": None,
                "version": None,
                "reason": "Entries and rows from before the chain.",
                "details": {"entries": entries},
                "rows": rows,
            },
        )


# -- what the database refuses -----------------------------------------------------------------


def _sqlite_member(name: str) -> str:
    if name == "at":
        return "'\"' || replace(NEW.at, ' ', 'T') || 'Z\"'"
    return f"NEW.{name}" if name in ("details", "rows") else f"json_quote(NEW.{name})"


def _postgres_member(name: str) -> str:
    if name == "at":
        return """to_char(NEW.at AT TIME ZONE 'UTC', '"\\""YYYY-MM-DD"T"HH24:MI:SS.US"Z\\""')"""
    if name in ("details", "rows"):
        return f"NEW.{name}::text"
    return f"coalesce(to_json(NEW.{name})::text, 'null')"


def guard_chain(connection: Connection) -> None:
    """Make the database refuse an entry that does not follow the last one, or has another hash."""
    sqlite = connection.dialect.name == "sqlite"
    member = _sqlite_member if sqlite else _postgres_member
    content = " || ".join(
        f"'{'{' if at == 0 else ','}\"{name}\":' || {member(name)}"
        for at, name in enumerate(_FIELDS)
    )
    last = "(SELECT {} FROM audit ORDER BY id DESC LIMIT 1)"
    refusals = {
        "audit: an entry must follow the last one": (
            f"NEW.previous IS DISTINCT FROM coalesce({last.format('hash')}, '{GENESIS}') "
            f"OR NEW.id BETWEEN 1 AND {last.format('id')}"
        ),
        "audit: an entry must not be earlier than the last one": (
            f"NEW.at < {last.format('at')} AND NEW.action <> '{CLOCK_ACCEPTED}'"
        ),
        "audit: the hash of an entry must be that of its content": (
            f"NEW.hash IS DISTINCT FROM {SHA256}({content} || '}}')"
        ),
    }
    if sqlite:
        checks = [
            f"SELECT RAISE(ABORT, '{message}') WHERE {wrong};"
            for message, wrong in refusals.items()
        ]
        statements = [
            "CREATE TRIGGER IF NOT EXISTS audit_chain BEFORE INSERT ON audit "
            f"BEGIN {' '.join(checks)} END".replace("IS DISTINCT FROM", "IS NOT")
        ]
    else:
        checks = [
            f"IF {wrong} THEN RAISE EXCEPTION '{message}'; END IF;"
            for message, wrong in refusals.items()
        ]
        statements = [
            f"CREATE OR REPLACE FUNCTION {SHA256}(content text) RETURNS text LANGUAGE sql "
            "IMMUTABLE AS $$ SELECT encode(sha256(convert_to(content, 'UTF8')), 'hex') $$",
            "CREATE OR REPLACE FUNCTION audit_chain() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN {' '.join(checks)} RETURN NEW; END $$",
            "CREATE OR REPLACE TRIGGER audit_chain BEFORE INSERT ON audit "
            "FOR EACH ROW EXECUTE FUNCTION audit_chain()",
        ]
    for statement in statements:
        connection.exec_driver_sql(statement)  # as it is: its colons are no parameters


def guarded(connection: Connection) -> bool:
    """Say whether the database refuses forged entries."""
    if connection.dialect.name == "sqlite":
        query = "SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND name = 'audit_chain'"
    else:
        query = (
            "SELECT 1 FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
            "WHERE relnamespace = current_schema()::regnamespace "
            "AND tgname = 'audit_chain' AND tgenabled <> 'D'"
        )
    return connection.scalar(text(query)) is not None
