"""MOTChallenge ground truth in the layout that TrackEval reads.

``prelabel-PART/SEQUENCE/gt/gt.txt``, ``seqinfo.ini`` and ``img1/000001.jpg``, and for each part
``seqmaps/prelabel-PART.txt``.  Frames count from 1 without a gap, so pictures are named by their
number; pixels count from 0, as most of the field writes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import IO, Final

from prelabel_tui.core.datasets.images import Image, OpenClip, Options
from prelabel_tui.core.datasets.names import clip_name, picture_name
from prelabel_tui.core.datasets.output import refuse
from prelabel_tui.core.datasets.selection import Selection
from prelabel_tui.core.model.labels import Capability, Label
from prelabel_tui.formats.side_file import rect_of
from prelabel_tui.formats.writers.clip_files import CLASS_NAMES, ClipFiles, labels_of
from prelabel_tui.formats.writers.track_numbers import TrackNumbers

BENCHMARK: Final = "prelabel"
_IMAGES: Final = "img1"
CLASS_IDS: Final = {capability: n for n, capability in enumerate(CLASS_NAMES, start=1)}
"""Players are MOTChallenge's pedestrians (1); the ball is a class that it does not score (2)."""

_ENDS: Final = {capability: f"1,{number},1" for capability, number in CLASS_IDS.items()}
"""Counts, its class, wholly visible: nothing else is known."""


def sequence_name(opened: OpenClip) -> str:
    """Return the folder of a clip."""
    return clip_name(opened.clip.workspace, opened.clip.media)


class Sequence:
    """The files of one clip: ``gt/gt.txt``, ``seqinfo.ini`` and what a caller adds."""

    def __init__(self, folder: Path, dialect: str, opened: OpenClip) -> None:
        self.folder = folder
        self._tracks = TrackNumbers()
        self._files = ClipFiles(folder / "gt", dialect, opened)
        self._gt: IO[bytes] = (folder / "gt" / "gt.txt").open("xb")
        self._opened = opened
        self._first: Image | None = None
        self._ending = ""
        self._length = 0

    def add(self, image: Image, ends: Mapping[Capability, str]) -> list[tuple[int, Capability]]:
        """Write an image's rows, with what follows the box for each capability; their tracks."""
        ending = picture_ending(image)
        if self._first is None:
            self._first, self._ending = image, ending
        self._check(image, self._first, ending)
        rows, tracks = [], []
        for capability, label in labels_of(image):
            track = self._tracks.of(capability, label)
            tracks.append((track, capability))
            rows.append(f"{image.number},{track},{_box(label)},{ends[capability]}\n")
        self._gt.write("".join(rows).encode())
        self._files.add(image, str(image.number))
        self._length = image.number
        return tracks

    def _check(self, image: Image, first: Image, ending: str) -> None:
        if ending != self._ending:
            raise refuse(
                f"{image.of.clip.title}: pictures end in {self._ending} and {ending}, and a MOT "
                "sequence has one ending."
            )
        sizes = [(i.frame.width, i.frame.height) for i in (first, image)]
        if sizes[0] != sizes[1]:
            told = " and ".join(f"{width}×{height} px" for width, height in sizes)
            raise refuse(
                f"{image.of.clip.title}: frames of {told}, and a MOT sequence has one size."
            )

    def end(self) -> None:
        """Write ``seqinfo.ini``."""
        assert self._first is not None
        self._gt.close()
        self._files.close()
        fps = self._opened.manifest.fps
        lines = [
            "[Sequence]",
            f"name={self.folder.name}",
            f"imDir={_IMAGES}",
            *([] if fps is None else [f"frameRate={fps / 1000:g}"]),
            f"seqLength={self._length}",
            f"imWidth={self._first.frame.width}",
            f"imHeight={self._first.frame.height}",
            f"imExt={self._ending}",
            "",
        ]
        (self.folder / "seqinfo.ini").write_text("\n".join(lines), encoding="utf-8")


def _box(label: Label) -> str:
    return ",".join(f"{value:.3f}".rstrip("0").rstrip(".") for value in rect_of(label))


def picture_ending(image: Image) -> str:
    """Return the ending of the image's picture, as a sequence names it."""
    return PurePosixPath(picture_name(image.of.manifest, image.frame)).suffix or ".jpg"


def numbered_picture(image: Image) -> str:
    """``img1/000001.jpg`` within the sequence."""
    return f"{_IMAGES}/{image.number:06d}{picture_ending(image)}"


class MotWriter:
    """Sequences for TrackEval, with the ball as a class of its own."""

    dialect = "mot"

    def __init__(self, folder: Path, _selection: Selection, _options: Options) -> None:
        self._folder = folder
        self._sequence: Sequence | None = None
        self._names: dict[str, list[str]] = {}

    def picture(self, image: Image) -> str:
        """As Writer.picture."""
        opened = image.of
        return f"{BENCHMARK}-{opened.part}/{sequence_name(opened)}/{numbered_picture(image)}"

    def begin(self, opened: OpenClip) -> None:
        """As Writer.begin."""
        name = sequence_name(opened)
        folder = self._folder / f"{BENCHMARK}-{opened.part}" / name
        self._sequence = Sequence(folder, self.dialect, opened)
        self._names.setdefault(opened.part, []).append(name)
        names = "".join(f"{class_name}\n" for class_name in CLASS_NAMES.values())
        (folder / "gt" / "labels.txt").write_text(names, encoding="ascii")

    def add(self, image: Image) -> None:
        """As Writer.add."""
        assert self._sequence is not None
        self._sequence.add(image, _ENDS)

    def end(self, opened: OpenClip) -> None:
        """As Writer.end."""
        assert self._sequence is not None
        self._sequence.end()

    def close(self) -> None:
        """As Writer.close."""
        folder = self._folder / "seqmaps"
        folder.mkdir()
        for part, names in self._names.items():
            text = "".join(f"{line}\n" for line in ("name", *names))
            (folder / f"{BENCHMARK}-{part}.txt").write_text(text, encoding="utf-8")
