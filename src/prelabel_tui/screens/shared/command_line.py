"""Every command by name (`:`), or from a list that narrows as one types (the palette)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Input, Static

from prelabel_tui.keys.command import Command, Handlers
from prelabel_tui.keys.dialog_commands import DialogCommands
from prelabel_tui.keys.keymap import Keymap
from prelabel_tui.screens.shared.keyed import Keyed, KeyedModal
from prelabel_tui.screens.shared.list_dialogs import Choice, ChoiceDialog
from prelabel_tui.widgets.text_line import TextLine


@dataclass(frozen=True)
class Typed:
    """A command and what was typed after it."""

    command: Command
    argument: str


def resolve(text: str, commands: list[Command]) -> Typed | str:
    """Return the command that ``name [argument]`` means, or a sentence why there is none.

    A name may be shortened as long as only one begins so; the nearest scope wins.
    """
    name, _, argument = text.strip().removeprefix(":").partition(" ")
    name = name.replace("-", "_")
    if not name:
        return "Type the name of a command; tab completes it."
    exact = [c for c in commands if name in (c.name, c.id)]
    starting = [c for c in commands if c.name.startswith(name)]
    if not exact and len({c.name for c in starting}) > 1:
        several = ", ".join(dict.fromkeys(c.name for c in starting))
        return f"{name} is the beginning of several commands: {several}."
    found = (exact or starting)[:1]
    if not found:
        return f"There is no command {name!r} on this screen."
    argument = argument.strip()
    if argument and not found[0].argument:
        return f"{found[0].name} takes no argument."
    return Typed(found[0], argument)


class CommandLine(KeyedModal[Typed | None]):
    """One line at the bottom, with matching commands above it."""

    DEFAULT_CSS = """
    CommandLine { align: left bottom; background: transparent; }
    CommandLine > Static { height: auto; background: $panel; padding: 0 1; }
    CommandLine > Input, CommandLine > Input:focus {
        border: none; height: 1; padding: 0 1; background: $primary 25%;
    }
    CommandLine > #error { color: $error; display: none; }
    CommandLine > #error.-shown { display: block; }
    """
    SHOWN = 8

    def __init__(self, commands: list[Command]) -> None:
        super().__init__()
        self.offered = commands

    def compose(self) -> ComposeResult:
        """Make the suggestions, an error, the line."""
        yield Static("", id="suggestions", markup=False)
        yield Static("", id="error", markup=False)
        yield TextLine(":", select_on_focus=False)

    def on_mount(self) -> None:
        """Focus the line."""
        field = self.query_one(Input)
        self.set_focus(field)
        field.cursor_position = 1

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what matches; close when the line was emptied."""
        if not event.value.startswith(":"):
            self.dismiss(None)
            return
        if not self.query_one(TextLine).is_refused:
            self.query_one("#error").remove_class("-shown")
        self._suggest()

    def _fitting(self) -> list[Command]:
        name = self.query_one(Input).value[1:].split(" ")[0].replace("-", "_")
        starting = [c for c in self.offered if c.name.startswith(name)]
        other = [c for c in self.offered if c not in starting and name in c.name]
        return starting + other

    def _suggest(self) -> None:
        variables, keymap = self.app.theme_variables, self.shell.keymap
        lines = []
        fitting = self._fitting()
        for command in fitting[: self.SHOWN]:
            name = f"{command.name} {command.argument}".rstrip()
            line = Text(no_wrap=True, overflow="ellipsis")
            line.append(f"{name:<28} ", variables.get("accent", ""))
            line.append(f"{command.text}  ")
            line.append(keymap.display_all(command.id), "dim")
            lines.append(line)
        if len(fitting) > self.SHOWN:
            lines.append(Text(f"… and {len(fitting) - self.SHOWN} more", "dim"))
        self.query_one("#suggestions", Static).update(Text("\n").join(lines))

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the `dialog` commands."""
        table: DialogCommands = {
            "dialog.accept": self.do_accept,
            "dialog.cancel": self.do_cancel,
            "dialog.down": self.do_down,
            "dialog.up": self.do_up,
            "dialog.page_down": self.do_page_down,
            "dialog.page_up": self.do_page_up,
            "dialog.copy": self.do_copy,
        }
        return (table,)

    def do_accept(self) -> None:
        """Do what the line says, or say why not."""
        line = self.query_one(TextLine)
        found = resolve(line.value, self.offered)
        if isinstance(found, str):
            line.refuse()
            self._show_error(found)
        else:
            self.dismiss(found)

    def on_text_line_not_taken(self, event: TextLine.NotTaken) -> None:
        """Say what of a paste, or of a long text, was not taken."""
        self.call_after_refresh(self._show_error, event.why)  # after what the change itself says

    def refuse(self, why: str) -> None:
        """Say why a key does nothing now."""
        self._show_error(why)

    def _show_error(self, text: str) -> None:
        error = self.query_one("#error", Static)
        error.update(Text(text))
        error.add_class("-shown")

    def do_cancel(self) -> None:
        """Close the line."""
        self.dismiss(None)

    def do_down(self) -> None:
        """Complete the name with the first match."""
        fitting = self._fitting()
        if fitting:
            field = self.query_one(Input)
            field.value = f":{fitting[0].name}{' ' if fitting[0].argument else ''}"
            field.cursor_position = len(field.value)

    def do_up(self) -> None:
        """Do nothing: there is nothing above the line."""

    do_page_down = do_page_up = do_copy = do_up


def open_command_line(screen: Keyed[Any]) -> None:
    """Ask for a command by name and do it on ``screen``."""
    line = CommandLine(screen.commands())
    screen.app.push_screen(line, lambda typed: _perform(screen, typed))


def open_palette(screen: Keyed[Any]) -> None:
    """Offer every command that works on ``screen``."""
    keymap = screen.shell.keymap
    choices = [
        Choice(Typed(command, ""), command.text, _detail(keymap, command))
        for command in screen.commands()
        if command.id != "app.palette"
    ]

    def chosen(choice: Choice | None) -> None:
        _perform(screen, choice.value if choice else None)

    screen.app.push_screen(ChoiceDialog("Commands", choices, confirm="Run"), chosen)


def _detail(keymap: Keymap, command: Command) -> str:
    return f"{keymap.display_all(command.id):<10}  :{command.name} {command.argument}".rstrip()


def _perform(screen: Keyed[Any], typed: Typed | None) -> None:
    if typed is not None:
        screen.call_next(screen.perform, typed.command.id, typed.argument)
