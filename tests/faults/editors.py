"""Editors of one draft in processes of their own, and a checker that replays what they did."""

from __future__ import annotations

import json
import multiprocessing
import random
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from prelabel_tui.core.drafts import loading
from prelabel_tui.core.drafts.deltas import decode_delta
from prelabel_tui.core.edits.merge import Choice, Key, MergeConflict
from prelabel_tui.core.edits.operations import Operation, label_change
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Box, Label, with_geometry
from prelabel_tui.core.session import autosave
from prelabel_tui.core.session.session import EditingSession
from prelabel_tui.core.store import Store, models, open_store

VALUES_EACH = 100_000
"""The places that one editor may choose: editor n has those from (n + 1) times this."""


def run_editors(
    home: Path, url: str | None, draft_id: str, count: int, edits: int, seed: int
) -> list[dict[str, Any]]:
    """What each of ``count`` processes saved while all edited at once, merging where they met."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(count) as pool:
        arguments = [(home, url, draft_id, number, count, edits, seed) for number in range(count)]
        return [json.loads(answer) for answer in pool.starmap(_edit, arguments, chunksize=1)]


def _edit(
    home: Path,
    url: str | None,
    draft_id: str,
    number: int,
    count: int,
    edits: int,
    seed: int,
) -> str:
    autosave.QUIET_SECONDS = 0.0  # type: ignore[misc]
    chance = random.Random(f"{seed}-{number}")
    store = open_store(home, url).unwrap()
    actor = Actor(f"editor-{number}", Role.REVIEWER, "test")
    session = EditingSession.open(store, actor, draft_id).unwrap()
    (home / f"ready-{number}").touch()
    while len(list(home.glob("ready-*"))) < count:
        time.sleep(0.01)
    saved: dict[int, str] = {}
    counts = {"edits": 0, "merges": 0, "conflicts": 0, "loads": 0}
    value = (number + 1) * VALUES_EACH
    back: set[int] = set()  # places that labels came back to by undo
    while counts["edits"] < edits or not session.status.healthy:
        if counts["edits"] < edits:
            for _ in range(chance.randrange(1, 4)):
                value += 1
                if chance.random() < 0.1:
                    undone = session.undo()
                    changes = () if undone is None else undone.operation.changes
                    back |= {change.after.x for change in changes if change.after}  # type: ignore[union-attr]
                else:
                    session.apply(_random_edit(session.document, chance, value))
                counts["edits"] += 1
        if session.flush(30).healthy:
            if session.info.updated_by == actor.name:  # else it took theirs and made none
                saved[session.info.version] = session.document.tree_hash()
        elif session.conflict is not None:
            if chance.random() < 0.1:
                counts["loads"] += 1
                stash = session.load_latest()
                if stash is not None and chance.random() < 0.5:
                    conflicts = session.stash_plan(stash).conflicts
                    session.take_stash(stash, _choose(conflicts, chance, back))
            else:
                counts["merges"] += 1
                conflicts = session.merge_plan().conflicts
                counts["conflicts"] += len(conflicts)
                session.merge(_choose(conflicts, chance, back))
    session.close()
    store.close()
    return json.dumps({"actor": actor.name, "saved": saved, **counts})


def _choose(
    conflicts: tuple[MergeConflict, ...], chance: random.Random, back: set[int]
) -> dict[Key, Choice]:
    """Any choice; but what was only taken back gives way, so that the checker can tell it from
    somebody's edit being lost."""
    return {
        one.key: chance.choice(one.choices)
        if isinstance(one.mine, Box) and one.mine.x not in back
        else Choice.THEIRS
        for one in conflicts
    }


def _random_edit(document: Document, chance: random.Random, value: int) -> Operation:
    index = chance.randrange(len(document))
    labels = document.frame(index).labels
    label = chance.choice(labels)
    if label.x >= VALUES_EACH and len(labels) > 3 and chance.random() < 0.2:
        return Operation("delete", f"Delete {label.id}", (label_change(index, label, None),))
    moved = with_geometry(label, (value, *label.geometry[1:]))
    return Operation("move", f"Move {label.id}", (label_change(index, label, moved),))


