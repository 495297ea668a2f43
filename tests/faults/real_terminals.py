"""Looks at real terminals: `python -m tests.faults.real_terminals [kitty] [xterm] [konsole]`.

Not part of the suite.  Needs Xvfb, kitty, xterm, Konsole, xdotool and ImageMagick's `import`.
Runs the frame view in the terminal on a screen of its own, presses keys, and compares screenshots
with the expected pixels: the selected label's outline has to stand at exactly its place.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

DISPLAY = ":97"
BRIGHT = (255, 255, 0)
BORDER, TOOLBARS = 14, 100
"""Pixels that a window has less than beside its cells, and above them where there are tools."""
TERMINALS = {
    "kitty": [
        "kitty", "--config", "NONE", "-o", "initial_window_width=1200",
        "-o", "initial_window_height=820", "-o", "remember_window_size=no",
        "-o", "confirm_os_window_close=0",
    ],
    "xterm": [
        "xterm", "-ti", "vt340", "-geometry", "120x40", "-fa", "DejaVu Sans Mono", "-fs", "10",
        "-xrm", "XTerm*sixelScrolling: true", "-xrm", "XTerm*numColorRegisters: 256",
        "-xrm", "XTerm*maxGraphicSize: 1800x1200", "-e",
    ],
    "konsole": [
        "konsole", "--nofork", "--hide-menubar", "--hide-tabbar", "--fullscreen",
        "-p", "ScrollBarPosition=2", "-p", "TerminalMargin=0", "-p", "ScrollBarEnabled=false", "-e",
    ],
}  # fmt: skip
# What is looked at: a name, the keys that lead there, seconds to wait, whether a picture is due.
LOOKS = (
    ("whole frame", ["plus"], 3.0, True),
    ("closer", ["plus"], 3.0, True),
    ("nudged 30 px", ["Right"] * 30, 2.0, True),
    ("dialog", ["m"], 2.0, False),
    ("dialog gone", ["Escape"], 3.0, True),
    ("banner pushes it down", ["b"], 3.0, True),
    ("next frame", ["n"], 3.0, True),
    ("left", ["q"], 3.0, False),
)


def inside(folder: Path) -> None:
    """The program in the terminal; `d` writes down which pixels are expected."""
    from textual.events import Key

    from prelabel_tui.imaging.backends.inline import InlineBackend
    from prelabel_tui.imaging.overlay.sprites import composite, pieces
    from prelabel_tui.imaging.terminal.terminal import Terminal
    from tests.ui.viewer_app import Cover, ViewerApp, clip

    terminal = Terminal()
    terminal.ask()
    terminal.gather(1.0)

    class Looked(ViewerApp):
        def on_key(self, event: Key) -> None:
            match event.key:
                case "right":
                    self.nudge(100, 0)
                case "plus":
                    self.view.zoom_by(1)
                case "n":
                    self.index += 1
                    self.show()
                case "m":
                    self.push_screen(Cover())
                case "escape":
                    self.pop_screen()
                case "b":
                    self.query_one("#banner").toggle_class("shown")
                case "d":
                    view = self.view
                    if isinstance(view.backend, InlineBackend):
                        dots = view.backend._canvas.values
                    else:
                        dots = view.provider.picture.dots.copy()
                        composite(dots, pieces(view.viewport, view.scene))
                    across, down = view.backend.dots
                    place = (view.region.x * across, view.region.y * down)
                    size = (self.size.width * across, self.size.height * down)
                    way = view.backend.name
                    np.savez(folder / "next.npz", dots=dots, place=place, way=way, size=size)
                    (folder / "next.npz").rename(folder / "expected.npz")
                case "q":
                    self.exit()

    app = Looked(clip(folder, 3, 1280, 720), terminal.choice().backend, terminal)
    try:
        app.run()
    finally:
        terminal.restore()
    time.sleep(60)


def screenshot(folder: Path) -> NDArray[np.uint8]:
    path = folder / "shot.png"
    subprocess.run(["import", "-window", "root", str(path)], check=True)
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def press(*keys: str) -> None:
    for key in keys:
        subprocess.run(["xdotool", "key", key], check=True)
        time.sleep(0.15)


def outline(pixels: NDArray[np.uint8]) -> set[tuple[int, int]]:
    """Places of the selection's bright pixels, from the first one."""
    rows, columns = np.nonzero((pixels == BRIGHT).all(axis=2))
    return set(zip(columns.tolist(), rows.tolist(), strict=True))


def look_at(name: str) -> bool:
    """Run one terminal; whether all was as expected."""
    good = True
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        command = [*TERMINALS[name], sys.executable, "-m", __spec__.name, "inside", str(folder)]
        with subprocess.Popen(command) as process:
            time.sleep(8)
            for look, keys, seconds, due in LOOKS:
                press(*keys)
                time.sleep(seconds)
                if due:
                    press("d")
                    time.sleep(1)
                shot = screenshot(folder)
                line, fine = compare(shot, folder / "expected.npz") if due else nothing(shot)
                good &= fine
                print(f"{name:6} {look:24} {line}")
            process.kill()
    return good


