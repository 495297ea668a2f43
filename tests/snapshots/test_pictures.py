"""The states that are about the picture and what is drawn over it, on the match as it is drawn."""

from __future__ import annotations

from typing import Final

import pytest

from prelabel_tui.core.store import Store
from tests.snapshots.shots import BOTH, ONE, Shots, pictured
from tests.ui.applications import MakeApp
from tests.ui.fixtures import demo_source
from tests.ui.reviewing import BALL, PLAYER, reviewing

__all__ = ["demo_source"]
"""In place of the plain pictures of the other states."""

SCENES: Final = {
    "players": (PLAYER, "tab tab tab", BOTH),
    "close": (PLAYER, "tab tab L z", ONE),
    "edges": (PLAYER, "tab e z k", ONE),
    "ball": (BALL, "tab", ONE),
    "grid": (BALL, "w g", ONE),
    "grid_new": (PLAYER, "n", ONE),
    "prelabels": (PLAYER, "tab L L D", ONE),
}


@pytest.mark.parametrize("name", SCENES)
async def test_picture(make_app: MakeApp, demo_store: Store, shots: Shots, name: str) -> None:
    capability, keys, sizes = SCENES[name]
    async with reviewing(make_app, demo_store, capability=capability) as review:
        await review.press(*keys.split())
        await pictured(review, shots, sizes)


async def test_missing_picture(make_app: MakeApp, demo_store: Store, shots: Shots) -> None:
    async with reviewing(make_app, demo_store, media="dome-1") as review:
        await review.press("f", "tab", "l")
        await pictured(review, shots)
