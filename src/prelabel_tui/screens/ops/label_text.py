"""A label, and what changed about it, in a few numbers."""

from __future__ import annotations

from prelabel_tui.core.model.labels import UNIT, Box, Label


def px(units: int) -> str:
    """Return 1/100 px as pixels: whole, or with two decimals."""
    return str(units // UNIT) if units % UNIT == 0 else f"{units / UNIT:.2f}"


def where(label: Label) -> str:
    """Return `120,40 30×80` of a box, `33.50,9 ⌀12` of a ball."""
    place = f"{px(label.x)},{px(label.y)}"
    if isinstance(label, Box):
        return f"{place} {px(label.w)}×{px(label.h)}"
    return place if label.size is None else f"{place} ⌀{px(label.size)}"


def change(old: Label, new: Label) -> str:
    """Return how a modified label differs, in pixels."""
    parts = []
    if (old.x, old.y) != (new.x, new.y):
        parts.append(f"moved {_signed(new.x - old.x)},{_signed(new.y - old.y)}")
    if isinstance(old, Box) and isinstance(new, Box):
        if (old.w, old.h) != (new.w, new.h):
            parts.append(f"size {_signed(new.w - old.w)},{_signed(new.h - old.h)}")
    elif not isinstance(old, Box) and not isinstance(new, Box) and old.size != new.size:
        sizes = [px(size) if size is not None else "none" for size in (old.size, new.size)]
        parts.append(f"⌀{sizes[0]} → {sizes[1]}")
    if old.origin != new.origin:
        parts.append(f"{old.origin} → {new.origin}")
    if old.score != new.score:
        parts.append("score")
    return ", ".join(parts) or "notes only"


def _signed(units: int) -> str:
    return f"{'+' if units >= 0 else '−'}{px(abs(units))}"
