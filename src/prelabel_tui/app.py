"""The application: who acts, on which data, in which terminal; the screens do the rest.

The first paint comes before the database layer is imported: a thread opens the database after it.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from textual.events import Event, Key, Resize

from prelabel_tui.core.outcomes import Code, Outcome, Result, Severity
from prelabel_tui.core.reading import give_up
from prelabel_tui.core.text import printable
from prelabel_tui.core.times import clock
from prelabel_tui.imaging.frames.memory import PictureMemory
from prelabel_tui.imaging.terminal.choose_backend import REQUESTS
from prelabel_tui.imaging.terminal.sparing_app import SparingApp
from prelabel_tui.imaging.terminal.terminal import MIN_HEIGHT, MIN_WIDTH
from prelabel_tui.keys.command import Handlers
from prelabel_tui.keys.keymap import Keymap
from prelabel_tui.keys.ops_commands import AppCommands, OpsCommands
from prelabel_tui.screens.ops.runs import RunsScreen
from prelabel_tui.screens.shared import time_zone
from prelabel_tui.screens.shared.base import KeyedScreen
from prelabel_tui.screens.shared.graphics import (
    PREFERENCE,
    GraphicsSetting,
    way_named,
    ways_dialog,
)
from prelabel_tui.screens.shared.keyed import Keyed
from prelabel_tui.screens.shared.list_dialogs import Choice
from prelabel_tui.screens.shared.too_small import TooSmall
from prelabel_tui.theme import RequestedTheme, theme_for, themes

if TYPE_CHECKING:
    from prelabel_tui.core.catalog.runs import RunRow
    from prelabel_tui.core.catalog.scopes import Scope
    from prelabel_tui.core.drafts.info import DraftInfo
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.model.labels import Capability
    from prelabel_tui.core.publishing.revision_rows import RevisionRow
    from prelabel_tui.core.store import Store
    from prelabel_tui.core.triage.scope_queue import ScopePlace
    from prelabel_tui.imaging.terminal.choose_backend import Requested
    from prelabel_tui.imaging.terminal.terminal import Terminal
    from prelabel_tui.screens.shared.shell import Shell

FLUSH_S: Final = 3.0
"""How long a hang-up waits for unsaved edits; the journal has them anyway."""

Opener = Callable[[], Result["tuple[Store, Actor]"]]


def utc_now() -> dt.datetime:
    """Return the time now, UTC."""
    return dt.datetime.now(dt.UTC)


class PrelabelApp(SparingApp[Outcome], inherit_bindings=False):
    """``opener`` opens the data folder and says who acts; it runs in a thread."""

    CSS_PATH = Path(__file__).with_name("app.tcss")
    TITLE = "prelabel-tui"
    ENABLE_COMMAND_PALETTE = False
    NOTIFICATION_TIMEOUT = 4

    def __init__(
        self,
        opener: Opener,
        *,
        keymap: Keymap | None = None,
        theme: RequestedTheme = "auto",
        terminal: Terminal | None = None,
        requested: Requested | None = None,
        usual_graphics: Requested = "auto",
        picture_memory: PictureMemory = PictureMemory(),
        clock: Callable[[], dt.datetime] = utc_now,
    ) -> None:
        super().__init__(terminal)
        self.opener = opener
        self.keymap = keymap or Keymap()
        self.graphics_setting = GraphicsSetting(terminal, requested, usual_graphics)
        self.picture_memory = picture_memory
        """What pictures may take, in all views together."""
        self.clock = clock
        self.actor: Actor | None = None
        self.ready = asyncio.Event()
        self._store: Store | None = None
        self._small = False
        for one in themes():
            self.register_theme(one)
        few = terminal is not None and self.console.color_system == "standard"
        self.theme = theme_for(theme, sixteen_colours=few)

    @property
    def store(self) -> Store:
        """The opened data folder; a bug before :attr:`ready`."""
        if self._store is None:
            raise RuntimeError("the store is not open yet")
        return self._store

    @property
    def who(self) -> Actor:
        """Who acts; a bug before :attr:`ready`."""
        if self.actor is None:
            raise RuntimeError("nobody is signed in yet")
        return self.actor

    @property
    def graphics(self) -> Requested:
        """How to show pictures: as asked for; in cells where there is no terminal."""
        return self.graphics_setting.requested

    # --- life ---

    def get_default_screen(self) -> RunsScreen:
        """Return Ops › Prelabels."""
        return RunsScreen()

    async def on_event(self, event: Event) -> None:
        """Hand each key to the screen, past the line that has the focus by now."""
        if isinstance(event, Key) and not event.is_forwarded:
            self.screen._forward_event(event)
        else:
            await super().on_event(event)

    def push_screen(self, *arguments: Any, **options: Any) -> Any:
        """Show a screen; it takes the keys that waited for it on the one below."""
        below = self.screen_stack[-1] if self.screen_stack else None
        pushed = super().push_screen(*arguments, **options)
        if isinstance(below, Keyed):
            below.hand_over_keys()
        return pushed

    def on_mount(self) -> None:
        """Catch signals; open the data folder once something is on the screen."""
        if not self.is_headless and threading.current_thread() is threading.main_thread():
            loop = asyncio.get_running_loop()
            for number in (signal.SIGHUP, signal.SIGTERM):
                loop.add_signal_handler(number, self._hang_up, number)
        self.screen.call_after_refresh(
            lambda: self.run_worker(self._open(), group="open", exclusive=True)
        )

    async def _open(self) -> None:
        opened = await asyncio.to_thread(self.opener)
        if opened.value is None:
            self.exit(opened.outcome, return_code=opened.outcome.entry.exit_code)
            return
        self._store, self.actor = opened.value
        left_open = await asyncio.to_thread(self._recall)
        self.ready.set()
        for screen in self.screen_stack:
            if isinstance(screen, KeyedScreen):
                screen.set_title()
                screen.keys_changed()
        if left_open is not None:
            self.open_review(left_open, Outcome(Code.DRAFT_OPENED))

    def _recall(self) -> DraftInfo | None:
        """Take up this person's graphics and zone; return the draft that a hang-up left open."""
        from prelabel_tui.core.identity.preferences import recall
        from prelabel_tui.core.session.resuming import take_open_draft
        from prelabel_tui.core.store import attempt

        found = attempt(lambda: recall(self.store, self.who, PREFERENCE))
        self.graphics_setting.recall(found.value or {})
        zone = attempt(lambda: recall(self.store, self.who, time_zone.PREFERENCE)).value or {}
        if zone:
            time_zone.use_zone(str(zone.get("name")))
        return attempt(take_open_draft, self.store, self.who).value

    def _hang_up(self, number: int) -> None:
        """Save, then end: the terminal went away, or the system asks for an end."""
        end_within(FLUSH_S + 2, 128 + number)

        async def leave() -> None:
            await asyncio.to_thread(flush_sessions)
            await asyncio.to_thread(self._leave_open())
            end_within(1.0, 128 + number)
            give_up()
            self.exit(return_code=128 + number)

        self.run_worker(leave(), group="hang-up", exclusive=True)

    def _leave_open(self) -> Callable[[], None]:
        """Return what ends open reviews so that the next session opens them again; it blocks."""
        if "prelabel_tui.screens.review" not in sys.modules:
            return lambda: None  # none was opened
        from prelabel_tui.core.session.resuming import note_open_draft
        from prelabel_tui.screens.review import ReviewScreen

        screens = [screen for screen in self.screen_stack if isinstance(screen, ReviewScreen)]
        ends = [(screen.draft_id, screen.closing()) for screen in screens]

        def leave() -> None:
            for draft_id, end in ends:
                end()
                note_open_draft(self.store, self.who, draft_id)

        return leave

    def on_resize(self, event: Resize) -> None:
        """Cover or uncover the screen for the new size."""
        width, height = event.size
        self._small = width < MIN_WIDTH or height < MIN_HEIGHT
        self.cover_if_small()

    def cover_if_small(self) -> None:
        """Cover everything while the window is too small."""
        covered = isinstance(self.screen, TooSmall)
        if self._small and not covered:
            self.push_screen(TooSmall())
        elif covered and not self._small:
            self.pop_screen()

    # --- what screens ask of it: `screens.shared.shell` ---

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the `ops` and `app` commands."""
        ops: OpsCommands = {
            "ops.prelabels": self.open_runs,
            "ops.series": self.open_series,
            "ops.audit": self.open_audit,
            "ops.metrics": self.open_metrics,
            "ops.datasets": self.open_datasets,
            "ops.back": self.back,
        }
        app: AppCommands = {
            "app.help": self.help,
            "app.command": self.command_line,
            "app.palette": self.palette,
            "app.graphics": self.show_graphics,
            "app.zone": self.set_zone,
            "app.quit": self.quit,
        }
        return (ops, app)

    def open_review(
        self,
        draft: DraftInfo,
        routed: Outcome | None = None,
        place: ScopePlace | None = None,
    ) -> None:
        """Open the review of a draft.

        ``routed``: how a run's review came to it; ``place``: its position in a walk over scopes.
        """
        from prelabel_tui.screens.review import ReviewScreen

        self.push_screen(ReviewScreen(draft.id, routed, place))

    def open_history(self, workspace: str, media: str, capability: str) -> None:
        """Open the revision history of a scope."""
        from prelabel_tui.screens.ops.history import HistoryScreen

        self.push_screen(HistoryScreen(workspace, media, capability))

    def open_report(self, run: RunRow, capability: Capability) -> None:
        """Open what the review says about a run's detector."""
        from prelabel_tui.screens.ops.detector_report import ReportScreen

        self.push_screen(ReportScreen(run, capability))

    def open_spot_check(self, scope: Scope, wanted: str = "") -> None:
        """Ask which spot check of a scope to open; ``wanted``: what a new one is to show."""
        from prelabel_tui.screens.ops.spot_check_choice import choose_spot_check

        screen = self.screen
        if isinstance(screen, KeyedScreen):
            screen.start(choose_spot_check(screen, scope, wanted), group="spot-check")

    def open_comparison(self, before: RevisionRow | None, to: RevisionRow) -> None:
        """Open two revisions drawn together, or one alone."""
        from prelabel_tui.screens.ops.compare_revisions import CompareScreen

        self.push_screen(CompareScreen(before, to))

    def copy(self, text: str, what: str) -> None:
        """Copy by OSC 52, and show the text: no terminal says whether it copied."""
        self.copy_to_clipboard(text)
        if isinstance(self.screen, KeyedScreen):
            self.screen.show_message(f"{what}, sent to the clipboard: {text}", Severity.INFO)

    # --- commands of the scope `app` ---

    def help(self, wanted: str = "") -> None:
        """Show the keys that work here; ``wanted``: the page to show, or what to search for."""
        from prelabel_tui.screens.shared.help import HelpScreen

        screen = self.screen
        if isinstance(screen, Keyed):
            outcome = screen.banner.outcome if isinstance(screen, KeyedScreen) else None
            about = None if outcome is None else outcome.code
            scope = screen.scopes[0]
            self.push_screen(HelpScreen(scope, screen.commands(), about=about, wanted=wanted))

    def command_line(self) -> None:
        """Open the `:` line."""
        from prelabel_tui.screens.shared.command_line import open_command_line

        if isinstance(self.screen, Keyed):
            open_command_line(self.screen)

    def palette(self) -> None:
        """Offer all commands as a list to choose from."""
        from prelabel_tui.screens.shared.command_line import open_palette

        if isinstance(self.screen, Keyed):
            open_palette(self.screen)

    def show_graphics(self, typed: str) -> None:
        """Show pictures in another way from now on, and remember it for this terminal."""

        def chosen(choice: Choice | None) -> None:
            if choice is not None and (way := way_named(str(choice.value))) is not None:
                self._use_graphics(way)

        if not typed:
            self.push_screen(ways_dialog(self.graphics_setting.requested), chosen)
        elif (way := way_named(typed)) is not None:
            self._use_graphics(way)
        elif isinstance(self.screen, KeyedScreen):
            names = ", ".join(REQUESTS)
            self.screen.refuse(f"There is no way {printable(typed, 20)!r}: one of {names}.")

    def _use_graphics(self, way: Requested) -> None:
        from prelabel_tui.widgets.frame_view.widget import FrameView

        ways = self.graphics_setting.choose(way)
        self.run_worker(self._remember(PREFERENCE, ways), group="graphics", exclusive=True)
        for screen in self.screen_stack:
            for view in screen.query(FrameView):
                view.set_graphics(self.graphics_setting.requested)
        if isinstance(self.screen, KeyedScreen):
            self.screen.show_message(f"Pictures: {self.graphics_setting.explained}.")

    def set_zone(self, typed: str) -> None:
        """Show times in another zone from now on, and remember it for this person."""
        if not isinstance(self.screen, KeyedScreen):
            return
        name = typed.strip()
        if not name:
            now = clock(self.clock())
            self.screen.show_message(f"It is {now}.  `:zone Europe/Lisbon` changes the zone.")
        elif time_zone.use_zone("" if name == "server" else name):
            kept = {} if name == "server" else {"name": name}
            work = self._remember(time_zone.PREFERENCE, kept)
            self.run_worker(work, group="zone", exclusive=True)
            now = clock(self.clock())
            self.screen.show_message(f"It is {now}: lists show it when they are read again.")
        else:
            shown = printable(name, 30)
            self.screen.refuse(f"There is no zone {shown!r}: `Europe/Lisbon`, `UTC` or `server`.")

    async def _remember(self, preference: str, value: dict[str, str]) -> None:
        from prelabel_tui.core.identity.preferences import remember

        await self.ready.wait()
        outcome = await asyncio.to_thread(remember, self.store, self.who, preference, value)
        if not outcome.ok and isinstance(self.screen, KeyedScreen):
            self.screen.show_outcome(outcome)

    def quit(self) -> None:
        """Save what is unsaved, then leave."""
        self.run_worker(self.leave(), group="quit")

    async def leave(self) -> None:
        """Save what open drafts have unsaved, and end; Esc cancels while it waits."""
        if isinstance(self.screen, KeyedScreen):
            left = (await self.screen.in_thread(lambda _: flush_sessions(), title="Saving")).value
        else:
            left = await asyncio.to_thread(flush_sessions)
        edits = f"{left} edit{'' if left == 1 else 's'}"
        kept = "kept in the local journal; opening the draft again offers to apply"
        message = f"Not saved: {edits}, {kept} {'it' if left == 1 else 'them'}."
        give_up()
        self.exit(message=message if left else None)

    # --- commands of the scope `ops` ---

    def open_runs(self) -> None:
        """Return to the first screen."""
        self._from_the_first(None)

    def open_series(self) -> None:
        """Show Label Review Series over the runs list."""
        from prelabel_tui.screens.ops.series import SeriesScreen

        self._from_the_first(SeriesScreen)

    def open_audit(self) -> None:
        """Show the audit log over the runs list."""
        from prelabel_tui.screens.ops.audit import AuditScreen

        self._from_the_first(AuditScreen)

    def open_metrics(self) -> None:
        """Show the metrics over the runs list."""
        from prelabel_tui.screens.ops.metrics import MetricsScreen

        self._from_the_first(MetricsScreen)

    def open_datasets(self) -> None:
        """Show the data sets over the runs list."""
        from prelabel_tui.screens.ops.datasets import DatasetsScreen

        self._from_the_first(DatasetsScreen)

    def _from_the_first(self, make: Callable[[], Keyed[None]] | None) -> None:
        """Return to the first screen, and open another over it; not over a review that is open."""
        screens = [screen for screen in self.screen_stack if isinstance(screen, Keyed)]
        if any(screen.leaves_by_itself for screen in screens):
            screens[-1].refuse("A review is open below: go back to it, and leave it first.")
            return
        while len(self.screen_stack) > 1:
            self.pop_screen()
        if make is not None:
            self.push_screen(make())

    def back(self) -> None:
        """Return to the screen below."""
        if len(self.screen_stack) > 1:
            self.pop_screen()


if TYPE_CHECKING:
    _: type[Shell] = PrelabelApp  # checks that it is what screens expect


def flush_sessions() -> int:
    """Save what open drafts still have unsaved (blocking); return how many edits could not be."""
    if "prelabel_tui.core.session.session" not in sys.modules:
        return 0
    from prelabel_tui.core.session.session import flush_all

    return flush_all(FLUSH_S)


def end_within(seconds: float, code: int) -> None:
    """End the process even if writing to a terminal that is gone blocks."""
    last_resort = threading.Timer(seconds, os._exit, (code,))
    last_resort.daemon = True
    last_resort.start()
