"""Opening the application from the command line."""

from __future__ import annotations

import typer

from prelabel_tui.cli.context import globals_of, report, say_made
from prelabel_tui.imaging.frames.memory import PictureMemory
from prelabel_tui.launch import run_app


def open_application(
    context: typer.Context, key: str | None = None, tour: int | None = None
) -> None:
    """Show the application, for the owner of the key of a fingerprint if one is given.

    ``tour``: the number of the demo's tour to lead through.

    Ends with the exit code of what ended it.
    """
    given = globals_of(context)
    new, megabytes = not given.data_home().exists(), given.picture_memory
    outcome = run_app(
        given.data_home(),
        given.database,
        given.artifacts,
        given.user,
        key=key,
        graphics=given.graphics,
        preset=given.keys,
        picture_memory=None if megabytes is None else PictureMemory(megabytes << 20),
        tour=tour,
    )
    if new and given.data_home().exists():
        say_made(given.data_home())
    if not outcome.ok:
        report(outcome, as_json=False)
