"""The lines of docs/verify.md on signed heads, run as they are printed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from prelabel_tui.cli import app
from prelabel_tui.core.publishing import eligibility
from prelabel_tui.core.settings_file import FILE_NAME
from prelabel_tui.core.store import Store
from tests.causes import LENA, World, approved, scope_words

DOCS = Path(__file__).parents[2] / "docs" / "verify.md"
GOOD = 'Good "prelabel-tui" signature for club'


def documented() -> list[str]:
    """The shell lines of the section, in its order: whose key, verify, from a manifest, verify."""
    section = DOCS.read_text(encoding="utf-8").partition("### Signed heads")[2]
    blocks = re.findall(r"```sh\n(.*?)```", section.partition("\n## ")[0], re.DOTALL)
    return [block.strip() for block in blocks]


def run(folder: Path, lines: str) -> str:
    done = subprocess.run(
        ["sh", "-ec", lines], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


@pytest.fixture
def signing(tmp_path: Path) -> World:
    """A data folder whose settings name a key, and what is approved in it."""
    world = World.make(tmp_path)
    key = world.store.home / "club_key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    (world.store.home / FILE_NAME).write_text('signing_key = "club_key"\n')
    return world


def invoke(store: Store, *words: str) -> dict[str, dict[str, object]]:
    done = CliRunner().invoke(app, ["--home", str(store.home), "--user", "lena", *words, "--json"])
    assert done.exit_code == 0, done.output
    told: dict[str, dict[str, object]] = json.loads(done.stdout)
    return told


def test_publish_export_and_data_set_are_verified_as_documented(
    signing: World, tmp_path: Path
) -> None:
    whose_key, verify, from_manifest = documented()
    assert run(signing.store.home, whose_key) == ""
    signers = signing.store.home / "allowed_signers"

    published = invoke(signing.store, "publish", *scope_words(signing.reviewed()))["data"]
    head_folder = Path(str(published["signed"])).parent
    assert head_folder == signing.store.home / "heads" / str(published["head"])
    shutil.copy(signers, head_folder)
    assert GOOD in run(head_folder, verify)

    assert eligibility.approve(signing.store, LENA, str(published["revision_id"]), 1).ok
    frozen = invoke(signing.store, "dataset", "create", "season")["data"]
    folder = signing.store.home / "heads" / str(frozen["head"])
    shutil.copy(signers, folder)
    assert GOOD in run(folder, verify)

    out = tmp_path / "labels"
    exported = invoke(signing.store, "export", "coco", "--eligible", "--out", str(out))["data"]
    shutil.copy(signers, out)
    assert GOOD in run(out, verify)
    assert GOOD in run(out, from_manifest)
    assert json.loads((out / "manifest.json").read_text())["ledger_head"] == exported["head"]
    (out / "head").write_text("0" * 64 + "\n")
    assert GOOD not in run(out, from_manifest.splitlines()[1])


def test_an_export_with_a_key_that_fails_leaves_nothing(signing: World, tmp_path: Path) -> None:
    approved(signing)
    (signing.store.home / "club_key").unlink()
    out = tmp_path / "labels"
    done = CliRunner().invoke(
        app,
        [
            "--home",
            str(signing.store.home),
            "--user",
            "lena",
            "export",
            "coco",
            "--eligible",
            "--out",
            str(out),
        ],
    )
    assert "SIGNING_FAILED" in done.stderr
    assert not out.exists()
