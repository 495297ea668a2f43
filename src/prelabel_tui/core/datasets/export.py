"""Writing an export: images go one by one to a writer; a manifest and the notes go beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from prelabel_tui.core.datasets.images import Image, OpenClip, Options, images_of, read_clip
from prelabel_tui.core.datasets.manifest import MANIFEST, ManifestFile
from prelabel_tui.core.datasets.names import clip_path
from prelabel_tui.core.datasets.notes import NotesFile
from prelabel_tui.core.datasets.output import output_folder, refuse
from prelabel_tui.core.datasets.pictures import PicturePlacer, Stills, Unreadable
from prelabel_tui.core.datasets.selection import Selection
from prelabel_tui.core.datasets.splits import assign, split_names
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.outcomes import Code, Outcome, Refused, Result
from prelabel_tui.core.progress import Cancelled, Progress, unwatched
from prelabel_tui.core.signing import HEAD_FILE, sign_head, write_signed
from prelabel_tui.core.store import gives_result
from prelabel_tui.core.store.chain import head
from prelabel_tui.core.text import counted

if TYPE_CHECKING:
    from prelabel_tui.core.store import Store


class Writer(Protocol):
    """Writes the labels of one export in a format, into a folder of its own.

    Clips that have images come one after the other, ordered by part, workspace and media, each
    with its images in order.  Refused when the format cannot express what is to be written;
    OSError.
    """

    def picture(self, image: Image) -> str:
        """Say where the image's picture belongs, relative to the folder."""

    def begin(self, opened: OpenClip) -> None:
        """Begin a clip."""

    def add(self, image: Image) -> None:
        """Write the labels of the next image."""

    def end(self, opened: OpenClip) -> None:
        """End the clip; nothing of it is needed after that."""

    def close(self) -> None:
        """Write what comes at the end."""


@dataclass(frozen=True)
class Format:
    """A format that can be written: its name on the command line, and its writer."""

    name: str
    writer: Callable[[Path, Selection, Options], Writer]