@dataclass(frozen=True)
class Version:
    """A version as replayed: its row, and the labels that it changed."""

    row: models.DraftVersion
    content_hash: str
    changed: dict[tuple[int, str], tuple[Label | None, Label | None]]
    """By frame and id: the label before and after."""


def replayed(store: Store, draft_id: str) -> Iterator[Version]:
    """The versions after the first, each on top of the one before, from their changes alone."""
    document = loading.load(store, draft_id, 1).unwrap().document
    with store.read() as session:
        rows = list(
            session.scalars(
                select(models.DraftVersion)
                .where(models.DraftVersion.draft_id == draft_id, models.DraftVersion.version > 1)
                .order_by(models.DraftVersion.version)
            )
        )
    for row in rows:
        before = document.copy()
        assert row.delta is not None
        document.apply(decode_delta(row.delta))
        changed: dict[tuple[int, str], tuple[Label | None, Label | None]] = {}
        for index in document.changed_from(before):
            old, new = before.frame(index), document.frame(index)
            for name in {label.id for label in old.labels + new.labels}:
                if old.label(name) != new.label(name):
                    changed[index, name] = (old.label(name), new.label(name))
        yield Version(row, document.tree_hash(), changed)


def violations(store: Store, draft_id: str, answers: list[dict[str, Any]]) -> list[str]:
    """Where the history is not what the editors were told.

    Every version follows the one before; its content is what its editor saw; it moves labels only
    to places that its editor has just chosen, or that it takes its own change back (undo):
    anything else takes back somebody else's edit.
    """
    found: list[str] = []
    saved = {int(v): (a["actor"], h) for a in answers for v, h in a["saved"].items()}
    told = sum(len(answer["saved"]) for answer in answers)
    if told != len(saved):
        found.append(f"{told - len(saved)} versions were promised to two editors")
    expected, places = 1, set[int]()
    changer: dict[tuple[int, str], str] = {}
    deleted: defaultdict[tuple[str, tuple[int, str]], list[Label | None]] = defaultdict(list)
    for version in replayed(store, draft_id):
        expected += 1
        row = version.row
        if (row.version, row.parent) != (expected, expected - 1):
            found.append(f"version {row.version} has the parent {row.parent}")
        if row.merged_from is not None and row.merged_from >= row.version - 1:
            found.append(f"version {row.version} is merged from {row.merged_from}")
        if version.content_hash != row.content_hash:
            found.append(f"version {row.version} is not its content")
        if saved.get(row.version, (row.actor, row.content_hash)) != (row.actor, row.content_hash):
            found.append(f"version {row.version} is not what its editor was told")
        first = (int(row.actor.removeprefix("editor-")) + 1) * VALUES_EACH
        own = range(first, first + VALUES_EACH)
        for place, (before, after) in version.changed.items():
            chosen = after is None or (after.x in own and after.x not in places)
            taken_back = (
                changer.get(place) == row.actor
                or (before is not None and before.x in own)
                # Undone is its own deletion of what somebody else has brought back and deleted.
                or (before is None and after in deleted[row.actor, place])
            )
            if after is None:
                deleted[row.actor, place].append(before)
            if not chosen and not taken_back:
                frame, name = place
                found.append(
                    f"version {row.version} ({row.kind}, {row.actor}) takes back {name} of frame "
                    f"{frame + 1}, which {changer.get(place)} changed last, to {after}"
                )
        places |= {after.x for _, after in version.changed.values() if after is not None}
        changer |= dict.fromkeys(version.changed, row.actor)
    if saved and max(saved) > expected:
        found.append(f"version {max(saved)} was promised and is not there")
    return found
