"""`prelabel-tui drafts`: open, look at, save, merge and take back drafts."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from prelabel_tui.cli.command_tree import new_group
from prelabel_tui.cli.context import bad_input, fail, print_json, report
from prelabel_tui.cli.data_folder import open_data_folder
from prelabel_tui.cli.diff_table import print_diff
from prelabel_tui.cli.scope_options import AsJson, CapabilityName, capability_named
from prelabel_tui.cli.table import print_table
from prelabel_tui.cli.waiting import progress
from prelabel_tui.core.bounds import INPUT_BYTES
from prelabel_tui.core.catalog.runs import find_run
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.drafts import versions as core
from prelabel_tui.core.drafts.carrying import plan_carry, save_carried
from prelabel_tui.core.drafts.info import DraftInfo
from prelabel_tui.core.drafts.leaving_out import leave_out
from prelabel_tui.core.drafts.payloads import merge_payload, save_payload
from prelabel_tui.core.drafts.presence import present
from prelabel_tui.core.drafts.reviews import reviews, stretches
from prelabel_tui.core.edits.merge import Choice
from prelabel_tui.core.ids import short_hash
from prelabel_tui.core.model.counts import count
from prelabel_tui.core.outcomes import Result
from prelabel_tui.core.publishing import revisions
from prelabel_tui.core.store import Store
from prelabel_tui.core.times import iso
from prelabel_tui.formats.errors import FormatError
from prelabel_tui.formats.input_file import read_bytes

app = new_group("drafts")

DraftId = Annotated[str, typer.Argument(help="Id of the draft, or an unambiguous beginning of it.")]
BaseVersion = Annotated[
    int, typer.Option(help="The version that this is based on; a newer one is a conflict.", min=1)
]
PayloadFile = Annotated[
    Path, typer.Argument(help="Payload as `drafts show --payload` prints it; - reads stdin.")
]


def _draft_id(store: Store, given: str, as_json: bool) -> str:
    found = loading.find_draft(store, given)
    if found.value is None:
        fail(found.outcome, as_json=as_json)
    return found.value


def _report(result: Result[DraftInfo], as_json: bool) -> None:
    info = result.value
    report(result.outcome, as_json=as_json, extra={"draft": info.as_json()} if info else None)


def _payload(path: Path, as_json: bool) -> bytes:
    if str(path) == "-":
        payload = sys.stdin.buffer.read(INPUT_BYTES + 1)
        if len(payload) > INPUT_BYTES:
            bad_input(f"-: is larger than {INPUT_BYTES >> 20} MB.", as_json=as_json)
        return payload
    try:
        return read_bytes(path)
    except FormatError as error:
        bad_input(str(error), as_json=as_json)


@app.command("open")
def open_(
    context: typer.Context,
    run_id: Annotated[str, typer.Argument(help="Id of the run, or a beginning of it.")],
    capability: CapabilityName,
    as_json: AsJson = False,
) -> None:
    """Review a run: its scope's active draft, or a new one from the run's prelabel pack."""
    wanted = capability_named(capability, as_json=as_json)
    store, actor = open_data_folder(context, as_json=as_json)
    run = find_run(store, run_id)
    if run.value is None:
        fail(run.outcome, as_json=as_json)
    _report(loading.open_review(store, actor, run.value.id, wanted), as_json)


@app.command("show")
def show(
    context: typer.Context,
    draft: DraftId,
    version: Annotated[int | None, typer.Option(help="This version, not the newest.")] = None,
    payload: Annotated[
        bool, typer.Option("--payload", help="Print the content (canonical JSON) and only that.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show a draft: version, lineage, frames, who has it open; or its content."""
    store, _ = open_data_folder(context, as_json=as_json)
    draft_id = _draft_id(store, draft, as_json)
    loaded = loading.load(store, draft_id, version)
    if loaded.value is None:
        fail(loaded.outcome, as_json=as_json)
    if payload:
        sys.stdout.buffer.write(loaded.value.document.payload() + b"\n")
        sys.stdout.flush()
        return
    info, others = loaded.value.info, present(store, [draft_id]).get(draft_id, [])
    counts, manifest = count(loaded.value.document), loaded.value.manifest
    without = sum(frame.no_picture is not None for frame in manifest.frames)
    if as_json:
        print_json(
            {
                **info.as_json(),
                "counts": counts.as_json(),
                "without_picture": without,
                "present": [who.as_json() for who in others],
            }
        )
        return
    who = ", ".join(f"{who.user} since {iso(who.since)}" for who in others)
    print_table(
        ("WHAT", "VALUE"),
        [
            ("Scope", info.scope.title),
            ("Draft", info.id),
            ("Version", info.version),
            ("Lineage", info.lineage.full),
            ("Frames", f"{info.frame_count}, {without} without a picture"),
            ("Left out", counts.left_out),
            ("Reviewed", f"{counts.reviewed}, {counts.unseen} of them accepted unseen"),
            ("Active", "yes" if info.active else "no"),
            ("Saved", f"{iso(info.updated_at)} by {info.updated_by}"),
            ("Content hash", info.content_hash),
            ("Open now", who or "nobody"),
        ],
        "",
    )


