"""`prelabel-tui export coco`: what is approved for data sets, as pycocotools reads it."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from msgspec.structs import replace
from typer.testing import CliRunner

from prelabel_tui.cli import app
from prelabel_tui.core.catalog.scopes import find_scope
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.ingest.import_run import import_run
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import BallState, Capability, Flag, make_frame, with_geometry
from prelabel_tui.core.publishing import eligibility, publish, revisions
from prelabel_tui.core.store import Store, open_store
from prelabel_tui.demo import make_match
from prelabel_tui.demo.home import demo_manifest

LEAD = Actor("lena", Role.LEAD, "test@host pid 1")
MATCH = make_match(frames=5, width=320, height=180)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def opened(home: Path) -> Iterator[Store]:
    store = open_store(home).unwrap()
    yield store
    store.close()


def call(home: Path, *words: object) -> Result:
    return CliRunner().invoke(app, ["--home", str(home), "export", "coco", *map(str, words)])


def publish_match(store: Store, media: str = "m") -> None:
    """Bring the demo in, edit one label and flag one frame of each, publish both."""
    run = import_run(
        store, LEAD, workspace="demo", media=media, manifest=demo_manifest(MATCH, Path("/none")),
        documents=MATCH.prelabels, source="demo",
    ).unwrap()  # fmt: skip
    for capability in Capability:
        info = loading.open_review(store, LEAD, run.id, capability).unwrap()
        document = loading.load(store, info.id).unwrap().document
        frame = document.frame(0)
        first, *rest = frame.labels
        x, y, *size = first.geometry
        moved = with_geometry(first, (x + 150, y, *size))  # type: ignore[arg-type]
        state = BallState.BLURRED if capability is Capability.BALL else None
        changed = make_frame([moved, *rest], {Flag.NEEDS_HUMAN_REVIEW}, state, reviewed=True)
        after = document.copy()
        after.replace(0, changed)
        saved = loading.save(store, LEAD, info, after, after.changed_from(document), "s" * 32)
        done = publish(store, LEAD, info.id, saved.unwrap().version, override_reason="a test")
        assert done.ok, done.outcome.headline


def approve(store: Store, media: str = "m", only: Capability | None = None) -> None:
    for capability in Capability:
        if only in (None, capability):
            scope = find_scope(store, "demo", media, capability).unwrap()
            row = revisions.history(store, scope)[0]
            done = eligibility.approve(store, LEAD, row.id, row.eligibility.version)
            assert done.ok, done.outcome.headline


def test_pycocotools_loads_what_is_approved(opened: Store, home: Path, tmp_path: Path) -> None:
    from pycocotools.coco import COCO

    publish_match(opened)
    approve(opened)
    out = tmp_path / "labels.json"
    done = call(home, "--eligible", "--out", out)
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("EXPORT_SUCCESS: ")
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(out))
    assert len(coco.imgs) == 5
    for category, capability in ((1, Capability.PLAYER), (2, Capability.BALL)):
        scope = find_scope(opened, "demo", "m", capability).unwrap()
        row = revisions.history(opened, scope)[0]
        document = revisions.load(opened, row.id).unwrap().document
        for index, frame in enumerate(document):
            found = coco.loadAnns(coco.getAnnIds(imgIds=[index + 1], catIds=[category]))
            assert len(found) == len(frame.labels)
            assert [item["label_id"] for item in found] == [label.id for label in frame.labels]
            assert all(item["area"] > 0 for item in found)
    player = coco.loadAnns(coco.getAnnIds(imgIds=[1], catIds=[1]))[0]
    assert "was" in player
    ball = coco.loadAnns(coco.getAnnIds(imgIds=[1], catIds=[2]))[0]
    x, y, w, h = ball["bbox"]
    assert w == h == ball["size"]
    assert [x + w / 2, y + h / 2, 2] == pytest.approx(ball["keypoints"])
    image = coco.imgs[1]
    assert image["flags"] == {
        "ball_detection": ["needs_human_review"],
        "player_detection": ["needs_human_review"],
    }
    assert image["ball_state"] == "blurred"
    named = json.loads(out.read_text())["info"]["revisions"]
    assert [item["revision"] for item in named] == [1, 1]
    assert all(len(item["content_hash"]) == 64 for item in named)


def test_stdout_is_the_same_document_each_time(opened: Store, home: Path) -> None:
    publish_match(opened)
    approve(opened)
    first = call(home, "--eligible")
    assert first.exit_code == 0
    assert call(home, "--eligible").stdout == first.stdout
    assert min(item["id"] for item in json.loads(first.stdout)["annotations"]) == 1


def test_only_what_is_approved_now_is_exported(opened: Store, home: Path, tmp_path: Path) -> None:
    publish_match(opened)
    empty = call(home, "--eligible", "--out", tmp_path / "x.json")
    assert empty.exit_code == 31
    assert "EXPORT_EMPTY" in empty.output
    assert not (tmp_path / "x.json").exists()
    approve(opened, only=Capability.BALL)
    document = json.loads(call(home, "--eligible").stdout)
    assert {item["category_id"] for item in document["annotations"]} == {2}
    scope = find_scope(opened, "demo", "m", Capability.BALL).unwrap()
    row = revisions.history(opened, scope)[0]
    eligibility.revoke(opened, LEAD, row.id, row.eligibility.version, "wrong")
    assert call(home, "--eligible").exit_code == 31


def test_filters_and_names_of_several_clips(opened: Store, home: Path) -> None:
    for media in ("one", "two"):
        publish_match(opened, media)
        approve(opened, media)
    both = json.loads(call(home, "--eligible").stdout)
    assert {image["file_name"].rsplit("/", 1)[0] for image in both["images"]} == {
        "demo/one",
        "demo/two",
    }
    one = json.loads(
        call(home, "--eligible", "--media", "two", "--capability", "ball_detection").stdout
    )
    assert [image["file_name"] for image in one["images"]] == [f"{i:06d}.jpg" for i in range(5)]
    assert {item["category_id"] for item in one["annotations"]} == {2}
    assert call(home, "--eligible", "--workspace", "none").exit_code == 31


def test_bad_input_and_damage_are_one_line(opened: Store, home: Path, tmp_path: Path) -> None:
    assert call(home).exit_code == 36
    assert call(home, "--eligible", "--capability", "goal").exit_code == 36
    publish_match(opened)
    approve(opened)
    assert call(home, "--eligible", "--out", tmp_path / "no" / "x.json").exit_code == 36
    scope = find_scope(opened, "demo", "m", Capability.BALL).unwrap()
    sha = revisions.history(opened, scope)[0].content_hash
    (home / "artifacts" / sha[:2] / f"{sha[2:]}.zst").unlink()
    damaged = call(home, "--eligible", "--out", tmp_path / "x.json", "--json")
    assert damaged.exit_code == 18
    assert json.loads(damaged.stderr)["code"] == "STORAGE_READ_FAILED"
    assert not (tmp_path / "x.json").exists()


def test_an_export_can_be_imported_again(opened: Store, home: Path, tmp_path: Path) -> None:
    from prelabel_tui.formats.coco import read_coco, read_images

    publish_match(opened)
    approve(opened)
    out = tmp_path / "labels.json"
    call(home, "--eligible", "--out", out)
    listed = read_images(out)
    loaded = read_coco(listed, None, demo_manifest(MATCH, Path("/none")))
    for capability in Capability:
        scope = find_scope(opened, "demo", "m", capability).unwrap()
        row = revisions.history(opened, scope)[0]
        published = revisions.load(opened, row.id).unwrap().document
        plain = [
            make_frame([replace(label, was=None) for label in frame.labels]) for frame in published
        ]
        assert loaded.documents[capability] == Document.from_frames(capability, plain)
