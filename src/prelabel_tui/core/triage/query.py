"""A small language to ask for frames: ``score<0.4 and not reviewed``.

It is parsed, never evaluated as code.  What the words mean is a :class:`Vocabulary`: another one
asks for labels (:mod:`label_query`).
"""

from __future__ import annotations

import difflib
import operator
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final, NamedTuple

from prelabel_tui.core.model.labels import SCORE_UNIT, Ball, BallState, Flag, Frame, Origin
from prelabel_tui.core.text import printable

HELP: Final = """\
score<0.4  count>=23  balls=2  findings>0  suspicion>0.5   numbers: < <= = != >= >
frame in 120..180, or 120..180   frames as they are counted, from 1
reviewed  flagged  edited  ball   and each flag: bad_frame needs_human_review …
seen  missing (no picture)  left_out  changed (not as the prelabels)
flag=bad_frame  origin=manual  ball=absent  ball=none  finding=RULE  id=p12  track=p12
and  or  not  ( )"""


class QueryError(ValueError):
    """A query that is not valid; ``position`` is the character (from 0) where it is not."""

    def __init__(self, text: str, position: int) -> None:
        super().__init__(f"{text} (at character {position + 1})")
        self.text = text
        self.position = position


@dataclass(frozen=True)
class Facts:
    """What a query can ask about a frame.

    ``edited``: by this person; ``changed``: not as the prelabels have it; ``seen``: its picture was
    on the screen; ``missing``: it has none.
    """

    index: int
    frame: Frame
    edited: bool = False
    changed: bool = False
    seen: bool = False
    missing: bool = False
    findings: Sequence[str] = ()
    suspicion: float = 0.0
    tracks: Collection[str] = ()


def facts_of(
    index: int,
    frame: Frame,
    *,
    edited: bool = False,
    changed: bool = False,
    seen: bool = False,
    missing: bool = False,
    findings: Sequence[str] = (),
    suspicion: float = 0.0,
    tracks: Collection[str] = (),
) -> Facts:
    """Collect the facts of a frame; ``findings`` are rule ids, ``tracks`` names."""
    return Facts(index, frame, edited, changed, seen, missing, findings, suspicion, tracks)


_Test = Callable[[Any], Any]
"""Of what the vocabulary is about, to what its tests give."""


@dataclass(frozen=True)
class Query:
    """A parsed query.  ``words``: what it asks about."""

    text: str
    words: frozenset[str]
    _test: _Test

    def matches(self, facts: Facts) -> bool:
        """Say whether a frame answers it."""
        return bool(self._test(facts))


def _lowest_score(facts: Facts) -> float | None:
    scores = [label.score for label in facts.frame.labels if label.score is not None]
    return min(scores) / SCORE_UNIT if scores else None


def _balls(facts: Facts) -> float:
    return sum(isinstance(label, Ball) for label in facts.frame.labels)


_NUMBERS: Final[dict[str, Callable[[Facts], float | None]]] = {
    "score": _lowest_score,
    "frame": lambda facts: facts.index + 1,
    "count": lambda facts: len(facts.frame.labels),
    "balls": _balls,
    "findings": lambda facts: len(facts.findings),
    "flags": lambda facts: len(facts.frame.flags),
    "suspicion": lambda facts: facts.suspicion,
}


def _ball_is(facts: Facts, value: str) -> bool:
    if value == "none":
        return facts.frame.ball is None
    return facts.frame.ball == value


_WORDS: Final[dict[str, tuple[Callable[[Facts, str], bool], tuple[str, ...] | None]]] = {
    "flag": (lambda facts, value: value in facts.frame.flags, tuple(Flag)),
    "origin": (
        lambda facts, value: any(label.origin == value for label in facts.frame.labels),
        tuple(Origin),
    ),
    "ball": (_ball_is, (*BallState, "none")),
    "finding": (lambda facts, value: value in facts.findings, None),
    "id": (lambda facts, value: facts.frame.label(value) is not None, None),
    "track": (lambda facts, value: value in facts.tracks, None),
}
"""Field: whether a frame has the value, and the values there are (None: any)."""