@app.command("versions")
def versions(
    context: typer.Context,
    draft: DraftId,
    before: Annotated[int | None, typer.Option(help="Only versions before this one.")] = None,
    limit: Annotated[int, typer.Option(help="At most this many.", min=1)] = 200,
    as_json: AsJson = False,
) -> None:
    """List the versions of a draft, newest first."""
    store, _ = open_data_folder(context, as_json=as_json)
    rows = core.versions(store, _draft_id(store, draft, as_json), before, limit)
    if as_json:
        print_json({"versions": [row.as_json() for row in rows]})
        return
    print_table(
        ("VERSION", "KIND", "BY", "AT (UTC)", "FRAMES", "MERGED FROM", "LINEAGE", "HASH"),
        [
            (
                row.version, row.kind, row.actor, iso(row.created_at),
                row.changed_frames, row.merged_from or "", row.lineage.label,
                short_hash(row.content_hash),
            )
            for row in rows
        ],
        "No versions match.",
    )  # fmt: skip


@app.command("reviews")
def reviews_(
    context: typer.Context,
    draft: DraftId,
    version: Annotated[int | None, typer.Option(help="This version, not the newest.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show who reviewed which frames of a draft, and when."""
    store, _ = open_data_folder(context, as_json=as_json)
    info = loading.draft_info(store, _draft_id(store, draft, as_json), version)
    if info.value is None:
        fail(info.outcome, as_json=as_json)
    found = reviews(store, info.value.id, info.value.version)
    if found.value is None:
        fail(found.outcome, as_json=as_json)
    if as_json:
        frames = [{"frame": at + 1, **one.as_json()} for at, one in sorted(found.value.items())]
        print_json({"draft": info.value.as_json(), "reviews": frames})
        return
    print_table(
        ("FRAMES", "BY", "FROM", "TO", "UNSEEN", "CHANGED SINCE BY"),
        [
            (
                one.frames, one.person, iso(one.begun),
                iso(one.ended), "unseen" if one.unseen else "",
                one.changed_by or "",
            )
            for one in stretches(found.value)
        ],
        "Nobody has reviewed a frame of this draft yet.",
    )  # fmt: skip


@app.command("compare")
def compare(
    context: typer.Context,
    draft: DraftId,
    first: Annotated[int, typer.Argument(help="From this version.", min=1)],
    second: Annotated[int, typer.Argument(help="To this version.", min=1)],
    as_json: AsJson = False,
) -> None:
    """Show what leads from one version to another, frame by frame."""
    store, _ = open_data_folder(context, as_json=as_json)
    found = core.compare(store, _draft_id(store, draft, as_json), first, second)
    if found.value is None:
        fail(found.outcome, as_json=as_json)
    if as_json:
        print_json(found.value.as_json())
        return
    print_diff(found.value.diff)


@app.command("save")
def save(
    context: typer.Context,
    draft: DraftId,
    file: PayloadFile,
    base_version: BaseVersion,
    as_json: AsJson = False,
) -> None:
    """Save a whole payload; refused with DRAFT_VERSION_CONFLICT when somebody saved since."""
    payload = _payload(file, as_json)
    store, actor = open_data_folder(context, as_json=as_json)
    draft_id = _draft_id(store, draft, as_json)
    _report(save_payload(store, actor, draft_id, base_version, payload), as_json)


@app.command("merge")
def merge(
    context: typer.Context,
    draft: DraftId,
    file: PayloadFile,
    base_version: BaseVersion,
    prefer: Annotated[
        str | None,
        typer.Option(help="mine, theirs or both, where both sides changed one label."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Merge a payload with what was saved since its base version, as a new version."""
    try:
        choice = Choice(prefer) if prefer else None
    except ValueError:
        bad_input(f"--prefer {prefer}: one of {', '.join(Choice)}.", as_json=as_json)
    payload = _payload(file, as_json)
    store, actor = open_data_folder(context, as_json=as_json)
    draft_id = _draft_id(store, draft, as_json)
    _report(merge_payload(store, actor, draft_id, base_version, payload, choice), as_json)


def _frames(given: str, as_json: bool) -> list[int]:
    """Read frames as people count them, `12,40..59`, as indices."""
    found: list[int] = []
    for part in given.split(","):
        first, dots, last = part.strip().partition("..")
        ends = [first, last if dots else first]
        if not all(end.isascii() and end.isdigit() and int(end) for end in ends):
            bad_input(f"--frames {given}: write frames like 12 or 12,40..59.", as_json=as_json)
        found += range(int(ends[0]) - 1, int(ends[1]))
    return found


@app.command("leave-out")
def leave_out_(
    context: typer.Context,
    draft: DraftId,
    base_version: BaseVersion,
    frames: Annotated[
        str | None,
        typer.Option(help="Only these, like 12,40..59 (else all that have no picture)."),
    ] = None,
    back: Annotated[
        bool, typer.Option("--back", help="Bring frames back that were left out.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Leave frames without a picture out of a draft's content: neither checked nor published."""
    wanted = None if frames is None else _frames(frames, as_json)
    store, actor = open_data_folder(context, as_json=as_json)
    draft_id = _draft_id(store, draft, as_json)
    _report(leave_out(store, actor, draft_id, base_version, wanted, back=back), as_json)


@app.command("restore")
def restore(
    context: typer.Context,
    draft: DraftId,
    version: Annotated[int, typer.Argument(help="The version to bring back.", min=1)],
    base_version: BaseVersion,
    as_json: AsJson = False,
) -> None:
    """Make an earlier version's content the newest version."""
    store, actor = open_data_folder(context, as_json=as_json)
    draft_id = _draft_id(store, draft, as_json)
    _report(core.restore(store, actor, draft_id, version, base_version), as_json)


@app.command("reset")
def reset(
    context: typer.Context,
    draft: DraftId,
    base_version: BaseVersion,
    yes: Annotated[bool, typer.Option("--yes", help="Confirm the reset.")] = False,
    as_json: AsJson = False,
) -> None:
    """Reset a draft to its current source prelabel pack (restore takes it back)."""
    if not yes:
        bad_input("Reset replaces the draft's content: confirm it with --yes.", as_json=as_json)
    store, actor = open_data_folder(context, as_json=as_json)
    draft_id = _draft_id(store, draft, as_json)
    _report(core.reset(store, actor, draft_id, base_version), as_json)


@app.command("carry")
def carry(
    context: typer.Context,
    draft: DraftId,
    base_version: BaseVersion,
    pack: Annotated[
        str | None,
        typer.Option(help="Prelabel pack to carry onto (else the newest, if it is newer)."),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Show what would be carried; change nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Carry a draft's corrections onto the prelabels of a newer run (restore takes it back)."""
    store, actor = open_data_folder(context, as_json=as_json)
    draft_id = _draft_id(store, draft, as_json)
    with progress() as shown:
        planned = plan_carry(store, draft_id, base_version, pack, shown)
    plan = planned.value
    if plan is None:
        fail(planned.outcome, as_json=as_json)
    if check and as_json:
        print_json(plan.as_json())
    elif check:
        told = plan.carried.as_json()
        looks = ", ".join(str(index + 1) for index in plan.carried.look_at)
        rows = [(name.replace("_", " ").capitalize(), number) for name, number in told.items()]
        print_table(("WHAT", "LABELS"), [*rows[:-1], ("Frames to look at", looks or "none")], "")
    else:
        saved = save_carried(store, actor, plan)
        info = saved.value
        extra = {"draft": info.as_json(), "carried": plan.carried.as_json()} if info else None
        report(saved.outcome, as_json=as_json, extra=extra)


@app.command("from-revision")
def from_revision(
    context: typer.Context,
    revision: Annotated[str, typer.Argument(help="Id of the revision, or a beginning of it.")],
    as_json: AsJson = False,
) -> None:
    """Begin again from a published revision: its content as the draft's newest version."""
    store, actor = open_data_folder(context, as_json=as_json)
    found = revisions.revision(store, revision)
    if found.value is None:
        fail(found.outcome, as_json=as_json)
    _report(core.new_from_revision(store, actor, found.value.id), as_json)
