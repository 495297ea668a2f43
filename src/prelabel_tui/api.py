r"""Labels in and out from Python, as the command line does it.

A data folder is opened as who runs the program; what fails raises :class:`PrelabelError` with the
outcome that the command line would end with.

>>> import tempfile
>>> from pathlib import Path
>>> from PIL import Image
>>> from prelabel_tui import api
>>> here = tempfile.TemporaryDirectory()
>>> folder = Path(here.name)
>>> for number in (1, 2):
...     Image.new("RGB", (64, 48)).save(folder / f"{number:06d}.png")
>>> _ = (folder / "players.txt").write_text("1,7,10,10,5,9,0.9\n2,7,11,10,5,9,0.8\n")

A detector's labels come in with the pictures that they are for:

>>> labels = api.read_mot(players=folder / "players.txt", pixels_from=1)
>>> with api.open_data_folder(folder / "home") as data:
...     imported = data.import_labels("arena", "m1", labels, frames=folder, detector="yolox")
...     again = data.import_labels("arena", "m1", labels, frames=folder)
...     found = list(data.runs(workspace="arena"))
...     published = data.revisions("arena", "m1", "player_detection")
>>> imported.run.status, imported.run.detector, imported.run.frame_count
(<RunStatus.PARTIAL: 'partial'>, 'yolox', 2)
>>> again.already_present, again.run.id == found[0].id
(True, True)
>>> published
[]

What was reviewed and published is read and exported; here nothing is approved yet:

>>> with api.open_data_folder(folder / "home") as data:
...     data.export("coco", folder / "labels")
Traceback (most recent call last):
    ...
prelabel_tui.api.PrelabelError: EXPORT_EMPTY: No revision matches: nothing was exported.
>>> here.cleanup()
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, TypeVar

import platformdirs

from prelabel_tui.core.catalog.runs import RunFilters, RunRow, RunStatus, list_runs
from prelabel_tui.core.catalog.scopes import find_scope
from prelabel_tui.core.datasets.export import Exported, export
from prelabel_tui.core.datasets.images import Options, Pictures
from prelabel_tui.core.datasets.selection import Selection, select_eligible, select_these
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.identity.users import open_as_user
from prelabel_tui.core.ingest.clips import check_names, copy_pictures
from prelabel_tui.core.ingest.import_run import import_run
from prelabel_tui.core.ingest.pairing import Choice
from prelabel_tui.core.ingest.reported import Detector, report_run
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Ball, Box, Capability, Flag, Frame
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.progress import Cancelled, Progress, unwatched
from prelabel_tui.core.publishing import revisions
from prelabel_tui.core.publishing.revision_rows import RevisionRow
from prelabel_tui.core.store import Store, attempt
from prelabel_tui.formats.errors import FormatError
from prelabel_tui.formats.gathering import Wanted
from prelabel_tui.formats.labels_file import LabelFile
from prelabel_tui.formats.prepare import prepare
from prelabel_tui.formats.readers import coco, mot, yolo
from prelabel_tui.formats.readers.cvat import read_cvat
from prelabel_tui.formats.readers.gamestate import read_gamestate
from prelabel_tui.formats.readers.label_studio import read_label_studio
from prelabel_tui.formats.readers.soccernet import read_soccernet
from prelabel_tui.formats.readers.sportslabkit import read_sportslabkit
from prelabel_tui.formats.readers.supervision import read_supervision
from prelabel_tui.formats.readers.ultralytics import read_ultralytics
from prelabel_tui.formats.track_ids import Ids
from prelabel_tui.formats.writers import FORMATS
from prelabel_tui.imaging.frames.probe import FolderPictures, ProbeError, VideoPictures
from prelabel_tui.imaging.frames.stills import VideoStills

__all__ = [
    "Ball",
    "Box",
    "Capability",
    "Code",
    "DataFolder",
    "Document",
    "Exported",
    "Flag",
    "FormatError",
    "Frame",
    "Ids",
    "Imported",
    "LabelFile",
    "Outcome",
    "PrelabelError",
    "Progress",
    "RevisionRow",
    "RunRow",
    "RunStatus",
    "open_data_folder",
    "read_coco",
    "read_cvat",
    "read_gamestate",
    "read_label_studio",
    "read_mot",
    "read_soccernet",
    "read_sportslabkit",
    "read_supervision",
    "read_ultralytics",
    "read_yolo",
]

T = TypeVar("T")


class PrelabelError(Exception):
    """What was asked for did not come about; ``outcome`` says why and what to do."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.headline)
        self.outcome = outcome


