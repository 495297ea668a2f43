"""Commands of the modes of the review, with their keys."""

from __future__ import annotations

from typing import Annotated, TypedDict

from prelabel_tui.core.identity.actions import Action
from prelabel_tui.keys.command import Handler, Keys

# review.grid: a picture divided by each key
GridCommands = TypedDict(
    "GridCommands",
    {
        "review.grid.put": Annotated[
            Handler, Keys("enter", text="Place it here", show=True, group="Grid")
        ],
        "review.grid.put_snapped": Annotated[
            Handler, Keys("space", text="Place and snap", show=True, group="Grid")
        ],
        "review.grid.back": Annotated[
            Handler, Keys("backspace", text="One step back", show=True, group="Grid")
        ],
        "review.grid.cancel": Annotated[
            Handler, Keys("escape", text="Cancel", show=True, group="Grid")
        ],
        "review.grid.left": Annotated[Handler, Keys("left", text="1 px left", group="Grid")],
        "review.grid.right": Annotated[Handler, Keys("right", text="1 px right", group="Grid")],
        "review.grid.up": Annotated[Handler, Keys("up", text="1 px up", group="Grid")],
        "review.grid.down": Annotated[Handler, Keys("down", text="1 px down", group="Grid")],
    },
)

# review.timeline: the cursor of the timeline
TimelineCommands = TypedDict(
    "TimelineCommands",
    {
        "review.timeline.left": Annotated[
            Handler, Keys("left", "h", text="One column back", show=True, group="Along")
        ],
        "review.timeline.right": Annotated[
            Handler, Keys("right", "l", text="One column forward", show=True, group="Along")
        ],
        "review.timeline.tenth_back": Annotated[
            Handler, Keys("pageup", "H", text="A tenth back", show=True, group="Along")
        ],
        "review.timeline.tenth_on": Annotated[
            Handler, Keys("pagedown", "L", text="A tenth forward", show=True, group="Along")
        ],
        "review.timeline.start": Annotated[
            Handler, Keys("home", text="First frame", group="Along")
        ],
        "review.timeline.end": Annotated[Handler, Keys("end", text="Last frame", group="Along")],
        "review.timeline.next_flag": Annotated[
            Handler, Keys("f", text="Next flag", show=True, group="To")
        ],
        "review.timeline.previous_flag": Annotated[
            Handler, Keys("F", text="Previous flag", group="To")
        ],
        "review.timeline.next_finding": Annotated[
            Handler, Keys("n", text="Next finding", show=True, group="To")
        ],
        "review.timeline.previous_finding": Annotated[
            Handler, Keys("N", text="Previous finding", group="To")
        ],
        "review.timeline.next_gap": Annotated[
            Handler, Keys("g", text="Next gap", show=True, group="To")
        ],
        "review.timeline.previous_gap": Annotated[
            Handler, Keys("G", text="Previous gap", group="To")
        ],
        "review.timeline.next_note": Annotated[
            Handler, Keys("o", text="Next open note", group="To")
        ],
        "review.timeline.previous_note": Annotated[
            Handler, Keys("O", text="Previous open note", group="To")
        ],
        "review.timeline.next_edit": Annotated[
            Handler, Keys("e", text="Next edit", show=True, group="To")
        ],
        "review.timeline.previous_edit": Annotated[
            Handler, Keys("E", text="Previous edit", group="To")
        ],
        "review.timeline.next_unreviewed": Annotated[
            Handler, Keys("u", text="Next frame to review", group="To")
        ],
        "review.timeline.previous_unreviewed": Annotated[
            Handler, Keys("U", text="Previous frame to review", group="To")
        ],
        "review.timeline.stay": Annotated[
            Handler, Keys("enter", ";", text="Stay here", show=True, group="Timeline")
        ],
        "review.timeline.back": Annotated[
            Handler, Keys("escape", "q", text="Back", show=True, group="Timeline")
        ],
    },
)

# review.letters: letters on all labels
LettersCommands = TypedDict(
    "LettersCommands",
    {
        "review.letters.cancel": Annotated[
            Handler, Keys("escape", text="Cancel", show=True, group="Letters")
        ],
    },
)

