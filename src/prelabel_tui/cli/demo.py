"""`prelabel-tui demo`: the application on a match that the project renders itself."""

from __future__ import annotations

import dataclasses
import sys
from typing import Annotated

import typer

from prelabel_tui.cli.context import globals_of, report


def demo(
    context: typer.Context,
    seed: Annotated[int, typer.Option(min=0, help="Another seed gives another match.")] = 1,
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
    import platformdirs

    from prelabel_tui.core.outcomes import Code

    options = globals_of(context)
    if options.home is None:
        place = platformdirs.user_data_path("prelabel-tui-demo", appauthor=False)
        options = dataclasses.replace(options, home=place)
    if not prepare:
        from prelabel_tui.app import run_app, unsuitable_terminal

        if unsuitable := unsuitable_terminal():
            report(unsuitable, as_json=as_json)
    store, actor = options.open(as_json=as_json)

    from prelabel_tui.demo import make_match
    from prelabel_tui.demo.home import import_demo

    def show(done: int, total: int) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\rdrawing the match: {done} of {total} frames\x1b[K")
            sys.stderr.flush()

    made = import_demo(
        store, actor, make_match(seed), options.data_home() / "demo" / str(seed), show
    )
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
    ready = made.outcome.code in (Code.IMPORT_SUCCESS, Code.IMPORT_ALREADY_PRESENT)
    if prepare or not ready or made.value is None:
        extra = {"run": made.value.as_json()} if made.value else {}
        report(made.outcome, as_json=as_json, extra=extra)
        return
    store.close()
    ended = run_app(options.data_home(), options.database, options.artifacts, options.user)
    if not ended.ok:
        report(ended, as_json=as_json)
