"""Data sets frozen under a name: which revisions they have, whatever becomes of them later."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import Row, func, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from prelabel_tui.core.catalog.names import require_names
from prelabel_tui.core.datasets.selection import FrozenAs, Selection, select_these
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actions import Action
from prelabel_tui.core.identity.roles import authorise
from prelabel_tui.core.ids import new_id, short_hash
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.outcomes import Code, Outcome, Refused, Result
from prelabel_tui.core.publishing.eligibility import eligible_in
from prelabel_tui.core.publishing.revision_rows import APPROVED, RevisionRow
from prelabel_tui.core.publishing.revisions import row_in
from prelabel_tui.core.signing import ready_signer, sign_recorded
from prelabel_tui.core.store import gives_result, models
from prelabel_tui.core.store.chain import head
from prelabel_tui.core.text import NAME_RULE, counted, printable, usable_name
from prelabel_tui.core.times import minute

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store

PAGE = 200


@dataclass(frozen=True)
class DatasetRow:
    """One frozen data set.  ``revoked``: how many of its revisions are no longer approved."""

    id: str
    name: str
    digest: str
    filters: Mapping[str, Any]
    created_at: dt.datetime
    created_by: str
    revisions: int
    clips: int
    revoked: int

    @property
    def text(self) -> str:
        """Its name, what is in it, its whole hash."""
        revisions, clips = counted(self.revisions, "revision"), counted(self.clips, "clip")
        return f"{self.name}: {revisions} of {clips}, hash {self.digest}"

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`."""
        return {
            "name": self.name,
            "digest": self.digest,
            "filters": dict(self.filters),
            "created_at": self.created_at.isoformat(),
            "created_by": self.created_by,
            "revisions": self.revisions,
            "clips": self.clips,
            "revoked": self.revoked,
        }


@dataclass(frozen=True)
class Member:
    """A revision in a data set, as it is now.

    ``newer``: the number of the newest revision of its scope that is approved for data sets, where
    that is another one.
    """

    revision: RevisionRow
    newer: int | None

    @property
    def revoked(self) -> bool:
        """Whether it is no longer approved."""
        return self.revision.eligibility.status != APPROVED

    @property
    def now(self) -> str:
        """Its state today, in words."""
        state = self.revision.eligibility
        if self.revoked:
            return f"{state.status} by {state.updated_by}: {state.reason}"
        return state.status if self.newer is None else f"{state.status}; {self.newer} is newer"

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`."""
        row = self.revision
        return {
            "workspace": row.scope.workspace,
            "media": row.scope.media,
            "capability": row.scope.capability.value,
            "number": row.number,
            "revision_id": row.id,
            "content_hash": row.content_hash,
            "eligibility": row.eligibility.as_json(),
            "newer": self.newer,
        }


@dataclass(frozen=True)
class DatasetStatus:
    """A data set with what became of its revisions."""

    row: DatasetRow
    members: tuple[Member, ...]

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`."""
        return {**self.row.as_json(), "members": [member.as_json() for member in self.members]}


@dataclass(frozen=True)
class ScopeChange:
    """A scope in which two data sets differ: its revision in each, None where it has none."""

    scope: str
    before: int | None
    after: int | None

    @property
    def text(self) -> str:
        """`added`, `removed` or `changed`, with the numbers."""
        if self.before is None:
            return f"added: revision {self.after}"
        if self.after is None:
            return f"removed: revision {self.before}"
        return f"changed: revision {self.before} → {self.after}"

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`."""
        return {"scope": self.scope, "before": self.before, "after": self.after}


def dataset_digest(revisions: Iterable[Mapping[str, object]]) -> str:
    """Hash a data set: SHA-256 of the canonical JSON (RFC 8785) of a list of its revisions.

    For each revision an array of workspace, media, capability, number, content hash and manifest
    hash, ordered by the first three.
    """
    names = ("workspace", "media", "capability", "revision", "content_hash", "manifest_sha")
    rows = sorted([revision[name] for name in names] for revision in revisions)
    return hashlib.sha256(msgspec.json.encode(rows)).hexdigest()


# -- freezing ----------------------------------------------------------------------------------


