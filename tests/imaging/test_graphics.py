"""Telling answers from keys, and choosing a way to show pictures."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from prelabel_tui.imaging.terminal.choose_backend import choose, colours_of
from prelabel_tui.imaging.terminal.replies import (
    ANSWER_HOLD_SECONDS,
    AnswerFilter,
    PictureRefused,
    TerminalAnswers,
    picture_refused,
    questions,
)

KITTY = "\x1b_Gi=4211;OK\x1b\\"
DA1 = "\x1b[?62;4;22c"
ANSWERS = (
    DA1,
    KITTY,
    "\x1b_Gi=301,p=4;ENOENT:Put command refers to non-existent image\x1b\\",
    "\x1bP>|XTerm(379)\x1b\\",
    "\x1bP>|kitty(0.26.5)\x1b\\",
    "\x1b[6;20;10t",
    "\x1b[4;800;1200t",
    "\x1b[?1;0;256S",
    "\x1b[?2;0;1000;1000S",
    "\x1b[>41;379;0c",
    "\x1b[?5u",
)
MORE_ANSWERS = (
    "\x1b[?997;1n",
    "\x1b[0n",
    "\x1b[8;40;120t",
    "\x1b[6;20t",
    "\x1b[4;;t",
    "\x1b]11;rgb:1a1a/2b2b/3c3c\x1b\\",
    "\x1b]4;1;rgb:ffff/0000/0000\x07",
    "\x1bP!|00000000\x1b\\",
    "\x1bP1+r544e=787465726d\x1b\\",
    "\x1bP>|" + "x" * 9000 + "\x1b\\",
    "\x1b[?" + "1;" * 3000 + "c",
)
"""Wrong, endless, and to questions that nobody asked."""
KEYS = (
    "a",
    "É",
    "t",
    " ",
    "\r",
    "\t",
    "\x1b[A",
    "\x1b[1;5C",
    "\x1b[5~",
    "\x1bOP",
    "\x1b[97;5u",
    "\x1b[<0;12;7M",
    "\x1b[<64;1;1m",
    "\x1b[I",
    "\x1b[48;40;120;800;1200t",
    "\x1b[?2026;2$y",
    "\x1bx",
    "\x1b[200~pasted [6;20;10t text\x1b[201~",
)


@given(
    st.lists(st.sampled_from(ANSWERS + KEYS), max_size=12),
    st.lists(st.tuples(st.integers(1, 9), st.floats(0, 0.09)), min_size=1),
)
def test_keys_pass_and_answers_do_not_however_they_are_cut(
    parts: list[str], cuts: list[tuple[int, float]]
) -> None:
    stream = "".join(parts)
    answers = AnswerFilter()
    now, got, found, turn = 0.0, "", [], 0
    while stream:
        length, pause = cuts[turn % len(cuts)]
        turn += 1
        piece, stream = stream[:length], stream[length:]
        keys, some = answers.feed(piece, now)
        now += pause
        got += keys + answers.expire(now)
        found += some
    assert got + answers.expire(now + 1) == "".join(part for part in parts if part in KEYS)
    assert [one for one in found if not one.endswith("$y")] == [
        part for part in parts if part in ANSWERS
    ]


SEQUENCES = tuple(key for key in KEYS if key[0] in "\x1b\r\t")


@st.composite
def talks(draw: st.DrawFn) -> tuple[list[tuple[str, float]], str]:
    """What a terminal sends, in pieces with pauses after each, and the keys among it."""
    pieces: list[tuple[str, float]] = []
    keys = ""
    # After an answer that was cut short a letter cannot be told from its rest.
    cut_short = False
    for _ in range(draw(st.integers(1, 10))):
        kind = draw(st.sampled_from(["key", "answer", "cut", "late"]))
        if kind == "late":
            pieces.append(("", draw(st.floats(3.1, 20))))
            cut_short = False
            continue
        if kind == "key":
            text = draw(st.sampled_from(SEQUENCES if cut_short else KEYS))
            keys += text
        else:
            text = draw(st.sampled_from(ANSWERS + MORE_ANSWERS))
        cut_short = kind == "cut"
        if cut_short:
            # Not so early that it may be a key, nor between the two characters of its end.
            least = 5 if text[1] in "P_]" else text.find(";") + 1
            least = least or (3 if text[2] in "?>=" else len(text))
            text = text[: draw(st.integers(min(least, len(text)), len(text)))]
            text = text.removesuffix("\x1b")
        while text:
            length = draw(st.integers(1, len(text)))
            pieces.append((text[:length], draw(st.floats(0, 0.09))))
            text = text[length:]
    return pieces, keys


@given(talks())
def test_answers_late_wrong_repeated_and_cut_short_never_become_keys(
    talk: tuple[list[tuple[str, float]], str],
) -> None:
    pieces, keys = talk
    answers, now, got = AnswerFilter(), 0.0, ""
    for piece, pause in pieces:
        got += answers.feed(piece, now)[0] if piece else ""
        now += pause
        got += answers.expire(now)
    now += ANSWER_HOLD_SECONDS
    got += answers.expire(now)
    assert got == keys


def test_a_paste_passes_whole_and_what_comes_after_it_is_seen() -> None:
    answers = AnswerFilter()
    paste = "\x1b[200~one \x1b[6;20;10t \x1b[201~"
    got = answers.feed(DA1 + paste[:-3], 0.0)[0]
    assert answers.expire(1.0) == "", "the end of the paste is on its way"
    got += answers.feed(paste[-3:] + KITTY + "q", 1.2)[0]
    assert got == "\x1b[200~one ␛[6;20;10t \x1b[201~q"


@given(
    st.text(st.sampled_from("\x1b[20~1\ra✓;O"), max_size=30),
    st.lists(st.tuples(st.integers(1, 7), st.floats(0, 4)), min_size=1),
)
def test_an_escape_in_a_paste_is_text_however_it_is_cut(
    text: str, cuts: list[tuple[int, float]]
) -> None:
    assume("\x1b[201~" not in text and not text.endswith("\x1b[201"[: len(text)]))
    stream = f"\x1b[200~{text}\x1b[201~"
    answers = AnswerFilter()
    now, got, turn = 0.0, answers.feed(stream[:6], 0.0)[0], 0
    stream = stream[6:]
    while stream:
        length, pause = cuts[turn % len(cuts)]
        turn += 1
        got += answers.feed(stream[:length], now)[0]
        stream = stream[length:]
        if stream:
            now += min(pause, 2.9)
            got += answers.expire(now)
    assert got == "\x1b[200~" + text.replace("\x1b", "␛") + "\x1b[201~"


def test_escape_after_half_an_answer_is_a_key() -> None:
    answers = AnswerFilter()
    assert answers.feed("\x1b_Gi=4211;O\x1b", 0.0) == ("", [])
    assert answers.expire(ANSWER_HOLD_SECONDS) == "\x1b"


@pytest.mark.parametrize(
    "answer",
    ["\x1b[6;99999;1t", "\x1b[6;0;10t", "\x1b[4;1;99999999t", "\x1b[?2;0;9999999;1S", "\x1b[6;20t"],
)
def test_sizes_that_no_terminal_has_are_not_believed(answer: str) -> None:
    assert TerminalAnswers().having(answer) == TerminalAnswers()


@pytest.mark.parametrize("key", ["\x1b", "\x1b[", "\x1bP", "\x1b_", "\x1b[1"])
def test_a_key_that_looks_like_a_beginning_is_held_briefly(key: str) -> None:
    answers = AnswerFilter()
    assert answers.feed(key, 5.0) == ("", [])
    assert answers.expire(5.05) == ""
    assert answers.expire(5.11) == key
    assert answers.expire(9.0) == ""


def test_half_an_answer_is_dropped_and_the_keys_after_it_live() -> None:
    answers = AnswerFilter()
    assert answers.feed("\x1bP>|XTe", 0.0) == ("", [])
    assert answers.expire(1.0) == ""
    assert answers.expire(ANSWER_HOLD_SECONDS) == ""
    assert answers.feed("q", 4.0) == ("q", [])


def test_answers_add_up() -> None:
    answers = TerminalAnswers()
    assert not answers.any
    for text in (*ANSWERS, "\x1b[?2026;2$y", "\x1b[?2048;0$y"):
        answers = answers.having(text)
    assert answers == TerminalAnswers(
        attributes=(62, 4, 22),
        version="kitty(0.26.5)",
        cell=(10, 20),
        window=(1200, 800),
        kitty="OK",
        synchronized=True,
        sixel_colours=256,
        sixel_size=(1000, 1000),
    )
    assert answers.complete
    assert answers.having("nonsense") == answers


def test_refused_pictures_are_told() -> None:
    assert [picture_refused(text) for text in ANSWERS if picture_refused(text)] == [
        PictureRefused(301, "ENOENT")
    ]


@pytest.mark.parametrize(
    ("environ", "has", "lacks"),
    [
        ({"TERM": "xterm-256color"}, ["\x1b[c", "\x1b_G", "\x1b[16t"], []),
        ({"TERM": "xterm-256color"}, ["\x1b]1337;File=inline=1;size=67;"], []),
        ({"TERM": "tmux-256color"}, ["\x1b[c"], ["\x1b_G", "1337"]),
        ({"TERM": "xterm-256color", "TMUX": "/tmp/x,1,0"}, ["\x1b[c"], ["\x1b_G"]),
        ({"TERM": "screen"}, ["\x1b[c"], ["\x1b_G"]),
        ({"TERM": "linux"}, ["\x1b[c"], ["\x1b_G", "\x1b[16t"]),
        ({"TERM": "xterm", "TERM_PROGRAM": "Apple_Terminal"}, ["\x1b[c"], ["\x1b_G", "$p"]),
        ({"TERM": "dumb"}, [], ["\x1b"]),
        ({}, [], ["\x1b"]),
    ],
)
def test_only_harmless_questions(environ: dict[str, str], has: list[str], lacks: list[str]) -> None:
    text = questions(environ)
    assert all(part in text for part in has)
    assert not any(part in text for part in lacks)
    assert not text or text.endswith("\x1b[c")


WINDOW = (120, 40, 1200, 800)
NO_PIXELS = (120, 40, 0, 0)
KITTY_ANSWERS = TerminalAnswers((62,), "kitty(0.26.5)", (10, 20), None, "OK")
XTERM = TerminalAnswers((63, 4), "XTerm(379)", (8, 17), sixel_colours=256)
X = {"TERM": "xterm-256color"}
SSH = {**X, "SSH_CONNECTION": "10.0.0.1 50000 10.0.0.2 22"}


@pytest.mark.parametrize(
    ("requested", "answers", "environ", "window", "backend"),
    [
        ("auto", KITTY_ANSWERS, X, WINDOW, "kitty"),
        ("auto", KITTY_ANSWERS, {**X, "TMUX": "1"}, WINDOW, "cells"),
        ("auto", KITTY_ANSWERS, {**X, "STY": "1"}, WINDOW, "cells"),
        ("auto", KITTY_ANSWERS, {**X, "SSH_CONNECTION": "a b"}, WINDOW, "cells"),
        ("kitty", KITTY_ANSWERS, {**X, "SSH_CONNECTION": "a b"}, WINDOW, "kitty"),
        ("auto", XTERM, X, WINDOW, "sixel"),
        ("auto", XTERM, X, NO_PIXELS, "sixel"),
        ("auto", TerminalAnswers((63, 4), "XTerm(379)"), X, NO_PIXELS, "cells"),
        ("auto", TerminalAnswers((63, 4), sixel_colours=16), X, WINDOW, "cells"),
        ("auto", TerminalAnswers((1, 2), "tmux 3.3a"), X, WINDOW, "cells"),
        ("auto", TerminalAnswers((1, 2)), X, WINDOW, "cells"),
        ("auto", TerminalAnswers((1, 2), "Konsole 23", kitty="OK"), X, WINDOW, "inline"),
        ("auto", TerminalAnswers((1, 2), "Konsole 23", inline=False), X, WINDOW, "cells"),
        ("auto", TerminalAnswers((62, 4), "xterm.js(6)", kitty="OK"), X, WINDOW, "inline"),
        ("auto", TerminalAnswers((62, 4, 9, 22), inline=True), X, WINDOW, "inline"),
        ("auto", TerminalAnswers((62, 4, 9, 22), inline=True), SSH, WINDOW, "inline"),
        ("auto", TerminalAnswers((62,), inline=True), {**SSH, "TMUX": "1"}, WINDOW, "cells"),
        ("auto", TerminalAnswers((62,), inline=True), X, NO_PIXELS, "cells"),
        ("auto", KITTY_ANSWERS.having("\x1b[2;2R"), X, WINDOW, "kitty"),
        ("auto", TerminalAnswers(), {**SSH, "LC_TERMINAL": "iTerm2"}, WINDOW, "inline"),
        ("auto", TerminalAnswers(), {**X, "TERM_PROGRAM": "vscode"}, WINDOW, "inline"),
        ("inline", TerminalAnswers((1, 2)), X, WINDOW, "inline"),
        ("inline", TerminalAnswers((1, 2)), X, NO_PIXELS, "cells"),
        ("auto", TerminalAnswers(), X, WINDOW, "cells"),
        ("auto", TerminalAnswers(), {"TERM": "xterm-kitty"}, WINDOW, "kitty"),
        ("auto", TerminalAnswers(), {"TERM": "xterm-kitty"}, NO_PIXELS, "cells"),
        ("auto", TerminalAnswers(), {}, None, "cells"),
        ("sixel", TerminalAnswers(), X, WINDOW, "sixel"),
        ("sixel", TerminalAnswers(), X, NO_PIXELS, "cells"),
        ("sextants", KITTY_ANSWERS, X, WINDOW, "sextants"),
    ],
)
def test_the_choice_and_its_reason(
    requested: str,
    answers: TerminalAnswers,
    environ: dict[str, str],
    window: tuple[int, int, int, int] | None,
    backend: str,
) -> None:
    choice = choose(requested, answers, environ, window)  # type: ignore[arg-type]
    assert choice.backend == backend
    assert choice.why
    assert choice.cell_known or backend in ("cells", "quadrants", "sextants")


@pytest.mark.parametrize("answers", [KITTY_ANSWERS, XTERM])
def test_over_ssh_pixels_are_for_links_that_carry_them(answers: TerminalAnswers) -> None:
    """Inline images apart, which cost less than cells."""
    local = choose("auto", answers, X, WINDOW).backend
    for rate, backend in ((None, "cells"), (125_000, "cells"), (2_500_000, local)):
        choice = choose("auto", answers, SSH, WINDOW, rate)
        assert choice.backend == backend
        assert local in choice.why


def cursor_filter() -> AnswerFilter:
    """A filter that waits for the answer about inline images."""
    answers = AnswerFilter()
    answers.expect_cursor()
    return answers


@pytest.mark.parametrize(
    ("answer", "taken"),
    [("\x1b[2;2R", True), ("\x1b[2;1R", True), ("\x1b[1;1R", False), ("\x1b[40;7R", False)],
)
def test_whether_a_picture_moved_the_cursor(answer: str, taken: bool) -> None:
    keys, found = cursor_filter().feed(f"a{answer}b", 0.0)
    assert (keys, found) == ("ab", [answer])
    assert TerminalAnswers().having(answer).inline is taken


@pytest.mark.parametrize("key", [f"\x1b[1;{modifiers}R" for modifiers in range(2, 17)])
def test_f3_with_modifiers_is_a_key(key: str) -> None:
    assert cursor_filter().feed(key, 0.0) == (key, [])


def test_cursor_reports_after_the_last_answer_are_the_frameworks() -> None:
    answers = cursor_filter()
    assert answers.feed("\x1b[?62;22c\x1b[2;2R", 0.0) == ("\x1b[2;2R", ["\x1b[?62;22c"])
    again = cursor_filter()
    assert again.feed("\x1b[2;2R\x1b[7;9R", 0.0) == ("\x1b[7;9R", ["\x1b[2;2R"])


def test_cell_size_comes_from_the_kernel_first() -> None:
    assert choose("auto", XTERM, X, (100, 50, 905, 1010)).cell == (9, 20)
    assert choose("auto", XTERM, X, NO_PIXELS).cell == (8, 17)
    only_window = TerminalAnswers((1,), window=(1200, 800))
    assert choose("auto", only_window, X, NO_PIXELS).cell == (10, 20)
    assert not choose("auto", TerminalAnswers(), X, NO_PIXELS).cell_known


def test_a_terminals_own_words_are_made_printable() -> None:
    answers = TerminalAnswers((1,), "kitty\x1b[31m\x07", (10, 20), None, "OK")
    assert "\x1b" not in choose("auto", answers, X, WINDOW).why


@pytest.mark.parametrize(
    ("version", "environ", "colours"),
    [
        (None, {"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "truecolor"),
        (None, {"TERM": "tmux-256color", "COLORTERM": "24bit"}, "truecolor"),
        (None, {"TERM": "xterm-256color"}, "256"),
        (None, {"TERM": "xterm-kitty"}, "truecolor"),
        ("foot(1.16)", {"TERM": "xterm-256color"}, "truecolor"),
        ("XTerm(379)", {"TERM": "xterm"}, "truecolor"),
        ("XTerm(297)", {"TERM": "xterm"}, "256"),
        ("kitty(0.3)", {"TERM": "screen-256color", "TMUX": "1"}, "256"),
        (None, {}, "256"),
    ],
)
def test_colours(version: str | None, environ: dict[str, str], colours: str) -> None:
    assert colours_of(TerminalAnswers(version=version), environ) == colours
