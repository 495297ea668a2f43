"""The audit log as a chain, and every row that it records against what the row is now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session

from prelabel_tui.core.fsck.report import Damage
from prelabel_tui.core.ids import IdKind
from prelabel_tui.core.publishing.record import record_hash
from prelabel_tui.core.store import chain, models
from prelabel_tui.core.store.append_only import APPEND_ONLY
from prelabel_tui.core.store.models import Base

_AT_ONCE: Final = 1_000

_NEVER_CHANGED: Final = tuple(
    f"{table}/" for table in APPEND_ONLY if table not in ("audit", "dataset_revisions")
)

_log: Final = models.Audit
_entries: Final = (
    select(
        *(
            cast(column, Text).label(column.name) if column.name in ("details", "rows") else column
            for column in Base.metadata.tables[_log.__tablename__].columns
        )
    )
    .order_by(_log.id)
    .execution_options(yield_per=_AT_ONCE)
)
_Rows: Final = msgspec.json.Decoder(dict[str, str])


class Ledger:
    """What reading the log from its first entry to its last found.

    ``head``: the hash of the last entry; ``recorded``: the newest digest of each row that entries
    record, by its name.
    """

    def __init__(self, session: Session) -> None:
        self.head = chain.GENESIS
        self.recorded: dict[str, str] = {}
        self._seen: dict[str, int] = {chain.GENESIS: 0}
        self.damages = list(self._read(session))

    def _read(self, session: Session) -> Iterator[Damage]:
        last: dt.datetime | None = None
        for row in session.execute(_entries):
            entry = row._asdict()
            name = f"audit entry {row.id}"
            if row.previous != self.head:
                yield Damage(
                    name,
                    "does not follow the entry before it: one was taken away, put in or changed",
                    ("what the log says up to here",),
                )
            try:
                hashed = chain.entry_hash(entry)
                for key, digest in _Rows.decode(row.rows).items():
                    before = self.recorded.get(key, digest)
                    if before != digest and key.startswith(_NEVER_CHANGED):
                        yield Damage(name, f"records {key} again, though it never changes")
                    self.recorded[key] = digest
            except (ValueError, msgspec.MsgspecError) as error:
                yield Damage(name, f"cannot be read ({error})")
                hashed = ""
            if hashed and hashed != row.hash:
                yield Damage(name, "its content was changed: it does not match its hash")
            if last is not None and row.at < last and row.action != chain.CLOCK_ACCEPTED:
                yield Damage(name, "is earlier than the entry before it")
            self.head, last = row.hash, row.at
            self._seen[row.hash] = len(self._seen)

    def since(self, head: str) -> int | None:
        """Count the entries after this head; None when the log never had it."""
        at = self._seen.get(head)
        return None if at is None else len(self._seen) - 1 - at


class Found(NamedTuple):
    """The head of the chain, how many entries came after the one expected, and what is wrong."""

    head: str
    since: int | None
    damages: list[Damage]


def read_ledger(session: Session, expected_head: str | None) -> Found:
    """Follow the chain, and find everything in which it and the rows differ."""
    ledger = Ledger(session)
    damages = ledger.damages
    since = None if expected_head is None else ledger.since(expected_head)
    if expected_head is not None and since is None:
        damages.append(
            Damage(
                "audit log",
                f"never had the head {expected_head}: entries were taken away or written anew",
                ("everything that was recorded since somebody noted that head",),
            )
        )
    damages += _row_damages(session, ledger.recorded)
    damages += _record_damages(session)
    return Found(ledger.head, since, damages)


def _row_damages(session: Session, recorded: dict[str, str]) -> Iterator[Damage]:
    left = dict(recorded)
    for model in chain.RECORDED:
        table = Base.metadata.tables[model.__tablename__]
        rows = session.execute(select(*table.columns).execution_options(yield_per=_AT_ONCE))
        for row in rows:
            for name, digest in chain.given_row(model, row._asdict()).items():
                told = left.pop(name, None)
                if told is None or told == chain.REMOVED:
                    yield Damage(name, "is not in the audit log: nobody recorded making it")
                elif told != digest:
                    yield Damage(name, "is not what the audit log recorded of it")
    for name, digest in left.items():
        if digest != chain.REMOVED:
            yield Damage(name, "is in the audit log, but it does not exist")


def _record_damages(session: Session) -> Iterator[Damage]:
    """Check the record hash of every revision that has one, and that it names its predecessor's."""
    table = Base.metadata.tables[models.Revision.__tablename__]
    before: dict[tuple[str, str], Any] = {}
    for row in session.execute(select(*table.columns).order_by(table.c.number)):
        scope = (row.media_id, row.capability)
        name = IdKind.REVISION.short(row.id)
        if row.record_hash is not None and record_hash(row._asdict()) != row.record_hash:
            yield Damage(name, "it does not match its record hash")
        if row.record_hash is not None and row.previous_record != before.get(scope):
            yield Damage(name, "does not name its predecessor's record hash")
        if row.record_hash is None and before.get(scope) is not None:
            yield Damage(name, "has no record hash, though its predecessor has one")
        before[scope] = row.record_hash
