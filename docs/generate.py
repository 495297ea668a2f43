"""Makes the pictures of the docs from the running program: `make docs`.

Runs the application on the demo match without a terminal, presses keys as a reviewer would, and
saves what the screen shows.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import tempfile
from pathlib import Path

from textual.pilot import Pilot

from prelabel_tui.app import PrelabelApp
from prelabel_tui.core.catalog.runs import list_runs
from prelabel_tui.core.drafts.loading import open_review
from prelabel_tui.core.drafts.presence import BEAT_SECONDS
from prelabel_tui.core.edits.one_frame import move
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.model.labels import UNIT, Capability
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.progress import unwatched
from prelabel_tui.core.session.session import EditingSession
from prelabel_tui.core.store import Store, open_store
from prelabel_tui.demo import make_match
from prelabel_tui.demo.home import import_demo
from prelabel_tui.tour.clip import import_tour

PICTURES = Path(__file__).parent / "pictures"
SIZE = (120, 36)
WHO = Actor("ana", Role.LEAD, "ana@studio pid 1")
OTHER = Actor("ben", Role.REVIEWER, "ben@studio pid 2")


def clock() -> dt.datetime:
    """Return a fixed time, so that the pictures do not change with the day."""
    return dt.datetime(2026, 11, 23, 14, 3, tzinfo=dt.UTC)


async def walk(store: Store) -> None:
    """Picture runs, review, publish preview and history, one after another."""
    app = PrelabelApp(lambda: Result(Outcome(Code.OK), (store, WHO)), clock=clock)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        picture(app, "runs")
        await press(pilot, "p", wait=3.0)
        await press(pilot, "tab", "tab", "tab", wait=1.0)
        await press(pilot, "=", "=", wait=1.5)
        await press(pilot, "l", "l", wait=3.0)
        picture(app, "review")
        await press(pilot, "exclamation_mark", wait=1.5)
        picture(app, "publish")
        await press(pilot, "enter", wait=1.0)
        await press(pilot, *"first pass", wait=0.5)
        await press(pilot, "enter", wait=2.0)
        await press(pilot, "q", wait=1.5)
        await press(pilot, "down", "h", wait=1.5)
        picture(app, "history")


async def day(store: Store) -> None:
    """Picture a reviewer's day on the tour's clip: doubt, a correction carried on, findings."""
    app = PrelabelApp(lambda: Result(Outcome(Code.OK), (store, WHO)), clock=clock)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "b", wait=3.0)
        picture(app, "day-doubt")
        await press(pilot, "F", wait=2.0)
        picture(app, "day-findings")
        await press(pilot, "escape", "q", wait=2.0)
        await press(pilot, "p", wait=3.0)
        await press(pilot, *"7g", "tab", *"6h4j", wait=2.0)
        await press(pilot, "$", wait=2.0)
        await press(pilot, "$", wait=2.0)
        await press(pilot, "$", wait=2.0)
        picture(app, "day-carry")


async def meet(store: Store) -> None:
    """Let two people meet on one draft: what is newer, the 409, both sides, the merge."""
    run = list_runs(store).rows[0]
    draft = open_review(store, WHO, run.id, Capability.PLAYER).unwrap()
    app = PrelabelApp(lambda: Result(Outcome(Code.OK), (store, WHO)), clock=clock)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        app.open_review(draft)
        await settle(pilot, 3.0)
        await press(pilot, "home", "escape", "tab", wait=1.5)
        other = EditingSession.open(store, OTHER, draft.id).unwrap()
        mine, also = (label.id for label in other.document.frame(0).listed()[:2])
        nudge(other, 0, mine, 4)
        nudge(other, 0, also, 3)
        nudge(other, 2, other.document.frame(2).labels[0].id, 5)
        await settle(pilot, BEAT_SECONDS + 1)
        picture(app, "newer")
        await press(pilot, "k", "k", wait=2.5)
        picture(app, "conflict-banner")
        await press(pilot, "S", wait=1.0)
        await press(pilot, "+", "+", wait=2.0)
        picture(app, "conflict")
        await press(pilot, "b", wait=1.0)
        picture(app, "conflict-chosen")
        await press(pilot, "enter", wait=3.0)
        picture(app, "conflict-merged")
        await press(pilot, "W", wait=2.0)
        picture(app, "versions")
        other.close()


def nudge(session: EditingSession, index: int, label_id: str, dx: int) -> None:
    """Move a label of another person's session by px, and save."""
    frame = session.manifest.frames[index]
    bounds = (frame.width * UNIT, frame.height * UNIT)
    operation = move(session.document, index, label_id, dx * UNIT, 0, bounds)
    assert operation is not None
    session.apply(operation)
    assert session.flush().healthy


async def press(pilot: Pilot[Outcome], *keys: str, wait: float) -> None:
    """Press keys, then wait for threads and timers."""
    await pilot.press(*("space" if key == " " else key for key in keys))
    await settle(pilot, wait)


async def settle(pilot: Pilot[Outcome], seconds: float = 1.5) -> None:
    """Let workers finish and the picture arrive."""
    await pilot.pause(seconds)


def picture(app: PrelabelApp, name: str) -> None:
    """Save the screen as docs/pictures/NAME.svg."""
    PICTURES.mkdir(exist_ok=True)
    svg = app.export_screenshot(title="prelabel-tui")
    (PICTURES / f"{name}.svg").write_text(svg, encoding="utf-8")


def main() -> None:
    """Make every picture, each walk on a demo match of its own."""
    os.environ["COLORTERM"] = "truecolor"
    for scenes in (walk, day, meet):
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            store = open_store(home, clock=clock).unwrap()
            if scenes is day:
                import_tour(store, WHO, 1, home / "match").unwrap()
            else:
                import_demo(store, WHO, make_match(), home / "match", unwatched).unwrap()
            asyncio.run(scenes(store))
            store.close()


if __name__ == "__main__":
    main()
