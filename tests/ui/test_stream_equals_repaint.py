"""The gate: what has been streamed to the terminal is what a full repaint would show.

After every step of random walks the exact bytes, replayed in an emulator, are compared cell by
cell with a full repaint by Textual on an empty terminal.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from prelabel_tui.core.model.media import Manifest
from tests.ui.emulator import TestTerminal, running
from tests.ui.repaint import Walk, calm, differences, settled
from tests.ui.viewer_app import ViewerApp, clip

COLOURS = ("truecolor", "256color")


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """A short clip."""
    return clip(tmp_path_factory.mktemp("clip"))


WALKS = [
    *(("cells", "truecolor", piece) for piece in range(4)),
    ("cells", "256color", 0),
    *((graphics, colours, 0) for graphics in ("quadrants", "sextants") for colours in COLOURS),
]


@pytest.mark.soak
@pytest.mark.parametrize(("graphics", "colours", "piece"), WALKS)
async def test_random_walks_leave_no_difference(
    frames: Manifest,
    graphics: str,
    colours: str,
    piece: int,
    soak: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLORTERM", "truecolor" if colours == "truecolor" else "")
    monkeypatch.setenv("TERM", "xterm-256color")
    walks, length = (2, 500) if soak else (1, 14)
    checked = 0
    for seed in range(piece * walks, (piece + 1) * walks):
        app = ViewerApp(frames, graphics)
        async with running(app, 100, 32) as (_, terminal):
            await settled(app)
            walk = Walk(app, terminal, seed)
            steps = []
            for _ in range(length):
                steps.append(await walk.go())
                await calm(app)
                wrong = differences(app, terminal)
                assert not wrong, f"seed {seed}, after {steps[-5:]}: {len(wrong)} of {wrong[:3]}"
                checked += 1
            if len(app.screen_stack) > 1:
                await app.pop_screen()
                app.show()
            await settled(app)
            assert not differences(app, terminal)
    print(f"\nstream equals repaint ({graphics}, {colours}): {checked} steps, no difference")


async def test_a_notification_sends_its_own_cells_and_a_nudge_under_it_those_that_change(
    frames: Manifest,
) -> None:
    terminal = TestTerminal(100, 32)
    app = ViewerApp(frames, "cells")
    async with running(app, 100, 32, terminal):
        await settled(app)
        whole = 10 * 100 * 32

        async def sent(change: Callable[[], None]) -> int:
            before = terminal.written
            change()
            await calm(app)
            assert differences(app, terminal) == []
            return terminal.written - before

        assert await sent(lambda: app.notify("a toast", timeout=600)) < whole / 20
        assert app.screen.query("Toast")
        assert 0 < await sent(lambda: app.nudge(100, 0)) < whole / 10
        assert await sent(app.clear_notifications) < whole / 10
        assert not app.screen.query("Toast")
        await settled(app)
        assert differences(app, terminal) == []
