"""Two people on one draft: conflicts, merging, loading what is newer, what is set aside."""

from __future__ import annotations

import pytest

from prelabel_tui.core.drafts import loading, versions
from prelabel_tui.core.drafts.info import DraftInfo, Kind
from prelabel_tui.core.edits.merge import Choice
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.model.labels import Flag
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.session import saving
from prelabel_tui.core.session.autosave import StatusKind
from prelabel_tui.core.session.claiming import journal_folder, journal_stem
from prelabel_tui.core.session.records import Kind as RecordKind
from prelabel_tui.core.session.records import scan
from prelabel_tui.core.session.remote_changes import Conflict
from prelabel_tui.core.session.working_copy import Snapshot
from prelabel_tui.core.store import Store
from tests.core.clips import flag, ids, nudge
from tests.core.sessions import Open, conflicting, stored


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
    assert "frame 1 has since been changed in another way (frame 1: label" in (
        refused.refusal or ""
    )
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
    assert refused.refusal.startswith("frame 4 has since been changed in another way")
    assert session.document == theirs
    session.abandon()
    session = sit()
    assert session.recovery is None
    redone = session.redo()
    assert redone is not None
    assert redone.done, "the next one is not held up by it"
    assert redone.frames == (0,)


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


def test_a_stash_that_cannot_be_read_is_left_alone(store: Store, sit: Open, lead: Actor) -> None:
    session = conflicting(sit, lead)
    session.apply(flag(session.document, 5, Flag.BAD_FRAME))
    stash = session.load_latest()
    assert stash is not None
    assert stash.title == "4 edits on frames 1, 3, 6"
    assert stash.path.stat().st_mode & 0o777 == 0o600
    broken = stash.path.with_name(f"{stash.path.stem.rsplit('-', 1)[0]}-1.stash")
    broken.write_bytes(b"rubbish")
    assert [kept.path for kept in session.stashes] == [stash.path]
    assert broken.exists()
    plan = session.stash_plan(stash)
    session.take_stash(stash, {one.key: Choice.MINE for one in plan.conflicts})
    assert session.document.frame(5).flags == (Flag.BAD_FRAME,)
    assert session.stashes == []
