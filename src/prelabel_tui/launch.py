"""Starting the application: is the terminal good enough, which keys, what the terminal can show.

Imports Textual only after the terminal was asked, so that most answers arrive in time.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import shutil
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.text import printable
from prelabel_tui.imaging.frames.memory import PictureMemory
from prelabel_tui.imaging.terminal.choose_backend import REQUESTS
from prelabel_tui.imaging.terminal.terminal import MIN_HEIGHT, MIN_WIDTH, Terminal
from prelabel_tui.settings import load_settings

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store


SWITCH_SECONDS = 0.001
"""How long a background thread may keep the interpreter while the screen's thread wants it."""


_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_BIG = 2 << 20
"""Size in bytes from which a block is returned as soon as it is freed: any decoded picture."""


def set_up_process(*, frugal: bool = False) -> None:
    """Let the screen's thread run between others, and keep memory near what is in use.

    Left to itself, glibc puts blocks of some MB between small ones once one has been freed, and
    the process grows by half of the pictures' bound; and it returns small blocks that the next
    ranking asks for again: ``frugal`` processes, of which there are many, do return them.  Other C
    libraries have no such switch.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    with contextlib.suppress(AttributeError, OSError):
        allocator = ctypes.CDLL(None)
        allocator.mallopt(_M_MMAP_THRESHOLD, _BIG)
        allocator.mallopt(_M_TRIM_THRESHOLD, _BIG // 2 if frugal else 8 * _BIG)


def unsuitable_terminal() -> Outcome | None:
    """Return TERMINAL_UNSUITABLE with what is wrong, or None."""
    # The framework paints through standard error, so that must be the terminal too.
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        return Outcome(
            Code.TERMINAL_UNSUITABLE, "Standard input, output and error must be the terminal."
        )
    return unsuitable_size(*shutil.get_terminal_size())


def unsuitable_size(width: int, height: int) -> Outcome | None:
    """TERMINAL_UNSUITABLE with what is wrong about a terminal of so many cells, or None."""
    if os.environ.get("TERM", "") in ("", "dumb"):
        return Outcome(Code.TERMINAL_UNSUITABLE, "TERM names a terminal without cursor control.")
    if width < MIN_WIDTH or height < MIN_HEIGHT:
        return Outcome(Code.TERMINAL_UNSUITABLE, f"It has {width}×{height} cells.")
    return None


def run_app(
    home: Path,
    database: str | None = None,
    artifacts: str | None = None,
    user: str | None = None,
    *,
    key: str | None = None,
    graphics: str | None = None,
    preset: str | None = None,
    picture_memory: PictureMemory | None = None,
    frugal: bool = False,
    tour: int | None = None,
) -> Outcome:
    """Show the application until it is left; return what kept it from working as an outcome.

    ``user``, ``key``: who acts, as for :func:`open_as_user`; ``frugal``: it is one of many, see
    :func:`set_up_process`; ``tour``: the demo's tour to lead through.  A signal that ended it ends
    the process with 128 + its number.
    """
    if graphics is not None and graphics not in REQUESTS:
        wrong = f"--graphics {printable(graphics)} is not one of {', '.join(REQUESTS)}."
        return Outcome(Code.INPUT_INVALID, wrong)
    loaded = load_settings(home, preset)
    if loaded.value is None:
        return loaded.outcome
    settings = loaded.value
    # Some shells leave them behind, and Python believes them before it asks the window.
    for name in ("COLUMNS", "LINES"):
        os.environ.pop(name, None)
    if unsuitable := unsuitable_terminal():
        return unsuitable

    # What is imported until the data folder is open stays: looking it through for garbage takes a
    # sixth of the start, and later a moment at every full collection.
    gc.disable()
    terminal = Terminal()
    terminal.ask()
    try:
        # Deferred: while Textual is imported, the terminal answers.
        from prelabel_tui.app import PrelabelApp

        make: Callable[..., PrelabelApp] = PrelabelApp
        if tour is not None:
            from prelabel_tui.tour.app import TourApp

            make = partial(TourApp, tour=tour)
        terminal.gather()
        if terminal.choice().colours == "truecolor":
            # It may be known by its name alone; Textual looks at nothing else.
            os.environ["COLORTERM"] = "truecolor"
        set_up_process(frugal=frugal)
        app = make(
            lambda: _open(home, database, artifacts, user, key),
            keymap=settings.keymap,
            theme=settings.theme,
            terminal=terminal,
            requested=graphics,
            usual_graphics=settings.graphics,
            picture_memory=picture_memory or PictureMemory(settings.picture_mb << 20),
        )
        refused = app.run()
    finally:
        terminal.restore()
    if refused is not None:
        return refused
    if app.return_code:
        sys.exit(app.return_code)
    return Outcome(Code.OK)


def _open(
    home: Path, database: str | None, artifacts: str | None, user: str | None, key: str | None
) -> Result[tuple[Store, Actor]]:
    # Deferred: the database layer is imported after the first paint, in the thread that opens it.
    from prelabel_tui.core.identity.users import open_as_user

    try:
        return open_as_user(home, database, artifacts, user, key=key)
    finally:
        gc.freeze()
        gc.enable()
