"""The drill of docs/operations.md: the machine is lost, and work goes on from the backup."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from typer.testing import CliRunner

from prelabel_tui.cli import app
from tests.causes import World, approved

DOCS = Path(__file__).parents[2] / "docs" / "operations.md"


def test_the_drill(tmp_path: Path) -> None:
    world = World.make(tmp_path)
    approved(world)
    world.store.close()
    runner = CliRunner()

    def run(home: Path, *words: str) -> dict[str, object]:
        done = runner.invoke(app, ["--home", str(home), "--user", "lena", *words, "--json"])
        assert done.exit_code == 0, done.output
        told: dict[str, object] = json.loads(done.stdout)
        return told

    kept, restored = tmp_path / "club", tmp_path / "restored"
    head = run(world.store.home, "backup", str(kept))["head"]
    shutil.rmtree(world.store.home)
    assert run(restored, "restore", str(kept))["head"] == head
    assert run(restored, "fsck", "--expect-head", str(head))["code"] == "FSCK_CLEAN"
    assert any(run(restored, "series").values())
    drill = DOCS.read_text(encoding="utf-8")
    for command in ("restore /mnt/backups/club", "fsck --expect-head HEAD", "series"):
        assert f"prelabel-tui --home /srv/restored {command}\n" in drill
