"""Journals that a session finds: whose they are, what they may offer, what stands in the way."""

from __future__ import annotations

import errno
import fcntl
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import delete, select, update

from prelabel_tui.core.drafts import loading, versions
from prelabel_tui.core.drafts.info import DraftInfo, Kind
from prelabel_tui.core.edits.operations import Operation
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.model.labels import Flag
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.session.bodies import Header, Logged, encode_logged
from prelabel_tui.core.session.claiming import journal_folder, journal_stem
from prelabel_tui.core.session.journal import Journal
from prelabel_tui.core.session.records import Kind as RecordKind
from prelabel_tui.core.session.session import EditingSession
from prelabel_tui.core.store import Store, models
from tests.core.clips import add_box, flag, nudge
from tests.core.sessions import Open, stored


def journal_of(store: Store, draft: DraftInfo, actor: Actor) -> Path:
    """The file of the one journal that an actor has on a draft."""
    (path,) = journal_folder(store.home).glob(f"{journal_stem(draft.id, actor.name)}-*.log")
    return path


def appended(path: Path, *records: tuple[RecordKind, bytes]) -> None:
    """Write more records into a journal, as a program with a fault would."""
    claimed = Journal.claim(path)
    assert claimed is not None
    for kind, body in records:
        claimed[0].append(kind, body)
    claimed[0].close()


