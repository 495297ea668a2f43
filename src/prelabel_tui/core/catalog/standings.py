"""Where each scope stands: how much is reviewed, what is open, whose it is, what was published.

One row of a scope, written with each save of its draft, publish and decision, so that no list
reads a content.  All of it follows from other rows and the audit log, but for the time and note
of whoever said that it is ready.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Connection, Insert, Row, bindparam, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from prelabel_tui.core.catalog.scopes import Scope, scope_in
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.store import chain, models

if TYPE_CHECKING:
    from prelabel_tui.core.store import Store

_table: Final = models.Base.metadata.tables[models.Standing.__tablename__]
_row: Final = _table.c


@dataclass(frozen=True)
class Standing:
    """Where one scope stands.

    ``content_hash``: the content of the draft that ``frames`` (those not ``left_out``),
    ``reviewed`` and ``flagged`` were counted of, ``judged`` the one that ``errors`` and
    ``warnings`` were found in; None before that was done.  ``latest``: number of the newest
    revision, with its ``eligibility``.  ``ready`` for the lead, with a ``note``, since when and by
    whom.
    """

    content_hash: str | None = None
    frames: int = 0
    left_out: int = 0
    reviewed: int = 0
    flagged: int = 0
    judged: str | None = None
    errors: int = 0
    warnings: int = 0
    latest: int | None = None
    eligibility: str | None = None
    assigned_to: str | None = None
    ready: bool = False
    note: str = ""
    said_by: str | None = None
    said_at: dt.datetime | None = None

    @property
    def progress(self) -> str:
        """How much is reviewed, in short: `10/150`; empty when that is not known."""
        return "" if self.content_hash is None else f"{self.reviewed}/{self.frames}"

    @property
    def done(self) -> bool:
        """Whether every frame is reviewed."""
        return self.content_hash is not None and self.reviewed >= self.frames

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`."""
        counted, judged = self.content_hash is not None, self.judged is not None
        return {
            "frames": self.frames if counted else None,
            "reviewed": self.reviewed if counted else None,
            "left_out": self.left_out if counted else None,
            "flagged": self.flagged if counted else None,
            "errors": self.errors if judged else None,
            "warnings": self.warnings if judged else None,
            "assigned_to": self.assigned_to,
            "ready": self.ready,
            "note": self.note,
            "said_by": self.said_by,
            "said_at": None if self.said_at is None else self.said_at.isoformat(),
        }


def _read(row: Row[Any]) -> Standing:
    return Standing(
        row.content_hash, row.frames, row.left_out, row.reviewed, row.flagged, row.judged,
        row.errors, row.warnings, row.latest, row.eligibility, row.assigned_to, row.ready,
        row.note, row.said_by, row.said_at,
    )  # fmt: skip


# -- writing -----------------------------------------------------------------------------------


def put(connection: Connection, scope: Scope, values: Mapping[str, object]) -> None:
    """Write what is known of a scope now; the rest of its row stays."""
    key = {"media_id": scope.media_id, "capability": scope.capability.value}
    whole = {**key, "workspace_id": scope.workspace_id, **values}
    chain.take_turn(connection)
    connection.execute(_upsert(connection.dialect.name, tuple(whole), tuple(values)), whole)


@functools.cache
def _upsert(dialect: str, given: tuple[str, ...], changed: tuple[str, ...]) -> Insert:
    """Make the statement that writes these columns, and changes some of a row that is there."""
    # A database brings only its own dialect: importing both takes time at every start.
    if dialect == "sqlite":
        from sqlalchemy.dialects.sqlite import insert
    else:
        from sqlalchemy.dialects.postgresql import insert  # type: ignore[assignment]
    added = insert(_table).values({name: bindparam(name) for name in given})
    return added.on_conflict_do_update(
        index_elements=["media_id", "capability"],
        set_={name: added.excluded[name] for name in changed},
    )


def put_content(
    connection: Connection, scope: Scope, content_hash: str, document: Document
) -> None:
    """Write how much of a draft's content is reviewed, in the transaction that saves it."""
    marks = document.marks()
    frames = len(document) - marks.left_out
    put(
        connection,
        scope,
        {
            "content_hash": content_hash,
            "frames": frames,
            "left_out": marks.left_out,
            "reviewed": marks.reviewed,
            "flagged": marks.flagged,
            "unreviewed": frames - marks.reviewed,
            "share": _share(marks.reviewed, frames),
        },
    )


def _share(reviewed: int, frames: int) -> int:
    """Return how many of 10,000 frames would be reviewed; of none all are."""
    return 10_000 * reviewed // frames if frames else 10_000


def put_published(connection: Connection, scope: Scope, number: int, eligibility: str) -> None:
    """Write what the newest revision is: nobody waits for the lead any more."""
    put(connection, scope, {"latest": number, "eligibility": eligibility, "ready": False})


def put_eligibility(connection: Connection, scope: Scope, number: int, eligibility: str) -> None:
    """Write the eligibility of a revision, if it is the newest."""
    newest = _here(scope) & (_row.latest == number)
    chain.take_turn(connection)
    connection.execute(update(_table).where(newest).values(eligibility=eligibility))


def put_findings(
    connection: Connection, scope: Scope, content_hash: str, errors: int, warnings: int
) -> None:
    """Write what is open in a content, if the draft still has it."""
    newest = _here(scope) & (_row.content_hash == content_hash)
    chain.take_turn(connection)
    values = {"judged": content_hash, "errors": errors, "warnings": warnings}
    connection.execute(update(_table).where(newest).values(values))


def forget_findings(connection: Connection, workspace_id: str) -> None:
    """Forget what is open in a workspace: it is judged by other thresholds now."""
    chain.take_turn(connection)
    connection.execute(update(_table).where(_row.workspace_id == workspace_id).values(judged=None))


