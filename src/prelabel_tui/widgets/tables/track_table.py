"""The tracks of a draft, under the picture."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from prelabel_tui.core.text import printable
from prelabel_tui.core.tracks import TrackSummary
from prelabel_tui.widgets.tables.paged_table import Column, PagedTable, Row

_COLUMNS = (
    Column("", 1),
    Column("Track", 12, share=1),
    Column("Frames", 13, right=True),
    Column("Labels", 7, right=True),
    Column("Gaps", 5, right=True),
    Column("Score", 5, right=True),
    Column("Changed", 8, right=True),
    Column("Name", 10, drop=1),
)


class TrackTable(PagedTable):
    """One line each: name, where it is, gaps, mean score, what was changed."""

    def __init__(self, *, id: str = "tracks") -> None:
        super().__init__(_COLUMNS, empty="No labels, so no tracks.", id=id)

    def show(
        self, tracks: Sequence[TrackSummary], selected: str | None, cursor: str | None
    ) -> None:
        """Show the tracks; ``selected`` is marked, the cursor is on the one called ``cursor``."""
        rows = [self._row(track, track.name == selected) for track in tracks]
        names = [track.name for track in tracks]
        self.cursor = names.index(cursor) if cursor in names else 0
        self.set_rows(rows)

    def _row(self, track: TrackSummary, selected: bool) -> Row:
        colour = self.app.theme_variables.get
        changed = f"{len(track.changed):,}" if track.changed else ""
        cells = (
            Text("●" if selected else " ", colour("accent", "")),
            printable(track.name),
            f"{track.first + 1}–{track.last + 1}",
            f"{track.labels:,}",
            Text(f"{track.gaps:,}" if track.gaps else "", colour("warning", "")),
            "" if track.score is None else f"{track.score:.2f}",
            Text(changed, colour("accent", "")),
            Text("given" if track.given else "worked out", "dim"),
        )
        return Row(track.name, cells, track)
