"""`prelabel-tui drafts`: programs open, save, merge and take back drafts; exit codes tell apart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from prelabel_tui.cli import app
from prelabel_tui.core.drafts import loading, presence
from prelabel_tui.core.edits.operations import apply
from prelabel_tui.core.identity.users import sign_in
from prelabel_tui.core.ids import new_id
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import make_frame
from prelabel_tui.core.store import Store, open_store
from tests.core.clips import add_box, add_newer, add_run, delete, nudge, player_document


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def opened(home: Path) -> Iterator[Store]:
    store = open_store(home).unwrap()
    yield store
    store.close()


@pytest.fixture
def draft(home: Path, opened: Store) -> str:
    run = add_run(opened, player_document(5, 3))
    answer = call(home, "open", run[:8], "--capability", "player", "--json")
    found: str = json.loads(answer.stdout)["draft"]["draft_id"]
    return found


def call(home: Path, *words: object, stdin: bytes | None = None) -> Result:
    arguments = ["--home", str(home), "drafts", *map(str, words)]
    return CliRunner().invoke(app, arguments, input=stdin)


def document(home: Path, draft: str, *options: object) -> Document:
    answer = call(home, "show", draft, "--payload", *options)
    assert answer.exit_code == 0
    return Document.from_payload(answer.stdout_bytes)


def put(home: Path, verb: str, draft: str, content: Document | bytes, *options: object) -> Result:
    payload = content if isinstance(content, bytes) else content.payload()
    return call(home, verb, draft, "-", *options, stdin=payload)


def data(answer: Result) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(answer.stdout or answer.stderr)
    return parsed


def test_open_save_compare_restore_reset(home: Path, opened: Store, draft: str) -> None:
    start = document(home, draft)
    edited = start.copy()
    apply(edited, nudge(edited, 2, "p1"))
    apply(edited, add_box(3, "new"))
    answer = put(home, "save", draft[:8], edited, "--base-version", 1)
    assert (answer.exit_code, answer.stdout) == (
        0,
        "DRAFT_SAVED: The draft was saved. Version 2.\n",
    )
    assert document(home, draft) == edited
    assert document(home, draft, "--version", 1) == start
    compared = data(call(home, "compare", draft, 1, 2, "--json"))
    assert compared["summary"] == {
        "added": 1, "removed": 0, "modified": 1, "flags": 0, "frames": 2,
        "left_out": 0, "brought_back": 0,
    }  # fmt: skip
    assert [frame["frame"] for frame in compared["frames"]] == [3, 4]
    assert "+1 −0 ~1" in call(home, "compare", draft, 1, 2).stdout
    assert call(home, "restore", draft, 1, "--base-version", 2).exit_code == 0
    assert document(home, draft) == start
    put(home, "save", draft, edited, "--base-version", 3)
    refused = call(home, "reset", draft, "--base-version", 4)
    assert refused.exit_code == 36
    assert "--yes" in refused.stderr
    reset = data(call(home, "reset", draft, "--base-version", 4, "--yes", "--json"))
    assert (reset["code"], reset["draft"]["version"]) == ("DRAFT_RESET", 5)
    rows = data(call(home, "versions", draft, "--json"))["versions"]
    assert [row["kind"] for row in rows] == ["reset", "save", "restore", "save", "create"]
    assert call(home, "versions", draft, "--before", 3).stdout.count("\n") == 3


def test_a_stale_save_exits_with_the_conflicts_code_and_merge_takes_both(
    home: Path, opened: Store, draft: str
) -> None:
    start = document(home, draft)
    theirs, mine = start.copy(), start.copy()
    apply(theirs, nudge(theirs, 0, "p0"))
    apply(mine, delete(mine, 4, "p2"))
    put(home, "save", draft, theirs, "--base-version", 1)
    stale = put(home, "save", draft, mine, "--base-version", 1, "--json")
    assert stale.exit_code == 21
    assert stale.stdout == ""
    assert (data(stale)["status"], data(stale)["data"]["version"]) == (409, 2)
    assert call(home, "versions", draft).stdout.count("\n") == 3
    merged = put(home, "merge", draft, mine, "--base-version", 1, "--json")
    assert merged.exit_code == 0
    apply(theirs, delete(theirs, 4, "p2"))
    assert document(home, draft) == theirs
    newest = data(call(home, "versions", draft, "--json"))["versions"][0]
    assert (newest["kind"], newest["parent"], newest["merged_from"]) == ("merge", 2, 1)


def test_a_merge_that_must_be_decided_is_not_guessed(home: Path, opened: Store, draft: str) -> None:
    start = document(home, draft)
    theirs, mine = start.copy(), start.copy()
    apply(theirs, nudge(theirs, 0, "p0"))
    apply(mine, nudge(mine, 0, "p0", 900))
    put(home, "save", draft, theirs, "--base-version", 1)
    asked = put(home, "merge", draft, mine, "--base-version", 1, "--json")
    assert asked.exit_code == 21
    assert data(asked)["data"]["conflicts"] == [
        {"frame": 1, "label": "p0", "text": "p0: you changed it, they changed it"}
    ]
    assert put(home, "merge", draft, mine, "--base-version", 1, "--prefer", "x").exit_code == 36
    taken = put(home, "merge", draft, mine, "--base-version", 1, "--prefer", "mine")
    assert taken.exit_code == 0
    assert document(home, draft) == mine


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"rubbish", "It is not a payload"),
        (b'{"capability":"player_detection","format":4,"frames":[]}', "format 4"),
        (player_document(4).payload(), "4 frames; the draft is player_detection with 5"),
        (
            player_document(5, 3).payload().replace(b'"x":900', b'"x":9.5', 1),
            "Frame 1: Expected `int`, got `float`",
        ),
        (
            player_document(5, 3).payload().replace(b'"id":"p1"', b'"id":"p0"', 1),
            "Frame 1: two labels have the same id",
        ),
        (
            player_document(5, 3)
            .payload()
            .replace(b'{"h":7800,"id":"p0","kind":"box","score":4000,"w":3200,"x":0,"y":0}',
                     b'{"id":"p0","kind":"ball","x":0,"y":0}', 1),
            "Frame 1: a label of the wrong kind",
        ),
    ],
)  # fmt: skip
def test_a_payload_that_does_not_fit_is_refused_and_nothing_is_changed(
    home: Path, opened: Store, draft: str, payload: bytes, reason: str
) -> None:
    for verb in ("save", "merge"):
        answer = put(home, verb, draft, payload, "--base-version", 1)
        assert answer.exit_code == 36
        assert answer.stderr.startswith("INPUT_INVALID: ")
        assert reason in answer.stderr
        assert len(answer.stderr.splitlines()) == 1
    assert len(data(call(home, "versions", draft, "--json"))["versions"]) == 1


def test_the_same_content_makes_no_version(home: Path, opened: Store, draft: str) -> None:
    spread = json.dumps(json.loads(document(home, draft).payload()), indent=1).encode()
    answer = put(home, "save", draft, spread, "--base-version", 1)
    assert answer.exit_code == 0
    assert len(data(call(home, "versions", draft, "--json"))["versions"]) == 1


def test_what_is_not_there_is_not_found(home: Path, opened: Store, draft: str) -> None:
    for words in (
        ("show", "f" * 32),
        ("show", draft, "--version", 9),
        ("show", draft, "--version", 9, "--payload"),
        ("compare", draft, 1, 9),
        ("restore", draft, 9, "--base-version", 1),
        ("open", "f" * 32, "--capability", "player"),
        ("open", "f" * 32, "--capability", "referee"),
        ("from-revision", "f" * 32),
    ):
        answer = call(home, *words)
        assert answer.exit_code == (36 if "referee" in words else 35), words
        assert len(answer.stderr.splitlines()) == 1
    missing = call(home, "save", draft, "/nowhere/at.all", "--base-version", 1)
    assert missing.exit_code == 36


def test_show_tells_who_has_it_open(home: Path, opened: Store, draft: str) -> None:
    actor = sign_in(opened).unwrap()
    assert "nobody" in call(home, "show", draft).stdout
    presence.beat(opened, actor, new_id(), draft, opened.now())
    assert data(call(home, "show", draft, "--json"))["present"][0]["user"] == actor.name
    assert f"{actor.name} since" in call(home, "show", draft).stdout


def test_frames_without_a_picture_are_left_out_and_come_back(home: Path, opened: Store) -> None:
    run = add_run(opened, player_document(5, 3), missing=(1, 3))
    draft = data(call(home, "open", run[:8], "--capability", "player", "--json"))["draft"]
    name = draft["draft_id"]
    shown = data(call(home, "show", name, "--json"))
    assert (shown["without_picture"], shown["counts"]["left_out"]) == (2, 0)
    assert call(home, "leave-out", name, "--base-version", 1).exit_code == 0
    assert [frame.left_out for frame in document(home, name)] == [False, True, False, True, False]
    shown = data(call(home, "show", name, "--json"))
    assert shown["counts"]["left_out"] == 2
    assert shown["counts"]["labels"] == 9
    assert "2" in call(home, "show", name).stdout
    back = call(home, "leave-out", name, "--base-version", 2, "--frames", "4", "--back")
    assert back.exit_code == 0
    assert [frame.left_out for frame in document(home, name)] == [False, True, False, False, False]
    compared = data(call(home, "compare", name, 1, 3, "--json"))
    assert compared["summary"]["left_out"] == 1
    call(home, "leave-out", name, "--base-version", 3, "--back")
    assert document(home, name) == document(home, name, "--version", 1)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--frames", "1..2"), "Frame 1 has its picture"),
        (("--frames", "9"), "There is no frame 9; the clip has 5."),
        (("--frames", "0"), "write frames like 12 or 12,40..59"),
        (("--frames", "two"), "write frames like 12 or 12,40..59"),
        (("--back",), "None of these frames is left out."),
    ],
)
def test_what_cannot_be_left_out_changes_nothing(
    home: Path, opened: Store, options: tuple[str, ...], why: str
) -> None:
    run = add_run(opened, player_document(5, 3), missing=(1,))
    name = data(call(home, "open", run[:8], "--capability", "player", "--json"))["draft"][
        "draft_id"
    ]
    refused = call(home, "leave-out", name, "--base-version", 1, *options)
    assert refused.exit_code != 0
    assert why in refused.stderr
    assert data(call(home, "show", name, "--json"))["version"] == 1


def test_corrections_are_carried_onto_a_newer_run(home: Path, opened: Store, draft: str) -> None:
    info = loading.draft_info(opened, draft).unwrap()
    edited = document(home, draft)
    apply(edited, nudge(edited, 2, "p1"))
    put(home, "save", draft, edited, "--base-version", 1)
    none = call(home, "carry", draft, "--base-version", 2, "--check")
    assert "SOURCE_PACK_MISSING" in none.stderr
    add_newer(opened, info, player_document(5, 3))
    checked = data(call(home, "carry", draft, "--base-version", 2, "--check", "--json"))
    assert (checked["carried"], checked["not_found"], checked["look_at"]) == (1, 0, [])
    assert "Frames to look at" in call(home, "carry", draft, "--base-version", 2, "--check").stdout
    assert data(call(home, "show", draft, "--json"))["version"] == 2
    answer = data(call(home, "carry", draft, "--base-version", 2, "--json"))
    assert answer["draft"]["version"] == 3
    assert answer["carried"]["carried"] == 1
    assert document(home, draft) == edited
    stale = call(home, "carry", draft, "--base-version", 2)
    assert stale.exit_code != 0


def test_who_reviewed_what(home: Path, draft: str) -> None:
    assert "Nobody has reviewed" in call(home, "reviews", draft).stdout
    edited = document(home, draft)
    for index in (1, 2):
        frame = edited.frame(index)
        edited.replace(index, make_frame(frame.labels, frame.flags, frame.ball, True))
    put(home, "save", draft, edited, "--base-version", 1)
    found = data(call(home, "reviews", draft[:8], "--json"))
    assert found["draft"]["version"] == 2
    assert [(one["frame"], one["unseen"]) for one in found["reviews"]] == [(2, True), (3, True)]
    line = call(home, "reviews", draft).stdout.splitlines()[1].split()
    assert line[:2] == ["2..3", found["reviews"][0]["by"]]
    assert data(call(home, "reviews", draft, "--version", 1, "--json"))["reviews"] == []
    assert call(home, "reviews", draft, "--version", 9).exit_code == 35
    assert call(home, "reviews", "nothing").exit_code == 35
