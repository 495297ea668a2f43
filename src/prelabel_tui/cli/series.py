"""`prelabel-tui series`: every scope, with its draft and its latest revision."""

from __future__ import annotations

from typing import Annotated

import typer

from prelabel_tui.cli.command_tree import new_app
from prelabel_tui.cli.context import fail, print_json
from prelabel_tui.cli.data_folder import open_data_folder
from prelabel_tui.cli.scope_options import AsJson
from prelabel_tui.cli.table import print_table
from prelabel_tui.core.ids import compact
from prelabel_tui.core.triage import series as core

app = new_app()


@app.command()
def series(
    context: typer.Context,
    workspace: Annotated[str | None, typer.Option(help="Only this workspace.")] = None,
    findings: Annotated[
        bool, typer.Option("--findings", help="Validate each active draft as well.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Label Review Series: every scope with active draft, latest revision, eligibility."""
    store, _ = open_data_folder(context, as_json=as_json)
    rows = list(core.every_scope(store, workspace))
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
        ("SCOPE", "ACTIVE DRAFT", "LINEAGE", "LATEST REVISION", "ELIGIBILITY", "FINDINGS"),
        [
            (
                row.scope.title,
                f"{compact(row.draft.id)} v{row.draft.version}" if row.draft else "none",
                row.draft.lineage.label if row.draft else "",
                f"{row.latest.number} {compact(row.latest.content_hash)}" if row.latest else "none",
                row.eligibility or "",
                found.get(row.draft.id, "") if row.draft else "",
            )
            for row in rows
        ],
        "Nothing to review yet: import a run." if workspace is None else "No scope matches.",
    )
