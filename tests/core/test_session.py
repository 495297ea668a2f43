"""One person's editing: saved by itself, undone without limit, recovered, merged."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from prelabel_tui.core.drafts import loading, versions
from prelabel_tui.core.drafts.info import DraftInfo, Kind
from prelabel_tui.core.edits.merge import Choice
from prelabel_tui.core.edits.operations import Operation, OperationConflict
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.session.autosave import StatusKind
from prelabel_tui.core.session.records import Kind as RecordKind
from prelabel_tui.core.session.records import scan
from prelabel_tui.core.session.session import EditingSession, flush_all
from prelabel_tui.core.store import Store, models
from tests.core.clips import delete, nudge
from tests.core.sessions import Open, conflicting, eventually, stored


def test_an_edit_is_in_the_journal_when_apply_returns_and_saved_by_itself(
    store: Store, sit: Open
) -> None:
    session = sit()
    assert session.status.line == "Autosave: saved v1 · just now"
    session.apply(nudge(session.document, 2, "p1"))
    (path,) = (store.home / "journal").glob("*.log")
    assert [r.kind for r in scan(path.read_bytes())][-1] is RecordKind.OPERATION
    assert session.status.kind is StatusKind.UNSAVED
    assert session.status.count == 1
    eventually(lambda: session.status.kind is StatusKind.SAVED)
    assert session.status.version == 2
    assert stored(store, session)
    assert session.changed.indices == {2}


def test_an_edit_that_does_not_fit_changes_nothing(sit: Open) -> None:
    session = sit()
    operation = delete(session.document, 1, "p1")
    session.apply(operation)
    with pytest.raises(OperationConflict):
        session.apply(operation)
    assert session.status.count == 1
    session.apply(Operation("move", "nothing", ()))
    assert session.status.count == 1


def test_undo_and_redo_go_through_the_whole_draft_and_survive_leaving(
    store: Store, sit: Open
) -> None:
    session = sit()
    start = session.document.copy()
    for number in range(30):
        session.apply(nudge(session.document, number % 6, "p0"))
        if number % 7 == 0:
            session.flush()
    end = session.document.copy()
    session.close()
    session = sit()
    assert session.recovery is None
    for number in range(10):
        undone = session.undo()
        assert undone is not None
        assert undone.text == "Undo: Move p0 by +1,0"
        assert undone.frames == ((29 - number) % 6,)
    session.close()
    session = sit()
    while session.undo():
        pass
    assert session.undo_next is None
    assert session.document == start
    session.flush()
    session.close()
    session = sit()
    while session.redo():
        pass
    assert session.document == end
    session.flush()
    assert stored(store, session)


def test_a_new_edit_ends_what_could_be_redone(sit: Open) -> None:
    session = sit()
    session.apply(nudge(session.document, 0, "p0"))
    session.undo()
    assert session.redo_next is not None
    session.apply(nudge(session.document, 1, "p1"))
    assert session.redo_next is None
    assert session.redo() is None


def test_going_back_to_the_saved_content_needs_no_version(store: Store, sit: Open) -> None:
    session = sit()
    session.apply(nudge(session.document, 0, "p0"))
    session.undo()
    assert session.flush().line.startswith("Autosave: saved v1")
    assert len(versions.versions(store, session.info.id)) == 1
    session.close()
    assert sit().recovery is None


def test_flush_all_saves_every_open_session(store: Store, sit: Open, lead: Actor) -> None:
    session = sit()
    session.apply(nudge(session.document, 0, "p0"))
    flush_all()
    assert session.status.healthy
    assert stored(store, session)


def test_a_listener_that_fails_does_not_stop_the_saving(
    store: Store, draft: DraftInfo, reviewer: Actor
) -> None:
    def broken() -> None:
        raise RuntimeError("the screen is gone")

    session = EditingSession.open(store, reviewer, draft.id, broken).unwrap()
    for version in (2, 3):
        session.apply(nudge(session.document, 0, "p0"))
        assert session.flush().healthy
        assert session.info.version == version
    session.close()


def test_an_unexpected_error_is_told_and_tried_again(
    store: Store, sit: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = sit()

    def broken(*_args: object, **_options: object) -> Result[DraftInfo]:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(loading, "save", broken)
    session.apply(nudge(session.document, 0, "p0"))
    status = session.flush()
    assert status.kind is StatusKind.FAILED
    assert "a bug" in status.detail
    monkeypatch.undo()
    assert session.flush().healthy
    assert stored(store, session)


# -- what I changed -----------------------------------------------------------------------------


def test_a_frame_is_changed_while_it_is_not_as_it_was_found(sit: Open, lead: Actor) -> None:
    session = sit()
    changed = session.changed.indices
    session.apply(nudge(session.document, 0, "p0"))
    session.apply(nudge(session.document, 1, "p0"))
    session.apply(nudge(session.document, 0, "p0", -100))
    assert changed == {1}, "an opposite edit brings it back, too"
    session.undo()
    assert changed == {0, 1}
    session.undo()
    session.undo()
    assert changed == set()
    session.redo()
    assert changed == {0}
    stored = session.changed.stored()
    session.close()
    session = sit()
    session.changed.recall([*stored, 3, "x", [9, 1], [2, None]], session.document)
    assert session.changed.indices == {0}
    session.undo()
    assert session.changed.indices == set(), "of an earlier session's edit"
    session.redo()
    session.close()
    session = sit(lead)
    session.apply(nudge(session.document, 2, "p0"))
    assert session.changed.indices == {2}
    assert session.reset().ok
    assert session.changed.indices == set()


def test_what_gave_way_to_another_side_is_not_my_change(sit: Open, lead: Actor) -> None:
    session = conflicting(sit, lead)
    session.load_latest()
    assert session.changed.indices == set()


def test_what_a_merge_kept_of_mine_is_my_change(sit: Open, lead: Actor) -> None:
    session = conflicting(sit, lead)
    session.apply(delete(session.document, 1, "p3"))  # as they did, too
    session.merge({(0, "p0"): Choice.THEIRS})
    assert session.changed.indices == {0, 2}


def test_recovered_edits_are_my_changes(sit: Open) -> None:
    session = sit()
    session.apply(nudge(session.document, 3, "p0"))
    session.abandon()
    session = sit()
    session.apply_recovery()
    assert session.changed.indices == {3}
    session.undo()
    assert session.changed.indices == set()


# -- going back ---------------------------------------------------------------------------------


def test_reset_saves_first_and_can_be_taken_back_from_the_versions(store: Store, sit: Open) -> None:
    session = sit()
    start = session.document.copy()
    session.apply(nudge(session.document, 0, "p0"))
    edited = session.document.copy()
    assert session.reset().outcome.code is Code.DRAFT_RESET
    assert session.document == start
    assert [v.kind for v in versions.versions(store, session.info.id)] == [
        Kind.RESET,
        Kind.SAVE,
        Kind.CREATE,
    ]
    assert session.restore(2).ok
    assert session.document == edited
    assert session.info.version == 4
    session.apply(nudge(session.document, 0, "p1"))
    assert session.flush().healthy
    session.close()
    assert sit().recovery is None


def test_reset_during_a_conflict_is_refused(sit: Open, lead: Actor) -> None:
    session = conflicting(sit, lead)
    assert session.reset().outcome.code is Code.DRAFT_VERSION_CONFLICT


def test_an_inactive_draft_is_not_opened_and_a_session_on_it_keeps_its_edits(
    store: Store, sit: Open, reviewer: Actor
) -> None:
    session = sit()
    session.apply(nudge(session.document, 0, "p0"))
    with store.write() as transaction:
        transaction.execute(update(models.Draft).values(active=False))
    status = session.flush()
    assert status.line == "Autosave: failed: DRAFT_NOT_ACTIVE"
    refused = EditingSession.open(store, reviewer, session.info.id)
    assert refused.outcome.code is Code.DRAFT_NOT_ACTIVE
    assert EditingSession.open(store, reviewer, "f" * 32).outcome.code is Code.NOT_FOUND


def test_saving_on_the_calling_thread(store: Store, sit: Open) -> None:
    session = sit()
    session.apply(nudge(session.document, 0, "p0"))
    assert session.save_now().line.startswith("Autosave: saved v2")
    assert stored(store, session)


def test_an_abandoned_session_has_ended_and_says_nothing(store: Store, sit: Open) -> None:
    session = sit()
    session.apply(nudge(session.document, 0, "p0"))
    session.abandon()
    assert session.closed
    assert session.close().count == 1
    assert flush_all() == 0, "it is not one of the open ones"
    assert versions.versions(store, session.info.id)[0].version == 1


def test_a_draft_that_is_not_there_is_not_opened(store: Store, reviewer: Actor) -> None:
    assert EditingSession.open(store, reviewer, "f" * 32).outcome.code is Code.NOT_FOUND


def test_going_back_needs_everything_saved(
    store: Store, sit: Open, lead: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = conflicting(sit, lead)
    assert session.reset().outcome.code is Code.DRAFT_VERSION_CONFLICT
    session.load_latest()
    broken = Result[DraftInfo](Outcome(Code.DATABASE_UNAVAILABLE))
    monkeypatch.setattr(loading, "save", lambda *_args, **_options: broken)
    session.apply(nudge(session.document, 0, "p0"))
    assert session.restore(1).outcome.code is Code.DATABASE_UNAVAILABLE
    monkeypatch.undo()
    assert session.restore(9).outcome.code is Code.NOT_FOUND
    assert session.restore(1).ok
    assert stored(store, session)
