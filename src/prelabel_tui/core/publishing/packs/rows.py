"""Scoped label packs as the table of a scope shows them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Row, bindparam, exists, or_, select, tuple_
from sqlalchemy.orm import Session

from prelabel_tui.core.catalog.runs import is_shown
from prelabel_tui.core.catalog.scopes import Scope, scope_of
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.store import gives_result, models
from prelabel_tui.core.store.lookup import require

if TYPE_CHECKING:
    from prelabel_tui.core.store import Store


class Validation(StrEnum):
    """`validation_status`."""

    PENDING = "pending"
    PASSED = "passed"
    FAILED = "failed"


class Review(StrEnum):
    """`review_status`."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


class Lifecycle(StrEnum):
    """What the pack may be used for."""

    CANDIDATE = "candidate"
    APPROVED = "approved"
    RETIRED = "retired"


class Source(StrEnum):
    """What made the pack."""

    RUN = "run"
    DRAFT = "draft"
    LEGACY = "legacy"


@dataclass(frozen=True)
class PackRow:
    """A pack as the Scoped label packs table shows it."""

    id: str
    scope: Scope
    source: str
    artifact_sha: str
    label_count: int
    prelabel_pack_id: str | None
    validation_status: str
    validation: Mapping[str, Any]
    review_status: str
    lifecycle: str
    version: int
    created_at: dt.datetime
    created_by: str
    updated_at: dt.datetime
    updated_by: str
    reason: str

    @property
    def approvable(self) -> bool:
        """Whether Approve is on: validation_status = passed and review_status != approved."""
        return self.validation_status == Validation.PASSED and self.review_status != Review.APPROVED

    @property
    def undecided(self) -> bool:
        """Whether it passed validation and waits for a lead."""
        return (
            self.validation_status == Validation.PASSED
            and self.review_status == Review.PENDING
            and self.lifecycle == Lifecycle.CANDIDATE
        )

    @property
    def selectable(self) -> bool:
        """Whether it is a publish candidate."""
        return not self.why_not_select

    @property
    def why_not(self) -> str:
        """Why Approve is off; empty when it is on."""
        if self.validation_status != Validation.PASSED:
            return f"validation_status = {self.validation_status}, not passed"
        if self.review_status == Review.APPROVED:
            retired = ", lifecycle = retired" if self.lifecycle == Lifecycle.RETIRED else ""
            return f"review_status = approved already{retired}"
        return ""

    @property
    def why_not_select(self) -> str:
        """Why it is not a publish candidate; empty when it is one."""
        if self.validation_status != Validation.PASSED:
            return f"validation_status = {self.validation_status}, not passed"
        if self.review_status != Review.APPROVED:
            return f"review_status = {self.review_status}, not approved"
        if self.lifecycle != Lifecycle.APPROVED:
            return f"lifecycle = {self.lifecycle}, not approved"
        return ""

    @property
    def why_not_reject(self) -> str:
        """Why Reject is off; empty when it is on."""
        rejected = self.review_status == Review.REJECTED
        return "review_status = rejected already" if rejected else ""

    @property
    def why_not_retire(self) -> str:
        """Why Retire is off; empty when it is on."""
        return "lifecycle = retired already" if self.lifecycle == Lifecycle.RETIRED else ""

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`."""
        return {
            "pack_id": self.id,
            "workspace": self.scope.workspace,
            "media": self.scope.media,
            "capability": self.scope.capability.value,
            "source": self.source,
            "artifact_sha": self.artifact_sha,
            "label_count": self.label_count,
            "prelabel_pack_id": self.prelabel_pack_id,
            "validation_status": self.validation_status,
            "validation": dict(self.validation),
            "review_status": self.review_status,
            "lifecycle": self.lifecycle,
            "approvable": self.approvable,
            "selectable": self.selectable,
            "version": self.version,
            "created_at": self.created_at.isoformat(),
            "created_by": self.created_by,
            "updated_at": self.updated_at.isoformat(),
            "updated_by": self.updated_by,
            "reason": self.reason,
        }


def row_of(session: Session, pack: models.LabelPack) -> PackRow:
    """Return a pack's row as lists show it."""
    return row_in_scope(pack, scope_of(session, pack.media_id, pack.capability))


def row_in_scope(pack: models.LabelPack | Row[Any], scope: Scope) -> PackRow:
    """Return the row as :func:`row_of` does, when its scope is known."""
    return PackRow(
        pack.id, scope, pack.source,
        pack.artifact_sha, pack.label_count, pack.prelabel_pack_id, pack.validation_status,
        pack.validation, pack.review_status, pack.lifecycle, pack.version, pack.created_at,
        pack.created_by, pack.updated_at, pack.updated_by, pack.reason,
    )  # fmt: skip


def packs(
    store: Store, scope: Scope, before: PackRow | None = None, limit: int = 200
) -> list[PackRow]:
    """List the packs of a scope, newest first; ``before`` pages on."""
    columns = models.LabelPack
    query = (
        select(columns)
        .where(columns.media_id == scope.media_id, columns.capability == scope.capability.value)
        .order_by(columns.created_at.desc(), columns.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(
            tuple_(columns.created_at, columns.id) < tuple_(before.created_at, before.id)
        )
    with store.read() as session:
        return [row_in_scope(row, scope) for row in session.scalars(query)]


def candidates(store: Store, scope: Scope) -> list[PackRow]:
    """List the approved packs of a scope, newest first: what Publish pack offers."""
    with store.read() as session:
        return candidates_in(session, scope)


def candidates_in(session: Session, scope: Scope) -> list[PackRow]:
    """List as :func:`candidates` does, within a transaction."""
    here = {"media": scope.media_id, "capa": scope.capability.value}
    return [row_in_scope(row, scope) for row in session.connection().execute(_CANDIDATES, here)]


def approval_required(store: Store, scope: Scope) -> bool:
    """Say whether publishing in a scope needs a pack that a lead has yet to approve."""
    with store.read() as session:
        return not candidates_in(session, scope) and decided_in(session, scope)


def decided_in(session: Session, scope: Scope) -> bool:
    """Say whether a pack made from a draft of the scope was approved, rejected or retired.

    From then on no publish makes a pack of its own.  A decision about the pack of a run does not
    count, nor does a pack that was retired because its run was removed.
    """
    here = {"media": scope.media_id, "capa": scope.capability.value}
    return bool(session.connection().scalar(_DECIDED, here))


def held_in(session: Session, pack_id: str, scope: Scope) -> PackRow:
    """Read a pack of the scope now; nobody may change it before the transaction ends."""
    row = session.connection().execute(_HELD, {"id": pack_id}).one()
    return row_in_scope(row, scope)


_packs: Final = models.Base.metadata.tables[models.LabelPack.__tablename__]
_CANDIDATES: Final = (
    select(_packs)
    .where(
        _packs.c.media_id == bindparam("media"),
        _packs.c.capability == bindparam("capa"),
        _packs.c.review_status == Review.APPROVED.value,
        _packs.c.lifecycle == Lifecycle.APPROVED.value,
        _packs.c.validation_status == Validation.PASSED.value,
    )
    .order_by(_packs.c.created_at.desc(), _packs.c.id.desc())
)
_DECIDED: Final = select(
    exists().where(
        _packs.c.media_id == bindparam("media"),
        _packs.c.capability == bindparam("capa"),
        _packs.c.source == Source.DRAFT.value,
        or_(
            _packs.c.review_status != Review.PENDING.value,
            _packs.c.lifecycle != Lifecycle.CANDIDATE.value,
        ),
        or_(
            _packs.c.prelabel_pack_id.is_(None),
            exists().where(
                models.PrelabelPack.id == _packs.c.prelabel_pack_id,
                is_shown(models.PrelabelPack),
            ),
        ),
    )
)
_HELD: Final = select(_packs).where(_packs.c.id == bindparam("id")).with_for_update(read=True)


@gives_result
def pack(store: Store, pack_id: str) -> Result[PackRow]:
    """Find a pack by its id or the beginning of it.  NOT_FOUND."""
    with store.read() as session:
        row = require(session, models.LabelPack, pack_id)
        return Result(Outcome(Code.OK), row_of(session, row))
