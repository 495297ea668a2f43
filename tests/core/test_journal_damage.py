"""Damaged journals: what is lost is told and kept, and the rest is applied."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from prelabel_tui.core.drafts.info import DraftInfo
from prelabel_tui.core.fsck import fsck
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.model.labels import Flag
from prelabel_tui.core.session import autosave
from prelabel_tui.core.session.claiming import journal_folder, journal_stem
from prelabel_tui.core.session.records import Kind, Record, frame, scan
from prelabel_tui.core.store import Store
from tests.core.clips import flag, nudge
from tests.core.sessions import Open, stored


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Save only when asked."""
    monkeypatch.setattr(autosave, "QUIET_SECONDS", 1e9)
    monkeypatch.setattr(autosave, "LONGEST_SECONDS", 1e9)


@pytest.fixture
def path(store: Store, draft: DraftInfo, reviewer: Actor) -> Path:
    """The file of the reviewer's journal."""
    return journal_folder(store.home) / f"{journal_stem(draft.id, reviewer.name)}-0.log"


def records(path: Path, kind: Kind) -> list[Record]:
    found = [one for one in scan(path.read_bytes()) if isinstance(one, Record)]
    return [record for record in found if record.kind is kind]


def strike(path: Path, record: Record, at: int = 12) -> None:
    """Flip a bit of a record."""
    data = bytearray(path.read_bytes())
    data[record.offset + at] ^= 4
    path.write_bytes(data)


def test_a_damaged_edit_costs_itself_and_what_needs_it(store: Store, sit: Open, path: Path) -> None:
    session = sit()
    for index in (0, 1, 2, 1, 3):
        session.apply(nudge(session.document, index, "p0"))
    wanted = session.document.copy()
    session.abandon()
    strike(path, records(path, Kind.OPERATION)[1])
    session = sit()
    recovery = session.recovery
    assert recovery is not None
    assert recovery.can_apply
    assert recovery.frames == (0, 2, 3)
    assert "3 edits from 20" in recovery.text
    assert "The local journal is damaged in 1 place (" in recovery.text
    assert "1 later edit needs what is lost, and is left out." in recovery.text
    assert "Look again at frame 2." in recovery.text
    session.apply_recovery()
    assert session.document.changed_from(wanted).keys() == {1}
    assert session.flush().healthy
    assert stored(store, session)
    texts = []
    while (undone := session.undo()) is not None:
        texts.append(undone.done)
    assert texts == [True, False, True, False, True], "the lost one, and the one that needs it"


def test_an_undone_edit_that_is_lost_stays_undone(sit: Open, path: Path) -> None:
    session = sit()
    session.apply(nudge(session.document, 0, "p0"))
    session.apply(flag(session.document, 4, Flag.BAD_FRAME))
    session.undo()
    session.apply(nudge(session.document, 1, "p0"))
    wanted = session.document.copy()
    session.abandon()
    strike(path, records(path, Kind.OPERATION)[1])
    session = sit()
    assert session.recovery is not None
    assert session.recovery.damage.left_out == 0
    session.apply_recovery()
    assert session.document == wanted
    undone = [session.undo() for _ in range(2)]
    assert [one.text for one in undone if one] == ["Undo: Move p0 by +1,0"] * 2
    assert session.undo_next is None


def test_redoing_a_lost_edit_is_left_out(sit: Open, path: Path) -> None:
    session = sit()
    session.apply(nudge(session.document, 0, "p0"))
    session.apply(flag(session.document, 4, Flag.BAD_FRAME))
    session.undo()
    session.redo()
    session.abandon()
    strike(path, records(path, Kind.OPERATION)[1])
    session = sit()
    recovery = session.recovery
    assert recovery is not None
    assert recovery.damage.left_out == 1
    assert "Look again at frame 5." in recovery.text
    session.apply_recovery()
    assert session.document.frame(4).flags == ()
    undone = session.undo()
    assert undone is not None
    assert undone.text == "Cannot undo: an edit that is no longer known"
    assert undone.refusal == "its record in the local journal is damaged"


@pytest.mark.parametrize("kind", [Kind.HEADER, Kind.BASE])
def test_edits_are_offered_without_the_record_that_says_whose_or_on_what(
    kind: Kind, store: Store, sit: Open, path: Path
) -> None:
    session = sit()
    session.apply(nudge(session.document, 0, "p0"))
    session.apply(nudge(session.document, 1, "p0"))
    wanted = session.document.copy()
    session.abandon()
    strike(path, records(path, kind)[0])
    session = sit()
    assert session.recovery is not None
    assert "damaged in 1 place" in session.recovery.text
    session.apply_recovery()
    assert session.document == wanted
    assert session.flush().healthy
    assert stored(store, session)