def _has(flag: Flag) -> _Test:
    return lambda facts: flag in facts.frame.flags


_BARE: Final[dict[str, _Test]] = {
    "reviewed": lambda facts: facts.frame.reviewed,
    "flagged": lambda facts: bool(facts.frame.flags),
    "edited": lambda facts: facts.edited,
    "changed": lambda facts: facts.changed,
    "seen": lambda facts: facts.seen,
    "missing": lambda facts: facts.missing,
    "left_out": lambda facts: facts.frame.left_out,
    "ball": lambda facts: _balls(facts) > 0,
    **{flag.value: _has(flag) for flag in Flag},
}

SIGNS: Final[dict[str, Callable[[Any, float], Any]]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
}


@dataclass(frozen=True)
class Vocabulary:
    """What the words of a query mean: functions of what is asked about, which test it.

    A test gives a bool, or an array of them for many at once.  ``compare`` compares a number
    with a value by a sign of :data:`SIGNS`.
    """

    numbers: Mapping[str, Callable[[Any], Any]]
    words: Mapping[str, tuple[Callable[[Any, str], Any], tuple[str, ...] | None]]
    bare: Mapping[str, Callable[[Any], Any]]
    compare: Callable[[Any, str, float], Any]


def _compared(value: float | None, sign: str, wanted: float) -> bool:
    return value is not None and bool(SIGNS[sign](value, wanted))


FRAMES: Final = Vocabulary(_NUMBERS, _WORDS, _BARE, _compared)
"""The words that ask for frames."""

_TOKEN = re.compile(
    r"\s*(?:(?P<span>\d+\s*\.\.\s*\d+)|(?P<number>\d+(?:\.\d+)?(?![\w.:-]))"
    r"|(?P<mark><=|>=|==|!=|[<>=()])|(?P<word>[\w][\w.:-]*)|(?P<bad>\S))"
)
_DEEPEST = 50


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


def parse(text: str) -> Query:
    """Read a query for frames.  QueryError, with the position, when it is not valid."""
    words = frozenset(token.text.lower() for token in _tokens(text) if token.kind == "word")
    return Query(text.strip(), words, parse_test(text, FRAMES))


def parse_test(text: str, vocabulary: Vocabulary) -> Callable[[Any], Any]:
    """Read a query in a vocabulary as one test.  QueryError when it is not valid."""
    parser = _Parser(_tokens(text), len(text), vocabulary)
    test = parser.either(0)
    if parser.left:
        token = parser.left[0]
        raise QueryError(f"“and” or “or” expected before {_quoted(token.text)}", token.at)
    return test


def _quoted(text: str) -> str:
    return f"“{printable(text, 30)}”"


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    position = 0
    while match := _TOKEN.match(text, position):
        kind = match.lastgroup or "bad"
        token = _Token(kind, match[kind], match.start(kind))
        if kind == "bad":
            raise QueryError(f"{_quoted(token.text)} is not part of a query", token.at)
        found.append(token)
        position = match.end()
    return found


