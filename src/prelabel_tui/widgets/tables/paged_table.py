"""A table that loads only the pages that were scrolled to, and paints only the rows in view."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from prelabel_tui.core.text import printable
from prelabel_tui.widgets.cutting import fit

Cell = Text | str


@dataclass(frozen=True)
class Column:
    """A column: its minimum width, its share of what is left, and when it is left out.

    ``share`` 0 keeps the minimum width.  Where the table is too narrow, the columns with the
    highest ``drop`` are left out first; 0 always stays.
    """

    title: str
    width: int
    share: int = 0
    drop: int = 0
    right: bool = False


@dataclass(frozen=True)
class Row:
    """A line: cells by column, or one ``heading`` over the whole width that is not chosen.

    ``name``: the part of the heading that is cut first where it is too long.
    """

    key: Hashable
    cells: tuple[Cell, ...] = ()
    value: Any = None
    heading: Text | None = None
    name: str = ""

    @property
    def selectable(self) -> bool:
        """Whether the cursor can be on it."""
        return self.heading is None


class PagedTable(ScrollView):
    """Rows with a cursor.  It asks for more (:class:`Wanted`) when the end comes into view."""

    DEFAULT_CSS = """
    PagedTable { height: 1fr; background: $surface; scrollbar-size-vertical: 1;
                 overflow-x: hidden; overflow-y: scroll; }
    """
    can_focus = False
    AHEAD = 20
    """Rows left below the window when the next page is asked for."""

    class Wanted(Message):
        """The next page is needed."""

    class Moved(Message):
        """The cursor is on another row."""

        def __init__(self, row: Row | None) -> None:
            super().__init__()
            self.row = row

    def __init__(self, columns: Sequence[Column], *, empty: str = "", id: str = "table") -> None:
        super().__init__(id=id)
        self.columns = tuple(columns)
        self.empty = empty
        self.rows: list[Row] = []
        self.more = False
        self.cursor = 0
        self._asked = False
        self._head = 1 if any(column.title for column in self.columns) else 0

    # --- content ---

    def set_rows(self, rows: Iterable[Row], *, more: bool = False) -> None:
        """Replace everything; the cursor stays on the row with its key, else near its place."""
        before, current = self.rows, self.row.key if self.row else None
        top, cursor = self.scroll_offset.y, self.cursor
        self.rows = list(rows)
        self.more, self._asked = more, False
        if before and self.rows == before:
            return  # a slow link need not carry the same table again
        place = next((i for i, row in enumerate(self.rows) if row.key == current), None)
        self.cursor = self._nearest(self.cursor if place is None else place)
        self._changed(self._differing(before, cursor, top) if before and self.rows else None)

    def _differing(self, before: list[Row], cursor: int, top: int) -> list[int]:
        """List the lines of the window in which the rows, or the cursor's place, have changed."""
        window = range(max(0, self.size.height - self._head))
        return [
            line
            for line in window
            if before[top + line : top + line + 1] != self.rows[top + line : top + line + 1]
            or (cursor != self.cursor and top + line in (cursor, self.cursor))
        ]

    def append(self, rows: Iterable[Row], *, more: bool) -> None:
        """Add the next page."""
        self.rows.extend(rows)
        self.more, self._asked = more, False
        self.cursor = self._nearest(self.cursor)
        self._changed()

    def replace(self, row: Row) -> None:
        """Change the row with this key, if it is loaded."""
        for index, old in enumerate(self.rows):
            if old.key == row.key:
                self.rows[index] = row
                self.refresh()

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        if 0 <= self.cursor < len(self.rows) and self.rows[self.cursor].selectable:
            return self.rows[self.cursor]
        return None

    def _nearest(self, place: int) -> int:
        place = max(0, min(place, len(self.rows) - 1))
        for index in chain(range(place, len(self.rows)), range(place - 1, -1, -1)):
            if self.rows[index].selectable:
                return index
        return 0

    def _changed(self, lines: list[int] | None = None) -> None:
        """Follow a change of the rows; paint all of them, or only those lines of the window."""
        top = self.scroll_offset.y
        self.virtual_size = Size(self.size.width, len(self.rows) + self._head)
        self._show_cursor()
        if lines is None or top != self.scroll_offset.y:
            self.refresh()
        elif lines:
            width = self.size.width
            self.refresh(*(Region(0, line + self._head, width, 1) for line in lines))
        self.post_message(self.Moved(self.row))
        self._ask()

    # --- moving ---

    def move(self, step: int) -> None:
        """Move the cursor by selectable rows."""
        place, direction = self.cursor, 1 if step > 0 else -1
        for _ in range(abs(step)):
            further = place + direction
            while 0 <= further < len(self.rows) and not self.rows[further].selectable:
                further += direction
            if not 0 <= further < len(self.rows):
                break
            place = further
        self.move_to(place)

    def move_to(self, place: int) -> None:
        """Put the cursor on the row at ``place``, or the nearest selectable one."""
        before = self.cursor
        self.cursor = self._nearest(place)
        self._show_cursor()
        self.refresh()
        if self.cursor != before:
            self.post_message(self.Moved(self.row))
        self._ask()

    def page(self, direction: int) -> None:
        """Move by a screenful."""
        step = max(1, self.size.height - self._head - 1)
        self.move_to(self.cursor + direction * step)

    def _show_cursor(self) -> None:
        height = max(1, self.size.height - self._head)
        top = self.scroll_offset.y
        first = self.cursor
        while first > 0 and not self.rows[first - 1].selectable:
            first -= 1
        if first < top:
            top = first
        elif self.cursor >= top + height:
            top = self.cursor - height + 1
        self.scroll_to(y=top, animate=False, force=True, immediate=True)

    def _ask(self) -> None:
        end = self.scroll_offset.y + self.size.height + self.AHEAD
        if self.more and not self._asked and max(end, self.cursor + self.AHEAD) >= len(self.rows):
            self._asked = True
            self.post_message(self.Wanted())

    def on_resize(self) -> None:
        """Work out the widths again."""
        self.virtual_size = Size(self.size.width, len(self.rows) + self._head)
        if self.rows:
            self._show_cursor()
        self._ask()
        self.refresh()

    def watch_scroll_y(self, old: float, new: float) -> None:
        """Look for the next page: a wheel may have scrolled the end into view."""
        super().watch_scroll_y(old, new)
        self._ask()

    # --- painting ---

    def layout_columns(self, width: int) -> list[tuple[int, Column, int]]:
        """Return (index, column, width) of those that fit into ``width`` cells."""
        shown = list(enumerate(self.columns))
        while len(shown) > 1 and sum(c.width + 2 for _, c in shown) > width:
            worst = max(shown, key=lambda item: (item[1].drop, item[0]))
            if worst[1].drop == 0:
                break
            shown.remove(worst)
        spare = max(0, width - sum(c.width + 2 for _, c in shown))
        shares = sum(c.share for _, c in shown)
        result = []
        for index, column in shown:
            extra = spare * column.share // shares if shares else 0
            result.append((index, column, column.width + extra))
        return result

    def render_line(self, y: int) -> Strip:
        """Draw the column titles, then the rows."""
        width = self.size.width
        if y < self._head:
            line = self._line([column.title for column in self.columns], width)
            line.stylize("bold")
            return self._strip(line, width, self.rich_style + Style(dim=True))
        place = y - self._head + self.scroll_offset.y
        if not self.rows and place < len(said := self.empty.splitlines()):
            return self._strip(Text(f"  {said[place]}", "italic dim"), width, self.rich_style)
        if place >= len(self.rows):
            return Strip.blank(width, self.rich_style)
        row = self.rows[place]
        style = self.rich_style
        if place == self.cursor and row.selectable:
            style += Style(bgcolor=self.app.theme_variables.get("cursor-row"), bold=True)
        if row.heading is not None:
            return self._strip(Text(" ") + self._heading(row, row.heading, width - 2), width, style)
        line = self._line(row.cells, width)
        if place == self.cursor:
            line = Text.assemble(("▌", self.app.theme_variables.get("primary", "")), line[1:])
        return self._strip(line, width, style)

    @staticmethod
    def _cut(text: Text, room: int) -> Text:
        if not text.spans:
            return Text(fit(text.plain, room), text.style)
        text = text.copy()
        text.truncate(room, overflow="ellipsis")
        return text

    @staticmethod
    def _heading(row: Row, heading: Text, room: int) -> Text:
        """Cut a heading: its name first, which keeps half of the room."""
        over = cell_len(heading.plain) - room
        if over > 0 and row.name in heading.plain:
            at, width = heading.plain.index(row.name), cell_len(row.name)
            name = Text(fit(row.name, max(room // 2, width - over)), "bold")
            heading = heading[:at] + name + heading[at + len(row.name) :]
        else:
            heading = heading.copy()
        heading.truncate(room, overflow="ellipsis")
        return heading

    def _line(self, cells: Sequence[Cell], width: int) -> Text:
        line = Text(" ", no_wrap=True, end="")
        for index, column, room in self.layout_columns(width - 1):
            cell = cells[index] if index < len(cells) else ""
            text = self._cut(cell if isinstance(cell, Text) else Text(printable(cell)), room)
            gap = " " * (room - cell_len(text.plain))
            line.append_text(Text(gap) + text if column.right else text + Text(gap))
            line.append("  ")
        return line

    def _strip(self, text: Text, width: int, style: Style) -> Strip:
        segments: Iterable[Segment] = text.render(self.app.console)
        strip = Strip(Segment.apply_style(segments, style))
        return strip.adjust_cell_length(width, style)
