"""What a person changed of a label against the model: how far each edge moved.

Edges are left, top, right, bottom in 1/100 px; a ball has those of the square around it.  A
correction is a difference of edges, so it can be put on what the model said elsewhere without
losing how the model saw that thing move.
"""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from prelabel_tui.core.edits.one_frame import MIN_SIDE, Bounds, fitted_box
from prelabel_tui.core.model.labels import Ball, Box, Label, Origin, with_geometry

Floats = NDArray[np.float64]


def model_geometry(label: Label) -> tuple[int, ...] | tuple[int, int, int | None] | None:
    """Return where the model had a label; None for one that no model placed."""
    if label.was is not None:
        return label.was
    return label.geometry if label.origin is Origin.MODEL else None


def edges(label: Label) -> Floats:
    """Return where the edges of a label are."""
    return _edges(label, label.geometry)


def model_edges(label: Label) -> Floats | None:
    """Return where the model had its edges; None for a label that no model placed."""
    said = model_geometry(label)
    return None if said is None else _edges(label, said)


def correction(label: Label) -> Floats | None:
    """Return how far each edge is from where the model had it; None without a model's place."""
    said = model_edges(label)
    return None if said is None else edges(label) - said


def at_edges(label: Label, wanted: Floats, bounds: Bounds, origin: Origin) -> Label:
    """Return a model's label with its edges there, to 1/100 px and cut to the frame.

    ``was`` keeps what the model said.  A label that is back there is the model's own again.
    """
    if isinstance(label, Box):
        corners = [int(value) for value in np.rint(wanted)]
        box = (corners[0], corners[1], corners[2] - corners[0], corners[3] - corners[1])
        moved = with_geometry(label, fitted_box(box, bounds))
    else:
        middle = (wanted[:2] + wanted[2:]) / 2
        x, y = (int(value) for value in np.rint(middle))
        x, y = max(0, min(x, bounds[0])), max(0, min(y, bounds[1]))
        size = None if label.size is None else max(MIN_SIDE, int(np.rint(wanted[2] - wanted[0])))
        moved = with_geometry(label, (x, y, size))
    return msgspec.structs.replace(moved, origin=Origin.MODEL if moved.was is None else origin)


def _edges(label: Label, geometry: tuple[int, ...] | tuple[int, int, int | None]) -> Floats:
    if isinstance(label, Ball):
        x, y, size = geometry
        half = (size or 0) / 2
        return np.array((x - half, y - half, x + half, y + half), dtype=np.float64)
    x, y, w, h = geometry  # type: ignore[misc]
    return np.array((x, y, x + w, y + h), dtype=np.float64)


def blended(model: Floats, shares: Floats, steps: Floats) -> Floats:
    """Return edges (n × 4) corrected by what lies between two corrections.

    ``model``: where the model has them; ``shares`` (n, 0..1): how far from the first to the second
    each is; ``steps`` (2 × 4): the corrections.
    """
    return np.asarray(model + steps[0] + (steps[1] - steps[0]) * shares[:, None])


def sizes(model: Floats) -> Floats:
    """Return width and height, for each edge (n × 4); never 0."""
    sides = np.maximum(1.0, model[:, 2:] - model[:, :2])
    return np.concatenate([sides, sides], axis=1)


def fits_size(sizes: Floats, steps: Floats) -> bool:
    """Say whether corrections (n × 4) are more alike as shares of the size (n × 4) than in px.

    Clearly more: half the spread or less.
    """
    shares = steps / sizes
    in_pixels = ((steps - steps.mean(axis=0)) ** 2).sum()
    by_size = (((shares - shares.mean(axis=0)) * sizes) ** 2).sum()
    return bool(2 * by_size < in_pixels)
