"""From label files and pictures to what an import would bring in; nothing is written here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from prelabel_tui.core.ingest.pairing import (
    Choice,
    Listed,
    Numbered,
    Pairing,
    PairingError,
    PictureSource,
    pair,
)
from prelabel_tui.core.model.media import Manifest
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.formats.errors import BadLabels, FormatError
from prelabel_tui.formats.gathering import Loaded, Wanted, gather
from prelabel_tui.formats.labels_file import LabelFile, SequenceInfo
from prelabel_tui.formats.own_export import restored, side_of
from prelabel_tui.formats.track_ids import Decision, decide

_SAME_RATE: Final = 0.001


@dataclass(frozen=True)
class Prepared:
    """A run that can be imported: its clip, its labels, and how the two were matched."""

    file: LabelFile
    pairing: Pairing
    manifest: Manifest
    labels: Loaded
    bad: BadLabels
    ids: Decision
    """What the ids of the labels were taken for."""

    @property
    def missing(self) -> Sequence[tuple[str, str]]:
        """Frames that have no thumbnail, and why."""
        return [(frame.name, frame.missing) for frame in self.manifest.frames if frame.missing]


def prepare(
    file: LabelFile,
    source: PictureSource,
    choice: Choice | None = None,
    wanted: Wanted | None = None,
    bad: BadLabels | None = None,
    rate: float | None = None,
    of_folder: SequenceInfo | None = None,
    progress: Progress = unwatched,
) -> Prepared:
    """Match labels and pictures, look at the pictures, and make the documents.

    ``rate``: frame numbers per second, if given; ``of_folder``: what a ``seqinfo.ini``
    with the pictures says.  FormatError, and what ``source`` raises, when two things disagree or a
    label cannot be taken.
    """
    bad, wanted = bad or BadLabels(), wanted or Wanted()
    ids = Decision(None)  # a file of ours says which of its names are tracks
    if side := side_of(file.path, file.format, progress):
        file = restored(file, side, wanted)
    elif not file.rows.made:
        ids = decide(file, wanted.ids)
    _refuse_empty(file, bad)
    listed = file.frames.frames if isinstance(file.frames, Listed) else ()
    names = [name for frame in listed for name in (frame.name, *frame.other_names)]
    pictures = source.pictures(names, progress)
    try:
        pairing = pair(file.frames, pictures, choice)
    except PairingError as error:
        raise FormatError(file.path, "", error.what, error.remedy) from error
    _refuse_absent_frames(file, pairing, bad)
    infos = [info for info in (of_folder, file.info) if info is not None]
    for info in infos:
        _refuse_other_length(info, file, pairing)
    manifest = source.clip(pairing.frames, _rate(rate, infos), progress)
    for info in infos:
        _refuse_other_size(info, manifest)
    labels = gather(file, pairing, manifest, wanted, bad, progress)
    if not labels.documents:
        raise FormatError(
            file.path,
            "",
            "has no labels" + _left_out(labels.left_out) + ", so nothing says what it is about",
            "Say it with --capability ball or --capability player",
        )
    return Prepared(file, pairing, manifest, labels, bad, ids)


def _refuse_empty(file: LabelFile, bad: BadLabels) -> None:
    """Refuse a file without labels, unless its format lists the images that were looked at."""
    if len(file.frames) and not isinstance(file.frames, Numbered):
        return
    with_labels = set(file.rows.file)
    empty = [path for at, path in enumerate(file.rows.paths) if at not in with_labels]
    if not empty:
        return
    why = f" that can be taken ({bad.listed[0]})" if bad.listed else _left_out(file.left_out)
    raise FormatError(
        empty[0],
        "",
        f"has no labels{why}, and does not list its images: that nothing was found on them cannot "
        "be told from a detector that did not run",
        "If nothing was found, leave this file out, or give it as COCO, which lists its images",
    )


def _left_out(reasons: Mapping[str, int]) -> str:
    """Say how many labels were left out and why, in brackets; nothing where none were."""
    told = ", ".join(f"{reason}: {count}" for reason, count in reasons.items() if count)
    return f" (left out, {told})" if told else ""


def _refuse_absent_frames(file: LabelFile, pairing: Pairing, bad: BadLabels) -> None:
    """Refuse labels for frames that are not there, all at once and saying how many they are."""
    absent = [at for at, index in enumerate(pairing.index_of) if index < 0]
    if not absent or bad.keep_going:
        return
    rows = np.flatnonzero(np.isin(np.array(file.rows.frame, np.int64), absent))
    if not rows.size:
        return
    path, place = file.rows.where(int(rows[0]))
    raise FormatError(
        path,
        place,
        f"{file.frame_words(absent[0])} is not in the clip ({pairing.extent}); there are "
        f"{len(rows)} such labels on {len(absent)} frames",
        "Give the pictures that belong to this file, or leave such labels out with "
        "--bad-labels drop",
    )


def _rate(said: float | None, infos: Sequence[SequenceInfo]) -> float | None:
    """Return the rate that was given, else the files'.  FormatError when they disagree."""
    told = [info for info in infos if info.rate is not None]
    if said is not None or not told:
        return said
    for info in told:
        if abs((info.rate or 0) - (told[0].rate or 0)) > _SAME_RATE:
            raise FormatError(
                info.path,
                "",
                f"says {info.rate:g} frames per second, {told[0].path} says {told[0].rate:g}",
                "Say it with --fps",
            )
    return told[0].rate


def _refuse_other_length(info: SequenceInfo, file: LabelFile, pairing: Pairing) -> None:
    if info.length is None or isinstance(file.frames, Listed):
        return
    if info.length != len(pairing.frames):
        raise FormatError(
            info.path,
            "seqLength",
            f"says {info.length} frames, but the pictures make {len(pairing.frames)} "
            f"({pairing.extent})",
            "Give all pictures of the sequence, or correct the file",
        )


def _refuse_other_size(info: SequenceInfo, manifest: Manifest) -> None:
    if info.size is None:
        return
    for frame in manifest.frames:
        if frame.missing is None and (frame.width, frame.height) != info.size:
            raise FormatError(
                info.path,
                "",
                f"says {info.size[0]}×{info.size[1]} px, but {frame.name} is "
                f"{frame.width}×{frame.height} px",
                "Give the pictures of this sequence, or correct the file",
            )
