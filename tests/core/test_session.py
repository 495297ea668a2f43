"""One person's editing: saved by itself, undone without limit, recovered, merged."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from prelabel_tui.core.drafts import loading, versions
from prelabel_tui.core.drafts.info import DraftInfo, Kind
from prelabel_tui.core.edits.merge import Choice
from prelabel_tui.core.edits.operations import Operation, OperationConflict
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.model.labels import Flag
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.session import saving
from prelabel_tui.core.session.autosave import StatusKind
from prelabel_tui.core.session.journal import Kind as RecordKind
from prelabel_tui.core.session.journal import scan
from prelabel_tui.core.session.recovery import journal_folder, journal_stem
from prelabel_tui.core.session.remote_changes import Conflict
from prelabel_tui.core.session.session import EditingSession, flush_all
from prelabel_tui.core.session.working_copy import Snapshot
from prelabel_tui.core.store import Store, models
from tests.core.clips import add_box, delete, flag, ids, nudge
from tests.core.sessions import Open, eventually, stored


def test_an_edit_is_in_the_journal_when_apply_returns_and_saved_by_itself(
    store: Store, sit: Open
) -> None:
    session = sit()
    assert session.status.line == "Autosave: saved v1 · 0 s ago"
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


# -- recovery -----------------------------------------------------------------------------------


def test_after_a_crash_the_edits_are_offered_and_applied(store: Store, sit: Open) -> None:
    session = sit()
    session.apply(nudge(session.document, 0, "p0"))
    session.flush()
    session.apply(nudge(session.document, 2, "p1"))
    session.apply(flag(session.document, 4, Flag.BAD_FRAME))
    session.undo()
    session.redo()
    lost = session.document.copy()
    session.abandon()
    session = sit()
    recovery = session.recovery
    assert recovery is not None
    assert recovery.can_apply
    assert not recovery.needs_merge
    assert recovery.frames == (2, 4)
    assert recovery.text.startswith("4 edits from 20")
    assert recovery.text.endswith("on frames 3, 5 never reached the database.")
    assert session.document != lost
    with pytest.raises(RuntimeError, match="recovery first"):
        session.apply(nudge(session.document, 0, "p0"))
    session.apply_recovery()
    assert session.document == lost
    assert session.flush().healthy
    assert stored(store, session)
    assert session.undo().text == "Undo: Flag bad_frame"  # type: ignore[union-attr]
    session.close()
    assert sit().recovery is None


def test_discarded_edits_are_not_offered_again_and_leave_the_undo_log(
    store: Store, sit: Open
) -> None:
    session = sit()
    session.apply(nudge(session.document, 0, "p0"))
    session.flush()
    saved = session.document.copy()
    session.undo()
    session.apply(nudge(session.document, 2, "p1"))
    session.abandon()
    session = sit()
    session.discard_recovery()
    assert session.document == saved
    assert session.undo_next is not None
    assert session.undo_next.text == "Move p0 by +1,0"
    session.abandon()
    session = sit()
    assert session.recovery is None
    assert session.undo_next is not None


def test_an_undecided_offer_survives_another_crash(sit: Open) -> None:
    session = sit()
    session.apply(nudge(session.document, 0, "p0"))
    session.abandon()
    for _ in range(2):
        session = sit()
        assert session.recovery is not None
        assert session.recovery.count == 1
        session.abandon()
    session = sit()
    session.apply_recovery()
    session.abandon()
    assert sit().recovery is not None


def test_edits_made_on_an_older_version_are_offered_as_a_merge(
    store: Store, sit: Open, lead: Actor
) -> None:
    session = sit()
    session.apply(nudge(session.document, 0, "p0"))
    session.abandon()
    other = sit(lead)
    other.apply(nudge(other.document, 1, "p1"))
    other.close()
    session = sit()
    assert session.recovery is not None
    assert session.recovery.needs_merge
    session.apply_recovery()
    session.flush()
    assert session.conflict is not None
    assert session.conflict.their_name == "lena"
    session.merge({})
    assert session.flush().healthy
    assert stored(store, session)
    newest = versions.versions(store, session.info.id)[0]
    assert (newest.kind, newest.parent, newest.merged_from) == (Kind.MERGE, 2, 1)
    assert newest.changed_frames == 1


def test_a_save_that_was_never_acknowledged_counts_once(
    store: Store, sit: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = sit()
    session.apply(nudge(session.document, 0, "p0"))
    save = loading.save

    def lost_answer(*args: object, **options: object) -> Result[DraftInfo]:
        save(*args, **options)  # type: ignore[arg-type]
        return Result(Outcome(Code.DATABASE_UNAVAILABLE, "the connection broke"))

    monkeypatch.setattr(loading, "save", lost_answer)
    session.flush()
    assert session.status.line.startswith("Autosave: failed: DATABASE_UNAVAILABLE, retrying in")
    monkeypatch.undo()
    session.apply(nudge(session.document, 3, "p1"))
    assert session.flush().healthy
    assert session.conflict is None
    assert [v.changed_frames for v in versions.versions(store, session.info.id)] == [1, 1, 6]
    # The same, with a crash before it could be found out.
    session.apply(nudge(session.document, 4, "p1"))
    monkeypatch.setattr(loading, "save", lost_answer)
    session.flush()
    monkeypatch.undo()
    session.abandon()
    session = sit()
    assert session.recovery is None
    assert session.info.version == 4
    assert session.undo_next is not None


def test_a_journal_of_other_versions_is_set_aside_never_applied(store: Store, sit: Open) -> None:
    session = sit()
    session.apply(nudge(session.document, 0, "p0"))
    session.abandon()
    with store.write() as transaction:  # a database with another version 1, from a backup, say
        transaction.connection().exec_driver_sql("DROP TRIGGER draft_versions_no_update")
        transaction.execute(
            update(models.DraftVersion).values(
                content_hash=session.document.tree_hash(),
                checkpoint_sha=store.artifacts.put(session.document.payload()),
            )
        )
    session = sit()
    assert session.recovery is not None
    assert not session.recovery.can_apply
    assert "another version" in session.recovery.text
    assert session.recovery.kept is not None
    assert session.recovery.kept.exists()
    session.apply(nudge(session.document, 1, "p0"))
    session.discard_recovery()
    session.close()
    assert sit().recovery is None


def test_a_damaged_journal_gives_what_is_whole_and_keeps_the_rest(store: Store, sit: Open) -> None:
    session = sit()
    for index in range(3):
        session.apply(nudge(session.document, index, "p0"))
    session.abandon()
    (path,) = (store.home / "journal").glob("*.log")
    data = bytearray(path.read_bytes())
    data[-3] ^= 0xFF
    path.write_bytes(data)
    session = sit()
    assert session.recovery is not None
    assert session.recovery.frames == (0, 1)
    assert list(path.parent.glob("*.torn"))


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


# -- conflicts ----------------------------------------------------------------------------------


def conflicting(sit: Open, lead: Actor) -> EditingSession:
    """Rui's session after lena saved: both moved p0 of frame 1, each something else besides."""
    session, other = sit(), sit(lead)
    other.apply(nudge(other.document, 0, "p0", 700))
    other.apply(delete(other.document, 1, "p3"))
    other.close()
    session.apply(nudge(session.document, 0, "p0"))
    session.apply(nudge(session.document, 0, "p2"))
    session.apply(add_box(2, "mine"))
    assert session.flush().line == "Autosave: conflict"
    return session


