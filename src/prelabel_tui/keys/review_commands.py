"""Commands of the review itself, with their keys; those of its modes are in mode_commands."""

from __future__ import annotations

from typing import Annotated, TypedDict

from prelabel_tui.keys.command import ArgumentHandler, Handler, Keys

# review: one draft, frame by frame
ReviewCommands = TypedDict(
    "ReviewCommands",
    {
        "review.accept": Annotated[
            Handler,
            Keys("enter", text="Accept, next in queue", short="Accept", show=True, group="Decide"),
        ],
        "review.next": Annotated[
            Handler,
            Keys("]", text="Skip to next in queue", short="Next", show=True, group="Queue"),
        ],
        "review.reject": Annotated[
            Handler, Keys("x", "delete", "backspace", text="Reject", show=True, group="Decide")
        ],
        "review.packs": Annotated[
            Handler,
            Keys("C", "f4", text="Scoped label packs", short="Packs", show=True, group="Draft"),
        ],
        "review.publish": Annotated[
            Handler, Keys("!", "f9", text="Publish", show=True, danger=True, group="Draft")
        ],
        "review.history": Annotated[
            Handler,
            Keys("ctrl+r", text="Revision history", short="History", show=True, group="Draft"),
        ],
        "review.findings": Annotated[
            Handler, Keys("F", "f3", text="Findings", show=True, group="Draft")
        ],
        "review.where": Annotated[
            Handler,
            Keys("w", text="Where: place it by grid", short="Where", show=True, group="Edit"),
        ],
        "review.snap": Annotated[Handler, Keys("s", text="Snap", show=True, group="Edit")],
        "review.undo": Annotated[
            Handler, Keys("u", "ctrl+z", text="Undo", show=True, group="Edit")
        ],
        "review.zoom": Annotated[
            Handler,
            Keys("z", text="Zoom to selection", short="Zoom", show=True, group="Picture"),
        ],
        "review.submit": Annotated[
            Handler, Keys("I", "f10", text="Submit for approval", group="Draft")
        ],
        "review.previous": Annotated[Handler, Keys("[", text="Previous in queue", group="Queue")],
        "review.next_scope": Annotated[
            Handler, Keys(")", text="Go to the most doubtful scope", group="Queue")
        ],
        "review.previous_scope": Annotated[
            Handler, Keys("(", text="Back to the previous scope", group="Queue")
        ],
        "review.queue": Annotated[
            ArgumentHandler, Keys("Q", text="Choose the queue", argument="NAME", group="Queue")
        ],
        "review.query": Annotated[
            ArgumentHandler, Keys("/", text="Queue by query", argument="QUERY", group="Queue")
        ],
        "review.next_frame": Annotated[
            Handler, Keys("f", "right", text="Next frame", group="Frames")
        ],
        "review.previous_frame": Annotated[
            Handler, Keys("d", "left", text="Previous frame", group="Frames")
        ],
        "review.ahead_ten": Annotated[
            Handler, Keys("v", "pagedown", text="10 frames ahead", group="Frames")
        ],
        "review.back_ten": Annotated[
            Handler, Keys("c", "pageup", text="10 frames back", group="Frames")
        ],
        "review.first_frame": Annotated[Handler, Keys("home", text="First frame", group="Frames")],
        "review.last_frame": Annotated[
            Handler, Keys("end", "G", text="Last frame", group="Frames")
        ],
        "review.go_to": Annotated[
            ArgumentHandler,
            Keys("g", text="Go to frame (or count first: 120g)", argument="FRAME", group="Frames"),
        ],
        "review.next_marked": Annotated[
            Handler, Keys("}", text="Next frame with flag, finding or note", group="Frames")
        ],
        "review.previous_marked": Annotated[
            Handler, Keys("{", text="Previous frame with flag, finding or note", group="Frames")
        ],
        "review.timeline": Annotated[
            Handler, Keys(";", text="Move along the timeline", group="Frames")
        ],
        "review.middle_of_gap": Annotated[
            Handler, Keys("m", text="Middle of the ball gap", group="Frames")
        ],
        "review.play": Annotated[Handler, Keys("space", text="Play, stop", group="Frames")],
        "review.left_out": Annotated[
            Handler,
            Keys("N", text="Leave out frames without a picture, or back", group="Decide"),
        ],
        "review.accept_label": Annotated[
            Handler, Keys("a", text="Accept label, next one", group="Decide")
        ],
        "review.unaccept": Annotated[Handler, Keys("A", text="Unmark as reviewed", group="Decide")],
        "review.only": Annotated[
            Handler, Keys("E", text="Only this ball: reject the others", group="Decide")
        ],
        "review.range": Annotated[
            Handler, Keys("r", text="Range from here: ⏎ x F5–F8 act on it", group="Decide")
        ],
        "review.watch": Annotated[
            Handler,
            Keys('"', text="Watch from here up to a doubtful frame: ⏎ accepts", group="Decide"),
        ],
        "review.flag": Annotated[Handler, Keys("t", text="Flag: then b, r, p or n", group="Flags")],
        "review.bad_frame": Annotated[Handler, Keys("f5", text="bad_frame", group="Flags")],
        "review.needs_human_review": Annotated[
            Handler, Keys("f6", text="needs_human_review", group="Flags")
        ],
        "review.false_positive_heavy": Annotated[
            Handler, Keys("f7", text="false_positive_heavy", group="Flags")
        ],
        "review.false_negative_suspected": Annotated[
            Handler, Keys("f8", text="false_negative_suspected", group="Flags")
        ],
        "review.note": Annotated[
            Handler,
            Keys("~", "ctrl+e", text="Note on the label or the frame: read, write", group="Notes"),
        ],
        "review.notes": Annotated[Handler, Keys("ctrl+o", text="List the notes", group="Notes")],
        "review.ball_visible": Annotated[Handler, Keys("V", text="Ball visible", group="Ball")],
        "review.ball_blurred": Annotated[Handler, Keys("B", text="Ball blurred", group="Ball")],
        "review.ball_occluded": Annotated[Handler, Keys("O", text="Ball occluded", group="Ball")],
        "review.ball_out": Annotated[
            Handler, Keys("X", text="Ball out of the frame", group="Ball")
        ],
        "review.ball_absent": Annotated[Handler, Keys("Z", text="Ball absent", group="Ball")],
        "review.tracks": Annotated[
            Handler, Keys("#", text="Tracks: list, rename, split, join, swap", group="Select")
        ],
        "review.next_label": Annotated[
            Handler, Keys("tab", "down", text="Next label", group="Select")
        ],
        "review.previous_label": Annotated[
            Handler, Keys("shift+tab", "up", text="Previous label", group="Select")
        ],
        "review.by_letter": Annotated[Handler, Keys("b", text="Select by letters", group="Select")],
        "review.select_track": Annotated[
            Handler, Keys("*", text="Select its track, on all frames", group="Select")
        ],
        "review.select_place": Annotated[
            Handler,
            Keys(".", text="Select what lies here, on all frames (12.: 12 px)", group="Select"),
        ],
        "review.select_query": Annotated[
            ArgumentHandler,
            Keys("&", text="Select labels by query", argument="QUERY", group="Select"),
        ],
        "review.deselect": Annotated[
            Handler, Keys("escape", text="Cancel; select nothing", group="Select")
        ],
        "review.left": Annotated[
            Handler, Keys("h", text="1 px left (count first: 12h)", group="Edit")
        ],
        "review.down": Annotated[Handler, Keys("j", text="1 px down", group="Edit")],
        "review.up": Annotated[Handler, Keys("k", text="1 px up", group="Edit")],
        "review.right": Annotated[Handler, Keys("l", text="1 px right", group="Edit")],
        "review.left_ten": Annotated[Handler, Keys("H", text="10 px left", group="Edit")],
        "review.down_ten": Annotated[Handler, Keys("J", text="10 px down", group="Edit")],
        "review.up_ten": Annotated[Handler, Keys("K", text="10 px up", group="Edit")],
        "review.right_ten": Annotated[Handler, Keys("L", text="10 px right", group="Edit")],
        "review.edges": Annotated[
            Handler, Keys("e", text="Move the whole, outer or inner edge", group="Edit")
        ],
        "review.new": Annotated[Handler, Keys("n", text="New label by grid", group="Edit")],
        "review.copy_previous": Annotated[
            Handler, Keys("p", text="Copy from previous frame", group="Edit")
        ],
        "review.propagate": Annotated[
            Handler, Keys("P", text="Propagate 1 frame (5P: 5)", group="Edit")
        ],
        "review.interpolate": Annotated[
            Handler, Keys("i", text="Interpolate: shown first", group="Edit")
        ],
        "review.carry": Annotated[
            Handler, Keys("$", text="Carry the correction on (9$: 9 frames)", group="Patterns")
        ],
        "review.time": Annotated[
            Handler, Keys("'", text="Move in time: a track, several, all", group="Patterns")
        ],
        "review.pattern": Annotated[
            Handler, Keys("|", text="Show what was noticed", group="Patterns")
        ],
        "review.redo": Annotated[Handler, Keys("U", "ctrl+y", text="Redo", group="Edit")],
        "review.zoom_in": Annotated[Handler, Keys("+", "=", text="Zoom in", group="Picture")],
        "review.zoom_out": Annotated[Handler, Keys("-", text="Zoom out", group="Picture")],
        "review.fit": Annotated[Handler, Keys("0", text="Whole frame", group="Picture")],
        "review.actual": Annotated[Handler, Keys("\\", text="1:1", group="Picture")],
        "review.pan_left": Annotated[
            Handler, Keys("shift+left", "<", text="Pan left", group="Picture")
        ],
        "review.pan_right": Annotated[
            Handler, Keys("shift+right", ">", text="Pan right", group="Picture")
        ],
        "review.pan_up": Annotated[Handler, Keys("shift+up", "^", text="Pan up", group="Picture")],
        "review.pan_down": Annotated[
            Handler, Keys("shift+down", "_", text="Pan down", group="Picture")
        ],
        "review.centre": Annotated[
            Handler, Keys(",", text="Centre the selection", group="Picture")
        ],
        "review.follow": Annotated[
            Handler, Keys("y", text="View follows the selection or stays", group="Picture")
        ],
        "review.labels": Annotated[Handler, Keys("o", text="Show or hide labels", group="Picture")],
        "review.prelabels": Annotated[
            Handler, Keys("D", text="Show what the model said", group="Picture")
        ],
        "review.tone": Annotated[
            Handler, Keys("T", text="Brightness and contrast", group="Picture")
        ],
        "review.save": Annotated[Handler, Keys("ctrl+s", text="Save now", group="Draft")],
        "review.settle": Annotated[
            Handler, Keys("S", text="Settle a conflict, load a newer version", group="Draft")
        ],
        "review.versions": Annotated[Handler, Keys("W", "f2", text="Versions", group="Draft")],
        "review.reset": Annotated[
            Handler, Keys("R", text="Reset draft", danger=True, group="Draft")
        ],
        "review.newer_run": Annotated[
            Handler, Keys("`", text="Carry corrections onto newer prelabels", group="Draft")
        ],
        "review.details": Annotated[
            Handler, Keys("ctrl+k", text="Full names and ids", group="Draft")
        ],
        "review.lineage": Annotated[
            Handler, Keys("Y", text="Copy the full Pack-id", group="Draft")
        ],
        "review.metrics": Annotated[Handler, Keys("%", text="Metrics", group="Draft")],
        "review.leave": Annotated[Handler, Keys("q", text="Back to the list", group="Draft")],
        "review.record": Annotated[Handler, Keys("M", text="Record keys, or stop", group="Macro")],
        "review.replay": Annotated[
            Handler, Keys("@", text="Play the keys (5@: on 5 frames)", group="Macro")
        ],
    },
)
