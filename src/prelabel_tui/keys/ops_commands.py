"""Commands of the application, of Ops and of its lists, with their keys."""

from __future__ import annotations

from typing import Annotated, TypedDict

from prelabel_tui.core.identity.actions import Action
from prelabel_tui.keys.command import ArgumentHandler, Handler, Keys

# app: everywhere
AppCommands = TypedDict(
    "AppCommands",
    {
        "app.help": Annotated[
            ArgumentHandler,
            Keys("?", "f1", text="Help", show=True, argument="WHAT", group="Application"),
        ],
        "app.command": Annotated[Handler, Keys(":", text="Command line", group="Application")],
        "app.palette": Annotated[
            Handler, Keys("ctrl+p", text="Command palette", group="Application")
        ],
        "app.graphics": Annotated[
            ArgumentHandler,
            Keys("ctrl+g", text="How pictures are shown", argument="NAME", group="Application"),
        ],
        "app.zone": Annotated[
            ArgumentHandler,
            Keys(text="Your time zone", argument="NAME", group="Application"),
        ],
        "app.quit": Annotated[Handler, Keys("ctrl+q", "ctrl+c", text="Quit", group="Application")],
    },
)

# ops: the screens of the Ops area
OpsCommands = TypedDict(
    "OpsCommands",
    {
        "ops.prelabels": Annotated[Handler, Keys("1", text="Ops › Prelabels", group="Go to")],
        "ops.series": Annotated[Handler, Keys("2", text="Series", show=True, group="Go to")],
        "ops.audit": Annotated[Handler, Keys("3", text="Audit", show=True, group="Go to")],
        "ops.metrics": Annotated[Handler, Keys("4", text="Metrics", show=True, group="Go to")],
        "ops.datasets": Annotated[Handler, Keys("5", text="Data sets", group="Go to")],
        "ops.back": Annotated[Handler, Keys("escape", "q", text="Back", group="Go to")],
    },
)

# list: every table
ListCommands = TypedDict(
    "ListCommands",
    {
        "list.down": Annotated[Handler, Keys("j", "down", text="Next row", group="Rows")],
        "list.up": Annotated[Handler, Keys("k", "up", text="Previous row", group="Rows")],
        "list.page_down": Annotated[
            Handler, Keys("pagedown", "space", text="A page down", group="Rows")
        ],
        "list.page_up": Annotated[Handler, Keys("pageup", text="A page up", group="Rows")],
        "list.first": Annotated[Handler, Keys("g", "home", text="First row", group="Rows")],
        "list.last": Annotated[
            Handler, Keys("G", "end", text="Last row loaded; again loads more", group="Rows")
        ],
        "list.details": Annotated[Handler, Keys("i", text="Details", show=True, group="Rows")],
        "list.copy": Annotated[Handler, Keys("y", text="Copy the id", group="Rows")],
        "list.refresh": Annotated[Handler, Keys("R", "f5", text="Refresh", group="Rows")],
    },
)

# runs: Ops › Prelabels
RunsCommands = TypedDict(
    "RunsCommands",
    {
        "runs.review": Annotated[
            Handler, Keys("enter", "r", text="Review", show=True, group="Review")
        ],
        "runs.review_ball": Annotated[
            Handler, Keys("b", text="Review ball_detection", group="Review")
        ],
        "runs.review_player": Annotated[
            Handler, Keys("p", text="Review player_detection", group="Review")
        ],
        "runs.carry": Annotated[
            Handler, Keys("`", text="Carry corrections onto this run", group="Review")
        ],
        "runs.history": Annotated[
            Handler, Keys("h", text="Revision history", show=True, group="Review")
        ],
        "runs.report": Annotated[
            Handler, Keys("e", text="What the review says about the detector", group="Review")
        ],
        "runs.remove": Annotated[
            Handler,
            Keys(
                "D",
                text="Remove a run that nothing depends on",
                short="Remove",
                show=True,
                danger=True,
                group="Review",
                needs=Action.RUN_REMOVE,
            ),
        ],
        "runs.workspace": Annotated[
            ArgumentHandler, Keys("w", text="Filter by workspace", argument="NAME", group="Filter")
        ],
        "runs.media": Annotated[
            ArgumentHandler, Keys("m", "/", text="Filter by media", argument="NAME", group="Filter")
        ],
        "runs.status": Annotated[
            ArgumentHandler, Keys("s", text="Filter by status", argument="STATUS", group="Filter")
        ],
        "runs.capability": Annotated[
            ArgumentHandler,
            Keys("c", text="Filter by capability", argument="CAPABILITY", group="Filter"),
        ],
        "runs.for": Annotated[
            ArgumentHandler,
            Keys("f", text="Filter by whose it is: mine", argument="NAME", group="Filter"),
        ],
        "runs.clear": Annotated[Handler, Keys("x", text="Clear the filters", group="Filter")],
    },
)

