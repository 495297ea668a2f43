"""A newer run on a clip under review: the corrections made so far, on its prelabels."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from prelabel_tui.core.catalog.runs import is_shown
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.drafts.info import DraftInfo, Kind, require_info
from prelabel_tui.core.edits.carrying import Carried, carry
from prelabel_tui.core.ids import IdKind, new_id
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.lineage import Lineage, LineageKind
from prelabel_tui.core.outcomes import Code, Outcome, Refused, Result
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.core.store import gives_result, models
from prelabel_tui.core.store.lookup import require
from prelabel_tui.core.times import minute

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store


@dataclass(frozen=True)
class NewerPack:
    """Prelabels of a newer run than those that a draft came from."""

    pack_id: str
    created_at: dt.datetime
    detector: str

    @property
    def text(self) -> str:
        """`pre-1a2b3c4d of yolox, 2026-11-28 21:00 WET`."""
        of = f" of {self.detector}" if self.detector else ""
        return f"{IdKind.PRELABEL_PACK.short(self.pack_id)}{of}, {minute(self.created_at)}"


@gives_result
def newer_pack(store: Store, draft_id: str) -> Result[NewerPack]:
    """Find the newest prelabels of the draft's scope, if they are newer than its own.

    SOURCE_PACK_MISSING when there are none, NOT_FOUND, storage codes.
    """
    with store.read() as session:
        return Result(Outcome(Code.OK), _newer(session, require_info(session, draft_id)))


def _newer(session: Session, info: DraftInfo) -> NewerPack:
    mine = _own_pack(session, info)
    pack = models.PrelabelPack
    found = session.scalar(
        select(pack)
        .where(
            pack.media_id == info.scope.media_id,
            pack.capability == info.scope.capability,
            pack.created_at > mine.created_at,
            is_shown(pack),
        )
        .order_by(pack.created_at.desc(), pack.id)
        .limit(1)
    )
    if found is None:
        raise Refused(
            Outcome(Code.SOURCE_PACK_MISSING, f"{info.scope.title} has no newer prelabels.")
        )
    run = session.get_one(models.Run, found.run_id)
    return NewerPack(found.id, found.created_at, run.detector or "")


def _own_pack(session: Session, info: DraftInfo) -> models.PrelabelPack:
    pack_id = info.lineage.pack_id
    found = None if pack_id is None else session.get(models.PrelabelPack, pack_id)
    if found is None:
        detail = f"{info.scope.title}: the draft came from no prelabels ({info.lineage.label})."
        raise Refused(Outcome(Code.SOURCE_PACK_MISSING, detail))
    return found


@dataclass(frozen=True)
class CarryPlan:
    """What carrying the corrections of a draft's version onto a pack's prelabels would give."""

    base: loading.LoadedDraft
    pack_id: str
    carried: Carried

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`."""
        return {
            "draft_id": self.base.info.id,
            "base_version": self.base.info.version,
            "from_pack": self.base.info.lineage.pack_id,
            "to_pack": self.pack_id,
            **self.carried.as_json(),
        }


@gives_result
def plan_carry(
    store: Store,
    draft_id: str,
    base_version: int | None = None,
    pack_id: str | None = None,
    progress: Progress = unwatched,
) -> Result[CarryPlan]:
    """Work out what carrying would give; nothing is changed.

    ``base_version``: None for the newest.  ``pack_id``: the prelabel pack, or a beginning of its id
    (None: the newest one, if it is newer than the draft's).  NOT_FOUND, SOURCE_PACK_MISSING,
    MEDIA_MISMATCH, storage codes.  Cancelled.
    """
    base = loading.load(store, draft_id, base_version)
    if base.value is None:
        return Result(base.outcome)
    info, draft = base.value.info, base.value.document
    with store.read() as session:
        mine = _own_pack(session, info)
        if pack_id is None:
            pack_id = _newer(session, info).pack_id
        pack = require(session, models.PrelabelPack, pack_id)
        there = (pack.media_id, pack.capability)
        if there != (info.scope.media_id, info.scope.capability):
            detail = (
                f"Prelabel pack {IdKind.PRELABEL_PACK.short(pack.id)} is not of {info.scope.title}."
            )
            return Result(Outcome(Code.MEDIA_MISMATCH, detail))
        shas = mine.artifact_sha, pack.artifact_sha
    source, target = (Document.from_payload(store.artifacts.get(sha)) for sha in shas)
    if not len(source) == len(draft) == len(target):
        detail = f"{len(source)}, {len(draft)} and {len(target)} frames."
        return Result(Outcome(Code.MEDIA_MISMATCH, detail))
    carried = carry(source, draft, target, progress)
    return Result(Outcome(Code.OK, carried.text), CarryPlan(base.value, pack.id, carried))


def save_carried(store: Store, actor: Actor, plan: CarryPlan) -> Result[DraftInfo]:
    """Save what was planned as the draft's next version, with the lineage of the newer run.

    Restoring the version before takes it back.  As drafts.save.
    """
    document, base = plan.carried.document, plan.base
    saved = loading.append_version(
        store, actor, base.info, document, document.changed_from(base.document), new_id(),
        Kind.CARRY, Lineage(LineageKind.PACK, pack_id=plan.pack_id),
        reason=f"prelabel pack {plan.pack_id}",
    )  # fmt: skip
    if saved.value is None:
        return saved
    version = saved.value.version
    detail = f"Version {version}: {plan.carried.text}."
    return Result(Outcome(Code.DRAFT_SAVED, detail, {"version": version}), saved.value)
