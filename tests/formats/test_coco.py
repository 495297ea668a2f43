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
from prelabel_tui.core.model.media import Manifest, MediaFrame
from prelabel_tui.formats.coco import CocoImages, read_coco, read_images
from prelabel_tui.formats.errors import FormatError
from prelabel_tui.formats.gathering import Loaded

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


def listed(tmp_path: Path, document: Any = None) -> CocoImages:
    path = tmp_path / "images.json"
    path.write_text(json.dumps(IMAGES if document is None else document))
    return read_images(path)


def clip(images: CocoImages) -> Manifest:
    return Manifest(tuple(MediaFrame(i.file_name, i.width, i.height) for i in images.images))


def read(tmp_path: Path, results: Any, **options: Any) -> Loaded:
    path = tmp_path / "results.json"
    path.write_text(results if isinstance(results, str) else json.dumps(results))
    images = listed(tmp_path)
    return read_coco(images, path, clip(images), **options)


def result(**changes: Any) -> dict[str, Any]:
    return {"image_id": 3, "category_id": 1, "bbox": [1, 2, 10, 20], "score": 0.5, **changes}


def test_the_clip_is_the_image_list_in_natural_order(tmp_path: Path) -> None:
    assert [image.file_name for image in listed(tmp_path).images] == ["f9.jpg", "f10.jpg"]


def test_results_become_labels_named_by_order(tmp_path: Path) -> None:
    results = [
        result(),
        result(bbox=[30.254, 2, 10, 20], score=0.25),
        result(image_id=8, category_id=2, bbox=[10, 10, 4, 6], score=1),
    ]
    loaded = read(tmp_path, results)
    players, balls = loaded.documents[Capability.PLAYER], loaded.documents[Capability.BALL]
    assert players.frame(0).labels == (
        Box("d001", 100, 200, 1000, 2000, 5000),
        Box("d002", 3025, 200, 1000, 2000, 2500),
    )
    assert balls.frame(1).labels == (Ball("d001", 1200, 1300, 500, 10_000),)


def test_a_detector_that_found_no_ball_still_gives_a_ball_document(tmp_path: Path) -> None:
    loaded = read(tmp_path, [])
    assert set(loaded.documents) == set(Capability)
    assert len(loaded.documents[Capability.BALL]) == 2


def test_least_scores_are_per_capability(tmp_path: Path) -> None:
    results = [result(), result(category_id=2)]
    loaded = read(tmp_path, results, min_score={Capability.BALL: 0.6})
    assert loaded.tallies[Capability.PLAYER].kept == 1
    assert loaded.tallies[Capability.BALL].below_score == 1


def test_categories_can_be_mapped(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"'dog' is neither player nor ball"):
        read(tmp_path, [result(category_id=5)])
    loaded = read(tmp_path, [result(category_id=5)], categories={"Dog": Capability.PLAYER})
    assert loaded.tallies[Capability.PLAYER].kept == 1


def test_a_category_that_is_left_out_is_counted_and_not_looked_at(tmp_path: Path) -> None:
    dog = result(category_id=5, bbox="none", score="high")
    items = [result(), dog, dog]
    with pytest.raises(FormatError, match="or leave it out with --skip-category"):
        read(tmp_path, items)
    loaded = read(tmp_path, items, leave_out=("DOG", "cat"))
    assert loaded.left_out == {"DOG": 2, "cat": 0}
    assert loaded.tallies[Capability.PLAYER].kept == 1
    with pytest.raises(FormatError, match="item 2: image 99 is not in"):
        read(tmp_path, [result(), {**dog, "image_id": 99}], leave_out=("dog",))


def test_without_results_the_annotations_are_the_labels(tmp_path: Path) -> None:
    annotation = {"id": 17, "image_id": 8, "category_id": 1, "bbox": [1, 2, 3, 4], "iscrowd": 0}
    images = listed(tmp_path, {**IMAGES, "annotations": [annotation]})
    loaded = read_coco(images, None, clip(images))
    assert loaded.documents[Capability.PLAYER].frame(1).labels == (Box("a17", 100, 200, 300, 400),)


