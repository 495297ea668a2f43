"""Whatever the labels are, an export of a draft comes back as the same content."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from prelabel_tui.core.datasets.selection import select_these
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.ids import new_id
from prelabel_tui.core.ingest.import_run import import_run
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import (
    Ball,
    BallState,
    Box,
    Capability,
    Flag,
    Frame,
    Origin,
    make_frame,
)
from prelabel_tui.core.model.media import Manifest, MediaFrame
from prelabel_tui.core.store import Store
from prelabel_tui.formats.prepare import prepare
from prelabel_tui.imaging.frames.probe import FolderPictures
from tests.exporting import BALL, LENA, PLAYER, exported, pictures
from tests.round_trips import READERS

WIDTH, HEIGHT, FRAMES = 640, 360, 3

_ids = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=8)
_score = st.none() | st.integers(0, 10_000)
_origin = st.sampled_from(list(Origin))
_track = st.none() | st.integers(0, 99).map(str)


@st.composite
def _balls(draw: st.DrawFn) -> Ball:
    x, y = draw(st.integers(0, WIDTH * 100)), draw(st.integers(0, HEIGHT * 100))
    was = draw(st.none() | st.tuples(st.integers(0, 9_999), st.integers(0, 9_999), st.just(7)))
    return Ball(draw(_ids), x, y, draw(st.integers(1, 5_000)), draw(_score), draw(_origin), was,
                draw(_track))  # fmt: skip


@st.composite
def _boxes(draw: st.DrawFn) -> Box:
    x, y = draw(st.integers(0, WIDTH * 100 - 1)), draw(st.integers(0, HEIGHT * 100 - 1))
    w, h = draw(st.integers(1, WIDTH * 100 - x)), draw(st.integers(1, HEIGHT * 100 - y))
    was = draw(st.none() | st.just((1, 2, 3, 4)))
    return Box(draw(_ids), x, y, w, h, draw(_score), draw(_origin), was, draw(_track))


def _frames(
    labels: st.SearchStrategy[Ball] | st.SearchStrategy[Box], ball: bool
) -> st.SearchStrategy[list[Frame]]:
    # A track is in a frame once.
    once = st.lists(labels, max_size=4, unique_by=(lambda label: label.id,)).map(
        lambda found: [
            label for at, label in enumerate(found)
            if label.track is None or label.track not in {other.track for other in found[:at]}
        ]
    )  # fmt: skip
    states = st.none() | st.sampled_from(list(BallState)) if ball else st.none()
    one = st.builds(make_frame, once, st.sets(st.sampled_from(list(Flag))), states)
    return st.lists(one, min_size=FRAMES, max_size=FRAMES)


@pytest.mark.parametrize("name", READERS)
@example(
    [
        make_frame([Ball("b", 0, 0, 1)]),
        make_frame([Ball("b", WIDTH * 100, HEIGHT * 100, 1)]),
        make_frame(),
    ],
    [make_frame()] * FRAMES,
)  # a corner's smallest ball
@given(_frames(_balls(), True), _frames(_boxes(), False))
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_content_comes_back(
    store: Store, tmp_path: Path, name: str, balls: list[Frame], boxes: list[Frame]
) -> None:
    folder = tmp_path / "frames"
    clip = _clip(folder)
    media = new_id()
    documents = {
        BALL: Document.from_frames(BALL, balls),
        PLAYER: Document.from_frames(PLAYER, boxes),
    }
    run = import_run(
        store, LENA, workspace="arena", media=media, manifest=clip, documents=documents,
        source="test",
    ).unwrap()  # fmt: skip
    drafts = [loading.open_review(store, LENA, run.id, c).unwrap().id for c in Capability]
    out = tmp_path / media
    exported(store, name, out, select_these(store, drafts=drafts)).unwrap()
    again = prepare(READERS[name](out, media), FolderPictures(folder))
    assert again.labels.documents == documents


def _clip(folder: Path) -> Manifest:
    if not folder.exists():
        return pictures(folder, FRAMES, (WIDTH, HEIGHT))
    names = sorted(path.name for path in folder.iterdir())
    return Manifest(
        tuple(
            MediaFrame(name, WIDTH, HEIGHT, index * 40_000, path=str(folder / name))
            for index, name in enumerate(names)
        ),
        25_000,
    )
