"""What is about to be published, and every reason why it may not be."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from prelabel_tui.core.drafts.findings import Standard, findings_of, standard_of
from prelabel_tui.core.drafts.info import DraftInfo, require_info
from prelabel_tui.core.drafts.loading import LoadedDraft
from prelabel_tui.core.identity.actions import Action, may, whom
from prelabel_tui.core.identity.roles import who_may
from prelabel_tui.core.ids import IdKind
from prelabel_tui.core.model.codec import PayloadError, decode_frame
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Ball, Capability, content_of
from prelabel_tui.core.outcomes import Code, Outcome, Refused
from prelabel_tui.core.publishing import packs, revisions
from prelabel_tui.core.publishing.packs import PackRow
from prelabel_tui.core.publishing.revision_rows import Head, RevisionRow
from prelabel_tui.core.reasons import refuse_reason
from prelabel_tui.core.store.artifacts import digest
from prelabel_tui.core.validation import Findings

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store

_FINDINGS_SHOWN = 50


@dataclass(frozen=True)
class Published:
    """What a publish returns: a revision, or the findings that stood in the way.

    The revision is new or, as a no-op, the one that has the same content.
    """

    revision: RevisionRow | None = None
    findings: Findings | None = None


class Blocked(Refused):
    """Ends a publish with more than an outcome: the findings, or the revision that has it all."""

    def __init__(self, outcome: Outcome, published: Published) -> None:
        super().__init__(outcome)
        self.published = published


@dataclass(frozen=True)
class Target:
    """A draft to be published, and what it is judged by."""

    info: DraftInfo
    standard: Standard


@dataclass(frozen=True)
class Standing:
    """The state of the scope: its newest revision and its approved packs.

    ``approval_required``: there is no approved pack, and the first publish was long ago.
    """

    latest: Head | None
    candidates: tuple[PackRow, ...]
    approval_required: bool


@dataclass(frozen=True)
class Content:
    """The draft's content, as it is and as a revision holds it."""

    loaded: LoadedDraft

    @cached_property
    def published(self) -> Document:
        """Without review marks, and with nothing of what is left out."""
        return self.loaded.document.published()

    @cached_property
    def payload(self) -> list[bytes]:
        """Canonical JSON of :attr:`published`, in pieces."""
        return self.published.payload_parts()

    @cached_property
    def sha256(self) -> str:
        """The content hash of the revision."""
        return digest(self.payload)

    def findings(self, standard: Standard) -> Findings:
        """Return the findings of the draft's content."""
        return findings_of(self.loaded, standard)


def read_target(session: Session, draft_id: str) -> Target:
    """Read a draft's newest version, without its content.  Refused (NOT_FOUND)."""
    info = require_info(session, draft_id)
    return Target(info, standard_of(session, info))


def read_standing(session: Session, info: DraftInfo) -> Standing:
    """Read the state of the draft's scope."""
    candidates = tuple(packs.candidates_in(session, info.scope))
    return Standing(
        revisions.head(session, info.scope),
        candidates,
        not candidates and packs.decided_in(session, info.scope),
    )


def previous_content(
    capability: Capability, latest: Head | None, payload: bytes | None, like: Document
) -> Document | None:
    """Read the content of the latest revision from its artifact; None before the first.

    ``like``: a document with mostly the same frames, which makes it quicker.  PayloadError.
    """
    if latest is None or payload is None:
        return None
    document = Document.from_payload(payload, like)
    if document.capability is not capability:
        raise PayloadError(f"revision {latest.number} holds {document.capability}")
    return document


# -- reasons to refuse, in the order in which they are looked for ---------------------------------


def refuse_stale(info: DraftInfo, version: int | None) -> None:
    """Refuse a draft that is not what was reviewed.

    DRAFT_NOT_ACTIVE when it is no longer the scope's; STALE_DRAFT_VERSION when it was saved since
    ``version`` was reviewed.
    """
    if not info.active:
        raise Refused(Outcome(Code.DRAFT_NOT_ACTIVE, f"{IdKind.DRAFT.short(info.id)}."))
    if version is not None and version != info.version:
        raise Refused(stale(version, info.version, info.updated_by))


