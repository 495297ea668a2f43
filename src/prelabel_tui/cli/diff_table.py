"""What leads from one content to another, as a table."""

from __future__ import annotations

import typer

from prelabel_tui.cli.table import print_table
from prelabel_tui.core.model.diff import Diff


def print_diff(diff: Diff) -> None:
    """Print a row for each frame that differs, and the sums below."""
    print_table(
        ("FRAME", "ADDED", "REMOVED", "MODIFIED", "FLAGS OR BALL STATE", "LEFT OUT"),
        [
            (
                frame.index + 1,
                " ".join(label.id for label in frame.added),
                " ".join(label.id for label in frame.removed),
                " ".join(label.id for _, label in frame.modified),
                "changed" if frame.flags or frame.ball else "",
                {None: "", (False, True): "left out"}.get(frame.left_out, "brought back"),
            )
            for frame in diff.frames
        ],
        "The same content.",
    )
    typer.echo(diff.summary.text)
