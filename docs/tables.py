"""Makes the tables of the docs from the program's own tables and imports: `make docs`."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import grimp

from prelabel_tui.core.identity.actions import NEEDS
from prelabel_tui.core.outcomes import TABLE
from prelabel_tui.core.validation.rules import NEIGHBOURS, RULES, Rule
from prelabel_tui.help.page import Page
from prelabel_tui.help.signs import SIGNS
from prelabel_tui.help.words import WORDS

HERE = Path(__file__).parent


def outcomes() -> str:
    """Return docs/outcomes.md."""
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
left to bugs and to a group of commands that is named alone; 74 says that standard output is full or
closed (what was done stands), 130 that Ctrl-C ended a command that has no outcome of its own for
it, or that a second one did not wait for its end, 141 that nobody reads the pipe any more.

{_table(("Code", "Status", "Severity", "Exit", "Sentence", "Next step", "Retry safe"), rows)}"""


def validation_rules() -> str:
    """Return docs/validation-rules.md."""
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
what is in force.  What a revision was judged by is in its provenance.  "Packs" says whether
the rule also judges a run's label pack when it is imported (`packs validate` judges it again).

{_table(("Rule", "Severity", "Capability", "Meaning", "Threshold", "Packs"), rows)}
A player count is compared with the median of the {NEIGHBOURS} frames on each side.  The speed of
the ball uses the frames' times, else the clip's rate, between neighbouring frames with one ball
each; where neither is known the rule does not apply.  Frames without a thumbnail cannot be
reviewed: they count for `frame.unseen`, not for `frame.unreviewed`.  What has a thumbnail is
looked at as it is now, whatever was there at the import.  Frames that are left out of the content
are not judged, and their labels do not count as deleted.
"""


def _threshold(rule: Rule) -> str:
    if rule.threshold is None:
        return ""
    return f"{rule.threshold:g} {rule.unit} ({rule.minimum:g} to {rule.maximum:g})"


def architecture() -> str:
    """Return docs/architecture.md: its text is in the page, its drawings are made here."""
    page = (HERE / "architecture.md").read_text(encoding="utf-8")
    for package in ("prelabel_tui", "prelabel_tui.core"):
        drawing = f"<!-- {package} -->\n```text\n{_drawing(package)}```\n"
        pattern = rf"<!-- {re.escape(package)} -->\n```text\n.*?```\n"
        page, found = re.subn(pattern, lambda _, new=drawing: new, page, flags=re.DOTALL)
        assert found == 1, package
    return page


def security() -> str:
    """Return docs/security.md: its text is in the page, its table of roles is made here."""
    page = (HERE / "security.md").read_text(encoding="utf-8")
    rows = [(need.what, need.role.value, f"`{action}`") for action, need in NEEDS.items()]
    table = _table(("Action", "Role", "In the audit log"), rows)
    pattern = r"<!-- actions -->\n(\|.*\n)+"
    page, found = re.subn(pattern, lambda _: f"<!-- actions -->\n{table}", page)
    assert found == 1
    return page


def glossary() -> str:
    """Return docs/glossary.md: its first section is made here."""
    page = (HERE / "glossary.md").read_text(encoding="utf-8")
    page, found = re.subn(
        r"(?s)<!-- words -->\n.*?<!-- end of words -->\n",
        lambda _: f"<!-- words -->\n{_groups(WORDS, '###')}<!-- end of words -->\n",
        page,
    )
    assert found == 1
    return page


def signs() -> str:
    """Return docs/signs.md."""
    return f"""# Signs

Made from `src/prelabel_tui/help/signs.py` by `make docs`; a test fails when this file says
something else, or when a screen has a sign that is not here.  `?` and Tab show the same on every
screen, `prelabel-tui help signs` in a shell.

{_groups(SIGNS, "##")}"""


def _groups(page: Page, level: str) -> str:
    """Return the groups of a page of help, each as a table under its title."""
    parts = []
    for group in page.groups:
        rows = [(line.term.replace("|", "\\|"), line.text) for line in group.lines]
        parts.append(f"{level} {group.title}\n\n{_table(('', ''), rows)}")
    return "\n".join(parts)


def _drawing(package: str) -> str:
    """Return the rooms of a package from the highest to the lowest, and what each imports."""
    rooms = _layers(package)
    arrows = imports_between(package)
    width = max(map(len, rooms)) + 2
    text = ""
    for room in rooms:
        text += f"{room:{width}}{_first_line(package, room)}\n"
        if below := [other for other in rooms if other in arrows[room]]:
            text += f"{'':{width}}→ {' '.join(below)}\n"
    return text


def _first_line(package: str, room: str) -> str:
    """Return the first line of a room's docstring, without importing it."""
    path = HERE.parent / "src" / Path(*package.split(".")) / room
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return (ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or "").split("\n")[0]


def imports_between(package: str) -> dict[str, set[str]]:
    """Map each room of a package to the others that its modules import, for typing included."""
    graph = grimp.build_graph("prelabel_tui")
    rooms: dict[str, set[str]] = {room: set() for room in _layers(package)}
    for room, arrows in rooms.items():
        inside = {f"{package}.{room}", *graph.find_descendants(f"{package}.{room}")}
        for module in inside:
            for other in graph.find_modules_directly_imported_by(module):
                if other.startswith(f"{package}."):
                    arrows.add(other.removeprefix(f"{package}.").split(".")[0])
        arrows.discard(room)
    return rooms


def _layers(package: str) -> list[str]:
    """Return the rooms of a package in the order of its import contract, the highest first."""
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    (layers,) = (one["layers"] for one in contracts if one.get("containers") == [package])
    return [room.strip("() ") for layer in layers for room in layer.split("|")]


def _table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [headers, ["---"] * len(headers), *rows]
    return "".join(f"| {' | '.join(str(cell) for cell in line)} |\n" for line in lines)


PAGES: dict[str, Callable[[], str]] = {
    "architecture.md": architecture,
    "glossary.md": glossary,
    "outcomes.md": outcomes,
    "security.md": security,
    "signs.md": signs,
    "validation-rules.md": validation_rules,
}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")