@gives_result
def create(
    store: Store,
    actor: Actor,
    name: str,
    workspaces: Sequence[str] = (),
    media: str | None = None,
    capability: Capability | None = None,
) -> Result[DatasetRow]:
    """Freeze what is approved for data sets now, under a name.  Leads only.

    DATASET_CREATED; ROLE_FORBIDDEN, INPUT_INVALID (a name that cannot be used, nothing that is
    approved), NOT_FOUND (a workspace or clip), DATASET_EXISTS, AUDIT_PERSIST_FAILED, storage codes;
    SIGNING_FAILED, CONFIG_INVALID where a key to sign with is configured and cannot sign.
    """
    filters = {
        "workspaces": list(dict.fromkeys(workspaces)),
        "media": media,
        "capability": None if capability is None else capability.value,
    }
    try:
        signer = ready_signer(store.home)
        with store.write() as session:
            actor = authorise(session, actor, Action.DATASET_CREATE)
            if not usable_name(name):
                detail = f"A data set's {NAME_RULE}: {printable(name, 120)!r}."
                return Result(Outcome(Code.INPUT_INVALID, detail))
            if (there := _find(session, name)) is not None:
                raise Refused(_exists(there))
            require_names(session, workspaces, media)
            ids = [
                revision_id
                for workspace in filters["workspaces"] or (None,)
                for revision_id in eligible_in(session, workspace, media, capability, hold=True)
            ]
            if not ids:
                detail = "None of the revisions asked for is approved for data sets."
                return Result(Outcome(Code.INPUT_INVALID, detail))
            row = _freeze(session, store, actor, name, filters, ids)
            newest = head(session.connection()).hash
    except IntegrityError:  # somebody else was first
        with store.read() as session:
            row = _require(session, name)
        return Result(_exists(row))
    data, unsigned = sign_recorded(store.home, signer, newest)
    detail = f"{row.text}.{unsigned}"
    return Result(Outcome(Code.DATASET_CREATED, detail, {"digest": row.digest, **data}), row)


def _exists(row: DatasetRow) -> Outcome:
    when = minute(row.created_at)
    detail = f"{row.name} was frozen by {row.created_by} at {when}, hash {short_hash(row.digest)}."
    return Outcome(Code.DATASET_EXISTS, detail, {"digest": row.digest})


def _freeze(
    session: Session,
    store: Store,
    actor: Actor,
    name: str,
    filters: Mapping[str, Any],
    revision_ids: Sequence[str],
) -> DatasetRow:
    rows = [row_in(session, revision_id) for revision_id in revision_ids]
    dataset = models.Dataset(
        id=new_id(),
        name=name,
        digest=_digest_of(rows),
        filters=dict(filters),
        created_at=store.now(),
        created_by=actor.name,
    )
    session.add(dataset)
    session.flush()
    session.add_all(
        models.DatasetRevision(
            dataset_id=dataset.id,
            revision_id=row.id,
            media_id=row.scope.media_id,
            capability=row.scope.capability.value,
        )
        for row in rows
    )
    audit.record(
        session, store, actor, Action.DATASET_CREATE, "dataset", dataset.id,
        details={"name": name, "digest": dataset.digest, "revisions": len(rows)},
        wrote=[(models.Dataset, dataset.id)],
    )  # fmt: skip
    return _require(session, name)


def _digest_of(rows: Iterable[RevisionRow]) -> str:
    return dataset_digest(
        {
            "workspace": row.scope.workspace,
            "media": row.scope.media,
            "capability": row.scope.capability.value,
            "revision": row.number,
            "content_hash": row.content_hash,
            "manifest_sha": row.provenance.manifest_sha,
        }
        for row in rows
    )


# -- looking -----------------------------------------------------------------------------------

_set, _in = models.Dataset, models.DatasetRevision
_ROWS = (
    select(
        _set.id,
        _set.name,
        _set.digest,
        _set.filters,
        _set.created_at,
        _set.created_by,
        func.count().label("revisions"),
        func.count(_in.media_id.distinct()).label("clips"),
        func.count().filter(models.Eligibility.status != APPROVED).label("revoked"),
    )
    .join(_in, _in.dataset_id == _set.id)
    .join(models.Eligibility, models.Eligibility.revision_id == _in.revision_id)
    .group_by(_set.id)
)


