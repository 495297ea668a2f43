"""A small data folder that is always the same: three runs of a match of eight frames."""

from __future__ import annotations

import datetime as dt
import io
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from PIL import Image

from prelabel_tui.core.catalog.runs import RunFilters, list_runs
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.drafts.info import DraftInfo
from prelabel_tui.core.identity.actor import Actor, Role, system_user
from prelabel_tui.core.identity.users import set_role
from prelabel_tui.core.ids import new_id
from prelabel_tui.core.ingest.import_run import import_run
from prelabel_tui.core.metrics.throughput import Activity, Retention
from prelabel_tui.core.model.labels import UNIT, Capability, Flag, make_frame, with_geometry
from prelabel_tui.core.model.media import Manifest, MediaFrame
from prelabel_tui.core.publishing import eligibility, publish
from prelabel_tui.core.store import Store, open_store
from prelabel_tui.demo import DemoMatch, make_match

FRAMES = 8
WIDTH, HEIGHT = 640, 360
NOW = dt.datetime(2026, 3, 14, 15, 9, 26, tzinfo=dt.UTC)

ADA = Actor("ada", Role.ADMIN, "ada@demo pid 1")
LENA = Actor("lena", Role.LEAD, "lena@demo pid 2")
RUI = Actor("rui", Role.REVIEWER, "rui@demo pid 3")


def clock() -> dt.datetime:
    """It is always the same time."""
    return NOW


@contextmanager
def fixed_ids(start: int = 1) -> Iterator[None]:
    """Ids count up instead of being random; apart enough for short prefixes to differ."""
    numbers = itertools.count(start)

    def token_hex(size: int = 32) -> str:
        number = next(numbers)
        return f"{number * 0x9E3779B97F4A7C15F39CC0605CEDC834 % (1 << 128):032x}"[: 2 * size]

    with patch("secrets.token_hex", token_hex):
        yield


def worked(seconds: float, keys: int, frames: int) -> Activity:
    """A stretch of reviewing at an even pace."""
    minutes = max(1, round(seconds / 60))
    even = tuple(frames * (at + 1) // minutes - frames * at // minutes for at in range(minutes))
    kept = Retention(18 * frames, frames, frames, frames // 4)
    return Activity("", None, "", 0.0, seconds, keys, frames, frames // 4, even, retention=kept)


@dataclass(frozen=True)
class SharedState:
    """URLs of a PostgreSQL database and a bucket, instead of the data folder's own."""

    database: str | None = None
    artifacts: str | None = None


def open_demo(
    home: Path, at: Callable[[], dt.datetime] = clock, shared: SharedState = SharedState()
) -> Store:
    """The store of a data folder, at the fixed time."""
    return open_store(home, shared.database, shared.artifacts, at).unwrap()


def plain_picture(match: DemoMatch, index: int) -> Image.Image:
    """Stands and pitch in one colour each, of the 256, the same for every frame."""
    picture = Image.new("RGB", (match.width, match.height), (95, 135, 95))
    picture.paste((48, 48, 48), (0, 0, match.width, match.height // 3))
    return picture


def make_demo_home(
    home: Path,
    draw: Callable[[DemoMatch, int], Image.Image] = DemoMatch.render,
    shared: SharedState = SharedState(),
) -> None:
    """`arena / tactical-1` with pictures, `arena / dome-1` without half of them, `tsukuba /
    wide-1` with players only; users ada (admin), lena (lead), rui (reviewer)."""
    hours = itertools.count()
    with fixed_ids():
        now = NOW - dt.timedelta(hours=30)
        store = open_demo(home, lambda: now, shared)
        for actor in (ADA, LENA, RUI):
            assert set_role(store, ADA, actor.name, actor.role).ok
        for workspace, media, seed in (
            ("tsukuba", "wide-1", 3),
            ("arena", "dome-1", 2),
            ("arena", "tactical-1", 1),
        ):
            now = NOW - dt.timedelta(hours=30 - next(hours))
            import_match(store, workspace, media, seed, draw)
        store.close()


def import_match(
    store: Store,
    workspace: str,
    media: str,
    seed: int,
    draw: Callable[[DemoMatch, int], Image.Image] = DemoMatch.render,
) -> None:
    """Bring in a run of a match; `dome-1` lacks half of its pictures, `wide-1` all, and balls."""
    match = make_match(seed=seed, frames=FRAMES, width=WIDTH, height=HEIGHT)
    frames = []
    for index in range(FRAMES):
        missing = media == "wide-1" or (media == "dome-1" and index % 2 == 1)
        sha = None
        if not missing:
            picture = io.BytesIO()
            draw(match, index).save(picture, "BMP")
            sha = store.artifacts.put(picture.getvalue())
        frames.append(
            MediaFrame(
                f"{index + 1:06d}.bmp",
                WIDTH,
                HEIGHT,
                index * 40_000,
                sha256=sha,
                missing="the file is not there" if missing else None,
            )
        )
    documents = dict(match.prelabels)
    if media == "wide-1":
        del documents[Capability.BALL]
    imported = import_run(
        store,
        LENA,
        workspace=workspace,
        media=media,
        manifest=Manifest(tuple(frames), fps=25_000),
        documents=documents,
        source="coco",
    )
    assert imported.ok, imported.outcome.headline


def let_programs_act_as_others(home: Path, shared: SharedState = SharedState()) -> None:
    """Enter the system's user as admin: the installed program may then be anybody."""
    store = open_demo(home, shared=shared)
    assert set_role(store, ADA, system_user(), Role.ADMIN).ok
    store.close()


def change_and_save(store: Store, actor: Actor, draft: DraftInfo, by: int) -> DraftInfo:
    """Move the first label of frame 2 by ``by`` px, delete the second, flag frame 3; save."""
    document = loading.load(store, draft.id).unwrap().document
    base = document.copy()
    frame = document.frame(1)
    first, _, *others = frame.labels
    moved = with_geometry(first, (first.x + by * UNIT, *first.geometry[1:]))
    document.replace(1, make_frame((moved, *others), frame.flags, frame.ball))
    third = document.frame(2)
    document.replace(2, make_frame(third.labels, (Flag.BAD_FRAME,), third.ball))
    changed = document.changed_from(base)
    return loading.save(store, actor, draft, document, changed, new_id()).unwrap()


def publish_twice(home: Path) -> None:
    """`arena / tactical-1 / player_detection`: r1 approved for dataset, r2 with changes."""
    with fixed_ids(500):
        now = NOW - dt.timedelta(hours=20)
        store = open_demo(home, lambda: now)
        run = list_runs(store, RunFilters(media="tactical-1")).rows[0]
        draft = loading.open_review(store, RUI, run.id, Capability.PLAYER).unwrap()
        first = publish(store, LENA, draft.id, draft.version, override_reason="good enough")
        assert first.ok, first.outcome.headline
        revision = first.unwrap().revision
        assert revision is not None
        now = NOW - dt.timedelta(hours=19)
        approved = eligibility.approve(
            store, LENA, revision.id, revision.eligibility.version, "checked by two people"
        )
        assert approved.ok, approved.outcome.headline
        now = NOW - dt.timedelta(hours=2)
        draft = change_and_save(store, RUI, draft, by=4)
        second = publish(store, LENA, draft.id, draft.version, override_reason="flagged frame")
        assert second.ok, second.outcome.headline
        store.close()
