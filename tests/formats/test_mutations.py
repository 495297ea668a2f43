"""Files that were bent at random: an error with its place, or labels that can be; no traceback."""

from __future__ import annotations

import json
import random
import resource
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from prelabel_tui.core.model.labels import Ball, Box, Capability, Flag
from prelabel_tui.formats.errors import BadLabels, FormatError
from prelabel_tui.formats.labels_file import LabelFile
from prelabel_tui.formats.legacy import read_legacy
from prelabel_tui.formats.readers.coco import read_coco, read_images
from prelabel_tui.formats.readers.cvat import read_cvat
from prelabel_tui.formats.readers.gamestate import read_gamestate
from prelabel_tui.formats.readers.label_studio import read_label_studio
from prelabel_tui.formats.readers.mot import DIALECTS, MotDialect, read_mot
from prelabel_tui.formats.readers.soccernet import read_soccernet
from prelabel_tui.formats.readers.sportslabkit import read_sportslabkit
from prelabel_tui.formats.readers.supervision import read_supervision
from prelabel_tui.formats.readers.ultralytics import read_ultralytics
from prelabel_tui.formats.readers.yolo import (
    YoloDialect,
    find_data_set,
    find_labels,
    read_yolo,
)
from prelabel_tui.formats.side_file import SIDE_FILE, SideHeader, SideImage, encode_line
from tests.formats import (
    test_cvat,
    test_label_studio,
    test_legacy,
    test_soccernet,
    test_sportslabkit,
    test_supervision,
    test_ultralytics,
)
from tests.formats.clips import NoPictures, load

PLAYER, BALL = Capability.PLAYER, Capability.BALL
NAMES = [f"{number:06d}.jpg" for number in range(1, 4)]
MAPPED = dict.fromkeys(("0", "1", "a", "referee", "other"), PLAYER) | {"2": BALL, "3": BALL}

Read = Callable[[Path, BadLabels], LabelFile]
Seed = tuple[str, Read]
"""A good file and its reader."""
OF_VIDEO = ("cvat video", "sportslabkit")


def coco(with_results: bool) -> str:
    images = [
        {"id": n, "file_name": name, "width": 100, "height": 50} for n, name in enumerate(NAMES)
    ]
    items = [
        {"id": n, "image_id": n, "category_id": 1 + n % 2, "bbox": [1, 2, 10, 20], "score": 0.5,
         "track_id": n, "iscrowd": 0, "attributes": {"track_id": n}}
        for n in range(3)
    ]  # fmt: skip
    kinds = [{"id": 1, "name": "player"}, {"id": 2, "name": "ball"}]
    if with_results:
        return json.dumps(items)
    videos = [{"id": 1, "name": "clip", "fps": 25}]
    return json.dumps(
        {"images": images, "annotations": items, "categories": kinds, "videos": videos}
    )


def coco_results(path: Path, bad: BadLabels) -> LabelFile:
    beside = path.with_name("images.json")
    beside.write_text(coco(with_results=False))
    return read_coco(read_images(beside), [path], bad)


def of_sequence(path: Path, bad: BadLabels) -> LabelFile:
    folder = test_soccernet.sequence(path.parent)
    (folder / "gameinfo.ini").write_bytes(path.read_bytes())
    return read_soccernet(folder, bad=bad)


def yolo_text(path: Path, bad: BadLabels) -> LabelFile:
    folder = path.parent / "labels"
    folder.mkdir(exist_ok=True)
    (folder / "000001.txt").write_bytes(path.read_bytes())
    return read_yolo(find_labels(folder), YoloDialect(confidence=True), bad)


def yolo_data(path: Path, bad: BadLabels) -> LabelFile:
    for part in ("images", "labels"):
        (path.parent / part).mkdir(exist_ok=True)
    (path.parent / "labels/000001.txt").write_text("0 .5 .5 .1 .1\n")
    return read_yolo(find_data_set(path, "train"), YoloDialect(), bad)


