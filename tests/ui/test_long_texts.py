"""No sentence that a person needs is cut at 80×24: lines grow for one that they do not hold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from prelabel_tui.core.store import Store
from prelabel_tui.widgets.status.bars import KeyBar, wrapped
from tests.ui.applications import MakeApp
from tests.ui.driving import screen_text
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
