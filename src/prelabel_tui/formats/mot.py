"""MOTChallenge text files: ``frame,id,left,top,width,height,conf[,…]``, one box a line.

Frames and coordinates count from 1; 1 is taken off both.  An id becomes ``p12`` (players) or
``b1`` (ball) and is the same through the clip; ``-1`` means none, such boxes are named by their
order in the frame.  A confidence of -1 means none.
"""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from pathlib import Path

from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.model.media import Manifest
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.formats.errors import FormatError
from prelabel_tui.formats.gathering import PREFIXES, Gathering, Loaded
from prelabel_tui.formats.input_file import read_text

_HIGHEST_ID = 10**9
_SHAPE = "frame,id,left,top,width,height,conf,-1,-1,-1"


def read_mot(
    files: Mapping[Capability, Path],
    manifest: Manifest,
    min_score: Mapping[Capability, float] | None = None,
    progress: Progress = unwatched,
) -> Loaded:
    """Labels of each capability from its file.  FormatError names file and line."""
    gathering = Gathering(manifest, min_score or {}, progress)
    for capability, path in files.items():
        gathering.expect(capability)
        for number, line in enumerate(read_text(path, progress).splitlines(), start=1):
            if line.strip():
                _add(gathering, path, f"line {number}", capability, line)
    return gathering.loaded()


def _add(gathering: Gathering, path: Path, place: str, capability: Capability, line: str) -> None:
    fields = line.split(",")
    if not 6 <= len(fields) <= 10:
        raise FormatError(
            path, place, f"{len(fields)} fields instead of 6 to 10", f"Write {_SHAPE}"
        )
    numbers = []
    for field in fields:
        try:
            numbers.append(float(field))
        except ValueError:
            raise FormatError(
                path, place, f"{field.strip()[:40]!r} is no number", f"Write {_SHAPE}"
            ) from None
    frame, track, left, top, width, height = numbers[:6]
    if not frame.is_integer() or frame < 1:
        raise FormatError(
            path, place, f"the frame number {fields[0].strip()[:40]} is none", "Frames count from 1"
        )
    if not track.is_integer():
        raise FormatError(
            path,
            place,
            f"the id {fields[1].strip()} is no whole number",
            "Use whole numbers, or -1",
        )
    score = numbers[6] if len(numbers) > 6 and numbers[6] != -1 else None
    name = f"{PREFIXES[capability]}{int(track)}" if track >= 0 else None
    rect = (left - 1, top - 1, width, height)
    gathering.add(path, place, capability, int(frame) - 1, rect, score, name)


def sequence_rate(frames: Path) -> float | None:
    """Frames a second from the ``seqinfo.ini`` in the folder of frames or beside it, if any."""
    for folder in (frames, frames.absolute().parent):
        parser = configparser.ConfigParser()
        file = folder / "seqinfo.ini"
        if not file.is_file():  # a pipe would be waited for
            continue
        try:
            parser.read_string(read_text(file))
            rate = parser.getfloat("Sequence", "frameRate")
        except (FormatError, ValueError, configparser.Error):
            continue
        if 0.01 <= rate <= 10_000:
            return rate
    return None
