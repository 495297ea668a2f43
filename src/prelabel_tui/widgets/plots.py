"""Small plots made of text."""

from __future__ import annotations

from collections.abc import Sequence

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_HEIGHTS = "▁▂▃▄▅▆▇█"


def bar(value: float, most: float, width: int) -> str:
    """A bar of ``width`` cells at most, exact to an eighth of a cell."""
    if most <= 0 or value <= 0:
        return ""
    eighths = max(1, round(width * 8 * min(1.0, value / most)))
    whole, rest = divmod(eighths, 8)
    return "█" * whole + (_EIGHTHS[rest] if rest else "")


def sparkline(values: Sequence[float], width: int) -> str:
    """The last ``width`` values as columns, the highest full; empty without values."""
    shown = values[-width:]
    most = max(shown, default=0.0)
    if most <= 0:
        return _HEIGHTS[0] * len(shown)
    return "".join(_HEIGHTS[min(7, int(8 * max(0.0, value) / most))] for value in shown)
