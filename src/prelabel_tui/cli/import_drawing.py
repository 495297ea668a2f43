"""Three frames of an import with their labels, drawn into the terminal.

Outside the application, where nothing is edited: textual-image asks the terminal what it can
show when it is imported, and late answers would turn into keys (see docs/terminals.md).
"""

from __future__ import annotations

from typing import Final

from PIL import Image, ImageDraw
from rich.console import Console
from textual_image.renderable import HalfcellImage, TGPImage, UnicodeImage
from textual_image.renderable import Image as TerminalImage

from prelabel_tui.core.model.labels import UNIT, Box, Label
from prelabel_tui.core.text import printable
from prelabel_tui.formats.prepare import Prepared
from prelabel_tui.imaging.frames.source import OneAtATime, Source

_SHOWN: Final = 3
_WIDEST: Final = 1280
_PLAYER: Final = (255, 210, 0)
_BALL: Final = (255, 60, 200)


def draw(prepared: Prepared, memory: int) -> None:
    """Draw the first, the middle and the last frame that has labels and a picture.

    ``memory``: bytes that decoding may take.
    """
    # A placeholder of kitty's protocol says by its colour which picture it is a part of.
    exact = TerminalImage is TGPImage
    console = Console(highlight=False, color_system="truecolor" if exact else "auto")
    # Cells show a dot a column: labels are drawn on what is seen, so that no line gets lost.
    coarse = TerminalImage in (HalfcellImage, UnicodeImage)
    widest = console.width if coarse else _WIDEST
    source = Source("", prepared.manifest, None, OneAtATime(memory))
    try:
        for index in chosen(prepared):
            frame = prepared.manifest.frames[index]
            shrink = 1
            while shrink < 8 and frame.width > widest * shrink:
                shrink *= 2
            decoded = source.read(index, shrink, lambda _index, _decoded: None)
            picture = Image.fromarray(decoded.pixels)
            picture.thumbnail((widest, widest))
            _draw_labels(picture, frame.width, labels_of(prepared, index), 1 if coarse else 2)
            console.print(printable(f"frame {index + 1}, {frame.name}"), markup=False)
            console.print(TerminalImage(picture, width="100%", height="auto"))
    finally:
        source.close()


def chosen(prepared: Prepared) -> list[int]:
    """Choose the frames to draw: first, middle, last with labels and a picture (else a picture)."""
    shown = [at for at, frame in enumerate(prepared.manifest.frames) if frame.missing is None]
    labelled = [at for at in shown if labels_of(prepared, at)] or shown
    spread = (0, len(labelled) // 2, len(labelled) - 1)
    return sorted({labelled[at] for at in spread})[:_SHOWN] if labelled else []


def labels_of(prepared: Prepared, index: int) -> list[Label]:
    """Return all labels of a frame."""
    documents = prepared.labels.documents.values()
    return [label for document in documents for label in document.frame(index).labels]


def _draw_labels(picture: Image.Image, width: int, labels: list[Label], line: int) -> None:
    scale = picture.width / width / UNIT
    pen = ImageDraw.Draw(picture)
    for label in labels:
        if isinstance(label, Box):
            left, top = label.x * scale, label.y * scale
            right, bottom = left + label.w * scale, top + label.h * scale
            pen.rectangle((left, top, right, bottom), outline=_PLAYER, width=line)
        else:
            x, y = label.x * scale, label.y * scale
            half = max((label.size or 0) * scale / 2, 2 * line)
            pen.ellipse((x - half, y - half, x + half, y + half), outline=_BALL, width=line)
