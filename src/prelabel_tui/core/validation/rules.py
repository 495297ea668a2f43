"""Every validation rule once: id, meaning, threshold.  Docs are generated from this table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from prelabel_tui.core.model.labels import Capability


class Severity(StrEnum):
    """Errors block publishing; warnings need an override."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Rule:
    """A rule.

    ``threshold`` (with ``unit``) is what a workspace may set, within ``minimum``..``maximum``;
    None for a rule without one.  ``capability`` None: both.  ``reviewing``: about the state of a
    review, so it does not judge a run's pack.
    """

    id: str
    severity: Severity
    meaning: str
    capability: Capability | None = None
    threshold: float | None = None
    unit: str = ""
    minimum: float = 0.0
    maximum: float = 0.0
    reviewing: bool = False

    @property
    def adjustable(self) -> bool:
        """Whether a workspace sets its threshold."""
        return self.threshold is not None


_E, _W = Severity.ERROR, Severity.WARNING
_BALL, _PLAYER = Capability.BALL, Capability.PLAYER

RULES: Final[tuple[Rule, ...]] = (
    Rule("clip.beyond_media", _E, "The draft has a frame that the media does not have."),
    Rule("clip.frames_lacking", _E, "The media has a frame that the draft does not have."),
    Rule("frame.unreadable", _E, "A frame cannot be read: a coordinate is not a number, say."),
    Rule("label.duplicate_id", _E, "Two labels of one frame have the same id."),
    Rule("label.wrong_kind", _E, "A box in a ball draft, or a ball in a player draft."),
    Rule("label.outside", _E, "No part of the label lies inside the frame."),
    Rule("box.no_area", _E, "The box has no area: its width or height is not above zero.", _PLAYER),
    Rule("ball.no_size", _E, "The ball has no diameter above zero.", _BALL),
    Rule(
        "ball.too_many", _E, "A frame has more balls than the workspace allows.", _BALL,
        threshold=1, unit="balls", minimum=1, maximum=50,
    ),
    Rule(
        "label.beyond_edge", _W, "The label reaches beyond the edge of the frame.",
        threshold=2, unit="px", maximum=10_000,
    ),
    Rule(
        "box.near_identical", _W, "Two boxes of one frame are nearly the same.", _PLAYER,
        threshold=0.9, unit="overlap (intersection over union)", minimum=0.5, maximum=1.0,
    ),
    Rule(
        "ball.contradiction", _W,
        "The frame says that the ball is absent or out of the frame, and has a ball label.", _BALL,
    ),
    Rule(
        "ball.speed", _W, "The ball moves faster between neighbouring frames than a ball can fly.",
        _BALL, threshold=1.5, unit="frame widths per second", minimum=0.01, maximum=1_000,
    ),
    Rule(
        "player.count_jump", _W, "The number of players is far from that of neighbouring frames.",
        _PLAYER, threshold=5, unit="players", minimum=1, maximum=1_000,
    ),
    Rule(
        "clip.mostly_deleted", _W, "Most labels of the source pack were deleted.",
        threshold=0.5, unit="share of the source pack's labels", maximum=1.0, reviewing=True,
    ),
    Rule(
        "frame.needs_human_review", _W, "A frame is still flagged needs_human_review.",
        reviewing=True,
    ),
    Rule(
        "frame.unreviewed", _W, "Frames were not reviewed.",
        threshold=0.0, unit="share of the frames", maximum=1.0, reviewing=True,
    ),
    Rule(
        "frame.unseen", _W, "Frames have labels, but no thumbnail to check them on.",
        threshold=0.0, unit="share of the frames", maximum=1.0, reviewing=True,
    ),
    Rule(
        "frame.accepted_unseen", _W, "Frames were accepted while their picture was not shown.",
        threshold=0.0, unit="share of the frames", maximum=1.0, reviewing=True,
    ),
)  # fmt: skip

BY_ID: Final[Mapping[str, Rule]] = {rule.id: rule for rule in RULES}

NEIGHBOURS: Final = 3
"""Frames on each side whose median player count `player.count_jump` compares with."""


class SettingError(ValueError):
    """A threshold that cannot be set; the text says why."""


@dataclass(frozen=True)
class Settings:
    """A workspace's thresholds: ``overrides`` by rule id; None turns a warning off."""

    overrides: Mapping[str, float | None]

    @classmethod
    def of(cls, stored: Mapping[str, object]) -> Settings:
        """Read the ``validation`` object of a workspace's settings; unknown rules are ignored."""
        found: dict[str, float | None] = {}
        for key, value in stored.items():
            if key in BY_ID and (value is None or isinstance(value, int | float)):
                found[key] = value
        return cls(found)

    def on(self, rule_id: str) -> bool:
        """Say whether the rule is applied."""
        return self.overrides.get(rule_id, 0) is not None

    def threshold(self, rule_id: str) -> float | None:
        """Return the threshold in force; None when the rule has none or is off."""
        return self.overrides.get(rule_id, BY_ID[rule_id].threshold)

    def key(self) -> tuple[tuple[str, float | None], ...]:
        """Return a value that is equal for equal settings."""
        return tuple(sorted(self.overrides.items()))


def checked_threshold(rule_id: str, value: float | None) -> float | None:
    """Return the threshold if a workspace may set it.  SettingError says why not."""
    rule = BY_ID.get(rule_id)
    if rule is None:
        raise SettingError(f"There is no validation rule {rule_id!r}.")
    if value is None:
        if rule.severity is Severity.ERROR:
            raise SettingError(f"{rule_id} is an error: it cannot be turned off.")
        return None
    if not rule.adjustable:
        raise SettingError(f"{rule_id} has no threshold to set.")
    if not rule.minimum <= value <= rule.maximum:
        raise SettingError(
            f"{rule_id} takes {rule.minimum:g} to {rule.maximum:g} {rule.unit}, not {value:g}."
        )
    return value


DEFAULTS: Final = Settings({})
