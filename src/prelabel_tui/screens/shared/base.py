"""What every whole screen has: a title, a banner, work in threads."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Callable, Coroutine, Sequence
from enum import Enum
from typing import Any, Final, TypeVar, overload

from textual.app import ComposeResult
from textual.screen import ScreenResultType
from textual.worker import Worker

from prelabel_tui.core.identity.actions import NEEDS, may
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.outcomes import Code, Outcome, Result, Severity
from prelabel_tui.core.progress import Cancelled
from prelabel_tui.keys.command import Command
from prelabel_tui.keys.commands import BY_ID, TITLES, commands_of
from prelabel_tui.screens.shared.keyed import Keyed
from prelabel_tui.widgets.status.bars import KeyBar, KeyHint, ProgressLine, TitleBar
from prelabel_tui.widgets.status.outcome_banner import Hint, OutcomeBanner

T = TypeVar("T")

PATIENCE_S: Final = 0.5
"""Work that takes longer is shown as running, and can be cancelled."""


class OnEscape(Enum):
    """What Esc does about work in a thread that is shown as running."""

    ABANDON = "it only reads: nobody waits for it any more"
    CANCEL = "it tells its progress to the job, which ends it with its own outcome"
    REFUSE = "it writes: it is waited for, so that its outcome is told, and Esc says so"


class Job:
    """Work in a thread, as the work itself sees it: its Progress."""

    def __init__(self, show: Callable[[str, int | None, int | None], None]) -> None:
        self._cancelled = threading.Event()
        self._show = show

    @property
    def cancelled(self) -> bool:
        """Whether the person wants it to stop."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Ask it to stop."""
        self._cancelled.set()

    def __call__(self, step: str, done: int | None = None, total: int | None = None) -> None:
        """Show which step it is at and how far, from any thread.  Cancelled."""
        if self.cancelled:
            raise Cancelled
        self._show(step, done, total)


class _Running:
    """A job that a screen waits for."""

    def __init__(
        self, job: Job, title: str, on_escape: OnEscape, task: asyncio.Task[Any] | None
    ) -> None:
        self.job = job
        self.title = title
        self.on_escape = on_escape
        self.task = task
        self.done = 0
        self.total = 0
        self.step = ""
        self.shown = False

    @property
    def text(self) -> str:
        """What the progress line says."""
        return f"{self.title}: {self.step}" if self.step else self.title


