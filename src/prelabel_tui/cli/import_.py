"""`prelabel-tui import`: a run's labels and pictures into the data folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from prelabel_tui.cli.bring_in import bring_in, refuse, refusing
from prelabel_tui.cli.command_tree import new_group
from prelabel_tui.cli.context import bad_input, fail, report
from prelabel_tui.cli.data_folder import open_data_folder
from prelabel_tui.cli.import_options import ImportOptions, with_import_options
from prelabel_tui.cli.waiting import ProgressLine, progress
from prelabel_tui.core.ingest.import_legacy import import_legacy
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.outcomes import Code, Outcome
from prelabel_tui.core.progress import Cancelled
from prelabel_tui.formats.errors import BadLabels, FormatError
from prelabel_tui.formats.labels_file import LabelFile
from prelabel_tui.formats.legacy import read_legacy
from prelabel_tui.formats.own_export import header_beside
from prelabel_tui.formats.readers.coco import read_coco, read_images
from prelabel_tui.formats.readers.cvat import read_cvat
from prelabel_tui.formats.readers.gamestate import pictures_of as gamestate_pictures
from prelabel_tui.formats.readers.gamestate import read_gamestate
from prelabel_tui.formats.readers.label_studio import TAKE, read_label_studio
from prelabel_tui.formats.readers.mot import (
    COLUMNS,
    DIALECTS,
    MotDialect,
    read_mot,
)
from prelabel_tui.formats.readers.soccernet import pictures_of as soccernet_pictures
from prelabel_tui.formats.readers.soccernet import read_soccernet
from prelabel_tui.formats.readers.sportslabkit import read_sportslabkit
from prelabel_tui.formats.readers.supervision import FRAME_FIELD, read_supervision
from prelabel_tui.formats.readers.ultralytics import read_ultralytics
from prelabel_tui.formats.readers.yolo import (
    YoloDialect,
    find_data_set,
    find_labels,
    read_yolo,
)
from prelabel_tui.imaging.frames.probe import ProbeError, place_pictures

app = new_group("import")

PixelsFrom = Annotated[
    int | None,
    typer.Option(help="0 or 1: the number of the first pixel in the files.  Required."),
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

    bring_in(context, options, read)


def _mot_dialect(
    files: Mapping[Capability | None, Path],
    pixels_from: int | None,
    columns: str | None,
    as_json: bool,
) -> MotDialect:
    """Read what is said about MOT files, or is in the side file of an export.  FormatError."""
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
            "Give --pixels-from 0 or --pixels-from 1: whether the pixels of the files count from 0 "
            "(ByteTrack, norfair, SoccerNet, most trackers) or from 1 (MOTChallenge's own); "
            "the files do not say.",
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

    bring_in(context, options, read)


@app.command("yolo")
@with_import_options
def yolo(
    context: typer.Context,
    options: ImportOptions,
    labels: Annotated[Path | None, typer.Option(help="Folder of label files (.txt).")] = None,
    data: Annotated[
        Path | None, typer.Option(help="The data.yaml of a data set, instead of --labels.")
    ] = None,
    split: Annotated[str, typer.Option(help="With --data: train, val or test.")] = "train",
    clip: Annotated[
        str | None, typer.Option(help="With --data: which folder of a list of pictures.")
    ] = None,
    classes: Annotated[
        Path | None,
        typer.Option(help="Names of the classes, a line each (else classes.txt with the labels)."),
    ] = None,
    confidence: Annotated[
        bool, typer.Option("--confidence", help="A column after the box is the confidence.")
    ] = False,
    tracks: Annotated[bool, typer.Option("--tracks", help="The last column is a track.")] = False,
) -> None:
    """YOLO text: a folder of label files, or a data set with its data.yaml."""
    if (labels is None) == (data is None):
        bad_input("Give either --labels DIR or --data FILE.", as_json=options.as_json)
    dialect = YoloDialect(confidence, tracks)
    with refusing(options.as_json):
        found = (
            find_labels(labels, classes)
            if labels is not None
            else find_data_set(data or Path(), split, clip)
        )
    bring_in(
        context,
        options.with_frames(found.pictures),
        lambda bad, shown: read_yolo(found, dialect, bad, shown),
    )


@app.command("ultralytics")
@with_import_options
def ultralytics(
    context: typer.Context,
    options: ImportOptions,
    labels: Annotated[
        Path, typer.Option(help="predictions.json, to_json of pictures in a row, or a folder.")
    ],
    normalized: Annotated[
        bool, typer.Option("--normalized", help="Places are shares of the picture.")
    ] = False,
) -> None:
    """Ultralytics JSON: predictions.json (save_json), or what to_json gives."""
    bring_in(context, options, lambda bad, shown: read_ultralytics(labels, normalized, bad, shown))


@app.command("supervision")
@with_import_options
def supervision(
    context: typer.Context,
    options: ImportOptions,
    labels: Annotated[Path, typer.Option(help="What a JSONSink or CSVSink wrote.")],
    frame_field: Annotated[
        str, typer.Option(help="The custom field that is the frame: its number, or a name.")
    ] = FRAME_FIELD,
) -> None:
    """JSON or CSV of supervision's sinks."""
    bring_in(context, options, lambda bad, shown: read_supervision(labels, frame_field, bad, shown))