@dataclass(frozen=True)
class Imported:
    """A run that came in, or was here already."""

    run: RunRow
    already_present: bool


def read_mot(
    *,
    players: Path | None = None,
    ball: Path | None = None,
    both: Path | None = None,
    pixels_from: Literal[0, 1],
    columns: Sequence[str] = mot.DIALECTS["det"],
) -> LabelFile:
    """Read MOTChallenge text files.  FormatError.

    ``both``: one file of both capabilities, told apart by its class column.  ``pixels_from``: the
    number of the first pixel; nothing in a file tells.
    """
    given = {Capability.PLAYER: players, Capability.BALL: ball, None: both}
    files = {capability: path for capability, path in given.items() if path is not None}
    return mot.read_mot(files, mot.MotDialect(pixels_from, tuple(columns)))


def read_coco(images: Path, results: Sequence[Path] = (), *, clip: str | None = None) -> LabelFile:
    """Read a COCO file with a detector's results, or else its own annotations.  FormatError.

    ``clip``: which one, of a file that holds several (``videos``).
    """
    return coco.read_coco(coco.read_images(images, clip), results)


def read_yolo(
    folder: Path, *, classes: Path | None = None, confidence: bool = False, tracks: bool = False
) -> LabelFile:
    """Read a folder of YOLO text.  FormatError.

    ``classes``: a file of their names, else ``classes.txt`` there; ``confidence``, ``tracks``:
    which columns follow the box.
    """
    return yolo.read_yolo(yolo.find_labels(folder, classes), yolo.YoloDialect(confidence, tracks))


def open_data_folder(
    home: Path | None = None,
    *,
    database: str | None = None,
    artifacts: str | None = None,
    user: str | None = None,
) -> DataFolder:
    """Open a data folder, made at first use; the platform's place without ``home``.

    ``database``: a database URL instead of the folder's own; ``artifacts``: a bucket's URL;
    ``user``: act as another user (admins only).  PrelabelError.
    """
    where = home or platformdirs.user_data_path("prelabel-tui", appauthor=False)
    store, actor = _value(open_as_user(where.absolute(), database, artifacts, user))
    return DataFolder(store, actor)


