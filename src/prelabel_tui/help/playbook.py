"""The operator guide's frame review playbook, in its own words."""

from __future__ import annotations

from typing import Final

from prelabel_tui.help.page import Group, Line, Page

PLAYBOOK: Final = Page(
    "playbook",
    "Playbook",
    (
        Group(
            "Use this simple rule",
            (
                Line("", "If the correct annotation is clear, edit it."),
                Line(
                    "",
                    "If the frame is still risky or ambiguous after editing, add one or more frame "
                    "flags.",
                ),
            ),
        ),
        Group(
            "When to edit: ball detection",
            (
                Line("", "Move the point to the real ball."),
                Line("", "Delete fake extra ball points."),
                Line("", "Add a missing ball point when the ball is clearly visible."),
            ),
        ),
        Group(
            "When to edit: player detection",
            (
                Line("", "Move or resize obviously wrong boxes."),
                Line("", "Delete clear false positives."),
                Line("", "Add clearly missing player boxes."),
            ),
        ),
        Group(
            "When to use frame flags",
            (
                Line(
                    "bad_frame",
                    "The frame itself is poor quality: blur, motion smear, occlusion, broken "
                    "frame, or unusable camera cut.",
                ),
                Line(
                    "needs_human_review",
                    "You are still uncertain after your best effort and want explicit follow-up.",
                ),
                Line(
                    "false_positive_heavy",
                    "The model produced many extra detections that are not real objects of "
                    "interest.",
                ),
                Line(
                    "false_negative_suspected",
                    "Real objects appear to be missing from the predictions.",
                ),
            ),
        ),
        Group(
            "Use both edit and flag when needed",
            (
                Line("", "Fix what is obvious."),
                Line("", "Then add a flag if the frame still carries quality or review risk."),
            ),
        ),
    ),
)
