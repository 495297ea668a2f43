"""The documented layout of old records; what is not in it is refused by its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from prelabel_tui.core.model.labels import Ball, BallState, Box, Capability, Flag, Origin
from prelabel_tui.formats.errors import FormatError
from prelabel_tui.formats.legacy import LegacyFile, read_legacy


def records() -> dict[str, Any]:
    """An example of everything in the layout."""
    return {
        "format": "prelabel-legacy",
        "version": 1,
        "workspace": "old club",
        "media": "derby",
        "fps": 25,
        "images": [
            {"name": f"{i}.jpg", "width": 100, "height": 50, "time": i * 0.04} for i in range(3)
        ],
        "drafts": [
            {
                "capability": "ball_detection",
                "frames": {
                    "1.jpg": {
                        "ball": "blurred",
                        "flags": ["needs_human_review", "bad_frame"],
                        "points": [{"x": 10.5, "y": 20.25}],
                    },
                },
            }
        ],
        "revisions": [
            {
                "capability": "player_detection",
                "number": number,
                "published_at": f"2024-05-0{number}T10:00:00Z",
                "published_by": "olga",
                "frames": {
                    "0.jpg": {
                        "boxes": [
                            {"id": "p1", "x": number, "y": 2, "width": 3, "height": 4, "score": 0.5}
                        ]
                    }
                },
            }
            for number in (2, 1)
        ],
    }


def read(tmp_path: Path, document: Any) -> LegacyFile:
    path = tmp_path / "old.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return read_legacy(path)


def test_drafts_and_revisions_come_with_what_was_known(tmp_path: Path) -> None:
    found = read(tmp_path, records())
    assert (found.workspace, found.media) == ("old club", "derby")
    assert [frame.time for frame in found.manifest.frames] == [0, 40_000, 80_000]
    assert found.manifest.fps == 25_000
    assert all(frame.missing for frame in found.manifest.frames)
    frame = found.drafts[Capability.BALL].frame(1)
    assert frame.labels == (Ball("d001", 1050, 2025, None, None, Origin.MODEL),)
    assert frame.flags == (Flag.BAD_FRAME, Flag.NEEDS_HUMAN_REVIEW)
    assert frame.ball is BallState.BLURRED
    assert [revision.number for revision in found.revisions] == [1, 2]
    assert found.revisions[1].document.frame(0).labels == (Box("p1", 200, 200, 300, 400, 5000),)
    assert found.revisions[0].published_at.isoformat() == "2024-05-01T10:00:00+00:00"


def change(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def apply(document: dict[str, Any]) -> None:
        *parents, last = path.split("/")
        at: Any = document
        for part in parents:
            at = at[int(part)] if isinstance(at, list) else at[part]
        at[int(last) if isinstance(at, list) else last] = value

    return apply


DRAFT = "drafts/0/frames/1.jpg"


@pytest.mark.parametrize(
    ("mutate", "says"),
    [
        (change("format", "coco"), "this is COCO JSON, not the legacy layout"),
        (change("version", 2), "version: "),
        (change("extra", 1), "unknown field extra"),
        (change("images", []), "images: "),
        (change("images/1/name", "0.jpg"), "a name occurs twice"),
        (change("images/1/width", 0), "image 2, width"),
        (change(f"{DRAFT}/points/0/x", "10"), "expected float, got str"),
        (change(f"{DRAFT}/points/0/x", 101), "lies outside the frame of 100×50 px"),
        (change(f"{DRAFT}/points/0/size", 0), "size"),
        (change(f"{DRAFT}/points/0/score", 2), "score"),
        (change(f"{DRAFT}/flags", ["odd"]), "odd"),
        (change(f"{DRAFT}/boxes", [{"x": 1, "y": 1, "width": 1, "height": 1}]), "another"),
        (
            change(f"{DRAFT}/points", [{"id": "b", "x": 1, "y": 1}] * 2),
            "two labels have the same id",
        ),
        (change("drafts/0/frames/9.jpg", {}), "'9.jpg' is not among the images"),
        (change("drafts/0/capability", "goal"), "goal"),
        (change("revisions/0/number", 3), "the numbers are not 1, 2, 3"),
        (change("revisions/0/published_at", "2024-05-01T10:00:00"), "timezone"),
        (change("revisions/0/published_at", "0001-01-01T00:00:00+14:00"), "published_at"),
        (lambda document: document["drafts"].append(document["drafts"][0]), "a second draft"),
    ],
)
def test_what_is_not_in_the_layout_is_refused(
    tmp_path: Path, mutate: Callable[[dict[str, Any]], None], says: str
) -> None:
    document = records()
    mutate(document)
    with pytest.raises(FormatError) as caught:
        read(tmp_path, document)
    assert says in str(caught.value)


@pytest.mark.parametrize("text", ["", "[", "NaN", '{"fps": NaN}', "[" * 100_000, "[]"])
def test_what_is_no_such_json_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(FormatError):
        read(tmp_path, text)


def test_the_example_in_the_docs_is_read(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "formats.md").read_text()
    example = text.split("```json\n")[1].split("```")[0]
    found = read(tmp_path, example)
    assert found.drafts[Capability.BALL].frame(0).labels == (Ball("b1", 81_250, 40_425, 900, 6100),)
    assert found.revisions[0].published_by == "olga"