# review.flags: the second key of a flag
FlagsCommands = TypedDict(
    "FlagsCommands",
    {
        "review.flags.bad": Annotated[
            Handler, Keys("b", text="bad_frame", show=True, group="Flags")
        ],
        "review.flags.review": Annotated[
            Handler, Keys("r", text="needs_human_review", show=True, group="Flags")
        ],
        "review.flags.positive": Annotated[
            Handler, Keys("p", text="false_positive_heavy", show=True, group="Flags")
        ],
        "review.flags.negative": Annotated[
            Handler, Keys("n", text="false_negative_suspected", show=True, group="Flags")
        ],
        "review.flags.cancel": Annotated[
            Handler, Keys("escape", text="Cancel", show=True, group="Flags")
        ],
    },
)

# review.many: labels of many frames, selected; moving, deleting, flagging and accepting keys of
# review act on all of them, those that go somewhere or change the picture do what they always do
ManyCommands = TypedDict(
    "ManyCommands",
    {
        "review.many.next": Annotated[
            Handler, Keys("n", text="Next of them", show=True, group="Look")
        ],
        "review.many.previous": Annotated[
            Handler, Keys("N", text="Previous", show=True, group="Look")
        ],
        "review.many.worst": Annotated[
            Handler, Keys("w", text="Worst fit", show=True, group="Look")
        ],
        "review.many.and": Annotated[
            Handler, Keys("&", text="Narrow by", show=True, group="Which")
        ],
        "review.many.or": Annotated[Handler, Keys("|", text="Widen by", show=True, group="Which")],
        "review.many.not": Annotated[Handler, Keys("~", text="Take out", show=True, group="Which")],
        "review.many.query": Annotated[Handler, Keys("/", text="By query", group="Which")],
        "review.many.every": Annotated[Handler, Keys("%", text="Every label", group="Which")],
        "review.many.from_here": Annotated[
            Handler, Keys("]", text="Only from here on", show=True, group="Which")
        ],
        "review.many.until_here": Annotated[
            Handler, Keys("[", text="Only up to here", show=True, group="Which")
        ],
        "review.many.toggle": Annotated[
            Handler, Keys("space", text="This label in or out", show=True, group="Which")
        ],
        "review.many.settled": Annotated[
            Handler,
            Keys("!", text="Reviewed and by hand too", show=True, group="Which"),
        ],
        "review.many.leave": Annotated[
            Handler, Keys("escape", "q", text="Let it go", show=True, group="Selection")
        ],
    },
)

# review.ghost: an interpolation that is shown but not taken yet;
# any other key of review drops it and does what it always does
GhostCommands = TypedDict(
    "GhostCommands",
    {
        "review.ghost.accept": Annotated[
            Handler, Keys("enter", text="Take it, accept, next", show=True, group="Interpolation")
        ],
        "review.ghost.take": Annotated[
            Handler, Keys("i", text="Take it", show=True, group="Interpolation")
        ],
        "review.ghost.curve": Annotated[
            Handler, Keys("c", text="Curve", show=True, group="Interpolation")
        ],
        "review.ghost.next_frame": Annotated[
            Handler, Keys("f", "right", text="Next frame", group="Interpolation")
        ],
        "review.ghost.previous_frame": Annotated[
            Handler, Keys("d", "left", text="Previous", group="Interpolation")
        ],
        "review.ghost.cancel": Annotated[
            Handler, Keys("escape", text="Drop it", show=True, group="Interpolation")
        ],
    },
)

# review.offer: what was noticed, shown but not taken yet
OfferCommands = TypedDict(
    "OfferCommands",
    {
        "review.offer.take": Annotated[
            Handler, Keys("enter", text="Apply to all shown", show=True, group="Pattern")
        ],
        "review.offer.next_frame": Annotated[
            Handler, Keys("f", "right", text="Next frame", show=True, group="Pattern")
        ],
        "review.offer.previous_frame": Annotated[
            Handler, Keys("d", "left", text="Previous", show=True, group="Pattern")
        ],
        "review.offer.cancel": Annotated[
            Handler, Keys("escape", "q", text="Leave it", show=True, group="Pattern")
        ],
    },
)

# review.carrying: a correction on its way to other frames
CarryingCommands = TypedDict(
    "CarryingCommands",
    {
        "review.carrying.wider": Annotated[
            Handler, Keys("$", text="Reach further", show=True, group="Carry on")
        ],
    },
)

