"""A screen that asks only the widgets that changed for lines, and only for those that did.

Textual asks every widget between the topmost and the lowest change for all of its lines: with a
number in a list and a word at the bottom of the screen, that is the whole screen.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic

from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.screen import Screen, ScreenResultType
from textual.strip import Strip


class SparingCompositor(Compositor):
    """Renders what lies in one of the regions to be updated, not what lies between them."""

    def __init__(self) -> None:
        super().__init__()
        self._updating: tuple[Region, ...] = ()
        """What a partial update is about, while it is rendered."""

    def render_partial_update(self) -> ChopsUpdate | None:
        """Render what changed; None if nothing did."""
        self._updating = tuple(self._dirty_regions)
        try:
            return super().render_partial_update()
        finally:
            self._updating = ()

    def _get_renders(
        self, crop: Region | None = None
    ) -> Iterable[tuple[Region, Region, list[Strip]]]:
        """Yield region, clip and strips of each widget concerned, the topmost first."""
        if not self._updating:
            yield from super()._get_renders(crop)
            return
        below = [*self._updating]
        for widget, (region, clip) in self.visible_widgets.items():
            seen = region.intersection(clip)
            changed = [part for dirty in below if (part := dirty.intersection(seen))]
            if changed:
                top = min(part.y for part in changed)
                bottom = max(part.bottom for part in changed)
                lines = Region(seen.x, top, seen.width, bottom - top)
                yield region, lines, widget.render_lines(lines.translate(-region.offset))
                # Nothing of what lies under a widget is seen.
                below = [dirty for dirty in below if not seen.contains_region(dirty)]
            if not below:
                return


class SparingScreen(Screen[ScreenResultType], Generic[ScreenResultType], inherit_bindings=False):
    """A screen with such a compositor."""

    def __init__(self) -> None:
        super().__init__()
        self._compositor = SparingCompositor()
