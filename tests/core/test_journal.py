"""The journal's file: records survive, torn ends are cut, living sessions keep theirs."""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prelabel_tui.core.session.journal import SYNC_SECONDS, Journal, Kind, Record, frame, scan
from prelabel_tui.core.session.recovery import claim_journal
from prelabel_tui.core.session.undo_log import UndoLog, replay

BODIES = st.lists(st.tuples(st.sampled_from(Kind), st.binary(max_size=300)), max_size=20)
MAGIC = b"prelabel journal 1\n"


def claimed(path: Path) -> tuple[Journal, list[Record]]:
    result = Journal.claim(path)
    assert result is not None
    return result


def test_what_is_appended_is_in_the_file_at_once_and_read_back(tmp_path: Path) -> None:
    journal, records = claimed(tmp_path / "a.log")
    assert records == []
    first = journal.append(Kind.OPERATION, b"one")
    second = journal.append(Kind.UNDO, b"2")
    on_disk = [(r.kind, r.body, r.offset) for r in scan((tmp_path / "a.log").read_bytes())]
    assert on_disk == [(Kind.OPERATION, b"one", first), (Kind.UNDO, b"2", second)]
    assert journal.body(first) == b"one"
    journal.close()
    again, records = claimed(tmp_path / "a.log")
    assert [r.body for r in records] == [b"one", b"2"]
    third = again.append(Kind.OPERATION, b"three")
    assert again.body(third) == b"three"
    again.close()


@given(BODIES, st.data())
def test_a_torn_file_gives_every_whole_record_before_the_tear(
    bodies: list[tuple[Kind, bytes]], data: st.DataObject
) -> None:
    whole = MAGIC + b"".join(frame(kind, body) for kind, body in bodies)
    cut = data.draw(st.integers(0, len(whole)))
    records = list(scan(whole[:cut]))
    assert [(r.kind, r.body) for r in records] == bodies[: len(records)]
    ends = [r.end for r in scan(whole)]
    assert len(records) == sum(end <= cut for end in ends)


@given(BODIES.filter(bool), st.data())
def test_a_changed_byte_never_gives_a_wrong_record(
    bodies: list[tuple[Kind, bytes]], data: st.DataObject
) -> None:
    whole = bytearray(MAGIC + b"".join(frame(kind, body) for kind, body in bodies))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    records = list(scan(bytes(whole)))
    assert [(r.kind, r.body) for r in records] == bodies[: len(records)]


