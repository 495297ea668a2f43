"""`prelabel-tui import`: a run's labels and pictures into the data folder."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from prelabel_tui.cli.command_tree import new_group
from prelabel_tui.cli.context import bad_input, fail, report
from prelabel_tui.cli.data_folder import open_data_folder
from prelabel_tui.cli.import_look import Look
from prelabel_tui.cli.import_options import ImportOptions, with_import_options
from prelabel_tui.cli.waiting import ProgressLine, progress
from prelabel_tui.core.ingest.clips import copy_pictures
from prelabel_tui.core.ingest.import_legacy import import_legacy
from prelabel_tui.core.ingest.import_run import import_run
from prelabel_tui.core.ingest.reported import Detector
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.outcomes import Code, Outcome
from prelabel_tui.core.progress import Cancelled
from prelabel_tui.core.store import failure
from prelabel_tui.core.store.artifacts import ArtifactError
from prelabel_tui.formats.errors import BadLabels, FormatError
from prelabel_tui.formats.labels_file import LabelFile
from prelabel_tui.formats.legacy import read_legacy
from prelabel_tui.formats.own_export import header_beside
from prelabel_tui.formats.prepare import Prepared, prepare
from prelabel_tui.formats.readers.coco import read_coco, read_images
from prelabel_tui.formats.readers.mot import (
    COLUMNS,
    DIALECTS,
    MotDialect,
    find_seqinfo,
    read_mot,
)
from prelabel_tui.imaging.frames.probe import ProbeError, place_pictures

app = new_group("import")

Read = Callable[[BadLabels, ProgressLine], LabelFile]

PixelsFrom = Annotated[
    int | None,
    typer.Option(help="0 or 1: the number of the first pixel in the files.  Must be said."),
]


@app.command("mot")
@with_import_options
def mot(
    context: typer.Context,
    options: ImportOptions,
    players: Annotated[Path | None, typer.Option(help="MOTChallenge file of the players.")] = None,
    ball: Annotated[Path | None, typer.Option(help="MOTChallenge file of the ball.")] = None,
    labels: Annotated[
        Path | None, typer.Option(help="MOTChallenge file of both, told apart by their class.")
    ] = None,
    pixels_from: PixelsFrom = None,
    columns: Annotated[
        str | None,
        typer.Option(
            help="What follows the height: det (conf; the default), gt (flag,class,visibility), or "
            "names of conf, flag, class, visibility, skip."
        ),
    ] = None,
) -> None:
    """MOTChallenge text files of a detector, a tracker or ground truth."""
    given = {Capability.PLAYER: players, Capability.BALL: ball, None: labels}
    files = {capability: path for capability, path in given.items() if path is not None}
    if not files:
        bad_input(
            "Give --players FILE, --ball FILE or both, or --labels FILE.", as_json=options.as_json
        )

    def read(bad: BadLabels, shown: ProgressLine) -> LabelFile:
        dialect = _mot_dialect(files, pixels_from, columns, options.as_json)
        return read_mot(files, dialect, bad, shown)

    _bring_in(context, options, read)


def _mot_dialect(
    files: Mapping[Capability | None, Path],
    pixels_from: int | None,
    columns: str | None,
    as_json: bool,
) -> MotDialect:
    """What is said about MOT files, or stands in the side file of an export.  FormatError."""
    stated = header_beside(next(iter(files.values())), "mot")
    if stated is not None:
        if pixels_from not in (None, stated.pixels_from):
            bad_input(
                f"--pixels-from {pixels_from}: the side file of the labels says "
                f"{stated.pixels_from}.",
                as_json=as_json,
            )
        return MotDialect(stated.pixels_from, DIALECTS["gt"])
    if pixels_from not in (0, 1):
        bad_input(
            "Say --pixels-from 0 or --pixels-from 1: whether the pixels of the files count from 0 "
            "(ByteTrack, norfair, SoccerNet, most trackers) or from 1 (MOTChallenge's own); "
            "nothing in a file tells.",
            as_json=as_json,
        )
    named = DIALECTS.get(columns or "det") or tuple((columns or "").split(","))
    if unknown := [name for name in named if name not in COLUMNS]:
        bad_input(
            f"--columns {unknown[0]!r}: det, gt, or some of {', '.join(COLUMNS)}.", as_json=as_json
        )
    return MotDialect(pixels_from, named)


@app.command("coco")
@with_import_options
def coco(
    context: typer.Context,
    options: ImportOptions,
    images: Annotated[Path, typer.Option(help="COCO file with the images and categories.")],
    results: Annotated[
        list[Path] | None,
        typer.Option(
            help="COCO results with scores (else the annotations in --images); repeatable."
        ),
    ] = None,
    clip: Annotated[
        str | None, typer.Option(help="Which clip, of a file that holds several (videos).")
    ] = None,
) -> None:
    """COCO: an image list, and its annotations or a detector's results."""

    def read(bad: BadLabels, shown: ProgressLine) -> LabelFile:
        return read_coco(read_images(images, clip, shown), results or (), bad, shown)

    _bring_in(context, options, read)