def no_label_file(path: Path, bad: BadLabels) -> LabelFile:
    """Older records are documents already: only their reader is tried."""
    read_legacy(path)
    path.write_bytes(b"1,1,5,5,9,9,1\n")
    return read_mot({PLAYER: path}, MotDialect(0), bad)


def side_file(path: Path, bad: BadLabels) -> LabelFile:
    """A MOT export of ours whose side file is bent."""
    folder = path.parent / "gt"
    folder.mkdir(exist_ok=True)
    (folder / "gt.txt").write_text("1,7,10,5,10,20,1,1,1\n2,7,11,6,10,20,1,1,1\n")
    (folder / SIDE_FILE).write_bytes(path.read_bytes())
    return read_mot({None: folder / "gt.txt"}, MotDialect(0, DIALECTS["gt"]), bad)


def side_lines() -> str:
    boxes = [Box("p7", 1_000 + 100 * n, 500 + 100 * n, 1_000, 2_000, 9_000) for n in (0, 1)]
    images = [
        SideImage(str(n), n - 1, NAMES[n - 1], 100, 50, (PLAYER,), 40_000 * (n - 1), None,
                  {PLAYER: (Flag.BAD_FRAME,)}, None, (boxes[n - 1],) if n < 3 else ())
        for n in (1, 2, 3)
    ]  # fmt: skip
    header = SideHeader(1, "mot", "arena", "m1", 0, 3, 25_000)
    return b"".join(map(encode_line, (header, *images))).decode()


SEEDS: dict[str, Seed] = {
    "mot det": (
        "1,7,10,5,10,20,0.87,-1,-1,-1\n2,-1,11.5,6,10,20,0.5,-1,-1,-1\n3,8,1,1,5,5,1,-1,-1,-1\n",
        lambda path, bad: read_mot({PLAYER: path}, MotDialect(1), bad),
    ),
    "mot gt": (
        "1,7,10,5,10,20,1,1,1.0\n2,7,11,6,10,20,0,1,0.5\n3,9,11,6,4,4,1,2,0.5\n",
        lambda path, bad: read_mot({None: path}, MotDialect(0, DIALECTS["gt"]), bad),
    ),
    "coco": (coco(with_results=False), lambda path, bad: read_coco(read_images(path), (), bad)),
    "coco results": (coco(with_results=True), coco_results),
    "yolo": ("0 0.5 0.5 0.2 0.4 0.87\n1 0.1 0.2 0.04 0.08 0.5\n", yolo_text),
    "data.yaml": ("path: .\ntrain: images\nnames:\n  0: player\n  1: ball\n", yolo_data),
    "ultralytics": (
        json.dumps([[test_ultralytics.box(track_id=3)], [], [test_ultralytics.box()]]),
        lambda path, bad: read_ultralytics(path, bad=bad),
    ),
    "predictions": (
        json.dumps([test_ultralytics.prediction(n) for n in (1, 2, 3)]),
        lambda path, bad: read_ultralytics(path, bad=bad),
    ),
    "supervision json": (
        json.dumps([test_supervision.row(frame_number=n) for n in (1, 2, 3)]),
        lambda path, bad: read_supervision(path, bad=bad),
    ),
    "supervision csv": (
        test_supervision.CSV.replace(",0\n", ",1\n"),
        lambda path, bad: read_supervision(path, bad=bad),
    ),
    "soccernet": (test_soccernet.GAMEINFO, of_sequence),
    "game state": (
        json.dumps(test_soccernet.document()),
        lambda path, bad: read_gamestate(path, bad),
    ),
    "cvat images": (
        "<annotations>"
        + "".join(
            test_cvat.IMAGE.format(id=n, name=name, shapes=test_cvat.box())
            for n, name in enumerate(NAMES)
        )
        + "</annotations>",
        lambda path, bad: read_cvat(path, bad),
    ),
    "cvat video": (
        f"<annotations>{test_cvat.META.format(stop=3, filter='step=1')}<track id='1' "
        f"label='player'>{test_cvat.at(1)}{test_cvat.at(3, 30)}</track></annotations>",
        lambda path, bad: read_cvat(path, bad),
    ),
    "label studio": (
        json.dumps([test_label_studio.task(n) for n in (1, 2, 3)]),
        lambda path, bad: read_label_studio(path, bad=bad),
    ),
    "sportslabkit": (
        test_sportslabkit.TABLE, lambda path, bad: read_sportslabkit(path, bad),
    ),
    "legacy": (json.dumps(test_legacy.records()), no_label_file),
    "side file": (side_lines(), side_file),
}  # fmt: skip

