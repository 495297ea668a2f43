"""`prelabel-tui report`: what the reviews say about a run's detector."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from prelabel_tui.cli.command_tree import new_app
from prelabel_tui.cli.context import bad_input, fail, print_json
from prelabel_tui.cli.data_folder import open_data_folder
from prelabel_tui.cli.scope_options import AsJson
from prelabel_tui.cli.table import print_table
from prelabel_tui.cli.waiting import progress
from prelabel_tui.core.assessment.detection import Group
from prelabel_tui.core.assessment.page import page
from prelabel_tui.core.assessment.reports import RunsReport, assess_model, assess_run
from prelabel_tui.core.datasets.output import write_file
from prelabel_tui.core.model.labels import Capability

_BAR = 20

app = new_app()


@app.command()
def report(
    context: typer.Context,
    runs: Annotated[
        list[str] | None,
        typer.Argument(help="Id of a run, or a beginning of it; of two they are compared."),
    ] = None,
    model: Annotated[
        list[str] | None, typer.Option(help="All runs of this model, as one side; repeatable.")
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(help="Also write one HTML file, which must not be there yet."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what reviews found of a detector: precision, recall and errors of its prelabels."""
    wanted = [(assess_run, run) for run in runs or ()] + [
        (assess_model, name) for name in model or ()
    ]
    if len(wanted) not in (1, 2):
        bad_input("report takes one run or --model, or two of them.", as_json=as_json)
    store, _ = open_data_folder(context, as_json=as_json)
    sides: list[RunsReport] = []
    for find, name in wanted:
        with progress() as shown:
            found = find(store, name, shown)
        if found.value is None:
            fail(found.outcome, as_json=as_json)
        sides.append(found.value)
    if html is not None:
        try:
            write_file(html, page(sides).encode())
        except OSError as error:
            bad_input(f"{html}: cannot be written ({error.strerror}).", as_json=as_json)
    if as_json:
        print_json({"sides": [side.as_json() for side in sides]})
        return
    for capability in Capability:
        _show(capability, [side for side in sides if capability in side.reports])
    for side in sides:
        for line in side.left_out:
            typer.echo(f"Not compared: {line}", err=True)


def _show(capability: Capability, sides: Sequence[RunsReport]) -> None:
    """Print the report of a capability, two sides under each other line by line."""
    for side in sides:
        found = side.reports[capability]
        ap = found.average_precision
        typer.echo(
            f"{side.name}, {capability}: {found.frames:,} reviewed frames, hits {found.threshold}, "
            f"average precision {'–' if ap is None else f'{ap:.3f}'}"
        )
        for error in found.errors:
            typer.echo(f"  {error.name:<9} {error.text}")
    if not sides:
        return
    several = len(sides) > 1
    rows = []
    for kind in ("all", *sides[0].reports[capability].groups):
        groups = [_groups(side, capability, kind) for side in sides]
        for name in dict.fromkeys(name for side in groups for name in side):
            for number, of_side in enumerate(groups, 1):
                if name in of_side:
                    which = f"{name} ({number})" if several else name
                    rows.append((kind, which, *_cells(of_side[name])))
    print_table(("BY", "GROUP", "PRECISION", "", "RECALL", "", "HITS", "FALSE", "MISSED"), rows, "")
    typer.echo("")


def _groups(side: RunsReport, capability: Capability, kind: str) -> dict[str, Group]:
    found = side.reports[capability]
    groups = (found.whole,) if kind == "all" else found.groups[kind]
    return {group.name: group for group in groups}


def _cells(group: Group) -> tuple[str, ...]:
    return (
        *_share(group.precision),
        *_share(group.recall),
        f"{group.hit:,}",
        f"{group.false:,}",
        _missed(group),
    )


def _missed(group: Group) -> str:
    return "–" if group.missed is None else f"{group.missed:,}"


def _share(share: float | None) -> tuple[str, str]:
    if share is None:
        return "–", ""
    full = round(share * _BAR)
    return f"{share:.1%}", "█" * full + "░" * (_BAR - full)
