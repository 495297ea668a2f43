"""`prelabel-tui export`: labels out of the data folder, for training and for checking."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from prelabel_tui.cli.command_tree import new_group
from prelabel_tui.cli.context import bad_input, fail, report
from prelabel_tui.cli.data_folder import open_data_folder
from prelabel_tui.cli.scope_options import (
    AsJson,
    CapabilityOption,
    RevisionId,
    capability_named,
)
from prelabel_tui.cli.waiting import progress
from prelabel_tui.core.datasets.export import export
from prelabel_tui.core.datasets.images import Options, Pictures
from prelabel_tui.core.datasets.output import write_file
from prelabel_tui.core.datasets.selection import Selection, select_eligible, select_these
from prelabel_tui.core.datasets.splits import read_split
from prelabel_tui.core.model.labels import Capability, Flag
from prelabel_tui.core.outcomes import Code, Outcome
from prelabel_tui.core.publishing import revisions
from prelabel_tui.core.store import Store, attempt
from prelabel_tui.formats.writers import FORMATS
from prelabel_tui.imaging.frames.stills import VideoStills

app = new_group("export")

SUMMARIES: Final = {
    "coco": "COCO: a JSON file that pycocotools loads.",
    "yolo": "YOLO: data.yaml and a text file for each image.",
    "mot": "MOTChallenge ground truth as TrackEval reads it.",
    "soccernet": "SoccerNet tracking: gt, seqinfo.ini, gameinfo.ini.",
    "cvat": "CVAT for images 1.1: an XML file for each clip.",
    "label-studio": "Label Studio: a JSON file of tasks for each clip.",
}
"""What can be written, and what it is (a test holds this against the writers)."""

Out = Annotated[Path, typer.Option(help="Folder to write; it must not be there yet, or be empty.")]
HalfLabelled = Annotated[
    bool,
    typer.Option(
        "--half-labelled",
        help="Keep images where not every capability of the set was labelled (else left out).",
    ),
]
ExcludeFlag = Annotated[
    list[str] | None, typer.Option(help="Leave out images with this frame flag; repeatable.")
]
ReviewedOnly = Annotated[
    bool, typer.Option("--reviewed-only", help="Leave out frames that nobody reviewed.")
]
PicturesOption = Annotated[
    str, typer.Option("--pictures", help="none (stay where they are), link or copy.")
]
Split = Annotated[
    str | None, typer.Option(help="Percentages of training, validation, test: 80/10/10 or 80/20.")
]
Keypoints = Annotated[
    bool, typer.Option("--keypoints", help="COCO: write the ball's point as a keypoint as well.")
]


def labels(
    context: typer.Context,
    out: Out,
    eligible: Annotated[
        bool,
        typer.Option(
            "--eligible", help="Each scope's newest revision that is approved for data sets."
        ),
    ] = False,
    revision: Annotated[
        list[str] | None, typer.Option(help="This revision (id or its beginning); repeatable.")
    ] = None,
    draft: Annotated[
        list[str] | None, typer.Option(help="This draft's newest version; repeatable.")
    ] = None,
    workspace: Annotated[
        list[str] | None, typer.Option(help="With --eligible: only this workspace; repeatable.")
    ] = None,
    media: Annotated[
        str | None, typer.Option(help="With --eligible: only clips of this name.")
    ] = None,
    capability: CapabilityOption = None,
    half_labelled: HalfLabelled = False,
    exclude_flag: ExcludeFlag = None,
    reviewed_only: ReviewedOnly = False,
    pictures: PicturesOption = "none",
    split: Split = None,
    keypoints: Keypoints = False,
    as_json: AsJson = False,
) -> None:
    """Labels of revisions, drafts, or all that is approved for data sets, into a new folder."""
    if bool(eligible) == bool(revision or draft):
        bad_input("Give --eligible, --revision or --draft.", as_json=as_json)
    if not eligible and (workspace or media):
        bad_input("--workspace and --media go with --eligible.", as_json=as_json)
    wanted = capability_named(capability, as_json=as_json) if capability else None

    store, _ = open_data_folder(context, as_json=as_json)
    found = (
        attempt(select_eligible, store, workspace or (), media, wanted)
        if eligible
        else attempt(select_these, store, revision or (), draft or ())
    )
    if found.value is None:
        fail(found.outcome, as_json=as_json)
    options = options_of(
        found.value, wanted, half_labelled, exclude_flag, reviewed_only, pictures, split,
        keypoints, as_json,
    )  # fmt: skip
    write(store, str(context.info_name), found.value, options, out, as_json)


for _name, _help in SUMMARIES.items():
    app.command(_name, help=_help)(labels)


def options_of(
    selection: Selection,
    wanted: Capability | None,
    half_labelled: bool,
    exclude_flag: list[str] | None,
    reviewed_only: bool,
    pictures: str,
    split: str | None,
    keypoints: bool,
    as_json: bool,
) -> Options:
    """Read how labels go out; end the program with INPUT_INVALID when that is not possible."""
    flags = frozenset(exclude_flag or ())
    if unknown := flags - set(Flag):
        bad_input(f"--exclude-flag {min(unknown)!r}: one of {', '.join(Flag)}.", as_json=as_json)
    if pictures not in list(Pictures):
        bad_input(f"--pictures {pictures!r}: one of {', '.join(Pictures)}.", as_json=as_json)
    try:
        shares = read_split(split) if split is not None else ()
    except ValueError as error:
        bad_input(f"--split: {error}.", as_json=as_json)
    return Options(
        (wanted,) if wanted else selection.capabilities,
        half_labelled,
        frozenset(map(Flag, flags)),
        reviewed_only,
        Pictures(pictures),
        shares,
        keypoints,
    )


def write(
    store: Store, name: str, selection: Selection, options: Options, out: Path, as_json: bool
) -> None:
    """Write an export with progress, and end the program with its outcome."""
    if options.keypoints and name != "coco":
        bad_input("--keypoints is for COCO.", as_json=as_json)
    stills = VideoStills()
    try:
        with progress() as shown:
            done = export(store, selection, options, FORMATS[name], out, stills, shown)
    finally:
        stills.close()
    report(done.outcome, as_json=as_json, extra=done.value.as_json() if done.value else None)


@app.command("revision")
def revision_content(
    context: typer.Context,
    revision_id: RevisionId,
    out: Annotated[Path, typer.Option(help="File to write; it must not be there yet.")],
    as_json: AsJson = False,
) -> None:
    """Write a revision's content as the canonical JSON that its hash is of."""
    store, _ = open_data_folder(context, as_json=as_json)
    found = revisions.revision(store, revision_id)
    if found.value is None:
        fail(found.outcome, as_json=as_json)
    row = found.value
    data = attempt(store.artifacts.get, row.content_hash)
    if data.value is None:
        fail(data.outcome, as_json=as_json)
    try:
        write_file(out, data.value)
    except OSError as error:
        bad_input(f"{out}: cannot be written ({error.strerror}).", as_json=as_json)
    detail = f"{out}: revision {row.number} of {row.scope.title}, SHA-256 {row.content_hash}."
    report(Outcome(Code.EXPORT_SUCCESS, detail), as_json=as_json)
