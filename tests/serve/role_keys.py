"""The keys that attempt an action in a session over SSH, for every action that a screen has."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import msgspec
from PIL import Image

from prelabel_tui.core.catalog.assignments import set_ready
from prelabel_tui.core.catalog.runs import RunStatus
from prelabel_tui.core.catalog.scopes import find_scope
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.identity.actions import Action
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.ingest.reported import report_run
from prelabel_tui.core.model.labels import Capability, make_frame
from prelabel_tui.core.model.media import Manifest
from prelabel_tui.core.notes.writing import resolve_note, write_note
from tests import matches
from tests.causes import ADA, LENA, RUI, World
from tests.role_attempts import ATTEMPTS
from tests.serve.front_door import GENEROUS_S
from tests.terminal import Terminal, Timeout

FRAMES: Final = 3
WHY: Final = "looked at it"
CTRL_O: Final = "\x0f"


@dataclass(frozen=True)
class Place(World):
    """A workspace of a room in which one attempt is made; its clip has pictures."""

    workspace: str = ""
    by: Actor = RUI
    """Who makes the attempt."""

    def match(self, capability: Capability = Capability.PLAYER, **more: Any) -> matches.Match:
        """A match of three frames with an open draft, in this workspace."""
        pictures = self.store.artifacts.put(_picture())
        clip = matches.manifest(FRAMES)
        frames = tuple(
            msgspec.structs.replace(frame, path=None, sha256=pictures) for frame in clip.frames
        )
        named = {"workspace": self.workspace, "clip": Manifest(frames, fps=clip.fps), **more}
        return matches.enter(self.store, LENA, capability, **named)

    def save_as_another(self) -> None:
        """Another person's edit of the last label, saved."""
        scope = find_scope(self.store, self.workspace, "clip", Capability.PLAYER).unwrap()
        draft = loading.active_draft(self.store, scope)
        assert draft is not None
        frame = loading.load(self.store, draft.id).unwrap().document.frame(0)
        labels = (*frame.labels[:-1], matches.moved(frame.labels[-1], 500))
        matches.save(self.store, LENA, draft.id, {0: make_frame(labels)})


@cache
def _picture() -> bytes:
    picture = io.BytesIO()
    Image.new("RGB", (matches.WIDTH, matches.HEIGHT), (40, 90, 40)).save(picture, "PNG")
    return picture.getvalue()


Play = Callable[[Terminal, Place], None]


@dataclass(frozen=True)
class Keys:
    """An attempt by keys: what there must be for it, and which keys make it."""

    prepare: Callable[[Place], object]
    play: Play


KEYS: Final[dict[Action, Keys]] = {}


def by_keys(
    action: Action, prepare: Callable[[Place], object] | None = None
) -> Callable[[Play], Play]:
    """Enter the keys of an action.  ``prepare``: if not what prepares it in the core."""

    def enter(play: Play) -> Play:
        KEYS[action] = Keys(prepare or ATTEMPTS[action], play)  # type: ignore[arg-type]
        return play

    return enter


def runs(terminal: Terminal, place: Place) -> None:
    """Show the runs of the place, from any list."""
    terminal.press("1")
    terminal.wait_for("Ops › Prelabels", GENEROUS_S)
    _only(terminal, place)


def series(terminal: Terminal, place: Place) -> None:
    """Show the scopes of the place, from any list."""
    terminal.press("2")
    terminal.wait_for("Label Review Series", GENEROUS_S)
    _only(terminal, place)


def _only(terminal: Terminal, place: Place) -> None:
    terminal.press(":")
    terminal.wait_for(r"… and \d+ more", GENEROUS_S)
    terminal.type(f"workspace {place.workspace}")
    terminal.press("enter")
    name = place.workspace
    terminal.wait_for(rf"w workspace {name} (?s:.*){name} / clip(?s:.*)_detection", GENEROUS_S)


def review(terminal: Terminal, place: Place) -> None:
    """Open the review of the players of the place."""
    runs(terminal, place)
    terminal.press("p")
    terminal.wait_for(rf"Review +{place.workspace}(?s:.*)Autosave: saved", GENEROUS_S)


def packs(terminal: Terminal, place: Place) -> None:
    """Open the review with its scoped label packs."""
    review(terminal, place)
    terminal.press("C")
    terminal.wait_for("Scoped label packs", GENEROUS_S)


