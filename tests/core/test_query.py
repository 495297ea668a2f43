"""The query language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prelabel_tui.core.model.labels import Ball, BallState, Box, Flag, Origin, make_frame
from prelabel_tui.core.triage.query import HELP, Facts, QueryError, facts_of, parse

_BALL = facts_of(
    11,
    make_frame([Ball("b1", 1, 2, 3, 3500)], {Flag.BAD_FRAME}, BallState.BLURRED),
    edited=True,
    findings=("ball.speed",),
    suspicion=0.8,
    tracks=("the ball", "7"),
)
_PLAYERS = facts_of(
    149,
    make_frame(
        [Box("p1", 0, 0, 9, 9, 9000), Box("p2", 0, 0, 9, 9, None, Origin.MANUAL)], reviewed=True
    ),
)
_EMPTY = facts_of(0, make_frame())


@pytest.mark.parametrize(
    ("text", "ball", "players", "empty"),
    [
        ("score<0.4", True, False, False),
        ("score<0.4 and not reviewed", True, False, False),
        ("score >= 0.9", False, True, False),
        ("reviewed", False, True, False),
        ("NOT Reviewed", True, False, True),
        ("count=0", False, False, True),
        ("track=7", True, False, False),
        ("track!=7", False, True, True),
        ("count!=0", True, True, False),
        ("balls=1", True, False, False),
        ("ball", True, False, False),
        ("ball=blurred", True, False, False),
        ("ball=none", False, True, True),
        ("ball!=blurred", False, True, True),
        ("bad_frame", True, False, False),
        ("flag=bad_frame", True, False, False),
        ("flagged or reviewed", True, True, False),
        ("flags>0", True, False, False),
        ("edited", True, False, False),
        ("origin=manual", False, True, False),
        ("origin=model and id=p1", False, True, False),
        ("id=p2", False, True, False),
        ("finding=ball.speed", True, False, False),
        ("findings>0", True, False, False),
        ("suspicion>0.5", True, False, False),
        ("frame in 10..20", True, False, False),
        ("frame=12..12", True, False, False),
        ("100..150", False, True, False),
        ("frame<=1", False, False, True),
        ("not (reviewed or edited)", False, False, True),
        ("reviewed and edited or count=0", False, False, True),
        ("reviewed and (edited or count=0)", False, False, False),
    ],
)
def test_what_queries_mean(text: str, ball: bool, players: bool, empty: bool) -> None:
    query = parse(text)
    assert query.text == text
    assert [query.matches(facts) for facts in (_BALL, _PLAYERS, _EMPTY)] == [ball, players, empty]


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("", 0, "a condition expected"),
        ("scor<0.4", 0, "unknown word “scor”: did you mean “score”?"),
        ("score", 0, "“score” needs a comparison, like score<0.4"),
        ("id", 0, "“id” needs a comparison, like id=p12"),
        ("score<", 6, "a value after < expected"),
        ("score<low", 6, "a number expected, not “low”"),
        ("score<0.4 reviewed", 10, "“and” or “or” expected before “reviewed”"),
        ("(reviewed", 9, "“)” expected"),
        ("(reviewed count", 10, "“)” expected before “count”"),
        ("ball=gone", 5, "“ball” cannot be “gone”: one of visible"),
        ("flag<bad_frame", 4, "“flag” is compared with = or !=, not <"),
        ("frame in 12", 9, "a range like 120..180 expected, not “12”"),
        ("20..10", 0, "the range 20..10 is empty"),
        ("reviewed & edited", 9, "“&” is not part of a query"),
        ("and", 0, "a condition expected, not “and”"),
        ("not", 3, "a condition expected"),
        ("__import__('os')", 11, "“'” is not part of a query"),
        ("\x1b[31m", 0, "is not part of a query"),
    ],
)
def test_errors_say_what_and_where(text: str, position: int, words: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert caught.value.position == position
    assert words in caught.value.text
    assert f"(at character {position + 1})" in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_nesting_has_an_end() -> None:
    with pytest.raises(QueryError, match="too deeply nested"):
        parse("(" * 1000)
    with pytest.raises(QueryError, match="too deeply nested"):
        parse("not " * 1000)


@given(st.text(max_size=40))
def test_any_text_is_a_query_or_an_error_within_it(text: str) -> None:
    fault = None
    try:
        answer: bool | None = parse(text).matches(_BALL)
    except QueryError as error:
        fault, answer = error, None
    assert (answer is None) == (fault is not None)
    assert fault is None or 0 <= fault.position <= len(text)


_conditions = st.sampled_from(["score<0.4", "reviewed", "ball", "count=0", "edited", "100..150"])


@given(_conditions, _conditions, st.sampled_from([_BALL, _PLAYERS, _EMPTY]))
def test_and_or_not_are_those_of_logic(one: str, two: str, facts: Facts) -> None:
    a, b = parse(one).matches(facts), parse(two).matches(facts)
    assert parse(f"{one} and {two}").matches(facts) == (a and b)
    assert parse(f"{one} or {two}").matches(facts) == (a or b)
    assert parse(f"not ({one} or {two})").matches(facts) == (not a and not b)


def test_help_names_every_field() -> None:
    for word in (
        "score",
        "count",
        "frame",
        "reviewed",
        "flag=",
        "origin=",
        "finding=",
        "suspicion",
    ):
        assert word in HELP
