"""A reviewer at work over SSH until the time is up: `… JSON`, see :class:`Task`.

Each key is pressed once the screen has shown what the one before did.  What was shown must be there
whenever the reviewer comes back, whatever was killed; only the last key may have come to nothing.
It prints :data:`IN` when the time begins, and in the end as JSON what became of it all
(:class:`Report`).
"""

from __future__ import annotations

import random
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import msgspec

from prelabel_tui.core.model.labels import UNIT
from tests.serve.front_door import GENEROUS_S, OFFER, X, go_to_label
from tests.terminal import Terminal

IN: Final = "in"
"""What is printed once the label is on the screen for the first time."""

_FRAME: Final = re.compile(r"^ 3/8 \S+  (.*)$", re.M)
_FLAGGED: Final = "⚑ bad_frame"
_PUBLISHED: Final = r"PUBLISH_SUCCESS|NO_OP_ALREADY_PUBLISHED|PUBLISH_LOCK_CONFLICT"
_LEFTMOST, _RIGHTMOST = 330 * UNIT, 450 * UNIT
_AGAIN_S: Final = 0.3
_REST_S: Final = 0.5
_PACE_S: Final = 0.15
_SLOW_S: Final = 4.0


class Task(msgspec.Struct):
    """The client's command line, the clip, how long, and whether nothing may disturb."""

    client: list[str]
    media: str
    seconds: float
    calm: bool
    seed: int


class State(NamedTuple):
    """What the screen says of the label and its frame.  ``x`` in 1/100 px."""

    x: int
    flagged: bool
    reviewed: bool


class Report(msgspec.Struct):
    """How it went.  ``answers``: from each key to its effect on the screen, s.

    ``lost``: what was shown and was not there at the next login; ``perhaps``: publishes whose
    outcome nobody saw; ``slow``: what the screen said while it was waited for longest.
    """

    answers: list[float] = []
    edits: int = 0
    logins: int = 0
    published: int = 0
    perhaps: int = 0
    lost: list[str] = []
    slow: list[str] = []
    state: State | None = None
    trouble: str = ""


class Gone(Exception):
    """The session has ended."""