def _here(scope: Scope) -> ColumnElement[bool]:
    return (_row.media_id == scope.media_id) & (_row.capability == scope.capability.value)


# -- reading -----------------------------------------------------------------------------------


def standings_in(session: Session, media_ids: Collection[str]) -> dict[tuple[str, str], Standing]:
    """Read where the scopes of these clips stand, by clip and capability."""
    query = select(_table).where(_row.media_id.in_(media_ids))
    found = session.connection().execute(query)
    return {(row.media_id, row.capability): _read(row) for row in found}


def standing_of(session: Session, scope: Scope) -> Standing:
    """Read where one scope stands."""
    found = standings_in(session, [scope.media_id])
    return found.get((scope.media_id, scope.capability.value), Standing())


def clips_of(
    person: str, workspace_id: str | None = None, media_id: str | None = None
) -> ColumnElement[bool]:
    """Make the condition for runs whose clip has a scope that is assigned to somebody.

    The workspace and the clip are asked of the scopes: those of a person are few, and asked of the
    runs they would lead a database to walk all runs of a club.
    """
    query = select(_row.media_id).where(_row.assigned_to == person)
    if workspace_id is not None:
        query = query.where(_row.workspace_id == workspace_id)
    if media_id is not None:
        query = query.where(_row.media_id == media_id)
    return models.Run.media_id.in_(query)


class State(StrEnum):
    """What scopes are listed for."""

    LEFT = "frames left"
    DONE = "all reviewed"
    READY = "ready"
    FINDINGS = "open findings"
    FLAGS = "flags"


class Order(StrEnum):
    """What scopes are sorted by; all but the name: the most first."""

    NAME = "name"
    LEFT = "frames left"
    SHARE = "share reviewed"
    FINDINGS = "findings"
    FLAGS = "flags"
    LATEST = "latest revision"


_STATES: Final[Mapping[State, ColumnElement[bool]]] = {
    State.LEFT: _row.content_hash.is_not(None) & (_row.unreviewed > 0),
    State.DONE: _row.content_hash.is_not(None) & (_row.unreviewed <= 0),
    State.READY: _row.ready,
    State.FINDINGS: (_row.judged == _row.content_hash) & (_row.errors + _row.warnings > 0),
    State.FLAGS: _row.flagged > 0,
}


@dataclass(frozen=True)
class Wanted:
    """Which scopes, and in which order; None means all.  Workspace and person by name."""

    workspace: str | None = None
    capability: Capability | None = None
    person: str | None = None
    state: State | None = None
    eligibility: str | None = None
    order: Order = Order.NAME

    @property
    def by_name(self) -> bool:
        """Whether every scope is wanted, by name: those that nobody touched too."""
        return (self.person, self.state, self.eligibility, self.order) == (
            None, None, None, Order.NAME,
        )  # fmt: skip


def standing_scopes(session: Session, wanted: Wanted, limit: int) -> list[Scope]:
    """List at most ``limit`` scopes that were opened, assigned or published.

    Those are chosen from the one table alone; among equals, and by name, the names decide.
    """
    media, workspace = models.Media, models.Workspace
    chosen = select(_table).where(*_conditions(session, wanted))
    if wanted.order is not Order.NAME:
        # Of few, an order's index would be walked past all the others; so they are sorted.
        few = wanted.workspace is not None or wanted.person is not None
        chosen = chosen.order_by(*_orders(wanted.order, _row, sort=few)).limit(limit)
    found = chosen.subquery()
    query = (
        select(
            found.c.media_id, found.c.capability, found.c.workspace_id, media.name.label("media"),
            workspace.name.label("workspace"),
        )
        .join(media, media.id == found.c.media_id)
        .join(workspace, workspace.id == found.c.workspace_id)
        .where(media.removed_at.is_(None))
        .order_by(
            *_orders(wanted.order, found.c), workspace.name, media.name, found.c.capability
        )
        .limit(limit)
    )  # fmt: skip
    return [scope_in(row) for row in session.connection().execute(query)]


def _conditions(session: Session, wanted: Wanted) -> Iterable[ColumnElement[bool]]:
    if wanted.workspace is not None:
        named = select(models.Workspace.id).where(models.Workspace.name == wanted.workspace)
        yield _row.workspace_id == (session.scalar(named) or "")
    if wanted.capability is not None:
        yield _row.capability == wanted.capability.value
    if wanted.person is not None:
        yield _row.assigned_to == wanted.person
    if wanted.state is not None:
        yield _STATES[wanted.state]
    if wanted.eligibility is not None:
        yield _row.eligibility == wanted.eligibility


_ORDERS: Final[Mapping[Order, Sequence[str]]] = {
    Order.NAME: (),
    Order.LEFT: ("unreviewed",),
    Order.SHARE: ("share",),
    Order.FINDINGS: ("errors", "warnings"),
    Order.FLAGS: ("flagged",),
    Order.LATEST: ("latest",),
}
"""The columns of each order, which an index has; the names follow."""


def _orders(
    order: Order, row: ReadOnlyColumnCollection[str, Any], *, sort: bool = True
) -> Iterable[ColumnElement[Any]]:
    """Return what an order sorts by; without ``sort`` so that its index can be read backwards."""
    for name in _ORDERS[order]:
        way = (row[name] + 0 if sort else row[name]).desc()
        yield way.nulls_last() if name == "latest" else way


def people(store: Store) -> list[str]:
    """List everybody that a scope can be assigned to, by name.  FAILURES."""
    with store.read() as session:
        return list(session.scalars(select(models.User.name).order_by(models.User.name)))
