"""Every binding once: what the keys do, on which screen.  Help, README and docs are made of it.

A command ``scope.name`` is done by the method ``do_name`` of the screen (or of the application,
for the scope ``app``).  Keys are printable characters as themselves, else the terminal's names
(``enter``, ``escape``, ``pagedown``, ``ctrl+s``).  Nothing here needs Ctrl+digit, Alt,
Shift+Enter or a key release: not every terminal sends those.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Command:
    """One thing a person can do, by key, by `:name`, or from the palette.

    ``show``: it stands in the footer.  ``danger``: marked, and asks before it acts.
    ``argument``: what `:name ARGUMENT` takes, if anything.  ``group``: its heading in help.
    """

    id: str
    keys: tuple[str, ...]
    text: str
    show: bool = False
    danger: bool = False
    argument: str = ""
    group: str = ""

    @property
    def scope(self) -> str:
        """Where it is active: what stands before the last dot."""
        return self.id.rpartition(".")[0]

    @property
    def name(self) -> str:
        """What `:` calls it, and the screen's method after `do_`."""
        return self.id.rpartition(".")[2]


COMMANDS: Final[tuple[Command, ...]] = (
    # --- app: everywhere ---
    Command("app.help", ("?", "f1"), "Help", show=True, group="Application"),
    Command("app.command", (":",), "Command line", group="Application"),
    Command("app.palette", ("ctrl+p",), "Command palette", group="Application"),
    Command("app.quit", ("ctrl+q", "ctrl+c"), "Quit", group="Application"),
    # --- ops: the screens of the Ops area ---
    Command("ops.prelabels", ("1",), "Ops › Prelabels", group="Go to"),
    Command("ops.series", ("2",), "Series", show=True, group="Go to"),
    Command("ops.audit", ("3",), "Audit", show=True, group="Go to"),
    Command("ops.meters", ("4",), "Meters", show=True, group="Go to"),
    Command("ops.back", ("escape", "q"), "Back", group="Go to"),
    # --- list: tables ---
    Command("list.down", ("j", "down"), "Next row", group="Rows"),
    Command("list.up", ("k", "up"), "Previous row", group="Rows"),
    Command("list.page_down", ("pagedown", "space"), "A page down", group="Rows"),
    Command("list.page_up", ("pageup",), "A page up", group="Rows"),
    Command("list.first", ("g", "home"), "First row", group="Rows"),
    Command("list.last", ("G", "end"), "Last row loaded; again loads more", group="Rows"),
    Command("list.details", ("i",), "Details", show=True, group="Rows"),
    Command("list.copy", ("y",), "Copy the id", group="Rows"),
    Command("list.refresh", ("R", "f5"), "Refresh", group="Rows"),
    # --- runs: Ops › Prelabels ---
    Command("runs.review", ("enter", "r"), "Review", show=True, group="Review"),
    Command("runs.review_ball", ("b",), "Review ball_detection", group="Review"),
    Command("runs.review_player", ("p",), "Review player_detection", group="Review"),
    Command("runs.history", ("h",), "Revision history", show=True, group="Review"),
    Command("runs.workspace", ("w",), "Filter by workspace", argument="NAME", group="Filter"),
    Command("runs.media", ("m",), "Filter by media", argument="NAME", group="Filter"),
    Command("runs.status", ("s",), "Filter by status", argument="STATUS", group="Filter"),
    Command(
        "runs.capability",
        ("c",),
        "Filter by capability",
        argument="CAPABILITY",
        group="Filter",
    ),
    Command("runs.clear", ("x",), "Clear the filters", group="Filter"),
    # --- series: Label Review Series ---
    Command("series.review", ("enter", "r"), "Review the active draft", show=True, group="Review"),
    Command("series.next_scope", (")",), "Review the most doubtful scope", group="Review"),
    Command("series.doubt", ("o",), "Most doubtful first, or by name", show=True, group="Review"),
    Command("series.history", ("h",), "Revision history", show=True, group="Review"),
    Command(
        "series.workspace",
        ("w",),
        "Filter by workspace",
        argument="NAME",
        group="Filter",
    ),
    Command(
        "series.capability",
        ("c",),
        "Filter by capability",
        argument="CAPABILITY",
        group="Filter",
    ),
    Command("series.clear", ("x",), "Clear the filters", group="Filter"),
    # --- history: Revision history ---
    Command(
        "history.approve", ("a",), "Approve for dataset", show=True, group="Dataset eligibility"
    ),
    Command(
        "history.revoke", ("v",), "Revoke", show=True, danger=True, group="Dataset eligibility"
    ),
    Command("history.mark", ("m",), "Mark to compare from", group="Revisions"),
    Command("history.compare", ("c",), "Compare", show=True, group="Revisions"),
    Command("history.open", ("enter", "o"), "Open read-only", show=True, group="Revisions"),
    Command(
        "history.new_draft",
        ("n",),
        "New draft from this revision",
        show=True,
        danger=True,
        group="Revisions",
    ),
    # --- compare: two revisions on the frame ---
    Command(
        "compare.next_difference", ("n", "]"), "Next difference", show=True, group="Differences"
    ),
    Command(
        "compare.previous_difference",
        ("N", "["),
        "Previous difference",
        show=True,
        group="Differences",
    ),
    Command("compare.next_frame", ("l", "right"), "Next frame", show=True, group="Frames"),
    Command("compare.previous_frame", ("h", "left"), "Previous frame", show=True, group="Frames"),
    Command("compare.go_to", ("f",), "Go to frame", argument="FRAME", group="Frames"),
    Command("compare.first_frame", ("g", "home"), "First frame", group="Frames"),
    Command("compare.last_frame", ("G", "end"), "Last frame", group="Frames"),
    Command("compare.down", ("j", "down"), "Next label", group="Labels"),
    Command("compare.up", ("k", "up"), "Previous label", group="Labels"),
    Command("compare.zoom_in", ("+", "="), "Zoom in", show=True, group="Picture"),
    Command("compare.zoom_out", ("-",), "Zoom out", show=True, group="Picture"),
    Command("compare.sides", ("t",), "Both, from only, to only", show=True, group="Picture"),
    Command("compare.details", ("i",), "Full hashes and details", group="Labels"),
    # --- audit ---
    Command("audit.user", ("u",), "Filter by user", argument="NAME", group="Filter"),
    Command("audit.action", ("a",), "Filter by action", argument="ACTION", group="Filter"),
    Command("audit.subject", ("s",), "Filter by subject id", argument="ID", group="Filter"),
    Command("audit.since", ("d",), "Since a date", argument="DATE", group="Filter"),
    Command("audit.clear", ("x",), "Clear the filters", group="Filter"),
    Command("audit.open", ("enter",), "Whole entry", show=True, group="Rows"),
    # --- meters ---
    Command("meters.by_reviewer", ("u",), "By reviewer", show=True, group="Rows are"),
    Command("meters.by_run", ("r",), "By run", show=True, group="Rows are"),
    Command("meters.by_session", ("s",), "By session", show=True, group="Rows are"),
    # --- review ---
    Command("review.accept", ("enter",), "Accept, next in queue", show=True, group="Decide"),
    Command("review.next", ("]",), "Skip to next in queue", show=True, group="Queue"),
    Command("review.where", ("w",), "Where: put it by grid", show=True, group="Edit"),
    Command("review.reject", ("x", "delete", "backspace"), "Reject", show=True, group="Decide"),
    Command("review.snap", ("s",), "Snap", show=True, group="Edit"),
    Command("review.undo", ("u", "ctrl+z"), "Undo", show=True, group="Edit"),
    Command("review.zoom", ("z",), "Zoom to selection", show=True, group="Picture"),
    Command("review.findings", ("F", "f3"), "Findings", show=True, group="Draft"),
    Command("review.packs", ("C", "f4"), "Scoped label packs", group="Draft"),
    Command("review.publish", ("!", "f9"), "Publish", show=True, danger=True, group="Draft"),
    Command("review.previous", ("[",), "Previous in queue", group="Queue"),
    Command("review.next_scope", (")",), "On to the most doubtful scope", group="Queue"),
    Command("review.previous_scope", ("(",), "Back to the scope before", group="Queue"),
    Command("review.queue", ("Q",), "Choose the queue", argument="NAME", group="Queue"),
    Command("review.query", ("/",), "Queue by query", argument="QUERY", group="Queue"),
    Command("review.next_frame", ("f", "right"), "Next frame", group="Frames"),
    Command("review.previous_frame", ("d", "left"), "Previous frame", group="Frames"),
    Command("review.ahead_ten", ("v", "pagedown"), "10 frames ahead", group="Frames"),
    Command("review.back_ten", ("c", "pageup"), "10 frames back", group="Frames"),
    Command("review.first_frame", ("home",), "First frame", group="Frames"),
    Command("review.last_frame", ("end", "G"), "Last frame", group="Frames"),
    Command(
        "review.go_to",
        ("g",),
        "Go to frame (or count first: 120g)",
        argument="FRAME",
        group="Frames",
    ),
    Command("review.next_marked", ("}",), "Next frame with flag or finding", group="Frames"),
    Command("review.previous_marked", ("{",), "Previous with flag or finding", group="Frames"),
    Command("review.timeline", (";",), "Along the timeline by keys", group="Frames"),
    Command("review.middle_of_gap", ("m",), "Middle of the ball gap", group="Frames"),
    Command("review.play", ("space",), "Play, stop", group="Frames"),
    Command("review.accept_label", ("a",), "Accept label, next one", group="Decide"),
    Command("review.unaccept", ("A",), "Not reviewed after all", group="Decide"),
    Command("review.only", ("E",), "Only this ball: reject the others", group="Decide"),
    Command("review.range", ("r",), "Range from here: ⏎ x F5–F8 act on it", group="Decide"),
    Command("review.flag", ("t",), "Flag: then b, r, p or n", group="Flags"),
    Command("review.bad_frame", ("f5",), "bad_frame", group="Flags"),
    Command("review.needs_human_review", ("f6",), "needs_human_review", group="Flags"),
    Command("review.false_positive_heavy", ("f7",), "false_positive_heavy", group="Flags"),
    Command("review.false_negative_suspected", ("f8",), "false_negative_suspected", group="Flags"),
    Command("review.ball_visible", ("V",), "Ball visible", group="Ball"),
    Command("review.ball_blurred", ("B",), "Ball blurred", group="Ball"),
    Command("review.ball_occluded", ("O",), "Ball occluded", group="Ball"),
    Command("review.ball_out", ("X",), "Ball out of the frame", group="Ball"),
    Command("review.ball_absent", ("Z",), "Ball absent", group="Ball"),
    Command("review.next_label", ("tab", "down"), "Next label", group="Select"),
    Command("review.previous_label", ("shift+tab", "up"), "Previous label", group="Select"),
    Command("review.by_letter", ("b",), "Select by letters", group="Select"),
    Command("review.deselect", ("escape",), "Cancel; select nothing", group="Select"),
    Command("review.left", ("h",), "1 px left (count first: 12h)", group="Edit"),
    Command("review.down", ("j",), "1 px down", group="Edit"),
    Command("review.up", ("k",), "1 px up", group="Edit"),
    Command("review.right", ("l",), "1 px right", group="Edit"),
    Command("review.left_ten", ("H",), "10 px left", group="Edit"),
    Command("review.down_ten", ("J",), "10 px down", group="Edit"),
    Command("review.up_ten", ("K",), "10 px up", group="Edit"),
    Command("review.right_ten", ("L",), "10 px right", group="Edit"),
    Command("review.edges", ("e",), "Move the whole, outer edge, inner edge", group="Edit"),
    Command("review.new", ("n",), "New label by grid", group="Edit"),
    Command("review.copy_previous", ("p",), "Copy from previous frame", group="Edit"),
    Command("review.propagate", ("P",), "Propagate 1 frame (5P: 5)", group="Edit"),
    Command("review.interpolate", ("i",), "Interpolate: shown first", group="Edit"),
    Command("review.redo", ("U", "ctrl+y"), "Redo", group="Edit"),
    Command("review.zoom_in", ("+", "="), "Zoom in", group="Picture"),
    Command("review.zoom_out", ("-",), "Zoom out", group="Picture"),
    Command("review.fit", ("0",), "Whole frame", group="Picture"),
    Command("review.actual", ("\\",), "1:1", group="Picture"),
    Command("review.pan_left", ("shift+left", "<"), "Pan left", group="Picture"),
    Command("review.pan_right", ("shift+right", ">"), "Pan right", group="Picture"),
    Command("review.pan_up", ("shift+up", "^"), "Pan up", group="Picture"),
    Command("review.pan_down", ("shift+down", "_"), "Pan down", group="Picture"),
    Command("review.centre", (",",), "Selection to the middle", group="Picture"),
    Command("review.follow", ("y",), "View follows the selection, or not", group="Picture"),
    Command("review.labels", ("o",), "Labels on the picture, or not", group="Picture"),
    Command("review.prelabels", ("D",), "Show what the model said", group="Picture"),
    Command("review.tone", ("T",), "Brightness and contrast", group="Picture"),
    Command("review.save", ("ctrl+s",), "Save now", group="Draft"),
    Command("review.settle", ("S",), "Settle a conflict, load what is newer", group="Draft"),
    Command("review.versions", ("W", "f2"), "Versions", group="Draft"),
    Command("review.reset", ("R",), "Reset draft", danger=True, group="Draft"),
    Command("review.lineage", ("Y",), "Copy the whole Pack-id", group="Draft"),
    Command("review.meters", ("%",), "Meters", group="Draft"),
    Command("review.leave", ("q",), "Back to the list", group="Draft"),
    Command("review.record", ("M",), "Record keys, or stop", group="Macro"),
    Command("review.replay", ("@",), "Play the keys (5@: on 5 frames)", group="Macro"),
    # review.grid: a picture divided by each key
    Command("review.grid.put", ("enter",), "Put it here", show=True, group="Grid"),
    Command("review.grid.put_snapped", ("space",), "Put and snap", show=True, group="Grid"),
    Command("review.grid.back", ("backspace",), "A step back", show=True, group="Grid"),
    Command("review.grid.cancel", ("escape",), "Cancel", show=True, group="Grid"),
    Command("review.grid.left", ("left",), "1 px left", group="Grid"),
    Command("review.grid.right", ("right",), "1 px right", group="Grid"),
    Command("review.grid.up", ("up",), "1 px up", group="Grid"),
    Command("review.grid.down", ("down",), "1 px down", group="Grid"),
    # review.timeline: the cursor of the timeline
    Command("review.timeline.left", ("left", "h"), "A column back", show=True, group="Along"),
    Command("review.timeline.right", ("right", "l"), "A column on", show=True, group="Along"),
    Command(
        "review.timeline.tenth_back", ("pageup", "H"), "A tenth back", show=True, group="Along"
    ),
    Command("review.timeline.tenth_on", ("pagedown", "L"), "A tenth on", show=True, group="Along"),
    Command("review.timeline.start", ("home",), "First frame", group="Along"),
    Command("review.timeline.end", ("end",), "Last frame", group="Along"),
    Command("review.timeline.next_flag", ("f",), "Next flag", show=True, group="To"),
    Command("review.timeline.previous_flag", ("F",), "Previous flag", group="To"),
    Command("review.timeline.next_finding", ("n",), "Next finding", show=True, group="To"),
    Command("review.timeline.previous_finding", ("N",), "Previous finding", group="To"),
    Command("review.timeline.next_gap", ("g",), "Next gap", show=True, group="To"),
    Command("review.timeline.previous_gap", ("G",), "Previous gap", group="To"),
    Command("review.timeline.next_edit", ("e",), "Next edit", show=True, group="To"),
    Command("review.timeline.previous_edit", ("E",), "Previous edit", group="To"),
    Command("review.timeline.next_unreviewed", ("u",), "Next frame to review", group="To"),
    Command("review.timeline.previous_unreviewed", ("U",), "Frame to review before", group="To"),
    Command("review.timeline.stay", ("enter", ";"), "Stay here", show=True, group="Timeline"),
    Command("review.timeline.back", ("escape", "q"), "Back", show=True, group="Timeline"),
    # review.letters: letters on all labels
    Command("review.letters.cancel", ("escape",), "Cancel", show=True, group="Letters"),
    # review.flags: the second key of a flag
    Command("review.flags.bad", ("b",), "bad_frame", show=True, group="Flags"),
    Command("review.flags.review", ("r",), "needs_human_review", show=True, group="Flags"),
    Command("review.flags.positive", ("p",), "false_positive_heavy", show=True, group="Flags"),
    Command("review.flags.negative", ("n",), "false_negative_suspected", show=True, group="Flags"),
    Command("review.flags.cancel", ("escape",), "Cancel", show=True, group="Flags"),
    # review.ghost: an interpolation that is shown, not taken yet
    # any other key of review drops it and does what it always does
    Command(
        "review.ghost.accept",
        ("enter",),
        "Take it, accept, next",
        show=True,
        group="Interpolation",
    ),
    Command("review.ghost.take", ("i",), "Take it", show=True, group="Interpolation"),
    Command("review.ghost.curve", ("c",), "Curve", show=True, group="Interpolation"),
    Command("review.ghost.next_frame", ("f", "right"), "Next frame", group="Interpolation"),
    Command("review.ghost.previous_frame", ("d", "left"), "Previous", group="Interpolation"),
    Command("review.ghost.cancel", ("escape",), "Drop it", show=True, group="Interpolation"),
    # review.findings, review.packs: the lists under the picture
    Command("review.list.down", ("j", "down"), "Next", group="List"),
    Command("review.list.up", ("k", "up"), "Previous", group="List"),
    Command("review.list.page_down", ("pagedown", "space"), "A page down", group="List"),
    Command("review.list.page_up", ("pageup",), "A page up", group="List"),
    Command("review.list.close", ("escape", "q"), "Close", show=True, group="List"),
    Command("review.findings.jump", ("enter",), "To the label", show=True, group="Findings"),
    Command("review.packs.approve", ("a",), "Approve", show=True, danger=True, group="Packs"),
    Command("review.packs.select", ("enter",), "Publish this pack", show=True, group="Packs"),
    Command("review.packs.reject", ("x",), "Reject", show=True, danger=True, group="Packs"),
    Command("review.packs.retire", ("r",), "Retire", show=True, danger=True, group="Packs"),
    Command("review.packs.details", ("i",), "Full ids", show=True, group="Packs"),
    # conflict: both sides of a 409, or of edits that were set aside and the draft
    Command("conflict.mine", ("m",), "Mine", show=True, group="Conflict"),
    Command("conflict.theirs", ("t",), "Theirs", show=True, group="Conflict"),
    Command("conflict.both", ("b",), "Both", show=True, group="Conflict"),
    Command("conflict.all_mine", ("M",), "Mine for all that is open", group="Conflict"),
    Command("conflict.all_theirs", ("T",), "Theirs for all that is open", group="Conflict"),
    Command("conflict.down", ("j", "down", "]", "tab"), "Next", show=True, group="Conflict"),
    Command("conflict.up", ("k", "up", "[", "shift+tab"), "Previous", group="Conflict"),
    Command("conflict.merge", ("enter",), "Merge and save", show=True, group="Conflict"),
    Command("conflict.zoom_in", ("+", "="), "Zoom in", group="Picture"),
    Command("conflict.zoom_out", ("-",), "Zoom out", group="Picture"),
    Command("conflict.later", ("escape", "q"), "Later", show=True, group="Conflict"),
    # conflict.newer: what is there only with a newer version
    Command(
        "conflict.newer.load_latest",
        ("L",),
        "Load latest",
        show=True,
        danger=True,
        group="Conflict",
    ),
    # versions: every saved version of a draft
    Command("versions.down", ("j", "down"), "Next version", group="Versions"),
    Command("versions.up", ("k", "up"), "Previous version", group="Versions"),
    Command("versions.page_down", ("pagedown",), "A page down", group="Versions"),
    Command("versions.page_up", ("pageup",), "A page up", group="Versions"),
    Command("versions.next_frame", ("f", "right", "]"), "Next difference", show=True, group="Look"),
    Command("versions.previous_frame", ("d", "left", "["), "Previous difference", group="Look"),
    Command("versions.mark", ("m",), "Compare with this one", show=True, group="Versions"),
    Command("versions.restore", ("r",), "Restore", show=True, danger=True, group="Versions"),
    Command("versions.zoom_in", ("+", "="), "Zoom in", group="Look"),
    Command("versions.zoom_out", ("-",), "Zoom out", group="Look"),
    Command("versions.back", ("escape", "q"), "Back", show=True, group="Versions"),
    # --- end of review ---
    # --- help ---
    Command("help.close", ("escape", "q", "?", "f1", "enter"), "Close", show=True, group="Help"),
    Command("help.down", ("j", "down"), "Down", group="Help"),
    Command("help.up", ("k", "up"), "Up", group="Help"),
    Command("help.page_down", ("pagedown", "space"), "A page down", group="Help"),
    Command("help.page_up", ("pageup",), "A page up", group="Help"),
    # --- publish: what will be published ---
    Command("publish.next_pack", ("down", "tab", "j"), "Next pack", show=True, group="Pack"),
    Command("publish.previous_pack", ("up", "shift+tab", "k"), "Previous pack", group="Pack"),
    Command("publish.accept", ("enter",), "Publish", show=True, group="Publish"),
    Command("publish.cancel", ("escape", "q"), "Cancel", show=True, group="Publish"),
    Command("publish.page_down", ("pagedown", "space"), "Scroll down", group="Publish"),
    Command("publish.page_up", ("pageup",), "Scroll up", group="Publish"),
    # --- confirm: yes or no ---
    Command("confirm.accept", ("enter", "y"), "Yes", show=True, group="Confirm"),
    Command("confirm.cancel", ("escape", "n", "q"), "No", show=True, group="Confirm"),
    Command("confirm.page_down", ("down", "j", "pagedown"), "Scroll down", group="Confirm"),
    Command("confirm.page_up", ("up", "k", "pageup"), "Scroll up", group="Confirm"),
    # --- dialogs ---
    Command("dialog.accept", ("enter",), "Accept", show=True, group="Dialog"),
    Command("dialog.cancel", ("escape",), "Cancel", show=True, group="Dialog"),
    Command("dialog.down", ("down", "tab"), "Next line", group="Dialog"),
    Command("dialog.up", ("up", "shift+tab"), "Previous line", group="Dialog"),
    Command("dialog.page_down", ("pagedown",), "A page down", group="Dialog"),
    Command("dialog.page_up", ("pageup",), "A page up", group="Dialog"),
    Command("dialog.copy", ("y",), "Copy this line", group="Dialog"),
)

