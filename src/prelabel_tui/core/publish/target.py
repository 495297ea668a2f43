"""What is about to be published, and every reason why it may not be."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from prelabel_tui.core import drafts, packs, revisions
from prelabel_tui.core.ball_size import lacks_size
from prelabel_tui.core.document import Document, PayloadError
from prelabel_tui.core.drafts import LoadedDraft
from prelabel_tui.core.findings_cache import findings_of, source_labels
from prelabel_tui.core.ids import compact
from prelabel_tui.core.labels import Capability, published_bytes
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.packs import PackRow
from prelabel_tui.core.revisions import Head, RevisionRow
from prelabel_tui.core.users import Role
from prelabel_tui.core.validation import Findings, Settings
from prelabel_tui.core.workspaces import settings_of

if TYPE_CHECKING:
    from prelabel_tui.core.store import Store
    from prelabel_tui.core.users import Actor

_FINDINGS_SHOWN = 50


@dataclass(frozen=True)
class Published:
    """What a publish gives back: the revision (new or, as a no-op, the one that has the same
    content), or the findings that stood in the way."""

    revision: RevisionRow | None = None
    findings: Findings | None = None


class Refused(Exception):
    """A step that ends the publish."""

    def __init__(self, outcome: Outcome, published: Published | None = None) -> None:
        super().__init__(outcome.headline)
        self.result = Result(outcome, published)


@dataclass(frozen=True)
class Target:
    """A draft to be published and what it is judged against."""

    loaded: LoadedDraft
    settings: Settings
    source_labels: int | None
    latest: Head | None
    candidates: tuple[PackRow, ...]

    @cached_property
    def published(self) -> Document:
        """The content as a revision holds it: without reviewed marks."""
        frames = self.loaded.document
        return Document(
            frames.capability, [published_bytes(frames.encoded(i)) for i in range(len(frames))]
        )

    @property
    def title(self) -> str:
        return self.loaded.info.scope.title

    def findings(self) -> Findings:
        return findings_of(self.loaded, self.settings, self.source_labels)


def read_target(store: Store, draft_id: str, version: int | None) -> Target:
    """Read a draft.  Refused when it is not there, not active, or at another version."""
    loaded = drafts.load(store, draft_id)
    if loaded.value is None:
        raise Refused(loaded.outcome)
    info = loaded.value.info
    if not info.active:
        raise Refused(Outcome(Code.DRAFT_NOT_ACTIVE, f"Draft {compact(info.id)}."))
    if version is not None and version != info.version:
        raise Refused(stale(version, info.version, info.updated_by))
    with store.read() as session:
        return Target(
            loaded.value,
            settings_of(session, info.scope.workspace_id),
            source_labels(session, info.lineage),
            revisions.head(session, info.scope),
            tuple(packs.candidates_in(session, info.scope)),
        )


def stale(reviewed: int, now: int, by: str) -> Outcome:
    detail = f"Version {reviewed} was reviewed; {by} saved version {now}."
    return Outcome(Code.STALE_DRAFT_VERSION, detail, {"reviewed": reviewed, "version": now})


def refuse_sizeless(target: Target) -> None:
    """Older ball drafts lack stored geometry: RESET_DRAFT_REQUIRED."""
    if target.loaded.document.capability is not Capability.BALL:
        return
    index = lacks_size(target.loaded.document)
    if index is not None:
        detail = f"The ball of frame {index + 1} has no stored size."
        raise Refused(Outcome(Code.RESET_DRAFT_REQUIRED, detail, {"frame": index + 1}))


def refuse_published(store: Store, target: Target, content_hash: str) -> None:
    """The exact content of the latest approved revision: NO_OP_ALREADY_PUBLISHED."""
    if target.latest is None or target.latest.content_hash != content_hash:
        return
    with store.read() as session:
        row = revisions.row_in(session, target.latest.id)
    detail = f"It is revision {row.number} of {target.title}."
    raise Refused(Outcome(Code.NO_OP_ALREADY_PUBLISHED, detail, revision_data(row)), Published(row))


def refuse_findings(actor: Actor, findings: Findings, override_reason: str | None) -> None:
    """Errors block; warnings need a lead's override with a reason."""
    shown = findings.as_json(_FINDINGS_SHOWN)
    data = {"errors": findings.errors, "warnings": findings.warnings, "findings": shown}
    blocked = Published(findings=findings)
    if findings.errors:
        first = findings.items[0]
        detail = f"{findings.summary}; the first: frame {first.index + 1}, {first.rule}."
        raise Refused(Outcome(Code.VALIDATION_HARD_FAIL, detail, data), blocked)
    if not findings.warnings:
        return
    if not actor.may(Role.LEAD):
        detail = f"{findings.summary}; {actor.name} is {actor.role}."
        raise Refused(Outcome(Code.OVERRIDE_FORBIDDEN, detail, data), blocked)
    if override_reason is None:
        raise Refused(
            Outcome(Code.WARNINGS_REQUIRE_OVERRIDE, f"{findings.summary}.", data), blocked
        )
    if not override_reason.strip():
        raise Refused(
            Outcome(Code.REASON_REQUIRED, "Overriding warnings needs one.", data), blocked
        )


def previous_content(store: Store, target: Target) -> Document | None:
    """The content of the latest revision; None before the first.  ArtifactReadError,
    PayloadError."""
    latest = target.latest
    if latest is None:
        return None
    document = revisions.content(store, latest.content_hash, target.published)
    if document.capability is not target.published.capability:
        raise PayloadError(f"revision {latest.number} holds {document.capability}")
    return document


def revision_data(row: RevisionRow) -> dict[str, object]:
    return {"revision_id": row.id, "number": row.number, "content_hash": row.content_hash}
