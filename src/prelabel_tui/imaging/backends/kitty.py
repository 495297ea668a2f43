"""Kitty's graphics: the picture stays in the terminal, and what lies over it moves.

The picture is stored in tiles: first coarse (fewer pixels, 256 colours), then exactly once the
view is at rest.  Over a link that cannot carry that at once, another picture comes first as one
rough image, whose parts are then replaced by coarse tiles, nearest to the selection first.  Every
look of a line is stored once as a texture; a label is a few placements of parts of textures, so
moving it costs about fifty bytes per part.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from prelabel_tui.imaging.backends.base import Area, Backend, Cells, Run, View, blank_row
from prelabel_tui.imaging.backends.kitty_ladder import texture_png
from prelabel_tui.imaging.backends.kitty_loupe import ShownLoupe
from prelabel_tui.imaging.backends.kitty_picture import TiledPicture, is_current
from prelabel_tui.imaging.backends.kitty_tiles import Grade, meets
from prelabel_tui.imaging.overlay.dots import BLACK, MINE, THEIRS
from prelabel_tui.imaging.overlay.scene import Style
from prelabel_tui.imaging.overlay.sprites import Look, Piece, pieces, texture
from prelabel_tui.imaging.terminal import kitty_protocol as protocol
from prelabel_tui.imaging.terminal.kitty_protocol import Placement

MOST_TEXTURES: Final = 96
"""With more stored looks than this, those out of use are freed."""

# All layers are positive: whatever is under the text layer comes out darker on kitty 0.26, and an
# image with placements on both sides of the text hangs that version.
_FRONT_Z: Final = 920
_LOUPE_Z: Final = 930


_RANKED: Final = tuple(
    style for style in Style if style not in (Style.SELECTED, Style.MINE, Style.THEIRS)
)


class KittyBackend(Backend):
    """Needs the exact size of a cell in pixels: those are its ``dots``."""

    name = "kitty"

    def __init__(self, cell: tuple[int, int]) -> None:
        self.dots = cell
        self._view: View | None = None
        self._picture = TiledPicture(cell)
        self._textures: dict[Look, int] = {}
        self._placed: dict[tuple[str, str], tuple[Piece, Placement]] = {}
        self._numbers: dict[tuple[str, str], int] = {}
        self._loupe: ShownLoupe | None = None
        self._owed: list[int] = []
        self._covered = True
        """Whether nothing is placed, because something else is shown here."""
        self._stale = False
        """Whether a view was taken whose bytes have to wait for Textual's rows."""
        self._moved = False
        self._generation = protocol.generation()

    # --- the interface of every backend

    def paint(self, view: View, *, known: bool = False) -> Cells | None:
        """Take the view; it is placed once Textual has painted the cells."""
        old, self._view = self._view, view
        if old is None or old.viewport.cells != view.viewport.cells or old.place != view.place:
            self._moved = True
        self._stale = True
        return np.zeros(view.viewport.cells[::-1], np.bool_) if known else None

    def row(self, y: int) -> list[Run]:
        """Return spaces: pictures lie over the text layer."""
        return blank_row(self._view, y)

    def painted(
        self, areas: Sequence[Area], over: Sequence[Area] = (), budget: int | None = None
    ) -> str:
        """Return the bytes that place what was painted, covered or lost."""
        lost = self._generation != protocol.generation()  # the screen was left in the meantime
        if over or self._view is None or not (self._stale or self._covered or lost):
            return ""  # text leaves pictures where they are
        out = self._hide() if self._moved else ""
        self._moved = self._stale = self._covered = False
        return out + self._sync(self._view, budget)

    def update(self, view: View, budget: int | None = None) -> str:
        """Return the bytes that move labels into place, and another picture within budget."""
        self._view = view
        if self._covered or self._stale:
            return ""
        return self._sync(view, budget)

    @property
    def pending(self) -> bool:
        """Whether tiles are not exact, or the loupe is not shown yet."""
        if not self._visible:
            return False
        return self._owes_loupe or self._loupe_is_below_exact or self._picture.is_below(Grade.EXACT)

    @property
    def behind(self) -> bool:
        """Whether parts of the picture are only rough yet."""
        return self._visible and self._picture.is_below(Grade.COARSE)

    def heal(self, budget: int | None = None) -> str:
        """Return coarse tiles for rough ones, else the loupe and exact tiles."""
        view = self._view
        if view is None or not self.pending:
            return ""
        if self.behind:
            return self._picture.refine(view, Grade.COARSE, budget)
        out = self._show_loupe(view, budget) if self._owes_loupe else ""
        if self._loupe is not None and self._loupe_is_below_exact:
            out += self._loupe.refine(_less(budget, out))
        if budget is not None and out and len(out) >= budget:
            return out
        return out + self._picture.refine(view, Grade.EXACT, _less(budget, out))

    def cover(self, over: Sequence[Area] = ()) -> str:
        """Return the bytes that take placements under these areas off the screen."""
        out = self._hide(() if self._moved else over)
        self._covered = True
        return out

    def close(self) -> str:
        """Return the bytes that delete every image of this backend."""
        out = [self._picture.free()]
        out += [protocol.free(image) for image in self._textures.values()]
        if self._loupe is not None:
            out.append(self._loupe.tiles.free())
        out += [protocol.free(image) for image in self._owed]
        self.forget()
        self._view = None
        return "".join(out)

    @property
    def covered(self) -> bool:
        """Whether placements were taken away that have to come back."""
        return self._covered and bool(self._picture.stored)

    def forget(self) -> None:
        """Expect the terminal to have no images: the next bytes bring all of them again."""
        # Whatever it still holds under the old ids is freed with the next bytes.
        self._owed += [*sorted(self._picture.stored), *self._textures.values()]
        if self._loupe is not None:
            self._owed += sorted(self._loupe.tiles.stored)
        self._reset()

    # --- the parts

    @property
    def _visible(self) -> bool:
        """Whether the view and its own picture are on the screen, with nothing over them."""
        view = self._view
        return view is not None and not (self._covered or self._stale) and is_current(view)

    def _reset(self) -> None:
        self._picture = TiledPicture(self.dots)
        self._textures, self._placed, self._numbers, self._loupe = {}, {}, {}, None

    def _sync(self, view: View, budget: int | None) -> str:
        """Return the bytes from what is shown to the view, the picture within ``budget``."""
        if self._generation != protocol.generation():
            self._generation = protocol.generation()
            self._owed = []
            self._reset()
        out = [protocol.free(image) for image in self._owed]
        self._owed = []
        if self._loupe is not None:
            if self._loupe.holds(view):
                out.append(self._loupe.sync(budget))
            else:
                out.append(self._loupe.tiles.free())
                self._loupe = None
        out.append(self._sync_marks(view))
        out.append(self._picture.sync(view, _less(budget, *out)))
        return "".join(out)

    def _hide(self, over: Sequence[Area] = ()) -> str:
        """Take what is under these areas (everything, if none) off the screen; it stays stored."""
        if self._generation != protocol.generation():
            return ""
        out = [self._picture.hide(over)]
        if self._loupe is not None:
            out.append(self._loupe.tiles.hide(()))
        across, down = self.dots
        for key, (piece, placement) in list(self._placed.items()):
            _, _, width, height = piece.source
            right, bottom = (piece.x + width - 1) // across + 1, (piece.y + height - 1) // down + 1
            reach = piece.x // across, piece.y // down, right, bottom
            if _in_loupe(piece) or meets(reach, over):
                out.append(protocol.hide(placement.image, placement.number))
                del self._placed[key]
        return "".join(out)

    # --- what lies over it

    def _sync_marks(self, view: View) -> str:
        out = []
        wanted: dict[tuple[str, str], tuple[Piece, Placement]] = {}
        inset = [] if self._loupe is None else self._loupe.pieces(view)
        for piece in (*pieces(view.viewport, view.scene), *inset):
            image = self._textures.get(piece.look)
            if image is None:
                image = self._textures[piece.look] = protocol.next_image()
                out.append(protocol.store_png(image, texture_png(piece.look)))
            shown = self._placed.get(piece.key)
            if shown is None or shown[0] != piece or shown[1].image != image:
                shown = (piece, self._placement(view, piece, image))
            wanted[piece.key] = shown
        for key, (_, old) in self._placed.items():
            new = wanted.get(key)
            if new is None or new[1].image != old.image:
                out.append(protocol.hide(old.image, old.number))
        for key, (_, placement) in wanted.items():
            shown = self._placed.get(key)
            if shown is None or shown[1] != placement:
                out.append(protocol.place(placement))
        self._placed = wanted
        self._numbers = {key: self._numbers[key] for key in wanted}
        if len(self._textures) > MOST_TEXTURES:
            out.append(self._free_textures())
        return "".join(out)

    def _placement(self, view: View, piece: Piece, image: int) -> Placement:
        number = self._numbers.get(piece.key)
        if number is None:
            taken = set(self._numbers.values())
            number = next(n for n in range(1, len(taken) + 2) if n not in taken)
            self._numbers[piece.key] = number
        across, down = self.dots
        source = _shortest_source(piece)
        return Placement(
            image,
            number,
            view.place[0] + piece.x // across,
            view.place[1] + piece.y // down,
            (piece.x % across, piece.y % down),
            source,
            z=_layer(piece),
        )

    def _free_textures(self) -> str:
        used = {piece.look for piece, _ in self._placed.values()}
        out = []
        for look in [look for look in self._textures if look not in used]:
            out.append(protocol.free(self._textures.pop(look)))
        return "".join(out)

    # --- the loupe

    @property
    def _owes_loupe(self) -> bool:
        return self._view is not None and self._view.loupe is not None and self._loupe is None

    @property
    def _loupe_is_below_exact(self) -> bool:
        return self._loupe is not None and self._loupe.tiles.is_below(Grade.EXACT)

    def _show_loupe(self, view: View, budget: int | None) -> str:
        """Show the inset: its picture, then the labels in it."""
        assert view.loupe is not None
        self._loupe = ShownLoupe(view.loupe, view, self.dots, _LOUPE_Z)
        return self._loupe.sync(budget) + self._sync_marks(view)


