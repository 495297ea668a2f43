"""The dialogs: a reason, a confirmation, a choice, a line of text, full ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Generic

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.screen import ScreenResultType
from textual.widgets import Input, Static

from prelabel_tui.core.outcomes import Outcome
from prelabel_tui.core.reasons import refuse_reason
from prelabel_tui.core.text import printable
from prelabel_tui.keys.command import Handlers
from prelabel_tui.keys.dialog_commands import ConfirmCommands, DialogCommands
from prelabel_tui.screens.shared.following import Following, read_quietly
from prelabel_tui.screens.shared.keyed import KeyedModal
from prelabel_tui.widgets.cutting import fit
from prelabel_tui.widgets.status.bars import KeyBar, KeyHint
from prelabel_tui.widgets.text_line import TextLine


class Dialog(KeyedModal[ScreenResultType], Generic[ScreenResultType]):
    """A box in the middle: title, body, an inline error, the keys."""

    VERTICAL_BREAKPOINTS = [(0, "-short"), (36, "-tall")]  # noqa: RUF012 — Textual's form
    DEFAULT_CSS = """
    Dialog { align: center middle; background: $background 60%; }
    Dialog > #box {
        width: 72; max-width: 96%; height: auto; max-height: 94%;
        background: $surface; border: round $primary; border-title-color: $accent;
        border-title-style: bold; padding: 0 1;
    }
    Dialog.-danger > #box { border: round $error; border-title-color: $error; }
    Dialog > #box > .lines { height: auto; max-height: 12; margin: 0 0 1 0; }
    Dialog.-tall > #box > .lines { max-height: 24; }
    Dialog #error { color: $error; height: auto; display: none; }
    Dialog #error.-shown { display: block; }
    Dialog Input, Dialog Input:focus {
        border: none; height: 1; padding: 0 1; margin: 0 0 1 0; background: $panel;
    }
    Dialog KeyBar { dock: none; background: $surface; margin: 0; }
    """

    def __init__(
        self,
        title: str,
        lines: Sequence[str | Text] = (),
        *,
        keys: Sequence[tuple[str, str]] = (("enter", "OK"), ("escape", "Cancel")),
        danger: bool = False,
    ) -> None:
        super().__init__()
        self.title_text = printable(title)
        self.lines = lines
        self.key_texts = keys
        self.danger = danger
        self._refused = False

    def compose(self) -> ComposeResult:
        """Make the box around :meth:`compose_body`."""
        with Vertical(id="box") as box:
            box.border_title = Text(self.title_text)
            if self.lines:
                text = Text("\n").join(
                    line if isinstance(line, Text) else Text(printable(line)) for line in self.lines
                )
                with VerticalScroll(classes="lines", can_focus=False):
                    yield Static(text, markup=False)
            yield from self.compose_body()
            yield Static("", id="error", markup=False)
            yield KeyBar()

    def compose_body(self) -> ComposeResult:
        """Make what is between the lines and the keys."""
        yield from ()

    def on_resize(self) -> None:
        """Cut the title as other names of scopes are, once it is known how wide the box is."""
        self.call_after_refresh(self._fit_title)

    def set_title(self, title: str) -> None:
        """Show another title."""
        self.title_text = printable(title)
        self._fit_title()

    def _fit_title(self) -> None:
        box = self.query_one("#box", Vertical)
        box.border_title = Text(fit(self.title_text, box.size.width - 2))

    def on_mount(self) -> None:
        """Show the keys."""
        self.set_class(self.danger, "-danger")
        self.show_keys()

    def show_keys(self) -> None:
        """Show what the keys do."""
        names = {"enter": "dialog.accept", "escape": "dialog.cancel", "y": "dialog.copy"}
        keymap = self.shell.keymap
        self.query_one(KeyBar).set(
            [
                KeyHint(
                    keymap.display(names[key]) if key in names else key,
                    text,
                    self.danger and key == "enter",
                )
                for key, text in self.key_texts
            ]
        )

    def on_text_line_not_taken(self, event: TextLine.NotTaken) -> None:
        """Say what of a paste, or of a long text, was not taken."""
        self.call_after_refresh(self.show_error, event.why)  # after what the change itself says

    def refuse(self, why: str) -> None:
        """Say why a key does nothing now, until the next key."""
        self.show_error(why)
        self._refused = True

    def message_was_read(self) -> None:
        """Clear why an earlier key did nothing."""
        if self._refused:
            self.show_error("")

    def show_error(self, text: str) -> None:
        """Say inline why it cannot be accepted."""
        error = self.query_one("#error", Static)
        error.update(Text(printable(text)))
        error.set_class(bool(text), "-shown")
        self._refused = False

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

    def do_cancel(self) -> None:
        """Close without an answer."""
        self.dismiss(None)

    def do_accept(self) -> None:
        """Accept: each dialog defines what."""

    def do_copy(self) -> None:
        """Say that there is nothing to copy: only dialogs with rows have something."""
        self.refuse("There is nothing to copy in this dialog.")

    def do_down(self) -> None:
        """Scroll the lines down."""
        self._scroll(1)

    def do_up(self) -> None:
        """Scroll the lines up."""
        self._scroll(-1)

    def do_page_down(self) -> None:
        """Scroll the lines a page down."""
        self._scroll(8)

    def do_page_up(self) -> None:
        """Scroll the lines a page up."""
        self._scroll(-8)

    def _scroll(self, by: int) -> None:
        for lines in self.query(".lines"):
            lines.scroll_relative(y=by, animate=False)


def pair(name: str, value: str) -> Text:
    """Return a line of a dialog: what it is, and its value."""
    return Text.assemble((f"{name:<13}", "dim"), printable(value))


class ConfirmDialog(Dialog[bool]):
    """Asks before something that cannot be taken back."""

    context = "confirm"

    def __init__(
        self, title: str, *lines: str | Text, confirm: str = "Continue", danger: bool = True
    ) -> None:
        super().__init__(
            title, lines, keys=(("enter", confirm), ("escape", "Cancel")), danger=danger
        )

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the `confirm` commands."""
        table: ConfirmCommands = {
            "confirm.accept": self.do_accept,
            "confirm.cancel": self.do_cancel,
            "confirm.page_down": self.do_page_down,
            "confirm.page_up": self.do_page_up,
        }
        return (table,)

    def do_accept(self) -> None:
        """Answer yes."""
        self.dismiss(True)

    def do_cancel(self) -> None:
        """Answer no."""
        self.dismiss(False)


