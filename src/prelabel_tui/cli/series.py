"""`prelabel-tui series`: every scope, where it stands, whose it is."""

from __future__ import annotations

from typing import Annotated, TypeVar

import typer

from prelabel_tui.cli.command_tree import new_group
from prelabel_tui.cli.context import bad_input, fail, print_json, report
from prelabel_tui.cli.data_folder import open_data_folder
from prelabel_tui.cli.scope_options import AsJson, capability_named, scope_named
from prelabel_tui.cli.table import print_table
from prelabel_tui.core.catalog import assignments
from prelabel_tui.core.catalog.standings import Order, Standing, State, Wanted
from prelabel_tui.core.ids import IdKind, short_hash
from prelabel_tui.core.outcomes import Result
from prelabel_tui.core.publishing.revision_rows import APPROVED, REVIEWED, REVOKED
from prelabel_tui.core.text import counted
from prelabel_tui.core.triage import series as core

app = new_group("series", alone=True)

Workspace = Annotated[str, typer.Option(help="Workspace of the clip.")]
Media = Annotated[str, typer.Option(help="Name of the clip in the workspace.")]
Capability = Annotated[str, typer.Option(help="ball or player (or in full).")]

_MOST = 100_000

T = TypeVar("T", State, Order)


@app.callback()
def series(
    context: typer.Context,
    workspace: Annotated[str | None, typer.Option(help="Only this workspace.")] = None,
    capability: Annotated[
        str | None, typer.Option(help="Only scopes of ball or player (or in full).")
    ] = None,
    person: Annotated[
        str | None, typer.Option("--for", help="Only scopes that are assigned to this user.")
    ] = None,
    mine: Annotated[
        bool, typer.Option("--mine", help="Only scopes that are assigned to you.")
    ] = False,
    state: Annotated[
        str | None,
        typer.Option(help="Only: frames left, all reviewed, ready, open findings, or flags."),
    ] = None,
    dataset: Annotated[
        str | None, typer.Option(help="Only: Reviewed, Approved or Revoked (latest revision).")
    ] = None,
    sort: Annotated[
        str,
        typer.Option(
            help="By name, frames left, share reviewed, findings, flags or latest revision."
        ),
    ] = Order.NAME.value,
    findings: Annotated[
        bool, typer.Option("--findings", help="Validate each active draft as well.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Label Review Series: every scope with active draft, latest revision, eligibility."""
    if context.invoked_subcommand is not None:
        return
    if dataset not in (None, REVIEWED, APPROVED, REVOKED):
        choices = ", ".join((REVIEWED, APPROVED, REVOKED))
        bad_input(f"--dataset {dataset}: one of {choices}.", as_json=as_json)
    chosen = None if state is None else _named(State, state, "--state", as_json)
    order = _named(Order, sort, "--sort", as_json)
    kind = capability_named(capability, as_json=as_json) if capability else None
    store, actor = open_data_folder(context, as_json=as_json)
    wanted = Wanted(workspace, kind, actor.name if mine else person, chosen, dataset, order)
    if wanted.by_name:
        rows = [
            row
            for row in core.every_scope(store, workspace)
            if kind in (None, row.scope.capability)
        ]
    else:
        rows = list(core.standing_series(store, wanted, _MOST))
    validated = core.series_findings(store, rows if findings else ())
    if validated.value is None:
        fail(validated.outcome, as_json=as_json)
    found = {draft_id: one.summary for draft_id, one in validated.value.items()}
    if as_json:
        documents = [
            {**row.as_json(), **({"findings": found.get(row.draft.id)} if row.draft else {})}
            for row in rows
        ]
        print_json({"series": documents})
        return
    print_table(
        (
            "SCOPE", "REVIEWED", "FOR", "READY", "ACTIVE DRAFT", "LINEAGE", "LATEST REVISION",
            "ELIGIBILITY", "FINDINGS", "FLAGGED",
        ),
        [
            (
                row.scope.title,
                row.standing.progress,
                row.standing.assigned_to or "",
                "ready" if row.standing.ready else "",
                f"{IdKind.DRAFT.short(row.draft.id)} v{row.draft.version}" if row.draft else "none",
                row.draft.lineage.label if row.draft else "",
                f"r{row.latest.number} {short_hash(row.latest.content_hash)}"
                if row.latest
                else "none",
                row.eligibility or "",
                found.get(row.draft.id, _found(row.standing)) if row.draft else "",
                row.standing.flagged or "",
            )
            for row in rows
        ],
        "Nothing to review yet: prelabel-tui import --help, or prelabel-tui demo."
        if wanted == Wanted()
        else "No scope matches.",
    )  # fmt: skip


def _found(standing: Standing) -> str:
    """Return what was found in the draft as it is; `–` where nobody has looked yet."""
    if standing.judged is None:
        return "–"
    return f"{counted(standing.errors, 'error')}, {counted(standing.warnings, 'warning')}"


def _named(kind: type[T], name: str, option: str, as_json: bool) -> T:
    if name not in list(kind):
        bad_input(f"{option} {name}: one of {', '.join(kind)}.", as_json=as_json)
    return kind(name)


@app.command("assign")
def assign(
    context: typer.Context,
    person: Annotated[str, typer.Argument(help="Name of the user; `nobody` takes it back.")],
    workspace: Workspace,
    media: Media,
    capability: Capability,
    as_json: AsJson = False,
) -> None:
    """Assign a scope to a person; leads to anybody, others take what is nobody's."""
    store, actor = open_data_folder(context, as_json=as_json)
    scope = scope_named(store, workspace, media, capability, as_json=as_json)
    to = None if person == "nobody" else person
    _report(assignments.assign(store, actor, scope, to), as_json)


@app.command("ready")
def ready(
    context: typer.Context,
    workspace: Workspace,
    media: Media,
    capability: Capability,
    note: Annotated[str, typer.Option(help="What the lead should know.")] = "",
    back: Annotated[bool, typer.Option("--back", help="It is not ready after all.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say that a scope is ready for the lead."""
    store, actor = open_data_folder(context, as_json=as_json)
    scope = scope_named(store, workspace, media, capability, as_json=as_json)
    _report(assignments.set_ready(store, actor, scope, ready=not back, note=note), as_json)


def _report(result: Result[Standing], as_json: bool) -> None:
    standing = result.value
    extra = {"standing": standing.as_json()} if standing else None
    report(result.outcome, as_json=as_json, extra=extra)
