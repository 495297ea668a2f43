"""`prelabel-tui backup`: the data folder as it is now, verified."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from prelabel_tui.cli.command_tree import new_app
from prelabel_tui.cli.context import report
from prelabel_tui.cli.data_folder import open_data_folder
from prelabel_tui.cli.scope_options import AsJson
from prelabel_tui.cli.waiting import progress
from prelabel_tui.core.backup.make import back_up
from prelabel_tui.core.text import printable

app = new_app()


@app.command()
def backup(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(help="A folder for backups of this data folder; made if needed.")
    ],
    as_json: AsJson = False,
) -> None:
    """Add a backup to a folder: the database, and the artifacts that are not there yet.

    People can go on working. It is checked as fsck does before it counts.
    """
    store, _ = open_data_folder(context, as_json=as_json)
    with progress() as shown:
        done = back_up(store, folder, shown)
    if done.value is not None and not as_json:
        for damage in done.value.told.damages:
            typer.echo(printable(damage), err=True)
    report(done.outcome, as_json=as_json, extra=done.value.as_json() if done.value else None)
