"""Import directions and cold starts: which modules are loaded, not how fast."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path


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


HEAVY = (
    "sqlalchemy", "alembic", "PIL", "numpy", "av", "backports.zstd", "cachetools", "obstore",
    "pydantic",
)  # fmt: skip


def test_the_help_starts_without_heavy_imports() -> None:
    program = (
        "import sys; sys.argv = ['prelabel-tui', '--help']\n"
        "from prelabel_tui.cli import main\n"
        "import contextlib, io\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()): main()"
    )
    loaded = loaded_after(program)
    assert "typer" in loaded
    assert not loaded & {"textual", "rich", "prelabel_tui.launch", *HEAVY}


def test_the_first_paint_comes_before_the_database_and_pictures() -> None:
    program = (
        "import prelabel_tui.cli.application\n"
        "from prelabel_tui.app import PrelabelApp\n"
        "from prelabel_tui.core.outcomes import Code, Outcome, Result\n"
        "PrelabelApp(lambda: Result(Outcome(Code.OK))).get_default_screen()"
    )
    loaded = loaded_after(program)
    assert "textual" in loaded
    assert not loaded & {"prelabel_tui.core.store", *HEAVY}


def test_no_test_imports_another_test_module() -> None:
    """What several of them need stands in a module of its own, with a name that says what it is."""
    here = Path(__file__).parent
    imported = {
        f"{path.relative_to(here)}: {node.module}"
        for path in here.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
        if node.level or (node.module or "").startswith("tests")
        if (node.module or "").split(".")[-1].startswith(("test_", "conftest"))
    }
    assert not imported


def test_a_database_brings_only_its_own_dialect(tmp_path: Path) -> None:
    program = (
        "from pathlib import Path\n"
        "from prelabel_tui.core.catalog.runs import list_runs\n"
        "from prelabel_tui.core.identity.users import open_as_user\n"
        f"store, _ = open_as_user(Path({str(tmp_path)!r}), None, None, None).unwrap()\n"
        "list_runs(store)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)  # makes the database
    loaded = loaded_after(program)
    assert "sqlalchemy.dialects.sqlite" in loaded
    assert not loaded & {"sqlalchemy.dialects.postgresql", "alembic", "numpy", "PIL"}
