"""A selection of 100,000 labels: how soon it is shown and moved, and whether the keys wait.

The application as shipped, on 5,000 frames with 20 boxes each, driven by its own key handler.  The
selection is asked for by a query that every label answers, which is also linked into tracks the
first time.  *Shown* is when the line says how much is selected.  *Moved* is when the frame on the
screen is drawn with its boxes moved; *kept* is when the last line says so, which is when the
journal has all of it.  How long the thread of the keys is blocked is how late ticks of 1 ms come
meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from PIL import Image
from textual.events import Key

from benchmarks.figures import Figure, median
from prelabel_tui.app import PrelabelApp
from prelabel_tui.core.drafts.loading import open_review
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.ingest.import_run import import_run
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.model.media import Manifest, MediaFrame
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.store import open_store
from prelabel_tui.launch import set_up_process
from prelabel_tui.screens.review import ReviewScreen
from prelabel_tui.screens.review.modes.selecting import SelectingMode
from tests.core.clips import player_document

FRAMES, PLAYERS, SIZE = 5_000, 20, (1920, 1080)
ADA = Actor("ada", Role.ADMIN, "benchmark")
TIMES = 7


def run(options: argparse.Namespace) -> list[Figure]:
    """Measure all figures."""
    set_up_process()  # as the application does
    return asyncio.run(_measure())


async def _measure() -> list[Figure]:
    async with _review() as screen:
        late = _Ticks()
        await asyncio.sleep(2)
        idle = f"the same ticks at rest, {late.take() * 1000:.2f} ms"
        linked = await _selected(screen, late)
        shown = [await _selected(screen, late) for _ in range(TIMES)]
        blocked_shown = late.take()
        moves = [await _moved(screen, key) for key in "lhlhlhl"]
        blocked_moved = late.take()
        undone = [await _undone(screen) for _ in range(3)]
        blocked_undone = late.take()
        late.stop()
    count = f"{FRAMES * PLAYERS:,} labels"
    return [
        Figure(f"{count} shown", median(shown) * 1000, "ms", 300),
        Figure(f"{count} shown, tracks worked out as well", linked * 1000, "ms"),
        Figure(f"{count} moved by a key", median([one for one, _ in moves]) * 1000, "ms", 100),
        Figure(f"{count} moved and kept", median([kept for _, kept in moves]) * 1000, "ms"),
        Figure(f"{count} moved back by undo", median(undone) * 1000, "ms"),
        Figure("keys blocked while shown", blocked_shown * 1000, "ms", 8, idle),
        Figure("keys blocked while moved", blocked_moved * 1000, "ms", 8, idle),
        Figure("keys blocked while undone", blocked_undone * 1000, "ms", 8, idle),
    ]


class _Ticks:
    """How late ticks of 1 ms come on the thread of the keys."""

    def __init__(self) -> None:
        self._worst = 0.0
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            due = time.perf_counter() + 0.001
            await asyncio.sleep(0.001)
            self._worst = max(self._worst, time.perf_counter() - due)

    def take(self) -> float:
        """Return the longest delay since the last call, in seconds."""
        worst, self._worst = self._worst, 0.0
        return worst

    def put_back(self, worst: float) -> None:
        """Forget what came since, for an earlier delay."""
        self._worst = worst

    def stop(self) -> None:
        """Tick no more."""
        self._task.cancel()


@asynccontextmanager
async def _review() -> AsyncIterator[ReviewScreen]:
    with tempfile.TemporaryDirectory() as home:
        store = open_store(Path(home)).unwrap()
        picture = Path(home) / "picture.png"
        Image.new("RGB", SIZE, (60, 110, 60)).save(picture)
        frames = (
            MediaFrame(f"{number:06}.png", *SIZE, time=40_000 * number, path=str(picture))
            for number in range(FRAMES)
        )
        run = import_run(
            store, ADA, workspace="select", media="clip", manifest=Manifest(tuple(frames)),
            documents={Capability.PLAYER: player_document(FRAMES, PLAYERS)}, source="benchmark",
        ).unwrap()  # fmt: skip
        draft = open_review(store, ADA, run.id, Capability.PLAYER).unwrap()
        app = PrelabelApp(lambda: Result(Outcome(Code.OK), (store, ADA)))
        async with app.run_test(size=(120, 40)):
            await app.ready.wait()
            gc.freeze()  # as the application does
            app.open_review(draft)
            await _until(lambda: isinstance(app.screen, ReviewScreen))
            screen = app.screen
            assert isinstance(screen, ReviewScreen)
            await _until(lambda: screen.review.analysis is not None and not screen.busy)
            yield screen
        store.close()


async def _until(done: Callable[[], bool]) -> float:
    started = time.perf_counter()
    while not done():
        await asyncio.sleep(0.001)
        if time.perf_counter() - started > 60:
            raise RuntimeError("the screen does not come to rest")
    return time.perf_counter() - started


async def _selected(screen: ReviewScreen, late: _Ticks) -> float:
    """Return how long it takes until the selection is shown, in seconds."""
    before = late.take()
    while isinstance(screen.review.mode, SelectingMode):  # Esc cancels what is read first
        await screen.on_key(Key("escape", None))
        await _until(lambda: not screen.busy)
        late.put_back(before)
    started = time.perf_counter()
    screen.groups.select.query("width>0")
    queue = screen.review.display.queue
    await _until(lambda: queue.mode.startswith(f"{FRAMES * PLAYERS:,} labels"))
    return time.perf_counter() - started


async def _moved(screen: ReviewScreen, key: str) -> tuple[float, float]:
    """Return how long until the frame is drawn moved, and until all is kept, in seconds."""
    display = screen.review.display
    display.set_status("")
    scene, started = display.view.scene, time.perf_counter()
    await screen.on_key(Key(key, key))
    await _until(lambda: display.view.scene.marks != scene.marks)
    seen = time.perf_counter() - started
    await _until(lambda: display.autosave.message.startswith("Move "))
    kept = time.perf_counter() - started
    await _until(lambda: not screen.busy)
    return seen, kept


async def _undone(screen: ReviewScreen) -> float:
    started = time.perf_counter()
    await screen.on_key(Key("u", "u"))
    took = time.perf_counter() - started
    await _until(lambda: not screen.busy)
    return took
