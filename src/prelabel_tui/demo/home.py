"""The demo match as a run in a data folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from prelabel_tui.core.catalog.runs import RunRow
from prelabel_tui.core.ingest.import_run import import_run
from prelabel_tui.core.model.media import Manifest, MediaFrame
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.progress import Cancelled, Progress, unwatched
from prelabel_tui.demo.match import DemoMatch, write_frames

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store

WORKSPACE: Final = "demo"


def demo_manifest(match: DemoMatch, frames: Path) -> Manifest:
    """Return the clip whose pictures :func:`write_frames` writes to ``frames``."""
    step = 1_000_000 // match.fps
    return Manifest(
        tuple(
            MediaFrame(
                f"{index:06d}.jpg",
                match.width,
                match.height,
                index * step,
                path=str(frames.absolute() / f"{index:06d}.jpg"),
            )
            for index in range(match.frame_count)
        ),
        match.fps * 1000,
    )


def import_demo(
    store: Store,
    actor: Actor,
    match: DemoMatch,
    folder: Path,
    progress: Progress = unwatched,
    *,
    media: str | None = None,
) -> Result[RunRow]:
    """Draw what is not drawn yet into ``folder``, and import the match's prelabels.

    ``media``: the clip's name, else ``match-SEED``.

    As import_run; STORAGE_WRITE_FAILED when the pictures cannot be written.
    """
    try:
        write_frames(match, folder, progress)
    except Cancelled:
        return Result(Outcome(Code.IMPORT_CANCELLED))
    except OSError as error:
        return Result(Outcome(Code.STORAGE_WRITE_FAILED, f"{folder}: {error.strerror}."))
    return import_run(
        store,
        actor,
        workspace=WORKSPACE,
        media=media or f"match-{match.seed}",
        manifest=demo_manifest(match, folder),
        documents=match.prelabels,
        source="demo",
        progress=progress,
    )