class PromptDialog(Dialog[str | None]):
    """A line of text; ``check`` says what is wrong with one, or None.

    ``value`` stands there to begin with; with ``select`` typing replaces it.  ``outdated`` reads
    why what is asked about is not so any more, None while it is: it is read again whenever
    somebody changed anything, and nothing is accepted then.
    """

    def __init__(
        self,
        title: str,
        *lines: str | Text,
        value: str = "",
        placeholder: str = "",
        confirm: str = "OK",
        check: Callable[[str], str | None] = lambda _: None,
        danger: bool = False,
        select: bool = True,
        outdated: Callable[[], Outcome | None] | None = None,
    ) -> None:
        super().__init__(
            title, lines, keys=(("enter", confirm), ("escape", "Cancel")), danger=danger
        )
        self.value = value
        self.select = select
        self.placeholder = placeholder
        self.check = check
        self._read_outdated = outdated
        self._outdated: Outcome | None = None

    def compose_body(self) -> ComposeResult:
        """Make the input."""
        yield TextLine(self.value, placeholder=self.placeholder, select_on_focus=self.select)

    def on_mount(self) -> None:
        """Focus the input."""
        field = self.query_one(Input)
        self.set_focus(field)
        if self._read_outdated is not None:
            Following(self, partial(self._look_again, self._read_outdated))

    async def _look_again(self, outdated: Callable[[], Outcome | None]) -> None:
        found = await read_quietly(outdated)
        if found.ok and self.here:
            self._outdated = found.value
            if found.value is not None:
                self._show_wrong("")

    def _show_wrong(self, wrong: str) -> None:
        """Say what is wrong with the text, unless it is no longer about what is there."""
        outdated = self._outdated
        why = wrong if outdated is None else f"{outdated.headline} → {outdated.entry.next_step}"
        self.show_error(why)

    def on_input_changed(self) -> None:
        """Clear the error: what was wrong may be right now."""
        if not self.query_one(TextLine).is_refused:
            self._show_wrong("")

    def do_accept(self) -> None:
        """Return the text if it is right."""
        line = self.query_one(TextLine)
        value = line.value.strip()
        if (wrong := self.check(value)) or self._outdated is not None:
            line.refuse()
            self._show_wrong(wrong or "")
        else:
            self.dismiss(value)


def _why_not_this_reason(text: str) -> str | None:
    if not text:
        return "REASON_REQUIRED: a non-empty reason is required."
    refused = refuse_reason(text, "")
    return None if refused is None else refused.detail


class ReasonDialog(PromptDialog):
    """Asks for a reason that is not empty."""

    def __init__(
        self,
        title: str,
        *lines: str | Text,
        value: str = "",
        confirm: str = "Approve",
        danger: bool = False,
        outdated: Callable[[], Outcome | None] | None = None,
    ) -> None:
        super().__init__(
            title,
            *lines,
            value=value,
            select=False,
            placeholder="Reason",
            confirm=confirm,
            check=_why_not_this_reason,
            danger=danger,
            outdated=outdated,
        )
