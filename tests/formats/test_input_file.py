"""Input files: regular ones and pipes, of a bounded size; nothing else is waited for or read."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from prelabel_tui.core.bounds import INPUT_BYTES
from prelabel_tui.core.progress import Cancelled
from prelabel_tui.formats.errors import FormatError
from prelabel_tui.formats.input_file import read_bytes, read_text


def stop(step: str, done: int | None = None, total: int | None = None) -> None:
    raise Cancelled


def test_a_file_is_read_whole_and_tells_how_far(tmp_path: Path) -> None:
    path = tmp_path / "labels"
    data = os.urandom(3 << 20)
    path.write_bytes(data)
    told: list[tuple[str, int, int | None]] = []
    assert read_bytes(path, lambda *far: told.append(far)) == data
    assert [(done, total) for _, done, total in told] == [(0, 3), (1, 3), (2, 3), (3, 3)]
    with pytest.raises(FormatError, match="is not UTF-8 text"):
        read_text(path)


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/urandom"])
def test_a_device_is_refused_unread(device: str) -> None:
    with pytest.raises(FormatError, match="is neither a file nor a pipe"):
        read_bytes(Path(device))


def test_a_file_beyond_the_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.truncate(50 << 30)
    with pytest.raises(FormatError, match="is larger than 512 MB"):
        read_bytes(path, stop)


def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    data = os.urandom(300_000)
    writer = threading.Thread(target=path.write_bytes, args=(data,))
    writer.start()
    assert read_bytes(path) == data
    writer.join()
    reading, writing = os.pipe()  # as `<(zcat labels.gz)` gives it
    os.write(writing, b"all of it")
    os.close(writing)
    assert read_bytes(Path(f"/dev/fd/{reading}")) == b"all of it"
    os.close(reading)


def test_a_pipe_to_which_nobody_writes_can_be_given_up(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    asked = 0

    def twice(step: str, done: int | None = None, total: int | None = None) -> None:
        nonlocal asked
        asked += 1
        if asked == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        read_bytes(path, twice)


def test_a_pipe_without_an_end_is_refused_at_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prelabel_tui.formats.input_file.INPUT_BYTES", 4 << 20)
    assert INPUT_BYTES > 4 << 20
    path = tmp_path / "pipe"
    os.mkfifo(path)

    def write() -> None:
        try:
            with path.open("wb") as pipe:
                while True:
                    pipe.write(b"0" * 65_536)
        except BrokenPipeError:
            pass

    writer = threading.Thread(target=write)
    writer.start()
    with pytest.raises(FormatError, match="is larger than 4 MB"):
        read_bytes(path)
    writer.join()


def test_folders_and_names_that_are_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"is a folder, not a file\. Give a file"):
        read_bytes(tmp_path)
    with pytest.raises(FormatError, match=r"cannot be read \(No such file"):
        read_bytes(tmp_path / "nowhere")
