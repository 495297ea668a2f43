"""`prelabel-tui restore`: a data folder from a backup, verified."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from prelabel_tui.cli.command_tree import new_app
from prelabel_tui.cli.context import bad_input, globals_of, report
from prelabel_tui.cli.scope_options import AsJson
from prelabel_tui.cli.waiting import progress
from prelabel_tui.core.backup.restore import restore as make_again
from prelabel_tui.core.text import printable

app = new_app()


@app.command()
def restore(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="The folder that backups were made in.")],
    snapshot: Annotated[
        str | None, typer.Option(help="Which backup in it (else the newest).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make the data folder that --home names from a backup.

    Nothing may be there yet.
    """
    given = globals_of(context)
    if given.database is not None or given.artifacts is not None:
        bad_input(
            "A backup is restored into a folder, without --database and --artifacts.",
            as_json=as_json,
        )
    with progress() as shown:
        done = make_again(folder, given.data_home(), snapshot, shown)
    if done.value is not None and not as_json:
        for path in done.value.missing:
            typer.echo(printable(f"not there: {path}"), err=True)
    report(done.outcome, as_json=as_json, extra=done.value.as_json() if done.value else None)
