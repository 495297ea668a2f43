"""Help: the keys of the mode one is in, the playbook, the signs, the outcomes, the words.

What is typed is searched for in all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from rich.cells import cell_len
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Input, Static

from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.text import printable
from prelabel_tui.help.keys import key_groups
from prelabel_tui.help.outcomes import explained
from prelabel_tui.help.page import Group, Line, Page, find
from prelabel_tui.help.pages import PAGES
from prelabel_tui.keys.command import Command, Handlers
from prelabel_tui.keys.commands import TITLES
from prelabel_tui.keys.dialog_commands import HelpCommands
from prelabel_tui.screens.shared.dialogs import Dialog
from prelabel_tui.widgets.cutting import wrapped
from prelabel_tui.widgets.text_line import TextLine

_GAP: Final = 2
"""Cells between two columns."""

_WIDEST: Final = 176


class HelpScreen(Dialog[None]):
    """Pages of groups; where all of a page does not fit, as many as do are open, from one on.

    ``about``: the outcome that is on the screen below; it is explained first.  ``wanted``: the page
    to begin with, or what to search for.
    """

    context = "help"
    DEFAULT_CSS = """
    HelpScreen > #box { width: 96%; height: 94%; max-width: 176; }
    HelpScreen > #box > #help {
        scrollbar-size-vertical: 1; height: 1fr; max-height: 100%; margin: 0;
    }
    HelpScreen > #box > #pages { height: 1; }
    HelpScreen > #box > Input, HelpScreen > #box > Input:focus { margin: 0; }
    """

    def __init__(
        self,
        scope: str,
        commands: Sequence[Command],
        *,
        about: Code | None = None,
        wanted: str = "",
    ) -> None:
        super().__init__(
            f"Help · {TITLES[scope]}",
            keys=(("tab", "Next page"), ("↑↓", "Group"), ("pgup pgdn", "Scroll"), ("esc", "Close")),
        )
        self._commands = commands
        self._about = about
        names = ["keys", *(page.name for page in PAGES)]
        self._page = names.index(wanted) if wanted in names else 0
        self._wanted = "" if wanted in names else wanted
        self._open = 0
        self._tops: list[int] = []
        """The row of each group's title."""

    def compose_body(self) -> ComposeResult:
        """Make the names of the pages, the line that is typed in, the page."""
        yield Static("", id="pages", markup=False)
        yield TextLine(self._wanted, placeholder="Type to search", select_on_focus=False)
        with VerticalScroll(id="help", classes="lines", can_focus=False):
            yield Static("", id="groups", markup=False)

    def on_mount(self) -> None:
        """Fill the dialog."""
        self.set_focus(self.query_one(Input))
        self._fill()

    def on_resize(self) -> None:
        """Lay it out anew."""
        self._fill()

    def on_input_changed(self) -> None:
        """Search for what is typed by now; `?` alone closes what it opened."""
        if self.query_one(Input).value == "?":
            self.dismiss(None)
            return
        self._open = 0
        self._fill()

    # --- what is shown ---

    @property
    def _pages(self) -> tuple[Page, ...]:
        keys = key_groups(self.shell.keymap, self._commands)
        if self._about is not None:
            keys = [explained(self._about), *keys]
        return (Page("keys", "Keys", tuple(keys)), *PAGES)

    def _fill(self) -> None:
        pages = self._pages
        wanted = self.query_one(Input).value.strip()
        self._show_pages(pages, wanted)
        width = min(int(self.app.size.width * 0.96), _WIDEST) - 6
        height = self.query_one("#help").size.height
        if wanted:
            groups: Sequence[Group] = find(pages, wanted)
            blocks = [self._block(group, width) for group in groups]
            lines = [line for block in blocks for line in block]
            if not lines:
                nothing = (
                    f"Nothing in the help has {printable(wanted)} in it. Esc empties the line."
                )
                lines = [Text(nothing)]
            self._tops = _tops(blocks)
        else:
            groups = pages[self._page].groups
            lines = self._in_columns(groups, width, height)
            if len(lines) > height:
                lines = self._folded(groups, width, height)
        self.query_one("#groups", Static).update(Text("\n").join(lines))

    def _show_pages(self, pages: Sequence[Page], wanted: str) -> None:
        accent = self.app.theme_variables.get("accent", "")
        text = Text(" ", end="", no_wrap=True)
        for index, page in enumerate(pages):
            shown = index == self._page and not wanted
            text.append(f" {page.title} ", f"bold reverse {accent}" if shown else "dim")
            text.append(" ")
        self.query_one("#pages", Static).update(text)

    def _in_columns(self, groups: Sequence[Group], width: int, height: int) -> list[Text]:
        """Return everything, in as many columns as hold whole lines."""
        longest = max(_length(line, _term_width(group)) for group in groups for line in group.lines)
        columns = max(1, (width + _GAP) // (longest + _GAP))
        across = width if columns == 1 else longest
        blocks = [self._block(group, across) for group in groups]
        per_column = -(-sum(map(len, blocks)) // columns)
        filled: list[list[Text]] = [[]]
        for block in blocks:
            if len(filled[-1]) + len(block) // 2 > per_column and len(filled) < columns:
                filled.append([])
            filled[-1].extend(block)
        lines = []
        for index in range(max(map(len, filled))):
            line = Text()
            for column in filled:
                cell = column[index].copy() if index < len(column) else Text()
                if len(filled) > 1:
                    cell.pad_right(longest + _GAP - cell.cell_len)
                line.append_text(cell)
            line.rstrip()
            lines.append(line)
        while lines and not lines[-1].plain:
            lines.pop()
        self._tops = []
        return lines

    def _folded(self, groups: Sequence[Group], width: int, height: int) -> list[Text]:
        """Return the groups from the open one on as far as they fit, the others as a line each."""
        primary = self.app.theme_variables.get("primary", "")
        self._open %= len(groups)
        whole = [self._block(group, width) for group in groups]
        spare = height - len(groups) - len(whole[self._open]) + 1
        opened = {self._open}
        for index in range(self._open + 1, len(groups)):
            spare -= len(whole[index]) - 1
            if spare < 0:
                break
            opened.add(index)
        blocks = []
        for index, group in enumerate(groups):
            if index in opened:
                block = whole[index]
                block[0] = Text("▾ ", block[0].style, end="") + block[0]
                blocks.append(block)
                continue
            terms = "  ".join(one.term for one in group.lines if one.term)
            line = Text.assemble(
                (f"▸ {group.title}", f"bold {primary}"), (f"  {terms}", "dim"), end="", no_wrap=True
            )
            line.truncate(width, overflow="ellipsis")
            blocks.append([line])
        lines = [line for block in blocks for line in block]
        self._tops = _tops(blocks)
        return lines

    def _block(self, group: Group, width: int) -> list[Text]:
        """Return a group with its title, wrapped to ``width`` cells, and an empty line."""
        variables = self.app.theme_variables
        block = [Text(group.title, f"bold {variables.get('primary', '')}")]
        across = _term_width(group)
        room = max(20, width - across - 2)
        for one in group.lines:
            text = f"{one.text}  {one.aside}" if one.aside else one.text
            rows = wrapped(text, room)
            if cell_len(one.term) > across:  # a line of its own
                block.append(Text(f" {one.term}", f"bold {variables.get('accent', '')}"))
            for index, row in enumerate(rows):
                fits = index == 0 and cell_len(one.term) <= across
                term = one.term if fits else ""
                line = Text(f" {term}{' ' * (across - cell_len(term))} ", end="")
                line.stylize(f"bold {variables.get('accent', '')}")
                loud = max(0, len(one.text) - sum(len(before) + 1 for before in rows[:index]))
                line.append(row[:loud])
                line.append(row[loud:], "dim")
                block.append(line)
        return [*block, Text()]

    # --- commands ---

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the `help` commands."""
        table: HelpCommands = {
            "help.next_page": self.do_next_page,
            "help.previous_page": self.do_previous_page,
            "help.next_group": self.do_next_group,
            "help.previous_group": self.do_previous_group,
            "help.page_down": self.do_page_down,
            "help.page_up": self.do_page_up,
            "help.close": self.do_close,
        }
        return (table,)

    def cancel_running(self) -> bool:
        """Empty the line by Esc, if there is anything in it."""
        field = self.query_one(Input)
        searching = bool(field.value)
        field.value = ""
        return searching

    def do_close(self) -> None:
        """Close the help."""
        self.dismiss(None)

    def do_next_page(self) -> None:
        """Show the next page."""
        self._turn(1)

    def do_previous_page(self) -> None:
        """Show the page before."""
        self._turn(-1)

    def _turn(self, by: int) -> None:
        self._page = (self._page + by) % (len(PAGES) + 1)
        self._open = 0
        self.query_one(Input).value = ""
        self._fill()
        self.query_one("#help").scroll_to(y=0, animate=False)

    def do_next_group(self) -> None:
        """Open the next group; go to it in what was found."""
        self._to_group(1)

    def do_previous_group(self) -> None:
        """Open the group before."""
        self._to_group(-1)

    def _to_group(self, by: int) -> None:
        if not self._tops:
            return  # all of it is in view
        self._open = (self._open + by) % len(self._tops)
        self._fill()
        top = self._tops[self._open]
        self.call_after_refresh(lambda: self.query_one("#help").scroll_to(y=top, animate=False))


def _term_width(group: Group) -> int:
    """Return the cells for terms: those of the longest, up to what leaves room for the text."""
    return min(28, max(cell_len(line.term) for line in group.lines))


def _length(line: Line, term: int) -> int:
    return term + 2 + cell_len(f"{line.text}  {line.aside}".rstrip())


def _tops(blocks: Sequence[Sequence[Text]]) -> list[int]:
    tops, at = [], 0
    for block in blocks:
        tops.append(at)
        at += len(block)
    return tops
