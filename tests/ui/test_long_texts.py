"""At 80×24 no sentence is cut, and names so that they are told apart; a key shows them whole."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from prelabel_tui.core.store import Store
from prelabel_tui.widgets.cutting import PARTS, fit, wrapped
from prelabel_tui.widgets.status.bars import KeyBar
from tests import matches
from tests.ui.applications import MakeApp, app_on
from tests.ui.demo_home import ADA
from tests.ui.driving import app_of, press, screen_text, settle
from tests.ui.reviewing import Review, reviewing

_WORDS = " ".join(f"word{number:02}" for number in range(40))
"""A refusal of 279 characters."""


def _shown(review: Review) -> str:
    """What the screen shows, its lines joined."""
    return " ".join(screen_text(review.pilot).split())


async def test_a_long_refusal_is_read_whole(make_app: MakeApp, demo_store: Store) -> None:
    async with reviewing(make_app, demo_store, size=(80, 24)) as review:
        review.context.display.refuse(_WORDS)
        await review.rest()
        shown = _shown(review)
        assert all(f"word{number:02}" in shown for number in range(40))
        assert "…" not in shown.split("word00")[1].split("word39")[0]
        assert "Autosave: saved" in shown
        await review.press("f")
        assert "word39" not in _shown(review)
        assert review.screen.query_one(KeyBar).size.height == 1


async def test_a_long_notice_and_a_long_selection_are_read_whole(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store, size=(80, 24)) as review:
        line = review.context.display.queue
        notice = "12 of 13 players: boxes are 6.5 px too far left and 2.5 px too high; 314,159 more"
        line.show(notice=f"{notice}; | shows them")
        await review.rest()
        assert f"{notice}; | shows them" in _shown(review)
        left_alone = "left alone: 4 reviewed, 1 by hand, 60 without picture"
        much = f"60 labels on 60 frames · 1 track · {left_alone}"
        line.show(mode=much)
        await review.rest()
        assert much in _shown(review)
        assert line.size.height == 2
        line.show(mode="", notice="")
        await review.rest()
        assert line.size.height == 1


@given(
    st.text(st.sampled_from("ab 球é"), max_size=60).map(str.strip),
    st.integers(4, 20),
    st.integers(1, 20),
)
def test_wrapped_lines_hold_the_text_and_fit(text: str, width: int, first: int) -> None:
    lines = wrapped(text, width, min(first, width))
    assert cell_len(lines[0]) <= min(first, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert text.startswith(lines[0])


@given(
    st.lists(st.text(st.sampled_from("ab-球é"), min_size=1, max_size=40), min_size=1, max_size=3),
    st.integers(0, 60),
)
def test_a_name_that_is_cut_keeps_something_of_each_part(parts: list[str], width: int) -> None:
    name = PARTS.join(parts)
    cut = fit(name, width)
    assert cell_len(cut) <= width
    assert (cut == name) is (cell_len(name) <= width)
    if width >= 5 * len(parts):
        for part, left in zip(parts, cut.split(PARTS), strict=True):
            assert left == part or (left.endswith("…") and part.startswith(left.rstrip("… ")))


async def test_scopes_with_long_names_are_told_apart_at_80_columns(demo_store: Store) -> None:
    workspace, media = "regional-academy-league-north-division-a", "2026-11-28-" + "arena-" * 8
    draft = matches.enter(demo_store, ADA, workspace=workspace, media=media).draft
    async with app_on(demo_store).run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        heading = next(line for line in screen_text(pilot).splitlines() if "regional" in line)
        assert "succeeded" in heading
        assert "2026-11-28" in heading
        assert heading.rstrip().endswith("…")
        app_of(pilot).open_review(draft)
        await settle(pilot)
        title = screen_text(pilot).splitlines()[0]
        for part in ("reg", "2026", "play", draft.lineage.label):
            assert part in title, title
        await press(pilot, "ctrl+k", "j")
        assert media in screen_text(pilot)
        assert draft.id in screen_text(pilot)