# series: Label Review Series
SeriesCommands = TypedDict(
    "SeriesCommands",
    {
        "series.review": Annotated[
            Handler, Keys("enter", "r", text="Review", show=True, group="Review")
        ],
        "series.next_scope": Annotated[
            Handler, Keys(")", text="Review the most doubtful scope", group="Review")
        ],
        "series.doubt": Annotated[
            Handler, Keys("o", text="By doubt or name", short="By doubt", show=True, group="Review")
        ],
        "series.history": Annotated[
            Handler, Keys("h", text="Revision history", short="History", show=True, group="Review")
        ],
        "series.assign": Annotated[
            ArgumentHandler,
            Keys("a", text="Assign", show=True, argument="NAME", group="Work"),
        ],
        "series.ready": Annotated[
            Handler, Keys("t", text="Ready for the lead", show=True, group="Work")
        ],
        "series.spot_check": Annotated[
            ArgumentHandler,
            Keys(
                "p",
                text="Spot check",
                show=True,
                argument="PERCENT",
                group="Work",
                needs=Action.SPOT_CHECK_START,
            ),
        ],
        "series.sort": Annotated[
            ArgumentHandler, Keys("S", text="Sort", argument="ORDER", group="Work")
        ],
        "series.workspace": Annotated[
            ArgumentHandler, Keys("w", text="Filter by workspace", argument="NAME", group="Filter")
        ],
        "series.capability": Annotated[
            ArgumentHandler,
            Keys("c", text="Filter by capability", argument="CAPABILITY", group="Filter"),
        ],
        "series.for": Annotated[
            ArgumentHandler,
            Keys("f", text="Filter by whose it is: mine", argument="NAME", group="Filter"),
        ],
        "series.state": Annotated[
            ArgumentHandler,
            Keys("s", text="Filter by what is left", argument="STATE", group="Filter"),
        ],
        "series.dataset": Annotated[
            ArgumentHandler,
            Keys("d", text="Filter by dataset eligibility", argument="STATUS", group="Filter"),
        ],
        "series.clear": Annotated[Handler, Keys("x", text="Clear the filters", group="Filter")],
    },
)

# history: Revision history
HistoryCommands = TypedDict(
    "HistoryCommands",
    {
        "history.approve": Annotated[
            Handler,
            Keys(
                "a",
                text="Approve for dataset",
                show=True,
                group="Dataset eligibility",
                needs=Action.ELIGIBILITY_APPROVE,
            ),
        ],
        "history.revoke": Annotated[
            Handler,
            Keys(
                "v",
                text="Revoke",
                show=True,
                danger=True,
                group="Dataset eligibility",
                needs=Action.ELIGIBILITY_REVOKE,
            ),
        ],
        "history.mark": Annotated[
            Handler, Keys("m", text="Mark to compare from", group="Revisions")
        ],
        "history.compare": Annotated[
            Handler, Keys("c", text="Compare", show=True, group="Revisions")
        ],
        "history.open": Annotated[
            Handler,
            Keys("enter", "o", text="Open read-only", short="Open", show=True, group="Revisions"),
        ],
        "history.new_draft": Annotated[
            Handler,
            Keys(
                "n",
                text="New draft from this revision",
                danger=True,
                group="Revisions",
            ),
        ],
    },
)

# compare: two revisions on the frame
CompareCommands = TypedDict(
    "CompareCommands",
    {
        "compare.next_difference": Annotated[
            Handler, Keys("n", "]", text="Next difference", show=True, group="Differences")
        ],
        "compare.previous_difference": Annotated[
            Handler, Keys("N", "[", text="Previous difference", show=True, group="Differences")
        ],
        "compare.next_frame": Annotated[
            Handler, Keys("l", "right", text="Next frame", show=True, group="Frames")
        ],
        "compare.previous_frame": Annotated[
            Handler, Keys("h", "left", text="Previous frame", show=True, group="Frames")
        ],
        "compare.go_to": Annotated[
            ArgumentHandler, Keys("f", text="Go to frame", argument="FRAME", group="Frames")
        ],
        "compare.first_frame": Annotated[
            Handler, Keys("g", "home", text="First frame", group="Frames")
        ],
        "compare.last_frame": Annotated[
            Handler, Keys("G", "end", text="Last frame", group="Frames")
        ],
        "compare.down": Annotated[Handler, Keys("j", "down", text="Next label", group="Labels")],
        "compare.up": Annotated[Handler, Keys("k", "up", text="Previous label", group="Labels")],
        "compare.zoom_in": Annotated[
            Handler, Keys("+", "=", text="Zoom in", show=True, group="Picture")
        ],
        "compare.zoom_out": Annotated[
            Handler, Keys("-", text="Zoom out", show=True, group="Picture")
        ],
        "compare.sides": Annotated[
            Handler, Keys("t", text="Both, from only, to only", show=True, group="Picture")
        ],
        "compare.details": Annotated[
            Handler, Keys("i", text="Full hashes and details", group="Labels")
        ],
    },
)

