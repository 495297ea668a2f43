"""How much may be under way, and which frame of a playback is shown: on a clock of the test."""

from __future__ import annotations

import pytest

from prelabel_tui.imaging.terminal.choose_backend import ENOUGH_BYTES, TOO_FEW_BYTES
from prelabel_tui.widgets.frame_view.flow_control import FlowControl
from prelabel_tui.widgets.frame_view.playback import PlaybackClock


class Wire:
    """A link with a rate and a delay, on a made clock."""

    def __init__(self, rate: float, delay: float) -> None:
        self.now = 0.0
        self.rate, self.delay = rate, delay
        self.free = 0.0
        self.answers: list[float] = []
        self.flow = FlowControl(lambda: self.now)

    def send(self, size: int) -> None:
        self.flow.sent(size)
        self.free = max(self.free, self.now) + size / self.rate
        self.answers.append(self.free + self.delay)

    def run(self, seconds: float) -> None:
        self.now += seconds
        while self.answers and self.answers[0] <= self.now:
            self.flow.answered(self.answers.pop(0))

    @property
    def queued(self) -> float:
        """Seconds that a byte written now waits."""
        return max(0.0, self.free - self.now)


@pytest.mark.parametrize(("rate", "delay"), [(125_000, 0.05), (125_000, 0.2), (30_000, 0.1)])
def test_a_thin_link_is_kept_busy_and_its_queue_short(rate: float, delay: float) -> None:
    wire = Wire(rate, delay)
    wire.send(20)
    wire.run(1.0)
    sent, waits = 0, []
    for step in range(4000):
        room = wire.flow.room()
        assert room is not None
        chunk = min(room, wire.flow.chunk(0.012) or 6000)
        if chunk > 200:
            wire.send(chunk)
            sent += chunk
        wire.run(0.002)
        if step > 500:
            waits.append(wire.queued)
    assert sent / 8.0 > rate * 0.75
    assert max(waits) < 0.07


def test_a_fast_terminal_gets_all_at_once() -> None:
    wire = Wire(50e6, 0.0005)
    for _ in range(12):
        wire.send(wire.flow.room() or 0)
        wire.run(0.01)
    assert wire.flow.chunk(0.04) is None
    assert (wire.flow.room() or 0) > 100_000


@pytest.mark.parametrize("rate", [125_000, 2_500_000, 50e6])
def test_the_rate_of_the_link_is_found_out(rate: float) -> None:
    wire = Wire(rate, 0.02)
    assert wire.flow.rate is None
    wire.send(4)
    wire.run(0.1)
    for _ in range(60):
        wire.send(wire.flow.room() or 0)
        wire.run(0.01)
    found = wire.flow.rate
    assert found is not None
    assert 0.6 * rate < found < 1.4 * rate or (rate > 4e6 and found > 2e6)


def test_a_terminal_that_never_answers_is_not_waited_for() -> None:
    wire = Wire(1e6, 1e9)
    wire.send(wire.flow.window)
    assert wire.flow.room() == 0
    wire.run(2.5)
    assert wire.flow.room() is None


@pytest.mark.parametrize(("delay", "longest"), [(0.01, 0.6), (0.1, 0.6), (0.4, 2.0)])
def test_a_lost_answer_is_waited_for_by_the_measure_of_the_others(
    delay: float, longest: float
) -> None:
    wire = Wire(1e6, delay)
    for _ in range(5):
        wire.send(100)
        wire.run(2 * delay)
    wire.flow.sent(wire.flow.window)  # nothing answers it
    assert wire.flow.room() == 0
    wire.run(3 * delay)
    assert wire.flow.room() == 0, "it may just be late"
    wire.run(longest)
    assert wire.flow.room() == wire.flow.window


def test_answers_later_than_that_teach_nothing_false() -> None:
    wire = Wire(125_000, 0.1)
    for _ in range(20):
        wire.send(wire.flow.room() or 0)
        wire.run(0.3)
    chunk, window = wire.flow.chunk(1.0), wire.flow.window
    wire.answers.append(wire.now + 3.0)  # held up on the way
    wire.flow.sent(window)
    wire.run(2.9)
    assert wire.flow.room() == window
    wire.send(1000)
    wire.run(0.11)  # now both answers come, one after the other
    wire.run(0.5)
    assert (wire.flow.chunk(1.0), wire.flow.window) == (chunk, window)


def test_a_film_drops_frames_and_never_queues_them() -> None:
    now = [0.0]
    decoded = {0, 1, 2, 6, 7, 20, 21}
    busy = [False]
    wanted: list[int] = []
    playback = PlaybackClock(
        0, 29, 10.0,
        ready=decoded.__contains__, busy=lambda: busy[0], want=wanted.append, clock=lambda: now[0],
    )  # fmt: skip
    assert playback.tick() is None
    now[0] = 0.25
    assert playback.tick() == 2
    now[0] = 0.45
    assert playback.tick() is None, "3 and 4 are not decoded"
    assert wanted == [4]
    now[0] = 0.75
    assert playback.tick() == 7, "6 is dropped"
    busy[0] = True
    now[0] = 2.1
    assert playback.tick() is None, "the link is full"
    busy[0] = False
    assert playback.tick() == 21
    now[0] = 9.9
    assert playback.tick() == 29, "the end is shown, decoded or not"
    assert playback.over
    assert playback.tick() is None


@pytest.mark.parametrize(("before", "after"), [(2_500_000, 100_000), (100_000, 2_500_000)])
def test_a_link_that_changes_is_known_after_two_pictures(before: float, after: float) -> None:
    wire = Wire(before, 0.05)
    wire.send(20)
    wire.run(1.0)

    def picture() -> None:
        left = 120_000
        while left > 0:
            room = wire.flow.room()
            assert room is not None
            portion = min(room, wire.flow.chunk(0.04) or room, left)
            if portion > 500 or portion == left:
                wire.send(portion)
                left -= portion
            wire.run(0.002)
        wire.run(1.0)

    for _ in range(5):
        picture()
    assert wire.flow.rate == pytest.approx(before, rel=0.4)
    wire.rate = after
    for _ in range(2):
        picture()
    assert wire.flow.rate is not None
    if after > before:
        assert wire.flow.rate > ENOUGH_BYTES
    else:
        assert wire.flow.rate < TOO_FEW_BYTES


def test_what_is_watched_drops_no_frame() -> None:
    now = [0.0]
    decoded = {1, 2, 3}
    playback = PlaybackClock(
        0, 3, 10.0, every=True,
        ready=decoded.__contains__, busy=lambda: False, want=decoded.add, clock=lambda: now[0],
    )  # fmt: skip
    shown = []
    for now[0] in (0.01, 0.11, 0.51, 0.52, 0.62, 0.73):  # late once: the next has its time
        shown.append(playback.tick())
    assert shown == [None, 1, 2, None, 3, None]
    assert playback.over
