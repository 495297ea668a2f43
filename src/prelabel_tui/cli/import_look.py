"""What an import would bring in, or has brought in: in words, as JSON, and drawn."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator

import typer

from prelabel_tui.core.text import printable
from prelabel_tui.formats.prepare import Prepared

_PROBLEMS_SHOWN = 5


class Look:
    """The look of a prepared import.  Only data goes to stdout, and drawings to a terminal."""

    def __init__(self, prepared: Prepared) -> None:
        self.prepared = prepared

    def say_matching(self) -> None:
        """Say which picture belongs to which label."""
        typer.echo(printable(f"read: {self.prepared.file.dialect}"))
        for line in (*self.prepared.pairing.lines(), self.prepared.ids.text):
            if line:
                typer.echo(printable(line))

    def say_labels(self) -> None:
        """Say how many labels there are, and which were left out."""
        for line in self._label_lines():
            typer.echo(printable(line))

    def say_missing(self) -> None:
        """Say which frames have no thumbnail; on stderr."""
        missing = self.prepared.missing
        if missing:
            name, reason = missing[0]
            more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
            total = len(self.prepared.manifest.frames)
            line = f"{len(missing)} of {total} thumbnails are missing: {name} {reason}{more}"
            typer.echo(printable(line), err=True)

    def say_whole(self) -> None:
        """Say everything, in words."""
        self.say_matching()
        self.say_labels()
        for look in self.prepared.labels.looks:
            typer.echo(
                printable(
                    f"  {look.name} is {look.capability}: {_count(look.labels, 'label')}, "
                    f"median box {look.width:g}×{look.height:g} px"
                )
            )
        bad = self.prepared.bad
        if bad.count:
            typer.echo(f"{_count(bad.count, 'bad label')}:")
            for line in bad.listed[:_PROBLEMS_SHOWN]:
                typer.echo(printable(f"  {line}"))
            if bad.count > _PROBLEMS_SHOWN:
                typer.echo(f"  and {bad.count - _PROBLEMS_SHOWN} more")
        self.say_missing()

    def draw(self, memory: int) -> None:
        """Draw three frames with their labels, if somebody looks at them in a terminal.

        ``memory``: bytes that decoding may take.  The terminal's answers come on standard input:
        where that is something else, nothing is drawn.
        """
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            return
        # Imported only here: textual-image asks the terminal what it can show when it is imported.
        from prelabel_tui.cli.import_drawing import draw

        draw(self.prepared, memory)

    def as_json(self) -> dict[str, object]:
        """Return everything, for `--json`."""
        prepared, labels = self.prepared, self.prepared.labels
        return {
            "dialect": prepared.file.dialect,
            "matching": prepared.pairing.as_json(),
            "fps": None if prepared.manifest.fps is None else prepared.manifest.fps / 1000,
            "times_known": prepared.manifest.timed,
            "ids": prepared.ids.ids and prepared.ids.ids.value,
            "left_out": dict(labels.left_out),
            "labels": {c.value: dataclasses.asdict(t) for c, t in labels.tallies.items()},
            "categories": [
                {
                    "name": look.name,
                    "capability": look.capability.value,
                    "labels": look.labels,
                    "median_width": look.width,
                    "median_height": look.height,
                }
                for look in labels.looks
            ],
            "bad_labels": {"count": prepared.bad.count, "listed": prepared.bad.listed},
            "missing": [{"frame": name, "reason": reason} for name, reason in prepared.missing],
        }

    def _label_lines(self) -> Iterator[str]:
        prepared = self.prepared
        frames = _count(len(prepared.manifest.frames), "frame")
        for capability, tally in prepared.labels.tallies.items():
            tracks = f" in {_count(tally.tracks, 'track')}" if tally.tracks else ""
            yield (
                f"{capability}: {_count(tally.kept, 'label')}{tracks} on {tally.frames} of "
                f"{frames}; "
                f"{tally.below_score} below the minimum score left out; {tally.clipped} clipped to "
                "the frame"
            )
        for reason, count in prepared.labels.left_out.items():
            yield f"left out, {reason}: {_count(count, 'label')}"
        if prepared.bad.count:
            yield f"bad labels left out: {prepared.bad.count}, the first: {prepared.bad.listed[0]}"
        if not prepared.manifest.timed:
            yield (
                "the frame rate is not known, so that rules about speed do not apply; --fps says it"
            )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
