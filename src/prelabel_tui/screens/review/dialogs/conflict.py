"""Both sides of a conflict, drawn on the frame: mine, theirs or both, one key each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from prelabel_tui.core.edits.many_frames import span
from prelabel_tui.core.edits.merge import Choice, Key, MergeConflict, MergePlan
from prelabel_tui.core.edits.one_frame import pixels
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Ball, Box
from prelabel_tui.core.model.media import Manifest
from prelabel_tui.core.outcomes import Severity
from prelabel_tui.imaging.overlay.scene import Mark, Scene, Style, mark_of
from prelabel_tui.keys.command import Handlers
from prelabel_tui.keys.dialog_commands import ConflictCommands, NewerConflictCommands
from prelabel_tui.screens.shared.base import KeyedScreen
from prelabel_tui.screens.shared.dialogs import ConfirmDialog
from prelabel_tui.widgets.frame_view.widget import FrameView
from prelabel_tui.widgets.tables.paged_table import Column, PagedTable, Row

Answer = dict[Key, Choice] | Literal["latest"]


_MINE, _THEIRS = "#5f5fff", "#ff005f"
"""As the overlay draws them."""


def _numbers(side: object) -> str:
    """Return one side of a conflict in numbers."""
    if isinstance(side, Box):
        place = f"{pixels(side.x)},{pixels(side.y)}"
        return f"{place} {pixels(side.w)}×{pixels(side.h)}"
    if isinstance(side, Ball):
        return f"{pixels(side.x)},{pixels(side.y)}"
    return str(side) if side is not None else "deleted"


def runs(indices: Sequence[int]) -> str:
    """Return frames as people count them: `3, 5–9`."""
    parts = []
    start = previous = None
    for index in (*sorted(indices), None):
        if previous is not None and index == previous + 1:
            previous = index
            continue
        if start is not None and previous is not None:
            parts.append(span(start, previous))
        start = previous = index
    return ", ".join(parts) or "none"


class ConflictScreen(KeyedScreen[Answer | None]):
    """``theirs`` is the other side's whole content, ``mine`` what is edited here.

    Returns the choices, None for later.
    """

    context = "conflict"
    DEFAULT_CSS = """
    ConflictScreen #headline { height: auto; max-height: 4; padding: 0 1; background: $error 16%; }
    ConflictScreen #sides { height: auto; max-height: 5; padding: 0 1; background: $panel; }
    ConflictScreen PagedTable { width: 40%; height: 1fr; }
    ConflictScreen #body { height: 1fr; }
    """

    def __init__(
        self,
        plan: MergePlan,
        *,
        headline: str,
        manifest: Manifest,
        mine: Document,
        theirs: Document,
        their_name: str,
        summary: str,
        read_artifact: Callable[[str], bytes],
        graphics: str,
    ) -> None:
        super().__init__()
        self.plan = plan
        self.headline = headline
        self.manifest = manifest
        self.mine = mine
        self.theirs = theirs
        self.their_name = their_name
        self.summary = summary
        self.read_artifact = read_artifact
        self.graphics = graphics
        self.choices: dict[Key, Choice] = {}

    def compose_body(self) -> ComposeResult:
        """Make the headline, the picture and the conflicts."""
        yield Static(Text(self.headline), id="headline", markup=False)
        with Horizontal(id="body"):
            memory = self.shell.picture_memory.part(1 / 4)  # the review below uses the rest
            yield FrameView(self.graphics, memory=memory, id="view")
            yield PagedTable(
                [
                    Column("Frame", 5, right=True),
                    Column("Takes", 6),
                    Column("Conflict", 12, share=1),
                ],
                empty="There are no conflicts: ⏎ merges everything.",
            )
        yield Static("", id="sides", markup=False)

    def _show_sides(self, conflict: MergeConflict | None) -> None:
        """Show the colours, and the conflict under the cursor in full."""
        text = Text.assemble(
            ("▌mine ", f"bold {_MINE}"), ("▌theirs ", f"bold {_THEIRS}"), ("┆before  ", "dim")
        )
        if conflict is None:
            text.append(self.summary)
        else:
            text.append(f"{conflict.text}\n", "bold")
            sides = (("mine", _MINE, conflict.mine), ("theirs", _THEIRS, conflict.theirs))
            for name, colour, side in sides:
                text.append(f"{name} ", colour)
                text.append(f"{_numbers(side)}   ")
            text.append(f"\n{self.summary}", "dim")
        self.query_one("#sides", Static).update(text)

    def on_mount(self) -> None:
        """Show the first conflict."""
        super().on_mount()
        self.set_title("Conflict", right=f"with {self.their_name}")
        view = self.query_one(FrameView)
        view.set_media("conflict", self.manifest, self.read_artifact)
        view.follow = False
        self._fill()
        self._show_sides(None)
        if self.plan.conflicts:
            view.zoom = 4
        else:
            frames = self.plan.merged_frames or (0,)
            view.show_frame(frames[0], self._scene_without(frames[0]))

    def _fill(self) -> None:
        rows = []
        for conflict in self.plan.conflicts:
            choice = self.choices.get(conflict.key)
            takes = Text(choice.value if choice else "?", "bold" if choice else "bold reverse")
            rows.append(
                Row(conflict.key, (str(conflict.frame + 1), takes, conflict.text), conflict)
            )
        self.query_one(PagedTable).set_rows(rows)

    def on_paged_table_moved(self, event: PagedTable.Moved) -> None:
        """Draw the conflict under the cursor."""
        if event.row is not None:
            conflict: MergeConflict = event.row.value
            view = self.query_one(FrameView)
            view.show_frame(conflict.frame, self._scene(conflict))
            label = conflict.mine if isinstance(conflict.mine, Ball | Box) else conflict.theirs
            if isinstance(label, Ball | Box) and view.zoom != "fit":
                x, y, w, h = mark_of(label).bounds
                view.centre_on(x + w // 2, y + h // 2)
            self._show_sides(conflict)

    def _scene_without(self, index: int) -> Scene:
        return Scene(marks=tuple(mark_of(label) for label in self.mine.frame(index).labels))

    def _scene(self, conflict: MergeConflict) -> Scene:
        """Return all labels of the frame, and the sides of every conflict in it."""
        here = [other for other in self.plan.conflicts if other.frame == conflict.frame]
        settled = {other.id for other in here}
        labels = {label.id: label for label in self.theirs.frame(conflict.frame).labels}
        labels |= {label.id: label for label in self.mine.frame(conflict.frame).labels}
        marks = [mark_of(label) for name, label in labels.items() if name not in settled]
        for other in sorted(here, key=lambda c: c is conflict):
            marks += self._sides(other)
        return Scene(marks=tuple(marks))

    def _sides(self, conflict: MergeConflict) -> list[Mark]:
        sides = (
            (conflict.base, Style.GHOST),
            (conflict.theirs, Style.THEIRS),
            (conflict.mine, Style.MINE),
        )
        return [
            mark_of(label, frozenset({style}))
            for label, style in sides
            if isinstance(label, Ball | Box)
        ]

    # --- choosing

    def _choose(self, choice: Choice) -> None:
        table = self.query_one(PagedTable)
        if table.row is None:
            self.refuse("There are no conflicts: ⏎ merges everything.")
            return
        conflict: MergeConflict = table.row.value
        if choice not in conflict.choices:
            offered = " or ".join(conflict.choices)
            self.refuse(f"Only {offered} can be chosen here: one side has no label to keep.")
            return
        self.clear_banner()
        self.choices[conflict.key] = choice
        self._fill()
        open_ones = [i for i, c in enumerate(self.plan.conflicts) if c.key not in self.choices]
        later = [place for place in open_ones if place > table.cursor]
        if open_ones:
            table.move_to((later or open_ones)[0])
        else:
            self.show_message("Everything is chosen: ⏎ merges and saves.", Severity.SUCCESS)

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the `conflict` commands."""
        table: ConflictCommands = {
            "conflict.mine": self.do_mine,
            "conflict.theirs": self.do_theirs,
            "conflict.both": self.do_both,
            "conflict.all_mine": self.do_all_mine,
            "conflict.all_theirs": self.do_all_theirs,
            "conflict.down": self.do_down,
            "conflict.up": self.do_up,
            "conflict.merge": self.do_merge,
            "conflict.zoom_in": self.do_zoom_in,
            "conflict.zoom_out": self.do_zoom_out,
            "conflict.later": self.do_later,
        }
        return (table,)

    def do_mine(self) -> None:
        """Keep mine."""
        self._choose(Choice.MINE)

    def do_theirs(self) -> None:
        """Keep theirs."""
        self._choose(Choice.THEIRS)

    def do_both(self) -> None:
        """Keep both labels."""
        self._choose(Choice.BOTH)

    def do_all_mine(self) -> None:
        """Keep mine wherever nothing is chosen yet."""
        self._choose_rest(Choice.MINE)

    def do_all_theirs(self) -> None:
        """Keep theirs wherever nothing is chosen yet."""
        self._choose_rest(Choice.THEIRS)

    def _choose_rest(self, choice: Choice) -> None:
        for conflict in self.plan.conflicts:
            self.choices.setdefault(conflict.key, choice)
        self._fill()
        self.show_message("Everything is chosen: ⏎ merges and saves.", Severity.SUCCESS)

    def do_down(self) -> None:
        """Go to the next conflict."""
        self.query_one(PagedTable).move(1)

    def do_up(self) -> None:
        """Go to the previous conflict."""
        self.query_one(PagedTable).move(-1)

    def do_zoom_in(self) -> None:
        """Zoom in."""
        self.query_one(FrameView).zoom_by(1)

    def do_zoom_out(self) -> None:
        """Zoom out."""
        self.query_one(FrameView).zoom_by(-1)

    # --- answers

    def do_merge(self) -> None:
        """Merge as chosen."""
        left = sum(conflict.key not in self.choices for conflict in self.plan.conflicts)
        if left:
            self.refuse(f"{left} not chosen yet: m mine, t theirs, b both.")
        else:
            self.dismiss(self.choices)

    def do_later(self) -> None:
        """Go on editing; nothing is saved until the conflict is settled."""
        self.dismiss(None)


class NewerScreen(ConflictScreen):
    """A conflict with a newer version, which can also be loaded alone: `"latest"` says so."""

    context = "conflict.newer"

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the `conflict.newer` commands."""
        own: NewerConflictCommands = {
            "conflict.newer.load_latest": self.do_load_latest,
        }
        return (own, *super().handlers())

    def do_load_latest(self) -> None:
        """Load theirs alone; mine is set aside, not lost."""
        self.ask(self._confirm_latest())

    async def _confirm_latest(self) -> None:
        sure = await self.app.push_screen_wait(
            ConfirmDialog(
                "Load latest",
                f"Continue with what {self.their_name} saved.",
                "Your unsaved edits are set aside; Versions brings them back.",
                confirm="Load latest",
            )
        )
        if sure:
            self.dismiss("latest")
