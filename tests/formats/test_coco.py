"""COCO image lists, results and annotations become labels; what is broken is refused."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prelabel_tui.core.model.labels import Ball, Box, Capability
from prelabel_tui.formats.errors import BadLabels, FormatError
from prelabel_tui.formats.gathering import Loaded
from prelabel_tui.formats.readers.coco import CocoImages, read_coco, read_images
from tests.formats.clips import NoPictures, load

PLAYER, BALL = Capability.PLAYER, Capability.BALL

IMAGES: dict[str, Any] = {
    "images": [
        {"id": 8, "file_name": "f10.jpg", "width": 100, "height": 50},
        {"id": 3, "file_name": "f9.jpg", "width": 100, "height": 50},
    ],
    "categories": [
        {"id": 1, "name": "Player"},
        {"id": 2, "name": "ball"},
        {"id": 5, "name": "dog"},
    ],
}


def listed(tmp_path: Path, document: Any = None, clip: str | None = None) -> CocoImages:
    path = tmp_path / "images.json"
    path.write_text(json.dumps(IMAGES if document is None else document))
    return read_images(path, clip)


def on_its_clip(
    images: CocoImages, results: list[Path], bad: BadLabels | None = None, **wanted: Any
) -> Loaded:
    names = [image.file_name for image in images.images]
    return load(read_coco(images, results, bad), NoPictures(names), bad=bad, **wanted)


def read(tmp_path: Path, results: Any, bad: BadLabels | None = None, **wanted: Any) -> Loaded:
    path = tmp_path / "results.json"
    path.write_text(results if isinstance(results, str) else json.dumps(results))
    return on_its_clip(listed(tmp_path), [path], bad, **wanted)


def result(**changes: Any) -> dict[str, Any]:
    return {"image_id": 3, "category_id": 1, "bbox": [1, 2, 10, 20], "score": 0.5, **changes}


def annotated(tmp_path: Path, *annotations: dict[str, Any], **more: Any) -> Loaded:
    document = {**IMAGES, "annotations": list(annotations), **more}
    return on_its_clip(listed(tmp_path, document), [])


def test_the_clip_is_the_image_list_in_natural_order(tmp_path: Path) -> None:
    assert [image.file_name for image in listed(tmp_path).images] == ["f9.jpg", "f10.jpg"]


def test_results_become_labels_named_by_order(tmp_path: Path) -> None:
    results = [
        result(),
        result(bbox=[30.254, 2, 10, 20], score=0.25),
        result(image_id=8, category_id=2, bbox=[10, 10, 4, 6], score=1),
    ]
    loaded = read(tmp_path, results)
    players, balls = loaded.documents[PLAYER], loaded.documents[BALL]
    assert players.frame(0).labels == (
        Box("d001", 100, 200, 1000, 2000, 5000),
        Box("d002", 3025, 200, 1000, 2000, 2500),
    )
    assert balls.frame(1).labels == (Ball("d001", 1200, 1300, 500, 10_000),)


def test_a_detector_that_found_no_ball_still_gives_a_ball_document(tmp_path: Path) -> None:
    loaded = read(tmp_path, [])
    assert set(loaded.documents) == set(Capability)
    assert len(loaded.documents[BALL]) == 2


def test_one_models_file_makes_no_empty_document_of_the_other(tmp_path: Path) -> None:
    """A file whose categories know no ball says nothing about balls."""
    images = {**IMAGES, "categories": IMAGES["categories"][:1]}
    path = tmp_path / "results.json"
    path.write_text(json.dumps([result()]))
    assert set(on_its_clip(listed(tmp_path, images), [path]).documents) == {PLAYER}
    both = read(tmp_path, [result(), result(category_id=2)], only=BALL)
    assert set(both.documents) == {BALL}
    assert both.left_out == {"Player": 1}


def test_results_of_a_ball_model_and_a_player_model_come_as_one(tmp_path: Path) -> None:
    (tmp_path / "players.json").write_text(json.dumps([result()]))
    (tmp_path / "ball.json").write_text(json.dumps([result(category_id=2)]))
    paths = [tmp_path / "players.json", tmp_path / "ball.json"]
    loaded = on_its_clip(listed(tmp_path), paths)
    assert {c: t.kept for c, t in loaded.tallies.items()} == {PLAYER: 1, BALL: 1}


def test_least_scores_are_per_capability(tmp_path: Path) -> None:
    results = [result(), result(category_id=2)]
    loaded = read(tmp_path, results, min_score={BALL: 0.6})
    assert loaded.tallies[PLAYER].kept == 1
    assert loaded.tallies[BALL].below_score == 1


def test_categories_can_be_mapped(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"'dog' is neither player nor ball"):
        read(tmp_path, [result(category_id=5)])
    loaded = read(tmp_path, [result(category_id=5)], categories={"Dog": PLAYER})
    assert loaded.tallies[PLAYER].kept == 1
    assert [(look.name, look.labels) for look in loaded.looks] == [("dog", 1)]


def test_a_category_that_is_left_out_is_counted(tmp_path: Path) -> None:
    dog = result(category_id=5, bbox=[-900, 0, -1, 0])
    items = [result(), dog, dog]
    with pytest.raises(FormatError, match="or leave it out with --skip-category"):
        read(tmp_path, items)
    loaded = read(tmp_path, items, leave_out=("DOG", "cat"))
    assert loaded.left_out == {"DOG": 2, "cat": 0}
    assert loaded.tallies[PLAYER].kept == 1
    with pytest.raises(FormatError, match="item 2: image 99 is not in"):
        read(tmp_path, [result(), {**dog, "image_id": 99}], leave_out=("dog",))


def test_crowds_and_what_is_to_be_ignored_are_left_out_and_counted(tmp_path: Path) -> None:
    loaded = annotated(
        tmp_path,
        {"id": 1, **result()},
        {"id": 2, **result(bbox=[0, 0, 99, 49]), "iscrowd": 1},
        {"id": 3, **result(bbox=[0, 0, 99, 49]), "ignore": True},
    )
    assert [label.id for label in loaded.documents[PLAYER].frame(0).labels] == ["a1"]
    assert loaded.left_out == {"iscrowd": 1, "ignore": 1}


def test_without_results_the_annotations_are_the_labels(tmp_path: Path) -> None:
    loaded = annotated(
        tmp_path, {"id": 17, "image_id": 8, "category_id": 1, "bbox": [1, 2, 3, 4], "iscrowd": 0}
    )
    assert loaded.documents[PLAYER].frame(1).labels == (Box("a17", 100, 200, 300, 400),)


@pytest.mark.parametrize(
    "given", [{"track_id": 5}, {"instance_id": 5}, {"attributes": {"track_id": 5, "occluded": 0}}]
)
def test_tracks_are_kept_as_they_are(tmp_path: Path, given: dict[str, Any]) -> None:
    (label,) = annotated(tmp_path, {"id": 1, **result(), **given}).documents[PLAYER].frame(0).labels
    assert (label.id, label.track) == ("a1", "5")


def test_two_tracks_of_one_label_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="has the tracks 5 and 6"):
        annotated(tmp_path, {"id": 1, **result(), "track_id": 5, "instance_id": 6})


def test_a_file_name_that_disagrees_with_its_image_id_is_refused(tmp_path: Path) -> None:
    assert read(tmp_path, [result(file_name="images/f9.jpg")]).tallies[PLAYER].kept == 1
    with pytest.raises(FormatError, match=r"file_name is 'f10.jpg', and image 3 is 'f9.jpg'"):
        read(tmp_path, [result(file_name="f10.jpg")])


# -- several clips in one file


def of_two_videos() -> dict[str, Any]:
    images = [{**image, "video_id": at} for at, image in enumerate(IMAGES["images"])]
    videos = [{"id": 0, "name": "first half"}, {"id": 1, "name": "second half"}]
    annotations = [{"id": 1, **result()}, {"id": 2, **result(image_id=8)}]
    return {**IMAGES, "images": images, "videos": videos, "annotations": annotations}


def test_of_several_videos_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"several clips: 'first half', 'second half'.*--clip"):
        listed(tmp_path, of_two_videos())
    with pytest.raises(FormatError, match="has no clip 'extra time'"):
        listed(tmp_path, of_two_videos(), "extra time")
    loaded = on_its_clip(listed(tmp_path, of_two_videos(), "second half"), [])
    assert loaded.tallies[PLAYER].kept == 1
    assert loaded.left_out == {"of other clips": 1}


def test_frame_numbers_that_disagree_with_the_names_are_refused(tmp_path: Path) -> None:
    images = [{**image, "frame_id": at} for at, image in enumerate(IMAGES["images"])]
    with pytest.raises(FormatError, match=r"'f10.jpg' has frame_id 0, and 'f9.jpg', which comes"):
        listed(tmp_path, {**IMAGES, "images": images})


# -- what is broken


BROKEN: list[tuple[Any, str]] = [
    (result(image_id=4), "image 4 is not in images.json"),
    (result(image_id=None), "expected int"),
    (result(image_id=True), "expected int"),
    (result(category_id=9), "category 9 is not in images.json"),
    (result(bbox=[1, 2, 3]), "expected array of "),
    (result(bbox=[1, 2, 3, "4"]), "expected float, got str"),
    (result(bbox=[1, 2, 3, 10**18]), "is not a number of pixels"),
    (result(image_id=2**60), "expected int <="),
    (result(bbox=[1, 2, 3, 0]), "no area"),
    (result(bbox=[100, 2, 3, 3]), "outside the frame"),
    (result(score="high"), "expected float | null, got str"),
    (result(score=2), "not between 0 and 1"),
    ("label", "expected object, got str"),
]


@pytest.mark.parametrize(("item", "says"), BROKEN)
def test_a_broken_item_is_refused_with_its_place(tmp_path: Path, item: Any, says: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path, [result(), item])
    assert says in caught.value.what
    assert caught.value.place.startswith("item 2")


@pytest.mark.parametrize(("item", "says"), BROKEN)
def test_a_broken_item_can_be_dropped(tmp_path: Path, item: Any, says: str) -> None:
    bad = BadLabels(keep_going=True)
    loaded = read(tmp_path, [result(), item, result(bbox=[5, 5, 5, 5])], bad)
    assert loaded.tallies[PLAYER].kept == 2
    assert bad.count == 1
    assert "item 2" in bad.listed[0]
    assert says in bad.listed[0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[{"image_id": 3, "bbox": [NaN]}]', "line 1: is not valid JSON"),
        ('[{"label_id": "\\ud800", "bbox": 1}]', "line 1: is not valid JSON"),
        ("[1, 2", "item 1: expected object, got int"),
        ('[{"image_id": 3', "line 1: is not valid JSON"),
        ('\n{"a": }', "expected array, got object"),
        ('{"image_id": 3}', "expected array, got object"),
        pytest.param("[" * 100_000, "is nested too deeply", id="deep"),
        pytest.param("[" + "9" * 5000 + "]", "number out of range", id="a huge number"),
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(FormatError, match=says):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "1,1,5,5,9,9,0.5,-1,-1,-1\n",
            "this is MOTChallenge text, not a COCO results file. Use `import mot`",
        ),
        (
            "0 0.5 0.5 0.1 0.1 0.9\n",
            "this is YOLO text, not a COCO results file. Use `import yolo`",
        ),
        ('<?xml version="1.0"?><annotations></annotations>', "this is CVAT XML"),
        ('[{"x_min": 1, "y_min": 2}]', "this is what a sink of supervision writes"),
        ('[{"id": 1, "data": {}, "annotations": []}]', "this is Label Studio JSON"),
        ('[[{"name": "person", "class": 0, "box": {}}]]', "this is Ultralytics JSON"),
    ],
)
def test_a_file_of_another_dialect_is_told_its_command(
    tmp_path: Path, text: str, says: str
) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path, text)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("image", "says"),
    [
        ({"id": 3, "file_name": "x.jpg", "width": 1, "height": 1}, "id 3 occurs twice"),
        ({"id": 4, "file_name": "f9.jpg", "width": 1, "height": 1}, "f9.jpg occurs twice"),
        ({"id": 4, "file_name": "./f9.jpg", "width": 1, "height": 1}, "f9.jpg occurs twice"),
        ({"id": 4, "file_name": "../x.jpg", "width": 1, "height": 1}, "leads out of the folder"),
        ({"id": 4, "file_name": "/x.jpg", "width": 1, "height": 1}, "leads out of the folder"),
        ({"id": 4, "file_name": "", "width": 1, "height": 1}, "length >= 1"),
        ({"id": 4, "file_name": "x.jpg", "width": 0, "height": 1}, "int >= 1"),
        ({"id": 4, "file_name": "x.jpg", "width": 1.5, "height": 1}, "expected int"),
        (None, "expected object, got null"),
    ],
)
def test_a_broken_image_list_is_refused(tmp_path: Path, image: Any, says: str) -> None:
    with pytest.raises(FormatError) as caught:
        listed(tmp_path, {**IMAGES, "images": [*IMAGES["images"], image]})
    assert says in caught.value.what
    assert caught.value.place.startswith("image 3")


def test_files_that_are_no_image_list_are_refused(tmp_path: Path) -> None:
    for document in ([], {}, {"images": {}}, {"images": []}, {**IMAGES, "categories": 3}):
        with pytest.raises(FormatError):
            listed(tmp_path, document)


# -- files of others


def test_a_real_detector(real_data: Path) -> None:
    folder = real_data / "tactical-1080p" / "prelabels_yolox_nano"
    images = read_images(folder / "coco_images.json")
    loaded = on_its_clip(images, [folder / "coco_results.json"])
    assert {c: t.kept for c, t in loaded.tallies.items()} == {PLAYER: 542, BALL: 164}


@pytest.mark.parametrize("name", ["coco_instances/annotations/instances_train.json",
                                  "coco_roboflow/train/_annotations.coco.json"])  # fmt: skip
def test_annotations_of_other_projects(real_data: Path, name: str) -> None:
    images = read_images(real_data / "formats" / name)
    with pytest.raises(FormatError, match="--player-category"):
        on_its_clip(images, [])
    loaded = on_its_clip(images, [], categories={"b": PLAYER})
    assert loaded.documents[PLAYER].frame(0).labels == (Box("a1", 200, 200, 300, 100),)


def test_results_of_another_project(real_data: Path, tmp_path: Path) -> None:
    path = real_data / "formats/coco_results/instances_val2014_fakebbox100_results.json"
    items = json.loads(path.read_text())
    frames = sorted({item["image_id"] for item in items})
    kinds = sorted({item["category_id"] for item in items})
    images = listed(
        tmp_path,
        {
            "images": [
                {"id": i, "file_name": f"{i}.jpg", "width": 2000, "height": 2000} for i in frames
            ],
            "categories": [{"id": kind, "name": f"c{kind}"} for kind in kinds],
        },
    )
    mapping = {f"c{kind}": PLAYER for kind in kinds}
    assert on_its_clip(images, [path], categories=mapping).tallies[PLAYER].kept == len(items)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
near = st.fixed_dictionaries(
    {},
    optional={
        "image_id": st.just(3) | values,
        "category_id": st.sampled_from([1, 2]) | values,
        "bbox": st.lists(st.integers(-50, 200) | st.floats() | values, min_size=3, max_size=5),
        "score": st.floats(0, 1) | values,
    },
)


@given(st.lists(near | values, max_size=4) | values, st.booleans())
def test_any_json_gives_labels_in_the_frame_or_a_format_error(document: Any, drop: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            loaded = read(Path(folder), document, BadLabels(drop))
        except FormatError:
            return
    for frame in loaded.documents[PLAYER]:
        for box in frame.labels:
            assert isinstance(box, Box)
            assert 0 <= box.x < box.x + box.w <= 10_000
            assert 0 <= box.y < box.y + box.h <= 5_000
