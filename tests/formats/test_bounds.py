"""Label files with too much in a frame, ids without end, or keys that say two things."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from prelabel_tui.core.bounds import LABEL_NAME_LENGTH, LABELS_PER_FRAME
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.formats.errors import BadLabels, FormatError
from prelabel_tui.formats.readers.coco import read_coco, read_images
from prelabel_tui.formats.readers.mot import MotDialect, read_mot
from tests.formats.clips import NoPictures, load

NAMES = ["000001.jpg", "000002.jpg", "000003.jpg"]


def mot(path: Path, count: int) -> None:
    lines = [f"2,{number + 1},10,10,20,40,0.9,-1,-1,-1\n" for number in range(count)]
    path.write_text("1,1,10,10,20,40,0.9,-1,-1,-1\n" + "".join(lines))


def test_a_frame_with_more_labels_than_it_may_have_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gt.txt"
    mot(path, LABELS_PER_FRAME)
    file = read_mot({Capability.PLAYER: path}, MotDialect(1))
    loaded = load(file, NoPictures(NAMES))
    assert len(loaded.documents[Capability.PLAYER].frame(1).labels) == LABELS_PER_FRAME
    mot(path, LABELS_PER_FRAME + 1)
    file = read_mot({Capability.PLAYER: path}, MotDialect(1))
    with pytest.raises(FormatError, match=r"line 2: the frame 000002\.jpg has 1,001 labels"):
        load(file, NoPictures(NAMES), bad=BadLabels(keep_going=True))


def coco(folder: Path, results: str) -> None:
    images = [{"id": n, "file_name": name, "width": 99, "height": 50}
              for n, name in enumerate(NAMES)]  # fmt: skip
    kinds = [{"id": 1, "name": "player"}]
    (folder / "images.json").write_text(json.dumps({"images": images, "categories": kinds}))
    (folder / "results.json").write_text(results)


def test_a_label_that_has_a_key_twice_is_refused_by_its_line(tmp_path: Path) -> None:
    good = '{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5}'
    twice = good.replace('"score": 0.5', '"score": 0.5,\n"score": 0.9')
    coco(tmp_path, f"[{good},\n{good},\n{twice}]")
    listed = read_images(tmp_path / "images.json")
    with pytest.raises(FormatError, match="line 4: an object has the key 'score' twice"):
        read_coco(listed, [tmp_path / "results.json"])


def test_a_track_id_without_end_is_refused_or_left_out(tmp_path: Path) -> None:
    items = [
        {"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5, "track_id": name}
        for name in ("p1", "p2")
    ]
    coco(tmp_path, json.dumps(items))
    listed = read_images(tmp_path / "images.json")
    file = read_coco(listed, [tmp_path / "results.json"])
    file.rows.tracks[1] = "x" * (
        LABEL_NAME_LENGTH + 1
    )  # as of a format that has no bound of its own
    with pytest.raises(FormatError, match="item 2: an id has more than 200 characters"):
        load(file, NoPictures(NAMES))
    bad = BadLabels(keep_going=True)
    loaded = load(file, NoPictures(NAMES), bad=bad)
    assert bad.count == 1
    assert len(loaded.documents[Capability.PLAYER].frame(1).labels) == 1
