"""The steps of a publish, in the order of the operator guide.

Each ends in one deterministic code.  A kill at any point leaves nothing visible or the whole
revision.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from prelabel_tui.core.catalog.pictures import hash_pictures
from prelabel_tui.core.catalog.scopes import Scope
from prelabel_tui.core.drafts.loading import StoredDraft, read_stored
from prelabel_tui.core.drafts.reviews import read_reviews, share_of
from prelabel_tui.core.ids import IdKind, kind_and_digits
from prelabel_tui.core.model.counts import count
from prelabel_tui.core.model.diff import summarise
from prelabel_tui.core.outcomes import Code, Outcome, Refused, Result
from prelabel_tui.core.progress import Cancelled, Progress, unwatched
from prelabel_tui.core.publishing import packs
from prelabel_tui.core.publishing.checks import (
    Blocked,
    Content,
    Published,
    Standing,
    Target,
    previous_content,
    read_standing,
    read_target,
    refuse_findings,
    refuse_published,
    refuse_same_version,
    refuse_sizeless,
    refuse_stale,
    refuse_unapproved,
    revision_data,
)
from prelabel_tui.core.publishing.commit import Change, commit_revision
from prelabel_tui.core.publishing.lease import Lease, lease
from prelabel_tui.core.publishing.packs import PackRow
from prelabel_tui.core.publishing.preview import Preview
from prelabel_tui.core.publishing.revision_rows import RevisionRow
from prelabel_tui.core.signing import ready_signer, sign_recorded
from prelabel_tui.core.store import gives_result
from prelabel_tui.core.store.artifacts import ArtifactError, Staged
from prelabel_tui.core.store.chain import head

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store

T = TypeVar("T")

_STEPS = (
    "Taking the publish lock",
    "Reading the draft",
    "Hashing pictures and content",
    "Validating",
    "Comparing with the last revision",
    "Storing the content",
    "Recording the revision",
)


class _Steps:
    """Reports the progress, step by step."""

    def __init__(self, progress: Progress) -> None:
        self.progress, self._at = progress, 0

    def next(self) -> None:
        """Begin the next step.  Cancelled."""
        self.progress(_STEPS[self._at], self._at, len(_STEPS))
        self._at += 1


def _chosen(standing: Standing, pack_id: str | None) -> PackRow | None:
    """Choose the approved pack to use; None when the first publish is to make one."""
    if pack_id is None:
        return standing.candidates[0] if standing.candidates else None
    kind, digits = kind_and_digits(pack_id)
    found = [row for row in standing.candidates if row.id.startswith(digits)]
    if len(found) != 1 or not digits or kind not in (None, IdKind.LABEL_PACK):
        offered = (
            ", ".join(IdKind.LABEL_PACK.short(row.id) for row in standing.candidates) or "none yet"
        )
        raise Refused(
            Outcome(Code.PACK_NOT_SELECTABLE, f"Pack {pack_id!r}; candidates: {offered}.")
        )
    return found[0]


@dataclass(frozen=True)
class _Start:
    """What was read when the lease was taken.  ``source``: where the content comes from."""

    target: Target
    standing: Standing
    chosen: PackRow | None
    source: Preview | StoredDraft


@gives_result
def publish(
    store: Store,
    actor: Actor,
    draft_id: str,
    version: int,
    *,
    pack_id: str | None = None,
    override_reason: str | None = None,
    previewed: Preview | None = None,
    progress: Progress = unwatched,
) -> Result[Published]:
    """Publish the version of a draft that was reviewed.

    ``pack_id``: an approved pack (None: the newest one, or the first publish makes it).
    ``override_reason``: overrides warnings.  ``previewed``: what the person was shown; where it
    still holds, nothing of it is worked out again.

    PUBLISH_SUCCESS, NO_OP_ALREADY_PUBLISHED (both with the revision), STALE_DRAFT_VERSION,
    DRAFT_NOT_ACTIVE, NOT_FOUND, PACK_NOT_SELECTABLE, RESET_DRAFT_REQUIRED, PACK_APPROVAL_REQUIRED,
    VALIDATION_HARD_FAIL, WARNINGS_REQUIRE_OVERRIDE, OVERRIDE_FORBIDDEN (with the findings),
    REASON_REQUIRED, PUBLISH_LOCK_CONFLICT, PUBLISH_CANCELLED, AUDIT_PERSIST_FAILED,
    STORAGE_READ_FAILED, STORAGE_WRITE_FAILED, DATABASE_UNAVAILABLE; where a key to sign with is
    configured and cannot sign, SIGNING_FAILED, CONFIG_INVALID.
    """
    steps = _Steps(progress)

    def look(session: Session, take: Callable[[Scope], None]) -> _Start:
        """Check what decides before any content is read; when refused here, no lock is taken."""
        target = read_target(session, draft_id)
        take(target.info.scope)
        refuse_stale(target.info, version)
        standing = read_standing(session, target.info)
        chosen = _chosen(standing, pack_id)
        refuse_same_version(session, target.info, standing.latest)
        if previewed is not None and previewed.holds(target.info, standing.latest):
            return _Start(target, standing, chosen, previewed)
        return _Start(target, standing, chosen, read_stored(session, target.info))

    try:
        steps.next()
        signer = ready_signer(store.home)
        with lease(store, actor, look) as (held, start):
            row, newest = _publish(store, actor, start, override_reason, steps, held)
        data, unsigned = sign_recorded(store.home, signer, newest)
        detail = f"Revision {row.number} of {row.scope.title}.{unsigned}"
        outcome = Outcome(Code.PUBLISH_SUCCESS, detail, {**revision_data(row), **data})
        return Result(outcome, Published(row))
    except Blocked as blocked:
        return Result(blocked.outcome, blocked.published)
    except Cancelled:
        return Result(Outcome(Code.PUBLISH_CANCELLED))
    except IntegrityError as error:  # the number was taken between looking and writing
        return Result(Outcome(Code.PUBLISH_LOCK_CONFLICT, f"It was recorded first ({error.orig})."))


def _publish(
    store: Store,
    actor: Actor,
    start: _Start,
    override_reason: str | None,
    steps: _Steps,
    held: Lease,
) -> tuple[RevisionRow, str]:
    """Publish what the lease is for; return the revision, and the head that stands for it."""
    target, latest, source = start.target, start.standing.latest, start.source
    steps.next()
    content = source.content if isinstance(source, Preview) else Content(source.load(store))
    refuse_sizeless(content.loaded.document)
    steps.next()
    if isinstance(source, Preview):
        pictures = source.pictures
    else:
        media_id, manifest = target.info.scope.media_id, content.loaded.manifest
        pictures = hash_pictures(store, media_id, manifest, steps.progress)
    refuse_published(store, target.info, latest, content.sha256)
    refuse_unapproved(start.standing)
    with ThreadPoolExecutor(1, thread_name_prefix="publish") as helper:
        # What needs little Python is done on another core while every frame is validated: the
        # content is compressed and written, the last one and who reviewed it are read.
        known = isinstance(source, Preview)
        beside = _at_once if known else helper.submit
        staged = beside(store.artifacts.stage, content.payload, content.sha256)
        before = (
            None if known or latest is None else beside(store.artifacts.get, latest.content_hash)
        )
        info = target.info
        reviews = None if known else helper.submit(read_reviews, store, info.id, info.version)
        with _dropped_unless_kept(staged):
            steps.next()
            findings = content.findings(target.standard)
            refuse_findings(store, actor, findings, override_reason)
            steps.next()
            if isinstance(source, Preview):
                difference, counts, review = source.diff, source.counts, source.review
            else:
                counts = count(content.loaded.document)
                reviewed = {} if reviews is None else reviews.result()
                review = share_of(reviewed, counts.frames, counts.left_out)
                difference = summarise(
                    previous_content(
                        target.info.scope.capability,
                        latest,
                        None if before is None else before.result(),
                        content.published,
                    ),
                    content.published,
                )
            steps.next()
            change = Change(
                target.info,
                latest,
                start.chosen,
                content.sha256,
                packs.draft_validation(findings, target.standard.settings, counts),
                difference,
                counts.of_revision(),
                review.as_json(),
                override_reason.strip() if findings.warnings and override_reason else None,
                store.artifacts.put(pictures),
            )
            staged.result().keep()
    steps.next()
    with store.write() as session:
        row = commit_revision(session, store, actor, change, held)
        newest = head(session.connection()).hash
    held.held = False
    return row, newest


def _at_once(work: Callable[..., T], *arguments: Any) -> Future[T]:
    """Run work as an executor would, but at once: for when nothing else is to be done."""
    done: Future[T] = Future()
    done.set_result(work(*arguments))
    return done


@contextlib.contextmanager
def _dropped_unless_kept(staged: Future[Staged]) -> Iterator[None]:
    """Remove what was written beside the block if the block ends the publish."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(ArtifactError):
            staged.result().drop()
        raise
