"""`prelabel-tui history`: the revisions of a scope."""

from __future__ import annotations

from typing import Annotated

import typer

from prelabel_tui.cli.command_tree import new_group
from prelabel_tui.cli.context import bad_input, fail, print_json
from prelabel_tui.cli.data_folder import open_data_folder
from prelabel_tui.cli.diff_table import print_diff
from prelabel_tui.cli.scope_options import AsJson, RevisionId, scope_named
from prelabel_tui.cli.table import print_table
from prelabel_tui.core.ids import IdKind
from prelabel_tui.core.publishing import revisions
from prelabel_tui.core.times import iso

app = new_group("history", alone=True)


@app.callback()
def history(
    context: typer.Context,
    workspace: Annotated[str, typer.Option(help="Workspace of the clip.")] = "",
    media: Annotated[str, typer.Option(help="Name of the clip in the workspace.")] = "",
    capability: Annotated[str, typer.Option(help="ball or player (or in full).")] = "",
    before: Annotated[int | None, typer.Option(help="Only revisions before this number.")] = None,
    limit: Annotated[int, typer.Option(help="At most this many.", min=1)] = 200,
    as_json: AsJson = False,
) -> None:
    """Revision history of a scope, newest first: revision, diff, provenance, eligibility."""
    if context.invoked_subcommand is not None:
        return
    if not (workspace and media and capability):
        bad_input("history needs --workspace, --media and --capability.", as_json=as_json)

    store, _ = open_data_folder(context, as_json=as_json)
    scope = scope_named(store, workspace, media, capability, as_json=as_json)
    rows = revisions.history(store, scope, before, limit)
    if as_json:
        print_json({"revisions": [row.as_json() for row in rows]})
        return
    print_table(
        ("REVISION", "ID", "DIFF", "PROVENANCE", "DATASET ELIGIBILITY", "HASH"),
        [
            (
                row.columns[0], IdKind.REVISION.short(row.id), *row.columns[1:3],
                f"{row.eligibility.status} (version {row.eligibility.version}){row.how_much}",
                row.content_hash,
            )
            for row in rows
        ],
        "No revisions in this scope.",
    )  # fmt: skip


@app.command("show")
def show(
    context: typer.Context,
    revision_id: RevisionId,
    record: Annotated[
        bool,
        typer.Option("--record", help="Print only what the record hash is the SHA-256 of."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show everything about one revision."""
    store, _ = open_data_folder(context, as_json=as_json)
    if record:
        content = revisions.record(store, revision_id)
        if content.value is None:
            fail(content.outcome, as_json=as_json)
        typer.echo(content.value, nl=False)
        return
    found = revisions.revision(store, revision_id)
    if found.value is None:
        fail(found.outcome, as_json=as_json)
    row = found.value
    if as_json:
        print_json(row.as_json())
        return
    rows = [
        ("Revision", f"{row.number} of {row.scope.title}"),
        ("Id", row.id),
        ("Content hash", row.content_hash),
        ("Previous hash", row.previous_hash or "none"),
        ("Diff", row.diff.text),
        ("Published", iso(row.provenance.published_at)),
        *row.provenance.rows,
        (
            "Dataset eligibility",
            f"{row.eligibility.status} (version {row.eligibility.version}){row.how_much}",
        ),
    ]
    print_table(("WHAT", "VALUE"), rows, "")


@app.command("compare")
def compare(
    context: typer.Context,
    first: RevisionId,
    second: RevisionId,
    as_json: AsJson = False,
) -> None:
    """Show what leads from one revision to another, frame by frame."""
    store, _ = open_data_folder(context, as_json=as_json)
    found = revisions.compare(store, first, second)
    if found.value is None:
        fail(found.outcome, as_json=as_json)
    if as_json:
        print_json(found.value.diff.as_json())
        return
    print_diff(found.value.diff)
