"""Many cells: the cheapest way to draw them for what the errors are worth, searched row by row.

At each cell of a row the two pens stay, or one or both are set, and the cell is drawn as it is, in
reverse, as a space or as a full block; or it is left alone.  Each way costs bytes, and its squared
error at a price (rate–distortion by a Lagrange multiplier: where every byte buys the same error,
no other drawing of that size has less).  In each row the few cheapest paths are followed, all
rows side by side: the Viterbi algorithm with as many survivors as :data:`_PATHS`.  In the end each
pen takes the mean of the dots that it draws, or a colour near it with a shorter code.
``docs/design/cell-encoder.md`` explains it all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from prelabel_tui.imaging.cells.colour_codes import code_lengths, thrifty
from prelabel_tui.imaging.cells.encoder import FULL, REVERSE, Mask, Stroke
from prelabel_tui.imaging.cells.pen_colours import Floats, leads
from prelabel_tui.imaging.cells.raster import SPACE, Grid, channels, is_text, lit_dots
from prelabel_tui.imaging.overlay.dots import DRAWN

Ints = NDArray[np.int64]

_PATHS: Final = 4
"""Paths followed in each row: a state is a pair of colours, and there are too many pairs to keep
the best path into each."""

_ALIKE: Final = 8.0
"""Colours count as alike up to the squared distance that costs this many bytes."""

_EXACT: Final = 1e6
"""Weight of a dot of the overlay or of text: never approximated."""

_NEVER: Final = 1e12
_NOWHERE: Final = -3000.0
"""Channels of a pen that is not known."""

_SET: Final = len("\x1b[38;m")
_SET_BOTH: Final = len("\x1b[38;;48;m")
_MOVE: Final = len("\x1b[9C")
_BLOCK: Final = 3

_KEEP, _LOW_BG, _TOP_BG, _LOW_FG, _TOP_FG, _MEAN_BG, _MEAN_FG, _LEAVE = range(8)
"""What can happen at a cell: which of its colours each pen takes, if any."""
_WAYS: Final = 8


def _tables() -> tuple[Ints, Ints]:
    """Tell where the pens of each choice are found, and which path it continues.

    A choice is (way, path), then the two ways of setting both pens.  Pens are found among: the
    foregrounds of all paths, their backgrounds, the cell's top, low and mean colour.
    """
    top, low, mean = 2 * _PATHS, 2 * _PATHS + 1, 2 * _PATHS + 2
    sets = {
        _LOW_BG: (None, low),
        _TOP_BG: (None, top),
        _LOW_FG: (low, None),
        _TOP_FG: (top, None),
        _MEAN_BG: (None, mean),
        _MEAN_FG: (mean, None),
    }
    pens, paths = [], []
    for way in range(_WAYS):
        fg, bg = sets.get(way, (None, None))
        for path in range(_PATHS):
            pens.append((path if fg is None else fg, _PATHS + path if bg is None else bg))
            paths.append(path)
    pens += [(top, low), (low, top)]
    paths += [0, 0]  # the same from every path: from the cheapest
    return np.array(pens).T, np.array(paths)


_PENS, _FROM = _tables()
_CHOICES: Final = _WAYS * _PATHS + 2
_CHOICE_BITS: Final = np.int32(63)


@dataclass(frozen=True, eq=False)
class Drawing:
    """Cells to draw, in rows (lanes × steps; steps that draw nothing are not ``drawn``)."""

    rows: Ints
    columns: Ints
    drawn: Mask
    error: NDArray[np.int64]
    """Squared error that each drawn cell will have, summed over its dots."""
    width: int
    """Columns of the grid."""
    _values: tuple[NDArray[np.int64], ...]

    @property
    def cells(self) -> tuple[Ints, Ints]:
        """Rows and columns of the drawn cells."""
        rows = np.broadcast_to(self.rows[:, None], self.drawn.shape)
        return rows[self.drawn], self.columns[self.drawn]

    def strokes(self, first: NDArray[np.int64]) -> Iterator[Stroke]:
        """Yield what to write, row by row: ``first`` gives the order of all the screen's rows."""
        place = np.empty(len(first), dtype=np.int64)
        place[first] = np.arange(len(first))
        lanes = np.argsort(place[self.rows])
        drawn = self.drawn[lanes]
        rows = np.broadcast_to(self.rows[:, None], self.drawn.shape)
        every = (rows, self.columns, *self._values)
        fields = [axis[lanes][drawn].tolist() for axis in every]
        return cast("Iterator[Stroke]", zip(*fields, strict=True))


