"""When a save is due, and what the status line says."""

from __future__ import annotations

import threading

import pytest

from prelabel_tui.core.session.autosave import AutosaveStatus, Schedule, StatusKind, Worker


def test_a_save_is_due_within_two_seconds_of_the_last_key() -> None:
    schedule = Schedule()
    assert schedule.due_in(10.0) is None
    schedule.edited(10.0)
    schedule.edited(10.5)
    due = schedule.due_in(10.5)
    assert due is not None
    assert 0 < due < 1.5, "the save itself takes time, too"


def test_a_save_is_due_within_five_seconds_of_editing_without_a_pause() -> None:
    schedule = Schedule()
    now = 100.0
    while True:
        schedule.edited(now)
        due = schedule.due_in(now)
        assert due is not None
        if due == 0:
            break
        now += 0.1
    assert now - 100.0 < 4.5


def test_failed_saves_are_tried_again_after_longer_and_longer_but_not_endless_waits() -> None:
    schedule = Schedule()
    now, waits = 0.0, []
    schedule.edited(now)
    for _ in range(9):
        schedule.started()
        schedule.failed(now)
        wait = schedule.due_in(now)
        assert wait == schedule.retry_in(now)
        assert wait is not None
        waits.append(wait)
        schedule.edited(now)
        assert schedule.due_in(now) == wait, "an edit does not hurry a failing disk"
        now += wait
    assert waits == sorted(waits)
    assert waits[0] == 1
    assert waits[-1] == waits[-2] == 30
    schedule.started()
    schedule.succeeded()
    assert schedule.due_in(now) is None
    assert schedule.retry_in(now) is None


@pytest.mark.parametrize(
    ("status", "line"),
    [
        (AutosaveStatus(StatusKind.SAVED, 17, age=3.2), "Autosave: saved v17 · just now"),
        (AutosaveStatus(StatusKind.SAVED, 17, age=7), "Autosave: saved v17 · 5 s ago"),
        (AutosaveStatus(StatusKind.SAVED, 17, age=47), "Autosave: saved v17 · 40 s ago"),
        (AutosaveStatus(StatusKind.SAVED, 17, age=190), "Autosave: saved v17 · 3 min ago"),
        (AutosaveStatus(StatusKind.SAVED, 2, age=7300), "Autosave: saved v2 · 2 h ago"),
        (AutosaveStatus(StatusKind.SAVING, 17), "Autosave: saving…"),
        (AutosaveStatus(StatusKind.UNSAVED, 17, count=3), "Autosave: unsaved (3)"),
        (AutosaveStatus(StatusKind.CONFLICT, 17), "Autosave: conflict"),
        (
            AutosaveStatus(StatusKind.FAILED, 17, code="STORAGE_WRITE_FAILED", retry_in=4.1),
            "Autosave: failed: STORAGE_WRITE_FAILED, retrying in 4 s",
        ),
        (
            AutosaveStatus(StatusKind.FAILED, 17, code="DRAFT_NOT_ACTIVE", memory_only=True),
            "Autosave: failed: DRAFT_NOT_ACTIVE · only in memory",
        ),
    ],
)
def test_the_line_says_what_is(status: AutosaveStatus, line: str) -> None:
    assert status.line == line
    assert status.healthy == (status.kind is StatusKind.SAVED)


def test_the_worker_saves_one_at_a_time_and_a_flush_waits_for_its_own_save() -> None:
    started, going, most = threading.Event(), threading.Semaphore(0), []
    running: list[int] = []

    def save() -> bool:
        running.append(1)
        most.append(len(running))
        started.set()
        going.acquire()
        running.pop()
        return False

    worker = Worker(save, lambda: None, 60)
    worker.start()
    flushes = [threading.Thread(target=worker.flush, args=(10,)) for _ in range(3)]
    for flush in flushes:
        flush.start()
    assert started.wait(5)
    assert not worker.flush(0.01), "a save in flight is waited for, not joined by another"
    for _ in range(10):
        going.release()
    for flush in flushes:
        flush.join(5)
        assert not flush.is_alive()
    assert worker.flush(5)
    assert max(most) == 1
    worker.stop(5)
    assert not worker.flush(0.1)
