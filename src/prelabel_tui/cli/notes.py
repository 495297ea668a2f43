"""`prelabel-tui notes`: what people remark about frames and labels."""

from __future__ import annotations

from typing import Annotated

import typer

from prelabel_tui.cli.command_tree import new_group
from prelabel_tui.cli.context import fail, print_json, report
from prelabel_tui.cli.data_folder import open_data_folder
from prelabel_tui.cli.scope_options import (
    AsJson,
    CapabilityName,
    CapabilityOption,
    Media,
    Workspace,
    capability_named,
    scope_named,
)
from prelabel_tui.cli.table import print_table
from prelabel_tui.core.ids import IdKind
from prelabel_tui.core.notes.reading import Note, NoteState, find_note, list_notes
from prelabel_tui.core.notes.writing import (
    answer_note,
    find_label,
    reopen_note,
    resolve_note,
    write_note,
)
from prelabel_tui.core.outcomes import Result
from prelabel_tui.core.text import printable
from prelabel_tui.core.times import iso

app = new_group("notes")

NoteId = Annotated[str, typer.Argument(help="Id of the note, or an unambiguous beginning of it.")]
Words = Annotated[str, typer.Argument(help="One line.", metavar="TEXT")]


@app.command("list")
def list_all(
    context: typer.Context,
    workspace: Annotated[str | None, typer.Option(help="Only of this workspace.")] = None,
    media: Annotated[str | None, typer.Option(help="Only of clips of this name.")] = None,
    capability: CapabilityOption = None,
    state: Annotated[NoteState | None, typer.Option(help="Only open or resolved ones.")] = None,
    limit: Annotated[int, typer.Option(help="At most this many.", min=1)] = 200,
    as_json: AsJson = False,
) -> None:
    """List notes, newest first."""
    wanted = None if capability is None else capability_named(capability, as_json=as_json)
    store, _ = open_data_folder(context, as_json=as_json)
    found = list_notes(
        store, workspace=workspace, media=media, capability=wanted, state=state, limit=limit
    )
    if as_json:
        print_json({"notes": [note.as_json() for note in found]})
        return
    print_table(
        ("NOTE", "STATE", "SCOPE", "ABOUT", "OPENED", "ANSWERS", "TEXT"),
        [
            (
                IdKind.NOTE.short(note.id), note.state, note.scope.title, note.about,
                f"{iso(note.opened_at)} {note.opened_by}", len(note.messages) - 1,
                note.messages[0].text,
            )
            for note in found
        ],
        "No notes match.",
    )  # fmt: skip


@app.command("show")
def show(context: typer.Context, note_id: NoteId, as_json: AsJson = False) -> None:
    """Show a note with its answers."""
    store, _ = open_data_folder(context, as_json=as_json)
    found = find_note(store, note_id)
    if found.value is None:
        fail(found.outcome, as_json=as_json)
    note = found.value
    if as_json:
        print_json({"note": note.as_json()})
        return
    typer.echo(
        printable(f"{IdKind.NOTE.short(note.id)}  {note.scope.title}, {note.about}: {note.state}")
    )
    for message in note.messages:
        typer.echo(printable(f"{iso(message.at)} {message.by}: {message.text}"))
    if note.resolved_at is not None:
        typer.echo(printable(f"{iso(note.resolved_at)} {note.resolved_by}: resolved"))


@app.command("add")
def add(
    context: typer.Context,
    text: Words,
    workspace: Workspace,
    media: Media,
    capability: CapabilityName,
    frame: Annotated[int, typer.Option(help="The frame, counted from 1.", min=1)],
    label: Annotated[
        str | None,
        typer.Option(help="Id of a label in it, or an unambiguous beginning of the id."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a note about a frame, or about a label in the scope's draft."""
    store, actor = open_data_folder(context, as_json=as_json)
    scope = scope_named(store, workspace, media, capability, as_json=as_json)
    label_id = None
    if label is not None:
        found = find_label(store, scope, frame - 1, label)
        if found.value is None:
            fail(found.outcome, as_json=as_json)
        label_id = found.value
    _report(write_note(store, actor, scope, frame - 1, label_id, text), as_json)


@app.command("answer")
def answer(context: typer.Context, note_id: NoteId, text: Words, as_json: AsJson = False) -> None:
    """Answer an open note."""
    store, actor = open_data_folder(context, as_json=as_json)
    _report(answer_note(store, actor, note_id, text), as_json)


@app.command("resolve")
def resolve(context: typer.Context, note_id: NoteId, as_json: AsJson = False) -> None:
    """Resolve a note: your own, or as a lead anybody's."""
    store, actor = open_data_folder(context, as_json=as_json)
    _report(resolve_note(store, actor, note_id), as_json)


@app.command("reopen")
def reopen(context: typer.Context, note_id: NoteId, as_json: AsJson = False) -> None:
    """Open a resolved note again: your own, or as a lead anybody's."""
    store, actor = open_data_folder(context, as_json=as_json)
    _report(reopen_note(store, actor, note_id), as_json)


def _report(done: Result[Note], as_json: bool) -> None:
    extra = None if done.value is None else {"note": done.value.as_json()}
    report(done.outcome, as_json=as_json, extra=extra)