class _Parser:
    """Recursive descent; ``left`` are the tokens not read yet."""

    def __init__(self, tokens: list[_Token], end: int, vocabulary: Vocabulary) -> None:
        self.left = tokens
        self.end = end
        self.words = vocabulary

    def _take(self, wanted: str) -> _Token:
        if not self.left:
            raise QueryError(f"{wanted} expected", self.end)
        return self.left.pop(0)

    def _next_is(self, *texts: str) -> bool:
        return bool(self.left) and self.left[0].text.lower() in texts

    def either(self, depth: int) -> _Test:
        tests = [self.both(depth)]
        while self._next_is("or"):
            self.left.pop(0)
            tests.append(self.both(depth))
        return _joined(operator.or_, tests)

    def both(self, depth: int) -> _Test:
        tests = [self.negated(depth)]
        while self._next_is("and"):
            self.left.pop(0)
            tests.append(self.negated(depth))
        return _joined(operator.and_, tests)

    def negated(self, depth: int) -> _Test:
        if depth > _DEEPEST:
            raise QueryError("too deeply nested", self.left[0].at if self.left else self.end)
        if self._next_is("not"):
            self.left.pop(0)
            test = self.negated(depth + 1)
            return lambda facts: test(facts) ^ True
        if self._next_is("("):
            self.left.pop(0)
            inner = self.either(depth + 1)
            closing = self._take("“)”")
            if closing.text != ")":
                raise QueryError(f"“)” expected before {_quoted(closing.text)}", closing.at)
            return inner
        return self.condition()

    def condition(self) -> _Test:
        token = self._take("a condition")
        name = token.text.lower()
        words = self.words
        if token.kind == "span":
            return self._between("frame", token)
        if token.kind != "word" or name in ("and", "or", "in"):
            raise QueryError(f"a condition expected, not {_quoted(token.text)}", token.at)
        if self._next_is(*SIGNS) and (name in words.numbers or name in words.words):
            return self.comparison(name)
        if self._next_is("in") and name in words.numbers:
            self.left.pop(0)
            span = self._take("a range like 120..180")
            if span.kind != "span":
                raise QueryError(
                    f"a range like 120..180 expected, not {_quoted(span.text)}", span.at
                )
            return self._between(name, span)
        if name in words.bare:
            return words.bare[name]
        if name in words.numbers or name in words.words:
            example = _example(name, words)
            raise QueryError(f"“{name}” needs a comparison, like {example}", token.at)
        known = [*words.numbers, *words.words, *words.bare]
        near = difflib.get_close_matches(name, known, n=1)
        hint = f": did you mean “{near[0]}”?" if near else ""
        raise QueryError(f"unknown word {_quoted(token.text)}{hint}", token.at)

    def comparison(self, name: str) -> _Test:
        sign = self.left.pop(0)
        value = self._take(f"a value after {sign.text}")
        if name in self.words.numbers:
            if value.kind == "span" and sign.text in ("=", "=="):
                return self._between(name, value)
            if value.kind != "number":
                raise QueryError(f"a number expected, not {_quoted(value.text)}", value.at)
            field, compare = self.words.numbers[name], self.words.compare
            return lambda facts: compare(field(facts), sign.text, float(value.text))
        holds, choices = self.words.words[name]
        if sign.text not in ("=", "==", "!="):
            raise QueryError(f"“{name}” is compared with = or !=, not {sign.text}", sign.at)
        wanted = value.text if choices is None else value.text.lower()
        if choices is not None and wanted not in choices:
            raise QueryError(
                f"“{name}” cannot be {_quoted(value.text)}: one of {', '.join(choices)}", value.at
            )
        if sign.text == "!=":
            return lambda facts: holds(facts, wanted) ^ True
        return lambda facts: holds(facts, wanted)

    def _between(self, name: str, span: _Token) -> _Test:
        field, compare = self.words.numbers[name], self.words.compare
        low, high = _ends(span)

        def test(facts: Any) -> Any:
            value = field(facts)
            return compare(value, ">=", low) & compare(value, "<=", high)

        return test


def _joined(join: Callable[[Any, Any], Any], tests: Sequence[_Test]) -> _Test:
    if len(tests) == 1:
        return tests[0]
    return lambda facts: reduce(join, (test(facts) for test in tests))


def _example(name: str, words: Vocabulary) -> str:
    if name in words.numbers:
        return f"{name}<0.4" if name in ("score", "suspicion") else f"{name}>1"
    choices = words.words[name][1]
    return f"{name}={choices[0] if choices else 'p12'}"


def _ends(token: _Token) -> tuple[int, int]:
    first, last = (int(part) for part in token.text.split(".."))
    if last < first:
        raise QueryError(f"the range {token.text} is empty", token.at)
    return first, last
