"""Where a point of the pitch is in the picture.

The pitch is in metres: x along the near touchline 0..105, y away from the camera 0..68, z up.
The camera stands behind the near touchline at half-way and has an upright picture plane, so that
panning is moving a window over one wide picture.  Only + - * / are used: every machine gives the
same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

LENGTH: Final = 105.0
WIDTH: Final = 68.0
HALFWAY: Final = LENGTH / 2

_BEHIND = 27.0
_HEIGHT = 17.0
_FOCAL = 1080.0 / 1280.0
_REACH = 300.0 / 1280.0


@dataclass(frozen=True)
class Camera:
    """``width`` × ``height`` px is the window.

    The wide picture reaches ``reach`` further at each side.
    """

    width: int
    height: int

    @property
    def focal(self) -> float:
        """Focal length in px."""
        return _FOCAL * self.width

    @property
    def reach(self) -> int:
        """How far, in px, the window moves to each side."""
        return int(_REACH * self.width)

    @property
    def wide(self) -> int:
        """Width of the whole picture in px."""
        return self.width + 2 * self.reach

    @property
    def horizon(self) -> float:
        """Row of the horizon in px: places the near touchline a little above the bottom."""
        return self.height * (704 / 720) - self.focal * _HEIGHT / _BEHIND

    def scale(self, y: Any) -> Any:
        """Return the pixels per metre at depth ``y``."""
        return self.focal / (_BEHIND + y)

    def project(self, x: Any, y: Any, z: Any = 0.0) -> tuple[Any, Any]:
        """Return pixel column and row in the wide picture."""
        scale = self.scale(y)
        return self.wide / 2 + (x - HALFWAY) * scale, self.horizon + (_HEIGHT - z) * scale

    def ground(self, column: Any, row: Any) -> tuple[Any, Any]:
        """Return the point of the ground (x, y) seen at a pixel below the horizon."""
        scale = (row - self.horizon) / _HEIGHT
        return HALFWAY + (column - self.wide / 2) / scale, self.focal / scale - _BEHIND
