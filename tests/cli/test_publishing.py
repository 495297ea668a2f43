"""Packs, publish, history, series, eligibility, audit, fsck, users, workspaces by command."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from prelabel_tui.cli import app
from tests import matches
from tests.causes import ADA, LENA, RUI, World, scope_words

Run = Callable[..., Result]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.make(tmp_path)


@pytest.fixture
def run(world: World) -> Run:
    def call(*words: str, user: str = LENA.name) -> Result:
        options = ["--home", str(world.store.home), "--user", user]
        return CliRunner().invoke(app, [*options, *words])

    return call


def data(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_way_of_the_guide_by_commands(world: World, run: Run) -> None:
    match = world.match()
    scope = scope_words(match)
    (pack,) = data(run("packs", "list", *scope, "--json"))["packs"]
    assert (pack["validation_status"], pack["review_status"]) == ("passed", "pending")
    approved = data(run("packs", "approve", pack["pack_id"], "--reason", "right", "--json"))
    assert approved["code"] == "PACK_APPROVED"
    assert approved["pack"]["selectable"]
    (candidate,) = data(run("packs", "list", *scope, "--candidates", "--json"))["packs"]
    assert candidate["pack_id"] == pack["pack_id"]

    findings = data(run("validate", *scope, "--json"))["findings"]
    assert [finding["rule"] for finding in findings] == ["frame.unreviewed"]
    matches.review_all(world.store, RUI, match.draft.id)
    assert "no findings" in run("validate", *scope).stdout

    seen = data(run("publish", *scope, "--dry-run", "--json", user=RUI.name))
    assert seen["outlook"]["code"] == "PUBLISH_SUCCESS"
    assert seen["counts"]["labels"] == 18
    assert "Would answer" in run("publish", *scope, "--dry-run").stdout
    done = data(
        run("publish", *scope, "--pack", f"pack-{pack['pack_id'][:8]}", "--json", user=RUI.name)
    )
    assert done["data"]["number"] == 1
    assert done["data"]["content_hash"] == seen["content_hash"]
    revision = done["revision"]
    assert revision["provenance"]["pack_id"] == pack["pack_id"]

    (row,) = data(run("history", *scope, "--json"))["revisions"]
    assert row == revision
    shown = run("history", *scope).stdout
    assert "+18 −0 ~0" in shown
    assert "Reviewed (version 1)" in shown
    assert row["content_hash"] in run("history", "show", row["revision_id"][:8]).stdout

    eligible = data(run("eligibility", "approve", row["revision_id"], "--json"))
    assert eligible["eligibility"]["status"] == "Approved"
    (entry,) = data(run("series", "--findings", "--json"))["series"]
    assert entry["findings"] == "no findings"
    assert entry["latest"]["eligibility"]["status"] == "Approved"
    lineage = entry["draft"]["lineage"]["label"]
    assert lineage == f"Pack-id: {match.prelabel_pack_id}"
    assert f"Pack-id: pre-{match.prelabel_pack_id[:8]}" in run("series").stdout

    entries = data(run("audit", "--subject", row["revision_id"], "--json"))["entries"]
    assert [e["action"] for e in entries] == ["eligibility.approve", "revision.publish"]
    assert [e["actor"] for e in entries] == ["lena", "rui"]
    assert data(run("fsck", "--json"))["revisions"] == 1


def test_two_revisions_are_compared(world: World, run: Run) -> None:
    match, first = world.published()
    matches.review_all(world.store, RUI, match.draft.id, nudge=100)
    second = data(run("publish", *scope_words(match), "--json"))["data"]["revision_id"]
    compared = data(run("history", "compare", first, second, "--json"))
    assert compared["summary"]["modified"] == 6
    assert compared["frames"][0] == {
        "frame": 1, "added": [], "removed": [], "modified": ["p1"], "flags": None, "ball": None,
        "left_out": None,
    }  # fmt: skip
    assert "+0 −0 ~6" in run("history", "compare", first, second).stdout


def test_findings_that_block_are_printed_beside_the_outcome(world: World, run: Run) -> None:
    refused = run("publish", *scope_words(world.match()))
    assert refused.exit_code == 14
    assert not refused.stdout
    assert "clip frame.unreviewed" in refused.stderr
    assert "WARNINGS_REQUIRE_OVERRIDE" in refused.stderr


def test_a_lock_is_broken_once_asked_and_only_if_there_is_one(world: World, run: Run) -> None:
    match = world.match()
    words = ("publish", "unlock", *scope_words(match), "--reason", "their machine is gone")
    free = run(*words, user=ADA.name)
    assert free.exit_code != 0
    assert "Nobody holds the publish lock of" in free.stderr
    matches.left_lock(world.store, match.scope, dt.timedelta(days=400))
    told = run("publish", *scope_words(match), "--dry-run")
    assert "ben (ben@far pid 7) has been publishing since" in told.stdout
    assert "PUBLISH_LOCK_CONFLICT" in told.stdout
    unasked = run(*words, user=ADA.name)
    assert unasked.exit_code != 0
    assert "give --yes" in unasked.stderr
    broken = run(*words, "--yes", "--json", user=ADA.name)
    assert data(broken)["data"]["holder"] == "ben (ben@far pid 7)"
    (entry,) = data(run("audit", "--action", "publish.unlock", "--json"))["entries"]
    assert entry["reason"] == "their machine is gone"
    assert run("publish").exit_code == run("history").exit_code != 0


def test_fsck_prints_a_lock_that_does_no_harm(world: World, run: Run) -> None:
    matches.left_lock(world.store, world.match().scope, -dt.timedelta(days=1))
    checked = run("fsck")
    assert checked.exit_code == 0
    assert "the next publish takes it over" in checked.stdout


def test_the_audit_log_is_filtered_and_paged(world: World, run: Run) -> None:
    world.published()
    first = data(run("audit", "--limit", "2", "--json"))["entries"]
    rest = data(run("audit", "--before", str(first[-1]["id"]), "--json"))["entries"]
    assert [entry["id"] for entry in [*first, *rest]] == sorted(
        (entry["id"] for entry in [*first, *rest]), reverse=True
    )
    assert data(run("audit", "--by", "rui", "--action", "draft.", "--json"))["entries"]
    assert data(run("audit", "--since", "2999-01-01", "--json"))["entries"] == []
    assert run("audit", "--since", "yesterday").exit_code == 36
    assert "No entries match." in run("audit", "--action", "nothing").stdout


def test_users_and_roles(run: Run) -> None:
    assert run("users", "add", "eve").exit_code == 33
    assert run("users", "add", "eve", "--role", "lead", user=ADA.name).exit_code == 0
    listed = data(run("users", "list", "--json"))["users"]
    assert {"name": "eve", "role": "lead"} in listed
    assert "eve" in run("users", "list").stdout


def test_a_workspace_sets_its_thresholds(world: World, run: Run) -> None:
    world.match()
    assert run("workspaces", "set", "club", "ball.speed", "off").exit_code == 0
    assert run("workspaces", "set", "club", "ball.too_many", "2").exit_code == 0
    assert run("workspaces", "set", "club", "ball.too_many", "many").exit_code == 36
    assert run("workspaces", "set", "club", "ball.too_many", "off").exit_code == 36
    assert run("workspaces", "set", "club", "ball.too_many", "3", user=RUI.name).exit_code == 33
    found = data(run("workspaces", "thresholds", "club", "--json"))
    assert found["set"] == {"ball.speed": None, "ball.too_many": 2.0}
    shown = run("workspaces", "thresholds", "club").stdout
    assert "frame.needs_human_review" in shown
    assert "ball.speed, ball.too_many" in run("workspaces", "list").stdout
    assert run("workspaces", "thresholds", "nowhere").exit_code == 35


def test_a_workspace_lets_frames_come_back(world: World, run: Run) -> None:
    world.match()
    assert "off" in run("workspaces", "list").stdout
    assert "5.0% of the frames" in run("workspaces", "repeats", "club", "on").stdout
    assert data(run("workspaces", "list", "--json"))["workspaces"][0]["blind_repeats"] == 0.05
    assert run("workspaces", "repeats", "club", "12.5%").exit_code == 0
    assert "12.5%" in run("workspaces", "list").stdout
    for wrong in ("most", "51", "nan", "1e9"):
        assert run("workspaces", "repeats", "club", wrong).exit_code == 36
    assert run("workspaces", "repeats", "club", "on", user=RUI.name).exit_code == 33
    assert run("workspaces", "repeats", "nowhere", "on").exit_code == 35
    assert run("workspaces", "repeats", "club", "off").exit_code == 0
    assert data(run("workspaces", "list", "--json"))["workspaces"][0]["blind_repeats"] == 0
    (newest, *_) = data(run("audit", "--action", "workspace.repeats", "--json"))["entries"]
    assert newest["details"] == {"from": 0.125, "to": 0.0}


@pytest.mark.parametrize(
    "words",
    [
        ["history"],
        ["history", "--workspace", "club", "--media", "clip", "--capability", "goalkeeper"],
        ["packs", "list", "--workspace", "x", "--media", "y", "--capability", "ball"],
        ["eligibility", "approve", "nothing"],
        ["history", "show", "nothing"],
    ],
)
def test_what_is_not_there_is_one_line_and_an_exit_code(run: Run, words: list[str]) -> None:
    done = run(*words)
    assert done.exit_code in (35, 36)
    assert len(done.stderr.splitlines()) == 1


def test_names_from_outside_cannot_steer_the_terminal(world: World, run: Run) -> None:
    world.match(media="clip\x1b[2J", workspace="a\nb")
    assert "\x1b" not in run("series").stdout
    assert "clip�[2J" in run("series").stdout


def test_a_database_that_fails_while_it_is_read_is_one_line(world: World) -> None:
    world.sql("ALTER TABLE media RENAME TO lost")
    program = [sys.executable, "-m", "prelabel_tui", "--home", str(world.store.home)]
    words = [*program, "--user", "lena", "series"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 37
    (line,) = done.stderr.splitlines()
    assert line.startswith("DATABASE_UNAVAILABLE: ")


def test_series_by_where_scopes_stand(world: World, run: Run) -> None:
    where = scope_words(world.match())
    assigned = data(run("series", "assign", "lena", *where, "--json"))
    assert (assigned["code"], assigned["standing"]["assigned_to"]) == ("OK", "lena")
    assert run("series", "ready", *where, "--note", "but for the ball").exit_code == 0
    (entry,) = data(run("series", "--for", "lena", "--state", "ready", "--json"))["series"]
    assert entry["standing"]["note"] == "but for the ball"
    assert entry["standing"]["frames"] == 6
    assert data(run("series", "--for", "nobody else", "--json"))["series"] == []
    assert data(run("series", "--capability", "ball", "--json"))["series"] == []
    assert len(data(run("series", "--sort", "frames left", "--json"))["series"]) == 1
    line = run("series").stdout.splitlines()[1]
    assert "lena" in line
    assert "ready" in line
    assert "lena" in run("runs", "--for", "lena").stdout
    assert "No runs match." in run("runs", "--for", "rui").stdout
    for words in (("--sort", "age"), ("--state", "odd"), ("--dataset", "odd")):
        assert "one of" in run("series", *words).stderr
    assert run("series", "ready", *where, "--back").exit_code == 0
    assert data(run("series", "--state", "ready", "--json"))["series"] == []
    assert run("series", "assign", "nobody", *where).exit_code == 0
    assert run("series", "--mine").stdout.strip() == "No scope matches."


def test_a_report_on_a_run(world: World, run: Run, tmp_path: Path) -> None:
    match = world.match()
    assert run("report").exit_code != 0
    assert "nothing was published" in run("report", match.run_id).stderr
    matches.review_all(world.store, RUI, match.draft.id, nudge=100)
    assert run("publish", *scope_words(match)).exit_code == 0
    out = tmp_path / "report.html"
    told = run("report", match.run_id[:8], "--html", str(out)).stdout
    assert "6 reviewed frames, hits from IoU 0.5, average precision 1.000" in told
    assert "100.0%" in told
    assert "<!doctype html>" in out.read_text(encoding="utf-8")
    assert "cannot be written" in run("report", match.run_id, "--html", str(out)).stderr
    found = data(run("report", match.run_id, match.run_id, "--json"))
    assert [side["reports"][0]["whole"]["hit"] for side in found["sides"]] == [18, 18]
    assert "0.8–0.9 (2)" in run("report", match.run_id, match.run_id).stdout