def _less(budget: int | None, *spent: str) -> int | None:
    return None if budget is None else budget - sum(map(len, spent))


def _in_loupe(piece: Piece) -> bool:
    return piece.key[0].startswith("loupe ")


def _layer(piece: Piece) -> int:
    """Return a layer that does not depend on the order in which images were stored."""
    if _in_loupe(piece):
        return _LOUPE_Z + 1 + _layer(replace(piece, key=("", "")))
    look = piece.look
    upper = int(look.kind == "down")
    if look.kind == "cursor":
        return _FRONT_Z + 5
    if look.kind == "hint":
        # A key of the grid, white on black, lies over a label's hint.
        return _FRONT_Z + (6 if look.pen.other == BLACK else 4)
    if piece.front:
        return _FRONT_Z + upper + (0 if look.styles else 2)  # a grid is over the selected mark
    if look.kind == "trail":
        return 1
    rank = sum(1 << bit for bit, style in enumerate(_RANKED) if style in look.styles)
    if look.kind == "ball":
        return 514 + zlib.crc32(f"{rank} {look.size}".encode()) % 400
    # By colour: a doubled side lies with the other sides of its box.
    side = {MINE: 1, THEIRS: 2}.get(look.pen.colour, 0) << len(_RANKED)
    return 2 + 2 * (rank + side) + upper


def _shortest_source(piece: Piece) -> tuple[int, int, int, int]:
    """Return the part of the texture; zeros where it reaches the texture's own edge."""
    x, y, width, height = piece.source
    whole = texture(piece.look).shape
    return x, y, 0 if x + width == whole[1] else width, 0 if y + height == whole[0] else height
