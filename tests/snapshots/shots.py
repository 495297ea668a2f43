"""The sizes that screens are pictured at, and a review pictured at rest."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from tests.ui.reviewing import Review

SMALL: Final = (80, 24)
LARGE: Final = (160, 40)
"""Beyond every break point: lists with details beside them, wide label lists, tall dialogs."""

Sizes = tuple[tuple[int, int], ...]
ONE: Final[Sizes] = (SMALL,)
BOTH: Final[Sizes] = (SMALL, LARGE)

Shots = Callable[..., Awaitable[None]]


async def pictured(review: Review, shots: Shots, sizes: Sizes = ONE, name: str = "") -> None:
    """Compare a review at rest, everything saved; ``name``: as for :data:`Shots`."""
    session = review.context.open_session
    if session.conflict is None:
        assert session.flush(60).healthy
    await review.rest()
    review.display.show_autosave()
    await shots(review.pilot, sizes, name)
