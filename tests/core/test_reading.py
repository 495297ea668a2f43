"""Files are read with a bound on the wait: for what never answers, and never by waiting long."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from prelabel_tui.core import reading
from prelabel_tui.core.reading import PatientFile, folder_names, give_up, is_file, pieces
from tests.held_files import held


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files count as dead after a moment."""
    monkeypatch.setattr(reading, "ANSWER_S", 0.2)


def test_a_file_is_read_as_it_is(tmp_path: Path) -> None:
    content = os.urandom(700_000)
    path = tmp_path / "a"
    path.write_bytes(content)
    assert b"".join(pieces(path)) == content
    with PatientFile(path) as file:
        assert file.length == len(content)
        assert file.seek(-5, io.SEEK_END) == len(content) - 5
        assert file.read() == content[-5:]
        assert file.read() == b""
        assert file.seek(100) == file.tell() == 100
        assert file.seek(50, io.SEEK_CUR) == 150
        assert file.read(10) == content[150:160]
    assert is_file(path)
    assert not is_file(tmp_path)
    assert not is_file(tmp_path / "gone")
    assert folder_names(tmp_path) == ["a"]


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero"), os.mkdir])
def test_what_is_no_regular_file_is_refused(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / "a")
    with pytest.raises(OSError, match="it is not a regular file"):
        PatientFile(tmp_path / "a")


def test_a_file_that_does_not_answer_is_not_waited_for_and_comes_back(
    tmp_path: Path, impatient: None
) -> None:
    path, beside = tmp_path / "a", tmp_path / "b"
    path.write_bytes(b"content")
    beside.write_bytes(b"content")
    with held(path):
        with pytest.raises(TimeoutError, match="no answer"):
            PatientFile(path)
        assert b"".join(pieces(beside)) == b"content"
    assert b"".join(pieces(path)) == b"content"


def test_a_folder_where_many_calls_hang_costs_no_more_threads_until_they_end(
    tmp_path: Path, impatient: None
) -> None:
    path, beside, elsewhere = tmp_path / "a", tmp_path / "b", tmp_path / "other" / "c"
    elsewhere.parent.mkdir()
    for each in (path, beside, elsewhere):
        each.write_bytes(b"content")
    with held(path):
        for _ in range(20):
            with pytest.raises(TimeoutError):
                PatientFile(path)
        hanging = [thread for thread in threading.enumerate() if thread.name == f"reading {path}"]
        assert len(hanging) == 4
        with pytest.raises(TimeoutError):
            PatientFile(beside)
        assert b"".join(pieces(elsewhere)) == b"content"
    for thread in hanging:
        thread.join()
    assert b"".join(pieces(path)) == b"".join(pieces(beside)) == b"content"


def test_who_waits_is_let_go_when_the_process_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "ANSWER_S", 3600)
    path = tmp_path / "a"
    path.write_bytes(b"content")
    errors: list[OSError] = []

    def read() -> None:
        try:
            PatientFile(path)
        except OSError as error:
            errors.append(error)

    with held(path):
        waiting = threading.Thread(target=read)
        waiting.start()
        while waiting.is_alive():
            give_up()
            waiting.join(0.01)
    assert isinstance(errors[0], TimeoutError)


def test_an_error_of_the_question_is_the_answer(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        PatientFile(tmp_path / "gone")
    with pytest.raises(ValueError, match="null byte"):
        PatientFile(Path("a\0b"))
