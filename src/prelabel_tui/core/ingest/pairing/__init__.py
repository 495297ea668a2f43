"""Which picture belongs to which label: one rule, and a value that says how it came out.

- Where the label file lists its images, that list is the clip.  An image that is listed without a
  picture is a frame with a missing thumbnail.
- Else the pictures are the clip, and a frame's number is the last group of digits that varies
  from name to name.  A constant step is a stride; a number that is left out is a frame with a
  missing thumbnail; a number that occurs twice is refused.  Frames of a video are numbered by
  their order.
- By position only where names have no number, or where somebody says so.

Two sources that disagree are refused, naming both, never reconciled by a guess.
"""

from __future__ import annotations

from prelabel_tui.core.ingest.pairing.listed import listed_of_folder, listed_of_video
from prelabel_tui.core.ingest.pairing.names import PairingError
from prelabel_tui.core.ingest.pairing.numbered import (
    in_sequence,
    named_of_folder,
    numbered_of_folder,
    of_video,
)
from prelabel_tui.core.ingest.pairing.values import (
    Choice,
    ClipFrame,
    LabelFrames,
    Listed,
    ListedFrame,
    Named,
    Numbered,
    Pairing,
    Pictures,
    PictureSource,
    Sequenced,
    Size,
)

__all__ = [
    "Choice",
    "ClipFrame",
    "LabelFrames",
    "Listed",
    "ListedFrame",
    "Named",
    "Numbered",
    "Pairing",
    "PairingError",
    "PictureSource",
    "Pictures",
    "Sequenced",
    "Size",
    "pair",
]


def pair(labels: LabelFrames, pictures: Pictures, choice: Choice | None = None) -> Pairing:
    """Pair the frames of a label file with pictures.  PairingError when the two disagree.

    Labels of frames that are not there are not an error here: their ``index_of`` is -1.
    """
    said = choice or Choice()
    if isinstance(labels, Listed):
        if pictures.video_frames is not None:
            return listed_of_video(labels, pictures, said)
        return listed_of_folder(labels, pictures, said)
    if isinstance(labels, Sequenced):
        return in_sequence(labels, pictures)
    if pictures.video_frames is not None:
        return of_video(labels, pictures, said)
    if isinstance(labels, Named):
        return named_of_folder(labels, pictures, said)
    return numbered_of_folder(labels, pictures, said)
