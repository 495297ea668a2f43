"""The colours: a pitch at night, the same by day, and for eyes and terminals that see fewer.

Text has a contrast of at least 4.5:1 and signs of at least 3:1 in each of them (WCAG 2.1, AA), and
no sign differs from another by its colour alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from textual.theme import Theme

ThemeName = Literal["night", "day", "colour-blind", "sixteen"]
RequestedTheme = Literal["auto", "night", "day", "colour-blind", "sixteen"]

REQUESTED_THEMES: Final[tuple[RequestedTheme, ...]] = (
    "auto",
    "night",
    "day",
    "colour-blind",
    "sixteen",
)


def theme_for(requested: RequestedTheme, *, sixteen_colours: bool) -> ThemeName:
    """Return the theme to show: `auto` is `night`, or `sixteen` where there are no more colours."""
    if requested == "auto":
        return "sixteen" if sixteen_colours else "night"
    return requested


def themes() -> tuple[Theme, ...]:
    """Make the themes, each by its :data:`ThemeName`."""
    # Deferred: the names are wanted before the terminal is asked, Textual after it.
    from textual.theme import Theme

    def theme(name: ThemeName, *, dark: bool = True, **colours: Any) -> Theme:
        cursor, line, bar = (colours.pop(part) for part in ("cursor", "line", "bar"))
        return Theme(
            name=name,
            dark=dark,
            variables={
                "cursor-row": cursor,
                "input-selection-background": f"{colours['primary']} 35%",
                "scrollbar": bar,
                "scrollbar-background": colours["surface"],
                "scrollbar-hover": colours["primary"],
                "scrollbar-active": colours["primary"],
                "border-blurred": line,
            },
            **colours,
        )

    return (
        theme(
            "night",
            primary="#4fb477", secondary="#5fa8d3", accent="#f2c14e", success="#58c98b",
            warning="#e8a33d", error="#ef6461", foreground="#dbe6df", background="#0c110f",
            surface="#111815", panel="#1a2420", cursor="#24382e", line="#2b3a33", bar="#60756a",
        ),
        theme(
            "day", dark=False,
            primary="#1c6b3c", secondary="#14598c", accent="#7a4b00", success="#1b6a3a",
            warning="#8a4300", error="#b01a1a", foreground="#0d1611", background="#f4f7f2",
            surface="#ebf0e9", panel="#dfe7dd", cursor="#d2e6d7", line="#a9b8ad", bar="#728478",
        ),
        # Blue, orange and yellow stay apart for every common kind of colour blindness
        # (after Okabe and Ito, 2008); where they meet red and green, only lightness differed.
        theme(
            "colour-blind",
            primary="#56b4e9", secondary="#9ecbea", accent="#f0e442", success="#56b4e9",
            warning="#e69f00", error="#ff7a3d", foreground="#e6e6e6", background="#0e0f12",
            surface="#14161a", panel="#1d2026", cursor="#22364a", line="#333a45", bar="#6b7480",
        ),
        # What Rich makes of these is exact: they are the colours of its palette of sixteen.
        theme(
            "sixteen",
            primary="#55ff55", secondary="#55ffff", accent="#ffff55", success="#55ff55",
            warning="#ffff55", error="#ff5555", foreground="#ffffff", background="#000000",
            surface="#000000", panel="#000000", cursor="#0000aa", line="#555555", bar="#aaaaaa",
        ),
    )  # fmt: skip
