"""What a screen may ask of the application: a Protocol, so that no screen imports it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol

from prelabel_tui.core.outcomes import Outcome
from prelabel_tui.keys.command import Handlers
from prelabel_tui.keys.keymap import Keymap

if TYPE_CHECKING:
    from prelabel_tui.core.catalog.runs import RunRow
    from prelabel_tui.core.catalog.scopes import Scope
    from prelabel_tui.core.drafts.info import DraftInfo
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.model.labels import Capability
    from prelabel_tui.core.publishing.revision_rows import RevisionRow
    from prelabel_tui.core.store import Store
    from prelabel_tui.core.triage.scope_queue import ScopePlace
    from prelabel_tui.imaging.frames.memory import PictureMemory
    from prelabel_tui.imaging.terminal.choose_backend import Requested


class Shell(Protocol):
    """The application as its screens see it: who acts, on which data, and how to go elsewhere."""

    keymap: Keymap
    clock: Callable[[], dt.datetime]
    actor: Actor | None
    """Who acts, once that is known."""
    ready: asyncio.Event
    """Set once :attr:`store` and :attr:`who` are there."""
    picture_memory: PictureMemory
    """What pictures may take, in all views together."""

    @property
    def store(self) -> Store:
        """The opened data folder; a bug before :attr:`ready`."""

    @property
    def who(self) -> Actor:
        """Who acts; a bug before :attr:`ready`."""

    @property
    def graphics(self) -> Requested:
        """How to show pictures; ``auto``: what suits the terminal and the link."""

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the commands that work on every screen."""

    # --- going elsewhere

    def open_review(
        self,
        draft: DraftInfo,
        routed: Outcome | None = None,
        place: ScopePlace | None = None,
    ) -> None:
        """Open the review of a draft.

        ``routed``: how a run's review came to it; ``place``: its position in a walk over scopes.
        """

    def open_history(self, workspace: str, media: str, capability: str) -> None:
        """Open the revision history of a scope."""

    def open_report(self, run: RunRow, capability: Capability) -> None:
        """Open what the review says about a run's detector."""

    def open_spot_check(self, scope: Scope, wanted: str = "") -> None:
        """Ask which spot check of a scope to open; ``wanted``: what a new one is to show."""

    def open_comparison(self, before: RevisionRow | None, to: RevisionRow) -> None:
        """Open two revisions drawn together, or one alone."""

    def quit(self) -> None:
        """Save what is unsaved, then leave."""

    # --- services

    def copy(self, text: str, what: str) -> None:
        """Copy to the terminal's clipboard, and show what was copied."""

    def cover_if_small(self) -> None:
        """Cover everything while the window is too small."""
