"""The labels of a frame as numbers, beside the picture: one line each, the selected one in full."""

from __future__ import annotations

from collections.abc import Iterable

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from prelabel_tui.core.edits.one_frame import pixels
from prelabel_tui.core.model.labels import (
    EMPTY_FRAME,
    SCORE_UNIT,
    UNIT,
    Ball,
    Box,
    Frame,
    Label,
    Origin,
)
from prelabel_tui.core.text import printable

_MARKS = {Origin.MANUAL: "+", Origin.INTERPOLATED: "~", Origin.PROPAGATED: "»"}
_DETAIL = 5
"""Lines below the list with everything about the selected label."""

_TALL = 12
"""Lines from which on there are so many below the list; else 2."""


def score_text(label: Label) -> str:
    """Return `.91`, `1.0`, or `–` where the model gave none: at most three characters."""
    if label.score is None:
        return "–"
    shown = f"{label.score / SCORE_UNIT:.2f}"
    return shown.removeprefix("0") if shown < "1" else "1.0"


def mark_of(label: Label) -> str:
    """Return how a label came to be: ` ` from the model, `*` changed, `+` `~` `»`."""
    return _MARKS.get(label.origin) or ("*" if label.was is not None else " ")


def short(units: int) -> str:
    """Return px without decimals, for narrow columns."""
    return str((units + UNIT // 2) // UNIT)


def _rows(height: int) -> int:
    """Return the lines of the list in a widget of this height."""
    return max(1, height - 1 - (_DETAIL if height >= _TALL else 2))


class LabelList(Widget):
    """Repaints only itself, so that an edit costs no layout."""

    DEFAULT_CSS = """
    LabelList { width: 30; height: 1fr; background: $surface; border-left: vkey $primary 40%; }
    """

    def __init__(self, *, low_score: int, id: str = "labels") -> None:
        super().__init__(id=id)
        self.low_score = low_score
        self.frame = EMPTY_FRAME
        self._labels: list[Label] = []
        self.selected: str | None = None
        self.done: frozenset[str] = frozenset()
        self.handle = ""
        self.noted: frozenset[str] = frozenset()
        self._top = 0
        self._looks: list[object] = []

    def show(
        self,
        frame: Frame,
        selected: str | None,
        done: Iterable[str] = (),
        handle: str = "",
        noted: Iterable[str] = (),
    ) -> None:
        """Show a frame.

        ``done``: ids that were accepted one by one; ``handle``: what hjkl move now; ``noted``: ids
        with an open note.  Paints only
        the lines that changed: on a thin link the whole list would take longer than the next key.
        """
        self.frame = frame
        self._labels = frame.listed()
        self.selected = selected
        self.done = frozenset(done)
        self.handle = handle
        self.noted = frozenset(noted)
        width, height = self.size  # which Textual looks for in the whole layout
        self._scroll(_rows(height))
        before, self._looks = self._looks, self._look(height)
        if len(before) != len(self._looks):
            self.refresh()
            return
        changed = [y for y, look in enumerate(self._looks) if look != before[y]]
        if changed:
            self.refresh(*(Region(0, y, width, 1) for y in changed))

    def _look(self, height: int) -> list[object]:
        """Return what each line is made of."""
        rows, labels = _rows(height), self._labels
        looks: list[object] = [(len(labels), len(self.done))]
        for y in range(1, rows + 1):
            label = labels[y - 1 + self._top] if y - 1 + self._top < len(labels) else None
            if label is None:
                looks.append(None)
            else:
                at, done = label.id == self.selected, label.id in self.done
                looks.append((label, self._hidden(y, rows), at, done, label.id in self.noted))
        looks += self._details(height)
        return [*looks, *[None] * height][:height]

    @property
    def plain(self) -> list[str]:
        """The lines as text."""
        height = self.size.height
        return [self._line(y, _rows(height), height).plain.rstrip() for y in range(height)]

    def render_line(self, y: int) -> Strip:
        """Draw the head, the labels in view, then the selected one in full."""
        width, height = self.size
        rows = _rows(height)
        text = self._line(y, rows, height)
        text.truncate(width, overflow="ellipsis")
        style = self.rich_style
        row = y - 1 + self._top
        labels = self._labels
        if 1 <= y <= rows and row < len(labels) and labels[row].id == self.selected:
            style += Style(bgcolor=self.app.theme_variables.get("cursor-row"), bold=True)
        segments: Iterable[Segment] = text.render(self.app.console)
        return Strip(Segment.apply_style(segments, style)).adjust_cell_length(width, style)

    def _line(self, y: int, rows: int, height: int) -> Text:
        labels = self._labels
        if y == 0:
            self._scroll(rows)
            return self._head()
        if y <= rows:
            row = y - 1 + self._top
            if row >= len(labels):
                return Text(end="")
            return self._row(labels[row], self._hidden(y, rows))
        details, at = self._details(height), y - rows - 1
        return details[at] if at < len(details) else Text(end="")

    def _hidden(self, y: int, rows: int) -> str:
        """Return an arrow for the first or last line where more labels are beyond it."""
        if y == 1 and self._top > 0:
            return "↑"
        beyond = y + self._top < len(self._labels)
        return "↓" if y == rows and beyond else " "

    def _head(self) -> Text:
        count = len(self._labels)
        noun = "label" if count == 1 else "labels"
        text = Text(f" {count} {noun}", "bold", end="")
        if self.done:
            text.append(f"  ✓ {len(self.done)}", self._colour("success"))
        return text

    def _scroll(self, rows: int) -> None:
        ids = [label.id for label in self._labels]
        place = ids.index(self.selected) if self.selected in ids else self._top
        self._top = min(self._top, place)
        if place >= self._top + rows:
            self._top = place - rows + 1
        self._top = max(0, min(self._top, len(ids) - rows))

    def _row(self, label: Label, hidden: str) -> Text:
        width = self.size.width
        done = label.id in self.done
        line = Text(end="", no_wrap=True)
        line.append("✓" if done else hidden, self._colour("success") if done else "dim")
        line.append(mark_of(label), self._colour("warning"))
        wide, exact = width >= 32, width >= 40
        room = 7 if wide else 4
        sign = "✎" if label.id in self.noted else ""
        line.append(printable(label.id, room - len(sign)))
        line.append(sign, self._colour("accent"))
        line.append(" " * (2 + room - line.cell_len))
        number = pixels if exact else short
        if isinstance(label, Box):
            room = 17 if exact else 11 if wide else 10
            line.append(f"{f'{number(label.x)},{number(label.y)}':>{room}}")
            line.append(f"{f'{short(label.w)}×{short(label.h)}':>{8 if wide else 7}}", "dim")
        else:
            line.append(f"{f'{pixels(label.x)},{pixels(label.y)}':>17}")
        low = label.score is not None and label.score < self.low_score
        line.append(f"{score_text(label):>4}", self._colour("error") if low else "")
        return line

    def _details(self, height: int) -> list[Text]:
        """Return everything about the selected label."""
        label = self.frame.label(self.selected) if self.selected else None
        if label is None:
            hint = "Tab selects a label" if self.frame.labels else "No labels in this frame"
            return [Text(f" {hint}", "dim italic", end="")]
        moved = f" · {self.handle}" if self.handle else ""
        lines = [
            Text.assemble((f"─ {printable(label.id, 12)}", "bold"), (moved, "reverse"), end=""),
            Text(f" x {pixels(label.x)}  y {pixels(label.y)}", end=""),
            Text(self._extent(label), end=""),
            Text(f" score {score_text(label)} · {self._origin(label)}", end=""),
            Text(self._was(label), "dim", end=""),
        ]
        return [lines[0] + Text(lines[2].plain), lines[1]] if height < _TALL else lines

    def _extent(self, label: Label) -> str:
        if isinstance(label, Ball):
            return f" size {pixels(label.size) if label.size is not None else '– (none stored)'}"
        return f" w {pixels(label.w)}  h {pixels(label.h)}"

    def _origin(self, label: Label) -> str:
        return "edited" if label.was is not None else label.origin.value

    def _was(self, label: Label) -> str:
        if label.was is None:
            return ""
        numbers = (pixels(n) if n is not None else "–" for n in label.was)
        return " was " + " ".join(numbers)

    def _colour(self, name: str) -> str:
        return self.app.theme_variables.get(name, "")
