"""An import that is killed at any point leaves nothing or all of it, and a second one ends well."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from prelabel_tui.core.catalog.runs import list_runs
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.store import Store, models, open_store

_IMPORT = """
import sys
from pathlib import Path
from prelabel_tui.core.ingest.import_run import import_run
from prelabel_tui.core.store import open_store
from prelabel_tui.core.identity.users import Actor, Role
from prelabel_tui.demo import make_match
from prelabel_tui.demo.home import demo_manifest

match = make_match(frames=40)
store = open_store(Path(sys.argv[1])).unwrap()
print("ready", flush=True)
result = import_run(
    store, Actor("ada", Role.ADMIN, "test@host pid 1"), workspace="w", media="m",
    manifest=demo_manifest(match, Path("/none")), documents=match.prelabels, source="demo",
)
print(result.outcome.code, flush=True)
"""
_TABLES = (models.Workspace, models.Media, models.Run, models.RunOutcome, models.LabelPack)
_WHOLE = {"workspaces": 1, "media": 1, "runs": 1, "run_outcomes": 2, "label_packs": 2}


def rows(store: Store) -> dict[str, int]:
    with store.read() as session:
        return {
            table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0
            for table in _TABLES
        }


def started(home: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _IMPORT, str(home)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.soak
def test_a_killed_import_leaves_nothing_or_all(tmp_path: Path, soak: bool) -> None:
    chance = random.Random(7)
    kills = 60 if soak else 4
    seen = {"nothing": 0, "all": 0}
    for number in range(kills):
        home = tmp_path / str(number)
        open_store(home).unwrap().close()
        process = started(home)
        time.sleep(chance.uniform(0.0, 0.2))
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        store = open_store(home).unwrap()
        found = rows(store)
        assert found in (_WHOLE, dict.fromkeys(_WHOLE, 0))
        seen["all" if found == _WHOLE else "nothing"] += 1
        answer = started(home).communicate()[0].strip()
        assert answer in (Code.IMPORT_SUCCESS, Code.IMPORT_ALREADY_PRESENT)
        assert rows(store) == _WHOLE
        assert len(list_runs(store).rows) == 1
        store.close()
    print(
        f"import: {kills} kills, {seen['nothing']} before, {seen['all']} after the commit, 0 half"
    )
