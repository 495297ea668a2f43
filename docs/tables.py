"""Makes the tables of the docs from the program's own tables: `make docs`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from prelabel_tui.core.outcomes import TABLE
from prelabel_tui.core.validation.rules import NEIGHBOURS, RULES, Rule

HERE = Path(__file__).parent


def outcomes() -> str:
    """docs/outcomes.md."""
    rows = [
        (
            f"`{code}`",
            entry.status.value,
            entry.severity.value,
            entry.exit_code,
            entry.sentence,
            entry.next_step,
            "yes" if entry.retry_safe else "no",
        )
        for code, entry in TABLE.items()
    ]
    return f"""# Outcomes

Made from `src/prelabel_tui/core/outcomes.py` by `make docs`; a test fails when this file says
something else.  Every operation ends in one of these codes.  A screen shows it in its banner with
the next step; a command prints `CODE: sentence detail → next step` (on stderr unless it is a
success or information), with `--json` one object with `code`, `status`, `severity`, `sentence`,
`detail`, `next_step`, `retry_safe` and `data`, and ends with the exit code.  Exit codes 1 and 2 are
left to the shell and to wrong options.

{_table(("Code", "Status", "Severity", "Exit", "Sentence", "Next step", "Retry safe"), rows)}"""


def validation_rules() -> str:
    """docs/validation-rules.md."""
    rows = [
        (
            f"`{rule.id}`",
            rule.severity.value,
            rule.capability or "both",
            rule.meaning,
            _threshold(rule),
            "no" if rule.reviewing else "yes",
        )
        for rule in RULES
    ]
    return f"""# Validation rules

Made from `src/prelabel_tui/core/validation/rules.py` by `make docs`; a test fails when this file
says something else.  Errors block publishing (`VALIDATION_HARD_FAIL`) and fail a pack; warnings
need a lead's override with a reason (`WARNINGS_REQUIRE_OVERRIDE`, `OVERRIDE_FORBIDDEN`).

A lead sets a workspace's threshold with `prelabel-tui workspaces set WORKSPACE RULE VALUE`, and
turns a warning off with `off` for the value.  `prelabel-tui workspaces thresholds WORKSPACE` shows
what is in force.  What a revision was judged by stands in its provenance.  "Packs" says whether
the rule also judges a run's label pack when it is imported (`packs validate` judges it again).

{_table(("Rule", "Severity", "Capability", "Meaning", "Threshold", "Packs"), rows)}
A player count is compared with the median of the {NEIGHBOURS} frames to each side.  The speed of
the ball uses the frames' times, else the clip's rate, else 25 frames a second, between neighbouring
frames with one ball each.  Frames without a thumbnail cannot be reviewed: they count for
`frame.unseen`, not for `frame.unreviewed`.
"""


def _threshold(rule: Rule) -> str:
    if rule.threshold is None:
        return ""
    return f"{rule.threshold:g} {rule.unit} ({rule.minimum:g} to {rule.maximum:g})"


def _table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [headers, ["---"] * len(headers), *rows]
    return "".join(f"| {' | '.join(str(cell) for cell in line)} |\n" for line in lines)


PAGES: dict[str, Callable[[], str]] = {
    "outcomes.md": outcomes,
    "validation-rules.md": validation_rules,
}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")
