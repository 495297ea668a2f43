"""Names in an export: whatever a clip is called, its files stay inside, and apart."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prelabel_tui.core.datasets.names import clip_name, clip_path, path_part, picture_name
from prelabel_tui.core.datasets.splits import assign, read_split
from prelabel_tui.core.model.media import Manifest, MediaFrame

NASTY = [
    "..",
    ".",
    "/",
    "../..",
    "a/b",
    "a\\b",
    "\0",
    "a\nb",
    "~",
    "~2F",
    "a+b",
    " ",
    "é",
    "\u2028",
]
_names = st.sampled_from(NASTY) | st.text(min_size=1, max_size=300)


@given(_names, _names)
def test_a_part_is_one_name_and_different_names_stay_different(one: str, two: str) -> None:
    part = path_part(one)
    assert "/" not in part
    assert PurePosixPath("x", part).parts == ("x", part)
    assert not part.startswith(".")
    assert len(part.encode()) <= 200
    assert part.isprintable()
    assert part.splitlines() == [part]
    assert (path_part(two) == part) == (one == two)


@given(_names, _names, _names, _names)
def test_clips_stay_apart(a: str, b: str, c: str, d: str) -> None:
    assert (clip_name(a, b) == clip_name(c, d)) == ((a, b) == (c, d))
    assert (clip_path(a, b) == clip_path(c, d)) == ((a, b) == (c, d))


@given(_names)
def test_a_picture_stays_in_its_clip(name: str) -> None:
    frame = MediaFrame(name, 10, 10, path="/frames/x.png")
    root = Path("/out/images")
    assert (root / picture_name(Manifest((frame,)), frame)).resolve().is_relative_to(root)


@pytest.mark.parametrize(
    ("frame", "video", "name"),
    [
        (MediaFrame("000001.jpg", 1, 1, path="/d/000001.jpg"), None, "000001.jpg"),
        (MediaFrame("left/1.PNG", 1, 1, path="/d/left/1.PNG"), None, "left/1.PNG"),
        (MediaFrame("000001", 1, 1, path="/d/000001.png"), None, "000001.png"),
        (MediaFrame("000000", 1, 1, at=0), "/d/half time.mp4", "half time_000001.jpg"),
        (MediaFrame("x.jpg", 1, 1, sha256="0" * 64), None, "x.jpg"),
    ],
)
def test_a_picture_s_name_leads_to_it(frame: MediaFrame, video: str | None, name: str) -> None:
    assert picture_name(Manifest((frame,), video=video), frame) == name


@given(st.dictionaries(st.text(max_size=5), st.integers(0, 9).map(str), min_size=3, max_size=40))
def test_a_split_is_always_the_same_and_no_clip_is_in_two(clips: dict[str, str]) -> None:
    if len(set(clips.values())) < 3:
        with pytest.raises(ValueError, match="cannot be split into 3 parts"):
            assign(clips, (80, 10, 10))
        return
    parts = assign(clips, (80, 10, 10))
    assert parts == assign(dict(reversed(clips.items())), (80, 10, 10))
    assert parts.keys() == clips.keys()
    assert set(parts.values()) == {"train", "val", "test"}
    for pictures in set(clips.values()):
        assert len({parts[clip] for clip, same in clips.items() if same == pictures}) == 1


@pytest.mark.parametrize("count", [10, 100, 97])
def test_a_split_has_the_shares_that_were_asked_for(count: int) -> None:
    parts = list(assign({f"m{n}": str(n) for n in range(count)}, (80, 10, 10)).values())
    assert abs(parts.count("train") - 0.8 * count) <= 1
    assert abs(parts.count("val") - 0.1 * count) <= 1


@pytest.mark.parametrize("text", ["", "100", "80/10", "80/30/-10", "a/b", "25/25/25/25", "50/50/0"])
def test_shares_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="as in 80/10/10"):
        read_split(text)
    assert read_split("80/20") == (80, 20)
