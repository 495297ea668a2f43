"""Names that could lead out of a folder are refused where they arise."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.ingest.import_run import import_run
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.model.media import Manifest, MediaFrame
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.store import Store, models
from tests import matches


@pytest.mark.parametrize(
    ("workspace", "media", "frame", "said"),
    [
        ("..", "m1", "1.jpg", "The workspace '..' cannot be the name of a folder"),
        ("a/b", "m1", "1.jpg", "The workspace 'a/b' cannot be"),
        ("arena", "../m1", "1.jpg", "The media '../m1' cannot be"),
        ("arena", "m\\1", "1.jpg", "cannot be the name of a folder"),
        ("arena", ".m1", "1.jpg", "cannot be the name of a folder"),
        ("arena", "m1", "../1.jpg", "Frame 1 is called '../1.jpg': that leads out"),
        ("arena", "m1", "/etc/1.jpg", "Frame 1 is called '/etc/1.jpg'"),
        ("arena", "m1", "a/../../1.jpg", "Frame 1 is called"),
    ],
)
def test_nothing_new_is_called_so(
    any_store: Store, lead: Actor, workspace: str, media: str, frame: str, said: str
) -> None:
    clip = Manifest((MediaFrame(frame, 1280, 720, path="/none/1.jpg"),))
    documents = {Capability.PLAYER: matches.content(Capability.PLAYER, 1)}
    done = import_run(
        any_store, lead, workspace=workspace, media=media, manifest=clip, documents=documents,
        source="test",
    )  # fmt: skip
    assert done.outcome.code is Code.IMPORT_INPUT_INVALID
    assert said in done.outcome.detail
    with any_store.read() as session:
        assert session.scalar(select(models.Workspace.id)) is None


def test_what_is_called_so_from_before_goes_on(any_store: Store, lead: Actor) -> None:
    match = matches.enter(any_store, lead, workspace="U19/2024", media=".old", frames=1)
    documents = {Capability.PLAYER: matches.content(Capability.PLAYER, 1, players=2)}
    done = import_run(
        any_store, lead, workspace="U19/2024", media=".old", manifest=matches.manifest(1),
        documents=documents, source="test",
    )  # fmt: skip
    assert done.outcome.code is Code.IMPORT_SUCCESS, done.outcome.headline
    assert done.unwrap().media == match.scope.media


def test_a_frame_may_lie_in_a_folder_below(any_store: Store, lead: Actor) -> None:
    clip = Manifest((MediaFrame("left/..1.jpg", 1280, 720, path="/none/left/..1.jpg"),))
    documents = {Capability.PLAYER: matches.content(Capability.PLAYER, 1)}
    done = import_run(
        any_store, lead, workspace="arena", media="m1", manifest=clip, documents=documents,
        source="test",
    )  # fmt: skip
    assert done.ok, done.outcome.headline