def stale(reviewed: int, now: int, by: str) -> Outcome:
    """Make the outcome of a publish whose draft was saved since it was reviewed."""
    detail = f"Version {reviewed} was reviewed; {by} saved version {now}."
    return Outcome(Code.STALE_DRAFT_VERSION, detail, {"reviewed": reviewed, "version": now})


def refuse_same_version(session: Session, info: DraftInfo, latest: Head | None) -> None:
    """Refuse what the latest revision was published from: NO_OP_ALREADY_PUBLISHED.

    Known from the hashes that the draft's versions have, without reading any content.
    """
    if latest is not None and latest.draft_hash == info.content_hash:
        raise _already_published(session, info, latest)


def refuse_sizeless(document: Document) -> None:
    """Refuse older ball drafts, which have no stored geometry: RESET_DRAFT_REQUIRED."""
    if document.capability is not Capability.BALL:
        return
    index = lacks_size(document)
    if index is not None:
        detail = f"The ball of frame {index + 1} has no stored size."
        raise Refused(Outcome(Code.RESET_DRAFT_REQUIRED, detail, {"frame": index + 1}))


def refuse_published(store: Store, info: DraftInfo, latest: Head | None, sha256: str) -> None:
    """Refuse the exact content of the latest revision, however made: NO_OP_ALREADY_PUBLISHED."""
    if latest is not None and latest.content_hash == sha256:
        with store.read() as session:
            raise _already_published(session, info, latest)


def _already_published(session: Session, info: DraftInfo, latest: Head) -> Blocked:
    row = revisions.row_in(session, latest.id)
    detail = f"It is revision {row.number} of {info.scope.title}."
    outcome = Outcome(Code.NO_OP_ALREADY_PUBLISHED, detail, revision_data(row))
    return Blocked(outcome, Published(row))


def refuse_unapproved(standing: Standing) -> None:
    """Refuse a publish that would go round a lead's decision: PACK_APPROVAL_REQUIRED."""
    if standing.approval_required:
        raise Refused(Outcome(Code.PACK_APPROVAL_REQUIRED))


def refuse_errors(findings: Findings) -> None:
    """Refuse errors, with all findings: VALIDATION_HARD_FAIL."""
    if findings.errors:
        first = findings.items[0]
        detail = f"{findings.summary}; the first: {first.where}, {first.rule}."
        outcome = Outcome(Code.VALIDATION_HARD_FAIL, detail, _findings_data(findings))
        raise Blocked(outcome, Published(findings=findings))


def _findings_data(findings: Findings) -> dict[str, object]:
    shown = findings.as_json(_FINDINGS_SHOWN)
    return {"errors": findings.errors, "warnings": findings.warnings, "findings": shown}


def refuse_findings(
    store: Store, actor: Actor, findings: Findings, override_reason: str | None
) -> None:
    """Refuse errors, and warnings without a lead's override that has a reason."""
    if not findings.items:
        return
    refuse_errors(findings)
    data, blocked = _findings_data(findings), Published(findings=findings)
    if not may(actor, Action.REVISION_OVERRIDE):
        ask = who_may(store, Action.REVISION_OVERRIDE)
        detail = f"{findings.summary}; {actor.name} is {actor.role}.{whom(ask)}"
        outcome = Outcome(Code.OVERRIDE_FORBIDDEN, detail, {**data, "ask": list(ask)})
        raise Blocked(outcome, blocked)
    if override_reason is None:
        raise Blocked(
            Outcome(Code.WARNINGS_REQUIRE_OVERRIDE, f"{findings.summary}.", data), blocked
        )
    if refused := refuse_reason(override_reason, "Overriding warnings"):
        raise Blocked(Outcome(refused.code, refused.detail, data), blocked)


def revision_data(row: RevisionRow) -> dict[str, object]:
    """Return what outcomes tell programs of a revision."""
    return {
        "revision_id": row.id,
        "number": row.number,
        "content_hash": row.content_hash,
        "record_hash": row.provenance.record_hash,
    }


def lacks_size(document: Document) -> int | None:
    """Find the first frame with a ball whose size was never captured; its index, else None.

    A frame that cannot be read has none: the validation names it.
    """
    for index, encoded in enumerate(document.every_encoded()):
        with contextlib.suppress(PayloadError):
            frame = content_of(decode_frame(encoded))
            if any(isinstance(label, Ball) and label.size is None for label in frame.labels):
                return index
    return None
