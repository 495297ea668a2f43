"""`prelabel-tui validate`: the findings of a scope's draft."""

from __future__ import annotations

import typer

from prelabel_tui.cli.command_tree import new_app
from prelabel_tui.cli.context import fail, report
from prelabel_tui.cli.data_folder import open_data_folder
from prelabel_tui.cli.draft_findings import active_draft, print_findings
from prelabel_tui.cli.scope_options import AsJson, CapabilityName, Media, Workspace
from prelabel_tui.core.drafts.findings import open_findings
from prelabel_tui.core.outcomes import Code, Outcome

app = new_app()


@app.command()
def validate(
    context: typer.Context,
    workspace: Workspace,
    media: Media,
    capability: CapabilityName,
    as_json: AsJson = False,
) -> None:
    """List the findings of a scope's draft; fails when there are errors."""
    store, _ = open_data_folder(context, as_json=as_json)
    draft = active_draft(store, workspace, media, capability, as_json=as_json)
    found = open_findings(store, draft.id)
    if found.value is None:
        fail(found.outcome, as_json=as_json)
    findings = found.value
    code = Code.VALIDATION_HARD_FAIL if findings.errors else Code.OK
    outcome = Outcome(code, f"Draft version {draft.version}: {findings.summary}.")
    if as_json:
        report(outcome, as_json=True, extra={"findings": findings.as_json()})
        return
    print_findings(findings, err=False)
    report(outcome, as_json=False)
