"""Edits of an earlier session that are in its journal and not in the database."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select

from prelabel_tui.core.drafts import loading
from prelabel_tui.core.drafts.info import DraftInfo, require_info
from prelabel_tui.core.edits.operations import OperationConflict
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.session.journal import Journal, Kind
from prelabel_tui.core.session.undo_log import (
    Header,
    Replay,
    Step,
    UndoLog,
    as_time,
    decode_logged,
    redo_steps,
    replay,
)
from prelabel_tui.core.session.working_copy import WorkingCopy
from prelabel_tui.core.store import gives_result, models
from prelabel_tui.core.text import counted

if TYPE_CHECKING:
    from prelabel_tui.core.drafts.loading import LoadedDraft
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store


@dataclass(frozen=True)
class Recovery:
    """What a journal offers: ``count`` edits since ``since`` that touch ``frames``.

    ``needs_merge``: the draft has newer versions than they were made on.  ``problem``: why they
    cannot be applied (the journal's draft version is not the database's, or it is damaged);
    then the journal was set aside as the file ``kept``.  ``elsewhere``: other journals with
    edits that are not saved, to be offered next.
    """

    count: int
    since: dt.datetime | None
    frames: tuple[int, ...]
    base_version: int
    needs_merge: bool = False
    problem: str | None = None
    kept: Path | None = None
    elsewhere: int = 0

    @property
    def can_apply(self) -> bool:
        """Whether they belong to this draft."""
        return self.problem is None

    @property
    def text(self) -> str:
        """One sentence: how many, from when, which frames."""
        edits = counted(self.count, "edit")
        when = "" if self.since is None else f" from {self.since.astimezone():%Y-%m-%d %H:%M}"
        if self.problem is not None:
            return f"{edits}{when} cannot be applied: {self.problem}. Kept in {self.kept}."
        shown = ", ".join(str(index + 1) for index in self.frames[:8])
        more = ", …" if len(self.frames) > 8 else ""
        plural = "" if len(self.frames) == 1 else "s"
        text = f"{edits}{when} on frame{plural} {shown}{more} never reached the database."
        if self.elsewhere:
            kept = counted(self.elsewhere, "other journal")
            text += f" {kept} with unsaved edits will be offered when the draft is opened again."
        return text


def journal_folder(home: Path) -> Path:
    """Return the folder of a data folder's journals."""
    return home / "journal"


def journal_stem(draft_id: str, user: str) -> str:
    """Return how the names of all files with a user's edits of a draft begin, in any session."""
    return f"{draft_id}-{hashlib.sha256(user.encode()).hexdigest()[:8]}"


def claim_journal(home: Path, draft_id: str, user: str) -> tuple[Journal, Replay]:
    """Claim a journal of this user on this draft that no living session uses.

    One with edits that are not saved comes first, then the one with the longest undo log.
    OSError where files cannot be locked, or a journal cannot be read.
    """
    stem = journal_stem(draft_id, user)
    folder = journal_folder(home)
    found: list[tuple[Journal, Replay]] = []
    try:
        for path in sorted(folder.glob(f"{stem}-*.log")):
            claimed = Journal.claim(path)
            if claimed is not None:
                found.append((claimed[0], replay(claimed[1])))
    except OSError:
        for journal, _state in found:
            journal.close()
        raise
    if found:
        best = max(found, key=lambda pair: (pair[1].pending, pair[0].end))
        for journal, _state in found:
            if journal is not best[0]:
                journal.close()
        journal, state = best
    else:
        number = 0
        while (claimed := Journal.claim(folder / f"{stem}-{number}.log")) is None:
            number += 1
        journal, state = claimed[0], replay(claimed[1])
    if state.header is None:
        journal.append(Kind.HEADER, msgspec.json.encode(Header(draft_id, user)))
    return journal, state


def journals_elsewhere(home: Path, draft_id: str, user: str) -> int:
    """Count the journals of this user on this draft with unsaved edits that nobody uses now."""
    count = 0
    for path in journal_folder(home).glob(f"{journal_stem(draft_id, user)}-*.log"):
        with contextlib.suppress(OSError):
            claimed = Journal.claim(path)
            if claimed is not None:
                count += replay(claimed[1]).pending
                claimed[0].close()
    return count


@dataclass(frozen=True)
class Offer:
    """A recovery, the working copy that accepting it gives, and the undo log without it."""

    recovery: Recovery
    copy: WorkingCopy | None
    log: UndoLog


@dataclass(frozen=True)
class Begun:
    """What a session begins with: its journal, the newest version to edit, and the offer."""

    journal: Journal
    copy: WorkingCopy
    offer: Offer | None


