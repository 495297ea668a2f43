"""What `publish` and `validate` share: a scope's active draft, and its findings in words."""

from __future__ import annotations

import typer

from prelabel_tui.cli.context import fail
from prelabel_tui.cli.scope_options import scope_named
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.drafts.info import DraftInfo
from prelabel_tui.core.outcomes import Code, Outcome
from prelabel_tui.core.store import Store
from prelabel_tui.core.text import printable
from prelabel_tui.core.validation import Findings


def active_draft(
    store: Store, workspace: str, media: str, capability: str, *, as_json: bool
) -> DraftInfo:
    """Return the scope's active draft; end the program with the outcome where there is none."""
    scope = scope_named(store, workspace, media, capability, as_json=as_json)
    draft = loading.active_draft(store, scope)
    if draft is None:
        outcome = Outcome(Code.NOT_FOUND, f"No active draft of {scope.title}: open the review.")
        fail(outcome, as_json=as_json)
    return draft


def print_findings(findings: Findings, *, err: bool) -> None:
    """Print one line per finding."""
    for finding in findings.items:
        label = f" {finding.label_id}" if finding.label_id else ""
        line = f"{finding.severity} {finding.where}{label} {finding.rule}: {finding.text}"
        typer.echo(printable(line), err=err)
