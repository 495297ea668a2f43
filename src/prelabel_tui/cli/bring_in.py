"""What every command of `import` does once its label files are named: look, and import."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import NoReturn

import typer

from prelabel_tui.cli.context import fail, globals_of, report
from prelabel_tui.cli.data_folder import open_data_folder
from prelabel_tui.cli.import_look import Look
from prelabel_tui.cli.import_options import ImportOptions
from prelabel_tui.cli.waiting import ProgressLine, progress
from prelabel_tui.core.catalog.pictures import hash_pictures
from prelabel_tui.core.ingest.clips import copy_pictures
from prelabel_tui.core.ingest.import_run import import_run
from prelabel_tui.core.ingest.reported import Detector
from prelabel_tui.core.outcomes import Code, Outcome
from prelabel_tui.core.progress import Cancelled
from prelabel_tui.core.store import failure
from prelabel_tui.core.store.artifacts import ArtifactError
from prelabel_tui.formats.errors import BadLabels, FormatError
from prelabel_tui.formats.labels_file import LabelFile
from prelabel_tui.formats.prepare import Prepared, prepare
from prelabel_tui.formats.readers.mot import find_seqinfo
from prelabel_tui.imaging.frames.probe import ProbeError

Read = Callable[[BadLabels, ProgressLine], LabelFile]


def bring_in(context: typer.Context, options: ImportOptions, read: Read) -> None:
    """Prepare a run, show it and, unless it is only checked, import it."""
    options.refuse_nonsense()
    as_json, memory = options.as_json, globals_of(context).picture_bytes
    if refused := options.refused_names():
        fail(refused, as_json=as_json)
    try:
        with progress() as shown, ExitStack() as opened:
            # Everything is read before the data folder is touched: bad input changes nothing.
            prepared = _prepare(options, read, shown, memory)
            shown.clear()
            look = Look(prepared)
            if options.check:
                _show_check(options, look, memory)
                return
            if not as_json:
                look.say_matching()
            store, actor = open_data_folder(context, as_json=as_json)
            opened.callback(store.close)
            store.require_writable()
            manifest = prepared.manifest
            if options.copy:
                manifest = copy_pictures(store, manifest, shown)
            result = import_run(
                store,
                actor,
                workspace=options.workspace,
                media=options.media,
                manifest=manifest,
                documents=prepared.labels.documents,
                source=prepared.file.format,
                detector=Detector(options.detector, options.model),
                progress=shown,
            )
            if result.value is not None:
                with suppress(Cancelled):  # what is left is done before the first publish
                    hash_pictures(store, result.value.media_id, manifest, shown)
    except (FormatError, ProbeError) as error:
        refuse(str(error), as_json)
    except ArtifactError as error:
        fail(failure(error), as_json=as_json)
    except OSError as error:
        refuse(f"{error.filename}: {error.strerror}.", as_json)
    except Cancelled:
        fail(Outcome(Code.IMPORT_CANCELLED), as_json=as_json)
    extra: dict[str, object] = {}
    if result.value is not None:
        extra = {"run": result.value.as_json(), **look.as_json()}
    if not as_json and result.value is not None:
        if result.outcome.code is Code.IMPORT_SUCCESS:
            look.say_labels()
        look.say_missing()
    report(result.outcome, as_json=as_json, extra=extra)


def _prepare(options: ImportOptions, read: Read, shown: ProgressLine, memory: int) -> Prepared:
    """Read and match everything.  FormatError, ProbeError, Cancelled."""
    wanted = options.wanted()
    # A look counts what is bad instead of ending at the first.
    bad = BadLabels(options.bad_labels == "drop" or options.check)
    file = read(bad, shown)
    info = None if options.frames is None else find_seqinfo(options.frames)
    source, choice = options.source(memory), options.choice()
    return prepare(file, source, choice, wanted, bad, options.fps, info, shown)


def _show_check(options: ImportOptions, look: Look, memory: int) -> None:
    """Print what would come in; ends the program with the outcome."""
    bad = look.prepared.bad
    outcome = Outcome(Code.IMPORT_CHECKED)
    if bad.count and options.bad_labels == "refuse":
        outcome = Outcome(
            Code.IMPORT_INPUT_INVALID,
            f"{bad.count} bad labels, the first: {bad.listed[0]}",
        )
    if not options.as_json:
        look.say_whole()
        look.draw(memory)
    report(outcome, as_json=options.as_json, extra=look.as_json())


@contextmanager
def refusing(as_json: bool) -> Iterator[None]:
    """End the program with the outcome when a file is refused."""
    try:
        yield
    except FormatError as error:
        refuse(str(error), as_json)


def refuse(detail: str, as_json: bool) -> NoReturn:
    """End the program with IMPORT_INPUT_INVALID."""
    fail(Outcome(Code.IMPORT_INPUT_INVALID, detail), as_json=as_json)
