"""A process that shares pictures: `… FD` does what lines of JSON on its standard input ask for.

``hold KEY`` gets a picture and keeps it; ``put KEY LEVEL`` shares one of that level; ``drop`` keeps
none any more; ``look PATH`` loads the frame of a clip of one file, keeps it, and tells a pixel;
``turn PATH`` takes its turn at decoding and does not; ``memory`` tells how many kB are the
process's own; ``die KEY`` is killed in the middle of writing a picture.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from pathlib import Path

import numpy as np

from prelabel_tui.core.model.media import Manifest, MediaFrame
from prelabel_tui.imaging.frames.decode import PictureLoader
from prelabel_tui.imaging.frames.memory import PictureMemory
from prelabel_tui.imaging.frames.shared_clip import SharedClip
from prelabel_tui.imaging.frames.shared_pictures import SharedPictures

SIZE = (1280, 720)
ONE = SIZE[0] * SIZE[1] * 3
"""Bytes of a picture: whole pages."""


class Deadly:
    """Pixels whose reading kills the process, as whoever copies them has begun to write."""

    shape = (SIZE[1], SIZE[0], 3)
    nbytes = ONE

    def __array__(self, *_: object, **__: object) -> object:
        """Be killed."""
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


def clip_of(path: str) -> Manifest:
    """A clip of one picture."""
    return Manifest((MediaFrame(Path(path).name, *SIZE, path=path),))


def main() -> None:
    """Do what is asked for, one answer a line."""
    shared = SharedPictures(int(sys.argv[1]))
    kept = []
    for line in sys.stdin:
        what, *words = json.loads(line)
        answer: object = None
        if what in ("put", "hold"):
            key = (words[0], words[0])
            pixels = np.full((SIZE[1], SIZE[0], 3), words[-1], np.uint8)
            found = shared.put(key, pixels) if what == "put" else shared.get(key)
            answer = None if found is None else [int(found.min()), int(found.max())]
            if what == "hold":
                kept.append(found)
            del found
        elif what == "look":
            manifest = clip_of(words[0])
            loader = PictureLoader("clip", manifest, memory=PictureMemory(shared=shared))
            seen = loader.pixels(0)
            answer = None if seen is None else seen[0, 0].tolist()
            kept.append(seen)
        elif what == "memory":
            rollup = Path("/proc/self/smaps_rollup").read_text(encoding="ascii")
            answer = sum(map(int, re.findall(r"^Anonymous:\s+(\d+) kB", rollup, re.M)))
        elif what == "drop":
            kept.clear()
        elif what == "turn":
            turn = SharedClip(shared, clip_of(words[0])).turn(0, 1)
            answer = turn.__enter__() is None
        elif what == "die":
            shared.put((words[0], words[0]), Deadly())  # type: ignore[arg-type]
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
