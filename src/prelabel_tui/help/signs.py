"""Every sign that the screens use, and what it means; a test finds those that are missing."""

from __future__ import annotations

from typing import Final

from prelabel_tui.help.page import Group, Line, Page

SIGNS: Final = Page(
    "signs",
    "Signs",
    (
        Group(
            "Timeline, upper row: the curve",
            (
                Line("▁ ▄ █", "Speed of the ball, or how sure the model was: the higher the more"),
                Line("·", "Something that should be in this frame is missing: a gap"),
                Line("▼", "You are here, where there is no curve"),
                Line(
                    "colours",
                    "How doubtful: little, more, most. The reason stands beside the queue's name",
                ),
            ),
        ),
        Group(
            "Timeline, lower row: what was decided",
            (
                Line("✎", "An open note, on the frame or a label of it"),
                Line("⚑", "A frame flag is set"),
                Line("!", "A finding"),
                Line("×", "Left out of what is published"),
                Line("┼ ╋", "Edited by you: not yet reviewed, reviewed"),
                Line("─ ╍ ━", "Reviewed: none, some, all of the frames in this column"),
            ),
        ),
        Group(
            "Timeline, third row: a selection or a track",
            (
                Line("▪ ■", "One label, several labels that change"),
                Line("▫", "Selected, but left alone: reviewed, or without a picture"),
                Line("◆", "The track was changed here"),
                Line("·", "The track is missing here"),
            ),
        ),
        Group(
            "The frame's line",
            (
                Line("○", "Not reviewed"),
                Line("✓", "Reviewed, by whom and when; “accepted unseen”: without its picture"),
                Line("×", "Left out of what is published"),
                Line("⚑", "A frame flag, in full"),
                Line("✎", "How many notes on it and its labels are open"),
            ),
        ),
        Group(
            "Labels beside the picture",
            (
                Line("*", "From the model, then changed"),
                Line("+", "Put by hand"),
                Line("~", "Interpolated between two frames"),
                Line("»", "Copied or propagated from another frame"),
                Line("✓", "Accepted by itself"),
                Line("✎", "An open note"),
                Line("↑ ↓", "More labels above, below"),
                Line(".91 –", "Score of the model; it gave none"),
            ),
        ),
        Group(
            "Outlines in the picture",
            (
                Line("thin line", "A label of the model"),
                Line("dashes", "The model hardly believed it: a low score"),
                Line("corners", "Brackets and ticks, bright and black in turn: selected"),
                Line("two lines", "A second line around: what the next key would act on"),
                Line("ticks", "Outward at the corners: edited; at the middle of the sides: added"),
                Line("dots", "Interpolated"),
                Line("grey dots", "A ghost: where a label was, or would be"),
                Line("one side", "Doubled on the left: mine; on the right: theirs"),
                Line("ring", "A ball of its size, with a cross whose arms start outside of it"),
                Line("letters", "Type them to select the label"),
            ),
        ),
        Group(
            "Lists",
            (
                Line("●", "Before a run: its status. Before names: they have the draft open"),
                Line("✓ name", "Ready for the lead; whose it is"),
                Line("✗2 !5 ⚑3", "Errors, warnings, flagged frames of a draft"),
                Line("◆", "The revision that is marked for a comparison"),
                Line("◉ ○", "The pack that is published; one that could be"),
                Line("● beside a track", "The track of the selected label"),
                Line("–", "Nothing, or not known"),
                Line("…", "Cut here, or still being counted; `i` shows it whole"),
            ),
        ),
        Group(
            "Outcomes and findings",
            (
                Line("✓", "Done"),
                Line("·", "For your information"),
                Line("!", "A warning: a lead may override it with a reason"),
                Line("✗", "An error; in a line that begins with it: why a key did nothing"),
            ),
        ),
        Group(
            "Conflicts and figures",
            (
                Line("▌ ┆", "Mine and theirs; what it was before both"),
                Line("█ ▓ ░", "Kept, moved, deleted of the prelabels"),
                Line("⌀", "Diameter of the ball"),
                Line("+ − →", "More, less; from one to the other"),
            ),
        ),
    ),
)