def test_a_torn_end_is_cut_off_kept_aside_and_written_over(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    journal, _ = claimed(path)
    journal.append(Kind.OPERATION, b"one")
    journal.close()
    whole = path.read_bytes()
    path.write_bytes(whole + frame(Kind.OPERATION, b"torn record")[:-4])
    journal, records = claimed(path)
    assert [r.body for r in records] == [b"one"]
    journal.append(Kind.OPERATION, b"two")
    journal.close()
    assert [r.body for r in scan(path.read_bytes())] == [b"one", b"two"]
    assert b"torn re" in path.with_suffix(".torn").read_bytes()


def test_the_background_puts_records_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert SYNC_SECONDS < 0.2
    synced, fsync = threading.Event(), os.fsync

    def seen(descriptor: int) -> None:
        fsync(descriptor)
        synced.set()

    monkeypatch.setattr(os, "fsync", seen)
    journal, _ = claimed(tmp_path / "a.log")
    for _ in range(2):
        synced.clear()
        journal.append(Kind.OPERATION, b"one")
        assert synced.wait(20)
    journal.close()


def test_sync_says_that_all_is_on_the_disk_only_when_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on, fsync = threading.Event(), threading.Event(), os.fsync

    def slow(descriptor: int) -> None:
        begun.set()
        assert go_on.wait(20)
        fsync(descriptor)

    journal, _ = claimed(tmp_path / "a.log")
    assert journal.sync()
    monkeypatch.setattr(os, "fsync", slow)
    journal.append(Kind.OPERATION, b"one")
    assert begun.wait(20)  # the background is at it
    said: list[bool] = []
    asking = threading.Thread(target=lambda: said.append(journal.sync()))
    asking.start()
    asking.join(0.2)
    assert said == []
    go_on.set()
    asking.join(20)
    assert said == [True]
    journal.close()


def test_a_living_sessions_journal_is_left_alone(tmp_path: Path) -> None:
    first, _ = claim_journal(tmp_path, "d", "rui")
    second, _ = claim_journal(tmp_path, "d", "rui")
    other, _ = claim_journal(tmp_path, "d", "lena")
    assert len({first.path, second.path, other.path}) == 3
    first.append(Kind.OPERATION, b"{}")
    first.close()
    third, state = claim_journal(tmp_path, "d", "rui")
    assert third.path == first.path
    assert len(state.steps) == 1
    for journal in (second, other, third):
        journal.close()


def test_a_killed_process_frees_its_journal(tmp_path: Path) -> None:
    if (child := os.fork()) == 0:
        journal, _ = claimed(tmp_path / "a.log")
        journal.append(Kind.OPERATION, b"by the child")
        os.kill(os.getpid(), 9)
    os.waitpid(child, 0)
    journal, records = claimed(tmp_path / "a.log")
    assert [r.body for r in records] == [b"by the child"]
    journal.close()


def test_while_the_file_cannot_be_written_records_wait_and_then_follow_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, _ = claimed(tmp_path / "a.log")
    journal.append(Kind.OPERATION, b"one")
    write = os.pwrite

    def full(descriptor: int, data: bytes, offset: int) -> int:
        if offset > 40:
            raise OSError(28, "No space left on device")
        return write(descriptor, bytes(data)[:7], offset)  # short writes before the disk is full

    monkeypatch.setattr(os, "pwrite", full)
    offsets = [journal.append(Kind.OPERATION, b"number %d" % n) for n in range(5)]
    assert journal.trouble is not None
    assert journal.trouble.errno == 28
    assert [journal.body(offset) for offset in offsets] == [b"number %d" % n for n in range(5)]
    assert not journal.sync()
    monkeypatch.undo()
    assert journal.sync()
    assert journal.trouble is None
    journal.close()
    bodies = [r.body for r in scan((tmp_path / "a.log").read_bytes())]
    assert bodies == [b"one"] + [b"number %d" % n for n in range(5)]


def test_a_folder_that_cannot_be_made_leaves_the_journal_in_memory_until_it_can(
    tmp_path: Path,
) -> None:
    (tmp_path / "journal").write_text("in the way")
    journal, state = claim_journal(tmp_path, "d", "rui")
    assert not state.pending
    offset = journal.append(Kind.OPERATION, b"kept")
    assert journal.trouble is None or journal.body(offset) == b"kept"
    assert not journal.sync()
    assert journal.trouble is not None
    (tmp_path / "journal").unlink()
    assert journal.sync()
    assert journal.body(offset) == b"kept"
    journal.close()
    assert b"kept" in [r.body for r in scan(journal.path.read_bytes())]


def test_what_a_failed_fsync_may_have_lost_is_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.log"
    journal, _ = claimed(path)
    journal.append(Kind.OPERATION, b"kept")
    assert journal.sync()
    kept = path.stat().st_size

    def failing(descriptor: int) -> None:
        os.ftruncate(descriptor, kept)  # the kernel drops pages that it could not write
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", failing)
    offset = journal.append(Kind.OPERATION, b"dropped")
    assert not journal.sync()
    assert journal.trouble is not None
    assert journal.body(offset) == b"dropped"
    later = journal.append(Kind.UNDO, b"1")
    monkeypatch.undo()
    assert journal.sync()
    assert journal.trouble is None
    assert (journal.body(offset), journal.body(later)) == (b"dropped", b"1")
    journal.close()
    assert [r.body for r in scan(path.read_bytes())] == [b"kept", b"dropped", b"1"]


def test_where_files_cannot_be_locked_no_journal_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lockless(descriptor: int, operation: int) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", lockless)
    with pytest.raises(OSError, match="No locks"):
        claim_journal(tmp_path, "d", "rui")


@given(st.lists(st.sampled_from("oouurdx"), max_size=60))
def test_an_undo_log_encodes_and_replays_to_the_same(actions: list[str]) -> None:
    log, records = UndoLog(), []
    for offset, action in enumerate(actions):
        if action == "o":
            log = log.done(offset)
            records.append(Record(Kind.OPERATION, b"", offset, offset + 1))
        elif action in "ux" and log.undo is not None:
            kind = Kind.UNDO if action == "u" else Kind.DROP_UNDO
            log = log.undone() if action == "u" else log.without_undo()
            records.append(Record(kind, b"", offset, offset + 1))
        elif action in "rd" and log.redo is not None:
            kind = Kind.REDO if action == "r" else Kind.DROP_REDO
            log = log.redone() if action == "r" else log.without_redo()
            records.append(Record(kind, b"", offset, offset + 1))
    assert replay(records).log == log
    assert UndoLog.decode(log.encode()) == log


def test_a_hundred_thousand_operations_can_be_undone() -> None:
    log = UndoLog()
    for offset in range(100_000):
        log = log.done(offset)
    count = 0
    while log.undo is not None:
        log = log.undone()
        count += 1
    assert count == 100_000
