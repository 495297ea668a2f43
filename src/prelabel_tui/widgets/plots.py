"""Small plots made of text."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from rich.text import Text
from textual.widget import Widget

from prelabel_tui.core.text import printable
from prelabel_tui.widgets.cutting import fit

if TYPE_CHECKING:
    from prelabel_tui.core.metrics.throughput import Retention

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_HEIGHTS = "▁▂▃▄▅▆▇█"


def bar(value: float, most: float, width: int) -> str:
    """Return a bar of at most ``width`` cells, exact to an eighth of a cell."""
    if most <= 0 or value <= 0:
        return ""
    eighths = max(1, round(width * 8 * min(1.0, value / most)))
    whole, rest = divmod(eighths, 8)
    return "█" * whole + (_EIGHTHS[rest] if rest else "")


def sparkline(values: Sequence[float], width: int) -> str:
    """Return the last ``width`` values as columns, the highest full; empty without values."""
    shown = values[-width:]
    most = max(shown, default=0.0)
    if most <= 0:
        return _HEIGHTS[0] * len(shown)
    return "".join(_HEIGHTS[min(7, int(8 * max(0.0, value) / most))] for value in shown)


def columns(values: Sequence[float], width: int, height: int) -> list[str]:
    """Return a chart of ``height`` lines, the highest value full, exact to an eighth of a line.

    All columns are equally wide; where there are more values than cells, each cell has the mean
    of those that fall on it.  Empty without values.
    """
    count = len(values)
    if not count or width <= 0:
        return [""] * height
    if count > width:
        edges = [at * count // width for at in range(width + 1)]
        shown = [sum(values[a:b]) / (b - a) for a, b in pairwise(edges)]
    else:
        shown = [value for value in values for _ in range(width // count)]
    most = max(shown)
    eighths = [round(8 * height * value / most) if most > 0 else 0 for value in shown]
    lines = []
    for line in range(height - 1, -1, -1):
        rest = (min(8, max(0, eighth - 8 * line)) for eighth in eighths)
        lines.append("".join(" " if part == 0 else _HEIGHTS[part - 1] for part in rest))
    return lines


def shares(counts: Sequence[int], glyphs: str, width: int) -> str:
    """Return one bar of ``width`` cells, a stretch of each glyph by its count.

    A count that is not zero gets at least one cell.  Empty without counts.
    """
    whole = sum(counts)
    if whole <= 0:
        return ""
    lengths = [max(1, round(width * count / whole)) if count else 0 for count in counts]
    while sum(lengths) != width:
        step = 1 if sum(lengths) < width else -1
        lengths[max(range(len(lengths)), key=lengths.__getitem__)] += step
    return "".join(glyph * length for glyph, length in zip(glyphs, lengths, strict=True))


_KEPT_GLYPHS = "█▓░"


def retention_line(retention: Retention, width: int = 16) -> str:
    """Draw `██████▓░ kept 91.0 %, moved 6.0 %, deleted 3.0 %, added 12`."""
    bar = shares((retention.kept, retention.moved, retention.deleted), _KEPT_GLYPHS, width)
    parts = []
    for glyph, name in zip(_KEPT_GLYPHS, ("kept", "moved", "deleted"), strict=True):
        share = retention.share(getattr(retention, name))
        parts.append(f"{glyph} {name} " + ("–" if share is None else f"{share:.1%}"))
    return "  ".join(filter(None, (bar, ", ".join(parts), f"added {retention.added:,}")))


def hourly(minutes: Sequence[int]) -> list[float]:
    """Return frames per hour from the frames of each minute, smoothed over its neighbours."""
    count = len(minutes)
    near = (minutes[max(0, at - 1) : at + 2] for at in range(count))
    return [60 * sum(part) / len(part) for part in near]


class Plot(Widget):
    """Title, highest value, columns, and what is at both ends of the time."""

    DEFAULT_CSS = """
    Plot { height: 8; background: $surface; border: round $border-blurred;
           border-title-color: $accent; padding: 0 1; }
    """

    def __init__(self, *, id: str = "plot") -> None:
        super().__init__(id=id)
        self.values: tuple[float, ...] = ()
        self.ends = ("", "")
        self.empty = ""

    def show(
        self, title: str, values: Sequence[float], ends: tuple[str, str], empty: str = ""
    ) -> None:
        """Replace what is shown; ``empty`` is shown in place of a chart without values."""
        self.border_title = printable(title)
        self.values, self.ends, self.empty = tuple(values), ends, empty
        self.refresh()

    def render(self) -> Text:
        """Draw as many lines as there is room for."""
        width, height = self.content_size
        if not self.values:
            return Text(self.empty, "dim italic")
        scale = f"{max(self.values):,.0f} "
        lines = columns(self.values, width - len(scale), height - 1)
        text = Text(no_wrap=True, overflow="crop", end="")
        for number, line in enumerate(lines):
            text.append(scale if number == 0 else " " * len(scale), "dim")
            text.append(f"{line}\n", self.app.theme_variables.get("success", ""))
        left, right = self.ends
        drawn = max(map(len, lines), default=0)
        gap = max(1, drawn - len(left) - len(right))
        text.append(fit(" " * len(scale) + left + " " * gap + right, width), "dim")
        return text
