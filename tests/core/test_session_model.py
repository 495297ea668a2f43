"""Editing sessions against a simple model: any order of edits, undo, redo, saves, conflicts,
merges, resets, restores, leaving and crashing."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from prelabel_tui.core.drafts import loading, versions
from prelabel_tui.core.edits import operations
from prelabel_tui.core.edits.merge import Choice, plan
from prelabel_tui.core.edits.operations import Operation, OperationConflict
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Capability, Flag
from prelabel_tui.core.session import autosave
from prelabel_tui.core.session.session import EditingSession
from prelabel_tui.core.store import open_store
from tests.core.clips import add_box, add_run, flag, nudge, player_document

RUI = Actor("rui", Role.REVIEWER, "test")
LENA = Actor("lena", Role.LEAD, "test")
FRAMES, PLAYERS = 3, 2
FRAME = st.integers(0, FRAMES - 1)
look = EditingSession.look_around
PLAYER = st.integers(0, PLAYERS - 1).map(lambda number: f"p{number}")


class Editing(RuleBasedStateMachine):
    """Rui's session and what it must show; the database's versions and what they must hold."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = open_store(Path(self.folder.name)).unwrap()
        self.pack = player_document(FRAMES, PLAYERS)
        run = add_run(self.store, self.pack)
        self.draft = loading.open_review(self.store, RUI, run, Capability.PLAYER).unwrap().id
        # The model: contents of all versions, mine, what it is based on, undo and redo.
        self.stored: list[Document] = [self.pack.copy()]
        self.mine = self.pack.copy()
        self.base = 1
        self.undo: list[Operation] = []
        self.redo: list[Operation] = []
        self.saved_history: tuple[list[Operation], list[Operation]] = ([], [])
        self.count = 0
        self.session = self._open()

    def _open(self) -> EditingSession:
        return EditingSession.open(self.store, RUI, self.draft).unwrap()

    def teardown(self) -> None:
        self.session.abandon()
        self.store.close()
        self.folder.cleanup()

    @initialize()
    def start(self) -> None:
        assert self.session.document == self.mine

    # -- editing -----------------------------------------------------------------------------

    def _apply(self, operation: Operation) -> None:
        self.session.apply(operation)
        operations.apply(self.mine, operation)
        self.undo.append(operation)
        self.redo.clear()

    @rule(index=FRAME, player=PLAYER, step=st.integers(1, 3))
    def move(self, index: int, player: str, step: int) -> None:
        if self.mine.frame(index).label(player) is not None:
            self._apply(nudge(self.mine, index, player, step))

    @rule(index=FRAME, player=PLAYER)
    def delete_or_add(self, index: int, player: str) -> None:
        label = self.mine.frame(index).label(player)
        change = operations.label_change(index, label, None) if label is not None else None
        if change is None:
            self._apply(add_box(index, player, self.count))
        else:
            self._apply(Operation("delete", f"Delete {player}", (change,)))
        self.count += 1

    @rule(index=FRAME, which=st.sampled_from(Flag))
    def toggle(self, index: int, which: Flag) -> None:
        self._apply(flag(self.mine, index, which))

    def _back_or_forth(self, source: list[Operation], target: list[Operation], back: bool) -> None:
        done = self.session.undo() if back else self.session.redo()
        if not source:
            assert done is None
            return
        operation = source.pop()
        try:
            operations.apply(self.mine, operation.inverse() if back else operation)
        except OperationConflict:
            assert done is not None
            assert not done.done
            return
        assert done is not None
        assert done.done
        assert operation.text in done.text
        target.append(operation)

    @rule()
    def take_back(self) -> None:
        self._back_or_forth(self.undo, self.redo, back=True)

    @rule()
    def do_again(self) -> None:
        self._back_or_forth(self.redo, self.undo, back=False)

    # -- the database ------------------------------------------------------------------------

    @property
    def behind(self) -> bool:
        """Whether rui has a conflict, or will have one on saving."""
        newer = self.base < len(self.stored) and self.mine != self.stored[self.base - 1]
        return newer or self.session.conflict is not None

    def _saved(self) -> None:
        self.saved_history = (self.undo.copy(), self.redo.copy())
        if self.mine != self.stored[self.base - 1]:
            self.stored.append(self.mine.copy())
            self.base = len(self.stored)

    @rule()
    def save(self) -> None:
        status = self.session.flush(20)
        if self.behind:
            assert self.session.conflict is not None
            assert self.base < self.session.conflict.their_version <= len(self.stored)
        else:
            assert status.healthy, status
            self._saved()

    @rule(index=FRAME, player=PLAYER)
    def somebody_else_saves(self, index: int, player: str) -> None:
        newest = loading.load(self.store, self.draft).unwrap()
        document = newest.document.copy()
        if document.frame(index).label(player) is None:
            return
        operations.apply(document, nudge(document, index, player, 1000))
        changed = document.changed_from(newest.document)
        self.count += 1
        save_id = f"{self.count:032x}"
        loading.save(self.store, LENA, newest.info, document, changed, save_id).unwrap()
        self.stored.append(document)

    @precondition(lambda self: self.session.conflict is not None)
    @rule(choice=st.sampled_from([Choice.MINE, Choice.THEIRS]))
    def merge(self, choice: Choice) -> None:
        conflict = self.session.conflict
        assert conflict is not None
        base, theirs = self.stored[self.base - 1], self.stored[conflict.their_version - 1]
        merged = plan(
            Capability.PLAYER, base.encoded, self.mine.changed_from(base),
            theirs.changed_from(base),
        )  # fmt: skip
        choices = {one.key: choice for one in merged.conflicts}
        operation = self.session.merge(choices)
        self.mine = theirs.copy()
        self.mine.apply(merged.settle({one.key: Choice.THEIRS for one in merged.conflicts}))
        if operation is not None:
            operations.apply(self.mine, operation)
            self.undo.append(operation)
            self.redo.clear()
        chosen = theirs.copy()
        chosen.apply(merged.settle(choices))
        assert self.mine == chosen
        self.base = conflict.their_version

    @rule()
    def look_around(self) -> None:
        look(self.session)
        newer, conflict = self.session.newer, self.session.conflict
        if conflict is not None:
            assert newer is None
        elif self.base < len(self.stored):
            assert newer is not None
            assert (newer.base_version, newer.their_version) == (self.base, len(self.stored))
        else:
            assert newer is None

    @precondition(lambda self: self.session.conflict is not None or self.session.newer is not None)
    @rule(bring_back=st.booleans())
    def load_latest(self, bring_back: bool) -> None:
        mine, base = self.mine, self.stored[self.base - 1]
        stash = self.session.load_latest()
        self.base = self.session.info.version
        theirs = self.stored[self.base - 1]
        self.mine = theirs.copy()
        self.undo, self.redo = (list(side) for side in self.saved_history)
        if mine == base:
            assert stash is None
            return
        assert stash is not None
        assert stash.mine == mine.changed_from(base)
        if bring_back:
            merged = self.session.stash_plan(stash)
            choices = {one.key: Choice.MINE for one in merged.conflicts}
            operation = self.session.take_stash(stash, choices)
            if operation.changes:
                operations.apply(self.mine, operation)
                self.undo.append(operation)
                self.redo.clear()

    @rule()
    def reset(self) -> None:
        behind = self.behind
        self.session.flush(20)
        if not behind:
            self._saved()
        result = self.session.reset()
        if behind or self.base < len(self.stored):
            assert result.value is None
            return
        assert result.ok
        self.stored.append(self.pack.copy())
        self.base = len(self.stored)
        self.mine = self.pack.copy()

    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        version = data.draw(st.integers(1, len(self.stored)))
        behind = self.behind
        self.session.flush(20)
        if not behind:
            self._saved()
        result = self.session.restore(version)
        if behind or self.base < len(self.stored):
            assert result.value is None
            return
        assert result.ok
        self.stored.append(self.stored[version - 1].copy())
        self.base = len(self.stored)
        self.mine = self.stored[-1].copy()

    # -- leaving and coming back ---------------------------------------------------------------

    @rule()
    def leave_and_return(self) -> None:
        behind = self.behind
        self.session.close(20)
        if not behind:
            self._saved()
        self._return(applied=True)

    @rule(applied=st.booleans())
    def crash_and_return(self, applied: bool) -> None:
        self.session.abandon()
        self._return(applied)

    def _return(self, applied: bool) -> None:
        self.session = self._open()
        recovery = self.session.recovery
        if self.mine == self.stored[self.base - 1]:
            assert recovery is None
            self.mine = self.stored[-1].copy()
            self.base = len(self.stored)
            self.saved_history = (self.undo.copy(), self.redo.copy())
            return
        assert recovery is not None
        assert recovery.can_apply
        assert recovery.needs_merge == (self.base < len(self.stored))
        assert set(recovery.frames) == set(self.mine.changed_from(self.stored[self.base - 1]))
        if applied:
            self.session.apply_recovery()
            return
        self.session.discard_recovery()
        self.mine = self.stored[-1].copy()
        self.base = len(self.stored)
        self.undo, self.redo = (list(side) for side in self.saved_history)

    # -- what always holds -----------------------------------------------------------------------

    @invariant()
    def the_session_shows_what_the_model_says(self) -> None:
        assert self.session.document == self.mine
        undo, redo = self.session.undo_next, self.session.redo_next
        assert (undo.text if undo else None) == (self.undo[-1].text if self.undo else None)
        assert (redo.text if redo else None) == (self.redo[-1].text if self.redo else None)

    @invariant()
    def every_version_keeps_its_content(self) -> None:
        rows = versions.versions(self.store, self.draft)
        newest = rows[0]
        assert newest.version >= len(self.stored)
        for row in rows:
            assert row.parent == (row.version - 1 or None)
            if row.version <= len(self.stored):
                assert row.content_hash == self.stored[row.version - 1].tree_hash()


@pytest.mark.soak
@pytest.mark.slow
def test_any_history_agrees_with_the_model(soak: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    # Saves happen when the machine says so: the model must know when.
    monkeypatch.setattr(autosave, "QUIET_SECONDS", 1e9)
    monkeypatch.setattr(autosave, "LONGEST_SECONDS", 1e9)
    # So do looks at what others saved, the first of which comes as soon as a session is open.
    monkeypatch.setattr(EditingSession, "look_around", lambda _: None)
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Editing,
        settings=settings(
            max_examples=400 if soak else 15,
            phases=(Phase.explicit, Phase.generate),  # shrinking takes minutes: see the steps
            stateful_step_count=40,
            suppress_health_check=list(HealthCheck),
        ),
    )
