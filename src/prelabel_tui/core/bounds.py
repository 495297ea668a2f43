"""The bounds on what comes from outside: beyond them it is refused in words, before it is held.

docs/operations.md has them in a table.
"""

from __future__ import annotations

from typing import Final

INPUT_BYTES: Final = 512 << 20
"""Bytes of a label file: the boxes of a whole match at 25 frames a second, as COCO."""

ARTIFACT_BYTES: Final = 1 << 30
"""Bytes of an artifact, a delta or a stash when unpacked, whatever it declares."""

LABELS_PER_FRAME: Final = 1_000
"""Labels of one capability in one frame: many times what a pitch holds."""

LABELS_PER_CLIP: Final = 4_000_000
"""Labels of one capability in one clip: 25 on every frame of a whole match."""

NAME_LENGTH: Final = 100
"""Characters of the name of a workspace, clip, user, detector, model or data set."""

LABEL_NAME_LENGTH: Final = 200
"""Characters of the id of a label, and of the name of its track."""

REASON_LENGTH: Final = 2_000
"""Characters of a reason."""

NOTE_LENGTH: Final = 500
"""Characters of what one person writes in a note at once."""

DETAIL_LENGTH: Final = 2_000
"""Characters of what an outcome says of the case; what is longer is cut and ends in `…`."""
