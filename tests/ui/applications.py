"""The application on a store that is open already."""

from __future__ import annotations

from collections.abc import Callable

from prelabel_tui.app import PrelabelApp
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.store import Store
from prelabel_tui.keys.keymap import Keymap
from prelabel_tui.theme import RequestedTheme
from tests.ui.demo_home import (
    ADA,
    clock,
)

MakeApp = Callable[..., PrelabelApp]


def app_on(
    store: Store,
    actor: Actor = ADA,
    keymap: Keymap | None = None,
    theme: RequestedTheme = "auto",
) -> PrelabelApp:
    """The application on a store that is open already."""
    opened = Result(Outcome(Code.OK), (store, actor))
    return PrelabelApp(lambda: opened, keymap=keymap, theme=theme, clock=clock)
