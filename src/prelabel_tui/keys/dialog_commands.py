"""Commands of what lies over a screen, with their keys: conflicts, versions, dialogs."""

from __future__ import annotations

from typing import Annotated, TypedDict

from prelabel_tui.keys.command import Handler, Keys

# conflict: both sides of a 409, or of edits that were set aside and the draft
ConflictCommands = TypedDict(
    "ConflictCommands",
    {
        "conflict.mine": Annotated[Handler, Keys("m", text="Mine", show=True, group="Conflict")],
        "conflict.theirs": Annotated[
            Handler, Keys("t", text="Theirs", show=True, group="Conflict")
        ],
        "conflict.both": Annotated[Handler, Keys("b", text="Both", show=True, group="Conflict")],
        "conflict.all_mine": Annotated[
            Handler, Keys("M", text="Mine for all undecided", group="Conflict")
        ],
        "conflict.all_theirs": Annotated[
            Handler, Keys("T", text="Theirs for all undecided", group="Conflict")
        ],
        "conflict.down": Annotated[
            Handler, Keys("j", "down", "]", "tab", text="Next", show=True, group="Conflict")
        ],
        "conflict.up": Annotated[
            Handler, Keys("k", "up", "[", "shift+tab", text="Previous", group="Conflict")
        ],
        "conflict.merge": Annotated[
            Handler, Keys("enter", text="Merge and save", show=True, group="Conflict")
        ],
        "conflict.zoom_in": Annotated[Handler, Keys("+", "=", text="Zoom in", group="Picture")],
        "conflict.zoom_out": Annotated[Handler, Keys("-", text="Zoom out", group="Picture")],
        "conflict.later": Annotated[
            Handler, Keys("escape", "q", text="Later", show=True, group="Conflict")
        ],
    },
)

# conflict.newer: only when there is a newer version
NewerConflictCommands = TypedDict(
    "NewerConflictCommands",
    {
        "conflict.newer.load_latest": Annotated[
            Handler, Keys("L", text="Load latest", show=True, danger=True, group="Conflict")
        ],
    },
)

# versions: every saved version of a draft
VersionsCommands = TypedDict(
    "VersionsCommands",
    {
        "versions.down": Annotated[
            Handler, Keys("j", "down", text="Next version", group="Versions")
        ],
        "versions.up": Annotated[
            Handler, Keys("k", "up", text="Previous version", group="Versions")
        ],
        "versions.page_down": Annotated[
            Handler, Keys("pagedown", text="A page down", group="Versions")
        ],
        "versions.page_up": Annotated[Handler, Keys("pageup", text="A page up", group="Versions")],
        "versions.next_frame": Annotated[
            Handler, Keys("f", "right", "]", text="Next difference", show=True, group="Look")
        ],
        "versions.previous_frame": Annotated[
            Handler, Keys("d", "left", "[", text="Previous difference", group="Look")
        ],
        "versions.mark": Annotated[
            Handler, Keys("m", text="Compare with this one", show=True, group="Versions")
        ],
        "versions.restore": Annotated[
            Handler, Keys("r", text="Restore", show=True, danger=True, group="Versions")
        ],
        "versions.zoom_in": Annotated[Handler, Keys("+", "=", text="Zoom in", group="Look")],
        "versions.zoom_out": Annotated[Handler, Keys("-", text="Zoom out", group="Look")],
        "versions.back": Annotated[
            Handler, Keys("escape", "q", text="Back", show=True, group="Versions")
        ],
    },
)

# help: what is typed is searched for
HelpCommands = TypedDict(
    "HelpCommands",
    {
        "help.next_page": Annotated[
            Handler, Keys("tab", text="Next page", show=True, group="Help")
        ],
        "help.previous_page": Annotated[
            Handler, Keys("shift+tab", text="Previous page", group="Help")
        ],
        "help.next_group": Annotated[
            Handler, Keys("down", text="Next group", show=True, group="Help")
        ],
        "help.previous_group": Annotated[Handler, Keys("up", text="Previous group", group="Help")],
        "help.page_down": Annotated[Handler, Keys("pagedown", text="Scroll down", group="Help")],
        "help.page_up": Annotated[Handler, Keys("pageup", text="Scroll up", group="Help")],
        "help.close": Annotated[
            Handler,
            Keys("escape", "f1", "enter", "?", text="Close", show=True, group="Help"),
        ],
    },
)

