"""The table of roles: every action is in it, and in the core every attempt goes as it says."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from prelabel_tui import core
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actions import NEEDS, Action, may, refused
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.identity.roles import acting
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.store import Store, open_store
from prelabel_tui.core.store.chain import head
from prelabel_tui.core.store.database import describe_database
from tests.causes import ADA, LENA, RUI, World
from tests.role_attempts import ATTEMPTS, claiming

FORBIDDEN = {Code.ROLE_FORBIDDEN, Code.OVERRIDE_FORBIDDEN}
BY_RANK = (RUI, LENA, ADA)


def state(store: Store) -> str:
    with store.read() as session:
        return head(session.connection()).hash


def test_every_action_has_a_row_and_an_attempt() -> None:
    assert set(NEEDS) == set(Action)
    assert set(ATTEMPTS) == set(Action)


@pytest.mark.parametrize("action", Action)
def test_every_role_at_every_action(tmp_path: Path, action: Action) -> None:
    world = World.make(tmp_path)
    attempt = ATTEMPTS[action](world)
    for actor in BY_RANK:
        before = state(world.store)
        if attempt.home is not None:
            before += str(describe_database(attempt.home, None))
        outcome = attempt.core(actor)
        if may(actor, action):
            assert outcome.code not in FORBIDDEN, outcome.headline
            assert outcome.ok, outcome.headline
            break
        assert outcome.code in FORBIDDEN
        now = state(world.store)
        if attempt.home is not None:
            now += str(describe_database(attempt.home, None))
        assert now == before, "nothing was changed"
    store = world.store if attempt.home is None else open_store(attempt.home).unwrap()
    if action not in (Action.USER_ACT_AS, Action.REVISION_OVERRIDE):
        newest = audit.entries(store, action=action.value, limit=1)
        assert [entry.actor for entry in newest] == [attempt.by or actor.name]
    store.close()


@pytest.mark.parametrize("action", [a for a in Action if NEEDS[a].role is not Role.REVIEWER])
def test_a_session_from_before_the_role_was_taken_away_may_no_more(
    tmp_path: Path, action: Action
) -> None:
    if action in (Action.USER_ACT_AS, Action.DATABASE_UPGRADE):
        return  # who signs in has the role of now
    world = World.make(tmp_path)
    attempt = ATTEMPTS[action](world)
    before = state(world.store)
    assert attempt.core(claiming(RUI)).code in FORBIDDEN
    assert state(world.store) == before
    world.store.close()


def test_nothing_is_recorded_that_the_role_does_not_allow(store: Store, reviewer: Actor) -> None:
    with pytest.raises(Exception, match="ROLE_FORBIDDEN"), store.write() as session:
        audit.record(session, store, reviewer, Action.PACK_APPROVE, "label_pack", "x")
    assert audit.entries(store) == []


def test_a_refusal_names_people_to_ask(tmp_path: Path) -> None:
    world = World.make(tmp_path)
    answer = acting(world.store, RUI, Action.PACK_APPROVE)
    assert answer.outcome.code is Code.ROLE_FORBIDDEN
    assert "Ask lena, ada or root" in answer.outcome.detail
    assert answer.outcome.data["ask"][0] == "lena"  # type: ignore[index]
    assert acting(world.store, LENA, Action.PACK_APPROVE).unwrap() == LENA
    world.store.close()
    assert refused(LENA, Action.PACK_APPROVE) is None


# -- no operation that writes without its row ---------------------------------------------------

NOT_AUDITED = {
    "identity.preferences": "what a user's own screens remember",
    "metrics.activity": "how long somebody reviewed",
    "assessment.judgements": "what the entry of a spot check's result names",
    "drafts.presence": "who has a draft open, until it expires",
    "publishing.lease": "the lock of a publish, until it expires",
    "drafts.findings": "what is open in a draft, which can be worked out again",
    "catalog.pictures": "hashes of pictures, which can be worked out again",
    "store.database": "the transactions themselves",
}
"""The modules that write what claims nothing about labels, people or packs."""


def _functions() -> Iterator[tuple[str, str, ast.AST]]:
    root = Path(core.__file__).parent
    for path in sorted(root.rglob("*.py")):
        module = ".".join(path.relative_to(root).with_suffix("").parts)
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                yield module, node.name, node


def _called(node: ast.AST) -> set[str]:
    names = set()
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            function = call.func
            if isinstance(function, ast.Attribute):
                owner = function.value
                prefix = owner.id + "." if isinstance(owner, ast.Name) else ""
                names |= {function.attr, prefix + function.attr}
            elif isinstance(function, ast.Name):
                names.add(function.id)
    return names


def test_every_transaction_that_writes_records_an_action() -> None:
    calls: dict[str, set[str]] = defaultdict(set)
    writing: list[tuple[str, str]] = []
    for module, name, node in _functions():
        calls[name] |= _called(node)
        if _called(node) & {"store.write", "store.write_once", "store.write_rows"}:
            writing.append((module, name))
    assert len(writing) > 15, "the search finds them"
    for module, name in writing:
        if module in NOT_AUDITED:
            continue
        reached, todo = set(), [name]
        while todo:
            here = todo.pop()
            if here not in reached:
                reached.add(here)
                todo += calls.get(here, ())
        assert "audit.record" in reached, f"{module}.{name} writes, and records nothing"
