"""Which rows of a widget the terminal is known to show: they need not be painted again.

Textual repaints the whole screen whenever the focus moves.  For a picture that is too many bytes.
"""

from __future__ import annotations

from prelabel_tui.widgets.frame_view.direct_write import Link, Reach


class CleanRows:
    """Rows that were painted whole with nothing over the widget, and nothing since."""

    def __init__(self) -> None:
        self._rows: set[int] = set()
        self._ground: tuple[object, ...] = ()
        self._sure = False
        self.covered = False
        """Whether something was over the widget in the last frame.  If it is gone now, Textual
        has yet to paint what was under it."""

    def frame(self, at: Reach, link: Link | None) -> None:
        """Prepare for a frame of Textual's: forget everything unless the ground is the same."""
        self.covered = not at.bare
        self._sure = at.bare and link is not None
        ground: tuple[object, ...] = ()
        if link is not None:
            ground = (at.place, at.screen, at.size, link.screens)
        if not self._sure or ground != self._ground:
            self._rows.clear()
        self._ground = ground

    def __contains__(self, row: int) -> bool:
        return self._sure and row in self._rows

    def painted(self, row: int) -> None:
        """Note that a whole row goes out with this frame."""
        if self._sure:
            self._rows.add(row)

    def forget(self) -> None:
        """Forget the rows: something else may have been drawn there."""
        self._rows.clear()