def datasets(store: Store, before: DatasetRow | None = None, limit: int = PAGE) -> list[DatasetRow]:
    """List data sets, the newest first; ``before`` pages on."""
    query = _ROWS.order_by(_set.created_at.desc(), _set.id.desc()).limit(limit)
    if before is not None:
        query = query.where(tuple_(_set.created_at, _set.id) < tuple_(before.created_at, before.id))
    with store.read() as session:
        return [_row(row) for row in session.execute(query)]


@gives_result
def status(store: Store, name: str) -> Result[DatasetStatus]:
    """Find out what became of a data set's revisions.

    OK; DATASET_REVOKED, with the status, when some are no longer approved; NOT_FOUND.
    """
    with store.read() as session:
        row = _require(session, name)
        newest = _newest_approved(session, row.id)
        members = []
        for revision in _revisions(session, row.id):
            newer = newest.get((revision.scope.media_id, revision.scope.capability.value), 0)
            members.append(Member(revision, newer if newer > revision.number else None))
    found = DatasetStatus(row, tuple(members))
    if not row.revoked:
        return Result(Outcome(Code.OK, f"{row.text}."), found)
    detail = f"{row.text}; {row.revoked:,} revoked since it was frozen."
    return Result(Outcome(Code.DATASET_REVOKED, detail), found)


@gives_result
def difference(store: Store, first: str, second: str) -> Result[list[ScopeChange]]:
    """List the scopes in which two data sets differ, ordered by name.  NOT_FOUND."""
    with store.read() as session:
        found = [
            {row.scope.title: row for row in _revisions(session, _require(session, name).id)}
            for name in (first, second)
        ]
    before, after = found
    changes = []
    for scope in sorted(before.keys() | after.keys()):
        one, two = before.get(scope), after.get(scope)
        if one is None or two is None or one.id != two.id:
            numbers = [None if row is None else row.number for row in (one, two)]
            changes.append(ScopeChange(scope, *numbers))
    told = f"{counted(len(changes), 'scope')} changed." if changes else "The same revisions."
    return Result(Outcome(Code.OK, told), changes)


@gives_result
def selection_of(store: Store, name: str) -> Result[Selection]:
    """Select the revisions of a data set for export, whatever became of them.  NOT_FOUND."""
    with store.read() as session:
        row = _require(session, name)
        revisions = _revisions(session, row.id)
    revoked = tuple(sorted(r.id for r in revisions if r.eligibility.status != APPROVED))
    told = FrozenAs(row.name, row.digest, row.created_at, row.created_by, revoked)
    ids = [revision.id for revision in revisions]
    return Result(Outcome(Code.OK), select_these(store, ids, dataset=told))


def _find(session: Session, name: str) -> DatasetRow | None:
    row = session.execute(_ROWS.where(_set.name == name)).one_or_none()
    return None if row is None else _row(row)


def _require(session: Session, name: str) -> DatasetRow:
    row = _find(session, name)
    if row is None:
        raise Refused(Outcome(Code.NOT_FOUND, f"Data set {name!r}."))
    return row


def _revisions(session: Session, dataset_id: str) -> list[RevisionRow]:
    ids = session.scalars(select(_in.revision_id).where(_in.dataset_id == dataset_id)).all()
    rows = [row_in(session, revision_id) for revision_id in ids]
    return sorted(rows, key=lambda row: row.scope.title)


def _newest_approved(session: Session, dataset_id: str) -> dict[tuple[str, str], int]:
    """Find the number of the newest approved revision in each scope of a data set."""
    revision = models.Revision
    query = (
        select(revision.media_id, revision.capability, func.max(revision.number))
        .join(models.Eligibility, models.Eligibility.revision_id == revision.id)
        .join(
            _in,
            (_in.media_id == revision.media_id)
            & (_in.capability == revision.capability)
            & (_in.dataset_id == dataset_id),
        )
        .where(models.Eligibility.status == APPROVED)
        .group_by(revision.media_id, revision.capability)
    )
    return {(media, named): number for media, named, number in session.execute(query)}


def _row(row: Row[Any]) -> DatasetRow:
    return DatasetRow(**row._mapping)
