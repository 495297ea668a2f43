"""Two revisions drawn together on the frame; or one alone, read-only."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.widgets import Static

from prelabel_tui.core.model.diff import Diff, FrameDiff, diff
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import EMPTY_FRAME, Frame, Label, in_reading_order
from prelabel_tui.core.model.media import Manifest
from prelabel_tui.core.outcomes import Result
from prelabel_tui.core.publishing.revision_rows import RevisionRow
from prelabel_tui.core.publishing.revisions import compare, load
from prelabel_tui.core.text import printable
from prelabel_tui.imaging.overlay.scene import Scene, Style, mark_of
from prelabel_tui.keys.command import Handlers
from prelabel_tui.keys.ops_commands import CompareCommands
from prelabel_tui.screens.ops.label_text import change, where
from prelabel_tui.screens.shared.base import Job, KeyedScreen
from prelabel_tui.screens.shared.dialogs import PromptDialog
from prelabel_tui.screens.shared.list_dialogs import TextDialog
from prelabel_tui.widgets.frame_view.widget import FrameView
from prelabel_tui.widgets.tables.paged_table import Column, PagedTable, Row


class Side(Enum):
    """Which of the two is drawn."""

    BOTH = "both"
    FROM = "from only"
    TO = "to only"

    @property
    def next(self) -> Side:
        """The one after it, in a circle."""
        sides = list(Side)
        return sides[(sides.index(self) + 1) % len(sides)]


class _Content:
    """The revisions that are compared, loaded."""

    def __init__(
        self, before: Document | None, after: Document, manifest: Manifest, diff: Diff
    ) -> None:
        self.before = before
        self.after = after
        self.manifest = manifest
        self.diff = diff

    def frames(self, index: int) -> tuple[Frame, Frame]:
        """Return the frame as it was and as it is."""
        before = self.before
        old = before.frame(index) if before is not None and index < len(before) else EMPTY_FRAME
        new = self.after.frame(index) if index < len(self.after) else EMPTY_FRAME
        return old, new


class CompareScreen(KeyedScreen[None]):
    """Compares ``before`` and ``to``; ``before`` None: shows ``to`` alone."""

    context = "compare"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (118, "-wide")]  # noqa: RUF012 — Textual's form
    DEFAULT_CSS = """
    CompareScreen #body { layout: horizontal; height: 1fr; }
    CompareScreen #side { width: 38; border-left: vkey $border-blurred; background: $surface; }
    CompareScreen.-wide #side { width: 46; }
    CompareScreen #legend { height: auto; padding: 0 1; }
    CompareScreen #state { height: auto; padding: 0 1; }
    """

    def __init__(self, before: RevisionRow | None, to: RevisionRow) -> None:
        super().__init__()
        self.before = before
        self.to = to
        self.content: _Content | None = None
        self.index = 0
        self.side = Side.BOTH if before is not None else Side.TO

    def compose_body(self) -> ComposeResult:
        """Make the picture, with the labels of the frame beside it."""
        with Container(id="body"):
            yield FrameView(self.shell.graphics, memory=self.shell.picture_memory, id="view")
            with Vertical(id="side"):
                yield Static("", id="legend", markup=False)
                yield Static("", id="state", markup=False)
                yield PagedTable(
                    [Column("Label", 6), Column("Change", 14, share=1)],
                    empty="No difference in this frame.",
                )

    def on_mount(self) -> None:
        """Load both revisions."""
        where = (
            f"Revision r{self.to.number} (read-only)"
            if self.before is None
            else f"Compare r{self.before.number} → r{self.to.number}"
        )
        self.set_title(where, self.to.scope.title)
        self._show_legend()
        self.start(self._load())

    async def _load(self) -> None:
        shell, before, to = self.shell, self.before, self.to

        def read(_: Job) -> Result[_Content]:
            if before is None:
                alone = load(shell.store, to.id)
                if alone.value is None:
                    return Result(alone.outcome)
                content = alone.value
                return Result(
                    alone.outcome,
                    _Content(
                        None, content.document, content.manifest, diff(None, content.document)
                    ),
                )
            both = compare(shell.store, before.id, to.id)
            if both.value is None:
                return Result(both.outcome)
            found = both.value
            return Result(
                both.outcome, _Content(found.before, found.after, found.manifest, found.diff)
            )

        result = await self.in_thread(read, title="Loading the revisions")
        if result.value is None:
            self.show_outcome(result.outcome)
            return
        self.content = result.value
        view = self.query_one(FrameView)
        view.set_media(self.to.scope.media_id, self.content.manifest, shell.store.artifacts.get)
        first = self.content.diff.frames
        self._go(first[0].index if first else 0)
        if not first and self.before is not None:
            self.show_message("These revisions have the same labels and flags.")

    # --- showing ---

    def _go(self, index: int) -> None:
        content = self.content
        if content is None:
            self.refuse("The revisions are still loading.")
            return
        self.index = max(0, min(index, len(content.manifest.frames) - 1))
        self._show_labels()
        self.query_one(FrameView).show_frame(self.index, self._scene())
        self._show_state()

    @property
    def _difference(self) -> FrameDiff | None:
        return self.content.diff.at(self.index) if self.content else None

    @property
    def selected(self) -> str | None:
        """The label under the cursor of the list."""
        row = self.query_one(PagedTable).row
        return str(row.key) if row else None

    def _scene(self) -> Scene:
        assert self.content is not None
        old, new = self.content.frames(self.index)
        selected = self.selected
        marks = []
        if self.side is Side.BOTH:
            for label in old.labels:
                now = new.label(label.id)
                if now != label:
                    marks.append(mark_of(label, _styled({Style.THEIRS}, label, selected)))
            for label in new.labels:
                same = old.label(label.id) == label
                styles = set() if same or self.before is None else {Style.MINE}
                marks.append(mark_of(label, _styled(styles, label, selected)))
        else:
            frame = old if self.side is Side.FROM else new
            marks = [mark_of(label, _styled(set(), label, selected)) for label in frame.labels]
        return Scene(marks=tuple(sorted(marks, key=lambda mark: Style.SELECTED in mark.styles)))

    def _show_labels(self) -> None:
        assert self.content is not None
        variables = self.app.theme_variables
        rows = []
        if self.before is None:
            rows = [
                Row(label.id, (label.id, where(label)), label)
                for label in self.content.frames(self.index)[1].listed()
            ]
        elif (found := self._difference) is not None:
            green, red = variables.get("success", ""), variables.get("error", "")
            amber = variables.get("warning", "")
            rows += [
                Row(x.id, (Text(f"+ {x.id}", green), where(x)), x)
                for x in in_reading_order(found.added)
            ]
            rows += [
                Row(x.id, (Text(f"− {x.id}", red), where(x)), x)
                for x in in_reading_order(found.removed)
            ]
            olds = {new.id: old for old, new in found.modified}
            rows += [
                Row(new.id, (Text(f"~ {new.id}", amber), change(olds[new.id], new)), new)
                for new in in_reading_order(new for _, new in found.modified)
            ]
        table = self.query_one(PagedTable)
        table.empty = (
            "No label in this frame." if self.before is None else "No difference in this frame."
        )
        table.set_rows(rows)

    def _show_legend(self) -> None:
        text = Text()
        if self.before is not None:
            text = Text.assemble(
                ("from ", "dim"), f"r{self.before.number} ", ("to ", "dim"), f"r{self.to.number}",
                ("  drawn: ", "dim"), self.side.value,
            )  # fmt: skip
        else:
            text = Text.assemble(("eligibility ", "dim"), self.to.eligibility.status)
        self.query_one("#legend", Static).update(text)

    def _show_state(self) -> None:
        content = self.content
        assert content is not None
        frame = content.manifest.frames[self.index]
        total = len(content.manifest.frames)
        differing = [found.index for found in content.diff.frames]
        place = differing.index(self.index) + 1 if self.index in differing else None
        self.set_title(right=f"{self.index + 1}/{total}")
        new = content.frames(self.index)[1]
        text = Text(f"{printable(frame.name)}\n")
        if self.before is not None:
            text.append(f"difference {place or '–'} of {len(differing)}\n")
        if self.before is None:
            text.append("flags ", "dim")
            text.append(", ".join(new.flags) or "none")
            if new.ball is not None:
                text.append(f"\nball {new.ball}")
        else:
            text.append(content.diff.summary.text, "bold")
            found = self._difference
            if found is not None and found.flags is not None:
                was, now = (", ".join(flags) or "none" for flags in found.flags)
                text.append(f"\nflags {was} → {now}")
            if found is not None and found.ball is not None:
                was, now = (str(ball or "unsaid") for ball in found.ball)
                text.append(f"\nball {was} → {now}")
        self.query_one("#state", Static).update(text)

    def on_paged_table_moved(self) -> None:
        """Highlight the label under the cursor."""
        if self.content is not None:
            self.query_one(FrameView).set_scene(self._scene())

    # --- commands ---

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the `compare` commands."""
        table: CompareCommands = {
            "compare.next_difference": self.do_next_difference,
            "compare.previous_difference": self.do_previous_difference,
            "compare.next_frame": self.do_next_frame,
            "compare.previous_frame": self.do_previous_frame,
            "compare.go_to": self.do_go_to,
            "compare.first_frame": self.do_first_frame,
            "compare.last_frame": self.do_last_frame,
            "compare.down": self.do_down,
            "compare.up": self.do_up,
            "compare.zoom_in": self.do_zoom_in,
            "compare.zoom_out": self.do_zoom_out,
            "compare.sides": self.do_sides,
            "compare.details": self.do_details,
        }
        return (table,)

    def do_next_difference(self) -> None:
        """Go to the next frame that differs."""
        self._step(1)

    def do_previous_difference(self) -> None:
        """Go to the previous frame that differs."""
        self._step(-1)

    def _step(self, direction: int) -> None:
        if self.content is None:
            self.refuse("The revisions are still loading.")
            return
        diff = self.content.diff
        found = diff.next_after(self.index) if direction > 0 else diff.previous_before(self.index)
        if found is None:
            self.refuse(
                "No more differences after this frame."
                if direction > 0
                else "No differences before this frame."
            )
            return
        self.clear_banner()
        self._go(found.index)

    def do_next_frame(self) -> None:
        """Go one frame forward."""
        self._go(self.index + 1)

    def do_previous_frame(self) -> None:
        """Go one frame back."""
        self._go(self.index - 1)

    def do_first_frame(self) -> None:
        """Go to the first frame."""
        self._go(0)

    def do_last_frame(self) -> None:
        """Go to the last frame."""
        if self.content is not None:
            self._go(len(self.content.manifest.frames) - 1)

    def do_go_to(self, argument: str = "") -> None:
        """Go to a frame by its number, counted from 1."""
        if self.content is None:
            self.refuse("The revisions are still loading.")
            return
        total = len(self.content.manifest.frames)

        def fault(text: str) -> str | None:
            good = text.isascii() and text.isdigit() and 1 <= int(text) <= total
            return None if good else f"Type a number from 1 to {total}."

        def chosen(text: str | None) -> None:
            if text is not None:
                self._go(int(text) - 1)

        if not argument:
            self.app.push_screen(PromptDialog("Go to frame", check=fault, confirm="Go"), chosen)
        elif wrong := fault(argument):
            self.refuse(wrong)
        else:
            chosen(argument)

    def do_down(self) -> None:
        """Go to the next label of the list."""
        self.query_one(PagedTable).move(1)

    def do_up(self) -> None:
        """Go to the previous label of the list."""
        self.query_one(PagedTable).move(-1)

    def do_zoom_in(self) -> None:
        """Zoom in on the label under the cursor."""
        self.query_one(FrameView).zoom_by(1)

    def do_zoom_out(self) -> None:
        """Zoom out."""
        self.query_one(FrameView).zoom_by(-1)

    def do_sides(self) -> None:
        """Switch between both, from only, to only."""
        if self.before is None:
            self.refuse("Only one revision is open; compare two from Revision history.")
            return
        self.side = self.side.next
        self._show_legend()
        if self.content is not None:
            self.query_one(FrameView).set_scene(self._scene())

    def do_details(self) -> None:
        """Show hashes and provenance of both in full."""
        rows = []
        for name, revision in (("From", self.before), ("To", self.to)):
            if revision is not None:
                rows += [
                    (name, f"r{revision.number} {revision.id}"),
                    ("Content hash", revision.content_hash),
                    *revision.provenance.rows,
                ]
        self.app.push_screen(TextDialog("Provenance", rows))


def _styled(styles: set[Style], label: Label, selected: str | None) -> frozenset[Style]:
    return frozenset(styles | {Style.SELECTED} if label.id == selected else styles)