class DataFolder:
    """An open data folder, and who acts on it.  Use it in a ``with`` statement, or close it."""

    def __init__(self, store: Store, actor: Actor) -> None:
        self.store = store
        self.actor = actor

    def __enter__(self) -> DataFolder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give back every connection."""
        self.store.close()

    def import_labels(
        self,
        workspace: str,
        media: str,
        labels: LabelFile,
        *,
        frames: Path | None = None,
        video: Path | None = None,
        fps: float | None = None,
        detector: str | None = None,
        model: str | None = None,
        by_position: bool = False,
        number_from: int | None = None,
        categories: Mapping[str, Capability] | None = None,
        leave_out: Collection[str] = (),
        min_score: Mapping[Capability, float] | None = None,
        only: Capability | None = None,
        ids: Ids | None = None,
        copy: bool = False,
        progress: Progress = unwatched,
    ) -> Imported:
        """Bring in a run: labels that were read, with a folder of pictures or a video.

        The options are those of `prelabel-tui import`.  ValueError unless exactly one of
        ``frames`` and ``video`` is given; PrelabelError.
        """
        if (frames is None) == (video is None):
            raise ValueError("give either frames or video")
        made_by = Detector(detector, model)
        if refused := check_names(workspace, media) or made_by.refused():
            raise PrelabelError(refused)
        wanted = Wanted(categories or {}, leave_out, min_score or {}, only, ids)
        choice = Choice(by_position, number_from)
        try:
            source = FolderPictures(frames) if frames is not None else VideoPictures(_the(video))
            info = None if frames is None else mot.find_seqinfo(frames)
            prepared = prepare(labels, source, choice, wanted, None, fps, info, progress)
            manifest = prepared.manifest
            if copy:
                manifest = copy_pictures(self.store, manifest, progress)
        except (FormatError, ProbeError) as error:
            raise PrelabelError(Outcome(Code.IMPORT_INPUT_INVALID, str(error))) from error
        except Cancelled as error:
            raise PrelabelError(Outcome(Code.IMPORT_CANCELLED)) from error
        result = import_run(
            self.store,
            self.actor,
            workspace=workspace,
            media=media,
            manifest=manifest,
            documents=prepared.labels.documents,
            source=labels.format,
            detector=made_by,
            progress=progress,
        )
        return Imported(_value(result), result.outcome.code is Code.IMPORT_ALREADY_PRESENT)

    def report_run(
        self,
        workspace: str,
        media: str,
        status: RunStatus | str,
        *,
        detector: str | None = None,
        model: str | None = None,
        reason: str = "",
        capabilities: Collection[Capability] = tuple(Capability),
        new_clip: bool = False,
    ) -> RunRow:
        """Say how far a run is whose labels are not here yet (docs/pipelines.md).

        ``new_clip``: the clip may be one that is still to come.
        ValueError when there is no such status; PrelabelError.
        """
        return _value(
            report_run(
                self.store,
                self.actor,
                workspace=workspace,
                media=media,
                status=RunStatus(status),
                detector=Detector(detector, model),
                reason=reason,
                capabilities=capabilities,
                new_clip=new_clip,
            )
        )

    def runs(
        self,
        workspace: str | None = None,
        media: str | None = None,
        status: RunStatus | None = None,
        capability: Capability | None = None,
    ) -> Iterator[RunRow]:
        """Give the runs that fit, newest first, read page by page.  PrelabelError."""
        filters, cursor = RunFilters(workspace, media, status, capability), None
        while True:
            page = _value(attempt(list_runs, self.store, filters, cursor))
            yield from page.rows
            cursor = page.next
            if cursor is None:
                return

    def revisions(
        self, workspace: str, media: str, capability: Capability | str
    ) -> list[RevisionRow]:
        """List the published revisions of a scope, newest first.  PrelabelError."""
        scope = _value(find_scope(self.store, workspace, media, capability))
        found: list[RevisionRow] = []
        while page := _value(
            attempt(revisions.history, self.store, scope, found[-1].number if found else None)
        ):
            found += page
        return found

    def labels_of(self, revision_id: str) -> Document:
        """Read the labels of a revision (its id, or the beginning of it).  PrelabelError."""
        return _value(revisions.load(self.store, revision_id)).document

    def export(
        self,
        format_name: str,
        folder: Path,
        *,
        revision_ids: Sequence[str] = (),
        draft_ids: Sequence[str] = (),
        workspaces: Sequence[str] = (),
        capability: Capability | None = None,
        half_labelled: bool = False,
        exclude_flags: Collection[Flag] = (),
        reviewed_only: bool = False,
        pictures: Literal["none", "link", "copy"] = "none",
        split: Sequence[int] = (),
        progress: Progress = unwatched,
    ) -> Exported:
        """Write labels into a new folder: those named, or all that is approved for data sets.

        The options are those of `prelabel-tui export`; ``split``: per cents.  ValueError when
        there is no such format; PrelabelError.
        """
        if format_name not in FORMATS:
            raise ValueError(f"{format_name!r}: one of {', '.join(FORMATS)}")
        selection: Selection
        if revision_ids or draft_ids:
            selection = _value(attempt(select_these, self.store, revision_ids, draft_ids))
        else:
            selection = _value(attempt(select_eligible, self.store, workspaces, None, capability))
        options = Options(
            (capability,) if capability else selection.capabilities,
            half_labelled,
            frozenset(exclude_flags),
            reviewed_only,
            Pictures(pictures),
            tuple(split),
        )
        stills = VideoStills()
        try:
            return _value(
                export(self.store, selection, options, FORMATS[format_name], folder, stills,
                       progress)
            )  # fmt: skip
        finally:
            stills.close()


def _value(result: Result[T]) -> T:
    """Unwrap what an operation gives back.  PrelabelError when it gives nothing."""
    if result.value is None:
        raise PrelabelError(result.outcome)
    return result.value


def _the(path: Path | None) -> Path:
    assert path is not None
    return path
