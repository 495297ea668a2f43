"""`prelabel-tui import`: a run's labels and pictures into the data folder."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from msgspec.structs import replace

from prelabel_tui.cli.command_tree import new_group
from prelabel_tui.cli.context import bad_input, fail, report
from prelabel_tui.cli.data_folder import open_data_folder
from prelabel_tui.cli.scope_options import CAPABILITIES
from prelabel_tui.cli.waiting import progress
from prelabel_tui.core.ingest.import_legacy import import_legacy
from prelabel_tui.core.ingest.import_run import check_names, import_run
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.model.media import Manifest
from prelabel_tui.core.outcomes import Code, Outcome
from prelabel_tui.core.progress import Cancelled, Progress
from prelabel_tui.core.store import Store, failure
from prelabel_tui.core.store.artifacts import ArtifactError
from prelabel_tui.core.text import printable
from prelabel_tui.formats.coco import read_coco, read_images
from prelabel_tui.formats.errors import FormatError
from prelabel_tui.formats.gathering import Loaded
from prelabel_tui.formats.legacy import read_legacy
from prelabel_tui.formats.mot import read_mot, sequence_rate
from prelabel_tui.imaging.frames.probe import ProbeError, pick_frames, probe_folder, probe_video

app = new_group("import")

Workspace = Annotated[str, typer.Option(help="Workspace; made if it is new.")]
Media = Annotated[str, typer.Option(help="Name of the clip in the workspace.")]
Frames = Annotated[Path | None, typer.Option(help="Folder of the frames' pictures.")]
Video = Annotated[Path | None, typer.Option(help="Video file, instead of --frames.")]
Fps = Annotated[float | None, typer.Option(help="Frames a second (else seqinfo.ini's, if any).")]
Copy = Annotated[
    bool, typer.Option("--copy", help="Copy the pictures into the data folder, not refer to them.")
]
MinScore = Annotated[
    list[str] | None,
    typer.Option(help="Leave out labels below it: ball=0.2 or player=0.3; repeatable."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command("mot")
def mot(
    context: typer.Context,
    workspace: Workspace,
    media: Media,
    frames: Frames = None,
    video: Video = None,
    players: Annotated[Path | None, typer.Option(help="MOTChallenge file of the players.")] = None,
    ball: Annotated[Path | None, typer.Option(help="MOTChallenge file of the ball.")] = None,
    fps: Fps = None,
    min_score: MinScore = None,
    copy: Copy = False,
    as_json: AsJson = False,
) -> None:
    """MOTChallenge lines: frame,id,left,top,width,height,conf,… counting from 1."""
    given = {Capability.PLAYER: players, Capability.BALL: ball}
    files = {capability: path for capability, path in given.items() if path is not None}
    if not files:
        bad_input("Give --players FILE, --ball FILE or both.", as_json=as_json)
    least = _least_scores(min_score, as_json)
    _check_sources(frames, video, fps, copy, as_json)

    def read(shown: Progress) -> tuple[Manifest, Loaded]:
        if video:
            manifest = probe_video(video, shown)
        else:
            assert frames is not None
            manifest = probe_folder(frames, fps=fps or sequence_rate(frames), progress=shown)
        return manifest, read_mot(files, manifest, least, shown)

    _import(context, workspace, media, "mot", read, copy, as_json)


@app.command("coco")
def coco(
    context: typer.Context,
    workspace: Workspace,
    media: Media,
    images: Annotated[Path, typer.Option(help="COCO file with the images and categories.")],
    results: Annotated[
        Path | None,
        typer.Option(help="COCO results with scores (else the annotations in --images)."),
    ] = None,
    frames: Frames = None,
    video: Video = None,
    number_from: Annotated[
        int,
        typer.Option(help="With --video: the number of its first frame in the image names."),
    ] = 1,
    player_category: Annotated[
        list[str] | None, typer.Option(help="A category that is players; repeatable.")
    ] = None,
    ball_category: Annotated[
        list[str] | None, typer.Option(help="A category that is the ball; repeatable.")
    ] = None,
    skip_category: Annotated[
        list[str] | None, typer.Option(help="A category to leave out, counted; repeatable.")
    ] = None,
    fps: Fps = None,
    min_score: MinScore = None,
    copy: Copy = False,
    as_json: AsJson = False,
) -> None:
    """COCO: an image list and a detector's results."""
    least = _least_scores(min_score, as_json)
    _check_sources(frames, video, fps, copy, as_json)
    categories = {
        **dict.fromkeys(player_category or (), Capability.PLAYER),
        **dict.fromkeys(ball_category or (), Capability.BALL),
    }
    if both := {name.casefold() for name in categories} & {
        name.casefold() for name in skip_category or ()
    }:
        bad_input(f"--skip-category {min(both)}: it is mapped, too.", as_json=as_json)

    def read(shown: Progress) -> tuple[Manifest, Loaded]:
        listed = read_images(images, shown)
        sizes = {image.file_name: (image.width, image.height) for image in listed.images}
        if video:
            manifest = pick_frames(probe_video(video, shown), sizes, number_from)
        else:
            assert frames is not None
            rate = fps or sequence_rate(frames)
            manifest = probe_folder(frames, list(sizes), sizes, rate, shown)
        labels = read_coco(listed, results, manifest, least, categories, skip_category or (), shown)
        return manifest, labels

    _import(context, workspace, media, "coco", read, copy, as_json)