# audit: the audit log
AuditCommands = TypedDict(
    "AuditCommands",
    {
        "audit.user": Annotated[
            ArgumentHandler, Keys("u", text="Filter by user", argument="NAME", group="Filter")
        ],
        "audit.action": Annotated[
            ArgumentHandler, Keys("a", text="Filter by action", argument="ACTION", group="Filter")
        ],
        "audit.subject": Annotated[
            ArgumentHandler, Keys("s", text="Filter by subject id", argument="ID", group="Filter")
        ],
        "audit.since": Annotated[
            ArgumentHandler, Keys("d", text="Since a date", argument="DATE", group="Filter")
        ],
        "audit.clear": Annotated[Handler, Keys("x", text="Clear the filters", group="Filter")],
        "audit.open": Annotated[Handler, Keys("enter", text="Full entry", show=True, group="Rows")],
    },
)

# datasets: what was frozen for training
DatasetsCommands = TypedDict(
    "DatasetsCommands",
    {
        "datasets.open": Annotated[
            Handler, Keys("enter", "o", text="Its revisions now", show=True, group="Data sets")
        ],
        "datasets.create": Annotated[
            Handler,
            Keys(
                "n",
                text="Freeze what is approved",
                show=True,
                group="Data sets",
                needs=Action.DATASET_CREATE,
            ),
        ],
        "datasets.diff": Annotated[
            Handler, Keys("c", text="Compare with the next older", show=True, group="Data sets")
        ],
    },
)

# spot_check: frames drawn at random, judged by their labels alone
SpotCheckCommands = TypedDict(
    "SpotCheckCommands",
    {
        "spot_check.right": Annotated[
            Handler, Keys("enter", text="Right", show=True, group="Judge")
        ],
        "spot_check.wrong": Annotated[Handler, Keys("x", text="Wrong", show=True, group="Judge")],
        "spot_check.previous": Annotated[
            Handler, Keys("b", "backspace", text="Back to the last", show=True, group="Judge")
        ],
        "spot_check.end": Annotated[
            Handler, Keys("e", text="Result, once all are judged", show=True, group="Judge")
        ],
        "spot_check.next_label": Annotated[
            Handler, Keys("tab", text="Next label", show=True, group="Picture")
        ],
        "spot_check.zoom_in": Annotated[
            Handler, Keys("+", "=", text="Zoom in", show=True, group="Picture")
        ],
        "spot_check.zoom_out": Annotated[
            Handler, Keys("-", text="Zoom out", show=True, group="Picture")
        ],
    },
)

# spot_result: what a spot check found
SpotResultCommands = TypedDict(
    "SpotResultCommands",
    {
        "spot_result.approve": Annotated[
            Handler,
            Keys(
                "a",
                text="Approve its pack",
                show=True,
                group="Result",
                needs=Action.PACK_APPROVE,
            ),
        ],
        "spot_result.copy": Annotated[
            Handler, Keys("y", text="Copy the evidence", show=True, group="Result")
        ],
    },
)

# report: what the review says about a detector
ReportCommands = TypedDict(
    "ReportCommands",
    {
        "report.compare": Annotated[
            ArgumentHandler,
            Keys("c", text="Compare with another run", show=True, argument="ID", group="Report"),
        ],
        "report.capability": Annotated[
            Handler, Keys("v", text="The other capability", show=True, group="Report")
        ],
    },
)

# metrics: the pace of reviewing
MetricsCommands = TypedDict(
    "MetricsCommands",
    {
        "metrics.by_reviewer": Annotated[
            Handler, Keys("u", text="By reviewer", show=True, group="Group rows")
        ],
        "metrics.by_run": Annotated[
            Handler, Keys("r", text="By run", show=True, group="Group rows")
        ],
        "metrics.by_session": Annotated[
            Handler, Keys("s", text="By session", show=True, group="Group rows")
        ],
    },
)
