"""What the keys do at the moment: exactly one mode is active, and it owns its state."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from prelabel_tui.keys.command import Command, Handlers
from prelabel_tui.keys.commands import CONTEXTS

if TYPE_CHECKING:
    from prelabel_tui.core.model.labels import Frame
    from prelabel_tui.imaging.overlay.scene import Scene


class Mode(ABC):
    """A set of keys with what they are about; a new object each time it is entered.

    ``name`` is its context in the registry of commands.
    """

    name: ClassVar[str]
    holds_view = False
    """Whether it keeps the view from following the selection."""

    @property
    def text(self) -> str:
        """What the start of the queue line says while others return to it, if anything."""
        return ""

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes whose commands work, as help and the footer list them."""
        return CONTEXTS[self.name]

    @property
    def key_scopes(self) -> tuple[str, ...]:
        """The scopes in which a key is looked up."""
        return self.scopes

    def works(self, command: Command) -> bool:
        """Say whether a command of its scopes means something while it is active."""
        return True

    @abstractmethod
    def handlers(self) -> Iterable[Handlers]:
        """Return the filled-in tables of its commands."""

    def takes_over(self) -> Handlers:
        """Return what commands of the review do instead while it is active."""
        return {}

    def take_key(self, key: str, command: Command | None) -> bool:
        """Take a key before its ``command`` is done; return whether it was taken."""
        return False

    def decorate(self, scene: Scene) -> Scene:
        """Return the scene with what the mode draws over the picture."""
        return scene

    def shown(self, frame: Frame) -> Frame:
        """Return the frame as it is to be shown: with what is still being made of it."""
        return frame

    def ghosts(self) -> Frame | None:
        """Return labels to draw as ghosts in place of the model's."""
        return None

    def content_changed(self) -> None:  # noqa: B027
        """Take note that the draft was edited, by whichever key."""

    def leave(self) -> None:  # noqa: B027
        """Clear away what it opened: the screen goes back to the review's own keys."""

    def end(self) -> None:  # noqa: B027 — most modes change nothing but what is drawn
        """Undo what it did to the screen: another mode follows."""
