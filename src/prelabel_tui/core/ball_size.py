"""The size of a ball that a person adds: the system's deterministic default."""

from __future__ import annotations

import statistics

from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import DEFAULT_BALL_SIZE, Ball


def ball_size(document: Document) -> int:
    """Diameter (1/100 px) for an added ball: the lower median of the draft's stored sizes, else
    the default.  Reads every frame."""
    sizes = [
        label.size
        for frame in document
        for label in frame.labels
        if isinstance(label, Ball) and label.size
    ]
    return statistics.median_low(sizes) if sizes else DEFAULT_BALL_SIZE


def lacks_size(document: Document) -> int | None:
    """Index of the first frame with a ball whose size was never captured; None in any other
    draft."""
    for index, encoded in enumerate(document.every_encoded()):
        # Quotes inside a JSON string are escaped, so these bytes can only be the keys.
        if encoded.count(b'"kind":"ball"') <= encoded.count(b'"size":'):
            continue
        return index
    return None
