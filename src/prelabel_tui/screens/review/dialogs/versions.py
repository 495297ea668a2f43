"""Every saved version of a draft: viewed, compared, restored; and what was set aside."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from prelabel_tui.core.drafts.loading import load
from prelabel_tui.core.drafts.versions import VersionInfo, versions
from prelabel_tui.core.model.diff import Diff, diff
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import in_reading_order
from prelabel_tui.core.session.session import EditingSession
from prelabel_tui.core.session.stash import Stash
from prelabel_tui.core.text import printable
from prelabel_tui.core.times import MINUTE_WIDTH, minute
from prelabel_tui.imaging.overlay.scene import scene_of
from prelabel_tui.keys.command import Handlers
from prelabel_tui.keys.dialog_commands import VersionsCommands
from prelabel_tui.screens.shared.base import Job, KeyedScreen
from prelabel_tui.screens.shared.dialogs import ConfirmDialog
from prelabel_tui.widgets.frame_view.widget import FrameView
from prelabel_tui.widgets.tables.paged_table import Column, PagedTable, Row

_PAGE = 100


@dataclass(frozen=True)
class _Look:
    """Version ``b`` against ``a``, the one it is compared with."""

    a: int
    b: int
    diff: Diff
    before: Document
    after: Document


class VersionsScreen(KeyedScreen["int | Stash | None"]):
    """Returns the version to restore, or the edits to bring back; None for neither."""

    context = "versions"
    DEFAULT_CSS = """
    VersionsScreen PagedTable { width: 52%; }
    VersionsScreen #body { height: 1fr; }
    VersionsScreen #difference { height: 2; padding: 0 1; background: $panel; }
    """

    def __init__(self, session: EditingSession, index: int, graphics: str) -> None:
        super().__init__()
        self.session = session
        self.index = index
        self.graphics = graphics
        self.marked: int | None = None
        self._look: _Look | None = None
        self._documents: dict[int, Document] = {}

    def compose_body(self) -> ComposeResult:
        """Make the versions, the frame and the difference."""
        with Horizontal(id="body"):
            yield PagedTable(
                [
                    Column("Version", 8),
                    Column("When", MINUTE_WIDTH),
                    Column("Who", 8, share=1),
                    Column("What", 12, drop=1),
                    Column("Frames", 6, right=True, drop=2),
                ]
            )
            memory = self.shell.picture_memory.part(1 / 4)  # the review below uses the rest
            yield FrameView(self.graphics, memory=memory, id="view")
        yield Static("", id="difference", markup=False)

    def on_mount(self) -> None:
        """Load the newest page."""
        super().on_mount()
        self.set_title("Versions", self.session.info.scope.title)
        artifacts = self.session.store.artifacts
        self.query_one(FrameView).set_media(
            self.session.info.scope.media, self.session.manifest, artifacts.get
        )
        self.start(self._load(), group="list")

    async def _load(self, before: int | None = None) -> None:
        session = self.session

        def read(_: Job) -> tuple[list[VersionInfo], list[Stash]]:
            page = versions(session.store, session.info.id, before, _PAGE)
            return page, session.stashes if before is None else []

        result = await self.in_thread(read, title="Reading the versions")
        if result.value is None:
            self.show_outcome(result.outcome)
            return
        page, stashes = result.value
        rows = [self._stash_row(stash) for stash in stashes]
        rows += [self._version_row(version) for version in page]
        table = self.query_one(PagedTable)
        if before is None:
            table.set_rows(rows, more=len(page) == _PAGE)
        else:
            table.append(rows, more=len(page) == _PAGE)

    def on_paged_table_wanted(self) -> None:
        """Load older versions."""
        table = self.query_one(PagedTable)
        last = table.rows[-1].value
        self.start(self._load(last.version), group="list")

    def _version_row(self, version: VersionInfo) -> Row:
        current = version.version == self.session.info.version
        name = f"v{version.version}" + (" now" if current else "")
        merged = f" of v{version.merged_from}" if version.merged_from else ""
        return Row(
            version.version,
            (
                Text(name, "bold" if current else ""),
                minute(version.created_at),
                printable(version.actor, 16),
                f"{version.kind}{merged}",
                str(version.changed_frames),
            ),
            version,
        )

    def _stash_row(self, stash: Stash) -> Row:
        when = dt.datetime.fromtimestamp(stash.at / 1e6, dt.UTC)
        return Row(
            f"stash-{stash.at}",
            (
                Text("aside", self.app.theme_variables.get("warning", "")),
                minute(when),
                stash.edits,
                f"on v{stash.base_version}",
                str(len(stash.frames)),
            ),
            stash,
        )

    # --- looking

    @property
    def _version(self) -> int | None:
        row = self.query_one(PagedTable).row
        return None if row is None or isinstance(row.key, str) else row.value.version

    def on_paged_table_moved(self, event: PagedTable.Moved) -> None:
        """Compare the version under the cursor."""
        if event.row is not None:
            self.start(self._compare(), group="look")

    async def _compare(self) -> None:
        version = self._version
        table = self.query_one(PagedTable)
        if version is None:
            stash = table.row.value if table.row else None
            if stash is not None:
                key = self.shell.keymap.display("versions.restore")
                self._tell(f"Set aside: {stash.title}. {key} brings it back.")
            return
        other = self.marked if self.marked is not None else self.session.info.version
        session = self.session

        def read(_: Job) -> _Look | str:
            for wanted in (other, version):
                if wanted not in self._documents:
                    loaded = load(session.store, session.info.id, wanted)
                    if loaded.value is None:
                        return loaded.outcome.headline
                    self._documents[wanted] = loaded.value.document
            before, after = self._documents[other], self._documents[version]
            return _Look(other, version, diff(before, after), before, after)

        result = await self.in_thread(read, title="Comparing")
        if result.value is None:
            self.show_outcome(result.outcome)
        elif isinstance(result.value, str):
            self.refuse(result.value)
        else:
            self._look = result.value
            differing = [frame.index for frame in self._look.diff.frames]
            if differing and self.index not in differing:
                self.index = differing[0]
            self._show()

    def _show(self) -> None:
        look = self._look
        if look is None:
            return
        scene = scene_of(
            look.after.frame(self.index),
            selected=None,
            low_score=0,
            ghosts=look.before.frame(self.index),
        )
        self.query_one(FrameView).show_frame(self.index, scene)
        if look.a == look.b:
            self._tell(f"v{look.b}: frame {self.index + 1}/{len(look.after)}")
            return
        frames = [frame.index for frame in look.diff.frames]
        plural = "" if len(frames) == 1 else "s"
        text = f"v{look.a} → v{look.b}: {look.diff.summary.text} on {len(frames)} frame{plural}"
        here = look.diff.at(self.index)
        if here is not None:
            place = frames.index(self.index) + 1
            changed = [label for _, label in here.modified]
            names = [f"+{label.id}" for label in in_reading_order(here.added)]
            names += [f"−{label.id}" for label in in_reading_order(here.removed)]
            names += [f"~{label.id}" for label in in_reading_order(changed)]
            names += ["flags"] if here.flags else []
            names += ["ball state"] if here.ball else []
            if here.left_out is not None:
                names.append("left out" if here.left_out[1] else "brought back")
            text += f"\nFrame {self.index + 1} ({place} of {len(frames)}): {' '.join(names)}"
        self._tell(text)

    def _tell(self, text: str) -> None:
        self.query_one("#difference", Static).update(Text(text))

    def _step(self, by: int) -> None:
        if self._look is None:
            self.refuse("Select a version first.")
            return
        diff = self._look.diff
        target = diff.next_after(self.index) if by > 0 else diff.previous_before(self.index)
        if target is None:
            self.refuse("No more differences that way.")
        else:
            self.index = target.index
            self._show()

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the `versions` commands."""
        table: VersionsCommands = {
            "versions.down": self.do_down,
            "versions.up": self.do_up,
            "versions.page_down": self.do_page_down,
            "versions.page_up": self.do_page_up,
            "versions.next_frame": self.do_next_frame,
            "versions.previous_frame": self.do_previous_frame,
            "versions.mark": self.do_mark,
            "versions.restore": self.do_restore,
            "versions.zoom_in": self.do_zoom_in,
            "versions.zoom_out": self.do_zoom_out,
            "versions.back": self.do_back,
        }
        return (table,)

    def do_next_frame(self) -> None:
        """Go to the next frame that differs."""
        self._step(1)

    def do_previous_frame(self) -> None:
        """Go to the previous frame that differs."""
        self._step(-1)

    def do_mark(self) -> None:
        """Compare others with this version from now on."""
        version = self._version
        if version is None:
            self.refuse("This is not a version: it was set aside.")
            return
        self.marked = None if self.marked == version else version
        shown = "the current version" if self.marked is None else f"v{self.marked}"
        self.show_message(f"Versions are now compared with {shown}.")
        self.start(self._compare(), group="look")

    def do_zoom_in(self) -> None:
        """Zoom in."""
        self.query_one(FrameView).zoom_by(1)

    def do_zoom_out(self) -> None:
        """Zoom out."""
        self.query_one(FrameView).zoom_by(-1)

    def do_down(self) -> None:
        """Go to an older version."""
        self.query_one(PagedTable).move(1)

    def do_up(self) -> None:
        """Go to a newer version."""
        self.query_one(PagedTable).move(-1)

    def do_page_down(self) -> None:
        """Go a page down."""
        self.query_one(PagedTable).page(1)

    def do_page_up(self) -> None:
        """Go a page up."""
        self.query_one(PagedTable).page(-1)

    # --- restoring

    def do_restore(self) -> None:
        """Make this version's content the newest version; or bring back what was set aside."""
        row = self.query_one(PagedTable).row
        if row is None:
            self.refuse("There is no version here.")
        elif isinstance(row.key, str):
            self.dismiss(row.value)
        elif row.value.version == self.session.info.version:
            self.refuse("This is the current version already.")
        else:
            self.ask(self._confirm(row.value.version))

    async def _confirm(self, version: int) -> None:
        sure = await self.app.push_screen_wait(
            ConfirmDialog(
                f"Restore v{version}",
                f"Its content becomes a new version after v{self.session.info.version}.",
                "Every version stays in this list.",
                confirm="Restore",
            )
        )
        if sure:
            self.dismiss(version)

    def do_back(self) -> None:
        """Return to the review."""
        self.dismiss(None)
