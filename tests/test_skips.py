"""A run that left tests out ends by saying so."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import pytest

@pytest.mark.parametrize("number", range(3))
def test_of_real_data(number, real_data):
    assert real_data.is_dir()

def test_of_something_else():
    pytest.skip("the moon is not full")
"""


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_skipped_test_of_real_data_is_said_loudly(tmp_path: Path, workers: str) -> None:
    tests = tmp_path / "checkout" / "tests"
    tests.mkdir(parents=True)
    shutil.copy(Path(__file__).with_name("conftest.py"), tests)
    (tests / "test_it.py").write_text(PROGRAM)
    command = [sys.executable, "-m", "pytest", "-q", "-n", workers, str(tests)]

    def run() -> list[str]:
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        return [line for line in done.stdout.splitlines() if line.startswith("NOT RUN")]

    data = tmp_path / "shared" / "data"
    moon = "NOT RUN: 1 test: the moon is not full"
    assert sorted(run()) == sorted(
        [f"NOT RUN: 3 tests of real data: real data is missing: expected the folder {data}", moon]
    )
    data.mkdir(parents=True)
    assert run() == [moon]
