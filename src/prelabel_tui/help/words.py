"""The words of the screens, in a sentence each."""

from __future__ import annotations

from typing import Final

from prelabel_tui.help.page import Group, Line, Page

WORDS: Final = Page(
    "words",
    "Words",
    (
        Group(
            "What is reviewed",
            (
                Line("workspace", "A team's clips and rules: an arena, a season, a customer."),
                Line("media", "A clip: the frames of one video or folder, in order."),
                Line("capability", "What labels are about: ball_detection or player_detection."),
                Line("scope", "One capability of one media in one workspace: what is reviewed."),
                Line("run", "What a detector found on a clip, brought in at once."),
                Line("outcome line", "What a run has for one capability."),
                Line("prelabel", "A label that a detector placed and nobody has looked at."),
                Line("label", "A ball point or a player box on one frame."),
                Line("thumbnail", "The picture of a frame; without one it cannot be edited."),
                Line(
                    "short id",
                    "run-, pre-, pack-, draft-, rev-, check- or note-, then 8 digits.",
                ),
                Line("track", "The labels of one thing through the clip, one a frame at most."),
            ),
        ),
        Group(
            "Reviewing",
            (
                Line("draft", "The labels of a scope while they are reviewed; saved by itself."),
                Line("active draft", "The draft that a scope's review opens: one at most."),
                Line("version", "A save of the draft: v1, v2, … Each can be brought back."),
                Line("conflict", "Somebody saved a newer version: it is merged, label by label."),
                Line("set aside", "Your edits, kept while you load the latest; they come back."),
                Line("reviewed", "A person accepted the frame as it is."),
                Line("left out", "The frame is not part of what is published."),
                Line("frame flag", "What stays doubtful about a frame (see the playbook)."),
                Line("note", "A question or remark on a frame or label; answered, then resolved."),
                Line("finding", "What a rule says about the draft: an error or a warning."),
                Line("queue", "The order in which frames are looked at: the doubtful ones first."),
                Line("range", "Frames from a mark to here; accepting and flagging act on all."),
                Line("to carry on", "To do to other frames what was done to a label in one."),
            ),
        ),
        Group(
            "Publishing",
            (
                Line("prelabel pack", "The labels that a run brought for one capability; id pre-…"),
                Line(
                    "scoped label pack",
                    "Labels of a scope that a lead decides about; id pack-…",
                ),
                Line("publish pack", "The approved pack that the next revision is published by."),
                Line("revision", "Published labels, r1, r2, …: never changed, with a hash."),
                Line("content hash", "SHA-256 of a revision's labels; anybody can recompute it."),
                Line("lineage", "Where labels came from: Pack-id, Manual or Legacy/Unknown."),
                Line("override", "A lead publishes in spite of warnings, with a reason."),
                Line(
                    "eligibility",
                    "Whether data sets may use a revision: Reviewed, Approved, Revoked.",
                ),
                Line("data set", "Approved revisions, frozen under a name."),
                Line("spot check", "A lead judges some reviewed frames, drawn at random."),
                Line("audit log", "Who did what and when: a chain that shows what is missing."),
                Line("head", "The hash at the end of that chain; note it to prove the rest."),
            ),
        ),
        Group(
            "People",
            (
                Line("reviewer", "Edits, publishes, submits packs for approval."),
                Line("lead", "Also approves, rejects, overrides, decides eligibility, assigns."),
                Line("admin", "Also manages users and locks, removes, upgrades, restores."),
            ),
        ),
    ),
)