def history(terminal: Terminal, place: Place) -> None:
    """Open the revision history of the place."""
    runs(terminal, place)
    terminal.press("h")
    terminal.wait_for(rf"Revision History(?s:.*){place.workspace}", GENEROUS_S)


def confirm(terminal: Terminal, pattern: str, text: str = "") -> None:
    """Answer a dialog, if it is there: who may not is told so instead."""
    if terminal.wait_for(rf"╭(?s:.*)(?:{pattern})|FORBIDDEN", GENEROUS_S)[0] != "FORBIDDEN":
        terminal.type(text)
        terminal.press("enter")


_LIST: Final = r"\A\s*(Ops › |Label Review)"


def back(terminal: Terminal) -> None:
    """Go back to the list of runs from wherever an attempt ended."""
    for _ in range(4):
        terminal.press("escape")
        terminal.read(0.2)
        if re.search(_LIST, terminal.text()):
            return
        terminal.press("q")
        with contextlib.suppress(Timeout):  # a line took it, which the next Esc closes
            terminal.wait_for(_LIST, 3.0)
            return
    raise AssertionError(terminal.text())


# -- drafts ------------------------------------------------------------------------------------


@by_keys(Action.DRAFT_CREATE)
def _(terminal: Terminal, place: Place) -> None:
    review(terminal, place)


@by_keys(Action.DRAFT_SEED)
def _(terminal: Terminal, place: Place) -> None:
    review(terminal, place)


@by_keys(Action.DRAFT_SAVE)
def _(terminal: Terminal, place: Place) -> None:
    review(terminal, place)
    terminal.press("tab", "l")


@by_keys(Action.DRAFT_MERGE, Place.match)
def _(terminal: Terminal, place: Place) -> None:
    review(terminal, place)
    place.save_as_another()
    terminal.press("tab", "l")
    terminal.wait_for("Autosave: conflict", GENEROUS_S)
    terminal.press("S")
    terminal.wait_for("merged by itself: 1", GENEROUS_S)
    terminal.press("enter")


@by_keys(Action.DRAFT_RESET)
def _(terminal: Terminal, place: Place) -> None:
    review(terminal, place)
    terminal.press("R")
    confirm(terminal, "Type reset", "reset")


@by_keys(Action.DRAFT_RESTORE)
def _(terminal: Terminal, place: Place) -> None:
    review(terminal, place)
    terminal.press("W")
    terminal.wait_for("v1", GENEROUS_S)
    terminal.press("down", "r")
    confirm(terminal, "Restore v1")


def _with_a_newer_run(place: Place) -> None:
    place.reviewed()
    place.match(prelabels=matches.content(Capability.PLAYER, FRAMES, players=4))


@by_keys(Action.DRAFT_CARRY, _with_a_newer_run)
def _(terminal: Terminal, place: Place) -> None:
    review(terminal, place)
    terminal.press("`")
    confirm(terminal, "corrected or reviewed labels")


# -- packs and revisions -----------------------------------------------------------------------


@by_keys(Action.REVISION_PUBLISH)
def _(terminal: Terminal, place: Place) -> None:
    review(terminal, place)
    terminal.press("!")
    confirm(terminal, "First publish will")


@by_keys(Action.REVISION_OVERRIDE)
def _(terminal: Terminal, place: Place) -> None:
    review(terminal, place)
    terminal.press("!")
    confirm(terminal, "First publish will")
    confirm(terminal, "Override publish warnings", WHY)


@by_keys(Action.PACK_CREATE, Place.reviewed)
def _(terminal: Terminal, place: Place) -> None:
    review(terminal, place)
    terminal.press("I")


def _deciding(key: str) -> Play:
    def play(terminal: Terminal, place: Place) -> None:
        packs(terminal, place)
        terminal.press(key)
        confirm(terminal, "Reason", WHY)

    return play


by_keys(Action.PACK_APPROVE)(_deciding("a"))
by_keys(Action.PACK_REJECT)(_deciding("x"))
by_keys(Action.PACK_RETIRE)(_deciding("r"))


@by_keys(Action.ELIGIBILITY_APPROVE)
def _(terminal: Terminal, place: Place) -> None:
    history(terminal, place)
    terminal.press("a")
    confirm(terminal, "Reason", WHY)


