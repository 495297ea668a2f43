"""Replaying the audit log: what it records must end in what the tables say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from prelabel_tui.core.fsck.references import References
from prelabel_tui.core.fsck.report import Damage
from prelabel_tui.core.ids import IdKind
from prelabel_tui.core.model.lineage import LineageKind, of_row
from prelabel_tui.core.publishing.revision_rows import REVIEWED
from prelabel_tui.core.store import models
from prelabel_tui.core.text import printable

_PACK_COLUMNS = ("validation_status", "review_status", "lifecycle")


def audit_damages(session: Session, references: References) -> Iterator[Damage]:
    """Find everything in which the audit log and the tables differ."""
    entries: dict[tuple[str, str], list[models.Audit]] = defaultdict(list)
    for entry in session.scalars(select(models.Audit).order_by(models.Audit.id)):
        entries[entry.subject_type, entry.subject_id].append(entry)
    for pack in session.scalars(select(models.LabelPack)):
        where = references.title(pack.media_id, pack.capability)
        name = f"{IdKind.LABEL_PACK.short(pack.id)} of {where}"
        told_of = entries.pop(("label_pack", pack.id), [])
        yield from _pack_damages(name, pack, told_of)
    states = {row.revision_id: row for row in session.scalars(select(models.Eligibility))}
    for revision in session.scalars(select(models.Revision)):
        where = references.title(revision.media_id, revision.capability)
        name = f"revision {revision.number} of {where}"
        told_of = entries.pop(("revision", revision.id), [])
        yield from _revision_damages(name, revision, states.get(revision.id), told_of)
    for draft in session.scalars(select(models.Draft)):
        where = references.title(draft.media_id, draft.capability)
        told = [e.version for e in entries.get(("draft", draft.id), []) if e.action != "draft.seed"]
        if told != list(range(1, draft.version + 1)):
            name = f"{IdKind.DRAFT.short(draft.id)} of {where}"
            yield Damage(name, "the audit log does not record each of its versions exactly once")
    for user in session.scalars(select(models.User)):
        yield from _user_damages(user, entries.get(("user", user.name), []))
    for kind, subject_id in entries:
        if kind in ("label_pack", "revision"):
            yield Damage(f"{kind} {subject_id}", "the audit log records it, but it does not exist")


def _user_damages(user: models.User, entries: list[models.Audit]) -> Iterator[Damage]:
    # Who signs in for the first time acts in the role that they get.
    roles = [entry.details.get("role", entry.role) for entry in entries]
    if roles[-1:] != [user.role]:
        told = roles[-1] if roles else "no user"
        yield Damage(f"user {user.name}", f"is {user.role}, but the audit log says {told}")


def _pack_damages(
    name: str, pack: models.LabelPack, entries: list[models.Audit]
) -> Iterator[Damage]:
    state = {column: getattr(pack, column) for column in _PACK_COLUMNS}
    told, version = _replay_pack(entries)
    if told is None:
        yield Damage(name, "the audit log does not record its creation in order")
        return
    if (told, version) != (state, pack.version):
        yield Damage(name, f"is {_said(state, pack.version)}, but the audit log "
                           f"says {_said(told, version)}")  # fmt: skip
    reasons = [entry.reason for entry in entries if entry.action != "pack.validate"]
    if (pack.updated_by, pack.reason) != (entries[-1].actor, reasons[-1]):
        yield Damage(name, "the audit log names another person or reason")


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
        before, after = _object(entry.details.get("from")), _object(entry.details.get("to"))
        if state is None or any(state.get(name) != value for name, value in before.items()):
            return None, version
        state.update(after)
    return state, version


def _object(value: object) -> dict[str, Any]:
    """Return a detail that is an object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def _revision_damages(
    name: str,
    revision: models.Revision,
    eligibility: models.Eligibility | None,
    entries: list[models.Audit],
) -> Iterator[Damage]:
    published = [e for e in entries if e.action in ("revision.publish", "revision.import")]
    if len(published) != 1:
        yield Damage(name, f"the audit log records its publication {len(published)} times")
    for entry in published:
        told = {key: entry.details.get(key) for key in ("number", "content_hash", "previous_hash")}
        is_so = {key: getattr(revision, key) for key in told}
        if told != is_so:
            yield Damage(name, "the audit log records other content")
        if other := [what for what, is_told, is_so in _provenance(revision, entry)
                     if is_told != is_so]:  # fmt: skip
            yield Damage(name, f"the audit log records another {', '.join(other)}")
    if eligibility is None:
        yield Damage(name, "has no dataset eligibility")
        return
    status, version = REVIEWED, 1
    person, reason = published[0].actor if published else eligibility.updated_by, ""
    for entry in entries:
        if not entry.action.startswith("eligibility."):
            continue
        version += 1
        if entry.version != version or entry.details.get("from") != status:
            yield Damage(name, f"the audit log's eligibility entry {entry.id} is out of order")
            return
        status, person, reason = entry.details.get("to", ""), entry.actor, entry.reason
    if (status, version) != (eligibility.status, eligibility.version):
        yield Damage(
            name,
            f"its eligibility is {eligibility.status} in version {eligibility.version}, but the "
            f"audit log says {status} in version {version}",
        )
    elif (person, reason) != (eligibility.updated_by, eligibility.reason):
        yield Damage(name, "the audit log names another person or reason for its eligibility")


def _provenance(
    revision: models.Revision, entry: models.Audit
) -> Iterator[tuple[str, object, object]]:
    """Yield what both say of a publication: its name, by the audit log, by the revision."""
    told = entry.details
    lineage = revision.lineage
    if lineage in list(LineageKind):
        lineage = of_row(lineage, revision.lineage_pack_id).full
    yield "lineage", told.get("lineage"), lineage
    yield "label pack", told.get("pack_id"), revision.pack_id
    if entry.action == "revision.import":
        yield "person", printable(str(told.get("published_by"))), revision.published_by
        return
    yield "person", entry.actor, revision.published_by
    yield "draft", told.get("draft_id"), revision.draft_id
    yield "draft version", told.get("draft_version"), revision.draft_version
    yield "reason", entry.reason, revision.override_reason or ""
    yield "count of warnings", told.get("warnings"), revision.validation.get("warnings")
