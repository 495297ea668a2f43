"""Writing notes: a remark, answers to it, resolving and reopening; all of it audited.

Answers are only ever added, each in the next place: of two people who write at once, neither's is
lost.  What one opened oneself one also resolves and reopens; for other people's it takes a lead.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from prelabel_tui.core.bounds import LABEL_NAME_LENGTH, NOTE_LENGTH
from prelabel_tui.core.catalog.scopes import Scope
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.drafts.loading import active_draft
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actions import Action
from prelabel_tui.core.identity.roles import authorise
from prelabel_tui.core.ids import IdKind, new_id
from prelabel_tui.core.notes.reading import Note, NoteState, note_of, require_note
from prelabel_tui.core.outcomes import Code, Outcome, Refused, Result
from prelabel_tui.core.store import gives_result, models
from prelabel_tui.core.store.chain import given_row
from prelabel_tui.core.times import minute

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store

_NO_TEXT: Final = ("Cc", "Cs", "Zl", "Zp")
"""Categories of characters that end a line, steer a terminal, or are half of a character."""


def refuse_text(text: str) -> Outcome | None:
    """Return why this cannot be written in a note (INPUT_INVALID), None when it can."""
    text = text.strip()
    if not text:
        return Outcome(Code.INPUT_INVALID, "A note needs a text.")
    if len(text) > NOTE_LENGTH:
        detail = f"A note has at most {NOTE_LENGTH:,} characters; this one has {len(text):,}."
        return Outcome(Code.INPUT_INVALID, detail)
    if any(unicodedata.category(character) in _NO_TEXT for character in text):
        detail = "A note is one line of text; this one has line breaks or control characters."
        return Outcome(Code.INPUT_INVALID, detail)
    return None


@gives_result
def write_note(
    store: Store, actor: Actor, scope: Scope, frame: int, label_id: str | None, text: str
) -> Result[Note]:
    """Open a note about a frame (from 0), or about a label in it.

    Whether there is such a label is not asked: it may be in a draft that is not saved yet
    (:func:`find_label` asks).  OK, INPUT_INVALID (text, frame), NOT_FOUND (clip), ROLE_FORBIDDEN,
    storage codes.
    """
    note_id, now = new_id(), store.now()
    with store.write() as session:
        actor = authorise(session, actor, Action.NOTE_WRITE)
        _require_text(text)
        clip = session.get(models.Media, scope.media_id)
        if clip is None or clip.removed_at is not None:
            raise Refused(Outcome(Code.NOT_FOUND, f"Media {scope.media!r}."))
        _require_frame(frame, clip.frame_count)
        if label_id is not None and not 0 < len(label_id) <= LABEL_NAME_LENGTH:
            detail = f"The id of a label has 1 to {LABEL_NAME_LENGTH} characters."
            raise Refused(Outcome(Code.INPUT_INVALID, detail))
        session.add(
            models.Note(
                id=note_id,
                workspace_id=scope.workspace_id,
                media_id=scope.media_id,
                capability=scope.capability.value,
                frame=frame,
                label_id=label_id,
                opened_at=now,
                opened_by=actor.name,
                resolved_at=None,
                resolved_by=None,
            )
        )
        session.flush()
        row = session.get_one(models.Note, note_id)
        _append(session, store, actor, Action.NOTE_WRITE, row, text.strip())
        note = note_of(session, note_id)
    detail = f"{IdKind.NOTE.short(note_id)} on {note.about} is saved."
    return Result(Outcome(Code.OK, detail, {"note_id": note_id}), note)


@gives_result
def answer_note(store: Store, actor: Actor, given: str, text: str) -> Result[Note]:
    """Add an answer to an open note, named by its id or an unambiguous beginning of it.

    OK, INPUT_INVALID (text; the note is resolved), NOT_FOUND, ROLE_FORBIDDEN, storage codes.
    """
    with store.write() as session:
        actor = authorise(session, actor, Action.NOTE_ANSWER)
        _require_text(text)
        row = _hold(session, given)
        if row.resolved_at is not None:
            detail = f"{IdKind.NOTE.short(row.id)} is {_resolution(row)}: reopen it first."
            raise Refused(Outcome(Code.INPUT_INVALID, detail))
        _append(session, store, actor, Action.NOTE_ANSWER, row, text.strip())
        note = note_of(session, row.id)
    detail = f"{IdKind.NOTE.short(note.id)} on {note.about} is answered."
    return Result(Outcome(Code.OK, detail, {"note_id": note.id}), note)


@gives_result
def resolve_note(store: Store, actor: Actor, given: str) -> Result[Note]:
    """Resolve a note: one's own, or, as a lead, anybody's.

    OK (also when it is resolved already, which it says), NOT_FOUND, ROLE_FORBIDDEN, storage codes.
    """
    return _settle(store, actor, given, NoteState.RESOLVED)


@gives_result
def reopen_note(store: Store, actor: Actor, given: str) -> Result[Note]:
    """Open a resolved note again: one's own, or, as a lead, anybody's.

    OK (also when it is open, which it says), NOT_FOUND, ROLE_FORBIDDEN, storage codes.
    """
    return _settle(store, actor, given, NoteState.OPEN)


@gives_result
def find_label(store: Store, scope: Scope, frame: int, given: str) -> Result[str]:
    """Find a label of a frame (from 0) of a scope's draft, by an unambiguous beginning of its id.

    NOT_FOUND, INPUT_INVALID (frame), storage codes.
    """
    draft = active_draft(store, scope)
    if draft is None:
        detail = f"{scope.title} has no active draft, and so no label {given!r}."
        return Result(Outcome(Code.NOT_FOUND, detail))
    loaded = loading.load(store, draft.id)
    if loaded.value is None:
        return Result(loaded.outcome)
    document = loaded.value.document
    _require_frame(frame, len(document))
    known = [label.id for label in document.frame(frame).labels]
    found = [given] if given in known else [name for name in known if name.startswith(given)]
    if len(found) == 1:
        return Result(Outcome(Code.OK), found[0])
    several = ": several ids begin with that" if found else ""
    detail = f"Label {given!r} in frame {frame + 1:,} of {scope.title}{several}."
    return Result(Outcome(Code.NOT_FOUND, detail))


_ACTIONS: Final = {
    (NoteState.RESOLVED, True): Action.NOTE_RESOLVE,
    (NoteState.RESOLVED, False): Action.NOTE_RESOLVE_OTHERS,
    (NoteState.OPEN, True): Action.NOTE_REOPEN,
    (NoteState.OPEN, False): Action.NOTE_REOPEN_OTHERS,
}
"""By what a note becomes, and whether it is one's own."""


