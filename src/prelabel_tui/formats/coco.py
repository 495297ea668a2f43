"""COCO files.  Reading: an image list (and its annotations, or a results file with scores).

The image list is the clip: its images, in natural order of their file names.  Results have no
ids; labels are named by their order in the frame (``d001``), annotations by theirs (``a17``) or,
in a file that was exported here, as they were.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any, Final

from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.model.media import LARGEST_SIDE, LONGEST_FRAME_NAME, Manifest, natural_key
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.formats.errors import FormatError
from prelabel_tui.formats.gathering import Gathering, Loaded, read_json

DEFAULT_CATEGORIES: Final[Mapping[str, Capability]] = {
    "player": Capability.PLAYER,
    "person": Capability.PLAYER,
    "ball": Capability.BALL,
    "sports ball": Capability.BALL,
}
"""Category names that are understood without a mapping (compared without case)."""


_LONGEST_ID: Final = 200
_HIGHEST: Final = 2**53


@dataclass(frozen=True)
class CocoImage:
    """An entry of the image list; sizes in px."""

    id: int
    file_name: str
    width: int
    height: int


@dataclass(frozen=True)
class CocoImages:
    """An image list: ``images`` in the order of the clip, categories by id, annotations raw."""

    path: Path
    images: tuple[CocoImage, ...]
    categories: Mapping[int, str]
    annotations: tuple[Any, ...]


def read_images(path: Path, progress: Progress = unwatched) -> CocoImages:
    """The image list of a COCO file.  FormatError."""
    document = read_json(path, progress)
    if not isinstance(document, dict) or not isinstance(document.get("images"), list):
        raise FormatError(path, "", "has no list of images", "Give a COCO file with images")
    images: list[CocoImage] = []
    places: dict[str, str] = {}
    for number, item in enumerate(document["images"], start=1):
        place = f"image {number}"
        image = _image(path, place, item)
        for key in (f"id {image.id}", f"file_name {image.file_name}"):
            if (earlier := places.setdefault(key, place)) != place:
                raise FormatError(path, place, f"the {key} is there twice (also {earlier})",
                                  "Give each image its own id and name")  # fmt: skip
        images.append(image)
    if not images:
        raise FormatError(path, "", "lists no images", "Give a COCO file with images")
    images.sort(key=lambda image: natural_key(image.file_name))
    return CocoImages(
        path,
        tuple(images),
        _categories(path, document.get("categories")),
        tuple(_list(path, document.get("annotations") or [], "annotations")),
    )


def read_coco(
    listed: CocoImages,
    results: Path | None,
    manifest: Manifest,
    min_score: Mapping[Capability, float] | None = None,
    categories: Mapping[str, Capability] | None = None,
    leave_out: Collection[str] = (),
    progress: Progress = unwatched,
) -> Loaded:
    """Labels from a results file, else from the image list's own annotations.

    ``manifest`` must have the images of the list in its order.  ``categories`` maps names
    beside the default ones, labels of the categories ``leave_out`` are counted and not looked at
    any further.  A category that is neither is refused when a label has it.
    Both capabilities are always there: a detector that found nothing said so.  FormatError.
    """
    gathering = Gathering(manifest, min_score or {}, progress)
    for capability in Capability:
        gathering.expect(capability)
    known = {name.casefold(): c for name, c in {**DEFAULT_CATEGORIES, **(categories or {})}.items()}
    left_out = dict.fromkeys(leave_out, 0)
    unwanted = {name.casefold(): name for name in leave_out}
    indices = {image.id: index for index, image in enumerate(listed.images)}
    path, kind = (results, "item") if results else (listed.path, "annotation")
    items = (
        _list(path, read_json(path, progress), "results") if results else list(listed.annotations)
    )
    for number, item in enumerate(items, start=1):
        place = f"{kind} {number}"
        if not isinstance(item, dict):
            raise FormatError(path, place, "is no object", "Write image_id, category_id, bbox")
        image_id = _whole(path, place, item, "image_id")
        if image_id not in indices:
            raise FormatError(path, place, f"image {image_id} is not in {listed.path.name}",
                              "Give the image list that belongs to this file")  # fmt: skip
        category = _category(path, place, item, listed)
        if (name := unwanted.get(category.casefold())) is not None:
            left_out[name] += 1
            continue
        if category.casefold() not in known:
            raise FormatError(path, place, f"the category {category!r} is neither player nor ball",
                              "Map it with --player-category or --ball-category, or leave it out "
                              "with --skip-category")  # fmt: skip
        rect = _rect(path, place, item.get("bbox"))
        score = item.get("score")
        if score is not None and (isinstance(score, bool) or not isinstance(score, int | float)):
            raise FormatError(path, place, "the score is no number", "Write a score of 0..1")
        label_id = None if results else _annotation_name(path, place, item)
        capability = known[category.casefold()]
        gathering.add(path, place, capability, indices[image_id], rect, score, label_id)
    return replace(gathering.loaded(), left_out=left_out)


def _annotation_name(path: Path, place: str, item: dict[str, Any]) -> str | None:
    """What an export of ours called the label, else a name made of the annotation's id."""
    name = item.get("label_id")
    if isinstance(name, str) and 0 < len(name) <= _LONGEST_ID:
        return name
    return f"a{_whole(path, place, item, 'id')}" if "id" in item else None


