"""Samples and what they say: known values, exact coverage, and a simulation with real draws."""

from __future__ import annotations

import hashlib
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prelabel_tui.core.assessment.sampling import Estimate, Wish, draw

FIVE = Wish(50, 950)


@pytest.mark.parametrize(
    ("size", "wrong", "text"),
    [
        (93, 3, "3 of 93 wrong: 3.2 % (0.7–9.1 %, 95 %)"),
        (72, 0, "0 of 72 wrong: 0.0 % (0.0–5.0 %, 95 %)"),
        (50, 5, "5 of 50 wrong: 10.0 % (3.3–21.8 %, 95 %)"),
        (10, 10, "10 of 10 wrong: 100.0 % (69.2–100.0 %, 95 %)"),
    ],
)
def test_of_very_many_frames_it_is_the_interval_of_clopper_and_pearson(
    size: int, wrong: int, text: str
) -> None:
    assert Estimate(10_000_000, size, wrong, FIVE).text == text


def test_the_size_for_very_many_frames_is_the_closed_form() -> None:
    for wish, share, tail in ((FIVE, 0.05, 0.025), (Wish(20, 990), 0.02, 0.005)):
        assert wish.size(50_000_000) == math.ceil(math.log(tail) / math.log(1 - share))


def test_judging_all_frames_leaves_nothing_open() -> None:
    found = Estimate(20, 20, 2, FIVE)
    assert (found.fewest, found.most, found.share) == (2, 2, 0.1)
    assert found.meaning == "Every reviewed frame was judged: the share is exact."
    assert found.text == "2 of 20 wrong: 10.0 % (exact)"
    assert Wish(10, 950).size(1) == 1


def _choose(population: int, all_wrong: int, size: int, wrong: int) -> float:
    good = math.comb(population - all_wrong, size - wrong)
    return math.comb(all_wrong, wrong) * good / math.comb(population, size)


@pytest.mark.parametrize(("population", "size"), [(60, 20), (150, 55), (37, 36), (9, 1)])
def test_whatever_is_true_the_interval_holds_it_often_enough(population: int, size: int) -> None:
    """Exact, by whole numbers: every sample weighed by its chance."""
    found = [Estimate(population, size, wrong, FIVE) for wrong in range(size + 1)]
    for truth in range(population + 1):
        covered = sum(
            _choose(population, truth, size, wrong)
            for wrong in range(max(0, size - population + truth), min(size, truth) + 1)
            if found[wrong].fewest <= truth <= found[wrong].most
        )
        assert covered >= 0.95 - 1e-9, truth


@pytest.mark.parametrize("truth", [0, 4, 20, 75])
def test_the_interval_against_a_simulation(truth: int) -> None:
    """Frames drawn as the program draws them, by 1,000 seeds: the interval holds the truth."""
    frames, chance = range(150), random.Random(truth)
    wrong = set(chance.sample(frames, truth))
    size = FIVE.size(len(frames))
    held, found = 0, []
    for number in range(1_000):
        sample = draw(f"{chance.getrandbits(128):032x}", frames, size)
        assert len(set(sample)) == size, number
        found.append(len(wrong.intersection(sample)))
    for one in found:
        estimate = Estimate(len(frames), size, one, FIVE)
        held += estimate.fewest <= truth <= estimate.most
    assert held >= 935, "at least 95 %, with room for 1,000 draws"
    assert sum(found) / len(found) == pytest.approx(size * truth / 150, rel=0.05)


@settings(max_examples=60, deadline=None)
@given(
    population=st.integers(1, 3_000),
    at_most=st.integers(1, 300),
    certainty=st.sampled_from([800, 950, 990]),
)
def test_the_size_is_the_least_that_can_show_what_is_wanted(
    population: int, at_most: int, certainty: int
) -> None:
    wish = Wish(at_most, certainty)
    size = wish.size(population)
    assert 1 <= size <= population
    assert Estimate(population, size, 0, wish).shown
    if size > 1:
        assert not Estimate(population, size - 1, 0, wish).shown


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_an_interval_is_around_the_share_and_grows_with_it(data: st.DataObject) -> None:
    population = data.draw(st.integers(2, 500))
    size = data.draw(st.integers(1, population))
    wrong = data.draw(st.integers(0, size - 1))
    one, two = (Estimate(population, size, some, FIVE) for some in (wrong, wrong + 1))
    for found in (one, two):
        assert found.wrong <= found.fewest <= found.most <= population - size + found.wrong
        assert not (found.shown and found.refuted)
    assert (one.fewest <= two.fewest, one.most <= two.most) == (True, True)


def test_a_sample_is_drawn_as_the_docs_say() -> None:
    frames = [3, 5, 8, 13, 21]
    lots = {frame: hashlib.sha256(f"5eed:{frame}".encode()).hexdigest() for frame in frames}
    assert draw("5eed", frames, 3) == tuple(sorted(frames, key=lambda frame: lots[frame])[:3])
    assert draw("5eed", reversed(frames), 9) == draw("5eed", frames, 5)
    assert draw("other", range(500), 20) != draw("5eed", range(500), 20)


def test_what_it_says_of_what_was_wanted() -> None:
    def said(wrong: int) -> str:
        return Estimate(1_500, 93, wrong, FIVE).answer

    assert said(0) == "At most 5 % wrong: shown."
    assert "may be so, or not" in said(3)
    assert said(20) == "At most 5 % wrong: no, more are wrong."
    assert Wish(25, 990).text == "at most 2.5 % wrong, 99 % certain"
