"""`prelabel-tui runs`: the runs list, with the four filters."""

from __future__ import annotations

from typing import Annotated

import typer

from prelabel_tui.cli.command_tree import new_app
from prelabel_tui.cli.context import bad_input, fail, print_json
from prelabel_tui.cli.data_folder import open_data_folder
from prelabel_tui.cli.scope_options import AsJson, capability_named
from prelabel_tui.cli.table import print_table
from prelabel_tui.core.catalog.runs import RunCursor, RunFilters, RunStatus, find_run, list_runs
from prelabel_tui.core.ids import compact

app = new_app()


@app.command()
def runs(
    context: typer.Context,
    workspace: Annotated[str | None, typer.Option(help="Only this workspace.")] = None,
    media: Annotated[str | None, typer.Option(help="Only this clip.")] = None,
    status: Annotated[
        str | None, typer.Option(help="Only queued, running, succeeded, partial or failed runs.")
    ] = None,
    capability: Annotated[
        str | None, typer.Option(help="Only runs of ball or player (or in full).")
    ] = None,
    after: Annotated[
        str | None, typer.Option(help="Only runs that follow this one in the list (to page on).")
    ] = None,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1)] = 100,
    as_json: AsJson = False,
) -> None:
    """Prelabel runs, newest first: outcome and lineage of each capability."""
    status_known = {known.value: known for known in RunStatus}
    if status is not None and status not in status_known:
        bad_input(f"Status {status!r}: one of {', '.join(status_known)}.", as_json=as_json)
    filters = RunFilters(
        workspace,
        media,
        status_known[status] if status else None,
        capability_named(capability, as_json=as_json) if capability else None,
    )
    store, _ = open_data_folder(context, as_json=as_json)
    cursor = None
    if after is not None:
        last = find_run(store, after)
        if last.value is None:
            fail(last.outcome, as_json=as_json)
        cursor = RunCursor(last.value.created_at, last.value.id)
    page = list_runs(store, filters, cursor, limit)
    if as_json:
        following = page.next.id if page.next else None
        print_json({"runs": [row.as_json() for row in page.rows], "next": following})
        return
    print_table(
        ("RUN", "WORKSPACE", "MEDIA", "STATUS", "CAPABILITY", "OUTCOME", "LINEAGE", "DRAFT"),
        [
            (
                compact(row.id), row.workspace, row.media, row.status, line.capability,
                f"{line.status}, {line.detail}", line.lineage.label,
                f"v{line.active_draft.version}" if line.active_draft else "none",
            )
            for row in page.rows
            for line in row.outcomes.values()
        ],
        "No such run.",
    )  # fmt: skip
    if page.next:
        typer.echo(f"More: --after {compact(page.next.id)}", err=True)
