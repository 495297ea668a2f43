"""The outcomes, by what kind of answer they are."""

from __future__ import annotations

from typing import Final

from prelabel_tui.core.outcomes import TABLE, Code, Entry, Status
from prelabel_tui.help.page import Group, Line, Page

_KINDS: Final = {
    Status.BAD_INPUT: "What was given cannot be used",
    Status.FORBIDDEN: "Another role is needed",
    Status.NOT_FOUND: "It is not there",
    Status.CONFLICT: "Something changed first",
    Status.UNPROCESSABLE: "It may not be done as things are",
    Status.LOCKED: "Somebody else is doing it",
    Status.INTERNAL: "It could not be recorded",
    Status.STORAGE: "Storage fails",
    Status.OK: "Done, or nothing to do",
}


def outcome_line(code: Code, entry: Entry) -> Line:
    """Return what an outcome means and what to do next."""
    again = "safe to repeat" if entry.retry_safe else "do not repeat it unchanged"
    return Line(
        code.value,
        f"{entry.sentence} → {entry.next_step}",
        f"{again} · exit code {entry.exit_code}",
    )


def explained(code: Code) -> Group:
    """Return the group that explains the outcome that is on the screen."""
    line = outcome_line(code, TABLE[code])
    sentence, _, step = line.text.partition(" → ")
    return Group(
        "What happened",
        (
            Line(line.term, sentence),
            Line("Next step", step),
            Line("", line.aside.capitalize()),
        ),
    )


OUTCOMES: Final = Page(
    "outcomes",
    "Outcomes",
    tuple(
        Group(
            f"{status.value} · {kind}",
            tuple(outcome_line(code, row) for code, row in TABLE.items() if row.status is status),
        )
        for status, kind in _KINDS.items()
    ),
)