INSERTED = (
    b"", b"0", b"-", b"9" * 30, b"1e999", b"nan", b",", b"\n", b'"', b"\x00", b"\xff\xfe", b"{",
    b"]" * 200, b"[" * 2_000, b"null", b"true", b"-1", b"\xed\xa0\x80", b"&x;", b"<!--", b": ",
    b"999999999", b"../../x", b"\x1b[31m",
)  # fmt: skip


def bent(text: bytes, pick: random.Random) -> bytes:
    """The text with a few bytes cut, repeated, moved or put in."""
    for _ in range(pick.randint(1, 3)):
        at, length = pick.randrange(len(text) + 1), pick.randint(0, 12)
        kind = pick.randrange(5)
        if kind == 0:
            text = text[:at] + pick.choice(INSERTED) + text[at + length :]
        elif kind == 1:
            text = text[:at] + text[at : at + length * 4] * 2 + text[at + length * 4 :]
        elif kind == 2:
            text = text[:at]
        elif kind == 3 and text:
            text = text[:at] + bytes([pick.randrange(256)]) + text[at + 1 :]
        else:
            digits = [i for i, byte in enumerate(text) if 48 <= byte <= 57]
            if digits:
                spot = pick.choice(digits)
                text = text[:spot] + pick.choice(INSERTED) + text[spot + 1 :]
    return text


def take(name: str, text: bytes, folder: Path, drop: bool) -> str:
    """Read a bent file onto three pictures; what came of it."""
    path = folder / "bent"
    path.write_bytes(text)
    bad = BadLabels(drop)
    try:
        file = SEEDS[name][1](path, bad)
        source = NoPictures(video_frames=4) if name in OF_VIDEO else NoPictures(NAMES)
        loaded = load(file, source, bad=bad, categories=MAPPED)
    except FormatError as error:
        text_of = str(error)
        well = text_of.startswith(str(folder)) and "\x1b" not in text_of and len(text_of) < 2_000
        return "refused" if well else text_of
    for document in loaded.documents.values():
        assert len(document) <= 40
        for frame in document:
            for label in frame.labels:
                assert isinstance(label, Ball | Box)
                assert 0 <= label.x <= 10**8
                assert 0 <= label.y <= 10**8
                if isinstance(label, Box):
                    assert min(label.w, label.h) > 0
    return "dropped" if bad.count else "taken"


@pytest.mark.soak
@pytest.mark.parametrize("name", SEEDS)
def test_a_bent_file_is_refused_with_its_place_or_taken(
    name: str, tmp_path: Path, soak: bool
) -> None:
    seed = SEEDS[name][0].encode()
    count, first = (20_000 // len(SEEDS) + 1, 1) if soak else (18, random.randrange(10**6))
    assert take(name, seed, tmp_path, drop=False) == "taken"
    outcomes, slowest = Counter[str](), 0.0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(first, first + count):
        pick = random.Random(number)
        text = bent(seed, pick)
        started = time.perf_counter()
        try:
            outcome = take(name, text, tmp_path, drop=bool(number % 2))
        except Exception as error:
            raise AssertionError(f"seed {number} of {name}: {text!r}") from error
        assert outcome in ("refused", "taken", "dropped"), outcome
        outcomes[outcome] += 1
        slowest = max(slowest, time.perf_counter() - started)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10
    assert grown < 500, "a small file must not take much memory"
    print(f"\n{name}: {count} bent files: {dict(outcomes)}, slowest {slowest:.2f} s, +{grown} MB")
