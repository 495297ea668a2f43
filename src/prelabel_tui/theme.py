"""The colours: a pitch at night."""

from __future__ import annotations

from textual.theme import Theme

PITCH = Theme(
    name="pitch",
    primary="#4fb477",
    secondary="#5fa8d3",
    accent="#f2c14e",
    success="#58c98b",
    warning="#e8a33d",
    error="#ef6461",
    foreground="#dbe6df",
    background="#0c110f",
    surface="#111815",
    panel="#1a2420",
    dark=True,
    variables={
        "cursor-row": "#24382e",
        "input-selection-background": "#4fb477 35%",
        "scrollbar": "#2b3a33",
        "scrollbar-background": "#111815",
        "scrollbar-hover": "#4fb477",
        "scrollbar-active": "#4fb477",
        "border-blurred": "#2b3a33",
    },
)
