"""The review screen: one draft, frame by frame.  It puts the parts together, and no more.

What is open: `context.py` (read through `state.py`).  What is shown: `display.py`.  What keys do:
`commands/table.py` leads to the groups of commands, `modes/` to what has keys of its own.  What is
asked: `dialogs/`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.events import Key
from textual.message import Message

from prelabel_tui.core.outcomes import Code, Outcome
from prelabel_tui.keys.command import Command, Handlers
from prelabel_tui.keys.commands import BY_ID, commands_of
from prelabel_tui.screens.review.commands.table import CommandGroups
from prelabel_tui.screens.review.context import ReviewContext
from prelabel_tui.screens.review.opening import open_draft
from prelabel_tui.screens.shared.base import KeyedScreen
from prelabel_tui.screens.shared.keyed import key_of
from prelabel_tui.widgets.frame_view.widget import FrameView

if TYPE_CHECKING:
    from prelabel_tui.core.triage.scope_queue import ScopePlace

_TICK_S = 1.0
"""How often the autosave's age is brought up to date."""

_FOLLOW_S = 1.0
"""How often it looks whether somebody wrote a note."""

_BEFORE_OPEN = frozenset(("review.leave", "app.help", "app.command", "app.palette", "app.quit"))


class ReviewScreen(KeyedScreen[None]):
    """The review of one draft.

    ``routed``: how a run's review came to this draft; ``place``: its position in a walk over the
    scopes.
    """

    context = "review"
    leaves_by_itself = True
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 — Textual's form
        (0, "-narrow"),
        (100, "-normal"),
        (160, "-wide"),
    ]
    DEFAULT_CSS = """
    ReviewScreen { layout: vertical; }
    ReviewScreen #body { height: 1fr; }
    ReviewScreen.-narrow LabelList { width: 28; }
    ReviewScreen.-normal LabelList { width: 34; }
    ReviewScreen.-wide LabelList { width: 44; }
    ReviewScreen #drawer { height: 4; display: none; border-top: solid $primary 60%;
                         background: $surface; border-title-color: $accent; }
    ReviewScreen #drawer.-shown { display: block; }
    """

    class SessionChanged(Message):
        """From a background thread: autosave, conflict or presence changed."""

        def can_replace(self, message: Message) -> bool:
            """Say that only the latest one matters."""
            return isinstance(message, ReviewScreen.SessionChanged)

    def __init__(
        self, draft_id: str, routed: Outcome | None = None, place: ScopePlace | None = None
    ) -> None:
        super().__init__()
        self.draft_id = draft_id
        self.routed = routed
        self.review = ReviewContext(self, place)
        self.groups = CommandGroups(self.review)
        self._without_picture: tuple[int, str] | None = None
        """The frame shown last, if it had no picture, and what was said then."""
        self._trouble = ""
        """The state of the autosave that was looked at last: a conflict, a failed save or none."""

    def compose(self) -> ComposeResult:
        """Make the picture and numbers, and the lines below."""
        yield from self.review.display.compose()

    # --- from opening to closing

    def on_mount(self) -> None:
        """Open the draft in a thread; the picture follows."""
        super().on_mount()
        self.set_title("Review")
        self.start(self._open(), group="open")

    async def _open(self) -> None:
        def on_change() -> None:
            if self.is_attached:
                self.post_message(self.SessionChanged())

        place = await open_draft(self.review, self.draft_id, on_change)
        if place is None:
            return
        display = self.review.display
        display.prepare()
        self._resume(place)
        if self.routed is not None:
            walks = self.review.place is not None
            # Title and ids say which draft it is.
            code = self.routed.code
            display.set_status(self.routed.detail if walks else Outcome(code).headline)
        display.show_autosave()
        self.groups.left_out.offer()
        self.groups.newer_run.offer()
        self._show_trouble()  # a recovered edit may conflict with a newer version by now
        self.set_interval(_TICK_S, self._tick)
        self._follow_notes()
        self.set_interval(_FOLLOW_S, self._follow_notes)
        # Where a person left it they go on; on a walk over scopes they come for what is doubtful.
        self.review.analyse(begin=not place or self.review.place is not None)

    def _resume(self, place: dict[str, Any]) -> None:
        """Return to where this person left the draft, and what they changed in it so far."""
        review, document = self.review, self.review.document
        review.open_session.changed.recall(place.get("changed"), document)
        review.open_session.seen.recall(place.get("seen"), len(document))
        review.answered.recall(place.get("answered"))
        index, selected = place.get("index", 0), place.get("selected")
        index = min(index if isinstance(index, int) else 0, len(document) - 1)
        review.go(index, selected if document.frame(index).label(str(selected)) else None)
        if "zoom" in place:
            self.groups.view.zoom_to(place["zoom"])
        else:
            self.groups.view.begin()

    def closing(self) -> Callable[[], object]:
        """Return what ends the session and notes the place; it blocks, and twice does no harm."""
        if self.review.session is None:
            return lambda: None
        return partial(self.groups.leave.closing(timeout=1.0), None)

    def on_unmount(self) -> None:
        """Close the session, however the screen is left."""
        self.closing()()

    # --- keeping up

    def on_resize(self) -> None:
        """Say what there is room for."""
        if self.review.session is not None:
            self.review.display.show_autosave()

    def _tick(self) -> None:
        self.review.display.show_autosave()
        if self._trouble != "failed":
            self.database_answered(self.review.open_session.answered_at)

    def _follow_notes(self) -> None:
        covered = self.app.screen is not self and isinstance(self.app.screen, KeyedScreen)
        if self.here and not covered and not self.review.upkeep.reads_notes:
            self.start(self.review.upkeep.follow_notes(), group="notes")

    def on_review_screen_session_changed(self) -> None:
        """Show the change of autosave, conflict or presence."""
        if self.review.session is not None and self.here:
            self.review.display.show_autosave()
            self._show_trouble()

    def _show_trouble(self) -> None:
        """Show a conflict or a failed save, once each time it begins."""
        session, display = self.review.open_session, self.review.display
        conflict, status = session.conflict, session.status
        # A conflict with yet another version is another one, also right after a merge.
        trouble = f"v{conflict.their_version}" if conflict is not None else status.kind
        if trouble == self._trouble:
            return
        over, self._trouble = self._trouble in ("conflict", "failed"), trouble
        if conflict is not None:
            display.show_outcome(conflict.outcome, stays=True)
        elif trouble == "failed":
            display.show_outcome(Outcome(Code(status.code), status.detail), stays=True)
        elif over and self.banner.stays:
            self.clear_banner()

    def on_frame_view_shown(self, message: FrameView.Shown) -> None:
        """Switch editing off for a frame whose picture cannot be shown, and on when it can."""
        review = self.review
        if review.session is None:
            return
        review.picture_shown(message.index, message.missing)
        if message.index != review.index:
            return
        review.display.show_numbers()
        before, self._without_picture = self._without_picture, None
        if message.missing is not None:
            why = f"No picture: {message.missing}."
            review.display.refuse(why)
            self._without_picture = message.index, why
        elif before is not None and before[0] == message.index:
            review.display.set_status("The picture is here now.")
        elif before is not None:  # without a key in between, as in playing
            review.display.take_back(before[1])

    # --- keys

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes of the active mode."""
        return self.review.mode.scopes

    @property
    def key_scopes(self) -> tuple[str, ...]:
        """The scopes in which the active mode looks a key up."""
        return self.review.mode.key_scopes

    def commands(self) -> list[Command]:
        """Return the commands that work in the active mode."""
        mode = self.review.mode
        return [command for command in commands_of(mode.key_scopes) if mode.works(command)]

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the active mode, then those of the review."""
        mode = self.review.mode
        return (*mode.handlers(), mode.takes_over(), self.groups.table)

    def refuse(self, why: str) -> None:
        """Say on the last line why a key does nothing now."""
        self.review.display.refuse(why)

    def take_key(self, event: Key, command: Command | None) -> bool:
        """Deal with what comes before any command, the mode's keys, and keys without one."""
        review, macros, key = self.review, self.groups.macros, key_of(event)
        if review.session is None:
            if command is None or command.id not in _BEFORE_OPEN:
                self.refuse("The draft is not open yet.")
                return True
            return False
        review.counters.keys += 1
        if review.leaving:
            self.refuse("Saving before leaving.")
            return True
        if macros.stops_replay(event):
            return True
        if review.display.stop_playing() and (command is None or command.id == "review.play"):
            return True
        macros.keep_key(event)
        review.display.next_key()
        if review.mode.take_key(key, command):
            return True
        return super().take_key(event, command)

    async def perform(self, command_id: str, argument: str = "") -> None:
        """Do a command; say when it has no use for the number typed before it."""
        counts = self.review.counts
        counts.begin()
        await super().perform(command_id, argument)
        unused = counts.end()
        if unused is not None and self.review.session is not None:
            self.review.display.note(f"{unused} means nothing to “{BY_ID[command_id].text}”")
