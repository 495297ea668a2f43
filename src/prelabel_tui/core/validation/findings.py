"""What validation found: each finding names frame, label and numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from prelabel_tui.core.validation.rules import BY_ID, Severity


@dataclass(frozen=True)
class Finding:
    """One breach of a rule.  ``index``: the frame to jump to; ``whole_clip``: about many."""

    rule: str
    index: int
    text: str
    label_id: str | None = None
    numbers: Mapping[str, float] = field(default_factory=dict, hash=False)
    whole_clip: bool = False

    @property
    def severity(self) -> Severity:
        """Error or warning, from the rule."""
        return BY_ID[self.rule].severity

    @property
    def where(self) -> str:
        """`frame 3`, or `clip` when it is about many."""
        return "clip" if self.whole_clip else f"frame {self.index + 1}"

    @cached_property
    def order(self) -> tuple[bool, int, str, str]:
        """Errors first, then by frame, rule, label."""
        return (
            self.severity is not Severity.ERROR,
            self.index,
            self.rule,
            self.label_id or "",
        )

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`; frames are counted from 1, as people see them."""
        return {
            "rule": self.rule,
            "severity": self.severity.value,
            "frame": self.index + 1,
            "label": self.label_id,
            "text": self.text,
            "numbers": dict(self.numbers),
        }


@dataclass(frozen=True)
class Findings:
    """All findings of a document, in order.  ``labels``: how many labels were judged."""

    items: tuple[Finding, ...] = ()
    labels: int = 0

    @classmethod
    def of(cls, items: Iterable[Finding], labels: int) -> Findings:
        """Put findings in order."""
        return cls(tuple(sorted(items, key=lambda finding: finding.order)), labels)

    @cached_property
    def errors(self) -> int:
        """How many block publishing."""
        return sum(finding.severity is Severity.ERROR for finding in self.items)

    @property
    def warnings(self) -> int:
        """How many need an override."""
        return len(self.items) - self.errors

    @cached_property
    def by_frame(self) -> dict[int, tuple[str, ...]]:
        """Rule ids by frame index; findings about the whole clip left out."""
        found: dict[int, list[str]] = {}
        for finding in self.items:
            if not finding.whole_clip:
                found.setdefault(finding.index, []).append(finding.rule)
        return {index: tuple(rules) for index, rules in found.items()}

    @cached_property
    def by_rule(self) -> dict[str, int]:
        """Number of findings by rule id, sorted by id."""
        return dict(sorted(Counter(finding.rule for finding in self.items).items()))

    @cached_property
    def _in_time(self) -> list[Finding]:
        return sorted(self.items, key=lambda finding: (finding.index, finding.order))

    def next_after(self, index: int) -> Finding | None:
        """Find the first finding of a later frame."""
        return next((finding for finding in self._in_time if finding.index > index), None)

    def previous_before(self, index: int) -> Finding | None:
        """Find the last finding of an earlier frame."""
        earlier = (finding for finding in reversed(self._in_time) if finding.index < index)
        return next(earlier, None)

    @property
    def summary(self) -> str:
        """`2 errors, 5 warnings`, or `no findings`."""
        parts = [
            f"{count} {word}{'s' if count != 1 else ''}"
            for count, word in ((self.errors, "error"), (self.warnings, "warning"))
            if count
        ]
        return ", ".join(parts) or "no findings"

    def as_json(self, limit: int | None = None) -> list[dict[str, object]]:
        """Return the objects for `--json`, at most ``limit`` of them."""
        return [finding.as_json() for finding in self.items[:limit]]