def begin(store: Store, actor: Actor, latest: LoadedDraft) -> Result[Begun]:
    """Take a journal for editing the newest version, and look for what it may offer.

    A journal that does not belong to the draft's versions is set aside.  Storage codes.
    """
    draft_id = latest.info.id
    try:
        journal, state = claim_journal(store.home, draft_id, actor.name)
    except OSError as error:
        folder = journal_folder(store.home)
        detail = f"No journal in {folder}: {error.strerror or error}."
        return Result(Outcome(Code.STORAGE_WRITE_FAILED, detail))
    found = recover(store, actor, latest, journal, state)
    if not found.ok:
        journal.close()
        return Result(found.outcome)
    offer = found.value
    if offer is not None and offer.copy is None:
        kept = set_aside(journal)
        offer = replace(offer, recovery=replace(offer.recovery, kept=kept))
        journal, state = claim_journal(store.home, draft_id, actor.name)
    if offer is not None:
        elsewhere = journals_elsewhere(store.home, draft_id, actor.name)
        offer = replace(offer, recovery=replace(offer.recovery, elsewhere=elsewhere))
    undecided = offer is not None and offer.copy is not None
    log = offer.log if offer is not None and undecided else state.log
    copy = WorkingCopy(latest.info, latest.document, journal, log)
    if not undecided:
        copy.begin()
    return Result(Outcome(Code.OK), Begun(journal, copy, offer))


def recover(
    store: Store, actor: Actor, latest: LoadedDraft, journal: Journal, state: Replay
) -> Result[Offer]:
    """Find what a journal offers; OK without a value when that is nothing.  Storage codes."""
    nothing: Result[Offer] = Result(Outcome(Code.OK))
    if not state.pending or state.base is None:
        return nothing
    start = _start(store, latest, state)
    if start.value is None:
        return Result(start.outcome)
    base, upto, log = start.value
    steps = [step for step in state.steps if step.at >= upto]
    changed = state.base.changed if upto == state.base.upto else {}
    count = len(steps) + bool(changed)
    if count == 0:
        return nothing

    def refused(problem: str) -> Result[Offer]:
        offer = Recovery(count, None, (), base.version, problem=problem)
        return Result(Outcome(Code.OK), Offer(offer, None, UndoLog()))

    if state.header != Header(base.id, actor.name):
        return refused("they are edits of another draft or of another user")
    if upto == state.base.upto and (base.version, base.content_hash) != (
        state.base.version,
        state.base.hash,
    ):
        version = state.base.version
        return refused(f"they were made on a version {version} that the draft does not have")
    content = latest
    if base.version != latest.info.version:
        loaded = loading.load(store, base.id, base.version)
        if loaded.value is None:
            return Result(loaded.outcome)
        content = loaded.value
    document = content.document.copy()
    try:
        since = _time_of(journal, steps[0]) if steps else None
        document.apply({index: bytes(raw) for index, raw in changed.items()})
        redo_steps(document, steps, journal)
    except (OperationConflict, msgspec.MsgspecError, OSError, ValueError, IndexError) as error:
        return refused(f"the journal is damaged ({error})")
    frames = tuple(document.changed_from(content.document))
    if not frames:
        return nothing
    behind = base.version != latest.info.version
    copy = WorkingCopy(
        base,
        content.document,
        journal,
        state.log,
        log,
        document=document,
        steps=[step.at for step in steps],
        merged_from=state.base.merged_from if upto == state.base.upto else None,
    )
    offer = Recovery(count, since, frames, base.version, needs_merge=behind)
    return Result(Outcome(Code.OK), Offer(offer, copy, log))


@gives_result
def _start(
    store: Store, latest: LoadedDraft, state: Replay
) -> Result[tuple[DraftInfo, int, UndoLog]]:
    """Find where the unsaved edits start.

    The version that they were made on, from where in the journal they are not saved, and the undo
    log there.  A save that was committed but never acknowledged counts.
    """
    base = state.base
    assert base is not None
    draft_id, version = latest.info.id, base.version
    upto, log = base.upto, state.saved_log
    if version > latest.info.version:  # the database was put back to an older state
        return Result(Outcome(Code.OK), (latest.info, upto, log))
    with store.read() as session:
        save_id = session.scalar(
            select(models.DraftVersion.save_id).where(
                models.DraftVersion.draft_id == draft_id,
                models.DraftVersion.version == version + 1,
            )
        )
        if save_id in state.attempts:
            version += 1
            upto, log = state.attempts[save_id]
        info = require_info(session, draft_id, version)
    return Result(Outcome(Code.OK), (info, upto, log))


def _time_of(journal: Journal, step: Step) -> dt.datetime:
    body = journal.body(step.at)
    if step.at == step.operation:
        return as_time(decode_logged(body).at)
    return as_time(msgspec.json.decode(body, type=int))


def set_aside(journal: Journal) -> Path:
    """Move a journal that belongs to other content out of the way; return its new path."""
    kept = journal.path.with_suffix(".aside")
    number = 1
    while kept.exists():
        kept = journal.path.with_suffix(f".aside{number}")
        number += 1
    journal.close()
    journal.path.rename(kept)
    return kept
