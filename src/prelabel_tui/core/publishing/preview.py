"""What publishing a draft would do: shown before it is done."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prelabel_tui.core.catalog.pictures import hash_pictures
from prelabel_tui.core.drafts.info import DraftInfo
from prelabel_tui.core.drafts.loading import LoadedDraft, read_stored
from prelabel_tui.core.drafts.reviews import ReviewShare, read_reviews, share_of
from prelabel_tui.core.metrics.activity import source_document
from prelabel_tui.core.model.codec import PayloadError
from prelabel_tui.core.model.counts import Counts, count
from prelabel_tui.core.model.diff import Diff, DiffSummary, diff, summarise
from prelabel_tui.core.notes.reading import open_notes
from prelabel_tui.core.outcomes import Code, Outcome, Refused, Result
from prelabel_tui.core.progress import Cancelled, Progress, unwatched
from prelabel_tui.core.publishing.checks import (
    Content,
    previous_content,
    read_standing,
    read_target,
    refuse_findings,
    refuse_published,
    refuse_sizeless,
    refuse_stale,
    refuse_unapproved,
)
from prelabel_tui.core.publishing.locks import Lock, read_locks
from prelabel_tui.core.publishing.packs import PackRow
from prelabel_tui.core.publishing.revision_rows import Head, RevisionRow
from prelabel_tui.core.publishing.revisions import row_in
from prelabel_tui.core.store import gives_result
from prelabel_tui.core.text import counted
from prelabel_tui.core.validation import Findings

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store


@dataclass(frozen=True)
class Preview:
    """What would be published.

    ``review``: how much of it was reviewed, and by whom.
    ``edits``: what was changed of the source prelabels (of nothing, where there are none), without
    the frames that are left out; ``edited_frames``: how many have other labels than there, which
    a flag alone does not make.
    ``diff``: to ``latest``, or to nothing.  ``pack``: the one used when none is chosen; None: the
    first publish makes it, unless ``approval_required``.  ``outlook``: what publishing would answer
    this actor now.
    ``content``: what was looked at, so that a publish of the same need not read it again.
    ``pictures``: the hashes of its pictures.  ``lock``: another publish that holds the scope's.
    ``open_notes``: how many notes in the scope still wait for somebody; they prevent nothing.
    """

    draft: DraftInfo
    counts: Counts
    review: ReviewShare
    edits: DiffSummary
    edited_frames: int
    content_hash: str
    findings: Findings
    latest: RevisionRow | None
    diff: DiffSummary
    candidates: tuple[PackRow, ...]
    approval_required: bool
    outlook: Outcome
    content: Content = field(repr=False, compare=False)
    pictures: bytes = field(repr=False, compare=False)
    lock: Lock | None = None
    open_notes: int = 0

    @property
    def told(self) -> list[tuple[str, str]]:
        """What the content is, (name, sentence) each, for people."""
        counts, edits = self.counts, self.edits
        frames = self.review.text
        if counts.unseen:
            frames += f" ({counts.unseen:,} accepted unseen)"
        if counts.left_out:
            frames += f", {counts.left_out:,} left out"
        if self.review.people:
            frames += f": {self.review.by}"
        verbs = (("edited", edits.modified), ("deleted", edits.removed), ("added", edits.added))
        done = ", ".join(f"{number:,} {verb}" for verb, number in verbs if number)
        changed = edits.added + edits.removed + edits.modified
        told = counted(counts.labels, "label")
        if changed:
            told += f"; changed: {done} on {counted(self.edited_frames, 'frame')}"
        lines = [("Frames", frames), ("Labels", told)]
        if self.open_notes:
            lines.append(("Notes", f"{self.open_notes:,} open"))
        return lines if self.lock is None else [*lines, ("Publish lock", self.lock.text)]

    @property
    def pack(self) -> PackRow | None:
        """The newest candidate."""
        return self.candidates[0] if self.candidates else None

    @property
    def first_publish(self) -> bool:
        """Whether publishing makes the first pack from the draft."""
        return not self.candidates and not self.approval_required

    def holds(self, draft: DraftInfo, latest: Head | None) -> bool:
        """Say whether content and diff are those of publishing this draft onto ``latest``."""
        mine = (self.draft.id, self.draft.content_hash, self.latest and self.latest.id)
        return mine == (draft.id, draft.content_hash, latest and latest.id)

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`."""
        return {
            "draft": self.draft.as_json(),
            "counts": self.counts.as_json(),
            "review": self.review.as_json(),
            "edits": self.edits.as_json(),
            "edited_frames": self.edited_frames,
            "content_hash": self.content_hash,
            "findings": self.findings.as_json(),
            "latest": None if self.latest is None else self.latest.number,
            "diff": self.diff.as_json(),
            "candidates": [row.as_json() for row in self.candidates],
            "first_publish": self.first_publish,
            "approval_required": self.approval_required,
            "outlook": self.outlook.as_json(),
            "open_notes": self.open_notes,
            "lock": None if self.lock is None else self.lock.as_data,
        }


