"""Imports clips, or looks through their reviews, and tells how much memory that took at most.

`python -m tests.faults.looking_program HOME import` reads commands, one JSON list a line;
`… review` reads names of clips.  A line of JSON tells what came of each, the last line the peak.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from typer.testing import CliRunner

from prelabel_tui.app import PrelabelApp
from prelabel_tui.cli import app as commands
from prelabel_tui.core.identity.actor import Actor, Role, system_user
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.store import open_store
from prelabel_tui.imaging.frames.memory import PictureMemory
from prelabel_tui.launch import set_up_process
from prelabel_tui.screens.review import ReviewScreen
from tests.imaging.films import SIZE, number_in
from tests.ui.driving import settle
from tests.ui.reviewing import draft_of

PICTURES = 64 << 20
"""What the review may take for pictures."""


def peak() -> int:
    """The most memory that this process has had, bytes."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM"))


def bring_in(home: Path) -> None:
    """Import one clip after the other."""
    for line in sys.stdin:
        done = CliRunner().invoke(commands, ["--home", str(home), *json.loads(line)])
        print(json.dumps([done.exit_code, done.stderr]), flush=True)


async def review(home: Path) -> None:
    """Tell, of each frame, why it has no picture, and the number that its picture shows."""
    store = open_store(home).unwrap()
    actor = Actor(system_user(), Role.ADMIN, "test")
    opened, memory = Result(Outcome(Code.OK), (store, actor)), PictureMemory(PICTURES)
    app = PrelabelApp(lambda: opened, picture_memory=memory)
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        for media in sys.stdin.read().split():
            app.open_review(draft_of(store, media, actor=actor))
            await settle(pilot)
            screen = app.screen
            assert isinstance(screen, ReviewScreen)
            view, found = screen.review.display.view, []
            for index in range(len(screen.review.document)):
                screen.review.go(index)
                await settle(pilot)
                assert view.loader is not None
                pixels = view.loader.pixels(index)
                number = None
                if pixels is not None and pixels.shape[0] % SIZE[1] == 0:
                    number = number_in(pixels[:: pixels.shape[0] // SIZE[1]][
                        :, :: max(1, pixels.shape[1] // SIZE[0])
                    ])  # fmt: skip
                found.append((view.missing, number))
            print(json.dumps(found), flush=True)
            await pilot.press("q")
            await settle(pilot)


if __name__ == "__main__":
    set_up_process()
    if sys.argv[2] == "import":
        bring_in(Path(sys.argv[1]))
    else:
        asyncio.run(review(Path(sys.argv[1])))
    print(peak())
