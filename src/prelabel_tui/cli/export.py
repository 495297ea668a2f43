"""`prelabel-tui export`: published labels out of the data folder."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from prelabel_tui.cli.command_tree import new_group
from prelabel_tui.cli.context import bad_input, fail, report
from prelabel_tui.cli.data_folder import open_data_folder
from prelabel_tui.cli.scope_options import AsJson, RevisionId, capability_named
from prelabel_tui.core.outcomes import Code, Outcome
from prelabel_tui.core.publishing import revisions
from prelabel_tui.core.publishing.eligibility import eligible_revisions
from prelabel_tui.core.store import FAILURES, failure
from prelabel_tui.formats.coco_export import Published, coco_document

app = new_group("export")


@app.command("coco")
def coco(
    context: typer.Context,
    eligible: Annotated[
        bool,
        typer.Option("--eligible", help="What is approved for data sets (the only choice)."),
    ] = False,
    out: Annotated[Path | None, typer.Option(help="File to write (else stdout).")] = None,
    workspace: Annotated[str | None, typer.Option(help="Only this workspace.")] = None,
    media: Annotated[str | None, typer.Option(help="Only the clips of this name.")] = None,
    capability: Annotated[
        str | None, typer.Option(help="Only ball or player (or in full).")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="With --out: print the outcome as one JSON object.")
    ] = False,
) -> None:
    """One COCO file: of each scope the newest revision that is approved for data sets."""
    if not eligible:
        bad_input(
            "Say --eligible: only what is approved for data sets is exported.", as_json=as_json
        )
    wanted = capability_named(capability, as_json=as_json) if capability else None

    store, _ = open_data_folder(context, as_json=as_json)
    chosen = []
    try:
        for revision_id in eligible_revisions(store, workspace, media, wanted):
            loaded = revisions.load(store, revision_id)
            if loaded.value is None:
                fail(loaded.outcome, as_json=as_json)
            row = loaded.value.row
            provenance = {
                "revision_id": row.id,
                "previous_hash": row.previous_hash,
                "published_at": row.provenance.published_at.isoformat(),
                "published_by": row.provenance.published_by,
                "lineage": row.lineage.full,
                "pack_sha": row.provenance.pack_sha,
                "eligibility": {
                    "status": row.eligibility.status,
                    "version": row.eligibility.version,
                },
            }
            chosen.append(
                Published(
                    row.scope.workspace,
                    row.scope.media,
                    row.scope.capability,
                    row.number,
                    row.content_hash,
                    loaded.value.manifest,
                    loaded.value.document,
                    provenance,
                )
            )
    except FAILURES as error:
        fail(failure(error), as_json=as_json)
    if not chosen:
        report(Outcome(Code.EXPORT_EMPTY), as_json=as_json)
    document = coco_document(chosen)
    text = json.dumps(document, ensure_ascii=False, indent=1)
    if out is None:
        sys.stdout.write(text + "\n")
        return
    try:
        part = out.with_name(f".{out.name}.{os.getpid()}.part")
        part.write_text(text + "\n", encoding="utf-8")
        part.replace(out)
    except OSError as error:
        bad_input(f"{out}: cannot be written ({error.strerror}).", as_json=as_json)
    detail = (
        f"{out}: {len(document['annotations'])} labels on {len(document['images'])} frames, "
        f"{len(chosen)} revisions."
    )
    report(
        Outcome(Code.EXPORT_SUCCESS, detail),
        as_json=as_json,
        extra={"revisions": document["info"]["revisions"], "file": str(out)},
    )


@app.command("revision")
def revision(
    context: typer.Context,
    revision_id: RevisionId,
    out: Annotated[Path, typer.Option(help="File to write; it must not be there yet.")],
    as_json: AsJson = False,
) -> None:
    """Write a revision's content as the canonical JSON that its hash is of."""
    store, _ = open_data_folder(context, as_json=as_json)
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
