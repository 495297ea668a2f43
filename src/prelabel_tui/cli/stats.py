"""`prelabel-tui stats`: how fast review goes, and what it keeps of the prelabels."""

from __future__ import annotations

import typer

from prelabel_tui.cli.command_tree import new_app
from prelabel_tui.cli.context import print_json
from prelabel_tui.cli.data_folder import open_data_folder
from prelabel_tui.cli.scope_options import AsJson
from prelabel_tui.cli.table import print_table
from prelabel_tui.core.ids import IdKind
from prelabel_tui.core.metrics.report import statistics
from prelabel_tui.core.metrics.throughput import Retention, Throughput

_KEPT = ("KEPT", "MOVED", "DELETED", "ADDED")


app = new_app()


@app.command()
def stats(context: typer.Context, as_json: AsJson = False) -> None:
    """Frames and labels per hour, keys per frame, self-agreement; how many prelabels were kept."""
    store, _ = open_data_folder(context, as_json=as_json)
    found = statistics(store)
    if as_json:
        print_json(found.as_json())
        return
    head = (
        "FRAMES",
        "LABELS",
        "KEYS",
        "FRAMES/H",
        "LABELS/H",
        "KEYS/FRAME",
        *_KEPT,
        "REPEATS",
        "AGREE",
    )
    people = [(name, *_meter(total)) for name, total in found.users.items()]
    print_table(("REVIEWER", *head), people, "Nobody has reviewed anything yet.")
    if found.runs:
        typer.echo("")
        runs = [(IdKind.RUN.short(name), *_meter(total)) for name, total in found.runs.items()]
        print_table(("RUN", *head), runs, "")
    if found.drafts:
        typer.echo("")
        drafts = [
            (
                draft.scope.title,
                f"{draft.reviewed}/{draft.frames}",
                draft.unseen,
                draft.left_out,
                *_retention(draft.retention),
            )
            for draft in found.drafts
        ]
        print_table(("DRAFT", "REVIEWED", "UNSEEN", "LEFT OUT", *_KEPT), drafts, "")


def _meter(total: Throughput) -> tuple[str, ...]:
    rates = (total.frames_per_hour, total.labels_per_hour, total.keys_per_frame)
    counts = (total.frames, total.labels, total.keys)
    share = total.again.share
    return (
        *(f"{n:,}" for n in counts),
        *("–" if r is None else f"{r:.1f}" for r in rates),
        *_retention(total.retention),
        f"{total.again.frames:,}" if total.again.frames else "–",
        "–" if share is None else f"{share:.1%}",
    )


def _retention(retention: Retention | None) -> tuple[str, ...]:
    if retention is None:
        return ("–",) * 4
    shares = (
        (n, retention.share(n))
        for n in (retention.kept, retention.moved, retention.deleted, retention.added)
    )
    return tuple(f"{n:,}" if share is None else f"{n:,} ({share:.1%})" for n, share in shares)