class KeyedScreen(Keyed[ScreenResultType], inherit_bindings=False):
    """A whole screen: title, body, progress, banner, keys."""

    def __init__(self) -> None:
        super().__init__()
        self._jobs: list[_Running] = []
        self._asking: Worker[Any] | None = None

    def compose(self) -> ComposeResult:
        """Make the frame around :meth:`compose_body`."""
        yield TitleBar(TITLES[self.context])
        yield from self.compose_body()
        yield ProgressLine()
        yield OutcomeBanner()
        yield KeyBar()

    def compose_body(self) -> ComposeResult:
        """Make what is between title and banner."""
        yield from ()

    def on_mount(self) -> None:
        """Fill the lines at the top and the bottom."""
        self.set_title()
        self.keys_changed()

    def on_screen_resume(self) -> None:
        """Fill the lines again: who acts may be known by now."""
        self.set_title()
        self.keys_changed()

    # --- what the person may do ---

    def may(self, command: Command) -> bool:
        """Say whether the person's role allows a command; before that is known, it does."""
        actor = self.shell.actor
        return command.needs is None or actor is None or may(actor, command.needs)

    async def perform(self, command_id: str, argument: str = "") -> None:
        """Do a command; one that the person's role does not allow says whom to ask."""
        if self.may(BY_ID[command_id]):
            await super().perform(command_id, argument)
        else:
            self.ask(self._perform_if_role_changed(command_id, argument))

    async def _perform_if_role_changed(self, command_id: str, argument: str) -> None:
        shell, needs = self.shell, BY_ID[command_id].needs
        if needs is None:
            return

        def look(_: Job) -> Result[Actor]:
            from prelabel_tui.core.identity.roles import acting  # the database, after first paint

            return acting(shell.store, shell.who, needs)

        found = await self.in_thread(look, title="Looking up your role")
        if found.value is None:
            self.show_outcome(found.outcome)
            return
        shell.actor = found.value
        self.set_title()
        self.keys_changed()
        await self.perform(command_id, argument)

    # --- messages ---

    def message_was_read(self) -> None:
        """Empty the banner, unless what it says lasts."""
        if self.banner.shown and not self.banner.stays:
            self.clear_banner()

    def set_title(
        self,
        where: str | None = None,
        scope: str | None = None,
        right: str | None = None,
        lineage: str | None = None,
    ) -> None:
        """Change the parts of the title line that are given."""
        actor = self.shell.actor
        who = ""
        if actor is not None:
            only = "read-only" if self.shell.store.read_only else actor.role
            who = f"{actor.name} · {only}"
        self.query_one(TitleBar).set(where, scope, right, who, lineage)

    def keys_changed(self) -> None:
        """Show the keys of the scopes that are active now."""
        keymap = self.shell.keymap
        hints = [
            KeyHint(
                keymap.display(command.id),
                command.short,
                command.danger,
                NEEDS[command.needs].role if command.needs and not self.may(command) else "",
            )
            for command in commands_of(self.scopes)
            if command.show and keymap.keys(command.id)
        ]
        # What the person may not do comes after what they may, and help stays the last.
        self.query_one(KeyBar).set(sorted(hints[:-1], key=lambda hint: bool(hint.off)) + hints[-1:])

    @property
    def banner(self) -> OutcomeBanner:
        """The screen's banner."""
        return self.query_one(OutcomeBanner)

    def show_outcome(
        self, outcome: Outcome, hints: Sequence[Hint] = (), *, stays: bool = False
    ) -> None:
        """Show an outcome in the banner; ``hints``: the keys that help now.

        It goes with the next key; ``stays``: it is about something that lasts.
        """
        self.banner.show_outcome(outcome, hints, stays=stays)

    def database_answered(self, asked_at: float) -> None:
        """Let an outcome that says that the database does not answer go with the next key.

        It stays until the database has answered what was asked after it was shown.
        """
        banner = self.banner
        said = banner.outcome is not None and banner.outcome.code is Code.DATABASE_UNAVAILABLE
        if said and banner.since < asked_at:
            banner.stays = False

    def show_message(
        self, text: str, severity: Severity = Severity.INFO, hints: Sequence[Hint] = ()
    ) -> None:
        """Show a sentence in the banner; ``hints``: the keys that help now."""
        self.banner.show_text(text, severity, hints)

    def refuse(self, why: str) -> None:
        """Say why a key does nothing now."""
        self.show_message(why, Severity.WARNING)

    def clear_banner(self) -> None:
        """Empty the banner."""
        self.banner.clear()

    # --- work ---

    @property
    def busy(self) -> bool:
        """Whether it is waiting for work in a thread."""
        return bool(self._jobs)

    def start(self, work: Coroutine[Any, Any, Any], group: str = "load") -> Worker[Any]:
        """Run a coroutine as a worker; one already running in the same group is cancelled."""
        worker = self.run_worker(work, group=group, exclusive=True, exit_on_error=True)
        # A coroutine cancelled before it began would warn that it was never awaited.
        weakref.finalize(worker, work.close)
        return worker

    def ask(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run what a key began and what may open a dialog, or decide something.

        What is typed until it has ended waits: for its dialog, else for what is here then.  So the
        same is done however slow the database is.
        """
        self.hold_keys()
        self._asking = self.start(work, group="ask")

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Do the keys that waited."""
        if event.worker is self._asking and event.worker.is_finished:
            self._asking = None
            self.release_keys()

    @overload
    async def in_thread(
        self, work: Callable[[Job], Result[T]], *, title: str, on_escape: OnEscape = ...
    ) -> Result[T]: ...
    @overload
    async def in_thread(
        self, work: Callable[[Job], T], *, title: str, on_escape: OnEscape = ...
    ) -> Result[T]: ...
    async def in_thread(
        self, work: Callable[[Job], Any], *, title: str, on_escape: OnEscape = OnEscape.ABANDON
    ) -> Result[Any]:
        """Do blocking work in a thread, from a worker; return the work's own result as it is.

        Failures of the database or the artifacts come back as outcomes.  Esc works once the work is
        shown as running; with ABANDON it cancels the calling worker.  The end of the screen does,
        too: nothing is left to show the result on.
        """
        loop = asyncio.get_running_loop()
        job = Job(lambda *at: _post(loop, self._show_progress, running, *at))
        running = _Running(job, title, on_escape, asyncio.current_task())
        self._jobs.append(running)
        timer = self.set_timer(PATIENCE_S, lambda: self._reveal(running))
        try:
            result = await asyncio.to_thread(_attempt, work, job)
        except asyncio.CancelledError:
            job.cancel()
            raise
        finally:
            timer.stop()
            self._jobs.remove(running)
            self._refresh_progress()
        if not self.query(ProgressLine):
            raise asyncio.CancelledError
        return result

    def cancel_running(self) -> bool:
        """Do what Esc means for work that is shown as running; return whether there was any."""
        shown = [running for running in self._jobs if running.shown]
        for running in shown:
            match running.on_escape:
                case OnEscape.ABANDON:
                    running.job.cancel()
                    if running.task is not None:
                        running.task.cancel()
                    self.show_message(f"Cancelled: {running.title}.")
                case OnEscape.CANCEL:
                    running.job.cancel()
                    self.show_message(f"Stopping: {running.title}.")
                case OnEscape.REFUSE:
                    self.show_message(
                        f"{running.title}: it is being written, and cannot be cancelled now."
                    )
        return bool(shown)

    def _reveal(self, running: _Running) -> None:
        running.shown = True
        self._refresh_progress()

    def _show_progress(
        self, running: _Running, step: str, done: int | None, total: int | None
    ) -> None:
        running.step, running.done, running.total = step, done or 0, total or 0
        self._refresh_progress()

    def _refresh_progress(self) -> None:
        line = next(iter(self.query(ProgressLine)), None)
        if line is None:  # the screen is being removed: work may outlive it
            return
        shown = [running for running in self._jobs if running.shown]
        if shown:
            last = shown[-1]
            cancels = last.on_escape is not OnEscape.REFUSE
            line.show(last.text, last.done, last.total, cancels=cancels)
        else:
            line.hide()


def _post(loop: asyncio.AbstractEventLoop, call: Callable[..., None], *arguments: Any) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(call, *arguments)


def _attempt(work: Callable[[Job], Any], job: Job) -> Result[Any]:
    from prelabel_tui.core.store import attempt  # the database is not imported before first paint

    return attempt(work, job)
