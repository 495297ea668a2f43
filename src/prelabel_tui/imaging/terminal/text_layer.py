"""What the terminal holds as text, cell by cell, so that only cells that changed are sent.

Textual sends each line of a widget that asked for a refresh from the widget's left edge on,
whether or not it looks the same.  Over SSH a clock of a few digits then costs a line a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from rich.cells import cell_len, get_character_cell_size
from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

_JUMP: Final = 4
"""Cells that are sent again rather than jumped over."""

_NO_STYLE: Final = Style.null()


class OpaqueStrip(Strip):
    """A strip that writes its own sequences: nobody else knows what its cells hold."""

    __slots__ = ()


class TextLayer:
    """The text of one terminal.  Lives on the user interface's thread."""

    def __init__(self) -> None:
        self._size = (0, 0)
        self._text: list[list[str]] = []
        self._styles: list[list[Style | None]] = []
        """None where it is not known what the cell holds."""

    def forget(self) -> None:
        """Take note that the terminal was emptied, or that somebody else has written to it."""
        self._size = (0, 0)

    def of(self, update: CompositorUpdate, size: tuple[int, int], console: Console) -> str:
        """Return the sequences of what an update changes on a screen of ``size`` cells."""
        if size != self._size:
            self._size = size
            self._text = [[" "] * size[0] for _ in range(size[1])]
            self._styles = [[None] * size[0] for _ in range(size[1])]
        writer = _Writer(console)
        for x, y, strip in _strips(update):
            if y >= size[1]:
                continue
            if isinstance(strip, OpaqueStrip):
                self._write_opaque(writer, x, y, strip, console)
            else:
                self._write(writer, x, y, strip)
        return writer.text

    def _write_opaque(
        self, writer: _Writer, x: int, y: int, strip: OpaqueStrip, console: Console
    ) -> None:
        width = strip.cell_length
        sequences = strip.render(console)
        if sequences != f"\x1b[{width}C":  # else the cells are known to hold it already
            writer.write_raw(x, y, sequences)
        self._styles[y][x : x + width] = [None] * width

    def _write(self, writer: _Writer, x: int, y: int, strip: Strip) -> None:
        texts, styles = self._text[y], self._styles[y]
        for segment in strip:
            if segment.control:
                continue
            style = segment.style or _NO_STYLE
            cells = _cells(segment.text)[: self._size[0] - x]
            end = x + len(cells)
            alike = styles[x:end] == [style] * len(cells)
            if not (alike and texts[x:end] == cells):
                for at, cell in enumerate(cells, x):
                    if texts[at] == cell and styles[at] == style:
                        continue
                    if cell:  # the second half of a wide character comes with the first
                        self._close_gap(writer, at, y, style)
                        writer.write(at, y, cell, style)
                    texts[at], styles[at] = cell, style
            x = end

    def _close_gap(self, writer: _Writer, x: int, y: int, style: Style) -> None:
        """Write a few unchanged cells again where that is shorter than a jump."""
        at, row = writer.place
        if row != y or not 0 < x - at < _JUMP:
            return
        gap = range(at, x)
        if all(self._styles[y][cell] == writer.style for cell in gap):
            writer.write(at, y, "".join(self._text[y][at:x]), style=writer.style)


class _Writer:
    """Moves and colours only where the terminal's cursor and pen are not there yet."""

    def __init__(self, console: Console) -> None:
        self._colours = console._color_system
        self._out: list[str] = []
        self.place = (-1, -1)
        self.style = _NO_STYLE
        self._pen = ("", "", "")
        self._fresh = True

    @property
    def text(self) -> str:
        """All that was written; the pen is put down at the end."""
        return "".join([*self._out, "\x1b[m"]) if self._out else ""

    def write(self, x: int, y: int, text: str, style: Style) -> None:
        """Write text from a cell on."""
        self._move(x, y)
        if self._fresh or style is not self.style:
            self._out.append(self._pen_for(style))
        self._out.append(text)
        self.style, self._fresh = style, False
        self.place = (x + cell_len(text), y)

    def write_raw(self, x: int, y: int, sequences: str) -> None:
        """Write sequences that leave the cursor anywhere and the pen down."""
        self._move(x, y)
        if not self._fresh:
            self._out.append("\x1b[m")
        self._out.append(sequences)
        self.place, self._pen, self._fresh = (-1, -1), ("", "", ""), True

    def _move(self, x: int, y: int) -> None:
        at, row = self.place
        if row == y and x >= at:
            if x > at:
                self._out.append(f"\x1b[{x - at}C" if x - at > 1 else "\x1b[C")
        else:
            self._out.append(f"\x1b[{y + 1};{x + 1}H")
        self.place = (x, y)

    def _pen_for(self, style: Style) -> str:
        """Return what makes the pen draw in a style: only what differs, or all of it anew."""
        before, self._pen = self._pen, _codes(style, self._colours)
        if self._fresh:  # whoever wrote last has put the pen down
            return f"\x1b[{codes}m" if (codes := _joined(*self._pen)) else ""
        if before[0] != self._pen[0] or (self._pen[1:] != before[1:] and "" in self._pen[1:]):
            return f"\x1b[{_joined('0', *self._pen)}m"
        other = [new for new, old in zip(self._pen, before, strict=True) if new != old]
        return f"\x1b[{_joined(*other)}m" if other else ""


def _joined(*codes: str) -> str:
    return ";".join(code for code in codes if code)


@lru_cache(maxsize=1024)
def _codes(style: Style, colours: ColorSystem | None) -> tuple[str, str, str]:
    """Return the parameters of a style's attributes, its foreground and its background."""
    if colours is None:
        return "", "", ""
    attributes = style.without_color._make_ansi_codes(colours)
    front, back = style.color, style.bgcolor
    return (
        attributes,
        "" if front is None else ";".join(front.downgrade(colours).get_ansi_codes()),
        "" if back is None else ";".join(back.downgrade(colours).get_ansi_codes(foreground=False)),
    )


@lru_cache(maxsize=4096)
def _cells(text: str) -> list[str]:
    """Split text into cells: a wide character has an empty one behind it.

    An accent without a letter before it in the same text is left out.
    """
    if text.isascii():
        return list(text)
    cells: list[str] = []
    for character in text:
        width = get_character_cell_size(character)
        if width == 0:
            if cells:
                cells[-1 if cells[-1] else -2] += character
        else:
            cells += [character] + [""] * (width - 1)
    return cells


def _strips(update: CompositorUpdate) -> Iterator[tuple[int, int, Strip]]:
    """Yield column, row and strip of all that an update would draw."""
    if isinstance(update, LayoutUpdate):
        for y, line in enumerate(update.strips, update.region.y):
            x = update.region.x
            for strip in line:
                yield x, y, strip
                x += strip.cell_length
    elif isinstance(update, ChopsUpdate):
        for y, first, last in update.spans:
            for end, (x, piece) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
                left, right = max(x, first), min(end, last)
                if piece is not None and left < right:
                    yield left, y, piece.crop(left - x, right - x)
