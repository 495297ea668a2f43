"""The tour is played by the keys that it says itself, from an empty data folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from prelabel_tui.core.catalog.scopes import find_scope
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.store import Store, open_store
from prelabel_tui.demo.home import WORKSPACE
from prelabel_tui.keys.commands import BY_ID, COMMANDS, display
from prelabel_tui.keys.presets import PRESETS
from prelabel_tui.tour.app import END_KEY, SKIP_KEY, TourApp
from prelabel_tui.tour.clip import import_tour, next_tour, tour_match
from prelabel_tui.tour.line import Said, TourLine
from prelabel_tui.tour.result import ResultDialog, lines_of, read_scores
from prelabel_tui.tour.score import score
from prelabel_tui.tour.steps import STEPS
from tests.ui.driving import screen_text, settle, until

ADA = Actor("ada", Role.ADMIN, "ada@home pid 1")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pictures of the first tour, drawn once."""
    return tmp_path_factory.mktemp("pictures")


@pytest.fixture
def clean(tmp_path: Path, pictures: Path) -> Iterator[Store]:
    """A data folder with the tour's clip and nothing else."""
    store = open_store(tmp_path / "home").unwrap()
    import_tour(store, ADA, next_tour(store), pictures).unwrap()
    yield store
    store.close()


def touring(store: Store) -> TourApp:
    return TourApp(lambda: Result(Outcome(Code.OK), (store, ADA)), tour=next_tour(store))


def said(app: TourApp) -> tuple[str, Said]:
    """What the line of the screen in view says."""
    line = next(iter(app.screen.query(TourLine)), None)
    return (line.head, line.said) if line is not None else ("", Said((), ()))


async def play(pilot: Pilot[Outcome], app: TourApp, until_step: int) -> list[str]:
    """Press what the tour says until it is at a step; return the heads that were shown."""
    heads: list[str] = []
    while app.at < until_step:
        await settle(pilot)
        await until(lambda: bool(said(app)[1].keys and app.screen.query_one(TourLine).size.width))
        before = said(app)
        if before[0] not in heads:
            heads.append(before[0])
        shown = app.screen.query_one(TourLine).render()
        assert "…" not in shown.plain, "all words are shown"
        for key in before[1].keys:
            await pilot.press(key)
        await settle(pilot)
        await until(lambda before=before: app.at >= until_step or said(app) != before)
    return heads


async def test_it_is_played_by_its_own_keys_to_the_errors_before_and_after(clean: Store) -> None:
    app = touring(clean)
    async with app.run_test(size=(80, 24)) as pilot:
        heads = await play(pilot, app, len(STEPS))
        assert [head.split(" ", 2)[1] for head in heads] == [f"{n}/9" for n in range(1, 10)]
        await until(lambda: isinstance(app.screen, ResultDialog))
        await settle(pilot)
        assert "the model       you" in screen_text(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert not isinstance(app.screen, ResultDialog)
    match, media = tour_match(1), "tour-1"
    scores = read_scores(clean, match, media).unwrap()
    before, now = scores[Capability.PLAYER]
    assert before.off > 2_500 > 500 > now.off
    assert before.median > 7 > 2 > now.median
    ball_before, ball_now = scores[Capability.BALL]
    assert ball_now.off == ball_before.off - 1
    assert f"{now.off:>10,}" in lines_of(scores)[6]
    assert next_tour(clean) == 2, "the next tour has another clip"


async def test_what_was_done_is_not_asked_again_and_steps_can_be_skipped(clean: Store) -> None:
    app = touring(clean)
    async with app.run_test(size=(80, 20)) as pilot:
        await play(pilot, app, 3)
    again = touring(clean)
    async with again.run_test(size=(80, 20)) as pilot:
        await settle(pilot)
        await until(lambda: again.at == 2)  # its review is not open yet: nothing is known of it
        await pilot.press("enter")
        await settle(pilot)
        await until(lambda: again.at == 3)
        await pilot.press(SKIP_KEY)
        assert again.at == 4
        await until(lambda: said(again)[0].startswith("Tour 5/9 Flag"))
        await pilot.press(END_KEY)
        await settle(pilot)
        assert said(again)[0] == ""
    scope = find_scope(clean, WORKSPACE, "tour-1", Capability.BALL).unwrap()
    draft = loading.active_draft(clean, scope)
    assert draft is not None
    assert draft.version > 1, "it was done for real"


async def test_a_correction_that_makes_it_worse_does_not_end_the_step(clean: Store) -> None:
    app = touring(clean)
    async with app.run_test(size=(80, 24)) as pilot:
        await play(pilot, app, 3)
        app.at = 5
        await settle(pilot)
        await pilot.press("q")
        await settle(pilot)
        await pilot.press("p")
        await settle(pilot)
        await until(lambda: Capability.PLAYER in app.scene.documents)
        for keys in ("tab", *"9l", "$", "$", "$", "enter"):
            await pilot.press(keys)
            await settle(pilot)
        await until(lambda: "not onto their players" in said(app)[1].parts[0][0])
        assert app.at == 5
        await pilot.press(*said(app)[1].keys)
        await settle(pilot)
        await until(lambda: "same way" in said(app)[1].parts[0][0])


def test_its_words_name_commands_that_there_are_and_its_keys_are_no_others() -> None:
    source = (Path(__file__).parents[2] / "src/prelabel_tui/tour/steps.py").read_text()
    named = re.findall(r"\[\??([a-z]+(?:\.[a-z_]+)+)\]", source)
    assert named
    assert [name for name in named if name not in BY_ID] == []
    keys = {key for command in COMMANDS for key in command.keys}
    keys |= {key for preset in PRESETS.values() for given in preset.values() for key in given}
    assert not keys & {SKIP_KEY, END_KEY}


def test_words_without_a_key_name_the_command() -> None:
    words = Said.of('["9"][a.b] or [?c.d]', lambda name: ("k",) if name == "a.b" else (), display)
    assert words.keys == ("9", "k")
    assert "".join(part for part, _ in words.parts) == "9k or :c.d"


def test_the_truth_has_no_errors() -> None:
    match = tour_match(1)
    for capability in Capability:
        truth = match.truth[capability]
        nothing = score(truth, truth)
        assert (nothing.median, nothing.off, nothing.missed, nothing.false) == (0, 0, 0, 0)
