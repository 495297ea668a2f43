"""The docs say what the tables say, and their commands do what they say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from docs.tables import HERE, PAGES
from typer.testing import CliRunner

from prelabel_tui.cli import app
from prelabel_tui.core.publishing import revisions
from tests.causes import World


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_what_the_table_says(name: str) -> None:
    assert (HERE / name).read_text(encoding="utf-8") == PAGES[name](), "run `make docs`"


def test_the_hash_is_recomputed_from_an_export_by_the_lines_of_the_docs(tmp_path: Path) -> None:
    world = World.make(tmp_path)
    _, revision_id = world.published()
    expected = revisions.revision(world.store, revision_id).unwrap().content_hash
    text = (HERE / "verify.md").read_text(encoding="utf-8")
    lines = text.split("```sh\n")[1].split("```")[0].splitlines()
    export, checksum, _, canonical = lines
    words = export.replace("REVISION", revision_id).split()[1:]
    words[-1] = str(tmp_path / words[-1])
    home = ["--home", str(world.store.home), "--user", "lena"]
    assert CliRunner().invoke(app, [*home, *words]).exit_code == 0
    here = f"PATH={Path(sys.executable).parent}:$PATH; "
    for line in (checksum, canonical):
        done = subprocess.run(
            ["sh", "-c", here + line.replace("python3", sys.executable)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.split()[0] == expected
    again = CliRunner().invoke(app, [*home, *words])
    assert again.exit_code == 36, "an export is never overwritten"
