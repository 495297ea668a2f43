"""What is open follows what others change: once a second it looks at a mark of two rows."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from prelabel_tui.core.outcomes import Result
from prelabel_tui.screens.shared.keyed import Keyed

if TYPE_CHECKING:
    from prelabel_tui.core.catalog.changes import Mark
    from prelabel_tui.core.store import Store

T = TypeVar("T")

FOLLOW_S: Final = 1.0
"""Seconds after which it looks whether somebody changed anything."""


async def read_quietly(read: Callable[[], T]) -> Result[T]:
    """Read something short in a thread, of which the screen says nothing."""
    from prelabel_tui.core.store import attempt  # the database, after first paint

    return await asyncio.to_thread(attempt, read)


async def mark_of(store: Store) -> Result[Mark]:
    """Read the mark of now."""
    from prelabel_tui.core.catalog.changes import mark  # the database, after first paint

    return await read_quietly(partial(mark, store))


class Following:
    """Has something read again each time that anybody changed anything, until it is stopped.

    It is read once in any case: somebody may have changed it while it was opened.
    """

    def __init__(self, screen: Keyed[Any], read_again: Callable[[], Awaitable[None]]) -> None:
        self._screen = screen
        self._read_again = read_again
        self._mark: Mark | None = None
        self._looking = False
        self._timer = screen.set_interval(FOLLOW_S, self._look)

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()

    def _look(self) -> None:
        if not self._looking:
            self._looking = True
            work = self._follow()
            worker = self._screen.run_worker(work, group="follow")
            # A coroutine cancelled before it began would warn that it was never awaited.
            weakref.finalize(worker, work.close)

    async def _follow(self) -> None:
        try:
            found = await mark_of(self._screen.shell.store)
            # While the data cannot be read, what was read stays.
            if found.value is not None and found.value != self._mark:
                self._mark = found.value
                await self._read_again()
        finally:
            self._looking = False