@by_keys(Action.ELIGIBILITY_REVOKE)
def _(terminal: Terminal, place: Place) -> None:
    history(terminal, place)
    terminal.press("v")
    confirm(terminal, "Reason", WHY)


@by_keys(Action.DATASET_CREATE)
def _(terminal: Terminal, place: Place) -> None:
    terminal.press("5")
    terminal.wait_for("Data sets", GENEROUS_S)
    terminal.press("n")
    confirm(terminal, "Name", place.workspace)


# -- whose work it is, notes, spot checks, runs --------------------------------------------------


@by_keys(Action.SCOPE_TAKE)
def _(terminal: Terminal, place: Place) -> None:
    series(terminal, place)
    terminal.press("a")
    confirm(terminal, "Assign", place.by.name)


@by_keys(Action.SCOPE_ASSIGN)
def _(terminal: Terminal, place: Place) -> None:
    series(terminal, place)
    terminal.press("a")
    confirm(terminal, "Assign", "mia")


@by_keys(Action.SCOPE_READY)
def _(terminal: Terminal, place: Place) -> None:
    series(terminal, place)
    terminal.press("t")
    confirm(terminal, "Ready", WHY)


@by_keys(
    Action.SCOPE_NOT_READY,
    lambda place: set_ready(place.store, LENA, place.match().scope, ready=True),
)
def _(terminal: Terminal, place: Place) -> None:
    series(terminal, place)
    terminal.press("t")


def _note(place: Place, by: Actor, *, resolved: bool = False) -> None:
    note = write_note(place.store, by, place.match().scope, 0, None, "is it?").unwrap()
    assert not resolved or resolve_note(place.store, LENA, note.id).ok


def _somebody_else(place: Place) -> Actor:
    return LENA if place.by is ADA else ADA


def _notes(terminal: Terminal, place: Place) -> None:
    review(terminal, place)
    terminal.press(CTRL_O)
    terminal.wait_for(r"Notes: \d open of 1(?s:.*)is it\?", GENEROUS_S)


def _settle(terminal: Terminal, place: Place) -> None:
    _notes(terminal, place)
    terminal.press("r")


by_keys(Action.NOTE_RESOLVE, lambda place: _note(place, place.by))(_settle)
by_keys(Action.NOTE_RESOLVE_OTHERS, lambda place: _note(place, _somebody_else(place)))(_settle)
by_keys(Action.NOTE_REOPEN, lambda place: _note(place, place.by, resolved=True))(_settle)
by_keys(
    Action.NOTE_REOPEN_OTHERS, lambda place: _note(place, _somebody_else(place), resolved=True)
)(_settle)


@by_keys(Action.NOTE_WRITE)
def _(terminal: Terminal, place: Place) -> None:
    review(terminal, place)
    terminal.press("~")
    confirm(terminal, "⏎ Save note", WHY)


@by_keys(Action.NOTE_ANSWER, lambda place: _note(place, LENA))
def _(terminal: Terminal, place: Place) -> None:
    _notes(terminal, place)
    terminal.press("a")
    confirm(terminal, "⏎ Answer", WHY)


@by_keys(Action.SPOT_CHECK_START)
def _(terminal: Terminal, place: Place) -> None:
    series(terminal, place)
    terminal.press("p")
    confirm(terminal, "reviewed frames with a picture")


@by_keys(Action.SPOT_CHECK_END, Place.reviewed)
def _(terminal: Terminal, place: Place) -> None:
    series(terminal, place)
    terminal.press("p")
    confirm(terminal, "reviewed frames with a picture")
    for judged in range(FRAMES):
        shown = terminal.wait_for(rf"{judged} of {FRAMES} judged|FORBIDDEN", GENEROUS_S)[0]
        if "FORBIDDEN" in shown:
            return
        terminal.press("enter")
    terminal.wait_for(f"All {FRAMES} frames are judged", GENEROUS_S)
    terminal.press("e")


@by_keys(
    Action.RUN_REMOVE,
    lambda place: report_run(
        place.store,
        LENA,
        workspace=place.workspace,
        media="clip",
        status=RunStatus.QUEUED,
        new_clip=True,
    ),
)
def _(terminal: Terminal, place: Place) -> None:
    runs(terminal, place)
    terminal.press("D")
    confirm(terminal, "Reason", WHY)
