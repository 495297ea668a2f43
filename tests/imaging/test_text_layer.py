"""The text layer against a terminal emulator: what it leaves out changes nothing on the screen."""

from __future__ import annotations

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from prelabel_tui.imaging.terminal.text_layer import OpaqueStrip, TextLayer

WIDTH, HEIGHT = 24, 4
CONSOLE = Console(force_terminal=True, color_system="truecolor", width=WIDTH, height=HEIGHT)
STYLES = [
    Style.null(),
    Style.parse("bold #dbe6df on #24382e"),
    Style.parse("#dbe6df on #24382e"),
    Style.parse("#dbe6df on #11181f"),
    Style.parse("underline red"),
    Style.parse("on blue"),
    Style.parse("reverse italic green on default"),
]


class Terminal:
    """An emulated terminal."""

    def __init__(self) -> None:
        self.screen = pyte.Screen(WIDTH, HEIGHT)
        self._stream = pyte.Stream(self.screen)

    def show(self, update: CompositorUpdate) -> None:
        self.feed(update.render_segments(CONSOLE))

    def feed(self, text: str) -> None:
        self._stream.feed(text)

    @property
    def cells(self) -> list[list[object]]:
        """Every cell; a blank's foreground is not seen."""
        return [[self._cell(self.screen.buffer[y][x]) for x in range(WIDTH)] for y in range(HEIGHT)]

    @staticmethod
    def _cell(cell: pyte.screens.Char) -> object:
        if cell.data in (" ", "") and not (cell.underscore or cell.reverse):
            return cell.data, cell.bg
        return cell


@st.composite
def lines(draw: st.DrawFn) -> list[Strip]:
    """A screen of styled text, wide characters and accents among it."""
    out = []
    for _ in range(HEIGHT):
        left, segments = WIDTH, []
        while left:
            letters = st.sampled_from(["a", "b", " ", "1", "·", "é", "日", "▀"])
            text = "".join(draw(st.lists(letters, min_size=1, max_size=8)))
            strip = Strip([Segment(text, draw(st.sampled_from(STYLES)))]).crop(0, left)
            if strip.cell_length == 0:
                continue
            segments += list(strip)
            left -= strip.cell_length
        out.append(Strip(segments))
    return out


def whole(screen: list[Strip]) -> LayoutUpdate:
    """All of a screen."""
    return LayoutUpdate([[strip] for strip in screen], Region(0, 0, WIDTH, HEIGHT))


def spans(screen: list[Strip], parts: list[tuple[int, int, int]]) -> ChopsUpdate:
    """Some spans of a screen whose lines are cut in two widgets."""
    cut = 10
    chops = [{0: strip.crop(0, cut), cut: strip.crop(cut)} for strip in screen]
    return ChopsUpdate(chops, parts, [[cut, WIDTH] for _ in screen])


@settings(deadline=None, max_examples=150)
@given(st.lists(lines(), min_size=2, max_size=5), st.booleans())
def test_the_screen_is_as_if_all_had_been_sent(screens: list[list[Strip]], partly: bool) -> None:
    sparing, lavish, layer = Terminal(), Terminal(), TextLayer()
    for number, screen in enumerate(screens):
        parts = [(y, 0, WIDTH) for y in range(HEIGHT)]
        update = spans(screen, parts) if partly and number else whole(screen)
        sparing.feed(layer.of(update, (WIDTH, HEIGHT), CONSOLE))
        lavish.show(update)
        assert sparing.cells == lavish.cells


@settings(deadline=None, max_examples=60)
@given(lines())
def test_what_is_there_already_is_not_sent(screen: list[Strip]) -> None:
    layer = TextLayer()
    assert layer.of(whole(screen), (WIDTH, HEIGHT), CONSOLE)
    assert layer.of(whole(screen), (WIDTH, HEIGHT), CONSOLE) == ""
    layer.forget()
    assert layer.of(whole(screen), (WIDTH, HEIGHT), CONSOLE)


def test_one_digit_costs_one_digit() -> None:
    style = Style.parse("#dbe6df on #24382e")
    layer = TextLayer()
    for text in ("saved v17 · 10 s ago    ", "saved v17 · 20 s ago    "):
        last = layer.of(
            LayoutUpdate([[Strip([Segment(text, style)])]], Region(0, 0, WIDTH, 1)),
            (WIDTH, HEIGHT),
            CONSOLE,
        )
    assert last == "\x1b[1;13H\x1b[38;2;219;230;223;48;2;36;56;46m2\x1b[m"


class Picture(OpaqueStrip):
    """Draws for itself."""

    def render(self, console: Console) -> str:
        return "\x1b[31m######\x1b[m"


@pytest.mark.parametrize("text", ["######", "a dialog over it"])
def test_what_lies_over_a_picture_is_always_sent(text: str) -> None:
    layer = TextLayer()
    picture = LayoutUpdate([[Picture([], 6), Strip.blank(WIDTH - 6)]], Region(0, 0, WIDTH, 1))
    over = LayoutUpdate([[Strip([Segment(text)])]], Region(0, 0, WIDTH, 1))
    assert "######" in layer.of(picture, (WIDTH, HEIGHT), CONSOLE)
    assert "######" in layer.of(picture, (WIDTH, HEIGHT), CONSOLE)
    assert text[:6] in layer.of(over, (WIDTH, HEIGHT), CONSOLE)