# review.timing: labels on their way to another time
TimingCommands = TypedDict(
    "TimingCommands",
    {
        "review.timing.later": Annotated[
            Handler, Keys("l", text="0.1 frame later", show=True, group="In time")
        ],
        "review.timing.earlier": Annotated[
            Handler, Keys("h", text="Earlier", show=True, group="In time")
        ],
        "review.timing.half_later": Annotated[
            Handler, Keys("L", text="0.5 frame later", group="In time")
        ],
        "review.timing.half_earlier": Annotated[
            Handler, Keys("H", text="0.5 frame earlier", group="In time")
        ],
        "review.timing.wider": Annotated[
            Handler, Keys("$", text="This track, or all", show=True, group="In time")
        ],
        "review.timing.toggle": Annotated[
            Handler, Keys("space", text="This track too, or not", show=True, group="In time")
        ],
        "review.timing.next_label": Annotated[
            Handler, Keys("tab", text="Next label", group="In time")
        ],
    },
)

# review.list: the lists under the picture
DrawerListCommands = TypedDict(
    "DrawerListCommands",
    {
        "review.list.down": Annotated[Handler, Keys("j", "down", text="Next", group="List")],
        "review.list.up": Annotated[Handler, Keys("k", "up", text="Previous", group="List")],
        "review.list.page_down": Annotated[
            Handler, Keys("pagedown", "space", text="A page down", group="List")
        ],
        "review.list.page_up": Annotated[Handler, Keys("pageup", text="A page up", group="List")],
        "review.list.close": Annotated[
            Handler, Keys("escape", "q", text="Close", show=True, group="List")
        ],
    },
)

# review.findings: the list of findings
FindingsCommands = TypedDict(
    "FindingsCommands",
    {
        "review.findings.jump": Annotated[
            Handler, Keys("enter", text="Go to the label", show=True, group="Findings")
        ],
    },
)

# review.notes: the list of notes
NotesCommands = TypedDict(
    "NotesCommands",
    {
        "review.notes.jump": Annotated[
            Handler, Keys("enter", text="Go to it", show=True, group="Notes")
        ],
        "review.notes.read": Annotated[
            Handler, Keys("a", "~", "ctrl+e", text="Read, answer", show=True, group="Notes")
        ],
        "review.notes.settle": Annotated[
            Handler, Keys("r", text="Resolve, reopen", show=True, group="Notes")
        ],
    },
)

# review.tracks: the list of tracks
TracksCommands = TypedDict(
    "TracksCommands",
    {
        "review.tracks.jump": Annotated[
            Handler, Keys("enter", text="Go to it", show=True, group="Tracks")
        ],
        "review.tracks.rename": Annotated[
            Handler, Keys("n", text="Name it", show=True, group="Tracks")
        ],
        "review.tracks.split": Annotated[
            Handler, Keys("s", text="Split here", show=True, group="Tracks")
        ],
        "review.tracks.join": Annotated[
            Handler, Keys("+", text="Join with selected", show=True, group="Tracks")
        ],
        "review.tracks.swap": Annotated[
            Handler,
            Keys("x", text="Swap from here", show=True, group="Tracks"),
        ],
    },
)

# review.packs: the Scoped label packs
PacksCommands = TypedDict(
    "PacksCommands",
    {
        "review.packs.approve": Annotated[
            Handler,
            Keys(
                "a",
                text="Approve",
                show=True,
                danger=True,
                group="Packs",
                needs=Action.PACK_APPROVE,
            ),
        ],
        "review.packs.select": Annotated[
            Handler,
            Keys("enter", text="Publish this pack", short="Select", show=True, group="Packs"),
        ],
        "review.packs.submit": Annotated[
            Handler, Keys("s", text="Submit draft", short="Submit", show=True, group="Packs")
        ],
        "review.packs.reject": Annotated[
            Handler,
            Keys(
                "x", text="Reject", show=True, danger=True, group="Packs", needs=Action.PACK_REJECT
            ),
        ],
        "review.packs.retire": Annotated[
            Handler,
            Keys(
                "r", text="Retire", show=True, danger=True, group="Packs", needs=Action.PACK_RETIRE
            ),
        ],
        "review.packs.spot_check": Annotated[
            Handler,
            Keys("p", text="Spot check", show=True, group="Packs", needs=Action.SPOT_CHECK_START),
        ],
        "review.packs.details": Annotated[
            Handler, Keys("i", text="Full ids", short="Ids", show=True, group="Packs")
        ],
    },
)