@app.command("legacy")
def legacy(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="JSON file of old drafts and revisions.")],
    frames: Annotated[Path | None, typer.Option(help="Folder of the frames' pictures.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Drafts and revisions from before lineage and ball geometry were captured."""
    try:
        with progress() as shown:
            records = read_legacy(file, shown)
            manifest = records.manifest
            if frames:
                manifest = place_pictures(manifest, frames, shown)
    except (FormatError, ProbeError) as error:
        _refuse(str(error), as_json)
    except Cancelled:
        fail(Outcome(Code.IMPORT_CANCELLED), as_json=as_json)
    store, actor = open_data_folder(context, as_json=as_json)
    result = import_legacy(
        store,
        actor,
        workspace=records.workspace,
        media=records.media,
        manifest=manifest,
        drafts_of=records.drafts,
        revisions=records.revisions,
    )
    extra = {"run": result.value.as_json()} if result.value else {}
    report(result.outcome, as_json=as_json, extra=extra)


def _bring_in(context: typer.Context, options: ImportOptions, read: Read) -> None:
    """Prepare a run, show it, and unless it is only looked at, import it."""
    as_json = options.as_json
    if refused := options.refused_names():
        fail(refused, as_json=as_json)
    try:
        with progress() as shown:
            # Everything is read before the data folder is touched: bad input changes nothing.
            prepared = _prepare(options, read, shown)
            shown.clear()
            look = Look(prepared)
            if options.check:
                _show_check(options, look)
                return
            if not as_json:
                look.say_matching()
            store, actor = open_data_folder(context, as_json=as_json)
            manifest = prepared.manifest
            if options.copy:
                manifest = copy_pictures(store, manifest, shown)
            result = import_run(
                store,
                actor,
                workspace=options.workspace,
                media=options.media,
                manifest=manifest,
                documents=prepared.labels.documents,
                source=prepared.file.format,
                detector=Detector(options.detector, options.model),
                progress=shown,
            )
    except (FormatError, ProbeError) as error:
        _refuse(str(error), as_json)
    except ArtifactError as error:
        fail(failure(error), as_json=as_json)
    except OSError as error:
        _refuse(f"{error.filename}: {error.strerror}.", as_json)
    except Cancelled:
        fail(Outcome(Code.IMPORT_CANCELLED), as_json=as_json)
    extra: dict[str, object] = {}
    if result.value is not None:
        extra = {"run": result.value.as_json(), **look.as_json()}
    if not as_json and result.value is not None:
        if result.outcome.code is Code.IMPORT_SUCCESS:
            look.say_labels()
        look.say_missing()
    report(result.outcome, as_json=as_json, extra=extra)


def _prepare(options: ImportOptions, read: Read, shown: ProgressLine) -> Prepared:
    """Read and match everything.  FormatError, ProbeError, Cancelled."""
    wanted = options.wanted()
    # A look counts what is bad instead of ending at the first.
    bad = BadLabels(options.bad_labels == "drop" or options.check)
    file = read(bad, shown)
    if options.frames is not None and file.info is None:
        file = dataclasses.replace(file, info=find_seqinfo(options.frames))
    return prepare(file, options.source(), options.choice(), wanted, bad, options.fps, shown)


def _show_check(options: ImportOptions, look: Look) -> None:
    """Print what would come in; ends the program with the outcome."""
    bad = look.prepared.bad
    outcome = Outcome(Code.IMPORT_CHECKED)
    if bad.count and options.bad_labels == "refuse":
        outcome = Outcome(
            Code.IMPORT_INPUT_INVALID,
            f"{bad.count} bad labels, the first: {bad.listed[0]}",
        )
    if not options.as_json:
        look.say_whole()
        look.draw()
    report(outcome, as_json=options.as_json, extra=look.as_json())


def _refuse(detail: str, as_json: bool) -> NoReturn:
    fail(Outcome(Code.IMPORT_INPUT_INVALID, detail), as_json=as_json)
