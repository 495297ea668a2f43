"""Which picture belongs to which label: the rule, and what it refuses."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prelabel_tui.core.ingest.pairing import (
    Choice,
    Listed,
    ListedFrame,
    Named,
    Numbered,
    Pairing,
    PairingError,
    Pictures,
    pair,
)
from prelabel_tui.core.ingest.pairing.names import number_names
from prelabel_tui.core.model.media import natural_key

POSITION = Choice(by_position=True)


def folder(*names: str) -> Pictures:
    return Pictures("frames", tuple(sorted(names, key=natural_key)))


def video(frames: int) -> Pictures:
    return Pictures("clip.mp4", video_frames=frames)


def listed(*names: str) -> Listed:
    return Listed(tuple(ListedFrame(name) for name in names))


def images(first: int, last: int, step: int = 1) -> Pictures:
    return folder(*(f"{number:06d}.jpg" for number in range(first, last + 1, step)))


def mot(*numbers: int) -> Numbered:
    return Numbered(numbers, 1)


def pictures_of(pairing: Pairing) -> list[str | int | None]:
    """For each frame of the label file the picture it is paired with."""
    return ["absent" if index < 0 else pairing.frames[index].picture for index in pairing.index_of]


# -- numbers in names


@pytest.mark.parametrize(
    ("names", "numbers", "step"),
    [
        (["1.jpg", "2.jpg"], (1, 2), 1),
        (["000010.jpg", "000005.jpg", "000020.png"], (10, 5, 20), 5),
        (["match2_half1_01.jpg", "match2_half1_02.jpg"], (1, 2), 1),
        (["cam1_10.jpg", "cam1_12.jpg", "cam1_13.jpg"], (10, 12, 13), 1),
        (["a1b2.jpg", "a2b2.jpg"], (1, 2), 1),
        (["only_7.jpg"], (7,), 1),
        (["f_1_jpg.rf.0a9f8e7d.jpg", "f_2_jpg.rf.99999999.jpg"], (1, 2), 1),
    ],
)
def test_the_number_is_the_last_that_varies(
    names: list[str], numbers: tuple[int, ...], step: int
) -> None:
    found = number_names(names)
    assert found is not None
    assert (found.numbers, found.step) == (numbers, step)


def test_names_without_digits_have_no_numbers() -> None:
    assert number_names(["a.jpg", "b.jpg"]) is None
    assert number_names([]) is None


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["a1.jpg", "b2.jpg"], "'a1.jpg' and 'b2.jpg' are names of different forms"),
        (["1.jpg", "1_2.jpg"], "different forms"),
        (["1.jpg", "01.jpg"], "the number 1 occurs twice: '1.jpg' and '01.jpg'"),
        (["1.jpg", "1.png"], "the number 1 occurs twice"),
        (["h1_01.jpg", "h1_02.jpg", "h2_01.jpg"], "the number 1 occurs twice"),
        (["9" * 40 + ".jpg"], "is not a frame number"),
    ],
)
def test_names_whose_numbers_say_nothing_are_refused(names: list[str], says: str) -> None:
    with pytest.raises(PairingError, match=re.escape(says)):
        number_names(names)


# -- numbered labels on a folder


def test_a_label_goes_to_the_picture_of_its_number() -> None:
    found = pair(mot(2, 5), images(1, 5))
    assert pictures_of(found) == ["000002.jpg", "000005.jpg"]
    assert found.pairs == (
        ("frame 2 of the labels", "000002.jpg"),
        ("frame 5 of the labels", "000005.jpg"),
    )


def test_only_frames_that_have_labels_and_a_picture_are_shown() -> None:
    found = pair(mot(2, 3, 9), folder("000001.jpg", "000002.jpg", "000004.jpg"))
    assert found.pairs == (("frame 2 of the labels", "000002.jpg"),)
    in_video = pair(mot(3, 9), video(5))
    assert in_video.pairs == (("frame 3 of the labels", "frame 3 of the video"),)
    named = pair(Named(("000002.txt", "000009.txt"), 1), images(1, 3))
    assert named.pairs == (("the labels of 000002", "000002.jpg"),)
    assert pair(mot(9), images(1, 3)).pairs == ()


def test_a_number_that_is_left_out_is_a_frame_without_picture() -> None:
    found = pair(mot(1, 2, 3, 4), folder("000001.jpg", "000002.jpg", "000004.jpg", "000005.jpg"))
    assert pictures_of(found) == ["000001.jpg", "000002.jpg", None, "000004.jpg"]
    assert found.gaps == ("000003.jpg",)
    assert [frame.number for frame in found.frames] == [1, 2, 3, 4, 5]


def test_a_constant_step_is_a_stride() -> None:
    found = pair(mot(5, 20), folder("5.jpg", "10.jpg", "20.jpg"))
    assert found.stride == 5
    assert pictures_of(found) == ["5.jpg", "20.jpg"]
    assert found.gaps == ("15.jpg",)


def test_labels_of_frames_that_are_not_there_are_absent() -> None:
    assert pictures_of(pair(mot(1, 6, 7), images(1, 5))) == ["000001.jpg", "absent", "absent"]
    assert pictures_of(pair(mot(5, 6), images(5, 20, 5))) == ["000005.jpg", "absent"]


@pytest.mark.parametrize("numbers", [(1, 2, 3), (1, 2), (2,)])
def test_pictures_from_0_and_labels_from_1_are_refused_with_both(numbers: tuple[int, ...]) -> None:
    with pytest.raises(PairingError) as caught:
        pair(mot(*numbers), images(0, 2))
    assert "the pictures are numbered 0…2" in caught.value.what
    assert "the frames of the labels count from 1" in caught.value.what
    assert "--match position" in caught.value.remedy
    by_position = pair(mot(*numbers), images(0, 2), POSITION)
    assert pictures_of(by_position) == [f"{number - 1:06d}.jpg" for number in numbers]
    as_said = pair(mot(2), images(0, 2), Choice(number_from=0))
    assert pictures_of(as_said) == ["000002.jpg"]


def test_labels_from_0_and_pictures_from_1_are_refused() -> None:
    with pytest.raises(PairingError, match=r"numbered 1…3, .* count from 0 \(0…2"):
        pair(mot(0, 1, 2), images(1, 3))


def test_a_format_that_says_no_first_number_must_be_told() -> None:
    unknown = Numbered((1, 2), None)
    with pytest.raises(PairingError, match="from 0 or from 1 is not known"):
        pair(unknown, images(0, 2))
    assert pictures_of(pair(unknown, images(1, 2))) == ["000001.jpg", "000002.jpg"]
    with pytest.raises(PairingError, match="does not say whether frames count from 0"):
        pair(unknown, video(3))
    assert pictures_of(pair(unknown, video(3), Choice(number_from=0))) == [1, 2]
    assert pictures_of(pair(Numbered((0, 1), None), video(3))) == [0, 1]


def test_numbers_that_lie_far_apart_are_no_frame_numbers() -> None:
    with pytest.raises(PairingError, match="from 3 to 20231105, and there are only 3 pictures"):
        pair(mot(3), folder("3.jpg", "4.jpg", "20231105.jpg"))


def test_position_is_taken_only_without_numbers_or_by_choice() -> None:
    found = pair(mot(1, 2), folder("b.jpg", "a.jpg"))
    assert pictures_of(found) == ["a.jpg", "b.jpg"]
    assert "the names have no numbers" in found.rule
    with pytest.raises(PairingError, match="different forms"):
        pair(mot(1, 2), folder("a1.jpg", "b1.jpg"))
    assert pictures_of(pair(mot(1, 2), folder("a1.jpg", "b1.jpg"), POSITION)) == [
        "a1.jpg", "b1.jpg",
    ]  # fmt: skip


def test_position_says_that_text_order_differs() -> None:
    assert pair(mot(1), folder("f9.jpg", "f10.jpg"), POSITION).notes
    assert not pair(mot(1), folder("f09.jpg", "f10.jpg"), POSITION).notes


# -- label files that list their images


def test_the_list_is_the_clip() -> None:
    found = pair(listed("a.jpg", "b.jpg", "c.jpg"), folder("a.jpg", "c.jpg", "x.jpg"))
    assert pictures_of(found) == ["a.jpg", None, "c.jpg"]
    assert (found.gaps, found.unused) == (("b.jpg",), 1)


def test_names_in_folders_are_found_by_their_last_part() -> None:
    found = pair(listed("images/a.jpg", "images/b.jpg"), folder("a.jpg", "b.jpg"))
    assert pictures_of(found) == ["a.jpg", "b.jpg"]
    assert "last part" in found.rule
    other = Listed((ListedFrame("0a1b2c3d-a.jpg", other_names=("a.jpg",)),))
    assert pictures_of(pair(other, folder("a.jpg"))) == ["a.jpg"]


def renamed() -> Listed:
    """As an export lists them: frames that were 000000 and on, as pictures 000001 and on."""
    return Listed(
        tuple(ListedFrame(f"{at:06d}.jpg", other_names=(f"{at + 1:06d}.jpg",)) for at in range(4))
    )


def test_the_way_of_naming_that_finds_all_pictures_counts() -> None:
    assert pictures_of(pair(renamed(), images(0, 3))) == [f"{at:06d}.jpg" for at in range(4)]
    exported = pair(renamed(), images(1, 4))
    assert pictures_of(exported) == [f"{at:06d}.jpg" for at in range(1, 5)]
    assert [frame.name for frame in exported.frames] == [f"{at:06d}.jpg" for at in range(4)]


def test_two_ways_of_naming_that_find_different_pictures_are_refused() -> None:
    for there in (images(0, 2), images(1, 3), images(0, 4)):
        with pytest.raises(PairingError, match=r"the picture of '00000\d.jpg' is '0"):
            pair(renamed(), there)


def test_two_listed_images_on_one_picture_are_refused() -> None:
    with pytest.raises(PairingError, match=r"one picture, 'a.jpg': 'x/a.jpg' and 'y/a.jpg'"):
        pair(listed("x/a.jpg", "y/a.jpg"), folder("a.jpg"))
    with pytest.raises(PairingError, match=r"one picture, frame 4: 'a' and 'b'"):
        pair(Listed((ListedFrame("a", at=3), ListedFrame("b", at=3))), video(9))


def test_a_list_of_which_no_picture_is_there_is_refused_with_both() -> None:
    with pytest.raises(PairingError, match=r"first listed is 'a.jpg', frames holds 'b.jpg'"):
        pair(listed("a.jpg"), folder("b.jpg"))
    assert pictures_of(pair(listed("a.jpg"), folder("b.jpg"), POSITION)) == ["b.jpg"]
    with pytest.raises(PairingError, match="2 images are listed, frames has 1 pictures"):
        pair(listed("a.jpg", "c.jpg"), folder("b.jpg"), POSITION)


@pytest.mark.parametrize(
    ("names", "said", "places"),
    [
        (["f_000001.jpg", "f_000003.jpg"], Choice(), [0, 2]),
        (["f_000000.jpg", "f_000003.jpg"], Choice(), [0, 3]),
        (["f_000001.jpg", "f_000003.jpg"], Choice(number_from=0), [1, 3]),
        (["x_1.jpg", "x_9.jpg"], Choice(), [0, None]),
    ],
)
def test_the_number_in_a_listed_name_is_the_frame_of_a_video(
    names: list[str], said: Choice, places: list[int | None]
) -> None:
    assert pictures_of(pair(listed(*names), video(5), said)) == places


def test_a_frame_that_the_file_states_counts_before_its_name() -> None:
    stated = Listed((ListedFrame("000000", at=0), ListedFrame("000001", at=1)))
    assert pictures_of(pair(stated, video(5))) == [0, 1]


def test_a_list_of_which_no_frame_is_in_the_video_is_refused() -> None:
    with pytest.raises(PairingError, match="no listed image is among the 5 frames"):
        pair(listed("f_100.jpg", "f_101.jpg"), video(5))
    with pytest.raises(PairingError, match="have no numbers"):
        pair(listed("a.jpg", "b.jpg"), video(2))
    assert pictures_of(pair(listed("a.jpg", "b.jpg"), video(2), POSITION)) == [0, 1]


# -- label files named as their pictures


def test_a_label_file_belongs_to_the_picture_of_its_name() -> None:
    found = pair(Named(("000002.txt", "000003.txt"), 1), folder("000002.jpg", "000004.jpg"))
    assert pictures_of(found) == ["000002.jpg", "absent"]
    filled = pair(Named(("000003.txt",), 1), folder("000002.jpg", "000004.jpg", "000005.jpg"))
    assert pictures_of(filled) == [None]
    assert pictures_of(pair(Named(("b.txt",)), folder("a1.jpg", "b.jpg"))) == ["b.jpg"]


def test_label_files_of_a_video_are_numbered_from_1() -> None:
    assert pictures_of(pair(Named(("clip_1.txt", "clip_12.txt"), 1), video(12))) == [0, 11]
    frames = pair(Named(("clip_1.txt", "clip_2.txt"), 1), images(1, 3))
    assert pictures_of(frames) == ["000001.jpg", "000002.jpg"]
    with pytest.raises(PairingError, match="count from 1"):
        pair(Named(("clip_1.txt", "clip_2.txt"), 1), images(0, 3))


def test_label_files_that_no_picture_is_named_as_are_refused() -> None:
    with pytest.raises(PairingError, match=r"'a.txt', and frames holds 'b.jpg'"):
        pair(Named(("a.txt",), 1), folder("b.jpg"))
    with pytest.raises(PairingError, match="same name except for the ending"):
        pair(Named(("a.txt",), 1), folder("a.jpg", "a.png"))


# -- properties


@given(st.sets(st.integers(1, 60), min_size=1), st.sets(st.integers(1, 60)), st.integers(1, 7))
def test_labels_never_land_on_another_number(
    there: set[int], labelled: set[int], step: int
) -> None:
    """Whatever pictures are lost: a label is on the picture of its own number, or on none."""
    pictures = folder(*(f"cam3_{number * step:05d}.jpg" for number in there))
    numbers = tuple(sorted(number * step for number in labelled))
    found = pair(Numbered(numbers, 1), pictures)
    for number, index in zip(numbers, found.index_of, strict=True):
        if index >= 0:
            assert found.frames[index].number == number
            assert found.frames[index].picture in (f"cam3_{number:05d}.jpg", None)
    kept = {frame.picture for frame in found.frames} - {None}
    assert kept == set(pictures.names)


@given(st.lists(st.text("ab01_", min_size=1, max_size=6), min_size=1, unique=True))
def test_any_names_are_numbered_once_each_or_refused(names: list[str]) -> None:
    try:
        found = number_names(names)
    except PairingError:
        return
    assert found is None or len(set(found.numbers)) == len(names)