def test_edits_of_an_earlier_program_on_an_unknown_version_are_set_aside(
    sit: Open, path: Path
) -> None:
    session = sit()
    session.apply(nudge(session.document, 0, "p0"))
    session.abandon()
    data = path.read_bytes()
    operation = records(path, Kind.OPERATION)[0]
    older = frame(Kind.OPERATION, operation.body.replace(b',"base":1', b""))
    path.write_bytes(data[: operation.offset] + older)
    strike(path, records(path, Kind.BASE)[0])
    session = sit()
    recovery = session.recovery
    assert recovery is not None
    assert not recovery.can_apply
    assert "no longer says on which version they were made" in recovery.text
    assert recovery.kept == path.with_suffix(".aside")
    assert recovery.kept.stat().st_mode & 0o777 == 0o600


def test_a_save_whose_acknowledgement_is_damaged_counts_once(sit: Open, path: Path) -> None:
    session = sit()
    session.apply(nudge(session.document, 0, "p0"))
    session.flush()
    session.apply(nudge(session.document, 1, "p0"))
    wanted = session.document.copy()
    session.abandon()
    strike(path, records(path, Kind.BASE)[1])
    session = sit()
    recovery = session.recovery
    assert recovery is not None
    assert (recovery.count, recovery.frames, recovery.needs_merge) == (1, (1,), False)
    session.apply_recovery()
    assert session.document == wanted


def test_discarded_edits_stay_discarded_when_the_record_after_that_is_damaged(
    sit: Open, path: Path
) -> None:
    session = sit()
    session.apply(nudge(session.document, 0, "p0"))
    session.abandon()
    session = sit()
    session.discard_recovery()
    session.apply(nudge(session.document, 1, "p0"))
    session.abandon()
    strike(path, records(path, Kind.BASE)[-1])
    session = sit()
    assert session.recovery is not None
    assert session.recovery.frames == (1,)


def test_damage_before_the_last_save_costs_only_undo(store: Store, sit: Open, path: Path) -> None:
    session = sit()
    session.apply(nudge(session.document, 0, "p0"))
    session.apply(nudge(session.document, 1, "p0"))
    assert session.flush().healthy
    saved = session.document.copy()
    session.close()
    strike(path, records(path, Kind.OPERATION)[0])
    session = sit()
    recovery = session.recovery
    assert recovery is not None
    assert not recovery.can_apply
    assert "is saved, but can no longer be undone" in recovery.text
    assert session.document == saved
    session.discard_recovery()
    done = [session.undo(), session.undo()]
    assert [one.done for one in done if one] == [True, False]
    assert session.document.frame(0) == saved.frame(0)


def test_damage_is_told_until_somebody_decided_and_kept_once(sit: Open, path: Path) -> None:
    session = sit()
    session.apply(nudge(session.document, 0, "p0"))
    session.apply(nudge(session.document, 1, "p0"))
    session.abandon()
    strike(path, records(path, Kind.OPERATION)[0])
    for _ in range(2):
        session = sit()
        assert session.recovery is not None
        assert session.recovery.damage.gaps
        session.abandon()
    session = sit()
    session.apply_recovery()
    session.close()
    assert sit().recovery is None
    (torn,) = path.parent.glob("*.torn")
    assert torn.stat().st_mode & 0o777 == 0o600
    assert b'"frame":0' in torn.read_bytes()


def test_two_torn_ends_are_kept_under_two_names(sit: Open, path: Path) -> None:
    for index in range(2):
        session = sit()
        session.apply(nudge(session.document, index, "p0"))
        session.abandon()
        path.write_bytes(path.read_bytes()[:-3])
        session = sit()
        session.apply_recovery()
        session.close()
    torn = sorted(path.parent.glob("*.torn"))
    assert len(torn) == 2
    assert [b'"frame":%d' % index in one.read_bytes() for index, one in enumerate(torn)] == [
        True, True,
    ]  # fmt: skip


