"""Reading notes: lists, those of one scope, how many are open."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from prelabel_tui.core.catalog.scopes import Scope, scope_in
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.store import gives_result, models
from prelabel_tui.core.store.chain import head
from prelabel_tui.core.store.lookup import require

if TYPE_CHECKING:
    from prelabel_tui.core.store import Store

_AT_ONCE: Final = 500


class NoteState(StrEnum):
    """Whether a note still waits for somebody."""

    OPEN = "open"
    RESOLVED = "resolved"


@dataclass(frozen=True)
class NoteMessage:
    """What somebody wrote in a note."""

    text: str
    at: dt.datetime
    by: str

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`."""
        return {"text": self.text, "written_at": self.at.isoformat(), "written_by": self.by}


@dataclass(frozen=True)
class Note:
    """A note with its messages, the remark itself first.

    ``frame`` from 0; without a ``label_id`` it is about the frame as a whole.
    """

    id: str
    scope: Scope
    frame: int
    label_id: str | None
    opened_at: dt.datetime
    opened_by: str
    resolved_at: dt.datetime | None
    resolved_by: str | None
    messages: tuple[NoteMessage, ...]

    @property
    def state(self) -> NoteState:
        """Whether it is open or resolved."""
        return NoteState.OPEN if self.resolved_at is None else NoteState.RESOLVED

    @property
    def is_open(self) -> bool:
        """Whether it still waits for somebody."""
        return self.state is NoteState.OPEN

    @property
    def about(self) -> str:
        """What it is about, in words: `frame 12`, `label m7 in frame 12`."""
        frame = f"frame {self.frame + 1:,}"
        return frame if self.label_id is None else f"label {self.label_id} in {frame}"

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json` and exports."""
        return {
            "note_id": self.id,
            "workspace": self.scope.workspace,
            "media": self.scope.media,
            "capability": self.scope.capability.value,
            "frame": self.frame + 1,
            "label_id": self.label_id,
            "state": self.state.value,
            "opened_at": self.opened_at.isoformat(),
            "opened_by": self.opened_by,
            "resolved_at": None if self.resolved_at is None else self.resolved_at.isoformat(),
            "resolved_by": self.resolved_by,
            "messages": [message.as_json() for message in self.messages],
        }


@dataclass(frozen=True)
class ScopeNotes:
    """The notes of a scope, in the order of its frames, as of a ``mark`` of the audit log."""

    notes: tuple[Note, ...] = ()
    mark: str = ""

    @cached_property
    def open_frames(self) -> frozenset[int]:
        """The frames with an open note, of a label or their own."""
        return frozenset(note.frame for note in self.notes if note.is_open)

    def at(self, frame: int) -> list[Note]:
        """Return the notes on a frame and its labels, the open ones first."""
        return sorted((note for note in self.notes if note.frame == frame), key=by_state)

    def written_since(self, earlier: ScopeNotes, name: str) -> list[Note]:
        """Return the notes in which others than this person have written since."""
        known = {note.id: len(note.messages) for note in earlier.notes}
        return [
            note
            for note in self.notes
            if any(message.by != name for message in note.messages[known.get(note.id, 0) :])
        ]


def by_state(note: Note) -> int:
    """Return what sorts open notes before resolved ones."""
    return 0 if note.is_open else 1


def scope_notes(store: Store, scope: Scope, known: ScopeNotes | None = None) -> ScopeNotes:
    """Read the notes of a scope; what is ``known`` as it is, if nothing was recorded since.

    FAILURES.
    """
    row = models.Note
    query = _query().where(row.media_id == scope.media_id, row.capability == scope.capability.value)
    with store.read() as session:
        mark = head(session.connection()).hash
        if known is not None and known.mark == mark:
            return known
        return ScopeNotes(
            tuple(_read(session, query.order_by(row.frame, row.opened_at, row.id))), mark
        )


def list_notes(
    store: Store,
    *,
    workspace: str | None = None,
    media: str | None = None,
    capability: Capability | None = None,
    state: NoteState | None = None,
    limit: int = 200,
) -> list[Note]:
    """List the newest notes first, without those of clips that were removed.  FAILURES."""
    row = models.Note
    query = _query().where(models.Media.removed_at.is_(None))
    if workspace is not None:
        query = query.where(models.Workspace.name == workspace)
    if media is not None:
        query = query.where(models.Media.name == media)
    if capability is not None:
        query = query.where(row.capability == capability.value)
    if state is not None:
        resolved = row.resolved_at.is_not(None)
        query = query.where(resolved if state is NoteState.RESOLVED else ~resolved)
    with store.read() as session:
        return _read(session, query.order_by(row.opened_at.desc(), row.id.desc()).limit(limit))


@gives_result
def find_note(store: Store, given: str) -> Result[Note]:
    """Find a note by its id, or an unambiguous beginning of it.  NOT_FOUND, storage codes."""
    with store.read() as session:
        return Result(Outcome(Code.OK), note_of(session, require_note(session, given).id))


def require_note(session: Session, given: str) -> models.Note:
    """Find the row with this id, or the only one whose id begins with it.  Refused (NOT_FOUND)."""
    return require(session, models.Note, given)


def note_of(session: Session, note_id: str) -> Note:
    """Read a note that is known to exist."""
    return _read(session, _query().where(models.Note.id == note_id))[0]


def open_notes(session: Session, scope: Scope) -> int:
    """Count the open notes of a scope."""
    row = models.Note
    query = select(func.count()).where(
        row.media_id == scope.media_id,
        row.capability == scope.capability.value,
        row.resolved_at.is_(None),
    )
    return session.scalar(query) or 0


def _query() -> Select[*tuple[Any, ...]]:
    """Return what reads notes with the names of their scopes."""
    return (
        select(
            models.Note,
            models.Note.workspace_id,
            models.Note.media_id,
            models.Note.capability,
            models.Workspace.name.label("workspace"),
            models.Media.name.label("media"),
        )
        .join(models.Workspace, models.Workspace.id == models.Note.workspace_id)
        .join(models.Media, models.Media.id == models.Note.media_id)
    )


def _read(session: Session, query: Select[*tuple[Any, ...]]) -> list[Note]:
    rows = session.execute(query).all()
    written = _messages(session, [row.Note.id for row in rows])
    return [
        Note(
            row.Note.id, scope_in(row), row.Note.frame, row.Note.label_id, row.Note.opened_at,
            row.Note.opened_by, row.Note.resolved_at, row.Note.resolved_by,
            tuple(written[row.Note.id]),
        )
        for row in rows
    ]  # fmt: skip


def _messages(session: Session, ids: list[str]) -> dict[str, list[NoteMessage]]:
    row = models.NoteMessage
    written: dict[str, list[NoteMessage]] = defaultdict(list)
    for some in _portions(ids):
        query = select(row).where(row.note_id.in_(some)).order_by(row.note_id, row.place)
        for one in session.scalars(query):
            written[one.note_id].append(NoteMessage(one.text, one.written_at, one.written_by))
    return written


def _portions(ids: list[str]) -> Iterable[list[str]]:
    return (ids[at : at + _AT_ONCE] for at in range(0, len(ids), _AT_ONCE))
