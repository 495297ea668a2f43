"""Every theme: its contrast computed from what is on the screens, and how five of them look."""

from __future__ import annotations

from functools import partial
from typing import Final

import pytest
from rich._palettes import STANDARD_PALETTE
from rich.color import Color, ColorSystem
from rich.color_triplet import ColorTriplet
from textual.pilot import Pilot

from prelabel_tui.core.store import Store
from prelabel_tui.theme import REQUESTED_THEMES, RequestedTheme, theme_for
from prelabel_tui.widgets.frame_view.widget import FrameView
from tests.snapshots.shots import SMALL, Shots
from tests.ui.applications import MakeApp
from tests.ui.reviewing import reviewing

TEXT: Final = 4.5
SIGN: Final = 3.0
"""The least contrast of letters and of signs (WCAG 2.1, AA)."""

DECORATION: Final = set(" ─│╭╮╰╯▏▕▁▔")
"""Lines around things, which say nothing that is not said otherwise."""


def _luminance(colour: ColorTriplet) -> float:
    parts = [value / 255 for value in colour]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: ColorTriplet, other: ColorTriplet) -> float:
    """The contrast of two colours, 1 to 21 (WCAG 2.1)."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def shown(colour: Color | None, theme: RequestedTheme) -> ColorTriplet:
    """What a terminal makes of a colour: the theme for sixteen is shown on one that has no more."""
    assert colour is not None
    if theme == "sixteen":
        number = colour.downgrade(ColorSystem.STANDARD).number
        assert number is not None
        return STANDARD_PALETTE[number]
    return colour.get_truecolor()


def faint(pilot: Pilot[object], theme: RequestedTheme) -> set[str]:
    """What is written with too little contrast, beside the picture and below no dialog."""
    screen, found = pilot.app.screen, set()
    for y, strip in enumerate(screen._compositor.render_strips()):
        x = 0
        for segment in strip:
            style, column = segment.style, x
            x += segment.cell_length
            signs = set(segment.text) - DECORATION
            widget, _ = screen.get_widget_at(column, y)
            if not signs or style is None or widget is screen or isinstance(widget, FrameView):
                continue
            least = TEXT if any(map(str.isalnum, signs)) else SIGN
            has = contrast(shown(style.color, theme), shown(style.bgcolor, theme))
            if has < least:
                found.add(f"{widget!r}: {segment.text.strip()!r}, {style}: {has:.1f}")
    return found


SCREENS: Final = {
    "review": "f5 tab l",
    "findings": "F",
    "publish": "!",
    "help": "?",
    "runs": "q",
}
"""The screens that are pictured, by the keys that lead from the review to each."""


@pytest.mark.parametrize("theme", REQUESTED_THEMES[1:])
async def test_theme(
    make_published: MakeApp, published_store: Store, shots: Shots, theme: RequestedTheme
) -> None:
    make_app = partial(make_published, theme=theme)
    async with reviewing(make_app, published_store, size=SMALL) as review:
        for name, keys in SCREENS.items():
            await review.press(*keys.split())
            await review.rest()
            assert faint(review.pilot, theme) == set(), name
            if theme != "night":  # which every other picture is in
                await shots(review.pilot, name=name)
            if name not in ("review", "runs"):
                await review.press("escape")


def test_auto_is_the_night_and_sixteen_colours_where_there_are_no_more() -> None:
    assert theme_for("auto", sixteen_colours=False) == "night"
    assert theme_for("auto", sixteen_colours=True) == "sixteen"
    assert theme_for("day", sixteen_colours=True) == "day"
