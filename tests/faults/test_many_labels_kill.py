"""kill -9 in the middle of edits of thousands of labels: what was made is not lost."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import pytest

from prelabel_tui.core.drafts.loading import open_review
from prelabel_tui.core.edits import many_labels
from prelabel_tui.core.edits.operations import Operation
from prelabel_tui.core.edits.selection import LabelTable, Selection
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.session.session import EditingSession
from prelabel_tui.core.store import open_store
from tests.core.clips import add_run, player_document

RUI = Actor("rui", Role.REVIEWER, "test")
FRAMES = 300


def _edit(home: Path, draft_id: str, told: Connection) -> None:
    """Move every label by a pixel, again and again; tell of each time once it was made."""
    session = EditingSession.open(open_store(home).unwrap(), RUI, draft_id).unwrap()
    told.send(0)
    made = 0
    while True:
        session.apply(_moved(session.document))
        made += 1
        told.send(made)


def _moved(document: Document) -> Operation:
    table = LabelTable.read(document)
    everything = Selection(table, table.every(), settled_too=True)
    operation = many_labels.move(everything, 100, 0, np.full((len(document), 2), 10**7))
    assert isinstance(operation, Operation)
    return operation


@pytest.mark.slow
def test_killed_while_many_labels_are_edited(tmp_path: Path) -> None:
    store = open_store(tmp_path).unwrap()
    document = player_document(FRAMES)
    run_id = add_run(store, document)
    draft_id = open_review(store, RUI, run_id, Capability.PLAYER).unwrap().id
    kills = random.Random(3)
    context = multiprocessing.get_context("spawn")
    there = 0  # how far the labels have been moved in all, px
    for _ in range(4):
        told, telling = context.Pipe(duplex=False)
        child = context.Process(target=_edit, args=(tmp_path, draft_id, telling), daemon=True)
        child.start()
        assert told.poll(60)
        while told.recv() < 1:
            pass
        time.sleep(kills.uniform(0, 0.4))
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        telling.close()
        made = 1
        while True:
            try:
                made = told.recv()
            except EOFError:
                break
        session = EditingSession.open(store, RUI, draft_id).unwrap()
        if session.recovery is not None:
            session.apply_recovery()
        moved = (session.document.frame(0).labels[0].x - document.frame(0).labels[0].x) // 100
        assert moved - there in (made, made + 1)  # the last was made, and not told of yet
        for index, frame in enumerate(session.document):  # all of it or nothing
            assert [label.x for label in frame.labels] == [
                label.x + 100 * moved for label in document.frame(index).labels
            ]
        assert session.undo().done  # type: ignore[union-attr]
        there = moved - 1
        assert session.close().healthy