def test_where_files_cannot_be_locked_no_session_begins(
    store: Store, reviewer: Actor, draft: DraftInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody could tell a living session's journal from a dead one's."""

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    opened = EditingSession.open(store, reviewer, draft.id)
    assert opened.outcome.code is Code.STORAGE_WRITE_FAILED
    assert "No locks available" in opened.outcome.detail
    monkeypatch.undo()
    EditingSession.open(store, reviewer, draft.id).unwrap().close()


def test_a_second_journal_that_cannot_be_locked_lets_go_of_the_first(
    store: Store, reviewer: Actor, draft: DraftInfo, sit: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = sit(), sit()
    first.close()
    second.close()
    flock, calls = fcntl.flock, 0

    def refuse_the_second(descriptor: int, how: int) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise OSError(errno.ENOLCK, "No locks available")
        flock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", refuse_the_second)
    assert not EditingSession.open(store, reviewer, draft.id).ok
    monkeypatch.undo()
    assert Journal.claim(journal_folder(store.home) / f"{journal_stem(draft.id, 'rui')}-0.log")


def test_edits_that_add_up_to_nothing_are_not_offered(sit: Open) -> None:
    session = sit()
    session.apply(nudge(session.document, 0, "p0"))
    session.apply(nudge(session.document, 0, "p0", -100))
    session.abandon()
    session = sit()
    assert session.recovery is None
    assert session.undo_next is not None, "they can still be taken back"


def test_another_users_journal_under_this_name_is_set_aside(
    store: Store, draft: DraftInfo, reviewer: Actor, sit: Open
) -> None:
    session = sit()
    session.apply(nudge(session.document, 0, "p0"))
    session.abandon()
    path = journal_of(store, draft, reviewer)
    appended(path, (RecordKind.HEADER, msgspec.json.encode(Header(draft.id, "lena"))))
    session = sit()
    recovery = session.recovery
    assert recovery is not None
    assert not recovery.can_apply
    assert "another draft or of another user" in recovery.text
    assert recovery.kept == path.with_suffix(".aside")
    assert session.document.frame(0).labels[0].was is None


def test_every_journal_set_aside_keeps_a_name_of_its_own(
    store: Store, draft: DraftInfo, reviewer: Actor, sit: Open
) -> None:
    kept = []
    for _ in range(3):
        session = sit()
        session.apply(nudge(session.document, 0, "p0"))
        session.abandon()
        operation = add_box(99, "p9")  # beyond the clip
        appended(
            journal_of(store, draft, reviewer),
            (RecordKind.OPERATION, encode_logged(Logged(0, operation))),
        )
        session = sit()
        assert session.recovery is not None
        assert "the journal is damaged (frame 100 is beyond the clip)" in session.recovery.text
        kept.append(session.recovery.kept)
        session.discard_recovery()
        session.close()
    assert [path.suffix for path in kept if path] == [".aside", ".aside1", ".aside2"]


def test_edits_on_a_version_that_the_database_lost_are_not_applied(
    store: Store, draft: DraftInfo, sit: Open
) -> None:
    """A database put back from a backup made before that version."""
    session = sit()
    session.apply(nudge(session.document, 0, "p0"))
    assert session.flush().healthy
    session.apply(nudge(session.document, 1, "p0"))
    session.abandon()
    row = models.DraftVersion
    with store.write_rows() as rows:
        rows.exec_driver_sql("DROP TRIGGER draft_versions_no_delete")
        rows.execute(delete(row).where(row.draft_id == draft.id, row.version == 2))
        rows.execute(update(models.Draft).values(version=1, content_hash=draft.content_hash))
    session = sit()
    assert session.info.version == 1
    assert session.recovery is not None
    assert "made on a version 2 that the draft does not have" in session.recovery.text


def test_what_cannot_be_read_now_is_offered_once_it_can(
    store: Store, draft: DraftInfo, reviewer: Actor, lead: Actor, sit: Open
) -> None:
    """Edits on version 1, whose payload is away for a while; version 2 has one of its own."""
    session, other = sit(), sit(lead)
    session.apply(nudge(session.document, 0, "p0"))
    mine = session.document.frame(0)
    session.abandon()
    other.apply(nudge(other.document, 1, "p0"))
    assert other.close().healthy
    newest = store.artifacts.put(other.document.payload())
    with store.write_rows() as rows:
        rows.exec_driver_sql("DROP TRIGGER draft_versions_no_update")
        rows.execute(
            update(models.DraftVersion)
            .where(models.DraftVersion.version == 2)
            .values(checkpoint_sha=newest, checkpoint=2)
        )
    with store.read() as rows:
        first = rows.scalar(
            select(models.DraftVersion.checkpoint_sha).where(models.DraftVersion.version == 1)
        )
    away = {
        path: path.read_bytes()
        for path in (store.home / "artifacts").rglob("*.zst")
        if path.parent.name + path.stem == first
    }
    assert away
    for path in away:
        path.unlink()
    opened = EditingSession.open(store, reviewer, draft.id)
    assert opened.outcome.code is Code.STORAGE_READ_FAILED
    for path, data in away.items():
        path.write_bytes(data)
    session = sit()
    assert session.recovery is not None
    assert session.recovery.needs_merge
    session.apply_recovery()
    session.flush()
    session.merge({})
    assert session.document.frame(0) == mine
    assert session.flush().healthy
    assert stored(store, session)


def test_nothing_happens_when_there_is_nothing_to_decide(sit: Open) -> None:
    session = sit()
    before = session.document.copy()
    session.apply_recovery()
    session.discard_recovery()
    assert session.document == before
    session.apply(nudge(before, 0, "p0"))
    session.apply(Operation("move", "Nothing", ()))
    assert session.status.count == 1


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
    assert "version 1 that the draft does not have" in session.recovery.text
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


def test_a_second_journal_with_lost_edits_is_mentioned_and_offered_next(sit: Open) -> None:
    """Two sessions of one person at once, both killed."""
    first, second = sit(), sit()
    first.apply(nudge(first.document, 0, "p0"))
    second.apply(nudge(second.document, 2, "p1"))
    first.abandon()
    second.abandon()
    session = sit()
    recovery = session.recovery
    assert recovery is not None
    assert recovery.elsewhere == 1
    assert "1 other journal with unsaved edits will be offered" in recovery.text
    shown = recovery.frames
    session.apply_recovery()
    session.close()
    session = sit()
    recovery = session.recovery
    assert recovery is not None
    assert recovery.elsewhere == 0
    assert {*shown, *recovery.frames} == {0, 2}