def _image(path: Path, place: str, item: Any) -> CocoImage:
    if not isinstance(item, dict):
        raise FormatError(path, place, "is no object", "Write id, file_name, width, height")
    name = item.get("file_name")
    if not isinstance(name, str) or not name:
        raise FormatError(path, place, "has no file_name", "Write id, file_name, width, height")
    if len(name) > LONGEST_FRAME_NAME or "\0" in name:
        raise FormatError(path, place, "the file_name is no name of a file", "Correct it")
    if PurePath(name).is_absolute() or ".." in PurePath(name).parts:
        raise FormatError(path, place, f"{name!r} leads out of the folder of frames",
                          "Write names relative to it")  # fmt: skip
    width, height = (_whole(path, place, item, key) for key in ("width", "height"))
    if not (1 <= width <= LARGEST_SIDE and 1 <= height <= LARGEST_SIDE):
        raise FormatError(path, place, f"a size of {width}×{height}", "Write the size in px")
    return CocoImage(_whole(path, place, item, "id"), name, width, height)


def _categories(path: Path, items: Any) -> dict[int, str]:
    found: dict[int, str] = {}
    for number, item in enumerate(_list(path, items or [], "categories"), start=1):
        place = f"category {number}"
        if not isinstance(item, dict) or not isinstance(item.get("name"), str):
            raise FormatError(path, place, "has no name", "Write id and name")
        identifier = _whole(path, place, item, "id")
        if identifier in found:
            raise FormatError(path, place, f"the id {identifier} is there twice", "Use each once")
        found[identifier] = item["name"]
    return found


def _category(path: Path, place: str, item: dict[str, Any], listed: CocoImages) -> str:
    identifier = _whole(path, place, item, "category_id")
    name = listed.categories.get(identifier)
    if name is None:
        raise FormatError(path, place, f"category {identifier} is not in {listed.path.name}",
                          "Add it to the categories there")  # fmt: skip
    return name


def _rect(path: Path, place: str, value: Any) -> tuple[float, float, float, float]:
    ok = isinstance(value, list) and len(value) == 4
    if not ok or any(isinstance(v, bool) or not isinstance(v, int | float) for v in value):
        raise FormatError(
            path, place, "the bbox is not four numbers", "Write [x, y, width, height]"
        )
    try:
        x, y, w, h = (float(number) for number in value)
    except OverflowError:
        raise FormatError(path, place, "a number is too large", "Correct or remove it") from None
    return x, y, w, h


def _list(path: Path, value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise FormatError(path, "", f"the {what} are no list", f"Write the {what} as a list")
    return value


def _whole(path: Path, place: str, item: dict[str, Any], key: str) -> int:
    value = item.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > _HIGHEST:
        raise FormatError(path, place, f"{key} is no whole number", f"Write {key} as a number")
    return value
