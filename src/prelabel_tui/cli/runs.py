"""`prelabel-tui runs`: the runs list, with the four filters, and what pipelines report."""

from __future__ import annotations

from typing import Annotated

import typer

from prelabel_tui.cli.command_tree import new_group
from prelabel_tui.cli.confirming import Reason, Yes, confirm
from prelabel_tui.cli.context import bad_input, fail, print_json, report
from prelabel_tui.cli.data_folder import open_data_folder
from prelabel_tui.cli.scope_options import AsJson, capability_named
from prelabel_tui.cli.table import print_table
from prelabel_tui.core.catalog.runs import RunCursor, RunFilters, RunStatus, find_run, list_runs
from prelabel_tui.core.ids import IdKind
from prelabel_tui.core.ingest.removal import remove_run
from prelabel_tui.core.ingest.reported import Detector, report_run
from prelabel_tui.core.model.labels import Capability

app = new_group("runs", alone=True)


@app.callback()
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
    person: Annotated[
        str | None, typer.Option("--for", help="Only runs of clips assigned to this user.")
    ] = None,
    after: Annotated[
        str | None, typer.Option(help="Only runs that follow this one in the list (to page on).")
    ] = None,
    limit: Annotated[int, typer.Option(help="At most this many.", min=1)] = 100,
    as_json: AsJson = False,
) -> None:
    """Prelabel runs, newest first: outcome and lineage of each capability."""
    if context.invoked_subcommand is not None:
        return
    filters = RunFilters(
        workspace,
        media,
        _status_named(status, as_json=as_json) if status is not None else None,
        capability_named(capability, as_json=as_json) if capability else None,
        person,
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
        ("RUN", "WORKSPACE", "MEDIA", "STATUS", "CAPABILITY", "OUTCOME", "LINEAGE", "DRAFT",
         "REVIEWED", "FOR"),
        [
            (
                IdKind.RUN.short(row.id), row.workspace, row.media, row.status, line.capability,
                f"{line.status}, {line.detail}", line.lineage.label,
                f"v{line.active_draft.version}" if line.active_draft else "none",
                line.standing.progress, line.standing.assigned_to or "",
            )
            for row in page.rows
            for line in row.outcomes.values()
        ],
        "No runs match."
        if any((workspace, media, status, capability, person))
        else "No runs yet: prelabel-tui demo, or prelabel-tui import --help.",
    )  # fmt: skip
    if page.next:
        typer.echo(f"More: --after {IdKind.RUN.short(page.next.id)}", err=True)


@app.command("report")
def report_status(
    context: typer.Context,
    status: Annotated[str, typer.Argument(help="queued, running, partial or failed.")],
    workspace: Annotated[str, typer.Option(help="Workspace of the clip.")],
    media: Annotated[str, typer.Option(help="Name of the clip.")],
    detector: Annotated[str | None, typer.Option(help="What makes the labels.")] = None,
    model: Annotated[str | None, typer.Option(help="The detector's version.")] = None,
    reason: Annotated[str, typer.Option(help="Why it is partial or has failed.")] = "",
    new_clip: Annotated[
        bool,
        typer.Option(
            "--new-clip", help="The clip may still be to come: enter it, without frames yet."
        ),
    ] = False,
    capability: Annotated[
        list[str] | None, typer.Option(help="Only ball or player (else both); repeatable.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say how far a run is; importing its labels (same clip, detector and model) completes it."""
    known = _status_named(status, as_json=as_json)
    chosen = [capability_named(name, as_json=as_json) for name in capability or ()]
    store, actor = open_data_folder(context, as_json=as_json)
    result = report_run(
        store,
        actor,
        workspace=workspace,
        media=media,
        status=known,
        detector=Detector(detector, model),
        reason=reason,
        capabilities=chosen or tuple(Capability),
        new_clip=new_clip,
    )
    extra = {"run": result.value.as_json()} if result.value else {}
    report(result.outcome, as_json=as_json, extra=extra)


@app.command("remove")
def remove(
    context: typer.Context,
    run_id: Annotated[str, typer.Argument(help="Id of the run, or a beginning of it.")],
    reason: Reason,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Hide a run that came in by mistake; not one that a revision or a draft needs (admins)."""
    store, actor = open_data_folder(context, as_json=as_json)
    found = find_run(store, run_id)
    if found.value is None:
        fail(found.outcome, as_json=as_json)
    run = found.value
    confirm(f"Hide {IdKind.RUN.short(run.id)} of {run.workspace} / {run.media} for everybody?", yes,
            as_json=as_json)  # fmt: skip
    report(remove_run(store, actor, run.id, reason), as_json=as_json)


def _status_named(name: str, *, as_json: bool) -> RunStatus:
    if name not in list(RunStatus):
        bad_input(f"Status {name!r}: one of {', '.join(RunStatus)}.", as_json=as_json)
    return RunStatus(name)