def settling(note: Note, name: str) -> Action:
    """Return what resolving a note, or reopening it if it is resolved, is for a person."""
    becomes = NoteState.RESOLVED if note.is_open else NoteState.OPEN
    return _ACTIONS[becomes, note.opened_by == name]


def _settle(store: Store, actor: Actor, given: str, becomes: NoteState) -> Result[Note]:
    with store.write() as session:
        row = _hold(session, given)
        action = _ACTIONS[becomes, row.opened_by == actor.name]
        actor = authorise(session, actor, action)
        before = NoteState.OPEN if row.resolved_at is None else NoteState.RESOLVED
        said = "is open already" if before is NoteState.OPEN else f"was {_resolution(row)} already"
        if before is not becomes:
            resolved = becomes is NoteState.RESOLVED
            row.resolved_at = store.now() if resolved else None
            row.resolved_by = actor.name if resolved else None
            _record(session, store, actor, action, row)
            said = "is resolved" if resolved else "is open again"
        note = note_of(session, row.id)
    detail = f"{IdKind.NOTE.short(note.id)} on {note.about} {said}."
    return Result(Outcome(Code.OK, detail, {"note_id": note.id}), note)


def _resolution(row: models.Note) -> str:
    assert row.resolved_at is not None
    return f"resolved by {row.resolved_by} ({minute(row.resolved_at)})"


def _require_text(text: str) -> None:
    if refused := refuse_text(text):
        raise Refused(refused)


def _require_frame(frame: int, count: int) -> None:
    if not 0 <= frame < count:
        detail = f"There is no frame {frame + 1:,}: the clip has {count:,}."
        raise Refused(Outcome(Code.INPUT_INVALID, detail))


def _hold(session: Session, given: str) -> models.Note:
    """Find a note; nobody changes it or adds to it before the transaction ends.  Refused."""
    found = require_note(session, given).id
    return session.get_one(models.Note, found, with_for_update=True, populate_existing=True)


def _append(
    session: Session, store: Store, actor: Actor, action: Action, row: models.Note, text: str
) -> None:
    """Write a message in the note's next place."""
    message = models.NoteMessage
    last = session.scalar(select(func.max(message.place)).where(message.note_id == row.id))
    values = {
        "note_id": row.id,
        "place": 0 if last is None else last + 1,
        "text": text,
        "written_at": store.now() if last is not None else row.opened_at,
        "written_by": actor.name,
    }
    session.execute(insert(message), values)
    _record(session, store, actor, action, row, text, given_row(message, values))


def _record(
    session: Session,
    store: Store,
    actor: Actor,
    action: Action,
    row: models.Note,
    text: str = "",
    inserted: dict[str, str] | None = None,
) -> None:
    audit.record(
        session, store, actor, action, "note", row.id,
        media_id=row.media_id, capability=row.capability, reason=text,
        details={"frame": row.frame + 1, "label_id": row.label_id},
        wrote=[(models.Note, row.id)], inserted=inserted,
    )  # fmt: skip
