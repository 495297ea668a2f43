"""The journal's file: records survive, torn ends are cut, living sessions keep theirs."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prelabel_tui.core.edits.operations import Operation
from prelabel_tui.core.session.bodies import Logged, encode_logged
from prelabel_tui.core.session.claiming import claim_journal
from prelabel_tui.core.session.journal import SYNC_SECONDS, Journal, keep
from prelabel_tui.core.session.records import FRAME, Gap, Kind, Record, frame, scan
from prelabel_tui.core.session.replay import replay
from prelabel_tui.core.session.undo_log import UndoLog

BODIES = st.lists(st.tuples(st.sampled_from(Kind), st.binary(max_size=300)), max_size=20)
MAGIC = b"prelabel journal 1\n"


def claimed(path: Path) -> tuple[Journal, list[Record]]:
    result = Journal.claim(path)
    assert result is not None
    return result[0], whole(result[1])


def whole(found: Iterable[Record | Gap]) -> list[Record]:
    """The records, without what is damaged."""
    return [one for one in found if isinstance(one, Record)]


def bodies_of(path: Path) -> list[bytes]:
    """The bodies of a file's records, none of which is damaged."""
    found = list(scan(path.read_bytes()))
    assert len(whole(found)) == len(found)
    return [record.body for record in whole(found)]


def test_what_is_appended_is_in_the_file_at_once_and_read_back(tmp_path: Path) -> None:
    journal, records = claimed(tmp_path / "a.log")
    assert records == []
    first = journal.append(Kind.OPERATION, b"one")
    second = journal.append(Kind.UNDO, b"2")
    on_disk = [(r.kind, r.body, r.offset) for r in whole(scan((tmp_path / "a.log").read_bytes()))]
    assert on_disk == [(Kind.OPERATION, b"one", first), (Kind.UNDO, b"2", second)]
    assert journal.body(first) == b"one"
    journal.close()
    again, records = claimed(tmp_path / "a.log")
    assert [r.body for r in records] == [b"one", b"2"]
    third = again.append(Kind.OPERATION, b"three")
    assert again.body(third) == b"three"
    again.close()


def stretches(found: Iterable[Record | Gap]) -> list[tuple[int, int]]:
    """Where each record and gap begins and ends."""
    return [(one.offset, one.end) for one in found]


@given(BODIES, st.data())
def test_a_torn_file_gives_every_whole_record_before_the_tear(
    bodies: list[tuple[Kind, bytes]], data: st.DataObject
) -> None:
    file = MAGIC + b"".join(frame(kind, body) for kind, body in bodies)
    cut = data.draw(st.integers(0, len(file)))
    found = list(scan(file[:cut]))
    records = whole(found)
    assert [(r.kind, r.body) for r in records] == bodies[: len(records)]
    ends = [one.end for one in scan(file)]
    assert len(records) == sum(end <= cut for end in ends)
    assert len(found) - len(records) == (cut > len(MAGIC) and cut not in (len(MAGIC), *ends))


@given(BODIES.filter(bool), st.data())
def test_a_changed_byte_costs_its_record_and_no_other(
    bodies: list[tuple[Kind, bytes]], data: st.DataObject
) -> None:
    file = bytearray(MAGIC + b"".join(frame(kind, body) for kind, body in bodies))
    records = whole(scan(bytes(file)))
    at = data.draw(st.integers(0, len(file) - 1))
    file[at] ^= data.draw(st.integers(1, 255))
    found = list(scan(bytes(file)))
    struck = next((r for r in records if r.offset <= at < r.end), None)
    assert [(r.kind, r.body) for r in whole(found)] == [
        (r.kind, r.body) for r in records if r is not struck
    ]
    lost = (0, len(MAGIC)) if struck is None else (struck.offset, struck.end)
    assert [(gap.offset, gap.end) for gap in found if isinstance(gap, Gap)] == [lost]


@given(BODIES.filter(lambda bodies: len(bodies) > 2), st.data())
def test_a_zeroed_block_costs_what_it_covers(
    bodies: list[tuple[Kind, bytes]], data: st.DataObject
) -> None:
    file = bytearray(MAGIC + b"".join(frame(kind, body) for kind, body in bodies))
    records = whole(scan(bytes(file)))
    start = data.draw(st.integers(0, len(file) - 1))
    end = data.draw(st.integers(start + 1, len(file)))
    before = bytes(file)
    file[start:end] = bytes(end - start)
    found = list(scan(bytes(file)))
    untouched = [r for r in records if before[r.offset : r.end] == file[r.offset : r.end]]
    assert [(r.kind, r.body) for r in whole(found)] == [(r.kind, r.body) for r in untouched]
    edges = [len(MAGIC) if before[: len(MAGIC)] == file[: len(MAGIC)] else 0, len(file)]
    covered = stretches(found)
    assert [a for a, _ in covered] + edges[1:] == edges[:1] + [b for _, b in covered], "all of it"


