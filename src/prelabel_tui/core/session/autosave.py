"""When to save, and what the status line says: one background worker, one save in flight."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

QUIET_SECONDS: Final = 0.7
"""A save begins this long after the last edit …"""

LONGEST_SECONDS: Final = 3.5
"""… and at the latest this long after the first unsaved edit."""

FIRST_RETRY_SECONDS: Final = 1.0
"""A failed save is tried again after this long, then after twice as long each time …"""

LONGEST_RETRY_SECONDS: Final = 30.0
"""… and at the latest after this."""


class StatusKind(StrEnum):
    """What the autosave is doing."""

    SAVED = "saved"
    SAVING = "saving"
    UNSAVED = "unsaved"
    FAILED = "failed"
    CONFLICT = "conflict"


@dataclass(frozen=True)
class AutosaveStatus:
    """The truth about the newest edit.

    ``version`` is the saved one and ``age`` the seconds since it was; ``count`` the edits not
    saved; ``retry_in`` the seconds until the next try, or None when trying again is no use.
    ``memory_only``: the local journal cannot be written either.
    """

    kind: StatusKind
    version: int
    age: float = 0.0
    count: int = 0
    code: str = ""
    detail: str = ""
    retry_in: float | None = None
    memory_only: bool = False

    @property
    def healthy(self) -> bool:
        """Whether everything is saved."""
        return self.kind is StatusKind.SAVED

    @property
    def answered(self) -> bool:
        """Whether the database answered the last save, be it with a conflict."""
        return self.kind in (StatusKind.SAVED, StatusKind.CONFLICT)

    @property
    def line(self) -> str:
        """The status line."""
        return f"Autosave: {self._state()}{' · only in memory' if self.memory_only else ''}"

    def _state(self) -> str:
        match self.kind:
            case StatusKind.SAVED:
                return f"saved v{self.version} · {ago(self.age)}"
            case StatusKind.SAVING:
                return "saving…"
            case StatusKind.UNSAVED:
                return f"unsaved ({self.count})"
            case StatusKind.CONFLICT:
                return "conflict"
            case StatusKind.FAILED:
                again = "" if self.retry_in is None else f", retrying in {self.retry_in:.0f} s"
                return f"failed: {self.code}{again}"


def ago(seconds: float) -> str:
    """Write how long ago something was: `just now`, `5 s ago`, `40 s ago`, `12 min ago`, `2 h ago`.

    In steps of tens of seconds: each change costs bytes on the way to the terminal.
    """
    if seconds < 5:
        return "just now"
    if seconds < 60:
        return f"{max(5, seconds // 10 * 10):.0f} s ago"
    return f"{seconds // 60:.0f} min ago" if seconds < 3600 else f"{seconds // 3600:.0f} h ago"


class Schedule:
    """When the next save is due, in seconds of a clock that only goes forward."""

    def __init__(self) -> None:
        self._first: float | None = None
        self._last = 0.0
        self._retry_at: float | None = None
        self._retry = FIRST_RETRY_SECONDS

    def edited(self, now: float) -> None:
        """Take note that an edit was made."""
        if self._first is None:
            self._first = now
        self._last = now

    def started(self) -> None:
        """Take note that a save takes what was edited so far."""
        self._first = None

    def succeeded(self) -> None:
        """Take note that the save succeeded."""
        self._retry_at, self._retry = None, FIRST_RETRY_SECONDS

    def failed(self, now: float) -> None:
        """Take note that the save failed; each time the next try waits twice as long."""
        self._retry_at = now + self._retry
        self._retry = min(LONGEST_RETRY_SECONDS, self._retry * 2)
        if self._first is None:
            self._first = now

    def retry_in(self, now: float) -> float | None:
        """Return the seconds until a failed save is tried again; None when none failed."""
        return None if self._retry_at is None else max(0.0, self._retry_at - now)

    def due_in(self, now: float) -> float | None:
        """Return the seconds until a save should begin; None when nothing waits to be saved."""
        if self._first is None:
            return None
        if self._retry_at is not None:
            return max(0.0, self._retry_at - now)
        return max(0.0, min(self._last + QUIET_SECONDS, self._first + LONGEST_SECONDS) - now)


class Worker:
    """The background thread: it saves when a save is due, and beats.

    ``save`` returns whether it is to be called again at once; it reports to the schedule itself.
    """

    def __init__(
        self, save: Callable[[], bool], beat: Callable[[], None], beat_seconds: float
    ) -> None:
        self.schedule = Schedule()
        self._save = save
        self._beat = beat
        self._beat_seconds = beat_seconds
        self._state = threading.Condition()
        self._flushes = 0  # flushes asked for
        self._flushed = 0  # of which are done
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="autosave", daemon=True)

    def start(self) -> None:
        """Begin working."""
        self._thread.start()

    def edited(self) -> None:
        """Take note that an edit waits to be saved."""
        with self._state:
            self.schedule.edited(time.monotonic())
            self._state.notify()

    def flush(self, timeout: float) -> bool:
        """Save now, whatever is due; say whether a save was tried in time."""
        with self._state:
            if not self._thread.is_alive():
                return False
            self._flushes += 1
            wanted = self._flushes
            self._state.notify()
            return self._state.wait_for(lambda: self._flushed >= wanted, timeout)

    def stop(self, timeout: float) -> None:
        """End the thread once it has finished what it is doing."""
        with self._state:
            self._stopping = True
            self._state.notify()
        self._thread.join(timeout)

    def _run(self) -> None:
        next_beat = 0.0
        while True:
            with self._state:
                while not self._stopping and self._flushes == self._flushed:
                    now = time.monotonic()
                    due = self.schedule.due_in(now)
                    wait = max(0.0, next_beat - now)
                    wait = wait if due is None else min(wait, due)
                    if wait <= 0:
                        break
                    self._state.wait(wait)
                if self._stopping:
                    return
                flushing = self._flushes
                due = self.schedule.due_in(time.monotonic())
                saving = flushing > self._flushed or (due is not None and due <= 0)
            if saving:
                while self._save():
                    pass
            with self._state:
                self._flushed = flushing
                self._state.notify_all()
            if time.monotonic() >= next_beat:
                self._beat()
                next_beat = time.monotonic() + self._beat_seconds
