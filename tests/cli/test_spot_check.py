"""`prelabel-tui spot-check`: drawn, listed and shown; judging is the screen's."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from prelabel_tui.cli import app
from prelabel_tui.core.assessment import spot_checks
from prelabel_tui.core.assessment.judgements import judge
from tests.causes import LENA, World, scope_words


def test_a_spot_check_by_command(tmp_path: Path) -> None:
    world = World.make(tmp_path)
    match = world.reviewed()
    options = ["--home", str(world.store.home), "--user", LENA.name, "spot-check"]

    def said(*words: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, [*options, *words])
        assert result.exit_code == code, result.output
        return result.output

    assert "No spot check yet." in said("list")
    words = scope_words(match)
    refused = said("start", *words, "--at-most", "100", "--json", code=36)
    assert json.loads(refused)["code"] == "INPUT_INVALID"
    assert "together" in said("list", "--workspace", match.scope.workspace, code=36)
    drawn = json.loads(said("start", *words, "--at-most", "2.5", "--certainty", "99", "--json"))
    check = drawn["spot_check"]
    assert (check["at_most"], check["certainty"], check["size"]) == (0.025, 0.99, 6)
    assert (check["judged"], check["result"]) == (0, None)
    check_id = check["spot_check_id"]
    assert "0 of 6 judged" in said("show", check_id[:8])
    for frame in spot_checks.open_check(world.store, check_id).unwrap().frames:
        wrong = frame.index == 3
        assert judge(world.store, LENA, check_id, frame.index, wrong=wrong).ok
    assert spot_checks.end(world.store, LENA, check_id).ok
    world.store.close()

    text = said("show", check_id)
    assert "1 of 6 wrong: 16.7 % (exact)" in text
    assert "Frames judged wrong: 4" in text
    assert "Every reviewed frame was judged" in text
    whole = json.loads(said("show", check_id, "--json"))["spot_check"]
    assert sum(one["wrong"] for one in whole["frames"]) == 1
    assert whole["result"]["shown"] is False
    (listed,) = json.loads(said("list", *words, "--json"))["spot_checks"]
    assert listed == {name: value for name, value in whole.items() if name != "frames"}
    assert "1 of 6 wrong" in said("list")
    assert "NOT_FOUND" in said("show", "ffff", code=35)