@pytest.mark.parametrize(
    ("item", "says"),
    [
        (result(image_id=4), "image 4 is not in images.json"),
        (result(image_id=None), "image_id is no whole number"),
        (result(image_id=True), "image_id is no whole number"),
        (result(category_id=9), "category 9 is not in images.json"),
        (result(bbox=[1, 2, 3]), "not four numbers"),
        (result(bbox=[1, 2, 3, "4"]), "not four numbers"),
        (result(bbox=[1, 2, 3, 10**18]), "no number of pixels"),
        (result(image_id=2**60), "image_id is no whole number"),
        (result(bbox=[1, 2, 3, 0]), "no area"),
        (result(bbox=[100, 2, 3, 3]), "outside the frame"),
        (result(score="high"), "score is no number"),
        (result(score=2), "not between 0 and 1"),
        ("label", "is no object"),
    ],
)
def test_a_broken_item_is_refused_with_its_place(tmp_path: Path, item: Any, says: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path, [result(), item])
    assert says in caught.value.what
    assert caught.value.place == "item 2"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[{"image_id": 3, "bbox": [NaN]}]', "line 1: is no JSON"),
        ('[{"label_id": "\\ud800"}]', "line 1: is no JSON"),
        ("[1, 2", "line 1: is no JSON"),
        ('\n{"a": }', "line 2: is no JSON"),
        ('{"image_id": 3}', "the results are no list"),
        pytest.param("[" * 100_000, "nested too deeply", id="deep"),
        pytest.param("[" + "9" * 5000 + "]", "out of range", id="a huge number"),
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(FormatError, match=says):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("image", "says"),
    [
        ({"id": 3, "file_name": "x.jpg", "width": 1, "height": 1}, "id 3 is there twice"),
        ({"id": 4, "file_name": "f9.jpg", "width": 1, "height": 1}, "f9.jpg is there twice"),
        ({"id": 4, "file_name": "../x.jpg", "width": 1, "height": 1}, "leads out of the folder"),
        ({"id": 4, "file_name": "/x.jpg", "width": 1, "height": 1}, "leads out of the folder"),
        ({"id": 4, "file_name": "", "width": 1, "height": 1}, "no file_name"),
        ({"id": 4, "file_name": "x.jpg", "width": 0, "height": 1}, "size of 0×1"),
        ({"id": 4, "file_name": "x.jpg", "width": 1.5, "height": 1}, "width is no whole number"),
        (None, "is no object"),
    ],
)
def test_a_broken_image_list_is_refused(tmp_path: Path, image: Any, says: str) -> None:
    with pytest.raises(FormatError) as caught:
        listed(tmp_path, {**IMAGES, "images": [*IMAGES["images"], image]})
    assert says in caught.value.what
    assert caught.value.place == "image 3"


def test_files_that_are_no_image_list_are_refused(tmp_path: Path) -> None:
    for document in ([], {}, {"images": {}}, {"images": []}, {**IMAGES, "categories": 3}):
        with pytest.raises(FormatError):
            listed(tmp_path, document)


def test_a_real_detector(real_data: Path) -> None:
    folder = real_data / "tactical-1080p" / "prelabels_yolox_nano"
    images = read_images(folder / "coco_images.json")
    loaded = read_coco(images, folder / "coco_results.json", clip(images))
    assert {c: t.kept for c, t in loaded.tallies.items()} == {
        Capability.PLAYER: 542,
        Capability.BALL: 164,
    }


@pytest.mark.parametrize("name", ["coco_instances/annotations/instances_train.json",
                                  "coco_roboflow/train/_annotations.coco.json"])  # fmt: skip
def test_annotations_of_other_projects(real_data: Path, name: str) -> None:
    images = read_images(real_data / "formats" / name)
    with pytest.raises(FormatError, match="--player-category"):
        read_coco(images, None, clip(images))
    loaded = read_coco(images, None, clip(images), categories={"b": Capability.PLAYER})
    assert loaded.documents[Capability.PLAYER].frame(0).labels == (Box("a1", 200, 200, 300, 100),)


def test_results_of_another_project(real_data: Path) -> None:
    path = real_data / "formats/coco_results/instances_val2014_fakebbox100_results.json"
    items = json.loads(path.read_text())
    frames = {item["image_id"] for item in items}
    images = CocoImages(
        path,
        listed_images(frames),
        {item["category_id"]: f"c{item['category_id']}" for item in items},
        (),
    )
    mapping = dict.fromkeys(images.categories.values(), Capability.PLAYER)
    loaded = read_coco(images, path, clip(images), categories=mapping)
    assert loaded.tallies[Capability.PLAYER].kept == len(items)


def listed_images(ids: set[int]) -> Any:
    from prelabel_tui.formats.coco import CocoImage

    return tuple(CocoImage(i, f"{i}.jpg", 2000, 2000) for i in sorted(ids))


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


@given(st.lists(near | values, max_size=4) | values)
def test_any_json_gives_labels_in_the_frame_or_a_format_error(document: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            loaded = read(Path(folder), document)
        except FormatError:
            return
    for frame in loaded.documents[Capability.PLAYER]:
        for box in frame.labels:
            assert isinstance(box, Box)
            assert 0 <= box.x < box.x + box.w <= 10_000
            assert 0 <= box.y < box.y + box.h <= 5_000
