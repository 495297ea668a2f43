"""Opening the application from the command line."""

from __future__ import annotations

import typer

from prelabel_tui.cli.context import globals_of, report, say_made
from prelabel_tui.launch import run_app


def open_application(context: typer.Context, key: str | None = None) -> None:
    """Show the application, for the owner of the key of a fingerprint if one is given.

    Ends with the exit code of what ended it.
    """
    given = globals_of(context)
    new = not given.data_home().exists()
    outcome = run_app(
        given.data_home(),
        given.database,
        given.artifacts,
        given.user,
        key=key,
        graphics=given.graphics,
        preset=given.keys,
        picture_mb=given.picture_memory,
    )
    if new and given.data_home().exists():
        say_made(given.data_home())
    if not outcome.ok:
        report(outcome, as_json=False)
