"""Import directions and cold starts: which modules are loaded, not how fast."""

from __future__ import annotations

import subprocess
import sys

import pytest


def loaded_after(program: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{program}\nimport sys; print(*sys.modules, sep='\\n')"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split("\n"))


def test_the_import_contracts_hold() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("module", ["textual", "sqlalchemy", "PIL", "numpy", "alembic"])
def test_the_help_starts_without_heavy_imports(module: str) -> None:
    program = (
        "import sys; sys.argv = ['prelabel-tui', '--help']\n"
        "from prelabel_tui.cli import main\n"
        "import contextlib, io\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()): main()"
    )
    assert module not in loaded_after(program)
