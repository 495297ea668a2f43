"""Single flipped bits in a journal: each is told, and costs its record alone."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import pytest

from prelabel_tui.core.drafts import loading
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Capability, Flag
from prelabel_tui.core.session import autosave
from prelabel_tui.core.session.claiming import journal_folder
from prelabel_tui.core.session.records import Kind, Record, scan
from prelabel_tui.core.session.session import EditingSession
from prelabel_tui.core.store import Store
from tests.core.clips import add_box, add_run, delete, flag, nudge, player_document

RUI = Actor("rui", Role.REVIEWER, "test")
FRAMES = 10


@dataclass(frozen=True)
class Edited:
    """A journal with saved and unsaved edits, and what the draft holds with all of them."""

    store: Store
    draft: str
    path: Path
    data: bytes
    content: Document
    first: Document

    def opened(self, data: bytes) -> EditingSession:
        """A session that finds the journal like this."""
        for path in journal_folder(self.store.home).iterdir():
            path.unlink()
        self.path.write_bytes(data)
        return EditingSession.open(self.store, RUI, self.draft).unwrap()

    def faults(self, bit: int) -> list[str]:
        """What is wrong after a bit was flipped: silence, or more lost than one record had."""
        data = bytearray(self.data)
        data[bit // 8] ^= 1 << bit % 8
        struck = next((one for one in scan(self.data) if one.offset <= bit // 8 < one.end), None)
        allowed = 1 if isinstance(struck, Record) and struck.kind in _CHANGES else 0
        session = self.opened(bytes(data))
        found, recovery = [], session.recovery
        if recovery is None or not recovery.damage.gaps:
            found.append("not told")
        elif recovery.problem is not None:
            found.append(recovery.text)
        session.apply_recovery()
        if len(session.document.changed_from(self.content)) > allowed:
            found.append("more is lost")
        for _ in range(60):  # nothing that can be undone is in the way of what can
            if session.undo() is None:
                break
        if len(session.document.changed_from(self.first)) > 1:
            found.append("undo leaves more")
        session.abandon()
        return [f"bit {bit} of {struck}: {what}" for what in found]


_CHANGES = (Kind.OPERATION, Kind.UNDO, Kind.REDO)


@pytest.fixture
def edited(store: Store, monkeypatch: pytest.MonkeyPatch) -> Edited:
    """Ten frames: some edited once, some twice, undone, redone, joined; a save in between."""
    monkeypatch.setattr(autosave, "QUIET_SECONDS", 1e9)
    monkeypatch.setattr(autosave, "LONGEST_SECONDS", 1e9)
    run = add_run(store, player_document(FRAMES, 4))
    draft = loading.open_review(store, RUI, run, Capability.PLAYER).unwrap().id
    session = EditingSession.open(store, RUI, draft).unwrap()
    first = session.document.copy()
    session.apply(nudge(session.document, 0, "p0"))
    session.apply(nudge(session.document, 1, "p1"))
    assert session.flush().healthy
    session.apply(nudge(session.document, 0, "p0"))
    session.apply(nudge(session.document, 2, "p1"))
    session.apply(flag(session.document, 3, Flag.BAD_FRAME))
    session.apply(nudge(session.document, 4, "p2"))
    session.undo()
    session.redo()
    session.apply(add_box(5, "new"))
    session.apply(nudge(session.document, 5, "new"))
    before = session.undo_log
    session.apply(nudge(session.document, 6, "p1"))
    session.apply(nudge(session.document, 6, "p1"))
    session.join(before, "move", "Move twice")
    session.apply(delete(session.document, 7, "p3"))
    session.undo()
    session.apply(nudge(session.document, 8, "p3"))
    session.apply(nudge(session.document, 9, "p3"))
    content = session.document.copy()
    (path,) = journal_folder(store.home).glob("*.log")
    session.abandon()
    return Edited(store, draft, path, path.read_bytes(), content, first)


@pytest.mark.soak
def test_a_flipped_bit_is_told_and_costs_its_record_alone(edited: Edited, soak: bool) -> None:
    bits = range(len(edited.data) * 8)
    chosen = bits if soak else random.Random(7).sample(bits, 120)
    faults = [fault for bit in chosen for fault in edited.faults(bit)]
    print(f"\n{len(chosen)} bits of a journal flipped: {len(faults)} faults")
    assert not faults