@app.command("legacy")
def legacy(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="JSON file of old drafts and revisions.")],
    frames: Frames = None,
    as_json: AsJson = False,
) -> None:
    """Drafts and revisions from before lineage and ball geometry were captured."""
    try:
        with progress() as shown:
            records = read_legacy(file, shown)
        manifest = records.manifest
        if frames:
            sizes = {frame.name: (frame.width, frame.height) for frame in manifest.frames}
            with progress() as shown:
                found = probe_folder(frames, list(sizes), sizes, progress=shown)
            placed = (
                replace(frame, path=picture.path, missing=picture.missing)
                for frame, picture in zip(manifest.frames, found.frames, strict=True)
            )
            manifest = replace(manifest, frames=tuple(placed))
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


def _least_scores(given: list[str] | None, as_json: bool) -> dict[Capability, float]:
    least = {}
    for text in given or ():
        name, _, value = text.partition("=")
        try:
            score = float(value)
        except ValueError:
            score = -1.0
        if name not in CAPABILITIES or not 0.0 <= score <= 1.0:
            bad_input(
                f"--min-score {text!r}: write ball=SCORE or player=SCORE, 0 to 1.", as_json=as_json
            )
        least[CAPABILITIES[name]] = score
    return least


def _check_sources(
    frames: Path | None, video: Path | None, fps: float | None, copy: bool, as_json: bool
) -> None:
    if (frames is None) == (video is None):
        bad_input("Give either --frames DIR or --video FILE.", as_json=as_json)
    if video and copy:
        bad_input("--copy is for --frames: a video is always referred to.", as_json=as_json)
    if fps is not None and not 0.01 <= fps <= 10_000:
        bad_input(f"--fps {fps}: frames a second, 0.01 to 10,000.", as_json=as_json)


def _import(
    context: typer.Context,
    workspace: str,
    media: str,
    source: str,
    read: Callable[[Progress], tuple[Manifest, Loaded]],
    copy: bool,
    as_json: bool,
) -> None:
    if refused := check_names(workspace, media):
        fail(refused, as_json=as_json)
    try:
        with progress() as shown:
            # Everything is read before the data folder is touched: bad input changes nothing.
            manifest, loaded = read(shown)
            shown.clear()
            store, actor = open_data_folder(context, as_json=as_json)
            if copy:
                manifest = _copied(store, manifest, shown)
            result = import_run(
                store,
                actor,
                workspace=workspace,
                media=media,
                manifest=manifest,
                documents=loaded.documents,
                source=source,
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
    missing = [(frame.name, frame.missing) for frame in manifest.frames if frame.missing]
    extra: dict[str, object] = {}
    if result.value is not None:
        extra = {
            "run": result.value.as_json(),
            "left_out": dict(loaded.left_out),
            "labels": {c.value: dataclasses.asdict(t) for c, t in loaded.tallies.items()},
            "missing": [{"frame": name, "reason": reason} for name, reason in missing],
        }
    if not as_json and result.value is not None:
        if result.outcome.code is Code.IMPORT_SUCCESS:
            _say_labels(loaded, len(manifest.frames))
        _say_missing(missing, len(manifest.frames))
    report(result.outcome, as_json=as_json, extra=extra)


def _refuse(detail: str, as_json: bool) -> NoReturn:
    fail(Outcome(Code.IMPORT_INPUT_INVALID, detail), as_json=as_json)


def _say_labels(loaded: Loaded, frame_count: int) -> None:
    for capability, tally in loaded.tallies.items():
        typer.echo(
            f"{capability}: {tally.kept} labels on {frame_count} frames; {tally.below_score} below "
            f"the least score left out; {tally.clipped} clipped to the frame"
        )
    for category, count in loaded.left_out.items():
        typer.echo(f"{printable(category)}: {count} labels of this category left out")


def _say_missing(missing: Sequence[tuple[str, str | None]], frame_count: int) -> None:
    if missing:
        name, reason = missing[0]
        more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        line = f"{len(missing)} of {frame_count} thumbnails are missing: {name} {reason}{more}"
        typer.echo(printable(line), err=True)


def _copied(store: Store, manifest: Manifest, shown: Progress) -> Manifest:
    """The manifest with its pictures in the artifacts.  ArtifactError, OSError, Cancelled."""
    frames = []
    for number, frame in enumerate(manifest.frames, start=1):
        if frame.path and not frame.missing:
            sha256 = store.artifacts.put(Path(frame.path).read_bytes())
            frame = replace(frame, path=None, sha256=sha256)
        frames.append(frame)
        shown("pictures copied", number, len(manifest.frames))
    return replace(manifest, frames=tuple(frames))
