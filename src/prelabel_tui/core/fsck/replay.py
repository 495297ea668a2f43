"""Replaying the audit log: what it tells must end in what the tables say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from prelabel_tui.core.fsck.references import References
from prelabel_tui.core.fsck.report import Damage
from prelabel_tui.core.ids import compact
from prelabel_tui.core.revisions import REVIEWED
from prelabel_tui.core.store import models

_PACK_COLUMNS = ("validation_status", "review_status", "lifecycle")


def audit_damages(session: Session, references: References) -> Iterator[Damage]:
    """Everything in which the audit log and the tables differ."""
    entries: dict[tuple[str, str], list[models.Audit]] = defaultdict(list)
    for entry in session.scalars(select(models.Audit).order_by(models.Audit.id)):
        entries[entry.subject_type, entry.subject_id].append(entry)
    for pack in session.scalars(select(models.LabelPack)):
        where = references.title(pack.media_id, pack.capability)
        name = f"label pack {compact(pack.id)} of {where}"
        state = {column: getattr(pack, column) for column in _PACK_COLUMNS}
        told, version = _replay_pack(entries.pop(("label_pack", pack.id), []))
        if told is None:
            yield Damage(name, "the audit log does not tell of its creation in order")
        elif (told, version) != (state, pack.version):
            yield Damage(name, f"is {_said(state, pack.version)}, by the audit log "
                               f"{_said(told, version)}")  # fmt: skip
    states = {row.revision_id: row for row in session.scalars(select(models.Eligibility))}
    for revision in session.scalars(select(models.Revision)):
        where = references.title(revision.media_id, revision.capability)
        name = f"revision {revision.number} of {where}"
        told_of = entries.pop(("revision", revision.id), [])
        yield from _revision_damages(name, revision, states.get(revision.id), told_of)
    for kind, subject_id in entries:
        if kind in ("label_pack", "revision"):
            yield Damage(f"{kind} {subject_id}", "the audit log tells of it, but it is not there")


def _said(state: dict[str, Any], version: int) -> str:
    return f"{', '.join(map(str, state.values()))} in version {version}"


def _replay_pack(entries: list[models.Audit]) -> tuple[dict[str, Any] | None, int]:
    state: dict[str, Any] | None = None
    version = 0
    for entry in entries:
        version += 1
        if entry.version != version:
            return None, version
        if entry.action == "pack.create":
            state = {column: entry.details.get(column) for column in _PACK_COLUMNS}
            continue
        before, after = entry.details.get("from", {}), entry.details.get("to", {})
        if state is None or any(state.get(name) != value for name, value in before.items()):
            return None, version
        state.update(after)
    return state, version


def _revision_damages(
    name: str,
    revision: models.Revision,
    eligibility: models.Eligibility | None,
    entries: list[models.Audit],
) -> Iterator[Damage]:
    published = [e for e in entries if e.action in ("revision.publish", "revision.import")]
    if len(published) != 1:
        yield Damage(name, f"the audit log tells {len(published)} times of its publication")
    for entry in published:
        told = {key: entry.details.get(key) for key in ("number", "content_hash", "previous_hash")}
        is_so = {key: getattr(revision, key) for key in told}
        if told != is_so:
            yield Damage(name, "the audit log tells of other content")
    if eligibility is None:
        yield Damage(name, "has no dataset eligibility")
        return
    status, version = REVIEWED, 1
    for entry in entries:
        if not entry.action.startswith("eligibility."):
            continue
        version += 1
        if entry.version != version or entry.details.get("from") != status:
            yield Damage(name, f"the audit log's eligibility entry {entry.id} is out of order")
            return
        status = entry.details.get("to", "")
    if (status, version) != (eligibility.status, eligibility.version):
        yield Damage(
            name,
            f"its eligibility is {eligibility.status} in version {eligibility.version}, by the "
            f"audit log {status} in version {version}",
        )
