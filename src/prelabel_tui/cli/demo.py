"""`prelabel-tui demo`: the application on a match that the project renders itself."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import platformdirs
import typer

from prelabel_tui.cli.application import open_application
from prelabel_tui.cli.command_tree import new_app
from prelabel_tui.cli.context import globals_of, report
from prelabel_tui.cli.data_folder import open_data_folder
from prelabel_tui.cli.waiting import progress
from prelabel_tui.core.outcomes import Code
from prelabel_tui.demo import make_match
from prelabel_tui.demo.home import import_demo
from prelabel_tui.launch import unsuitable_terminal
from prelabel_tui.tour.clip import import_tour, next_tour

app = new_app()


_OFFER = """\
A tour of nine steps leads through it in some five minutes.  It is offered this once; later,
`prelabel-tui demo --tour` takes it."""


@app.command()
def demo(
    context: typer.Context,
    seed: Annotated[int, typer.Option(min=0, help="Another seed gives another match.")] = 1,
    tour: Annotated[
        bool | None,
        typer.Option(
            "--tour/--no-tour", help="Lead through it in nine steps, on a clip of its own."
        ),
    ] = None,
    prepare: Annotated[
        bool, typer.Option("--prepare", help="Make the match, but do not open the application.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="With --prepare: print one JSON object.")
    ] = False,
) -> None:
    """Try it: 150 frames, 22 players and a ball, with prelabels that are wrong in places.

    Uses the data folder that is named (--home, PRELABEL_HOME), else one beside your own.
    """
    options = globals_of(context)
    if options.home is None:
        place = platformdirs.user_data_path("prelabel-tui-demo", appauthor=False)
        options = dataclasses.replace(options, home=place)
        context.find_root().obj = options
    if not prepare and (unsuitable := unsuitable_terminal()):
        report(unsuitable, as_json=as_json)
    store, actor = open_data_folder(context, as_json=as_json)

    pictures = options.data_home() / "demo"
    number = None
    with progress() as shown:
        if tour:
            number = next_tour(store)
            made = import_tour(store, actor, number, pictures / str(number), shown)
        else:
            made = import_demo(store, actor, make_match(seed), pictures / str(seed), shown)
    is_new = made.outcome.code is not Code.IMPORT_ALREADY_PRESENT
    if tour is None and not prepare and made.value is not None and is_new:
        typer.echo(_OFFER)
        if typer.confirm("Take the tour?", default=True):
            number = next_tour(store)
            with progress() as shown:
                made = import_tour(store, actor, number, pictures / str(number), shown)
    store.close()
    if prepare or made.value is None:
        extra = {"run": made.value.as_json()} if made.value else {}
        report(made.outcome, as_json=as_json, extra=extra)
        return
    open_application(context, tour=number)
