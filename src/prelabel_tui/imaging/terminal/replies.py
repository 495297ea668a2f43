"""What a terminal says about itself: the questions, and its answers among the keys.

Answers come back through the same stream as key presses, at any time and in any pieces.
:class:`AnswerFilter` takes them out.  It recognises only forms that no key has, makes nothing of
pasted text but text, and never holds a key longer than a key parser waits after ESC anyway.  Of an
answer that was cut short nothing becomes a key: it ends at the next control character or after
some seconds, and only letters typed in between are lost with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from prelabel_tui.imaging.terminal.inline_protocol import probe

PROBE_IMAGE: Final = 4211
"""Image id of the kitty graphics question; nothing is stored under it."""

HOLD_SECONDS: Final = 0.1
"""How long an unfinished sequence that could still be a key is held (Textual's own ESC delay)."""

ANSWER_HOLD_SECONDS: Final = 3.0
"""How long the rest of a sequence that can only be an answer is waited for; then it is dropped."""

LONGEST_SECONDS: Final = 10.0
"""How long it is waited for if there is always a little more of it."""

WHERE_IS_THE_CURSOR: Final = "\x1b[6n"
"""A question.  Its answer means that everything before it is drawn."""

CURSOR_REPORT: Final = re.compile(r"\x1b\[\d+;\d+R")

_PASTE_START: Final = "\x1b[200~"
_PASTE_END: Final = "\x1b[201~"

_TEXT: Final = r"[^\x00-\x1f\x7f-\x9f]*"
_STRING: Final = rf"\x1b(?:P(?:>\||!\||[01][$+])|_G[iI]=|\]\d+;){_TEXT}"
"""How an answer begins that ends with a string terminator: nothing that a key sends begins so."""

# Whole answers, to this program's questions and to others'.  Mode reports (`$y`) and in-band
# resizes (`48;…t`) are Textual's: left alone.
_ANSWER: Final = re.compile(
    r"\x1b\[\?(?P<attributes>[\d;]*)c"  # DA1
    r"|\x1b\[\?(?P<sixel>[\d;]*)S"  # XTSMGRAPHICS: sixel colour registers and sizes
    r"|\x1b\[[?>=][\d;:]*[ -/]*[@-~]"  # all other private reports: DA2, DA3, keyboard flags, …
    r"|\x1b\[(?P<report>[4689](?:;\d+){2})t"  # sizes of window and cell
    r"|\x1b\[(?!48;)\d[\d;:]*[a-ln-tv-y]"  # other reports; keys end otherwise
    rf"|\x1bP(?P<device>(?:>\||!\||[01][$+]){_TEXT})(?:\x1b\\|\x07|\x9c)"  # XTVERSION, kin
    rf"|\x1b_G(?P<graphics>[iI]={_TEXT})(?:\x1b\\|\x07|\x9c)"  # kitty graphics
    rf"|\x1b\]\d+;{_TEXT}(?:\x1b\\|\x07|\x9c)"  # colours
)
# Where the cursor is, once the question about inline images was asked; `1;2` to `1;16` are F3 with
# modifiers, and the cursor is in the first column or the second.
_CURSOR: Final = re.compile(r"\x1b\[(?!1;(?:[2-9]|1[0-6])R)(?P<row>\d{1,5});\d{1,5}R")
_MODE_REPORT: Final = re.compile(r"\x1b\[\?(\d+);(\d)\$y")

# Beginnings that no key has, and those that may still be a key.
_BEGUN: Final = r"\x1b\[(?:[?>=][\d;:]*[ -/]*|\d+;[\d;:]*)"
_ONLY_ANSWER: Final = re.compile(rf"{_BEGUN}|{_STRING}\x1b?")
_MAYBE_ANSWER: Final = re.compile(r"\x1b(?:\[\d*|P[>!01]?|_(?:G[iI]?)?|\]\d*)?")
# The same, and then something that cannot belong to it: the rest was lost on the way.
_CUT_SHORT: Final = re.compile(
    rf"{_BEGUN}(?=[^ -~])|{_STRING}(?=\x1b[^\\]|[\x00-\x1a\x1c-\x1f\x7f])"
)

_LONGEST_ANSWER: Final = 4096
_KEPT: Final = 64
"""Characters that are kept of an answer longer than that, so that its end is still known."""

_LARGEST_CELL: Final = 400
_LARGEST_WINDOW: Final = 30_000
"""Pixels: a terminal that claims more is not believed."""


@dataclass(frozen=True)
class TerminalAnswers:
    """What a terminal has answered so far; ``None`` where it has not.

    ``attributes``: the numbers of its DA1 answer (4 is sixel).  ``cell``, ``window`` and
    ``sixel_size`` (the largest sixel picture): px, (width, height).  ``kitty``: its reply to the
    kitty graphics question, ``OK`` if it can.  ``inline``: whether a picture of iTerm2's protocol
    moved the cursor.
    """

    attributes: tuple[int, ...] | None = None
    version: str | None = None
    cell: tuple[int, int] | None = None
    window: tuple[int, int] | None = None
    kitty: str | None = None
    inline: bool | None = None
    synchronized: bool | None = None
    sixel_colours: int | None = None
    sixel_size: tuple[int, int] | None = None

    @property
    def complete(self) -> bool:
        """Whether the last question was answered: then no more answers will come."""
        return self.attributes is not None

    @property
    def any(self) -> bool:
        """Whether it answered anything at all."""
        return self != TerminalAnswers()

    def having(self, answer: str) -> TerminalAnswers:
        """Return these answers and one more, as the terminal sent it."""
        if mode := _MODE_REPORT.fullmatch(answer):
            # 0 means that the mode is unknown, 4 that it can never be set.
            known = mode[1] == "2026"
            return replace(self, synchronized=mode[2] not in "04") if known else self
        if cursor := _CURSOR.fullmatch(answer):
            return replace(self, inline=int(cursor["row"]) == 2)
        match = _ANSWER.fullmatch(answer)
        if match is None:
            return self
        if (attributes := match["attributes"]) is not None:
            numbers = tuple(int(part) for part in attributes.split(";") if part)
            return replace(self, attributes=numbers)
        if (sixel := match["sixel"]) is not None:
            return self._having_sixel([int(part) for part in sixel.split(";") if part])
        if (report := match["report"]) is not None:
            kind, height, width = (int(part) for part in report.split(";"))
            if kind == 6 and _believable(width, height, _LARGEST_CELL):
                return replace(self, cell=(width, height))
            if kind == 4 and _believable(width, height, _LARGEST_WINDOW):
                return replace(self, window=(width, height))
        elif (device := match["device"]) is not None and device.startswith(">|"):
            return replace(self, version=device[2:])
        elif (graphics := match["graphics"]) is not None:
            keys, _, words = graphics.partition(";")
            if f"i={PROBE_IMAGE}" in keys.split(","):
                return replace(self, kitty=words)
        return self

    def _having_sixel(self, numbers: list[int]) -> TerminalAnswers:
        match numbers:
            case [1, 0, colours]:
                return replace(self, sixel_colours=colours)
            case [2, 0, width, height] if _believable(width, height, _LARGEST_WINDOW):
                return replace(self, sixel_size=(width, height))
        return self


def _believable(width: int, height: int, largest: int) -> bool:
    return 0 < width <= largest and 0 < height <= largest


@dataclass(frozen=True)
class PictureRefused:
    """A kitty terminal did not do what was asked, usually because it forgot the image."""

    image: int
    code: str


def picture_refused(answer: str) -> PictureRefused | None:
    """Return the refusal in a kitty graphics answer; ``None`` for every other answer."""
    match = _ANSWER.fullmatch(answer)
    if match is None or match["graphics"] is None:
        return None
    keys, _, words = match["graphics"].partition(";")
    image = re.search(r"(?:^|,)i=(\d+)", keys)
    if image is None or words.startswith("OK") or int(image[1]) == PROBE_IMAGE:
        return None
    return PictureRefused(int(image[1]), words.partition(":")[0])


def in_multiplexer(environ: Mapping[str, str]) -> str | None:
    """Return the name of the multiplexer that the environment reveals: ``tmux``, ``screen``."""
    term = environ.get("TERM", "")
    if environ.get("TMUX") or term.startswith("tmux"):
        return "tmux"
    if environ.get("STY") or term.startswith("screen"):
        return "screen"
    return None


def questions(environ: Mapping[str, str]) -> str:
    """Return the questions for a terminal, ending with the one that every terminal answers.

    A question is left out where it is known to print or to set something instead.
    """
    term = environ.get("TERM", "")
    if term in ("", "dumb", "unknown"):
        return ""
    last = "\x1b[c"
    if term == "linux" or environ.get("TERM_PROGRAM") == "Apple_Terminal":
        return last
    sizes = "\x1b[16t\x1b[14t"
    if in_multiplexer(environ):
        # A multiplexer takes the graphics question for one of its titles.
        return f"\x1b[>0q{sizes}{last}"
    graphics = f"\x1b_Gi={PROBE_IMAGE},a=q,s=1,v=1,t=d,f=24;AAAA\x1b\\"
    sixel = "\x1b[?1;1;0S\x1b[?2;1;0S"
    return f"{graphics}\x1b[>0q{sizes}{sixel}\x1b[?2026$p{probe()}{last}"


class AnswerFilter:
    """Splits what a terminal sends into keys and answers."""

    def __init__(self) -> None:
        self._held = ""
        self._held_since = 0.0
        self._fed_at = 0.0
        self._pasting = False
        self._cursor_is_asked = False

    def expect_cursor(self) -> None:
        """Expect a cursor report: if it comes before the last answer, it is to our question."""
        self._cursor_is_asked = True

    def feed(self, text: str, now: float) -> tuple[str, list[str]]:
        """Take ``text`` that came at ``now`` (seconds); return what are keys, and the answers.

        Mode reports are in both: Textual needs them too.
        """
        before, self._held = self._held, ""
        text = before + text
        self._fed_at = now
        keys: list[str] = []
        answers: list[str] = []
        place = 0
        while place < len(text):
            if self._pasting:
                end = text.find(_PASTE_END, place)
                if end < 0:
                    whole, self._held = _without_start_of(_PASTE_END, text[place:])
                    keys.append(_shown(whole))
                    break
                keys += [_shown(text[place:end]), _PASTE_END]
                place = end + len(_PASTE_END)
                self._pasting = False
                continue
            escape = text.find("\x1b", place)
            if escape < 0:
                keys.append(text[place:])
                break
            keys.append(text[place:escape])
            if text.startswith(_PASTE_START, escape):
                self._pasting = True
                place = escape + len(_PASTE_START)
                keys.append(_PASTE_START)
            elif match := _MODE_REPORT.match(text, escape):
                answers.append(match[0])
                keys.append(match[0])
                place = match.end()
            elif match := _ANSWER.match(text, escape):
                if match["attributes"] is not None:  # the last one: what comes now is Textual's
                    self._cursor_is_asked = False
                answers.append(match[0])
                place = match.end()
            elif self._cursor_is_asked and (match := _CURSOR.match(text, escape)):
                self._cursor_is_asked = False
                answers.append(match[0])
                place = match.end()
            elif match := _CUT_SHORT.match(text, escape):
                place = match.end()
            elif _MAYBE_ANSWER.fullmatch(text, escape):
                self._held = text[escape:]
                break
            elif _ONLY_ANSWER.fullmatch(text, escape):
                self._held = _shortened(text[escape:])
                if escape or not _ONLY_ANSWER.fullmatch(before):
                    self._held_since = now
                break
            else:
                keys.append("\x1b")
                place = escape + 1
        return "".join(keys), answers

    def expire(self, now: float) -> str:
        """Return what was held and turned out to be keys, now that time has passed."""
        if not self._held:
            return ""
        if not _ONLY_ANSWER.fullmatch(self._held):
            # The end of a paste always comes; a key that is held is Escape, or begins with it.
            if now - self._fed_at < (ANSWER_HOLD_SECONDS if self._pasting else HOLD_SECONDS):
                return ""
            held, self._held = self._held, ""
            return _shown(held) if self._pasting else held
        quiet, waited = now - self._fed_at, now - self._held_since
        if quiet < ANSWER_HOLD_SECONDS and waited < LONGEST_SECONDS:
            return ""
        escape = "\x1b" if self._held.endswith("\x1b") else ""  # then nothing came after it
        self._held = ""
        return escape


def _shortened(text: str) -> str:
    """Return the beginning of an answer that may end for a long time yet, or never."""
    if len(text) <= _LONGEST_ANSWER:
        return text
    return text[:_KEPT] + ("\x1b" if text.endswith("\x1b") else "")


def _shown(pasted: str) -> str:
    """Return pasted text with a sign for each ESC: Textual would press what comes after it."""
    return pasted.replace("\x1b", "␛")


def _without_start_of(mark: str, text: str) -> tuple[str, str]:
    """Split off the end of ``text`` that may be the beginning of ``mark``."""
    for length in range(min(len(mark) - 1, len(text)), 0, -1):
        if text.endswith(mark[:length]):
            return text[:-length], text[-length:]
    return text, ""