def nothing(shot: NDArray[np.uint8]) -> tuple[str, bool]:
    left = int(yellow(shot).sum())
    return f"{left} px of the overlay left", left == 0


def compare(shot: NDArray[np.uint8], expected: Path, cells: bool = False) -> tuple[str, bool]:
    """Shift by the window's border, the same everywhere; then every outline pixel counts.

    ``cells``: the shot is of the terminal's cells alone, whose size may be fractions of pixels.
    """
    with np.load(expected) as stored:
        dots, (x, y), way = stored["dots"], stored["place"], str(stored["way"])
        size = tuple(stored["size"])
    if cells:
        shot = np.asarray(Image.fromarray(shot).resize(size, Image.Resampling.BILINEAR))
    if way == "inline":
        return compare_inline(shot, dots, (int(x), int(y)))
    wanted = {(column + int(x), row + int(y)) for column, row in outline(dots)}
    seen = outline(shot)
    border = [(across, down) for across in range(BORDER) for down in range(BORDER)]
    wrong, shift = min(
        (len({(cx + across, cy + down) for cx, cy in wanted} ^ seen), (across, down))
        for across, down in border
    )
    left, top = int(x) + shift[0], int(y) + shift[1]
    part = shot[top : top + dots.shape[0], left : left + dots.shape[1]].astype(int)
    apart = np.abs(part - dots[: part.shape[0], : part.shape[1]])
    line = f"{way}: outline {wrong} of {len(wanted)} px wrong, picture off by {apart.mean():.2f}"
    return f"{line} of 255, border {shift}", wrong == 0


def yellow(pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which pixels are of the selection's colour, also in a JPEG."""
    red, green, blue = (pixels[..., channel].astype(int) for channel in range(3))
    out: NDArray[np.bool_] = (red > 185) & (green > 185) & (blue < 115)
    return out


def compare_inline(
    shot: NDArray[np.uint8], dots: NDArray[np.uint8], place: tuple[int, int]
) -> tuple[str, bool]:
    """Compare JPEGs: near is enough, a black seam between two is not.

    Of the outline each pixel needs a yellow one within two, and the other way round.
    """
    height, width = dots.shape[:2]

    def at(shift: tuple[int, int]) -> NDArray[np.int_]:
        left, top = place[0] + shift[0], place[1] + shift[1]
        return shot[top : top + height, left : left + width].astype(int)

    def apart(shift: tuple[int, int], step: int = 1) -> float:
        seen = at(shift)[::step, ::step]
        wanted = dots[::step, ::step]
        return float(np.abs(seen - wanted[: seen.shape[0], : seen.shape[1]]).mean())

    borders = ((across, down) for across in range(BORDER) for down in range(TOOLBARS))
    border = min(borders, key=lambda shift: apart(shift, 3))
    seen = at(border)
    wanted = dots[: seen.shape[0], : seen.shape[1]]
    darker = (wanted - seen).mean(axis=2)
    seams = int((darker.mean(axis=0) > 30).sum() + (darker.mean(axis=1) > 30).sum())
    line, there = yellow(wanted), yellow(seen)
    missing, stray = int((line & ~grown(there)).sum()), int((there & ~grown(line)).sum())
    words = f"inline: outline {missing} of {line.sum()} px missing, {stray} elsewhere, "
    words += f"{seams} seams, picture off by {apart(border):.2f} of 255, border {border}"
    return words, max(missing, stray) <= line.sum() // 50 and seams == 0 and apart(border) < 8


def grown(pixels: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """These pixels and those within two of them."""
    out = pixels.copy()
    for _ in range(2):
        more = out.copy()
        more[1:] |= out[:-1]
        more[:-1] |= out[1:]
        more[:, 1:] |= out[:, :-1]
        more[:, :-1] |= out[:, 1:]
        out = more
    return out


def main() -> int:
    """All terminals that were named, or all there are."""
    if sys.argv[1:2] == ["inside"]:
        inside(Path(sys.argv[2]))
        return 0
    for tool in ("Xvfb", "xdotool", "import", *TERMINALS):
        if shutil.which(tool) is None:
            sys.exit(f"{tool} is not installed")
    os.environ.update(DISPLAY=DISPLAY, LIBGL_ALWAYS_SOFTWARE="1")
    screen = ["Xvfb", DISPLAY, "-screen", "0", "1400x900x24", "+extension", "GLX"]
    with subprocess.Popen(screen) as server:
        time.sleep(2)
        good = [look_at(name) for name in sys.argv[1:] or TERMINALS]
        server.kill()
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
