"""The notes of an export: what people remarked about the frames that went out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from prelabel_tui.core.datasets.selection import Content
from prelabel_tui.core.model.labels import Capability, Frame
from prelabel_tui.core.notes.reading import Note, scope_notes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prelabel_tui.core.store import Store

NOTES: Final = "notes.json"
VERSION: Final = 1

_encoder = msgspec.json.Encoder()


class NotesFile:
    """Writes ``notes.json``, if there is a note on any image; it is no part of the labels."""

    def __init__(self, folder: Path, store: Store) -> None:
        self._path = folder / NOTES
        self._store = store
        self._of_frames: dict[tuple[Capability, int], list[Note]] = {}
        self._told: list[dict[str, object]] = []

    def begin(self, contents: Iterable[Content]) -> None:
        """Begin a clip: read the notes of what goes out of it.  FAILURES."""
        self._of_frames = defaultdict(list)
        for content in contents:
            for note in scope_notes(self._store, content.scope).notes:
                self._of_frames[note.scope.capability, note.frame].append(note)

    def image(self, index: int, name: str, labels: Mapping[Capability, Frame]) -> None:
        """Enter the notes of the clip's frame ``index``, which goes out as the image ``name``."""
        for capability, frame in labels.items():
            for note in self._of_frames.get((capability, index), ()):
                there = None if note.label_id is None else frame.label(note.label_id) is not None
                self._told.append({**note.as_json(), "image": name, "label_exported": there})

    def close(self) -> None:
        """Write the file, if there is anything to say."""
        if self._told:
            told = {"format": "prelabel-notes", "version": VERSION, "notes": self._told}
            with self._path.open("xb") as file:
                file.write(msgspec.json.format(_encoder.encode(told), indent=1) + b"\n")