def test_a_journal_that_is_nothing_but_damage_is_told_and_followed(
    store: Store, sit: Open, path: Path
) -> None:
    session = sit()
    session.apply(nudge(session.document, 0, "p0"))
    session.abandon()
    path.write_bytes(bytes(len(path.read_bytes())))
    session = sit()
    assert session.recovery is not None
    assert "edits, or undoing them) is lost" in session.recovery.text
    session.discard_recovery()
    session.apply(nudge(session.document, 1, "p0"))
    session.abandon()
    session = sit()
    assert session.recovery is not None
    assert session.recovery.frames == (1,)
    assert not session.recovery.damage


def test_a_record_that_means_nothing_counts_as_damaged(sit: Open, path: Path) -> None:
    session = sit()
    session.apply(nudge(session.document, 0, "p0"))
    session.abandon()
    with path.open("ab") as file:
        for kind in (Kind.UNDO, Kind.BASE, Kind.OPERATION, Kind.TOLD):
            file.write(frame(kind, b"nonsense"))
    session = sit()
    assert session.recovery is not None
    assert session.recovery.frames == (0,)
    assert "damaged in 4 places" in session.recovery.text


def test_a_journal_that_cannot_be_opened_is_named_and_another_one_begun(
    sit: Open, path: Path
) -> None:
    session = sit()
    session.close()
    path.unlink()
    path.mkdir()
    session = sit()
    assert session.recovery is not None
    assert f"A journal could not be opened: {path} (Is a directory)" in session.recovery.text
    session.discard_recovery()
    session.apply(nudge(session.document, 0, "p0"))
    session.abandon()
    session = sit()
    assert session.recovery is not None
    assert session.recovery.can_apply


def test_an_edit_damaged_while_the_session_is_open_is_refused_and_the_next_is_undone(
    sit: Open, path: Path
) -> None:
    session = sit()
    for index in range(3):
        session.apply(nudge(session.document, index, "p0"))
    session.undo()
    session.redo()
    session.flush()
    strike(path, records(path, Kind.OPERATION)[1])
    undone = [session.undo() for _ in range(3)]
    assert [one.done for one in undone if one] == [True, False, True]
    assert session.document.frame(1).labels[0].was is not None
    assert [session.redo().done for _ in range(2)] == [True, True]  # type: ignore[union-attr]


def test_edits_of_which_one_is_damaged_are_not_joined(sit: Open, path: Path) -> None:
    session = sit()
    before = session.undo_log
    for index in range(3):
        session.apply(nudge(session.document, index, "p0"))
    strike(path, records(path, Kind.OPERATION)[1])
    session.join(before, "move", "Move three")
    undone = [session.undo() for _ in range(3)]
    assert [one.done for one in undone if one] == [True, False, True]


# -- the folder goes away ------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["deleted", "renamed", "another file in its place"])
def test_a_journal_that_goes_away_is_made_again_whole_with_the_next_edit(
    how: str, sit: Open, path: Path
) -> None:
    session = sit()
    session.apply(nudge(session.document, 0, "p0"))
    if how == "deleted":
        shutil.rmtree(path.parent)
    elif how == "renamed":
        path.parent.rename(path.parent.with_name("away"))
    else:
        path.unlink()
        path.write_text("another")
    session.apply(nudge(session.document, 1, "p0"))
    assert session.journal.remade == 1
    assert session.journal.trouble is None
    wanted = session.document.copy()
    session.abandon()
    if how == "another file in its place":
        assert path.read_text() == "another", "what is not ours stays as it is"
        path.unlink()
    session = sit()
    assert session.recovery is not None
    assert not session.recovery.damage
    session.apply_recovery()
    assert session.document == wanted
    assert session.undo() is not None


def test_a_file_in_the_folders_place_is_told_until_it_is_gone(sit: Open, path: Path) -> None:
    session = sit()
    session.apply(nudge(session.document, 0, "p0"))
    shutil.rmtree(path.parent)
    path.parent.write_text("in the way")
    session.apply(nudge(session.document, 1, "p0"))
    assert session.journal.trouble is not None
    assert str(path.parent) in session.journal.trouble
    assert session.status.memory_only
    assert session.undo() is not None, "what is only in memory can be undone"
    path.parent.unlink()
    assert session._journal.sync()
    assert session.journal.trouble is None
    assert session.journal.remade == 1
    wanted = session.document.copy()
    session.abandon()
    session = sit()
    session.apply_recovery()
    assert session.document == wanted


