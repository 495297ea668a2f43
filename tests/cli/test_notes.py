"""`prelabel-tui notes`: written, listed, shown, answered, resolved and reopened."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from prelabel_tui.cli import app
from tests.causes import RUI, World, scope_words


def test_notes_by_command(tmp_path: Path) -> None:
    world = World.make(tmp_path)
    match = world.match()
    world.store.close()
    options = ["--home", str(world.store.home), "--user", RUI.name, "notes"]
    words = scope_words(match)

    def said(*more: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, [*options, *more])
        assert result.exit_code == code, result.output
        return result.output

    assert "No notes match." in said("list")
    written = said("add", "is it [b]him[/b]?", "--frame", "3", "--label", "p2", *words, "--json")
    note = json.loads(written)["note"]
    assert (note["frame"], note["label_id"], note["state"]) == (3, "p2", "open")
    note_id = note["note_id"]
    assert "NOT_FOUND" in said("add", "x", "--frame", "3", "--label", "q", *words, code=35)
    assert "the clip has 6" in said("add", "x", "--frame", "7", *words, code=36)
    assert "needs a text" in said("add", " ", "--frame", "1", *words, code=36)
    assert "is answered" in said("answer", note_id[:8], "it is")
    shown = said("show", note_id[:8])
    assert "label p2 in frame 3: open" in shown
    assert "rui: is it [b]him[/b]?" in shown
    assert "rui: it is" in shown
    assert "is resolved" in said("resolve", note_id)
    assert "was resolved by rui" in said("resolve", note_id)
    assert "reopen it first" in said("answer", note_id, "but", code=36)
    assert "rui: resolved" in said("show", note_id)
    assert "No notes match." in said("list", "--state", "open")
    assert "is open again" in said("reopen", note_id)
    (listed,) = json.loads(said("list", *words, "--state", "open", "--json"))["notes"]
    assert listed == json.loads(said("show", note_id, "--json"))["note"]
    assert [one["text"] for one in listed["messages"]] == ["is it [b]him[/b]?", "it is"]
    assert "is it [b]him[/b]?" in said("list", "--media", "clip")
    assert "INPUT_INVALID" in said("list", "--capability", "hands", code=36)
    assert "NOT_FOUND" in said("show", "ffff", code=35)
