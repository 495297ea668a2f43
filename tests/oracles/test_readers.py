"""Every writer's output, loaded by the field's own readers: each label is where it was."""

from __future__ import annotations

import contextlib
import io
from collections import defaultdict
from pathlib import Path

import datumaro
import motmetrics
import pytest
import supervision
import trackeval
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from prelabel_tui.core.datasets.images import Pictures
from prelabel_tui.core.store import Store
from prelabel_tui.formats.side_file import rect_of
from prelabel_tui.formats.writers import FORMATS
from tests.exporting import balls, both, exported, pictures, players

pytestmark = pytest.mark.oracles

FRAMES = 6
Boxes = list[tuple[str, float, float, float, float]]


@pytest.fixture
def out(store: Store, tmp_path: Path) -> Path:
    """Two clips with pictures, in every format."""
    for media in ("m1", "m2"):
        both(store, pictures(tmp_path / media, FRAMES), media=media)
    for name in FORMATS:
        exported(store, name, tmp_path / "out" / name, pictures=Pictures.COPY).unwrap()
    return tmp_path / "out"


def expected(index: int) -> Boxes:
    """Class, left, top, right, bottom of a frame's labels."""
    found: Boxes = []
    for name, frame in (("ball", balls(FRAMES)[index]), ("player", players(FRAMES)[index])):
        for label in frame.labels:
            x, y, w, h = rect_of(label)
            found.append((name, x, y, x + w, y + h))
    return sorted(found)


def assert_same(found: Boxes, index: int, close: float = 1e-3) -> None:
    wanted = expected(index)
    assert len(found) == len(wanted)
    for one, two in zip(sorted(found), wanted, strict=True):
        assert one[0] == two[0]
        assert one[1:] == pytest.approx(two[1:], abs=close)


def test_pycocotools_scores_the_labels_against_themselves(out: Path) -> None:
    path = str(out / "coco/annotations/instances_all.json")
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(path)
        results = [
            {**{k: a[k] for k in ("image_id", "category_id", "bbox")}, "score": 0.9}
            for a in truth.loadAnns(truth.getAnnIds())
        ]
        scored = COCOeval(truth, truth.loadRes(results), "bbox")
        scored.evaluate()
        scored.accumulate()
        scored.summarize()
    assert scored.stats[0] == pytest.approx(1.0)


@pytest.mark.parametrize("name", ["coco", "yolo"])
def test_supervision(out: Path, name: str) -> None:
    for media in ("m1", "m2"):
        dataset = (
            supervision.DetectionDataset.from_coco(
                str(out / "coco/images"), str(out / "coco/annotations/instances_all.json")
            )
            if name == "coco"
            else supervision.DetectionDataset.from_yolo(
                str(out / f"yolo/images/arena/{media}"),
                str(out / f"yolo/labels/arena/{media}"),
                str(out / "yolo/data.yaml"),
            )
        )
        assert dataset.classes == ["player", "ball"]
        found = {Path(path): d for path, d in dataset.annotations.items() if media in path}
        assert len(found) == FRAMES
        for path, detections in found.items():
            boxes = [
                (dataset.classes[number], *map(float, box))
                for box, number in zip(detections.xyxy, detections.class_id, strict=True)
            ]
            assert_same(boxes, int(path.stem) - 1)


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("coco", "coco"),
        ("mot/prelabel-all/arena+m1", "mot_seq"),
        ("cvat/all/arena/m1", "cvat"),
    ],
)
def test_datumaro(out: Path, folder: str, name: str) -> None:
    dataset = datumaro.Dataset.import_from(str(out / folder), name)
    labels = dataset.categories()[datumaro.AnnotationType.label]
    assert [label.name for label in labels] == ["player", "ball"]
    seen = 0
    for item in dataset:
        if name == "coco" and "/m1/" not in item.id:
            continue
        seen += 1
        boxes = [
            (labels[annotation.label].name, *map(float, annotation.points))
            for annotation in item.annotations
        ]
        assert_same(boxes, int(Path(item.id).name) - 1, close=0.006)  # it keeps two decimals
    assert seen == FRAMES


@pytest.mark.parametrize(("name", "part"), [("mot", "prelabel-all"), ("soccernet", "all")])
def test_motmetrics(out: Path, name: str, part: str) -> None:
    truth = motmetrics.io.loadtxt(out / name / part / "arena+m1/gt/gt.txt", fmt="mot15-2D")
    found: dict[int, Boxes] = defaultdict(list)
    for (frame, _track), row in truth.iterrows():
        # Its loader takes pixels for counted from 1, as the benchmark's definition has it.
        x, y = row["X"] + 1, row["Y"] + 1
        found[frame].append(("", x, y, x + row["Width"], y + row["Height"]))
    for index in range(FRAMES):
        wanted = sorted(("", *box[1:]) for box in expected(index))
        assert len(found[index + 1]) == len(wanted)
        for one, two in zip(sorted(found[index + 1]), wanted, strict=True):
            assert one[1:] == pytest.approx(two[1:], abs=0.005)


def test_trackeval_scores_the_labels_against_themselves(out: Path, tmp_path: Path) -> None:
    trackers = tmp_path / "trackers"
    for sequence in ("arena+m1", "arena+m2"):
        data = trackers / "prelabel-all/ours/data"
        data.mkdir(parents=True, exist_ok=True)
        rows = (out / f"mot/prelabel-all/{sequence}/gt/gt.txt").read_text().splitlines()
        people = [row.split(",") for row in rows if row.split(",")[7] == "1"]
        lines = [",".join([*row[:6], "1", "-1", "-1", "-1"]) for row in people]
        (data / f"{sequence}.txt").write_text("\n".join(lines) + "\n")
    settings = {
        **trackeval.datasets.MotChallenge2DBox.get_default_dataset_config(),
        "GT_FOLDER": str(out / "mot"),
        "TRACKERS_FOLDER": str(trackers),
        "BENCHMARK": "prelabel",
        "SPLIT_TO_EVAL": "all",
        "SEQMAP_FOLDER": str(out / "mot/seqmaps"),
        "TRACKERS_TO_EVAL": ["ours"],
        "PRINT_CONFIG": False,
    }
    evaluator = trackeval.Evaluator(
        {
            **trackeval.Evaluator.get_default_eval_config(),
            "PRINT_CONFIG": False,
            "PRINT_RESULTS": False,
            "PLOT_CURVES": False,
            "OUTPUT_SUMMARY": False,
            "OUTPUT_DETAILED": False,
            "OUTPUT_EMPTY_CLASSES": False,
        }
    )
    with contextlib.redirect_stdout(io.StringIO()):
        found, _ = evaluator.evaluate(
            [trackeval.datasets.MotChallenge2DBox(settings)],
            [trackeval.metrics.HOTA(), trackeval.metrics.CLEAR()],
        )
    sequences = found["MotChallenge2DBox"]["ours"]
    for sequence in ("arena+m1", "arena+m2"):
        scores = sequences[sequence]["pedestrian"]
        assert scores["HOTA"]["HOTA"].mean() == pytest.approx(1.0)
        assert scores["CLEAR"]["CLR_TP"] == 15
        assert scores["CLEAR"]["CLR_FP"] == 0