def test_a_conflict_names_the_other_side_and_editing_goes_on(
    store: Store, sit: Open, lead: Actor
) -> None:
    session = conflicting(sit, lead)
    conflict = session.conflict
    assert conflict is not None
    assert conflict.headline.startswith("409 DRAFT_VERSION_CONFLICT")
    assert "lena saved version 2" in conflict.headline
    assert conflict.their_frames == (0, 1)
    assert conflict.my_frames == (0, 2)
    session.apply(nudge(session.document, 5, "p1"))
    assert session.flush().kind is StatusKind.CONFLICT
    assert session.info.version == 1
    assert len(versions.versions(store, session.info.id)) == 2


@pytest.mark.parametrize("choice", list(Choice))
def test_merge_keeps_both_sides_and_asks_where_they_differ(
    store: Store, sit: Open, lead: Actor, choice: Choice
) -> None:
    session = conflicting(sit, lead)
    session.apply(nudge(session.document, 5, "p1"))
    plan = session.merge_plan()
    assert [conflict.key for conflict in plan.conflicts] == [(0, "p0")]
    with pytest.raises(ValueError, match="no choice"):
        session.merge({})
    mine, theirs = (side.x for side in (plan.conflicts[0].mine, plan.conflicts[0].theirs))  # type: ignore[union-attr]
    session.merge({(0, "p0"): choice})
    assert session.flush().healthy
    assert stored(store, session)
    frame = session.document.frame(0)
    assert frame.label("p0").x == (mine if choice is Choice.MINE else theirs)  # type: ignore[union-attr]
    assert ("p0-2" in ids(frame)) == (choice is Choice.BOTH)
    assert "p3" not in ids(session.document.frame(1))
    assert "mine" in ids(session.document.frame(2))
    newest = versions.versions(store, session.info.id)[0]
    assert (newest.version, newest.parent, newest.merged_from) == (3, 2, 1)
    assert newest.kind is Kind.MERGE


