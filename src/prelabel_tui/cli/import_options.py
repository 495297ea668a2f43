"""The options that every command of `import` has, in one place."""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from prelabel_tui.cli.context import bad_input
from prelabel_tui.cli.import_watch import watch
from prelabel_tui.cli.scope_options import CAPABILITIES, capability_named
from prelabel_tui.core.ingest.clips import check_names
from prelabel_tui.core.ingest.pairing import Choice, PictureSource
from prelabel_tui.core.ingest.reported import Detector
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.outcomes import Outcome
from prelabel_tui.formats.gathering import Wanted
from prelabel_tui.formats.track_ids import Ids
from prelabel_tui.imaging.frames.probe import FolderPictures, VideoPictures


@dataclasses.dataclass(frozen=True, kw_only=True)
class ImportOptions:
    """What is said about any import; each field is an option of the command line."""

    workspace: Annotated[str, typer.Option(help="Workspace; made if it is new.")]
    media: Annotated[
        str, typer.Option(help="Name of the clip in the workspace (with --watch: the folder's).")
    ] = ""
    frames: Annotated[Path | None, typer.Option(help="Folder of the frames' pictures.")] = None
    video: Annotated[Path | None, typer.Option(help="Video file, instead of --frames.")] = None
    fps: Annotated[
        float | None,
        typer.Option(help="With --frames: frame numbers per second (else the label files')."),
    ] = None
    match: Annotated[
        str,
        typer.Option(help="auto: by names and their numbers; position: by order, as you say."),
    ] = "auto"
    number_from: Annotated[
        int | None,
        typer.Option(help="Number of the first frame in the label files (else the format's)."),
    ] = None
    bad_labels: Annotated[
        str, typer.Option(help="refuse, or drop: leave them out, counted and listed.")
    ] = "refuse"
    capability: Annotated[
        str | None, typer.Option(help="Only ball or player: the other is left as it is.")
    ] = None
    player_category: Annotated[
        list[str] | None, typer.Option(help="A category that is players; repeatable.")
    ] = None
    ball_category: Annotated[
        list[str] | None, typer.Option(help="A category that is the ball; repeatable.")
    ] = None
    skip_category: Annotated[
        list[str] | None, typer.Option(help="A category to leave out, counted; repeatable.")
    ] = None
    min_score: Annotated[
        list[str] | None,
        typer.Option(help="Leave out labels below it: ball=0.2 or player=0.3; repeatable."),
    ] = None
    ids: Annotated[
        str | None,
        typer.Option(help="tracks, or rows: numbers of rows, not followed (else as is found)."),
    ] = None
    detector: Annotated[
        str | None, typer.Option(help="What made the labels; shown with the run.")
    ] = None
    model: Annotated[str | None, typer.Option(help="The detector's version.")] = None
    copy: Annotated[
        bool,
        typer.Option("--copy", help="Copy the pictures into the data folder, else refer to them."),
    ] = False
    check: Annotated[
        bool, typer.Option("--check", help="Show what would come in, and write nothing.")
    ] = False
    watch: Annotated[
        Path | None,
        typer.Option(
            help="Import each folder in this one when the file FINISHED is in it; paths lead from "
            "that folder."
        ),
    ] = None
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False

    def refuse_nonsense(self) -> None:
        """End the program with INPUT_INVALID when options contradict each other."""
        if not self.media:
            self._bad("Give --media NAME, or --watch DIR, where each folder's name is it.")
        if (self.frames is None) == (self.video is None):
            self._bad("Give either --frames DIR or --video FILE.")
        if self.video and self.copy:
            self._bad("--copy is for --frames: a video is always referred to.")
        if self.video and self.fps is not None:
            self._bad("--fps is for --frames: a video has its own times.")
        if self.fps is not None and not 0.01 <= self.fps <= 10_000:
            self._bad(f"--fps {self.fps}: frames per second, 0.01 to 10,000.")
        if self.match not in ("auto", "position"):
            self._bad(f"--match {self.match!r}: auto or position.")
        if self.number_from is not None and not 0 <= self.number_from <= 10**9:
            self._bad(f"--number-from {self.number_from}: 0 or more.")
        if self.ids not in (None, *Ids):
            self._bad(f"--ids {self.ids!r}: tracks or rows.")
        if self.bad_labels not in ("refuse", "drop"):
            self._bad(f"--bad-labels {self.bad_labels!r}: refuse or drop.")

    def refuse_nonsense_of_watch(self) -> None:
        """End the program with INPUT_INVALID when `--watch` contradicts other options."""
        if self.media:
            self._bad("With --watch the name of each folder is its clip's: leave out --media.")
        if self.check:
            self._bad("--check looks at one import: give --media instead of --watch.")

    def refused_names(self) -> Outcome | None:
        """Return IMPORT_INPUT_INVALID when a name cannot be used, else None."""
        detector = Detector(self.detector, self.model)
        return check_names(self.workspace, self.media) or detector.refused()

    def with_frames(self, folder: Path | None) -> ImportOptions:
        """Take the folder of pictures that the labels name, where none was given."""
        if self.frames is not None or self.video is not None or folder is None:
            return self
        return dataclasses.replace(self, frames=folder)

    def within(self, folder: Path) -> ImportOptions:
        """Return the options for the clip in a watched folder, with its pictures there."""
        return dataclasses.replace(
            self,
            media=folder.name,
            watch=None,
            frames=None if self.frames is None else folder / self.frames,
            video=None if self.video is None else folder / self.video,
        )

    def source(self, memory: int) -> PictureSource:
        """Return where the pictures come from; ``memory``: bytes that decoding may take."""
        if self.video is not None:
            return VideoPictures(self.video, memory)
        assert self.frames is not None
        return FolderPictures(self.frames)

    def choice(self) -> Choice:
        """Return what is said about the pairing."""
        return Choice(self.match == "position", self.number_from)

    def wanted(self) -> Wanted:
        """Return which labels are wanted.  End the program with INPUT_INVALID on nonsense."""
        mapped: dict[str, Capability] = {}
        for capability, names in (
            (Capability.PLAYER, self.player_category),
            (Capability.BALL, self.ball_category),
        ):
            for name in names or ():
                if mapped.setdefault(name.casefold(), capability) is not capability:
                    self._bad(f"--ball-category {name}: it is also mapped to players.")
        skipped = tuple(self.skip_category or ())
        if both := sorted({name.casefold() for name in skipped} & set(mapped)):
            self._bad(f"--skip-category {both[0]}: it is also mapped.")
        only = None
        if self.capability is not None:
            only = capability_named(self.capability, as_json=self.as_json)
        ids = None if self.ids is None else Ids(self.ids)
        return Wanted(mapped, skipped, self._least_scores(), only, ids)

    def _least_scores(self) -> dict[Capability, float]:
        least = {}
        for text in self.min_score or ():
            name, _, value = text.partition("=")
            try:
                score = float(value)
            except ValueError:
                score = -1.0
            if name not in CAPABILITIES or not 0.0 <= score <= 1.0:
                self._bad(f"--min-score {text!r}: write ball=SCORE or player=SCORE, 0 to 1.")
            least[CAPABILITIES[name]] = score
        return least

    def _bad(self, detail: str) -> None:
        bad_input(detail, as_json=self.as_json)


def with_import_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of every import; it gets them as its argument ``options``."""
    own = dict(inspect.signature(command, eval_str=True).parameters)
    del own["options"]
    hints = get_type_hints(ImportOptions, include_extras=True)
    shared = {
        field.name: inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if _required(field) else field.default,
            annotation=hints[field.name],
        )
        for field in dataclasses.fields(ImportOptions)
    }

    @functools.wraps(command)
    def whole(**given: Any) -> None:
        options = ImportOptions(**{name: given.pop(name) for name in shared})
        if options.watch is None:
            command(**given, options=options)
            return
        options.refuse_nonsense_of_watch()

        def bring_in(folder: Path) -> None:
            own = {name: _within(folder, value) for name, value in given.items()}
            command(**own, options=options.within(folder))

        watch(options.watch, bring_in, as_json=options.as_json)

    parameters = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own.values()
    ]
    parameters += shared.values()
    whole.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    whole.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return whole


def _within(folder: Path, value: Any) -> Any:
    """Return an option's value with its relative paths taken from a folder."""
    if isinstance(value, list):
        return [_within(folder, one) for one in value]
    return folder / value if isinstance(value, Path) else value


def _required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING
