"""Edits of an earlier session that are in its journal and not in the database."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select

from prelabel_tui.core.drafts import loading
from prelabel_tui.core.drafts.info import DraftInfo, read_info
from prelabel_tui.core.edits.operations import OperationConflict
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.session.bodies import Header, as_time, decode_head, decode_moved
from prelabel_tui.core.session.claiming import (
    Claimed,
    claim_journal,
    journal_folder,
    journals_elsewhere,
    set_aside,
)
from prelabel_tui.core.session.damage import JournalDamage, frames_text, keep_gaps
from prelabel_tui.core.session.journal import Journal
from prelabel_tui.core.session.replay import Replay, Step, redo_steps
from prelabel_tui.core.session.undo_log import UndoLog
from prelabel_tui.core.session.working_copy import WorkingCopy
from prelabel_tui.core.store import gives_result, models
from prelabel_tui.core.text import counted
from prelabel_tui.core.times import minute

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
    edits that are not saved, to be offered next.  ``damage``: what the journal lost.
    """

    count: int
    since: dt.datetime | None
    frames: tuple[int, ...]
    base_version: int
    needs_merge: bool = False
    problem: str | None = None
    kept: Path | None = None
    elsewhere: int = 0
    damage: JournalDamage = field(default_factory=JournalDamage)

    @property
    def can_apply(self) -> bool:
        """Whether there are edits, and they belong to this draft."""
        return self.problem is None and self.count > 0

    @property
    def sentences(self) -> list[str]:
        """How many edits, from when, on which frames; what is damaged."""
        return [*self._edits(), *self.damage.sentences]

    @property
    def text(self) -> str:
        """The sentences in one line."""
        return " ".join(self.sentences)

    def _edits(self) -> Iterator[str]:
        edits = counted(self.count, "edit")
        when = "" if self.since is None else f" from {minute(self.since)}"
        if self.problem is not None:
            yield f"{edits}{when} cannot be applied: {self.problem}. Kept in {self.kept}."
        elif self.count:
            yield f"{edits}{when} on {frames_text(self.frames)} never reached the database."
        if self.elsewhere and self.problem is None:
            kept = counted(self.elsewhere, "other journal")
            yield f"{kept} with unsaved edits will be offered when the draft is opened again."


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

    A journal that does not belong to the draft's versions is set aside; what is damaged in it is
    kept in files of its own.  Storage codes.
    """
    draft_id = latest.info.id
    try:
        claimed = claim_journal(store.home, draft_id, actor.name)
    except OSError as error:
        return Result(_no_journal(store, error))
    found = recover(store, actor, latest, claimed)
    if not found.ok:
        claimed.journal.close()
        return Result(found.outcome)
    offer, journal, state = found.value, claimed.journal, claimed.state
    if offer is not None:
        recovery = offer.recovery
        try:
            damage = replace(recovery.damage, kept=keep_gaps(journal.path, recovery.damage.gaps))
            recovery = replace(recovery, damage=damage)
            if recovery.problem is not None:
                recovery = replace(recovery, kept=set_aside(journal))
                claimed = claim_journal(store.home, draft_id, actor.name)
                journal, state = claimed.journal, claimed.state
        except OSError as error:
            journal.close()
            return Result(_no_journal(store, error))
        elsewhere = journals_elsewhere(store.home, draft_id, actor.name)
        offer = replace(offer, recovery=replace(recovery, elsewhere=elsewhere))
    undecided = offer is not None and offer.copy is not None
    log = offer.log if offer is not None and undecided else state.log
    copy = WorkingCopy(latest.info, latest.document, journal, log)
    if not undecided:
        copy.begin()
    return Result(Outcome(Code.OK), Begun(journal, copy, offer))


def _no_journal(store: Store, error: OSError) -> Outcome:
    detail = f"No journal in {journal_folder(store.home)}: {error.strerror or error}."
    return Outcome(Code.STORAGE_WRITE_FAILED, detail)


def recover(store: Store, actor: Actor, latest: LoadedDraft, claimed: Claimed) -> Result[Offer]:
    """Find what a journal offers, and what of it is damaged.

    OK without a value when that is nothing.  Storage codes.
    """
    journal, state = claimed.journal, claimed.state
    start = _start(store, latest, state)
    if start.value is None:
        return Result(start.outcome)
    base, upto, log, known = start.value
    steps = [step for step in state.steps if step.at >= upto]
    pending = state.base if state.base is not None and state.base.upto == upto else None
    changed = {} if pending is None else pending.changed
    count = len(steps) + bool(changed)
    hints = {index for gap in state.untold if gap.end > upto for index in gap.frames}
    damage = JournalDamage(
        state.untold,
        upto,
        frames=tuple(sorted(index for index in hints if index < latest.info.frame_count)),
        unreadable=claimed.unreadable,
    )

    def told(recovery: Recovery, copy: WorkingCopy | None = None) -> Result[Offer]:
        return Result(Outcome(Code.OK), Offer(recovery, copy, log))

    def nothing() -> Result[Offer]:
        if not damage:
            return Result(Outcome(Code.OK))
        return told(Recovery(0, None, (), base.version, damage=damage))

    def refused(problem: str) -> Result[Offer]:
        return told(Recovery(count, None, (), base.version, problem=problem, damage=damage))

    if count == 0:
        return nothing()
    if state.header != Header(base.id, actor.name) and not (state.header is None and state.gaps):
        return refused("they are edits of another draft or of another user")
    if known is not None and (base.version, base.content_hash) != known:
        lost = "the journal no longer says on which version they were made"
        gone = f"they were made on a version {known[0]} that the draft does not have"
        return refused(gone if known[0] else lost)
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
        left_out = redo_steps(document, steps, journal, state.gaps, upto)
    except (OperationConflict, msgspec.MsgspecError, OSError, ValueError, IndexError) as error:
        return refused(f"the journal is damaged ({error})")
    damage = replace(
        damage,
        left_out=len(left_out.operations),
        frames=tuple(sorted(left_out.frames.union(damage.frames))),
    )
    frames = tuple(document.changed_from(content.document))
    if not frames:
        return nothing()
    copy = WorkingCopy(
        base,
        content.document,
        journal,
        state.log,
        log,
        document=document,
        steps=[step.at for step in steps],
        merged_from=None if pending is None else pending.merged_from,
    )
    behind = base.version != latest.info.version
    offered = count - damage.left_out
    return told(
        Recovery(max(offered, 1), since, frames, base.version, needs_merge=behind, damage=damage),
        copy,
    )


@gives_result
def _start(
    store: Store, latest: LoadedDraft, state: Replay
) -> Result[tuple[DraftInfo, int, UndoLog, tuple[int, str] | None]]:
    """Find where the unsaved edits start.

    The version that they were made on, from where in the journal they are not saved, and the undo
    log there.  A save that was committed but never acknowledged counts, or whose acknowledgement
    is damaged.  Last what the version (number, content hash) must be and perhaps is not; None where
    the journal does not know its hash.
    """
    base, log, row = state.base, state.saved_log, models.DraftVersion
    version, upto, known = 0, 0, None
    if base is not None:
        version, upto, known = base.version, base.upto, (base.version, base.hash)
    with store.read() as session:
        saved = session.execute(
            select(row.version, row.save_id)
            .where(
                row.draft_id == latest.info.id,
                row.version > version,
                row.save_id.in_(list(state.attempts)),
            )
            .order_by(row.version.desc())
            .limit(1)
        ).first()
        if saved is not None:
            version, known = saved.version, None
            upto, log = state.attempts[saved.save_id]
        made_on = [step.base for step in state.steps if step.at >= upto]
        if made_on and min(made_on) > version:  # what said so is damaged
            version, known = min(made_on), None
        info = read_info(session, latest.info.id, version)
    if info is None:  # the database was put back to an older state
        info, known = latest.info, known or (version, "")
    return Result(Outcome(Code.OK), (info, upto, log, known))


def _time_of(journal: Journal, step: Step) -> dt.datetime | None:
    with contextlib.suppress(OSError, ValueError, msgspec.MsgspecError):
        body = journal.body(step.at)
        if step.at == step.operation:
            return as_time(decode_head(body).at)
        moved = decode_moved(body)
        return as_time(moved if isinstance(moved, int) else moved.at)
    return None