def test_what_is_torn_stays_where_it_is_and_new_records_follow_it(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    journal, _ = claimed(path)
    journal.append(Kind.OPERATION, b"one")
    journal.close()
    torn = frame(Kind.OPERATION, b"torn record")[:-4]
    path.write_bytes(path.read_bytes() + torn)
    journal, records = claimed(path)
    assert [r.body for r in records] == [b"one"]
    offset = journal.append(Kind.OPERATION, b"two")
    assert journal.body(offset) == b"two"
    journal.close()
    found = list(scan(path.read_bytes()))
    assert [r.body for r in whole(found)] == [b"one", b"two"]
    assert [gap.data for gap in found if isinstance(gap, Gap)] == [torn]


def test_a_file_torn_at_birth_is_begun_again(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(MAGIC[:7])
    journal, records = claimed(path)
    assert records == []
    journal.append(Kind.OPERATION, b"one")
    journal.close()
    assert bodies_of(path) == [b"one"]


def test_a_length_that_was_damaged_is_not_believed(tmp_path: Path) -> None:
    journal, _ = claimed(tmp_path / "a.log")
    first = journal.append(Kind.OPERATION, b"one")
    second = journal.append(Kind.OPERATION, b"two")
    journal.sync()
    with journal.path.open("r+b") as file:
        file.seek(first)
        file.write(FRAME.pack(1 << 31, 0, Kind.OPERATION))
    with pytest.raises(ValueError, match="ends before"):
        journal.body(first)
    assert journal.body(second) == b"two"
    with journal.path.open("r+b") as file:
        file.truncate(second + 4)
    with pytest.raises(ValueError, match="cut off"):
        journal.length(second)
    journal.close()


def test_damaged_bytes_are_kept_privately_once_and_never_over_others(tmp_path: Path) -> None:
    place = tmp_path / "a-at-19.torn"
    assert keep(place, b"first") == place
    assert keep(place, b"first") == place
    second = keep(place, b"second")
    assert second != place
    assert (place.read_bytes(), second.read_bytes()) == (b"first", b"second")
    assert {path.stat().st_mode & 0o777 for path in (place, second)} == {0o600}


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
    first, second = [claim_journal(tmp_path, "d", "rui").journal for _ in range(2)]
    other = claim_journal(tmp_path, "d", "lena").journal
    assert len({first.path, second.path, other.path}) == 3
    first.append(Kind.OPERATION, encode_logged(Logged(0, Operation("move", "Move", ()))))
    first.close()
    third = claim_journal(tmp_path, "d", "rui")
    assert third.journal.path == first.path
    assert len(third.state.steps) == 1
    for journal in (second, other, third.journal):
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
    assert bodies_of(tmp_path / "a.log") == [b"one"] + [b"number %d" % n for n in range(5)]


def test_a_folder_that_cannot_be_made_leaves_the_journal_in_memory_until_it_can(
    tmp_path: Path,
) -> None:
    (tmp_path / "journal").write_text("in the way")
    taken = claim_journal(tmp_path, "d", "rui")
    assert not taken.state.pending
    journal = taken.journal
    offset = journal.append(Kind.OPERATION, b"kept")
    assert journal.trouble is None or journal.body(offset) == b"kept"
    assert not journal.sync()
    assert journal.trouble is not None
    (tmp_path / "journal").unlink()
    assert journal.sync()
    assert journal.body(offset) == b"kept"
    journal.close()
    assert b"kept" in bodies_of(journal.path)


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
    assert bodies_of(path) == [b"kept", b"dropped", b"1"]


def test_where_files_cannot_be_locked_no_journal_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lockless(descriptor: int, operation: int) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", lockless)
    with pytest.raises(OSError, match="No locks"):
        claim_journal(tmp_path, "d", "rui")


OPERATION = encode_logged(Logged(0, Operation("move", "Move", ())))


@pytest.mark.parametrize("named", [True, False], ids=["now", "by an earlier program"])
@given(actions=st.lists(st.sampled_from("oouurdx"), max_size=60))
def test_an_undo_log_encodes_and_replays_to_the_same(named: bool, actions: list[str]) -> None:
    log, records = UndoLog(), []
    for offset, action in enumerate(actions):
        top = log.undo if action in "ux" else log.redo
        if action == "o":
            log = log.done(offset)
            records.append(Record(Kind.OPERATION, OPERATION, offset, offset + 1))
        elif action in "ur" and top is not None:
            kind = Kind.UNDO if action == "u" else Kind.REDO
            log = log.undone(top[0]) if action == "u" else log.redone(top[0])
            body = b'{"at":1,"operation":%d,"base":1}' % top[0] if named else b"1"
            records.append(Record(kind, body, offset, offset + 1))
        elif action in "xd" and top is not None:
            kind = Kind.DROP_UNDO if action == "x" else Kind.DROP_REDO
            log = log.without_undo(top[0]) if action == "x" else log.without_redo(top[0])
            records.append(Record(kind, b"%d" % top[0] if named else b"", offset, offset + 1))
    assert replay(records).log == log
    assert UndoLog.decode(log.encode()) == log


def test_a_hundred_thousand_operations_can_be_undone() -> None:
    log = UndoLog()
    for offset in range(100_000):
        log = log.done(offset)
    count = 0
    while log.undo is not None:
        log = log.undone(log.undo[0])
        count += 1
    assert count == 100_000