def test_undo_after_a_merge_says_when_the_other_sides_change_stands_in_the_way(
    sit: Open, lead: Actor
) -> None:
    session = conflicting(sit, lead)
    session.merge({(0, "p0"): Choice.THEIRS})
    assert session.undo().text == "Undo: Add mine"  # type: ignore[union-attr]
    assert session.undo().text == "Undo: Move p2 by +1,0"  # type: ignore[union-attr]
    refused = session.undo()
    assert refused is not None
    assert not refused.done
    assert "frame 1 was changed otherwise since (frame 1: label" in (refused.refusal or "")
    assert session.undo() is None
    assert session.redo().done  # type: ignore[union-attr]


def test_choosing_mine_can_be_undone_to_theirs(sit: Open, lead: Actor) -> None:
    session = conflicting(sit, lead)
    theirs = session.merge_plan().conflicts[0].theirs
    assert session.merge({(0, "p0"): Choice.BOTH}) is not None
    session.undo()
    assert session.document.frame(0).label("p0") == theirs
    assert session.document.frame(0).label("p0-2") is None
    assert "mine" in ids(session.document.frame(2))
    assert session.flush().healthy


def test_a_merge_that_was_not_saved_survives_a_crash(
    store: Store, sit: Open, lead: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = conflicting(sit, lead)
    broken = Result[DraftInfo](Outcome(Code.DATABASE_UNAVAILABLE))
    monkeypatch.setattr(loading, "save", lambda *_args, **_options: broken)
    session.merge({(0, "p0"): Choice.MINE})
    session.apply(nudge(session.document, 4, "p1"))
    merged = session.document.copy()
    session.abandon()
    monkeypatch.undo()
    session = sit()
    assert session.recovery is not None
    assert session.recovery.frames == (0, 2, 4)
    session.apply_recovery()
    assert session.document == merged
    assert session.flush().healthy
    assert stored(store, session)
    assert versions.versions(store, session.info.id)[0].merged_from == 1


def test_loading_the_latest_sets_my_edits_aside_and_they_can_be_brought_back(
    store: Store, sit: Open, lead: Actor
) -> None:
    session = conflicting(sit, lead)
    stash = session.load_latest()
    assert stash is not None
    assert (stash.count, stash.frames) == (3, (0, 2))
    assert session.conflict is None
    assert session.status.line.startswith("Autosave: saved v2")
    assert stored(store, session)
    assert session.undo() is None, "the edits set aside are not in the undo log"
    session.abandon()
    session = sit()
    assert session.recovery is None
    (kept,) = session.stashes
    assert kept == stash
    plan = session.stash_plan(kept)
    assert [conflict.key for conflict in plan.conflicts] == [(0, "p0")]
    session.take_stash(kept, {(0, "p0"): Choice.MINE})
    assert session.flush().healthy
    assert "mine" in ids(session.document.frame(2))
    assert "p3" not in ids(session.document.frame(1))
    assert session.stashes == []
    assert session.undo().text == "Undo: Bring back 3 edits set aside"  # type: ignore[union-attr]
    assert session.flush().healthy


def test_a_third_save_during_the_conflict_is_met_by_another(
    store: Store, sit: Open, lead: Actor
) -> None:
    session = conflicting(sit, lead)
    other = sit(lead)
    other.apply(nudge(other.document, 3, "p1"))
    other.close()
    session.merge({(0, "p0"): Choice.MINE})
    assert session.flush().kind is StatusKind.CONFLICT
    assert session.conflict is not None
    assert session.conflict.their_frames == (3,)
    session.merge({})
    assert session.flush().healthy
    assert stored(store, session)


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


def test_a_newer_version_is_noticed_and_taken_only_when_asked(
    store: Store, sit: Open, lead: Actor
) -> None:
    session, other = sit(), sit(lead)
    session.apply(nudge(session.document, 3, "p0"))
    assert session.flush().healthy
    mine = session.document.copy()
    assert session.newer is None
    other.look_around()
    other.load_latest()
    other.apply(nudge(other.document, 1, "p1"))
    assert other.flush().healthy
    session.look_around()
    assert session.newer is not None
    assert (session.newer.their_version, session.newer.their_name) == (3, lead.name)
    assert session.status.line.startswith("Autosave: saved v2")
    assert session.document == mine
    assert session.load_latest() is None, "nothing had to be set aside"
    assert session.newer is None
    assert session.info.version == 3
    assert session.document == other.document
    undone = session.undo()
    assert undone is not None
    assert undone.frames == (3,), "what was done before can still be undone"
    assert session.flush().healthy
    assert stored(store, session)


def test_what_a_second_tab_set_aside_is_found_whichever_tab_closes_last(sit: Open) -> None:
    first, second = sit(), sit()
    for _ in range(9):  # the first tab's journal is the longer one, which the next session takes
        first.apply(nudge(first.document, 5, "p0"))
    first.flush()
    second.apply(nudge(second.document, 0, "p0"))
    assert second.flush().line == "Autosave: conflict"
    stash = second.load_latest()
    assert stash is not None
    second.close()
    first.close()
    (kept,) = sit().stashes
    assert kept.frames == (0,)


def test_a_merge_torn_by_a_kill_leaves_my_side_to_be_offered_again(
    store: Store, sit: Open, lead: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = conflicting(sit, lead)
    mine = session.document.copy()
    broken = Result[DraftInfo](Outcome(Code.DATABASE_UNAVAILABLE))
    monkeypatch.setattr(loading, "save", lambda *_args, **_options: broken)
    stem = journal_stem(session.info.id, session.actor.name)
    (path,) = journal_folder(store.home).glob(f"{stem}-*.log")
    session.merge({(0, "p0"): Choice.MINE})
    session.abandon()
    monkeypatch.undo()
    data = path.read_bytes()
    base, kept = list(scan(data))[-2:]
    assert (base.kind, kept.kind) == (RecordKind.BASE, RecordKind.OPERATION)
    for torn in (data[: base.end], data[: kept.end - 1], data[: kept.offset + 3]):
        path.write_bytes(torn)
        session = sit()
        assert session.recovery is not None
        session.apply_recovery()
        assert session.document == mine
        session.apply(nudge(session.document, 4, "p1"))
        session.abandon()
        session = sit()
        session.apply_recovery()
        assert session.document.frame(0) == mine.frame(0), "nor does a later edit bring it back"
        session.abandon()
    path.write_bytes(data)
    session = sit()
    session.apply_recovery()
    assert session.document.frame(0).label("p0") == mine.frame(0).label("p0")
    assert session.flush().healthy


# -- what can no longer be done again -----------------------------------------------------------


def test_what_others_changed_since_is_not_done_again_and_leaves_the_undo_log(
    sit: Open, lead: Actor
) -> None:
    session, other = sit(), sit(lead)
    session.apply(nudge(session.document, 3, "p1"))
    session.apply(nudge(session.document, 0, "p0"))
    session.undo()
    session.undo()
    session.flush()
    other.apply(nudge(other.document, 3, "p1", 900))
    assert other.flush().healthy
    session.look_around()
    session.load_latest()
    theirs = session.document.copy()
    refused = session.redo()
    assert refused is not None
    assert not refused.done
    assert refused.text == "Cannot redo: Move p1 by +1,0"
    assert refused.refusal is not None
    assert refused.refusal.startswith("frame 4 was changed otherwise since")
    assert session.document == theirs
    session.abandon()
    session = sit()
    assert session.recovery is None
    redone = session.redo()
    assert redone is not None
    assert redone.done, "the next one is not held up by it"
    assert redone.frames == (0,)


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


def test_why_a_save_was_refused_is_found_out_later_if_it_cannot_be_now(
    store: Store, sit: Open, lead: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, other = sit(), sit(lead)
    other.apply(nudge(other.document, 1, "p1"))
    other.close()
    away = Result[Conflict | tuple[Snapshot, DraftInfo]](Outcome(Code.DATABASE_UNAVAILABLE))
    monkeypatch.setattr(saving, "find_conflict", lambda *_: away)
    session.apply(nudge(session.document, 0, "p0"))
    assert session.flush().code == Code.DATABASE_UNAVAILABLE
    monkeypatch.undo()
    assert session.flush().kind is StatusKind.CONFLICT


def test_a_draft_that_is_not_there_or_not_active_is_not_opened(
    store: Store, reviewer: Actor, draft: DraftInfo
) -> None:
    assert EditingSession.open(store, reviewer, "f" * 32).outcome.code is Code.NOT_FOUND
    with store.write() as rows:
        rows.execute(update(models.Draft).values(active=False))
    opened = EditingSession.open(store, reviewer, draft.id)
    assert opened.outcome.code is Code.DRAFT_NOT_ACTIVE


def test_a_stash_that_cannot_be_read_is_left_alone(store: Store, sit: Open, lead: Actor) -> None:
    session = conflicting(sit, lead)
    session.apply(flag(session.document, 5, Flag.BAD_FRAME))
    stash = session.load_latest()
    assert stash is not None
    assert stash.title == "4 edits on frames 1, 3, 6"
    broken = stash.path.with_name(f"{stash.path.stem.rsplit('-', 1)[0]}-1.stash")
    broken.write_bytes(b"rubbish")
    assert [kept.path for kept in session.stashes] == [stash.path]
    assert broken.exists()
    plan = session.stash_plan(stash)
    session.take_stash(stash, {one.key: Choice.MINE for one in plan.conflicts})
    assert session.document.frame(5).flags == (Flag.BAD_FRAME,)
    assert session.stashes == []


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
