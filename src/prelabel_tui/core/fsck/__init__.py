"""Checking everything that is stored: artifacts, hashes, chains, packs, lineage, drafts, audit.

It trusts no other wing: it reads rows and bytes and checks anew what they say of one another, the
journals of edits that are not saved included.
Below it: ``session``, ``datasets``, ``publishing``, ``drafts`` and ``store``.
"""

from __future__ import annotations

import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from prelabel_tui.core.fsck.content import Link, Visited, visit, visit_chain
from prelabel_tui.core.fsck.datasets import dataset_damages
from prelabel_tui.core.fsck.journals import journal_damages
from prelabel_tui.core.fsck.ledger import Found, read_ledger
from prelabel_tui.core.fsck.locks import stale_locks
from prelabel_tui.core.fsck.pictures import picture_damages
from prelabel_tui.core.fsck.references import References, gather
from prelabel_tui.core.fsck.replay import audit_damages
from prelabel_tui.core.fsck.replayed_drafts import replays, visit_draft
from prelabel_tui.core.fsck.report import Damage, Report
from prelabel_tui.core.fsck.rows import database_damages, revision_damages, unreadable_values
from prelabel_tui.core.fsck.schema import schema_damages
from prelabel_tui.core.fsck.spot_checks import spot_check_damages
from prelabel_tui.core.model.diff import DiffSummary
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.progress import Cancelled, Progress, unwatched
from prelabel_tui.core.store import FAILURES, failure, models
from prelabel_tui.core.store.artifacts import ArtifactError

if TYPE_CHECKING:
    from prelabel_tui.core.store import Store

__all__ = ["Damage", "Report", "fsck"]

_THREADS: Final = 2
_STEP: Final = "artifacts read"

Chains = dict[str, list[Link]]


def fsck(
    store: Store,
    progress: Progress = unwatched,
    *,
    expected_head: str | None = None,
    pictures: bool = False,
) -> Result[Report]:
    """Read everything and report each damage with what it affects; change nothing.

    ``expected_head``: a head of the audit log that somebody noted earlier; it must be in it.
    ``pictures``: read every picture again, too.

    FSCK_CLEAN, FSCK_DAMAGED, DATABASE_UNAVAILABLE and storage codes when the database cannot
    be read at all; OK with ``report.cancelled`` when it was cancelled.
    """
    start = time.monotonic()
    damages: list[Damage] = []
    ledger = Found("", None, [])
    notes: list[str] = []
    try:
        with store.read() as session:
            damages += database_damages(session, store)
            damages += schema_damages(session, store)
            unreadable = list(unreadable_values(session, store))
            damages += [damage for _, damage in unreadable]
            references = gather(session, store.artifacts)
            chains = _chains(session, references)
            damages += revision_damages(session, references)
            if models.Audit.__tablename__ not in {table for table, _ in unreadable}:
                damages += audit_damages(session, references)
                damages += dataset_damages(session)
                damages += spot_check_damages(session, references)
                ledger = read_ledger(session, expected_head)
                damages += ledger.damages
            drafts = replays(session, references)
            locks, notes = stale_locks(session, references)
            damages += locks
        found, unread = journal_damages(store)
        damages += found
        notes += unread
    except Exception as error:  # rows that make no sense together can raise anything
        if not damages and isinstance(error, FAILURES):
            return Result(failure(error))
        if not damages:  # else it is named above
            damages.append(Damage("database", f"rows contradict each other ({error!r})"))
        report = Report(tuple(damages), seconds=time.monotonic() - start)
        return Result(Outcome(Code.FSCK_DAMAGED, f"The database: {error}"), report)
    published = {link.content_hash for links in chains.values() for link in links}
    try:
        stored = set(store.artifacts.names())
    except ArtifactError as error:
        return Result(failure(error))
    started_from = {sha for draft in drafts for sha in draft.checkpoints}
    others = sorted((references.named | stored) - published - started_from)
    total = len(others) + len(published) + sum(len(draft.checkpoints) for draft in drafts)
    read = size = 0
    cancelled = False
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="fsck") as pool:
        try:
            progress(_STEP, read, total)
            tasks = [
                pool.submit(visit_chain, store.artifacts, title, links, references)
                for title, links in chains.items()
            ]
            tasks += [pool.submit(visit_draft, store, draft, references) for draft in drafts]
            tasks += [pool.submit(visit, store.artifacts, sha, references) for sha in others]
            for task in as_completed(tasks):
                try:
                    visited = task.result()
                except Exception as error:  # as above
                    visited = Visited(0, 0, (Damage("database", f"cannot be read ({error!r})"),))
                read += visited.artifacts
                size += visited.bytes
                damages += visited.damages
                progress(_STEP, read, total)
            if pictures:
                damages += picture_damages(store, progress)
        except Cancelled:
            cancelled = True
            pool.shutdown(cancel_futures=True)
    report = Report(
        tuple(sorted(set(damages), key=lambda damage: damage.text)),
        read,
        size,
        len(stored - references.named),
        sum(map(len, chains.values())),
        time.monotonic() - start,
        cancelled,
        ledger.head,
        ledger.since,
        tuple(notes),
    )
    return Result(_outcome(report), report)


def _outcome(report: Report) -> Outcome:
    told = ", ".join(
        (
            _number(report.artifacts, "artifact"),
            f"{report.bytes / 1e6:.1f} MB",
            _number(report.revisions, "revision"),
        )
    )
    if report.damages:
        found = _number(len(report.damages), "damage")
        return Outcome(Code.FSCK_DAMAGED, f"{found} in {told}.")
    if report.cancelled:
        return Outcome(Code.OK, f"Stopped after {told}.")
    return Outcome(Code.FSCK_CLEAN, f"{told}.")


def _number(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _chains(session: Session, references: References) -> Chains:
    """Read the revisions of every scope in order, by its title."""
    columns = models.Revision
    chains: Chains = defaultdict(list)
    for row in session.execute(
        select(
            columns.media_id, columns.capability, columns.number, columns.content_hash,
            columns.previous_hash, columns.diff,
        ).order_by(columns.media_id, columns.capability, columns.number)
    ):  # fmt: skip
        chains[references.title(row.media_id, row.capability)].append(
            Link(
                row.number,
                row.content_hash,
                row.previous_hash,
                DiffSummary.of_json(row.diff),
            )
        )
    return chains
