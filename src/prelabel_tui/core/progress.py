"""Progress and cancelling: one protocol between work that takes long and whoever waits for it."""

from __future__ import annotations

from typing import Protocol


class Cancelled(Exception):
    """Whoever waits wants the work to stop: raised by a :class:`Progress`, between two steps."""


class Progress(Protocol):
    """Hears how far the work is, and may stop it; called from the thread that works.

    Work calls it before each step that it can leave undone.  Raises :class:`Cancelled` when the
    work is to stop; the work then leaves nothing half done.
    """

    def __call__(self, step: str, done: int | None = None, total: int | None = None) -> None:
        """Take note of what is being done, how much of it is done, and of how much."""


def unwatched(step: str, done: int | None = None, total: int | None = None) -> None:
    """Do nothing: the progress of work that nobody watches or stops."""
