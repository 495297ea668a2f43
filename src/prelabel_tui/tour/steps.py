"""The steps of the tour as data: the words of each screen, and the state that ends the step.

In words ``[review.where]`` is the key of a command, ``["ball"]`` is typed as it stands, and
``[?review.where]`` is a key that is mentioned beside the way that the words lead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from prelabel_tui.core.model.labels import Capability, Label
from prelabel_tui.demo import FaultKind
from prelabel_tui.tour.scene import Scene
from prelabel_tui.tour.score import NEAR_PX, distance, way

Words = Callable[[Scene], str]

_RIGHT_PX: Final = 1.6
"""A label this near to its truth is right: what the model wobbles by is less than a pixel."""
_HUNDRED: Final = 100


@dataclass(frozen=True)
class Step:
    """One step.

    ``words``: by the screen that is on top; elsewhere the way there is told.  ``place``: the scope
    that is reviewed in it.
    """

    name: str
    words: Mapping[str, Words]
    done: Callable[[Scene], bool]
    place: Capability | None = None

    def says(self, scene: Scene) -> str:
        """Return the words for what is on the screen now."""
        context = scene.context
        elsewhere = context == "review" and self.place not in (None, scene.capability)
        if context in self.words and not elsewhere:
            return self.words[context](scene)
        if context == "runs" and self.place is not None:
            return _way_to_review(self.place)
        if context in _WHOLE:
            return "[ops.back] goes back to the list." if context != "review" else _LEAVE
        return "[dialog.cancel] closes this, and the tour goes on."


_WHOLE: Final = frozenset(
    ("runs", "series", "history", "compare", "audit", "datasets", "report", "metrics", "review")
)
_LEAVE: Final = "[review.leave] leaves this review; everything is saved."


def _way_to_review(place: Capability) -> str:
    name, key = ("ball", "ball") if place is Capability.BALL else ("players", "player")
    return f"[runs.review_{key}] opens the {name} of this clip, whichever line the cursor is on."


def _fixed(text: str) -> Words:
    return lambda _: text


def _moves(label: Label, truth: Label) -> str:
    """Return the keys that move a label onto its truth."""
    right, down = way(label, truth)
    across = f'["{abs(right)}"][review.{"right" if right > 0 else "left"}]'
    along = f'["{abs(down)}"][review.{"down" if down > 0 else "up"}]'
    return " ".join(filter(None, (across if right else "", along if down else "")))


def _fix_ball(scene: Scene) -> str:
    label = scene.selected
    truth = None if label is None else scene.truth_of(label)
    near = label is not None and truth is not None and distance(label, truth) <= NEAR_PX
    if label is None or truth is None or not near or not any(way(label, truth)):
        frame = 1 + next(
            fault.index
            for fault in scene.match.faults
            if fault.capability is Capability.BALL and fault.kind is FaultKind.SHIFTED
        )
        return (
            f"You are at the most doubtful frame; [?review.next] goes to the next.  Take "
            f'frame {frame}, where the mark is beside the ball: ["{frame}"][review.go_to]'
        )
    return (
        f"The mark is not on the ball.  {_moves(label, truth)} moves it there, to the pixel "
        "([?review.zoom] looks closer, [?review.where] places by a grid)."
    )


def _sound_frame(scene: Scene) -> int:
    """Return the first frame whose boxes are beside their players, and wrong in no other way."""
    wrong = {f.index for f in scene.match.faults if f.capability is Capability.PLAYER}
    return next(index for index in range(scene.match.frame_count) if index not in wrong)


def _fix_box(scene: Scene) -> str:
    assert scene.review is not None
    sound = _sound_frame(scene)
    if scene.review.index != sound:
        return f'Frame {sound + 1} shows it best: ["{sound + 1}"][review.go_to]'
    label = scene.selected
    truth = None if label is None else scene.truth_of(label)
    if label is None or truth is None or not any(way(label, truth)):
        return "Every box is beside its player.  [review.next_label] selects a box."
    return (
        f"The box {label.id} is beside its player.  {_moves(label, truth)} moves it there "
        "([?review.zoom] looks closer)."
    )


def _carry(scene: Scene) -> str:
    if scene.changed_labels(Capability.PLAYER) >= _HUNDRED:
        return (
            "They moved, but not onto their players.  [review.undo] takes that back; then correct "
            "the box first."
        )
    if scene.mode != "review.carrying":
        return (
            "They are all wrong in the same way.  With the corrected box selected, [review.carry] "
            "carries the correction on."
        )
    if scene.reach != "all tracks":
        return (
            f"Ghosts show it: {scene.reach}.  [review.carrying.wider] reaches farther, until it "
            "is all tracks."
        )
    return "The last line counts them.  [review.offer.take] moves them all, as one step to undo."


STEPS: Final = (
    Step(
        "Filter",
        {
            "runs": _fixed("These are the detector's runs.  [runs.capability] filters them."),
            "dialog": _fixed('Typing finds one: ["ball"] [dialog.accept]'),
        },
        lambda scene: scene.filtered or scene.review is not None,
    ),
    Step(
        "Open",
        {"runs": _fixed("[runs.review] opens the review of the line under the cursor.")},
        lambda scene: Capability.BALL in scene.documents or Capability.BALL in scene.stored.drafts,
    ),
    Step(
        "Fix a ball",
        {"review": _fix_ball},
        lambda scene: scene.mended(Capability.BALL, _RIGHT_PX),
        Capability.BALL,
    ),
    Step(
        "Fix a box",
        {"review": _fix_box},
        lambda scene: scene.mended(Capability.PLAYER, _RIGHT_PX),
        Capability.PLAYER,
    ),
    Step(
        "Flag",
        {
            "review": _fixed(
                "Flags tell whoever trains on this what is doubtful: [review.flag] "
                "[review.flags.negative] says that players may be missing here."
            )
        },
        lambda scene: scene.any_frame("flags"),
        Capability.PLAYER,
    ),
    Step(
        "Mend by the hundred",
        {"review": _carry},
        lambda scene: (
            scene.changed_labels(Capability.PLAYER) >= _HUNDRED
            and scene.halved_errors(Capability.PLAYER)
        ),
        Capability.PLAYER,
    ),
    Step(
        "Accept",
        {
            "review": _fixed(
                "[review.accept] accepts this frame and goes to the next doubtful one.  Accept as "
                "many as you like."
            )
        },
        lambda scene: scene.any_frame("reviewed"),
        Capability.PLAYER,
    ),
    Step(
        "Publish",
        {
            "review": _fixed("[review.publish] shows what would be published, and what it lacks."),
            "publish": _fixed("This becomes an immutable revision.  [publish.accept] publishes."),
            "dialog": _fixed(
                'Frames that nobody reviewed need a reason: ["learning"] [dialog.accept]'
            ),
        },
        lambda scene: scene.stored.published,
        Capability.PLAYER,
    ),
    Step(
        "Approve for dataset",
        {
            "review": _fixed(_LEAVE),
            "runs": lambda scene: (
                "[runs.clear] clears the filter."
                if scene.filtered
                else "With the cursor on player_detection ([list.down]), [runs.history] opens its "
                "revisions."
            ),
            "history": _fixed("[history.approve] lets data sets use the newest revision."),
            "dialog": _fixed('A reason, if you like: ["learnt"] [dialog.accept]'),
        },
        lambda scene: scene.stored.approved,
    ),
)
