"""`prelabel-tui audit`: who did what, when, on which version, from where, with which reason."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from prelabel_tui.cli.command_tree import new_app
from prelabel_tui.cli.context import bad_input, print_json
from prelabel_tui.cli.data_folder import open_data_folder
from prelabel_tui.cli.scope_options import AsJson
from prelabel_tui.cli.table import print_table
from prelabel_tui.core.identity.audit import entries
from prelabel_tui.core.times import iso

app = new_app()


@app.command()
def audit(
    context: typer.Context,
    by: Annotated[str | None, typer.Option(help="Only what this user did.")] = None,
    action: Annotated[
        str | None,
        typer.Option(help="Only actions that begin with this (as in pack.)."),
    ] = None,
    subject: Annotated[
        str | None, typer.Option(help="Only about what has this id (whole or short) or name.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="Only from this time on (ISO 8601; UTC without a zone).")
    ] = None,
    before: Annotated[
        int | None, typer.Option(help="Only entries before this number (to page on).")
    ] = None,
    limit: Annotated[int, typer.Option(help="At most this many.", min=1)] = 200,
    as_json: AsJson = False,
) -> None:
    """Show the audit log, newest first."""
    from_time = None
    if since is not None:
        try:
            from_time = dt.datetime.fromisoformat(since)
        except ValueError:
            bad_input(f"--since {since!r} is not an ISO 8601 time.", as_json=as_json)
        if from_time.tzinfo is None:
            from_time = from_time.replace(tzinfo=dt.UTC)
    store, _ = open_data_folder(context, as_json=as_json)
    found = entries(
        store,
        actor=by,
        action=action,
        subject=subject,
        since=from_time,
        before=before,
        limit=limit,
    )
    if as_json:
        print_json({"entries": found})
        return
    print_table(
        ("NUMBER", "TIME (UTC)", "ACTOR", "ROLE", "ACTION", "SUBJECT", "VERSION", "FROM", "REASON"),
        [
            (
                row.id, iso(row.at), row.actor, row.role, row.action,
                row.subject,
                "" if row.version is None else row.version, row.origin, row.reason,
            )
            for row in found
        ],
        "No entries match.",
    )  # fmt: skip
