"""The drill of docs/operations.md: the machine is lost, and work goes on from the backup."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from typer.testing import CliRunner

from prelabel_tui.cli import app
from prelabel_tui.core.settings_file import FILE_NAME
from prelabel_tui.core.store import open_store
from tests import matches
from tests.causes import LENA, World, scope_words

DOCS = Path(__file__).parents[2] / "docs" / "operations.md"


def test_the_drill(tmp_path: Path) -> None:
    """Lose the machine, restore, verify the head that was signed, and go on."""
    world = World.make(tmp_path)
    key = tmp_path / "club_key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    (tmp_path / "allowed_signers").write_text(f"club {key.with_suffix('.pub').read_text()}")
    (world.store.home / FILE_NAME).write_text(f'signing_key = "{key}"\n')
    match = world.reviewed()
    world.store.close()
    runner = CliRunner()

    def run(home: Path, *words: str) -> dict[str, object]:
        done = runner.invoke(app, ["--home", str(home), "--user", "lena", *words, "--json"])
        assert done.exit_code == 0, done.output
        told: dict[str, object] = json.loads(done.stdout)
        return told

    kept, restored = tmp_path / "club", tmp_path / "restored"
    published = run(world.store.home, "publish", *scope_words(match))["data"]
    assert isinstance(published, dict)
    head = run(world.store.home, "backup", str(kept))["head"]
    shutil.rmtree(world.store.home)
    assert run(restored, "restore", str(kept))["head"] == head
    assert run(restored, "fsck", "--expect-head", str(head))["code"] == "FSCK_CLEAN"
    cut = runner.invoke(app, ["--home", str(restored), "fsck", "--expect-head", str(head)[:60]])
    assert cut.exit_code == 36
    assert "64 hex digits" in cut.stderr
    assert any(run(restored, "series").values())
    verify = (
        f"ssh-keygen -Y verify -f {tmp_path / 'allowed_signers'} -I club -n prelabel-tui "
        "-s ledger.head.sig < ledger.head"
    )
    signed = restored / "heads" / str(published["head"])
    subprocess.run(verify, shell=True, cwd=signed, check=True)
    checked = run(restored, "fsck", "--expect-head", str(published["head"]))
    assert checked["code"] == "FSCK_CLEAN"
    store = open_store(restored).unwrap()
    matches.review_all(store, LENA, match.draft.id, 100)
    store.close()
    number = run(restored, "publish", *scope_words(match))["data"]
    assert isinstance(number, dict)
    assert number["number"] == 2
    drill = DOCS.read_text(encoding="utf-8")
    for command in ("restore /mnt/backups/club", "fsck --expect-head HEAD", "series"):
        assert f"prelabel-tui --home /srv/restored {command}\n" in drill