def _edits(store: Store, loaded: LoadedDraft) -> Diff:
    """Find what was changed of the prelabels that a draft came from, on the frames that it has.

    Nothing where a frame cannot be read: the validation names it.  FAILURES.
    """
    source = source_document(store, loaded.info)
    if source is not None and len(source) != len(loaded.document):
        source = None
    try:
        changed = diff(source, loaded.document)
    except PayloadError:
        return Diff()
    return Diff(tuple(frame for frame in changed.frames if frame.left_out is None))


@gives_result
def preview(
    store: Store,
    actor: Actor,
    draft_id: str,
    version: int | None = None,
    progress: Progress = unwatched,
) -> Result[Preview]:
    """Find out what publishing the draft would do, without doing it.

    NOT_FOUND, DRAFT_NOT_ACTIVE, STALE_DRAFT_VERSION, PUBLISH_CANCELLED, storage codes.
    """
    try:
        return _preview(store, actor, draft_id, version, progress)
    except Cancelled:
        return Result(Outcome(Code.PUBLISH_CANCELLED))


def _preview(
    store: Store, actor: Actor, draft_id: str, version: int | None, progress: Progress
) -> Result[Preview]:
    with store.read() as session:
        target = read_target(session, draft_id)
        refuse_stale(target.info, version)
        standing = read_standing(session, target.info)
        stored = read_stored(session, target.info)
        newest = standing.latest
        latest = None if newest is None else row_in(session, newest.id)
        notes = open_notes(session, target.info.scope)
        locks = [lock for lock in read_locks(session, target.info.scope) if not lock.expired]
    content = Content(stored.load(store))
    media_id, manifest = target.info.scope.media_id, content.loaded.manifest
    pictures = hash_pictures(store, media_id, manifest, progress)
    findings = content.findings(target.standard)
    before = None if newest is None else store.artifacts.get(newest.content_hash)
    capability = target.info.scope.capability
    previous = previous_content(capability, newest, before, content.published)
    counts = count(content.loaded.document)
    reviews = read_reviews(store, draft_id, target.info.version)
    edits = _edits(store, content.loaded)
    change = summarise(previous, content.published)
    shown = Preview(
        target.info,
        counts,
        share_of(reviews, counts.frames, counts.left_out),
        edits.summary,
        sum(bool(frame.label_ids) for frame in edits.frames),
        content.sha256,
        findings,
        latest,
        change,
        standing.candidates,
        standing.approval_required,
        Outcome(Code.PUBLISH_SUCCESS, "This is what publishing would answer now."),
        content,
        pictures,
        locks[0] if locks else None,
        notes,
    )
    try:
        if shown.lock is not None:
            told = shown.lock
            raise Refused(Outcome(Code.PUBLISH_LOCK_CONFLICT, told.text, told.as_data))
        refuse_sizeless(content.loaded.document)
        refuse_published(store, target.info, newest, content.sha256)
        refuse_unapproved(standing)
        refuse_findings(store, actor, findings, None)
    except Refused as refused:
        shown = dataclasses.replace(shown, outlook=refused.outcome)
    return Result(Outcome(Code.OK), shown)
