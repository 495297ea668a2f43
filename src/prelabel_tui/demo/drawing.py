"""Draws a player or the ball into a frame, in sub-pixel places."""

from __future__ import annotations

from typing import Final

from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Rect = tuple[float, float, float, float]

_FINE: Final = 4
_SHADOW: Final = (10, 30, 10, 90)

KITS: Final[tuple[tuple[Colour, Colour], ...]] = (
    ((196, 32, 44), (236, 236, 232)),
    ((236, 238, 240), (28, 44, 110)),
    ((240, 200, 40), (30, 30, 34)),
    ((60, 190, 190), (24, 60, 70)),
)
"""Shirt and shorts: home, away, home keeper, away keeper."""

_SKIN: Final[tuple[Colour, ...]] = ((224, 178, 146), (140, 94, 66), (198, 150, 116), (92, 62, 46))
_HAIR: Final[tuple[Colour, ...]] = ((40, 30, 24), (24, 20, 18), (150, 110, 60))


class _Patch:
    """A part of the picture, enlarged, so that edges are smooth when it is put back."""

    def __init__(self, image: Image.Image, rect: Rect) -> None:
        self.image = image
        self.left = max(0, int(rect[0]) - 2)
        self.top = max(0, int(rect[1]) - 2)
        right = min(image.width, int(rect[2]) + 3)
        bottom = min(image.height, int(rect[3]) + 3)
        self.seen = right > self.left and bottom > self.top
        if self.seen:
            part = image.crop((self.left, self.top, right, bottom))
            size = (part.width * _FINE, part.height * _FINE)
            self.fine = part.resize(size, Image.Resampling.NEAREST)
            self.draw = ImageDraw.Draw(self.fine, "RGBA")

    def _place(self, points: tuple[float, ...]) -> list[int]:
        return [
            round((value - (self.top if odd % 2 else self.left)) * _FINE)
            for odd, value in enumerate(points)
        ]

    def ellipse(self, rect: Rect, fill: tuple[int, ...]) -> None:
        self.draw.ellipse(self._place(rect), fill=fill)

    def line(self, points: Rect, fill: Colour, width: float) -> None:
        self.draw.line(self._place(points), fill=fill, width=max(1, round(width * _FINE)))

    def polygon(self, points: tuple[float, ...], fill: Colour) -> None:
        self.draw.polygon(self._place(points), fill=fill)

    def put_back(self) -> None:
        self.image.paste(self.fine.reduce(_FINE), (self.left, self.top))


def spread(stride: float) -> float:
    """Return how far the legs are apart, 0..1, after so many metres run."""
    phase = stride / 1.5 % 1.0
    return 4.0 * abs(phase - 0.5) if abs(phase - 0.5) < 0.25 else 2.0 - 4.0 * abs(phase - 0.5)


def half_width(height: float, apart: float) -> float:
    """Return half the width in px of a player ``height`` px tall."""
    return height * (0.14 + 0.10 * apart)


def draw_player(
    image: Image.Image, foot: tuple[float, float], height: float, apart: float, looks: int, kit: int
) -> None:
    """Draw a player standing at ``foot`` (px), filling exactly the box that the truth gives."""
    x, y = foot
    half = half_width(height, apart)
    patch = _Patch(image, (x - half - height * 0.4, y - height, x + half, y + height * 0.07))
    if not patch.seen:
        return
    shirt, shorts = KITS[kit]
    skin, hair = _SKIN[looks % len(_SKIN)], _HAIR[looks % len(_HAIR)]
    patch.ellipse(
        (x - height * 0.55, y - height * 0.06, x + height * 0.12, y + height * 0.06), _SHADOW
    )
    hip, knee, neck = y - height * 0.47, y - height * 0.22, y - height * 0.84
    for side in (-1.0, 1.0):
        reach = side * half * (0.35 + 0.6 * apart)
        patch.line((x + side * height * 0.05, hip, x + reach * 0.7, knee), skin, height * 0.085)
        patch.line((x + reach * 0.7, knee, x + reach, y - height * 0.02), shirt, height * 0.075)
        patch.line(
            (x + reach - 0.02 * height, y - 0.02 * height, x + reach + 0.02 * height, y),
            (25, 25, 25),
            height * 0.04,
        )
        hand = x + side * half * 0.94
        patch.line((x + side * height * 0.09, neck + height * 0.05, hand, hip), skin, height * 0.06)
    torso = height * 0.115
    patch.polygon(
        (x - torso, neck, x + torso, neck, x + torso * 0.8, hip, x - torso * 0.8, hip), shirt
    )
    shorts_bottom = hip + height * 0.13
    patch.polygon(
        (x - torso * 0.85, hip - height * 0.04, x + torso * 0.85, hip - height * 0.04,
         x + torso, shorts_bottom, x - torso, shorts_bottom),
        shorts,
    )  # fmt: skip
    head = height * 0.075
    patch.ellipse((x - head, y - height, x + head, neck), skin)
    patch.ellipse((x - head, y - height, x + head, y - height * 0.93), hair)
    patch.put_back()


def draw_ball(
    image: Image.Image,
    centre: tuple[float, float],
    size: float,
    shadow: tuple[float, float],
    smear: tuple[float, float],
) -> None:
    """Draw the ball at ``centre`` (px); ``smear``: how far it moved while the shutter was open."""
    half = size / 2
    patch = _Patch(image, (shadow[0] - size, shadow[1] - half, shadow[0] + size, shadow[1] + half))
    if patch.seen:
        patch.ellipse(
            (shadow[0] - half, shadow[1] - half * 0.4, shadow[0] + half, shadow[1] + half * 0.4),
            _SHADOW,
        )
        patch.put_back()
    x, y = centre
    dx, dy = smear[0] / 2, smear[1] / 2
    reach_x, reach_y = abs(dx) + half, abs(dy) + half
    patch = _Patch(image, (x - reach_x, y - reach_y, x + reach_x, y + reach_y))
    if not patch.seen:
        return
    if abs(dx) + abs(dy) > half:
        patch.line((x - dx, y - dy, x + dx, y + dy), (206, 214, 204), size * 0.9)
    patch.ellipse((x - half, y - half, x + half, y + half), (244, 246, 244))
    patch.ellipse((x - half * 0.2, y, x + half * 0.5, y + half * 0.7), (150, 154, 158))
    patch.put_back()