def test_what_cannot_be_read_back_is_written_from_the_content(
    store: Store, sit: Open, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is torn out: not even the open file can be read."""
    session = sit()
    for index in range(3):
        session.apply(nudge(session.document, index, "p0"))
    shutil.rmtree(path.parent)

    def gone(descriptor: int, length: int, offset: int) -> bytes:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("os.pread", gone)
    session.apply(nudge(session.document, 3, "p0"))
    monkeypatch.undo()
    assert session.journal.remade == 1
    session.apply(nudge(session.document, 4, "p0"))
    session.undo()
    wanted = session.document.copy()
    session.abandon()
    session = sit()
    recovery = session.recovery
    assert recovery is not None
    assert recovery.frames == (0, 1, 2, 3)
    assert not recovery.damage, "it was told when it happened"
    session.apply_recovery()
    assert session.document == wanted
    assert session.undo() is not None
    assert session.undo() is None, "what came before cannot be undone any more"
    assert session.flush().healthy
    assert stored(store, session)


def test_a_save_under_way_when_nothing_can_be_read_back_covers_only_what_it_took(
    sit: Open, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = sit()
    session.apply(nudge(session.document, 0, "p0"))
    copy = session._copy
    snapshot = copy.snapshot()
    assert snapshot is not None
    session.apply(nudge(session.document, 1, "p0"))
    shutil.rmtree(path.parent)
    monkeypatch.setattr("os.pread", lambda *_: b"")
    session.look_around()
    monkeypatch.undo()
    assert session.journal.remade == 1
    session._saver._try(copy, snapshot)
    wanted = session.document.copy()
    session.abandon()
    session = sit()
    assert session.info.version == 2
    assert session.recovery is not None
    assert session.recovery.frames == (1,)
    session.apply_recovery()
    assert session.document == wanted


# -- fsck --------------------------------------------------------------------------------------


def told(store: Store) -> list[str]:
    return [damage.text for damage in fsck(store).unwrap().damages if "run" not in damage.subject]


def test_fsck_names_a_damaged_journal_until_somebody_was_told(
    store: Store, sit: Open, path: Path
) -> None:
    session = sit()
    session.apply(nudge(session.document, 0, "p0"))
    session.apply(nudge(session.document, 1, "p0"))
    session.abandon()
    before = told(store)
    strike(path, records(path, Kind.OPERATION)[0], 60)
    (found,) = set(told(store)) - set(before)
    assert f"journal of rui on draft {session.info.id} ({path.name}): is damaged in 1 " in found
    assert "(edits, or undoing them) is lost" in found
    assert "(affects frame 1)" in found
    session = sit()
    session.apply_recovery()
    session.close()
    assert told(store) == before


def test_fsck_lets_a_living_session_write_its_end(store: Store, sit: Open, path: Path) -> None:
    session = sit()
    session.apply(nudge(session.document, 0, "p0"))
    before = told(store)
    with path.open("ab") as file:
        file.write(b"half a reco")
    assert told(store) == before
    session.abandon()
    assert len(told(store)) == len(before) + 1


def test_fsck_names_edits_on_a_version_that_is_gone_and_what_cannot_be_read(
    store: Store, sit: Open, path: Path
) -> None:
    session = sit()
    session.apply(nudge(session.document, 0, "p0"))
    session.abandon()
    before = told(store)
    base = records(path, Kind.BASE)[-1]
    data = path.read_bytes()
    other = frame(Kind.BASE, base.body.replace(b'"version":1', b'"version":7'))
    path.write_bytes(data[: base.offset] + other + data[base.end :])
    path.with_suffix(".stash").write_bytes(b"no zstd")
    (path.parent / "folder.log").mkdir()
    found = set(told(store)) - set(before)
    assert len(found) == 3
    text = " ".join(found)
    assert "has edits on version 7, which the draft does not have" in text
    assert "journal folder.log: cannot be read (Is a directory)" in text
    assert f"edits set aside in {path.stem}.stash: cannot be read" in text
    shutil.rmtree(path.parent)
    path.parent.write_text("in the way")
    assert any("is not a folder" in text for text in told(store))


def test_fsck_notes_what_this_account_may_not_read(
    store: Store, sit: Open, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another account's fsck of a data folder: journals are their owner's alone."""
    sit().close()
    path.with_suffix(".stash").write_bytes(b"")
    before = told(store)
    read = Path.read_bytes

    def refuse(file: Path) -> bytes:
        if file.parent == path.parent:
            raise PermissionError(13, "Permission denied")
        return read(file)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    notes = fsck(store).unwrap().notes
    assert [note.split(":")[0] for note in notes] == [
        f"journal {path.name}", f"{path.stem}.stash",
    ]  # fmt: skip
    assert len(told(store)) < len(before), "the stash that is no stash is not called damaged now"
