"""The database itself and its values; what rows say of one another: packs of revisions, lineage."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Text, cast, select, text
from sqlalchemy.orm import Session

from prelabel_tui.core.fsck.references import References
from prelabel_tui.core.fsck.report import Damage
from prelabel_tui.core.ids import IdKind
from prelabel_tui.core.model.lineage import LineageKind
from prelabel_tui.core.store import models

if TYPE_CHECKING:
    from prelabel_tui.core.store import Store

_LIMIT = 20


def database_damages(session: Session, store: Store) -> Iterator[Damage]:
    """Find what SQLite reports of its own file; PostgreSQL checks itself."""
    if not store.is_sqlite:
        return
    for (line,) in session.execute(text(f"PRAGMA integrity_check({_LIMIT})")):
        if line != "ok":
            yield Damage("database", str(line), ("any row",))
    for row in session.execute(text("PRAGMA foreign_key_check")):
        yield Damage("database", f"row {row[1]} of {row[0]} names a missing row of {row[2]}")


def unreadable_values(session: Session, store: Store) -> Iterator[tuple[str, Damage]]:
    """Find values of the wrong kind for their column, by table: not a JSON object, not a time."""
    for table in models.Base.metadata.sorted_tables:
        for column in table.columns:
            check: Callable[[str], Any]
            if isinstance(column.type, JSON):
                check, kind = _json_object, "JSON object"
            elif isinstance(column.type, models.UtcDateTime) and store.is_sqlite:
                check, kind = dt.datetime.fromisoformat, "time"
            else:
                continue
            raw = cast(column, Text)
            for *key, value in session.execute(
                select(*table.primary_key, raw).where(raw.is_not(None))
            ):
                try:
                    check(value)
                except ValueError:
                    row = " ".join(str(part) for part in key)
                    what = f"its {column.name} is not a {kind}"
                    yield table.name, Damage(f"{table.name} row {row}", what)


def _json_object(value: str) -> None:
    if not isinstance(json.loads(value), dict):
        raise ValueError(value)


def revision_damages(session: Session, references: References) -> Iterator[Damage]:
    """Check that each revision's pack has its scope and hash, and that its lineage exists."""
    packs = {row.id: row for row in session.scalars(select(models.LabelPack))}
    prelabels = {row.id: row for row in session.scalars(select(models.PrelabelPack))}
    revisions = list(session.scalars(select(models.Revision)))
    known = {row.id: row for row in revisions}
    for row in revisions:
        scope = (row.media_id, row.capability)
        name = f"revision {row.number} of {references.title(*scope)}"
        pack = packs.get(row.pack_id)
        if pack is None:
            yield Damage(name, f"its label pack {row.pack_id} is missing")
        elif (pack.media_id, pack.capability) != scope:
            yield Damage(name, f"its {IdKind.LABEL_PACK.short(pack.id)} is of another scope")
        elif pack.artifact_sha != row.pack_sha:
            yield Damage(name, f"its pack SHA is not that of {IdKind.LABEL_PACK.short(pack.id)}")
        yield from _lineage(name, row, prelabels, known)
    for draft in session.scalars(select(models.Draft)):
        where = references.title(draft.media_id, draft.capability)
        name = f"{IdKind.DRAFT.short(draft.id)} of {where}"
        yield from _lineage(name, draft, prelabels, known)
        yield from _draft_damages(session, name, draft)


def _draft_damages(session: Session, name: str, draft: models.Draft) -> Iterator[Damage]:
    """Check that a draft's row follows from its versions; the audit log records those."""
    first = session.get(models.DraftVersion, (draft.id, 1))
    last = session.get(models.DraftVersion, (draft.id, draft.version))
    media = session.get(models.Media, draft.media_id)
    log = models.Audit
    of_it = select(log.media_id, log.capability, log.details).where(log.subject_id == draft.id)
    made = session.execute(of_it.where(log.action == "draft.create")).all()
    seeds = session.execute(of_it.where(log.action == "draft.seed")).all()
    if not draft.active:
        yield Damage(name, "is not active, but nobody ended it")
    if media is not None and draft.workspace_id != media.workspace_id:
        yield Damage(name, "is in another workspace than its clip")
    if [(row.media_id, row.capability) for row in made] != [(draft.media_id, draft.capability)]:
        yield Damage(name, "the audit log records its making for another scope, or not once")
    if first and (first.actor, first.created_at) != (draft.created_by, draft.created_at):
        yield Damage(name, "its first version names another person or time")
    if last and (last.actor, last.created_at) != (draft.updated_by, draft.updated_at):
        yield Damage(name, "its newest version names another person or time")
    seeded = draft.lineage_pack_id in [row.details.get("pack_id") for row in seeds]
    if last and last.lineage != draft.lineage and not seeded:
        yield Damage(name, "its newest version names another lineage")


def _lineage(
    name: str,
    row: models.Revision | models.Draft,
    prelabels: dict[str, models.PrelabelPack],
    revisions: dict[str, models.Revision],
) -> Iterator[Damage]:
    if row.lineage not in list(LineageKind):
        yield Damage(name, f"its lineage {row.lineage!r} is unknown")
    if (row.lineage == LineageKind.PACK) != (row.lineage_pack_id is not None):
        yield Damage(name, "its lineage and its source pack contradict each other")
    source = prelabels.get(row.lineage_pack_id or "")
    if source and (source.media_id, source.capability) != (row.media_id, row.capability):
        yield Damage(name, "its source pack is of another scope")
    if row.lineage_revision_id is not None:
        origin = revisions.get(row.lineage_revision_id)
        if origin is None or (origin.media_id, origin.capability) != (row.media_id, row.capability):
            yield Damage(name, "the revision it came from is missing or of another scope")
