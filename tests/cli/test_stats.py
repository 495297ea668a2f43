"""`prelabel-tui stats`, from what a review session wrote."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from prelabel_tui.cli import app
from prelabel_tui.core.edits.many_frames import accept_range, reject_label
from prelabel_tui.core.edits.one_frame import move
from prelabel_tui.core.metrics.activity import activities, note, source_document
from prelabel_tui.core.metrics.agreement import Agreement, agreement
from prelabel_tui.core.metrics.throughput import Activity
from prelabel_tui.core.session.session import EditingSession
from tests.causes import LENA, RUI, World


def worked(
    seconds: float, keys: int, frames: int, labels: int, again: Agreement | None = None
) -> Activity:
    return Activity(
        "", None, "", 0.0, seconds, keys, frames, labels, (frames,), again or Agreement()
    )


def test_stats_tell_pace_and_what_was_kept(tmp_path: Path) -> None:
    world = World.make(tmp_path)
    draft = world.match().draft
    session = EditingSession.open(world.store, LENA, draft.id).unwrap()
    first, second, *_ = session.document.frame(0).labels
    bounds = (128_000, 72_000)
    moved = move(session.document, 0, first.id, 300, 0, bounds)
    assert moved is not None
    session.apply(moved)
    session.apply(reject_label(session.document, 0, second.id))  # type: ignore[arg-type]
    session.apply(accept_range(session.document, 0, 1))  # type: ignore[arg-type]
    assert session.close().healthy
    twice = agreement(session.document.frame(0), session.document.frame(0))
    assert note(world.store, LENA, draft.id, worked(60.0, 12, 2, 2, twice)).ok
    assert note(world.store, RUI, draft.id, worked(30.0, 5, 0, 1)).ok
    assert len(activities(world.store, draft.id)) == 2
    assert source_document(world.store, draft) is not None
    world.store.close()

    options = ["--home", str(world.store.home), "--user", LENA.name]
    result = CliRunner().invoke(app, [*options, "stats", "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["users"]["lena"]["frames_per_hour"] == 120
    assert found["users"]["rui"]["keys_per_frame"] is None
    assert found["users"]["rui"]["blind_repeats"] is None
    again = found["users"]["lena"]["blind_repeats"]
    assert (again["frames"], again["same_frames"], again["share"]) == (1, 1, 1.0)
    (run,) = found["runs"].values()
    assert run["blind_repeats"] == again
    (run,) = found["runs"].values()
    assert run["keys"] == 17
    mine = next(row for row in found["drafts"] if row["draft_id"] == draft.id)
    assert mine["reviewed"] == 2
    prelabels = mine["prelabels"]
    assert (prelabels["moved"], prelabels["deleted"], prelabels["added"]) == (1, 1, 0)
    text = CliRunner().invoke(app, [*options, "stats"]).stdout
    assert "REVIEWER" in text
    assert "lena" in text