# publish: what will be published
PublishCommands = TypedDict(
    "PublishCommands",
    {
        "publish.next_pack": Annotated[
            Handler, Keys("down", "tab", "j", text="Next pack", show=True, group="Pack")
        ],
        "publish.previous_pack": Annotated[
            Handler, Keys("up", "shift+tab", "k", text="Previous pack", group="Pack")
        ],
        "publish.accept": Annotated[
            Handler, Keys("enter", text="Publish", show=True, group="Publish")
        ],
        "publish.submit": Annotated[
            Handler, Keys("s", text="Submit for approval", show=True, group="Publish")
        ],
        "publish.findings": Annotated[Handler, Keys("F", text="Findings", group="Publish")],
        "publish.cancel": Annotated[
            Handler, Keys("escape", "q", text="Cancel", show=True, group="Publish")
        ],
        "publish.page_down": Annotated[
            Handler, Keys("pagedown", "space", text="Scroll down", group="Publish")
        ],
        "publish.page_up": Annotated[Handler, Keys("pageup", text="Scroll up", group="Publish")],
    },
)

# confirm: yes or no
ConfirmCommands = TypedDict(
    "ConfirmCommands",
    {
        "confirm.accept": Annotated[
            Handler, Keys("enter", "y", text="Yes", show=True, group="Confirm")
        ],
        "confirm.cancel": Annotated[
            Handler, Keys("escape", "n", "q", text="No", show=True, group="Confirm")
        ],
        "confirm.page_down": Annotated[
            Handler, Keys("down", "j", "pagedown", text="Scroll down", group="Confirm")
        ],
        "confirm.page_up": Annotated[
            Handler, Keys("up", "k", "pageup", text="Scroll up", group="Confirm")
        ],
    },
)

# note: reading and writing a note
NoteCommands = TypedDict(
    "NoteCommands",
    {
        "note.send": Annotated[Handler, Keys("enter", text="Save note", show=True, group="Note")],
        "note.settle": Annotated[
            Handler, Keys("ctrl+r", text="Resolve, reopen", show=True, group="Note")
        ],
        "note.next": Annotated[
            Handler, Keys("tab", "down", text="Next note", show=True, group="Note")
        ],
        "note.previous": Annotated[
            Handler, Keys("shift+tab", "up", text="Previous note", group="Note")
        ],
        "note.page_down": Annotated[Handler, Keys("pagedown", text="Scroll down", group="Note")],
        "note.page_up": Annotated[Handler, Keys("pageup", text="Scroll up", group="Note")],
        "note.close": Annotated[Handler, Keys("escape", text="Close", show=True, group="Note")],
    },
)

# dialog: every other dialog
DialogCommands = TypedDict(
    "DialogCommands",
    {
        "dialog.accept": Annotated[
            Handler, Keys("enter", text="Accept", show=True, group="Dialog")
        ],
        "dialog.cancel": Annotated[
            Handler, Keys("escape", text="Cancel", show=True, group="Dialog")
        ],
        "dialog.down": Annotated[Handler, Keys("down", "tab", text="Next line", group="Dialog")],
        "dialog.up": Annotated[
            Handler, Keys("up", "shift+tab", text="Previous line", group="Dialog")
        ],
        "dialog.page_down": Annotated[
            Handler, Keys("pagedown", text="A page down", group="Dialog")
        ],
        "dialog.page_up": Annotated[Handler, Keys("pageup", text="A page up", group="Dialog")],
        "dialog.copy": Annotated[Handler, Keys("y", text="Copy this line", group="Dialog")],
    },
)
