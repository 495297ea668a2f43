"""About the frame: where it is, reviewed or not, the ball, the four flags."""

from __future__ import annotations

from rich.cells import cell_len
from rich.text import Text
from textual.widget import Widget

from prelabel_tui.core.model.labels import EMPTY_FRAME, Capability, Flag, Frame
from prelabel_tui.core.text import counted, printable


class FlagsBar(Widget):
    """Flags that are set, and open notes, are written in full, in lines of their own if need be.

    The others are offered where there is room.
    """

    DEFAULT_CSS = "FlagsBar { height: 1; background: $panel; }"

    def __init__(self, *, id: str = "flags") -> None:
        super().__init__(id=id)
        self.capability = Capability.BALL
        self.frame = EMPTY_FRAME
        self.index = 0
        self.count = 0
        self.file = ""
        self.missing: str | None = None
        self.reviewed_by = ""
        self.notes = 0
        self.keys: dict[Flag, str] = {}
        self.left_out_key = ""
        """What leaves frames out, and brings them back."""
        self._rows = 1

    def show(
        self,
        index: int,
        count: int,
        name: str,
        frame: Frame,
        missing: str | None,
        reviewed_by: str,
        notes: int = 0,
    ) -> None:
        """Show the frame at ``index`` of ``count``; ``missing``: why it has no picture.

        ``reviewed_by``: who else reviewed it, and when; empty when nobody did.  ``notes``: how
        many notes on it and its labels are open.
        """
        before = self._said()
        self.index, self.count, self.frame, self.missing = index, count, frame, missing
        self.reviewed_by, self.notes = reviewed_by, notes
        self.file = printable(name, 24)
        if self._said() != before:
            self._fit()
            self.refresh()

    def on_resize(self) -> None:
        """Be as high as the flags need in this width."""
        self._fit()

    def _fit(self) -> None:
        rows = len(self._lines) if self.size.width else 1
        if rows != self._rows:
            self._rows = rows
            self.styles.height = rows

    def _said(self) -> tuple[object, ...]:
        frame = self.frame
        said = (self.index, self.count, self.file, self.missing, self.reviewed_by, self.notes)
        return (*said, frame.reviewed, frame.unseen, frame.left_out, frame.ball, frame.flags)

    @property
    def plain(self) -> str:
        """What it says, in one line."""
        return " ".join(line.plain for line in self._lines)

    def render(self) -> Text:
        """Draw `12/150 000011.jpg  ✓ reviewed  ball visible  ⚑ bad_frame`."""
        text = Text("\n").join(self._lines)
        text.end, text.no_wrap, text.overflow = "", True, "ellipsis"
        return text

    @property
    def _lines(self) -> list[Text]:
        """Return the frame's state with the flags that are set, line by line."""
        colour = self.app.theme_variables.get
        signs = [(f"  ⚑ {flag}", "warning") for flag in Flag if flag in self.frame.flags]
        if self.notes:
            signs.append((f"  ✎ {counted(self.notes, 'open note')}", "accent"))
        lines = [self._state()]
        for sign, name in signs:
            if lines[-1].cell_len + cell_len(sign) > self.size.width:
                lines.append(Text())
            lines[-1].append(sign, f"bold {colour(name, '')}")
        unset = [flag for flag in Flag if flag not in self.frame.flags]
        offer = "".join(f"  {self.keys.get(flag, '')} {flag}" for flag in unset)
        if lines[-1].cell_len + cell_len(offer) <= self.size.width:
            lines[-1].append(offer, "dim")
        return lines

    def _state(self) -> Text:
        colour = self.app.theme_variables.get
        text = Text()
        text.append(f" {self.index + 1}/{self.count}", "bold")
        if self.size.width >= 100:
            text.append(f" {self.file}", "dim")
        if self.frame.left_out:
            text.append(f"  × left out, {self.left_out_key} brings it back", colour("warning", ""))
        elif self.frame.unseen:
            text.append("  ✓ accepted unseen", colour("warning", ""))
            text.append(self.reviewed_by, "dim")
        elif self.frame.reviewed:
            text.append("  ✓ reviewed", colour("success", ""))
            text.append(self.reviewed_by, "dim")
        else:
            text.append("  ○ not reviewed", "dim")
        if self.capability is Capability.BALL:
            state = self.frame.ball
            said = state.replace("_", " ") if state else "state not set"
            text.append(f"  ball {said}", "" if state else "dim")
        if self.missing is not None and not self.frame.left_out:
            text.append("  no picture: editing is off", colour("warning", ""))
        return text
