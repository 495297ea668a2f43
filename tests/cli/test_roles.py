"""On the command line every role's attempt at every action goes as the table of roles says."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from prelabel_tui.cli import app
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actions import NEEDS, Action, may
from prelabel_tui.core.identity.actor import Role
from prelabel_tui.core.store import open_store
from tests.causes import ADA, LENA, RUI, World
from tests.role_attempts import ATTEMPTS, account

FORBIDDEN = {33, 15}
"""The exit codes of ROLE_FORBIDDEN and OVERRIDE_FORBIDDEN."""

WITHOUT_COMMAND = {
    Action.DRAFT_SAVE: "takes a whole payload: tests/cli/test_drafts.py",
    Action.DRAFT_MERGE: "takes a whole payload: tests/cli/test_drafts.py",
    Action.MEDIA_REFRESH: "an import like any other",
    Action.RUN_REFRESH: "an import like any other",
    Action.REVISION_IMPORT: "takes a file of records: tests/formats/test_legacy.py",
    Action.SPOT_CHECK_END: "judging is the screen's: tests/ui/test_spot_check.py",
    Action.USER_ENTER: "happens at every command",
}


@pytest.mark.parametrize("action", [a for a in Action if a not in WITHOUT_COMMAND])
def test_every_role_at_every_action(tmp_path: Path, action: Action) -> None:
    world = World.make(tmp_path)
    attempt = ATTEMPTS[action](world)
    home = attempt.home or world.store.home
    for actor in (RUI, LENA, ADA):
        with account(actor.name):
            done = CliRunner().invoke(app, ["--home", str(home), *attempt.command])
        if may(actor, action):
            assert done.exit_code == 0, done.output
            break
        assert done.exit_code in FORBIDDEN, done.output
        assert f"{actor.name} is {actor.role}" in done.stderr
    store = world.store if attempt.home is None else open_store(attempt.home).unwrap()
    if action not in (Action.USER_ACT_AS, Action.REVISION_OVERRIDE):
        newest = audit.entries(store, action=action.value, limit=1)
        assert [entry.actor for entry in newest] == [actor.name]
    store.close()


def test_what_needs_more_than_a_reviewer_has_a_command_that_is_tried() -> None:
    needing = {action for action in Action if NEEDS[action].role is not Role.REVIEWER}
    assert needing & set(WITHOUT_COMMAND) == {
        Action.REVISION_IMPORT,
        Action.SPOT_CHECK_END,
    }
