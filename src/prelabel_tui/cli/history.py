"""`prelabel-tui history` and `series`: revisions of a scope, and all scopes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from prelabel_tui.cli.context import bad_input, fail, globals_of, print_json, report
from prelabel_tui.cli.scope_options import AsJson, scope_named
from prelabel_tui.cli.table import print_table
from prelabel_tui.core.ids import compact
from prelabel_tui.core.outcomes import Code, Outcome

history_app = typer.Typer(help="Revision history of a scope.", invoke_without_command=True)

RevisionId = Annotated[
    str, typer.Argument(help="Id of the revision, or an unambiguous beginning of it.")
]


@history_app.callback()
def history(
    context: typer.Context,
    workspace: Annotated[str, typer.Option(help="Workspace of the clip.")] = "",
    media: Annotated[str, typer.Option(help="Name of the clip in the workspace.")] = "",
    capability: Annotated[str, typer.Option(help="ball or player (or in full).")] = "",
    before: Annotated[int | None, typer.Option(help="Only revisions before this number.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1)] = 200,
    as_json: AsJson = False,
) -> None:
    """Revision history of a scope, newest first: revision, diff, provenance, eligibility."""
    if context.invoked_subcommand is not None:
        return
    if not (workspace and media and capability):
        bad_input("history needs --workspace, --media and --capability.", as_json=as_json)
    from prelabel_tui.core.publishing import revisions

    store, _ = globals_of(context).open(as_json=as_json)
    scope = scope_named(store, workspace, media, capability, as_json=as_json)
    rows = revisions.history(store, scope, before, limit)
    if as_json:
        print_json({"revisions": [row.as_json() for row in rows]})
        return
    print_table(
        ("REVISION", "ID", "DIFF", "PROVENANCE", "DATASET ELIGIBILITY", "HASH"),
        [
            (
                row.columns[0], compact(row.id), *row.columns[1:3],
                f"{row.eligibility.status} (version {row.eligibility.version})",
                row.content_hash,
            )
            for row in rows
        ],
        "No revision in this scope.",
    )  # fmt: skip


@history_app.command("show")
def show(context: typer.Context, revision_id: RevisionId, as_json: AsJson = False) -> None:
    """Everything about one revision."""
    from prelabel_tui.core.publishing import revisions

    store, _ = globals_of(context).open(as_json=as_json)
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
        *row.provenance.rows,
        ("Dataset eligibility", f"{row.eligibility.status} (version {row.eligibility.version})"),
    ]
    print_table(("WHAT", "VALUE"), rows, "")


@history_app.command("compare")
def compare(
    context: typer.Context,
    first: RevisionId,
    second: RevisionId,
    as_json: AsJson = False,
) -> None:
    """What leads from one revision to another, frame by frame."""
    from prelabel_tui.core.publishing import revisions

    store, _ = globals_of(context).open(as_json=as_json)
    found = revisions.compare(store, first, second)
    if found.value is None:
        fail(found.outcome, as_json=as_json)
    frames: list[dict[str, Any]] = [
        {
            "frame": part.index + 1,
            "added": [label.id for label in part.added],
            "removed": [label.id for label in part.removed],
            "modified": [after.id for _, after in part.modified],
            "flags": part.flags,
            "ball": part.ball,
        }
        for part in found.value.diff.frames
    ]
    if as_json:
        print_json({"summary": found.value.diff.summary.as_json(), "frames": frames})
        return
    print_table(
        ("FRAME", "ADDED", "REMOVED", "MODIFIED", "FLAGS OR BALL STATE"),
        [
            (
                part["frame"],
                *(" ".join(part[word]) for word in ("added", "removed", "modified")),
                "changed" if part["flags"] or part["ball"] else "",
            )
            for part in frames
        ],
        "The same content.",
    )
    typer.echo(found.value.diff.summary.text)


def export_revision(
    context: typer.Context,
    revision_id: RevisionId,
    out: Annotated[Path, typer.Option(help="File to write; it must not be there yet.")],
    as_json: AsJson = False,
) -> None:
    """Write a revision's content as the canonical JSON that its hash is of."""
    from prelabel_tui.core.publishing import revisions
    from prelabel_tui.core.store import FAILURES, failure

    store, _ = globals_of(context).open(as_json=as_json)
    found = revisions.revision(store, revision_id)
    if found.value is None:
        fail(found.outcome, as_json=as_json)
    row = found.value
    try:
        data = store.artifacts.get(row.content_hash)
        with out.open("xb") as file:
            file.write(data)
    except FAILURES as error:
        fail(failure(error), as_json=as_json)
    except OSError as error:
        bad_input(f"{out}: cannot be written ({error.strerror}).", as_json=as_json)
    detail = f"{out}: revision {row.number} of {row.scope.title}, SHA-256 {row.content_hash}."
    report(Outcome(Code.EXPORT_SUCCESS, detail), as_json=as_json)


def series(
    context: typer.Context,
    workspace: Annotated[str | None, typer.Option(help="Only this workspace.")] = None,
    findings: Annotated[
        bool, typer.Option("--findings", help="Validate each active draft, too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Label Review Series: every scope with active draft, latest revision, eligibility."""
    from prelabel_tui.core.triage import series as core

    store, _ = globals_of(context).open(as_json=as_json)
    rows: list[core.SeriesRow] = []
    page = core.series(store, workspace)
    rows += page.rows
    while page.next is not None:
        page = core.series(store, workspace, page.next)
        rows += page.rows
    found: dict[str, str] = {}
    if findings:
        for row in rows:
            if row.draft is not None:
                result = core.open_findings(store, row.draft.id)
                if result.value is None:
                    report(result.outcome, as_json=as_json)
                    return
                found[row.draft.id] = result.value.summary
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
        "Nothing to review yet: import a run.",
    )
