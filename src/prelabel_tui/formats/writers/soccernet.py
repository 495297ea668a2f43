"""SoccerNet tracking: ``PART/SEQUENCE/gt/gt.txt``, ``seqinfo.ini``, ``gameinfo.ini``, ``img1``.

Rows have ten columns without a class; ``gameinfo.ini`` says what each track is.  Teams, jerseys
and roles are not known here: a track is a player or the ball.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from prelabel_tui.core.datasets.images import Image, OpenClip, Options
from prelabel_tui.core.datasets.selection import Selection
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.formats.writers.clip_files import CLASS_NAMES
from prelabel_tui.formats.writers.mot import Sequence, numbered_picture, sequence_name

_ENDS: Final = dict.fromkeys(Capability, "1,-1,-1,-1")


class SoccerNetWriter:
    """Sequences as SoccerNet's tracking task has them."""

    dialect = "soccernet"

    def __init__(self, folder: Path, _selection: Selection, _options: Options) -> None:
        self._folder = folder
        self._sequence: Sequence | None = None
        self._tracks: dict[int, Capability] = {}

    def picture(self, image: Image) -> str:
        """As Writer.picture."""
        return f"{image.of.part}/{sequence_name(image.of)}/{numbered_picture(image)}"

    def begin(self, opened: OpenClip) -> None:
        """As Writer.begin."""
        folder = self._folder / opened.part / sequence_name(opened)
        self._sequence = Sequence(folder, self.dialect, opened)
        self._tracks = {}

    def add(self, image: Image) -> None:
        """As Writer.add."""
        assert self._sequence is not None
        for number, capability in self._sequence.add(image, _ENDS):
            self._tracks[number] = capability

    def end(self, opened: OpenClip) -> None:
        """As Writer.end."""
        assert self._sequence is not None
        self._sequence.end()
        lines = [
            "[Sequence]",
            f"name={self._sequence.folder.name}",
            f"num_tracklets={len(self._tracks)}",
            *(
                f"trackletID_{number}= {CLASS_NAMES[capability]};{number}"
                for number, capability in sorted(self._tracks.items())
            ),
            "",
        ]
        text = "\n".join(lines)
        (self._sequence.folder / "gameinfo.ini").write_text(text, encoding="utf-8")

    def close(self) -> None:
        """As Writer.close."""