@dataclass
class Reviewer:
    """Somebody who comes back until the time is up."""

    task: Task
    report: Report = field(default_factory=Report)
    allowed: list[State] = field(default_factory=list)
    """How it may be at the next login: as shown last, or as the last key makes it."""

    def __post_init__(self) -> None:
        self.chance = random.Random(self.task.seed)
        self.end = float("inf")

    def work(self) -> None:
        """Work until the time is up and everything is left in order."""
        left = False
        while not left:
            try:
                with Terminal(self.task.client) as terminal:
                    left = self._session(terminal)
            except Gone:
                if self.task.calm:
                    self.report.trouble = "the session ended"
                    return
                time.sleep(_AGAIN_S)

    def _session(self, terminal: Terminal) -> bool:
        self._come_back(terminal)
        if not self.report.logins:
            print(IN, flush=True)
            self.end = time.monotonic() + self.task.seconds
        self.report.logins += 1
        while time.monotonic() < self.end:
            self._act(terminal)
            terminal.read(self.chance.random() * 2 * _PACE_S)
        self._press(terminal, "q")
        self._wait(terminal, lambda: "Ops › Prelabels" in terminal.text())
        self._press(terminal, "q")
        self._wait(terminal, lambda: "again to quit" in terminal.text())
        self._press(terminal, "q")
        terminal.wait_exit(GENEROUS_S)
        return True

    # --- coming back

    def _come_back(self, terminal: Terminal) -> None:
        """Come to the label: a link that was lost left the review open, a kill did not."""

        def there() -> bool:
            return bool(re.search(rf"succeeded|partial| \d/8 |{OFFER}", terminal.text()))

        self._wait(terminal, there)
        if "Ops › Prelabels" in terminal.text():
            self._open(terminal)
        if OFFER in terminal.text():
            self._press(terminal, "enter")
        # The queue has gone to its first entry, or it was resumed where it was.
        self._wait(terminal, lambda: bool(re.search(r" [–\d] of \d", terminal.text())))
        terminal.read(_REST_S)
        while state_of(terminal) is None:
            self._go_to_label(terminal)
            terminal.read(_REST_S)
        state = state_of(terminal)
        assert state is not None
        if self.allowed:
            try:
                self._wait(terminal, lambda: state_of(terminal) in self.allowed)
            except AssertionError:
                self.report.lost.append(f"{state_of(terminal)} is none of {self.allowed}")
            state = state_of(terminal) or state
        self._is_now(state)

    def _open(self, terminal: Terminal) -> None:
        while clip_at_cursor(terminal) != self.task.media:
            shown = terminal.text()
            self._press(terminal, "j")
            self._wait(terminal, lambda shown=shown: terminal.text() != shown)  # type: ignore[misc]
        self._press(terminal, "p")
        self._wait(terminal, lambda: bool(re.search(f"Autosave: saved|{OFFER}", terminal.text())))

    def _go_to_label(self, terminal: Terminal) -> None:
        try:
            go_to_label(terminal)
        except AssertionError:
            self._alive(terminal)
            raise

    # --- what is done

    def _act(self, terminal: Terminal) -> None:
        what = self.chance.choices(
            (self._nudge, self._flag, self._step, self._accept, self._publish), (70, 8, 15, 4, 3)
        )[0]
        what(terminal, self.allowed[0])

    def _nudge(self, terminal: Terminal, now: State) -> None:
        right = now.x < _LEFTMOST or (now.x < _RIGHTMOST and self.chance.random() < 0.5)
        x = now.x + (UNIT if right else -UNIT)
        self._edit(terminal, now._replace(x=x), "l" if right else "h")

    def _flag(self, terminal: Terminal, now: State) -> None:
        self._edit(terminal, now._replace(flagged=not now.flagged), "t", "b")

    def _step(self, terminal: Terminal, now: State) -> None:
        self._answered(terminal, lambda: " 4/8 " in terminal.text(), "f")
        self._answered(terminal, lambda: state_of(terminal) == now, "d")

    def _accept(self, terminal: Terminal, now: State) -> None:
        if now.reviewed:
            return
        self.allowed = [now, now._replace(reviewed=True)]
        while "Accept frame 3" not in terminal.text():

            def answered() -> bool:
                return bool(re.search("Accept frame 3|not on the screen yet", terminal.text()))

            self._answered(terminal, answered, "enter")
            terminal.read(_AGAIN_S)  # then the picture is there, or this is said no more
        self.report.edits += 1
        self._is_now(self.allowed[1])
        self._go_to_label(terminal)
        self._wait(terminal, lambda: state_of(terminal) == self.report.state)

    def _publish(self, terminal: Terminal, now: State) -> None:
        def says(pattern: str) -> Callable[[], bool]:
            return lambda: bool(re.search(pattern, terminal.text()))

        self.report.perhaps += 1
        self._answered(terminal, says("Publish pack"), "!")
        self._answered(terminal, says(f"Reason|{_PUBLISHED}"), "enter")
        if "Reason" in terminal.text():
            self._press(terminal, *"seen")
            self._answered(terminal, says(_PUBLISHED), "enter")
        self.report.perhaps -= 1
        self.report.published += "PUBLISH_SUCCESS" in terminal.text()
        self._wait(terminal, lambda: state_of(terminal) == now)

    def _edit(self, terminal: Terminal, after: State, *keys: str) -> None:
        self.allowed = [self.allowed[0], after]
        self._answered(terminal, lambda: state_of(terminal) == after, *keys)
        self.report.edits += 1
        self._is_now(after)

    def _is_now(self, state: State) -> None:
        self.allowed = [state]
        self.report.state = state

    # --- keys and waiting

    def _answered(self, terminal: Terminal, holds: Callable[[], bool], *keys: str) -> None:
        began = time.monotonic()
        self._press(terminal, *keys)
        self._wait(terminal, holds)
        self.report.answers.append(time.monotonic() - began)

    def _press(self, terminal: Terminal, *keys: str) -> None:
        try:
            terminal.press(*keys)
        except OSError as error:
            raise Gone from error

    def _wait(self, terminal: Terminal, holds: Callable[[], bool]) -> None:
        end = time.monotonic() + GENEROUS_S
        slow = time.monotonic() + _SLOW_S
        while not holds():
            self._alive(terminal)
            if time.monotonic() > slow:
                slow = end
                self.report.slow.append(f"{time.time():.1f}\n{terminal.text()}")
            assert time.monotonic() < end, terminal.text()
            terminal.read(0.03)

    def _alive(self, terminal: Terminal) -> None:
        if terminal.ended:
            raise Gone


def clip_at_cursor(terminal: Terminal) -> str:
    """The clip of the run that the list's cursor is on."""
    clip = ""
    for line in terminal.text().splitlines():
        if found := re.match(r"..?.?\S+ / (\S+) ", line):
            clip = found[1]
        if line.startswith("▌"):
            return clip
    return ""


def state_of(terminal: Terminal) -> State | None:
    """What the screen says of the label, once it shows it."""
    text = terminal.text()
    place, frame = re.search(X, text), _FRAME.search(text)
    if place is None or frame is None:
        return None
    x = int(place[1]) * UNIT + int(place[2])
    return State(x, _FLAGGED in frame[1], frame[1].startswith("✓ reviewed"))


def main() -> None:
    """Work as the task says, and print the report."""
    reviewer = Reviewer(msgspec.json.decode(sys.argv[1], type=Task))
    try:
        reviewer.work()
    except AssertionError as error:
        reviewer.report.trouble = str(error) or repr(error)
    sys.stdout.buffer.write(msgspec.json.encode(reviewer.report))


if __name__ == "__main__":
    main()
