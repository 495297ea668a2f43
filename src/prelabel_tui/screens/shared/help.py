"""The keys that work on the screen below, from the registry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from prelabel_tui.keys.command import Command, Handlers
from prelabel_tui.keys.commands import TITLES
from prelabel_tui.keys.dialog_commands import HelpCommands
from prelabel_tui.keys.keymap import Keymap
from prelabel_tui.screens.shared.dialogs import Dialog

_GAP = 2
"""Cells between two columns of help."""


class HelpScreen(Dialog[None]):
    """Every command that works on the screen below: its keys, what it does, its name for `:`."""

    context = "help"
    DEFAULT_CSS = """
    HelpScreen > #box { width: 96%; height: 94%; max-width: 176; }
    HelpScreen > #box > #help {
        scrollbar-size-vertical: 1; height: 1fr; max-height: 100%; margin: 0;
    }
    """

    def __init__(self, context: str, commands: Sequence[Command]) -> None:
        super().__init__(f"Keys · {TITLES[context]}", keys=(("escape", "Close"),))
        self.commands_below = commands

    def compose_body(self) -> ComposeResult:
        """Make the groups, in columns where there is room."""
        with VerticalScroll(id="help", classes="lines", can_focus=False):
            yield Static("", id="groups", markup=False)

    def on_mount(self) -> None:
        """Fill the dialog."""
        self.on_resize()

    def on_resize(self) -> None:
        """Show as many columns as fit with every line whole."""
        width = min(int(self.app.size.width * 0.96), 176) - 6
        blocks = self._blocks()
        longest = max(line.cell_len for block in blocks for line in block) + _GAP
        columns = max(1, (width + _GAP) // longest)
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
                    cell.pad_right(longest - cell.cell_len)
                line.append_text(cell)
            line.rstrip()
            lines.append(line)
        lines.append(
            Text("The file config.toml changes keys; `prelabel-tui config init` writes one.", "dim")
        )
        self.query_one("#groups", Static).update(Text("\n").join(lines))

    def _blocks(self) -> list[list[Text]]:
        variables = self.app.theme_variables
        keymap = self.shell.keymap
        groups: dict[str, list[Command]] = {}
        for command in self.commands_below:
            groups.setdefault(command.group, []).append(command)
        blocks = []
        for group, members in groups.items():
            block = [Text(group, f"bold {variables.get('primary', '')}")]
            block += [self._line(keymap, command) for command in members]
            blocks.append([*block, Text()])
        return blocks

    def _line(self, keymap: Keymap, command: Command) -> Text:
        variables = self.app.theme_variables
        colour = variables.get("error" if command.danger else "accent", "")
        line = Text.assemble((f" {keymap.display_all(command.id) or '—':<11} ", f"bold {colour}"))
        line.append(command.text)
        line.append(command.full_text.removeprefix(command.text), "dim")
        line.append(f"  :{command.name}", "dim")
        if command.argument:
            line.append(f" {command.argument}", "dim italic")
        return line

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the `help` commands."""
        table: HelpCommands = {
            "help.close": self.do_close,
            "help.down": self.do_down,
            "help.up": self.do_up,
            "help.page_down": self.do_page_down,
            "help.page_up": self.do_page_up,
        }
        return (table,)

    def do_close(self) -> None:
        """Close the help."""
        self.dismiss(None)