class Trellis:
    """The ways to draw the marked cells; ``error``: of each cell as it is now.

    An infinite error marks a cell that must be drawn.
    """

    def __init__(self, target: Grid, cells: Mask, error: NDArray[np.float64], mode: str) -> None:
        self._width = target.shape[1]
        self.rows = np.nonzero(cells.any(axis=1))[0]
        some = cells[self.rows]
        count = np.count_nonzero(some, axis=1)
        steps = int(count.max(initial=0))
        self.columns = np.argsort(~some, axis=1, kind="stable")[:, :steps]
        self._there = np.arange(steps) < count[:, None]
        at = (self.rows[:, None], self.columns)
        self._code, self._fg, self._bg = target.code[at], target.fg[at], target.bg[at]
        self._keep = np.stack(((self._fg & DRAWN) != 0, (self._bg & DRAWN) != 0), axis=-1)
        self._text = is_text(self._code) | (self._code == SPACE)
        self._keep |= self._text[..., None]
        self._dots = np.stack((channels(self._fg), channels(self._bg)), axis=2).astype(np.float32)
        self._counts = _counts(self._code, mode)
        self._error = np.where(self._there, error[at], 0)
        apart = np.diff(self.columns, axis=1, prepend=-2) > 1
        self._move = np.where(apart, _MOVE, 0).astype(np.float32)
        self._glyphs = self._glyph_bytes()

    def _glyph_bytes(self) -> Floats:
        """Return (… × 2 × 2) the bytes of the character with this pen on top and that one below."""
        wide = np.where(self._code < 65536, _BLOCK, 4)
        out = np.empty((*self._code.shape, 2, 2), dtype=np.float32)
        out[..., 0, 1] = out[..., 1, 0] = wide
        out[..., 0, 0], out[..., 1, 1] = _BLOCK, 1
        out[self._text] = ((_NEVER, 1), (_NEVER, _NEVER))
        return out

    def search(self, price: float) -> Drawing:
        """Return the drawing for which a unit of squared error is worth ``price`` bytes."""
        weight = np.where(self._keep, _EXACT, self._counts * price).astype(np.float32)
        weight[self._text & (self._code == SPACE), 0] = 0
        weight[~self._there] = 0
        colours = self._candidates(_ALIKE / price)
        sets, ways = self._follow(colours, weight, price)
        drawn = self._there & (ways != _LEAVE)
        top, low = self._looks(colours, sets, weight)
        weight[~drawn] = 0
        # Which setting of which pen draws each dot?
        lanes, steps = drawn.shape
        settings = (sets >= 0).transpose(2, 0, 1).ravel()
        number = np.maximum(np.cumsum(settings) - 1, 0).reshape(2, lanes, steps)
        by = np.stack([np.where(dot, number[1], number[0]) for dot in (top, low)], axis=-1)
        colour = self._colours(by, weight, max(int(settings.sum()), 1))
        shown = colour[by]
        # A cell of one colour has no background dots.
        shown[..., 1] = np.where(self._code == FULL, shown[..., 0], shown[..., 1])
        error = ((channels(shown) - self._dots) ** 2).sum(axis=-1) * self._counts
        error[self._keep] = 0
        pen_fg, pen_bg = colour[number].astype(np.int64)
        space = self._code == SPACE
        values = (
            _characters(self._code, top, low),
            np.where((top & low == 1) | space, -1, pen_fg),
            np.where(top | low == 0, -1, pen_bg),
            self._code.astype(np.int64),
            np.where(space, self._fg, shown[..., 0] | (self._fg & DRAWN)).astype(np.int64),
            (shown[..., 1] | (self._bg & DRAWN)).astype(np.int64),
        )
        whole = np.rint(error.sum(axis=-1)).astype(np.int64)
        return Drawing(self.rows, self.columns, drawn, whole, self._width, values)

    def _looks(self, colours: Ints, sets: Ints, weight: Floats) -> tuple[Ints, Ints]:
        """Return which pen (0: foreground) draws each cell's top dots best, and its low ones."""
        lanes, steps = self.columns.shape
        since = np.where(sets >= 0, np.arange(steps)[:, None], -1)
        since = np.maximum.accumulate(since, axis=1)
        kinds = np.take_along_axis(sets, np.maximum(since, 0), axis=1)
        lane = np.arange(lanes)[:, None, None]
        pens = colours[lane, np.maximum(since, 0), np.maximum(kinds, 0)].astype(np.float32)
        pens[since < 0] = _NOWHERE
        apart = pens[:, :, :, None] - self._dots[:, :, None]
        cost = np.einsum("...i,...i->...", apart, apart) * weight[:, :, None]
        looks = cost[:, :, :, None, 0] + cost[:, :, None, :, 1] + self._glyphs
        best = looks.reshape(lanes, steps, 4).argmin(axis=-1)
        return best >> 1, best & 1

    def _colours(self, by: Ints, weight: Floats, count: int) -> NDArray[np.uint32]:
        """Return a colour for each of ``count`` settings of a pen: near the mean of its dots."""
        setting = by.ravel()
        total = np.maximum(np.bincount(setting, weight.ravel(), count), 1e-9)
        sums = [
            np.bincount(setting, (weight * self._dots[..., channel]).ravel(), count)
            for channel in range(3)
        ]
        return thrifty(np.stack(sums, axis=-1) / total[:, None], total)

    def _candidates(self, alike: float) -> Ints:
        """Return (lanes × steps × 3 × 3) colours of a pen for a cell's top, low and both."""
        dots = np.ascontiguousarray(self._dots.transpose(2, 3, 1, 0))
        dots[:, :, ~self._there.T] = _NOWHERE
        means = np.clip(np.rint(leads(dots, alike)), 0, 255)
        colours: Ints = means.astype(np.int64).transpose(3, 2, 0, 1)
        for dot in (0, 1):
            keep = self._keep[..., dot]
            colours[keep, dot] = self._dots[keep, dot]
        return colours

    def _follow(self, colours: Ints, weight: Floats, price: float) -> tuple[Ints, Ints]:
        """Follow the cheapest paths.

        Returns, of the best one: lanes × steps × 2, which of the cell's colours each pen takes
        (-1: none); and lanes × steps, the ways of :data:`_WAYS`.
        """
        lanes, steps = self.columns.shape
        packed = colours[..., 2] << 16 | colours[..., 1] << 8 | colours[..., 0]
        lengths = code_lengths(packed.astype(np.uint32))
        apart = colours[:, :, :, None] - self._dots[:, :, None]
        off = np.einsum("...i,...i->...", apart, apart) * weight[:, :, None]
        glyphs = self._glyphs
        single = off[:, :, (0, 1), (0, 1)] + lengths[..., :2] + _SET
        # The other pen takes the other dot's colour: [pen that stays, dot that it draws].
        one = np.empty((lanes, steps, 2, 2), dtype=np.float32)
        for pen, dot in ((0, 0), (0, 1), (1, 0), (1, 1)):
            look = glyphs[..., 0, 1] if pen == dot else glyphs[..., 1, 0]
            one[:, :, pen, dot] = single[..., 1 - dot] + look
        mean = off[:, :, 2].sum(axis=-1) + lengths[..., 2] + _SET
        whole = np.stack((mean + glyphs[..., 1, 1], mean + glyphs[..., 0, 0]), axis=-1)
        apiece = off[:, :, 0, 0] + off[:, :, 1, 1] + lengths[..., 0] + lengths[..., 1] + _SET_BOTH
        both = np.stack((apiece + glyphs[..., 0, 1], apiece + glyphs[..., 1, 0]), axis=-1)
        # From here on steps come first and lanes last, where numpy is quick.
        one, whole, both, looks = (_by_step(table) for table in (one, whole, both, glyphs))
        dots, weights = _by_step(self._dots), _by_step(weight)
        leave = _by_step(np.minimum(self._error * price, _NEVER))
        moves = _by_step(self._move)
        gone = _by_step(~self._there * _NEVER)
        numbers = np.arange(steps * 3, dtype=np.float32).reshape(steps, 3, 1)
        numbers = np.broadcast_to(numbers[:, :, None], (steps, 3, 1, lanes))
        known = np.concatenate((_by_step(colours), numbers), axis=2).transpose(0, 2, 1, 3)
        known = known.reshape(steps, 4, 3 * lanes)
        # Pens: three channels, and a number that says which setting it was.
        width = 2 * _PATHS * lanes
        pool = np.full((4, width + 3 * lanes), _NOWHERE, dtype=np.float32)
        pool[3, :width] = -1 - np.repeat(np.arange(2 * _PATHS), lanes)
        pens = pool[:, :width].reshape(4, 2, _PATHS, lanes)
        spent = np.full((_PATHS, lanes), _NEVER, dtype=np.float32)
        spent[0] = 0
        after_gap = np.zeros((_PATHS, lanes), dtype=np.float32)
        cost = np.empty((_CHOICES, lanes), dtype=np.float32)
        by_way = cost[: _WAYS * _PATHS].reshape(_WAYS, _PATHS, lanes)
        worse = np.tril(np.ones((_PATHS, _PATHS), dtype=bool), -1)[:, :, None]
        lane = np.arange(lanes)
        choices = np.arange(_CHOICES, dtype=np.int32)[:, None]
        gaps = np.where(np.arange(_CHOICES) // _PATHS == _LEAVE, _MOVE, 0).astype(np.float32)
        places = _PENS * lanes
        apart = np.empty((3, 2, 2, _PATHS, lanes), dtype=np.float32)
        chosen = np.empty((steps, _PATHS, lanes), dtype=np.int64)
        for step in range(steps):
            # Every way on from every path, all lanes at once.  First: how far each pen is from each
            # dot, for the ways that keep a pen.
            np.subtract(pens[:3, :, None], dots[step].transpose(1, 0, 2)[:, None, :, None], apart)
            np.multiply(apart, apart, apart)
            errors = apart[0] + apart[1]
            errors += apart[2]
            errors *= weights[step][:, None]
            kept = errors[:, None, 0] + errors[:, 1]
            kept += looks[step][:, :, None]
            kept.reshape(4, _PATHS, lanes).min(axis=0, out=by_way[_KEEP])
            # Where a cheaper path already has the pen that stays, setting the other gains nothing.
            which = pens[3]
            same = ((which[:, :, None] == which[:, None]) & worse).any(axis=2)
            futile = same * np.float32(_NEVER)
            errors += one[step][:, :, None]
            errors += futile[:, None]
            by_way[_LOW_BG:_MEAN_BG] = errors.reshape(4, _PATHS, lanes)
            np.add(whole[step][:, None], futile, by_way[_MEAN_BG:_LEAVE])
            # A jump is paid once, where drawing resumes: after cells left out of the search, or
            # after one that this path left alone.
            there = np.maximum(after_gap, moves[step])
            there += spent
            there += gone[step]
            by_way[:_LEAVE] += there
            np.add(spent, leave[step], by_way[_LEAVE])
            np.add(both[step], there[0], cost[_WAYS * _PATHS :])
            # Positive floats sort as integers do; their last bits hold the choice.
            keys = cost.view(np.int32) & ~_CHOICE_BITS
            keys |= choices
            keys = np.sort(keys.T, axis=1)[:, :_PATHS].T
            chosen[step] = best = keys & _CHOICE_BITS
            spent = (keys & ~_CHOICE_BITS).view(np.float32)
            after_gap = gaps.take(best)
            # The survivors' pens are copied, not referred to: each path has a state of its own.
            pool[:, width:] = known[step]
            taken = places.take(best, axis=1)
            taken += lane
            pool[:, :width] = pool.take(taken.reshape(-1), axis=1)
        return self._back(chosen)

    def _back(self, chosen: Ints) -> tuple[Ints, Ints]:
        """Follow the cheapest path from its end to its beginning (Viterbi's traceback)."""
        steps, _, lanes = chosen.shape
        path, lane = np.zeros(lanes, dtype=np.int64), np.arange(lanes)
        choice = np.empty((lanes, steps), dtype=np.int64)
        for step in range(steps - 1, -1, -1):
            choice[:, step] = taken = chosen[step, path, lane]
            path = _FROM[taken]
        sets = (_PENS[:, choice] - 2 * _PATHS).transpose(1, 2, 0)
        return np.maximum(sets, -1), choice // _PATHS


def _by_step(table: NDArray[Any]) -> Floats:
    """Turn lanes × steps × … into steps × … × lanes."""
    return np.ascontiguousarray(np.moveaxis(table, 0, -1), dtype=np.float32)


def _counts(code: NDArray[np.uint32], mode: str) -> NDArray[np.int64]:
    """Return how many dots the foreground draws, and how many the background."""
    lit = lit_dots(code, mode)
    return np.stack((lit.sum(axis=-1), (~lit).sum(axis=-1)), axis=-1)


def _reversed() -> NDArray[np.int64]:
    table = np.zeros(max(REVERSE) + 1, dtype=np.int64)
    table[list(REVERSE)] = list(REVERSE.values())
    return table


_REVERSED: Final = _reversed()


def _characters(code: NDArray[np.uint32], top: Ints, low: Ints) -> Ints:
    """Return what to write where these pens (0: foreground) draw the top and the low dots."""
    reverse = _REVERSED[np.minimum(code, len(_REVERSED) - 1)]
    mixed = np.where(top, reverse, code)
    characters: Ints = np.where(top == low, np.where(top, SPACE, FULL), mixed).astype(np.int64)
    return characters
