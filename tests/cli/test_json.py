"""What `--json` prints: records by the names of their fields, always encodable."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pytest

from prelabel_tui.cli.context import print_json


class Kind(StrEnum):
    BOX = "box"


@dataclass(frozen=True)
class Record:
    kind: Kind
    at: dt.datetime
    where: Path
    counts: dict[Kind, tuple[int, ...]]


def test_records_become_objects(capsys: pytest.CaptureFixture[str]) -> None:
    at = dt.datetime(2026, 11, 28, 18, 0, tzinfo=dt.UTC)
    print_json({"found": [Record(Kind.BOX, at, Path("a/b"), {Kind.BOX: (1, 2)})]})
    (found,) = json.loads(capsys.readouterr().out)["found"]
    assert found == {
        "kind": "box", "at": "2026-11-28T18:00:00+00:00", "where": "a/b",
        "counts": {"box": [1, 2]},
    }  # fmt: skip


def test_what_is_not_utf_8_stays_an_escape(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"name": "caf\udce9 →"})
    assert capsys.readouterr().out == '{"name": "caf\\udce9 →"}\n'