@dataclass(frozen=True)
class Exported:
    """What went out.

    ``unreviewed``: images of which nobody reviewed all labels; ``revoked``: revisions of the data
    set that are no longer approved.
    """

    folder: Path
    clips: int
    images: int
    labels: dict[Capability, int]
    left_out: dict[str, int]
    unreviewed: int = 0
    revoked: int = 0

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`."""
        return {
            "folder": str(self.folder),
            "manifest": str(self.folder / MANIFEST),
            "clips": self.clips,
            "images": self.images,
            "labels": {capability.value: count for capability, count in self.labels.items()},
            "left_out": self.left_out,
            "unreviewed": self.unreviewed,
            "revoked": self.revoked,
        }

    @property
    def text(self) -> str:
        """One line for people."""
        labels = " and ".join(
            f"{counted(count, 'label')} of {capability}"
            for capability, count in self.labels.items()
        )
        images, clips = counted(self.images, "image"), counted(self.clips, "clip")
        told = f"{self.folder}: {labels} on {images} of {clips}"
        if self.left_out:
            told += f"; {left_out_text(self.left_out)}"
        if self.revoked:
            told += f"; {counted(self.revoked, 'revision')} revoked since the data set was frozen"
        if self.unreviewed:
            were = "was" if self.unreviewed == 1 else "were"
            told += f"; {counted(self.unreviewed, 'image')} {were} not reviewed"
            told += f" (--reviewed-only leaves {'it' if self.unreviewed == 1 else 'them'} out)"
        return f"{told}."


def left_out_text(left_out: dict[str, int]) -> str:
    """Say how many images were left out, and why."""
    reasons = ", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in left_out.items())
    return f"left out {counted(sum(left_out.values()), 'image')} ({reasons})"


@gives_result
def export(
    store: Store,
    selection: Selection,
    options: Options,
    format_: Format,
    folder: Path,
    stills: Stills,
    progress: Progress = unwatched,
) -> Result[Exported]:
    """Write the labels into a new folder, whole or not at all.

    EXPORT_SUCCESS; EXPORT_EMPTY, EXPORT_CANCELLED, EXPORT_WRITE_FAILED, INPUT_INVALID (a folder
    that is in use, a split that cannot be made, what the format cannot say), SIGNING_FAILED,
    CONFIG_INVALID (a key to sign with that cannot sign), storage codes.
    """
    try:
        return _export(store, selection, options, format_, folder, stills, progress)
    except Cancelled:
        return Result(Outcome(Code.EXPORT_CANCELLED))
    except OSError as error:
        where = error.filename or folder
        return Result(Outcome(Code.EXPORT_WRITE_FAILED, f"{where}: {error.strerror}."))


def _export(
    store: Store,
    selection: Selection,
    options: Options,
    format_: Format,
    folder: Path,
    stills: Stills,
    progress: Progress,
) -> Result[Exported]:
    if not selection.clips:
        raise Refused(Outcome(Code.EXPORT_EMPTY))
    parts = _parts(selection, options)
    total = sum(clip.frame_count for clip in selection.clips)
    counts, left_out = Counter[Capability](), Counter[str]()
    images = clips = seen = unreviewed = 0
    with output_folder(folder, progress) as target:
        with store.read() as session:
            newest = head(session.connection()).hash
        signed = sign_head(store.home, newest)
        write_signed(target, signed)
        manifest = ManifestFile(target, format_.name, selection, options, signed)
        notes = NotesFile(target, store)
        placer = PicturePlacer(store, options.pictures, target, stills)
        writer = format_.writer(target, selection, options)
        for part in split_names(options.shares):
            for clip in selection.clips:
                if parts[clip_path(clip.workspace, clip.media)] != part:
                    continue
                opened = read_clip(store, clip, part)
                notes.begin(clip.contents)
                told = placer.begin(opened, progress)
                number = 0
                for index, frame, labels, without in images_of(store, opened, options, left_out):
                    progress("images written", seen + index, total)
                    image = Image(opened, index, number + 1, frame, labels, without)
                    name = writer.picture(image)
                    try:
                        manifest.picture(name, placer.place(opened, frame, name))
                    except Unreadable:
                        left_out["without_picture"] += 1
                        continue
                    if not number:
                        writer.begin(opened)
                    writer.add(image)
                    notes.image(index, name, labels)
                    unreviewed += not all(one.reviewed for one in labels.values())
                    number += 1
                    for capability, labelled in labels.items():
                        counts[capability] += len(labelled.labels)
                if number:
                    writer.end(opened)
                manifest.clip(opened, number, told)
                images += number
                clips += number > 0
                seen += clip.frame_count
                progress("images written", seen, total)
        if not images:
            detail = f"{left_out_text(left_out)}." if left_out else ""
            raise Refused(Outcome(Code.EXPORT_EMPTY, detail.capitalize()))
        writer.close()
        labels_of = {capability: counts[capability] for capability in options.wanted}
        revoked = 0 if selection.dataset is None else len(selection.dataset.revoked)
        done = Exported(folder, clips, images, labels_of, dict(left_out), unreviewed, revoked)
        manifest.close(done.images, labels_of, done.left_out)
        notes.close()
    data = signed.as_json()
    if signed.signature is not None:
        data["signed"] = str(folder / HEAD_FILE)
    return Result(Outcome(Code.EXPORT_SUCCESS, done.text, data), done)


def _parts(selection: Selection, options: Options) -> dict[str, str]:
    """Return the part of the split for each clip, by its path."""
    try:
        pictures = {
            clip_path(clip.workspace, clip.media): clip.manifest_sha for clip in selection.clips
        }
        return assign(pictures, options.shares)
    except ValueError as error:
        raise refuse(f"{error}.") from error
