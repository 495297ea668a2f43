"""CVAT XML 1.1, for images and for video."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prelabel_tui.core.model.labels import Ball, Box, Capability
from prelabel_tui.formats.errors import BadLabels, FormatError
from prelabel_tui.formats.gathering import Loaded
from prelabel_tui.formats.keyframes import Key, every_box
from prelabel_tui.formats.readers.cvat import read_cvat
from tests.formats.clips import NoPictures, labels, load, numbered

PLAYER, BALL = Capability.PLAYER, Capability.BALL

META = """<version>1.1</version><meta><task><size>3</size><mode>interpolation</mode>
<start_frame>0</start_frame><stop_frame>{stop}</stop_frame><frame_filter>{filter}</frame_filter>
<labels><label><name>player</name></label><label><name>ball</name></label></labels>
<original_size><width>100</width><height>50</height></original_size></task></meta>"""
ATTRIBUTE = '<attribute name="jersey">10</attribute>'
IMAGE = '<image id="{id}" name="{name}" width="100" height="50">{shapes}</image>'


def xml(tmp_path: Path, body: str, stop: int | str = 2, step: str = "") -> Path:
    path = tmp_path / "annotations.xml"
    head = META.format(stop=stop, filter=step)
    declaration = '<?xml version="1.0" encoding="utf-8"?>'
    path.write_text(f"{declaration}\n<annotations>{head}{body}\n</annotations>")
    return path


def box(x: float = 10, label: str | None = "player", more: str = "") -> str:
    named = f'label="{label}" ' if label is not None else ""
    return (
        f'<box {named}source="manual" occluded="0" xtl="{x}" ytl="10" xbr="{x + 5}" ybr="22" '
        f'z_order="0" {more}>{ATTRIBUTE}</box>'
    )


def images(tmp_path: Path, shapes: str, bad: BadLabels | None = None) -> Loaded:
    body = IMAGE.format(id=1, name="f10.jpg", shapes="") + IMAGE.format(
        id=0, name="f9.jpg", shapes=shapes
    )
    return load(read_cvat(xml(tmp_path, body), bad), NoPictures(["f9.jpg", "f10.jpg"]), bad=bad)


def video(
    tmp_path: Path, shapes: str, stop: int | str = 2, step: str = "", count: int = 3
) -> Loaded:
    track = f'<track id="4" label="player" source="manual">{shapes}</track>'
    return load(read_cvat(xml(tmp_path, track, stop, step)), NoPictures(video_frames=count))


def at(frame: int, x: float = 10, outside: int = 0) -> str:
    return box(x, None, f'frame="{frame}" outside="{outside}" keyframe="1"')


def test_boxes_of_images_have_corners(tmp_path: Path) -> None:
    shapes = box() + box(30, "ball")
    assert labels(images(tmp_path, shapes)) == [
        (0, Ball("d001", 3250, 1600, 850)),
        (0, Box("d001", 1000, 1000, 500, 1200)),
    ]


def test_a_ball_may_be_a_point_or_an_ellipse(tmp_path: Path) -> None:
    point = '<points label="ball" points="20.00,10.00" z_order="0"></points>'
    ellipse = '<ellipse label="ball" cx="20" cy="10" rx="3" ry="3"></ellipse>'
    assert labels(images(tmp_path, point)) == [(0, Ball("d001", 2000, 1000, 1200))]
    assert labels(images(tmp_path, ellipse)) == [(0, Ball("d001", 2000, 1000, 600))]


def test_shapes_that_are_no_boxes_are_left_out_and_counted(tmp_path: Path) -> None:
    shapes = (
        '<polygon label="player" points="1,2;3,4;5,6"/><polyline label="player" points="1,2;3,4"/>'
        '<points label="player" points="1,2;3,4"/><tag label="goal"/>' + box()
    )
    loaded = images(tmp_path, shapes)
    assert len(labels(loaded)) == 1
    assert dict(loaded.left_out) == {
        "polygon (not a box)": 1, "polyline (not a box)": 1, "points (not a box)": 1,
    }  # fmt: skip


def test_labels_of_the_task_are_spoken_of_without_boxes(tmp_path: Path) -> None:
    assert set(images(tmp_path, box()).documents) == {PLAYER, BALL}


def test_a_track_moves_straight_between_its_boxes(tmp_path: Path) -> None:
    loaded = video(tmp_path, at(0, 10) + at(2, 20))
    assert [(index, label.geometry[0], label.track) for index, label in labels(loaded)] == [
        (0, 1000, "4"), (1, 1500, "4"), (2, 2000, "4"),
    ]  # fmt: skip


def test_a_box_that_is_outside_is_no_label(tmp_path: Path) -> None:
    loaded = video(tmp_path, at(0) + at(2, outside=1) + at(4, 20), stop=5, count=6)
    assert [index for index, _ in labels(loaded)] == [0, 1, 4, 5]
    assert loaded.left_out == {"outside": 1}


def test_a_track_stays_to_the_end_only_where_the_end_is_known(tmp_path: Path) -> None:
    assert [index for index, _ in labels(video(tmp_path, at(1), stop=3, count=5))] == [1, 2, 3]
    assert [index for index, _ in labels(video(tmp_path, at(1), stop="", count=5))] == [1]


def test_frames_of_a_task_may_be_steps_apart(tmp_path: Path) -> None:
    loaded = video(tmp_path, at(0, 10) + at(4, 20), stop=4, step="step=2", count=5)
    assert [(index, label.geometry[0]) for index, label in labels(loaded)] == [
        (0, 1000), (2, 1500), (4, 2000),
    ]  # fmt: skip


def test_frames_count_from_0(tmp_path: Path) -> None:
    track = f'<track id="0" label="player">{at(0)}</track>'
    with pytest.raises(FormatError, match=r"numbered 1…3, the frames of the labels count from 0"):
        load(read_cvat(xml(tmp_path, track)), numbered(3))


def test_the_original_size_must_be_that_of_the_pictures(tmp_path: Path) -> None:
    track = f'<track id="0" label="player">{at(0)}</track>'
    with pytest.raises(FormatError, match=r"says 100×50 px, but 000000 is 200×50 px"):
        load(read_cvat(xml(tmp_path, track)), NoPictures(size=(200, 50), video_frames=3))


@pytest.mark.parametrize(
    ("shapes", "says"),
    [
        (box(more='rotation="3"'), "image 2: has a rotated shape"),
        (box().replace("10", "x", 1), "image 2: box has no number xtl"),
        (box(label=None), "image 2: has a shape without label"),
        (box(500), "outside the frame"),
        (box().replace('xbr="15"', 'xbr="9"'), "no area"),
        ('<points label="ball" points="1"/>', "'1' is not a point"),
        (box(label="referee"), "the category 'referee' is neither"),
    ],
)
def test_a_broken_shape_is_refused_with_its_image(tmp_path: Path, shapes: str, says: str) -> None:
    with pytest.raises(FormatError) as caught:
        images(tmp_path, shapes)
    assert says in str(caught.value)
    if "referee" not in shapes:
        bad = BadLabels(keep_going=True)
        assert len(labels(images(tmp_path, shapes + box(), bad))) == 1
        assert bad.count == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("<annotations><image></annotations>", "line 1: is not valid XML"),
        ("<html></html>", "root 'html'"),
        ("<annotations></annotations>", "neither images nor tracks"),
        ('<!DOCTYPE a [<!ENTITY x "y">]><annotations>&x;</annotations>', "declares entities"),
        ("1,1,5,5,9,9,0.5\n", "this is MOTChallenge text"),
        ('<annotations><image name="../a.jpg" width="1" height="1"/></annotations>', "no picture"),
        ('<annotations><image name="a.jpg" width="0" height="1"/></annotations>', "no size"),
        ('<?xml version="1.0" encoding="nonsense"?><annotations/>', "annotations.xml"),
        ("", "is not valid XML"),
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "annotations.xml"
    path.write_text(text)
    with pytest.raises(FormatError) as caught:
        read_cvat(path)
    assert says in str(caught.value)


def test_a_track_without_an_end_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="is too long"):
        video(tmp_path, at(0) + at(999_999_999), stop=0)


def test_files_of_another_project(real_data: Path) -> None:
    folder = real_data / "formats"
    file = read_cvat(folder / "cvat_images/train.xml")
    source = NoPictures(["img0.jpg", "img1.jpg"])
    loaded = load(file, source, categories={"label1": PLAYER})
    assert labels(loaded) == [(0, Box("d001", 0, 200, 400, 200))]
    tracks = read_cvat(folder / "cvat_video/annotations.xml")
    names = [f"frame_{number:06d}.png" for number in (10, 13, 16)]
    found = load(tracks, NoPictures(names, (25, 20)), categories={"II": PLAYER})
    assert labels(found) == [(0, Box("t0", 300, 400, 700, 100, track="0"))]


frames = st.integers(0, 40)


@given(st.dictionaries(frames, st.tuples(st.floats(0, 90), st.booleans()), min_size=1))
def test_boxes_between_key_frames_lie_between_them(keys: dict[int, tuple[float, bool]]) -> None:
    given_ = [Key(frame, (x, 0, 1, 1), visible, 1) for frame, (x, visible) in keys.items()]
    found = {key.frame: key for key in every_box(given_, last=45)}
    for frame, (x, visible) in keys.items():
        assert (frame in found) is visible
        if visible:
            assert found[frame].rect[0] == x
    for frame, key in found.items():
        before = max(f for f in keys if f <= frame)
        after = min((f for f in keys if f >= frame), default=before)
        assert keys[before][1]
        low, high = sorted((keys[before][0], keys[after][0]))
        assert low - 1e-9 <= key.rect[0] <= high + 1e-9
