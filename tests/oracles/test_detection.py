"""The report's numbers against COCO's own evaluation, where they mean the same."""

from __future__ import annotations

import contextlib
import io
import random

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from prelabel_tui.core.assessment.detection import BOX_OVERLAP, Clip, report_on
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Box, Capability, make_frame

pytestmark = pytest.mark.oracles

FRAMES, WIDTH, HEIGHT = 40, 1920, 1080


def boxes(draw: random.Random) -> tuple[list[list[Box]], list[list[Box]]]:
    """Prelabels and truths: shifted, doubled, missing and false ones, some with equal scores."""
    found, truths = [], []
    for _ in range(FRAMES):
        real, guessed = [], []
        for number in range(draw.randrange(14)):
            x, y = draw.randrange(170_000), draw.randrange(90_000)
            box = Box(f"t{number}", x, y, draw.randrange(800, 12_000), draw.randrange(900, 14_000))
            real.append(box)
            for copy in range(draw.choice((0, 1, 1, 1, 2))):
                moved = draw.randrange(-box.w // 2, box.w // 2)
                score = draw.choice((9_000, draw.randrange(10_000)))
                guessed.append(
                    Box(f"p{number}-{copy}", x + moved, y + moved // 3, box.w, box.h, score)
                )
        for number in range(draw.randrange(4)):
            guessed.append(
                Box(f"f{number}", draw.randrange(170_000), 500, 3_000, 7_000, draw.randrange(9_999))
            )
        found.append(guessed)
        truths.append(real)
    return found, truths


@pytest.mark.parametrize("seed", range(6))
def test_hits_misses_and_average_precision_are_those_of_coco(seed: int) -> None:
    found, truths = boxes(random.Random(seed))
    clip = Clip(
        Document.from_frames(Capability.PLAYER, map(make_frame, found)),
        Document.from_frames(Capability.PLAYER, map(make_frame, truths)),
        range(FRAMES),
        [(WIDTH, HEIGHT)] * FRAMES,
    )
    report = report_on(Capability.PLAYER, [clip])

    def shape(box: Box) -> dict[str, object]:
        x, y, w, h = (value / 100 for value in box.geometry)
        return {"bbox": [x, y, w, h], "area": w * h, "iscrowd": 0, "category_id": 1}

    # In the order in which a frame has them: by id.
    truth_rows = [
        {**shape(box), "image_id": at + 1, "id": 1_000 * at + number + 1}
        for at in range(FRAMES)
        for number, box in enumerate(clip.truth.frame(at).labels)
        if isinstance(box, Box)
    ]
    found_rows = [
        {**shape(box), "image_id": at + 1, "score": (box.score or 0) / 10_000}
        for at in range(FRAMES)
        for box in clip.prelabels.frame(at).labels
        if isinstance(box, Box)
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {
            "images": [{"id": at + 1, "width": WIDTH, "height": HEIGHT} for at in range(FRAMES)],
            "categories": [{"id": 1, "name": "player"}],
            "annotations": truth_rows,
        }
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(found_rows), "bbox")
        evaluation.params.iouThrs = np.array([BOX_OVERLAP])
        evaluation.params.maxDets = [1, 10, 1_000]
        evaluation.params.areaRng = [[0, 1e10]]
        evaluation.params.areaRngLbl = ["all"]
        evaluation.evaluate()
        evaluation.accumulate()
    hits = sum(int((image["dtMatches"] > 0).sum()) for image in evaluation.evalImgs if image)
    assert report.whole.hit == hits > 0
    assert report.whole.hit + report.whole.false == len(found_rows)
    assert report.whole.hit + report.whole.missed == len(truth_rows)
    recall = float(evaluation.eval["recall"][0, 0, 0, 2])
    assert report.whole.recall == pytest.approx(recall, abs=1e-12)
    precision = float(evaluation.eval["precision"][0, :, 0, 0, 2].mean())
    assert report.average_precision == pytest.approx(precision, abs=1e-12)