CONTEXTS: Final[Mapping[str, tuple[str, ...]]] = {
    "runs": ("runs", "list", "ops", "app"),
    "series": ("series", "list", "ops", "app"),
    "history": ("history", "list", "ops", "app"),
    "compare": ("compare", "ops", "app"),
    "audit": ("audit", "list", "ops", "app"),
    "meters": ("meters", "list", "ops", "app"),
    "review": ("review", "app"),
    "review.grid": ("review.grid",),
    "review.timeline": ("review.timeline",),
    "review.letters": ("review.letters",),
    "review.flags": ("review.flags",),
    "review.ghost": ("review.ghost",),
    "review.findings": ("review.findings", "review.list", "app"),
    "review.packs": ("review.packs", "review.list", "app"),
    "conflict": ("conflict", "app"),
    "conflict.newer": ("conflict.newer", "conflict", "app"),
    "versions": ("versions", "app"),
    "publish": ("publish",),
    "confirm": ("confirm",),
    "help": ("help",),
    "dialog": ("dialog",),
    "too_small": ("app",),
}
"""The scopes that are active together; inside a context no key does two things."""

TITLES: Final[Mapping[str, str]] = {
    "runs": "Ops › Prelabels",
    "series": "Label Review Series",
    "history": "Revision History",
    "compare": "Compare revisions",
    "audit": "Audit",
    "meters": "Meters",
    "review": "Review",
    "review.grid": "Review: grid",
    "review.timeline": "Review: timeline",
    "review.letters": "Review: letters",
    "review.flags": "Review: flags",
    "review.ghost": "Review: interpolation",
    "review.findings": "Review: findings",
    "review.packs": "Review: Scoped label packs",
    "conflict": "Conflict",
    "conflict.newer": "Conflict with a newer version",
    "versions": "Versions",
    "publish": "Publish",
    "confirm": "Yes or no",
    "help": "Help",
    "dialog": "Dialogs",
    "too_small": "Too small a terminal",
}
"""How help and docs head a context."""

BY_ID: Final[Mapping[str, Command]] = {command.id: command for command in COMMANDS}

_GLYPHS: Final = {
    "enter": "⏎",
    "escape": "esc",
    "space": "space",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "backspace": "⌫",
    "delete": "del",
}


def display(key: str) -> str:
    """A key as help shows it: `⏎`, `^S`, `⇧tab`, `G`."""
    modifier, _, base = key.rpartition("+") if len(key) > 1 else ("", "", key)
    shown = _GLYPHS.get(base, base.upper() if modifier == "ctrl" else base)
    return {"ctrl": "^", "shift": "⇧"}.get(modifier, "") + shown


def commands_of(scopes: Iterable[str]) -> list[Command]:
    """The commands of these scopes, in the order of the scopes, then of the table."""
    return [command for scope in scopes for command in COMMANDS if command.scope == scope]
