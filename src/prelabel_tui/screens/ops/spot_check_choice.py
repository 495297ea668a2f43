"""Before a spot check: draw a sample, go on with one, or look at a result."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from prelabel_tui.core.assessment import spot_checks
from prelabel_tui.core.assessment.sampling import Wish
from prelabel_tui.core.assessment.spot_checks import WISHES, Plan, SpotCheck
from prelabel_tui.core.catalog.scopes import Scope
from prelabel_tui.core.outcomes import Result
from prelabel_tui.core.text import counted
from prelabel_tui.core.times import minute
from prelabel_tui.screens.ops.spot_check import SpotCheckScreen
from prelabel_tui.screens.ops.spot_result import SpotResultScreen
from prelabel_tui.screens.shared.base import Job, KeyedScreen, OnEscape
from prelabel_tui.screens.shared.list_dialogs import Choice, ChoiceDialog


async def choose_spot_check(screen: KeyedScreen[Any], scope: Scope, typed: str = "") -> None:
    """Ask which spot check of a scope to open, and open it; ``typed``: `5` or `5 99`, percent."""
    shell = screen.shell
    planned = await screen.in_thread(
        lambda _: spot_checks.plan(shell.store, shell.who, scope), title="Looking what is reviewed"
    )
    if planned.value is None:
        screen.show_outcome(planned.outcome)
        return
    chosen: Wish | SpotCheck | None = _wish(typed) if typed else None
    if typed and chosen is None:
        screen.refuse("Type at most how many percent may be wrong, and how surely: `5` or `5 99`.")
        return
    if chosen is None:
        choices = [*_choices(planned.value, shell.who.name)]
        answer = await screen.app.push_screen_wait(
            ChoiceDialog(
                "Spot check",
                choices,
                lines=[
                    scope.title,
                    f"Draft v{planned.value.version}: "
                    f"{counted(planned.value.population, 'reviewed frame')} with a picture.",
                    "You judge frames drawn at random by their labels alone.  If none is wrong, "
                    "the sample shows:",
                ],
                confirm="Open",
            )
        )
        if answer is None:
            return
        chosen = answer.value
    if isinstance(chosen, Wish):
        chosen = await _start(screen, scope, chosen)
    if chosen is not None:
        screen.clear_banner()
        ended = chosen.ended_at is not None
        screen.app.push_screen(
            SpotResultScreen(chosen.id) if ended else SpotCheckScreen(chosen.id, scope)
        )


async def _start(screen: KeyedScreen[Any], scope: Scope, wish: Wish) -> SpotCheck | None:
    shell = screen.shell

    def work(_: Job) -> Result[SpotCheck]:
        return spot_checks.start(shell.store, shell.who, scope, wish)

    done = await screen.in_thread(work, title="Drawing the sample", on_escape=OnEscape.REFUSE)
    if done.value is None:
        screen.show_outcome(done.outcome)
    return done.value


def _choices(plan: Plan, me: str) -> Iterator[Choice]:
    """Yield one's own that go on, what can be drawn, the results, and those of others."""
    going = [check for check in plan.earlier if check.ended_at is None]
    for check in going:
        if check.started_by == me:
            yield Choice(check, f"Go on: {check.text}", _when(check))
    whole = False
    for wish in WISHES:
        size = wish.size(plan.population)
        if size < plan.population:
            yield Choice(wish, wish.text, f"draw {size:,} of {counted(plan.population, 'frame')}")
        elif not whole:
            whole = True
            yield Choice(wish, "the exact share", f"all {counted(plan.population, 'frame')}")
    for check in plan.earlier:
        if check.ended_at is not None:
            yield Choice(check, check.text, _when(check))
    for check in going:
        if check.started_by != me:
            yield Choice(check, check.text, f"{_when(check)}: theirs to judge", enabled=False)


def _when(check: SpotCheck) -> str:
    return f"v{check.draft_version} {minute(check.started_at)} {check.started_by}"


def _wish(typed: str) -> Wish | None:
    """Read `5` or `5 99`; None for anything else."""
    try:
        at_most, *rest = (round(float(part.rstrip("%")) * 10) for part in typed.split())
    except (ValueError, OverflowError):
        return None
    return Wish(at_most, *(rest or [950])) if len(rest) < 2 else None
