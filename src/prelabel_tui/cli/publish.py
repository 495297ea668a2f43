"""`prelabel-tui publish` and `validate`: the active draft of a scope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from prelabel_tui.cli.context import fail, globals_of, print_json, report
from prelabel_tui.cli.scope_options import AsJson, CapabilityName, Media, Workspace, scope_named
from prelabel_tui.cli.table import print_table
from prelabel_tui.cli.waiting import progress
from prelabel_tui.core.outcomes import Code, Outcome

if TYPE_CHECKING:
    from prelabel_tui.core.drafts.info import DraftInfo
    from prelabel_tui.core.publishing import Preview
    from prelabel_tui.core.store import Store
    from prelabel_tui.core.validation import Findings

Version = Annotated[
    int | None,
    typer.Option(help="Version of the draft that was reviewed (else the newest)."),
]


def publish(
    context: typer.Context,
    workspace: Workspace,
    media: Media,
    capability: CapabilityName,
    version: Version = None,
    pack: Annotated[
        str | None,
        typer.Option(
            help="Approved pack to use (else the newest; without one the first publish makes it)."
        ),
    ] = None,
    override: Annotated[
        str | None, typer.Option(help="Override warnings, with this reason (leads).")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be published; change nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Publish the reviewed draft of a scope as an immutable revision."""
    from prelabel_tui.core import publishing as core

    store, actor = globals_of(context).open(as_json=as_json)
    draft = _active(store, workspace, media, capability, as_json)
    if dry_run:
        seen = core.preview(store, actor, draft.id, version)
        if seen.value is None:
            fail(seen.outcome, as_json=as_json)
        _show(seen.value, as_json)
        return
    with progress() as shown:
        done = core.publish(
            store,
            actor,
            draft.id,
            draft.version if version is None else version,
            pack_id=pack,
            override_reason=override,
            progress=shown,
        )
    if done.value is not None and done.value.findings is not None and not as_json:
        _print_findings(done.value.findings, err=True)
    extra = {}
    if done.value is not None and done.value.revision is not None:
        extra["revision"] = done.value.revision.as_json()
    report(done.outcome, as_json=as_json, extra=extra)


def validate(
    context: typer.Context,
    workspace: Workspace,
    media: Media,
    capability: CapabilityName,
    as_json: AsJson = False,
) -> None:
    """List the findings of a scope's draft; fails when there are errors."""
    from prelabel_tui.core.drafts.findings import open_findings

    store, _ = globals_of(context).open(as_json=as_json)
    draft = _active(store, workspace, media, capability, as_json)
    found = open_findings(store, draft.id)
    if found.value is None:
        fail(found.outcome, as_json=as_json)
    findings = found.value
    code = Code.VALIDATION_HARD_FAIL if findings.errors else Code.OK
    outcome = Outcome(code, f"Draft version {draft.version}: {findings.summary}.")
    if as_json:
        report(outcome, as_json=True, extra={"findings": findings.as_json()})
        return
    _print_findings(findings, err=False)
    report(outcome, as_json=False)


def _active(store: Store, workspace: str, media: str, capability: str, as_json: bool) -> DraftInfo:
    from prelabel_tui.core.drafts import loading

    scope = scope_named(store, workspace, media, capability, as_json=as_json)
    draft = loading.active_draft(store, scope)
    if draft is None:
        outcome = Outcome(Code.NOT_FOUND, f"No active draft of {scope.title}: open the review.")
        fail(outcome, as_json=as_json)
    return draft


def _print_findings(findings: Findings, *, err: bool) -> None:
    from prelabel_tui.core.text import printable

    for finding in findings.items:
        label = f" {finding.label_id}" if finding.label_id else ""
        line = f"{finding.severity} {finding.where}{label} {finding.rule}: {finding.text}"
        typer.echo(printable(line), err=err)


def _show(seen: Preview, as_json: bool) -> None:
    if as_json:
        print_json(seen.as_json())
        return
    pack = "made by this first publish" if seen.pack is None else seen.pack.id
    flags = ", ".join(f"{flag} {count}" for flag, count in seen.counts.flags.items())
    print_table(
        ("WHAT", "VALUE"),
        [
            ("Draft", f"{seen.draft.scope.title}, version {seen.draft.version}"),
            ("Source lineage", seen.draft.lineage.full),
            ("Frames", f"{seen.counts.frames}, {seen.counts.reviewed} reviewed"),
            ("Labels", f"{seen.counts.labels}, {seen.counts.edited} edited"),
            ("Flags", flags or "none"),
            ("Publish pack", pack),
            ("Latest revision", seen.latest.number if seen.latest else "none"),
            ("Diff", seen.diff.text),
            ("Findings", seen.findings.summary),
            ("Content hash", seen.content_hash),
            ("Would answer", seen.outlook.code),
        ],
        "",
    )
    _print_findings(seen.findings, err=False)