@app.command("soccernet")
@with_import_options
def soccernet(
    context: typer.Context,
    options: ImportOptions,
    sequence: Annotated[Path, typer.Option(help="Folder of the sequence.")],
    kind: Annotated[str, typer.Option(help="gt or det.")] = "gt",
) -> None:
    """SoccerNet tracking: a sequence with gt or det, and the roles in gameinfo.ini."""
    if kind not in ("gt", "det"):
        bad_input(f"--kind {kind!r}: gt or det.", as_json=options.as_json)
    with refusing(options.as_json):
        folder = soccernet_pictures(sequence)
    bring_in(
        context,
        options.with_frames(folder),
        lambda bad, shown: read_soccernet(sequence, kind, bad, shown),
    )


@app.command("game-state")
@with_import_options
def game_state(
    context: typer.Context,
    options: ImportOptions,
    labels: Annotated[Path, typer.Option(help="Labels-GameState.json, or predictions.")],
) -> None:
    """SoccerNet game state: labels or predictions."""
    if options.frames is None and options.video is None:
        with refusing(options.as_json):
            options = options.with_frames(gamestate_pictures(labels))
    bring_in(context, options, lambda bad, shown: read_gamestate(labels, bad, shown))


@app.command("cvat")
@with_import_options
def cvat(
    context: typer.Context,
    options: ImportOptions,
    labels: Annotated[Path, typer.Option(help="CVAT XML 1.1, for images or for video.")],
) -> None:
    """CVAT XML 1.1, for images or for video."""
    bring_in(context, options, lambda bad, shown: read_cvat(labels, bad, shown))


@app.command("label-studio")
@with_import_options
def label_studio(
    context: typer.Context,
    options: ImportOptions,
    labels: Annotated[Path, typer.Option(help="JSON export with tasks.")],
    take: Annotated[
        str | None, typer.Option(help="annotations or predictions, where there are both.")
    ] = None,
    image_field: Annotated[
        str | None, typer.Option(help="The field of a task's data that is the picture.")
    ] = None,
) -> None:
    """Label Studio JSON: rectangles, ellipses and key points, or a video's tracks."""
    if take is not None and take not in TAKE:
        bad_input(f"--take {take!r}: {' or '.join(TAKE)}.", as_json=options.as_json)
    bring_in(
        context,
        options,
        lambda bad, shown: read_label_studio(labels, take, image_field, bad, shown),
    )


@app.command("sportslabkit")
@with_import_options
def sportslabkit(
    context: typer.Context,
    options: ImportOptions,
    labels: Annotated[Path, typer.Option(help="CSV with a block of columns for each object.")],
) -> None:
    """SportsLabKit CSV; teams are categories: say --player-category and --ball-category."""
    bring_in(context, options, lambda bad, shown: read_sportslabkit(labels, bad, shown))


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
        refuse(str(error), as_json)
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
