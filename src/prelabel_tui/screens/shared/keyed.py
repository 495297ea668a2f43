"""Screens and dialogs whose keys come from the registry of commands; no key is ever dead."""

from __future__ import annotations

import asyncio
import inspect
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, ClassVar, Final, Generic, cast

from textual import events
from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, ScreenResultType
from textual.widgets import Input

from prelabel_tui.imaging.terminal.sparing_screen import SparingScreen
from prelabel_tui.keys.command import Command, Handlers
from prelabel_tui.keys.commands import BY_ID, CONTEXTS, commands_of, display
from prelabel_tui.screens.shared.shell import Shell
from prelabel_tui.widgets.text_line import TextLine

_ALT: Final = "alt+"
_HELP: Final = "app.help"
_QUIT: Final = "app.quit"

_LOOKING: Final = (events.Mount, events.Resize, events.ScreenResume)
"""What a screen answers by looking at its widgets."""


class Keyed(SparingScreen[ScreenResultType], Generic[ScreenResultType], inherit_bindings=False):
    """A screen whose keys come from the registry of commands.

    ``context`` names the scopes whose commands work on it; :meth:`handlers` has what does them.
    """

    context: ClassVar[str]
    leaves_by_itself: ClassVar[bool] = False
    """Whether it saves before it is left, so that nothing else may close it."""
    AUTO_FOCUS = ""
    _held: list[events.Key] | None = None
    """Keys that wait; None: they are done at once."""

    @property
    def shell(self) -> Shell:
        """The application, as screens know it."""
        return cast(Shell, self.app)

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes that are active now, the nearest first: help and the footer list them."""
        return CONTEXTS[self.context]

    @property
    def key_scopes(self) -> tuple[str, ...]:
        """The scopes in which a key is looked up, the nearest first."""
        return self.scopes

    def commands(self) -> list[Command]:
        """Return the commands that work now: help, the palette and the command line list them."""
        return commands_of(self.scopes)

    def handlers(self) -> Iterable[Handlers]:
        """Return the filled-in tables of the commands that this screen handles itself.

        The application handles those that are in none of them.
        """
        return ()

    @property
    def here(self) -> bool:
        """Whether it is open, in view or covered; once left it only ends, as all do at exit."""
        return self.is_attached and self in self.app.screen_stack

    def take_key(self, event: events.Key, command: Command | None) -> bool:
        """Take a key before its ``command`` is done; return whether it was taken."""
        return False

    def message_was_read(self) -> None:
        """Let go of a message about what is over: a key was pressed since."""

    def call_after_refresh(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> bool:
        """Do something once all is drawn, unless the screen was left by then."""
        return super().call_after_refresh(lambda: callback(*args, **kwargs) if self.here else None)

    async def on_event(self, event: events.Event) -> None:
        """Drop events for a screen that was left before it had the widgets for them."""
        if self.here or not isinstance(event, _LOOKING):
            await super().on_event(event)

    async def on_key(self, event: events.Key) -> None:
        """Look the key up and do its command; what can be typed goes into a line in focus.

        Every key comes here first, and is done before the next: so they are done in the order
        typed, also while a line is being opened.
        """
        if self.app.screen is not self or not self.here:
            event.stop()
            self._hand_on(event)
            return
        if self._held is not None and self._holds(event, self._held):
            event.stop()
            return
        line, alone = self.focused, not event.key.startswith(_ALT)
        if isinstance(line, TextLine) and event.is_printable and alone:
            event.stop()
            line.take(event.character or "")
            return
        command = self._command_of(key_of(event))
        if command is None or command.id != _HELP:  # which explains the message
            self.message_was_read()
        if not alone:
            event.stop()
            await self._escape_alone(event)
            return
        if event.key == "escape" and self.cancel_running():
            event.stop()
            return
        if self.take_key(event, command):
            event.stop()
        elif command is not None:
            event.stop()
            await self.perform(command.id)
            # A dialog that the command opens in a task is open before the next key is looked at:
            # keys that came in one packet with this one are meant for it.
            await asyncio.sleep(0)
        elif (own := self.active_bindings.get(event.key)) and own.binding.action != "submit":
            event.stop()  # a line's own, to move in it
            await self.app.run_action(own.binding.action, own.node)
        else:
            event.stop()
            self.refuse_unknown(key_of(event))

    # --- keys that wait for what an earlier one began

    def hold_keys(self) -> None:
        """Let what is typed from now on wait, until :meth:`release_keys`."""
        if self._held is None:
            self._held = []

    def hand_over_keys(self) -> None:
        """Give the keys that wait to the screen in view; what is typed here later still waits."""
        held = self._held or []
        if self._held is not None:
            self._held = []
        for key in held:
            self.app.screen.post_message(events.Key(key.key, key.character))

    def release_keys(self) -> None:
        """Give the keys that wait to the screen in view; none waits any more."""
        self.hand_over_keys()
        self._held = None

    def _holds(self, event: events.Key, held: list[events.Key]) -> bool:
        """Keep a key for later; Esc cancels what is waited for, once that is shown."""
        command = self._command_of(key_of(event))
        if command is not None and command.id == _QUIT:
            return False
        if event.key == "escape" and self.cancel_running():
            held.clear()
        else:
            held.append(event)
        return True

    def on_paste(self, event: events.Paste) -> None:
        """Say that nothing here takes a paste: what is pasted never presses keys."""
        event.stop()
        self.refuse("There is no line to paste into here.")

    def _command_of(self, key: str) -> Command | None:
        """Look a key up; help works everywhere, also where no other of the application's does."""
        found = self.shell.keymap.find((*self.key_scopes, "app"), key)
        everywhere = found is None or found.scope in self.key_scopes or found.id == _HELP
        return found if everywhere else None

    def refuse_unknown(self, key: str) -> None:
        """Say that a key does nothing here, and where the keys are shown."""
        typing = isinstance(self.focused, Input)
        keys = self.shell.keymap.keys(_HELP)
        shown = [display(one) for one in keys if not (typing and len(one) == 1)]
        way = f"{shown[0]} shows the keys" if shown else "see below"
        self.refuse(f"{display(key)} does nothing here; {way}.")

    @abstractmethod
    def refuse(self, why: str) -> None:
        """Say why a key does nothing now."""

    async def _escape_alone(self, event: events.Key) -> None:
        """Do Esc without the key that came with it.

        Terminals send Alt with a key as Esc and the key, and so does whoever presses Esc and then a
        key on a slow link.  The key was meant for what comes after Esc, or for nothing here.
        """
        await self.on_key(events.Key("escape", "\x1b"))
        there, key = self.app.screen, display(event.key.removeprefix(_ALT))
        if isinstance(there, Keyed) and there.here:
            there.refuse(f"Esc and {key} came as one key, Alt+{key}: only Esc was done.")

    def _hand_on(self, event: events.Key) -> None:
        """Pass a key that waited here while the screen was covered or left to the one in view."""
        if self.app.screen is not self:  # else the program ends
            self.app.screen.post_message(events.Key(event.key, event.character))

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Close this screen and whatever lies over it; nothing when it is closed already."""
        if not self.here:
            return AwaitComplete()
        while self.app.screen is not self:
            self.app.pop_screen()
        return super().dismiss(result)

    def on_screen_suspend(self) -> None:
        """Stop waiting: a screen that was left would have no use for the answers."""
        if not self.here:
            self.workers.cancel_node(self)

    def on_screen_resume(self) -> None:
        """Check the window's size: it may have changed while something else lay over it."""
        self.shell.cover_if_small()

    async def perform(self, command_id: str, argument: str = "") -> None:
        """Do a command: its key was pressed, or its name typed."""
        command = BY_ID[command_id]
        handler = self.handler_of(command)
        result = handler(argument) if command.argument else handler()
        if inspect.isawaitable(result):
            await result

    def handler_of(self, command: Command) -> Callable[..., Awaitable[None] | None]:
        """Return what handles a command here."""
        for table in (*self.handlers(), *self.shell.handlers()):
            if command.id in table:
                handler: Callable[..., Awaitable[None] | None] = table[command.id]
                return handler
        raise LookupError(f"nothing here does {command.id}")

    def cancel_running(self) -> bool:
        """Do what Esc means for work that is shown as running; return whether there was any."""
        return False


def key_of(event: events.Key) -> str:
    """Return a key press as the registry names it."""
    character = event.character
    if character is not None and character.isprintable() and character != " ":
        return character
    return event.key


class KeyedModal(Keyed[ScreenResultType], ModalScreen[ScreenResultType], inherit_bindings=False):
    """A dialog over a screen."""

    context = "dialog"
