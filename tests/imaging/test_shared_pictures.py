"""Pictures that processes share: once in memory, within a bound, whoever is killed when."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from prelabel_tui.imaging.frames.decode import PictureLoader, PictureRequest
from prelabel_tui.imaging.frames.memory import PictureMemory
from prelabel_tui.imaging.frames.picture import Pixels
from prelabel_tui.imaging.frames.shared_clip import SharedClip
from prelabel_tui.imaging.frames.shared_pictures import (
    SharedPictures,
    make_shared_memory,
    shared_bytes,
)
from prelabel_tui.imaging.frames.tone import Tone
from prelabel_tui.imaging.overlay.viewport import Viewport
from tests.imaging.shared_program import ONE, SIZE, clip_of

ROOM = 4
"""Pictures that there is room for."""


class Process:
    """Another process with the same pictures."""

    def __init__(self, file: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.imaging.shared_program", str(file)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, pass_fds=(file,),
            cwd=Path(__file__).parents[2],
        )  # fmt: skip

    def __call__(self, what: str, *words: object) -> Any:
        """Ask for something; what it answers."""
        self.begin(what, *words)
        return self.answer()

    def begin(self, what: str, *words: object) -> None:
        """Ask for something that may take long."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([what, *words]) + "\n")
        self.process.stdin.flush()

    def answer(self) -> Any:
        """The answer to what was asked for first."""
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def kill(self) -> None:
        """Kill it as nothing can be killed more thoroughly."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def memory() -> Iterator[int]:
    """The descriptor of memory for four pictures."""
    file = make_shared_memory(ROOM * ONE)
    yield file
    os.close(file)


@pytest.fixture
def process(memory: int) -> Iterator[Callable[[], Process]]:
    """Starts processes with the pictures."""
    started: list[Process] = []

    def start() -> Process:
        started.append(Process(memory))
        return started[-1]

    yield start
    for one in started:
        one.kill()
        assert one.process.stdin is not None
        assert one.process.stdout is not None
        one.process.stdout.close()
        one.process.stdin.close()


def level(number: int) -> Pixels:
    return np.full((SIZE[1], SIZE[0], 3), number, np.uint8)


def write(path: Path, number: int) -> None:
    """Write a picture that was not changed just now."""
    Image.fromarray(level(number)).save(path)
    an_hour_ago = time.time() - 3600
    os.utime(path, (an_hour_ago, an_hour_ago))


def test_what_one_decodes_all_have_and_it_is_in_memory_once(
    memory: int, process: Callable[[], Process], tmp_path: Path
) -> None:
    path = tmp_path / "a.png"
    write(path, 90)
    others = [process() for _ in range(3)]
    before = [other("memory") for other in others]
    for other in others:
        assert other("look", str(path)) == [90, 90, 90]
    assert shared_bytes(memory) == ONE
    grown = [other("memory") - was for other, was in zip(others, before, strict=True)]
    assert sorted(grown)[1] < ONE >> 11, f"{grown} kB: who did not decode it has nothing of it"
    mine = SharedPictures(memory)
    loader = PictureLoader("clip", clip_of(str(path)), memory=PictureMemory(0, mine))
    pixels = loader.pixels(0)
    assert pixels is not None, "found, as no memory was allowed for decoding"
    assert not pixels.flags.writeable
    loader.close()


def test_the_bound_holds_and_what_is_in_use_stays(
    memory: int, process: Callable[[], Process]
) -> None:
    holder, mine = process(), SharedPictures(memory)
    assert holder("put", 1, 11) == [11, 11]
    assert holder("hold", 1) == [11, 11]
    part = mine.put((2, 2), level(22))
    assert part is not None
    part = part[100:, 5:]
    for key in range(3, 40):
        assert mine.put((key, key), level(key)) is not None
        assert process_keys(mine, range(1, 40)) >= {1, 2, key}
        assert shared_bytes(memory) <= ROOM * ONE
    assert (part == 22).all(), "a view of it keeps all of it"
    assert mine.get((39, 39)) is not None
    assert mine.get((3, 3)) is None
    everything = [mine.put((key, key), level(key)) for key in range(50, 60)]
    assert [one is not None for one in everything] == [True] * 2 + [False] * 8
    assert holder("put", 70, 7) is None
    del everything
    assert holder("put", 70, 7) == [7, 7]
    assert mine.put((99, 99), np.zeros((ROOM * SIZE[1] + 1, SIZE[0], 3), np.uint8)) is None


def process_keys(shared: SharedPictures, keys: range) -> set[int]:
    """Which keys there are, each with the picture that belongs to it."""
    found = set()
    for key in keys:
        pixels = shared.get((key, key))
        if pixels is not None:
            assert (pixels == {1: 11, 2: 22}.get(key, key)).all()
            found.add(key)
    return found


def test_whoever_is_killed_lets_go_of_what_they_held_or_were_writing(
    memory: int, process: Callable[[], Process]
) -> None:
    mine = SharedPictures(memory)
    for key in range(1, ROOM + 1):
        mine.put((key, key), level(key))
    holder = process()
    for key in range(1, ROOM + 1):
        assert holder("hold", key) == [key, key]
    assert mine.put((50, 50), level(50)) is None
    holder.kill()
    assert mine.put((50, 50), level(50)) is not None
    for key in range(60, 62 + ROOM):  # more of them than there is room for
        writer = process()
        writer.begin("die", key)
        assert writer.process.wait(60) == -signal.SIGKILL
        assert mine.get((key, key)) is None
        assert shared_bytes(memory) <= ROOM * ONE
    everything = [mine.put((key, key), level(key)) for key in range(90, 90 + ROOM)]
    assert all(one is not None for one in everything)
    assert process_keys(mine, range(1, 90)) == set()


def test_processes_that_do_all_of_it_at_once_never_meet_a_wrong_picture(
    memory: int, process: Callable[[], Process]
) -> None:
    others = [process() for _ in range(3)]
    rounds = 60
    for number in range(rounds):
        for place, other in enumerate(others):
            key = 1 + (number * (place + 1)) % 9
            other.begin(*(("put", key, key) if (number + place) % 3 else ("hold", key)))
            if number % 5 == place:
                other.begin("drop")
    for place, other in enumerate(others):
        for number in range(rounds):
            key = 1 + (number * (place + 1)) % 9
            assert other.answer() in (None, [key, key])
            if number % 5 == place:
                other.answer()
    assert shared_bytes(memory) <= ROOM * ONE


def test_a_changed_file_is_decoded_anew_and_one_that_is_changing_is_not_shared(
    memory: int, process: Callable[[], Process], tmp_path: Path
) -> None:
    path, other = tmp_path / "a.png", process()
    write(path, 90)
    assert other("look", str(path)) == [90, 90, 90]
    write(path, 91)
    shared = SharedPictures(memory)
    loader = PictureLoader("clip", clip_of(str(path)), memory=PictureMemory(shared=shared))
    pixels = loader.pixels(0)
    assert pixels is not None
    assert pixels[0, 0, 0] == 91
    assert other("look", str(path)) == [91, 91, 91]
    loader.close()
    before = shared_bytes(memory)
    Image.fromarray(level(92)).save(path)
    os.utime(path, (time.time() + 3600, time.time() + 3600))  # by another machine's clock
    assert other("look", str(path)) == [92, 92, 92]
    assert shared_bytes(memory) == before


def test_who_comes_while_a_picture_is_decoded_waits_for_it(
    memory: int, process: Callable[[], Process], tmp_path: Path
) -> None:
    path, other = tmp_path / "a.png", process()
    write(path, 90)
    first = SharedClip(SharedPictures(memory), clip_of(str(path)))
    with first.turn(0, 1) as found:
        assert found is None
        other.begin("look", str(path))
        # Something that its file does not show, by which it is known again.
        assert first.put(0, 1, level(33)) is not None
    assert other.answer() == [33, 33, 33]
    # Whoever is killed meanwhile, or takes long, holds nobody up.
    for number, end in ((44, Process.kill), (55, lambda _: None)):
        slow = process()
        write(path, number)
        assert slow("turn", str(path))
        other.begin("look", str(path))
        end(slow)
        assert other.answer() == [number] * 3


def test_a_view_that_is_moved_takes_the_shared_frame_at_once(memory: int, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    write(path, 90)
    shown = threading.Event()
    shared = PictureMemory(shared=SharedPictures(memory))
    loader = PictureLoader("clip", clip_of(str(path)), None, lambda _: shown.set(), shared)
    view = Viewport(SIZE, (20, 6), zoom=4).centred(6_000, 6_000)
    loader.want(PictureRequest(0, view, Tone()))
    assert shown.wait(60)
    moved = loader.at_once(PictureRequest(0, view.panned(3, 1), Tone()))
    assert moved is not None
    assert (moved.dots == 90).all()
    assert loader.held_bytes < ONE, "dots alone are its own"
    loader.close()
