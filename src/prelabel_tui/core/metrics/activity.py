"""What reviewing took: written when a session ends, read for the metrics."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from prelabel_tui.core.ids import new_id
from prelabel_tui.core.metrics.agreement import Agreement
from prelabel_tui.core.metrics.throughput import Activity, Retention
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.outcomes import Code, Outcome
from prelabel_tui.core.store import gives_outcome, models

if TYPE_CHECKING:
    from prelabel_tui.core.drafts.info import DraftInfo
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store


@gives_outcome
def note(store: Store, actor: Actor, draft_id: str, worked: Activity) -> Outcome:
    """Record a stretch of reviewing that ends now, of this actor and draft."""
    ended = store.now()
    seconds = worked.ended_at - worked.started_at
    details: dict[str, Any] = {"labels": worked.labels, "minutes": list(worked.minutes)}
    if worked.again.frames:
        details["again"] = worked.again.stored()
    if worked.retention is not None:
        details["kept"] = dataclasses.asdict(worked.retention)
    row = models.Activity(
        id=new_id(),
        draft_id=draft_id,
        user_name=actor.name,
        started_at=ended - dt.timedelta(seconds=seconds),
        ended_at=ended,
        seconds=round(seconds),
        keys=worked.keys,
        frames=worked.frames,
        details=details,
    )
    with store.write() as session:
        session.add(row)
    return Outcome(Code.OK)


def activities(store: Store, draft_id: str | None = None) -> list[Activity]:
    """List stretches of reviewing, oldest first; ``run`` is the prelabel pack's run.  FAILURES."""
    row, draft, pack = models.Activity, models.Draft, models.PrelabelPack
    query = (
        select(
            row.id, row.user_name, row.started_at, row.ended_at, row.keys, row.frames, row.details,
            pack.run_id,
        )
        .join(draft, draft.id == row.draft_id)
        .outerjoin(pack, pack.id == draft.lineage_pack_id)
        .order_by(row.started_at, row.id)
    )  # fmt: skip
    if draft_id is not None:
        query = query.where(row.draft_id == draft_id)
    with store.read() as session:
        return [
            Activity(
                user, run, name, started.timestamp(), ended.timestamp(), keys, frames,
                int(details.get("labels", 0)), tuple(details.get("minutes", ())),
                Agreement.of(details.get("again", {})),
                Retention(**details["kept"]) if "kept" in details else None,
            )
            for name, user, started, ended, keys, frames, details, run in session.execute(query)
        ]  # fmt: skip


def source_document(store: Store, info: DraftInfo) -> Document | None:
    """Read the labels of the prelabel pack that a draft came from, if any.  FAILURES."""
    if info.lineage.pack_id is None:
        return None
    pack = models.PrelabelPack
    with store.read() as session:
        sha = session.scalar(select(pack.artifact_sha).where(pack.id == info.lineage.pack_id))
    return None if sha is None else Document.from_payload(store.artifacts.get(sha))
