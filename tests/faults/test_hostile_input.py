"""Hostile text as arguments and in every field, and bent artifacts: an outcome, never a traceback.

A sample in the suite; the counts that the docs name with `make soak`.
"""

from __future__ import annotations

import contextlib
import functools
import io
import random
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from backports import zstd
from typer.main import get_command

from prelabel_tui.cli import app, main
from prelabel_tui.core.bounds import DETAIL_LENGTH
from prelabel_tui.core.catalog import workspaces
from prelabel_tui.core.catalog.runs import RunFilters, RunStatus, list_runs
from prelabel_tui.core.catalog.scopes import find_scope
from prelabel_tui.core.datasets.snapshots import create
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.drafts.payloads import save_payload
from prelabel_tui.core.edits import track_names
from prelabel_tui.core.fsck import fsck
from prelabel_tui.core.identity.actor import Role
from prelabel_tui.core.identity.clock import accept_clock
from prelabel_tui.core.identity.users import set_role, sign_in
from prelabel_tui.core.ingest.removal import remove_media, remove_run
from prelabel_tui.core.ingest.reported import Detector, report_run
from prelabel_tui.core.model.codec import PayloadError
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Box, Capability, make_frame
from prelabel_tui.core.outcomes import TABLE, Code, Outcome, Result
from prelabel_tui.core.publishing import eligibility, packs, publish
from prelabel_tui.core.store import attempt
from prelabel_tui.core.store.artifacts import ArtifactReadError, FolderArtifacts
from prelabel_tui.core.text import printable
from prelabel_tui.core.tracks import work_out
from tests import matches
from tests.causes import ADA, LENA, World
from tests.programs import PROGRAM

HOSTILE: Final = (
    "", " ", "\t", "\n", "a\nb", "\r", "\0", "a\0b", "\x1b[31mred", "\x1b]52;c;aGk=\x07", "\x9b1m",
    "\u2028", "\u2029", "a\u2028b", "\u202eevil", "\u2066a\u2069", "\u200b", "\ufeff", "\u0085",
    "\ud800", "caf\udce9", "\U0001f3fb", "é" * 101, "e\u0301", "ﷺ" * 60, "😀" * 101, "x" * 100,
    "x" * 101, "y" * 5_000, "z" * 200_000, "..", "../../etc/passwd", "/", "/dev/full", "C:\\", "~",
    "%", "%%", "_", "*", "?", "[", "]", "{", "}", "{0}", "%s%n", "${HOME}", "`id`", "$(id)", ";",
    "'", '"', "''; DROP TABLE users; --", "\\", "\\0", "[bold]x[/]", "[/]", "[link=a]b", "<b>&amp;",
    "-", "--", "-x", "--help", "--json", "@", "@/etc/passwd", "null", "None", "true", "NaN", "inf",
    "-inf", "1e999", "-1", "0", "1", "9" * 30, "-" + "9" * 30, "0x10", "1_000", "٣", "½", "1.5",
    "9999-12-31", "0000-00-00", "10000-01-01", "-1-01-01", "2026-02-30", "1970-01-01T00:00:00Z",
    "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "sqlite://", "sqlite:////dev/null",
    "postgresql://", "mysql://x", "s3://", "://", "file:///", "ball", "player", "player_detection",
    "club", "clip", "running", "failed", "a,b", "ball=nan", "ball=2", "80/10/10", "0/0/0", "-1/2/3",
)  # fmt: skip
"""Whole values; :func:`hostile` also joins and cuts them."""

COMMANDS: Final = (
    "runs", "runs report", "runs remove", "series", "history", "history show", "history compare",
    "packs list", "packs submit", "packs approve", "packs reject", "packs retire", "packs validate",
    "publish", "validate", "drafts show", "drafts versions", "drafts save", "drafts reset",
    "eligibility approve", "eligibility revoke", "export coco", "export mot", "export yolo",
    "import mot", "import coco", "import yolo", "import legacy", "dataset create", "dataset show",
    "dataset export", "audit", "fsck", "stats", "report", "users list", "users add", "users keys",
    "workspaces list", "workspaces threshold", "media remove", "media relocate", "db status",
    "db accept-clock", "backup", "restore", "config check", "nonsense",
)  # fmt: skip
GLOBALS: Final = ("--user", "--keys", "--graphics", "--picture-memory", "--artifacts")
KNOWN: Final = {entry.exit_code for entry in TABLE.values()} | {0, 2, 74}
REAL: Final = 5
"""How many of the argument lists of a sample also go to the installed program."""


def hostile(chance: random.Random) -> str:
    """A hostile text."""
    kind = chance.randrange(4)
    if kind == 0:
        return chance.choice(HOSTILE) + chance.choice(HOSTILE)
    if kind == 1:
        return "".join(chr(chance.randrange(0x3000)) for _ in range(chance.randrange(1, 30)))
    return chance.choice(HOSTILE)


@functools.cache
def options_of(command: str) -> tuple[str, ...]:
    """The options of a command."""
    found: Any = get_command(app)
    for word in command.split():
        found = found.get_command(None, word) if hasattr(found, "get_command") else None
    options = [parameter.opts[-1] for parameter in found.params] if found else []
    return tuple(option for option in options if option.startswith("-"))


def words_of(chance: random.Random, folder: Path) -> list[str]:
    """A hostile command line; whatever it writes stays in ``folder``."""
    words: list[str] = []
    if chance.random() < 0.2:
        words += [chance.choice(GLOBALS), hostile(chance)]
    command = chance.choice(COMMANDS)
    words += command.split()
    for _ in range(chance.randrange(3)):
        words.append(hostile(chance))
    for option in chance.sample(known := options_of(command), chance.randrange(len(known) + 1)):
        words += [option, hostile(chance)]
    # What a real command line cannot hold, and what would write elsewhere or go over a network.
    clean = [word.replace("\0", "") for word in words]
    away = ("/dev", "://", "..", "~")
    return [str(folder / "x") if any(part in word for part in away) else word for word in clean]


def answer(words: list[str]) -> tuple[Any, str]:
    """What the program ends with and says, run in this process."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    arguments, sys.argv = sys.argv, ["prelabel-tui", *words]
    code: Any = 0
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            try:
                main()
            except SystemExit as ended:
                code = ended.code or 0
    finally:
        sys.argv = arguments
    out.flush()
    return code, out.buffer.getvalue().decode()  # type: ignore[attr-defined]


def steering(text: str) -> set[str]:
    """What of a text could steer a terminal: all that is not printable but the ends of lines."""
    lines = text.replace("\n", "").replace("\t", "")
    return set(lines) - set(printable(lines))


@pytest.mark.soak
def test_hostile_arguments_end_in_an_outcome(
    tmp_path: Path, soak: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World.make(tmp_path)
    world.published()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PRELABEL_HOME", str(world.store.home))
    count, first = (2_000, 1) if soak else (60, random.randrange(10**6))
    seen: Counter[Any] = Counter()
    for number in range(first, first + count):
        words = words_of(random.Random(number), tmp_path)
        try:
            code, said = answer(words)
        except Exception as error:
            raise AssertionError(f"seed {number}: {words!r}") from error
        assert code in KNOWN, (number, words, code, said)
        assert "Traceback" not in said, (number, words)
        assert not steering(said), (number, words, steering(said))
        seen[code] += 1
    print(f"\n{count} argument lists: exit codes {dict(sorted(seen.items()))}")
    real = random.Random(first)
    for _ in range(40 if soak else REAL):
        number = real.randrange(first, first + count)
        words = words_of(random.Random(number), tmp_path)
        done = subprocess.run(
            [PROGRAM, *(word.encode("utf-8", "surrogateescape" if all(
                not "\ud800" <= c <= "\udfff" or "\udc80" <= c <= "\udcff" for c in word
            ) else "replace") for word in words)],
            capture_output=True, stdin=subprocess.DEVNULL, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode in KNOWN, (number, words, done)
        assert b"Traceback" not in done.stderr, (number, words)


Field = Callable[[World, matches.Match, str], Outcome | Result[Any] | object]


def payload_with(world: World, match: matches.Match, text: str) -> Outcome:
    loaded = loading.load(world.store, match.draft.id).unwrap()
    document = loaded.document
    try:
        document.replace(1, make_frame([Box(text, 100, 100, 900, 900)]))
    except UnicodeEncodeError:  # half of a pair: no payload can hold it
        return Outcome(Code.INPUT_INVALID)
    return save_payload(
        world.store, LENA, match.draft.id, loaded.info.version, document.payload()
    ).outcome


def renamed(world: World, match: matches.Match, text: str) -> object:
    document = loading.load(world.store, match.draft.id).unwrap().document
    return track_names.rename(document, work_out(document), 0, text)


FIELDS: Final[dict[str, Field]] = {
    "reason of an approval": lambda w, m, t: packs.approve(w.store, LENA, m.pack_id, 1, t),
    "reason of a rejection": lambda w, m, t: packs.reject(w.store, LENA, m.pack_id, 99, t),
    "reason of a revocation": lambda w, m, t: eligibility.revoke(w.store, LENA, m.pack_id, 1, t),
    "reason of an override": lambda w, m, t: publish(
        w.store, LENA, m.draft.id, m.draft.version, override_reason=t
    ),
    "reason of a removal": lambda w, m, t: remove_run(w.store, ADA, "none", t),
    "reason for the clock": lambda w, _, t: accept_clock(w.store, ADA, t),
    "reason of a run": lambda w, _, t: report_run(
        w.store, LENA, workspace="club", media="clip", status=RunStatus.FAILED, reason=t
    ),
    "detector": lambda w, _, t: report_run(
        w.store, LENA, workspace="club", media="clip", status=RunStatus.QUEUED,
        detector=Detector(t, t),
    ),
    "workspace and clip of a run": lambda w, _, t: report_run(
        w.store, LENA, workspace=t, media=t, status=RunStatus.QUEUED, new_clip=True
    ),
    "clip to be removed": lambda w, _, t: remove_media(w.store, ADA, t, t, "mistake"),
    "name of a user": lambda w, _, t: set_role(w.store, ADA, t, Role.REVIEWER),
    "user to act as": lambda w, _, t: sign_in(w.store, t),
    "name of a data set": lambda w, _, t: create(w.store, LENA, t, []),
    "workspace with a threshold": lambda w, _, t: workspaces.set_threshold(
        w.store, LENA, t, t, 2
    ),
    "scope": lambda w, _, t: find_scope(w.store, t, t, Capability.PLAYER),
    "id of a pack": lambda w, _, t: packs.pack(w.store, t),
    "pack to publish": lambda w, m, t: publish(
        w.store, LENA, m.draft.id, m.draft.version, pack_id=t
    ),
    "id of a draft": lambda w, _, t: loading.find_draft(w.store, t),
    "filter of runs": lambda w, _, t: attempt(list_runs, w.store, RunFilters(media=t)),
    "id of a label": payload_with,
    "name of a track": renamed,
    "text on a screen": lambda _w, _m, t: _one_line(t),
}  # fmt: skip


def _one_line(text: str) -> None:
    shown = printable(text, 80)
    assert len(shown) <= 80
    assert len(shown.splitlines()) <= 1


@pytest.mark.soak
def test_hostile_text_in_any_field_is_taken_or_refused(tmp_path: Path, soak: bool) -> None:
    world = World.make(tmp_path)
    match = world.match()
    count, first = (5_000, 1) if soak else (150, random.randrange(10**6))
    codes: Counter[str] = Counter()
    for number in range(first, first + count):
        chance = random.Random(number)
        name = list(FIELDS)[number % len(FIELDS)]
        text = hostile(chance)
        try:
            came = FIELDS[name](world, match, text)
        except Exception as error:
            raise AssertionError(f"seed {number}, {name}: {text[:200]!r}") from error
        outcome = came.outcome if isinstance(came, Result) else came
        codes[outcome.code if isinstance(outcome, Outcome) else "no outcome"] += 1
        if isinstance(outcome, Outcome):
            assert len(outcome.detail) <= DETAIL_LENGTH, (number, name)
    assert fsck(world.store).outcome.code == Code.FSCK_CLEAN
    print(f"\n{count} texts in {len(FIELDS)} fields: {dict(codes)}")


def bent(packed: bytes, chance: random.Random) -> bytes:
    """An artifact's file, damaged."""
    kind, at = chance.randrange(7), chance.randrange(len(packed))
    if kind == 0:
        return packed[:at] + bytes([packed[at] ^ 1 << chance.randrange(8)]) + packed[at + 1 :]
    if kind == 1:
        return packed[:at]
    if kind == 2:
        return packed[:at] + chance.randbytes(chance.randrange(1, 40)) + packed[at:]
    if kind == 3:
        return packed * chance.randrange(2, 4)
    if kind == 4:
        return chance.randbytes(chance.randrange(200))
    packer = zstd.ZstdCompressor()
    size = chance.randrange(1, 64) << 20
    if kind == 5:
        return packer.compress(bytes(size)) + packer.flush()
    packer.set_pledged_input_size(size)
    return packer.compress(bytes(size)) + packer.flush()


@pytest.mark.soak
def test_a_bent_artifact_is_damaged_or_as_it_was(
    tmp_path: Path, soak: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prelabel_tui.core.store.compression.ARTIFACT_BYTES", 2 << 20)
    store = FolderArtifacts(tmp_path)
    content = matches.content(Capability.PLAYER, 60).payload()
    name = store.put(content)
    packed = store.path(name).read_bytes()
    count, first = (2_000, 1) if soak else (100, random.randrange(10**6))
    came: Counter[str] = Counter()
    for number in range(first, first + count):
        store.path(name).write_bytes(bent(packed, random.Random(number)))
        try:
            assert store.get(name) == content, number
            came["as it was"] += 1
        except ArtifactReadError:
            came["damaged"] += 1
        with contextlib.suppress(ArtifactReadError):
            assert b"".join(store.pieces(name)) == content, number
        with contextlib.suppress(ArtifactReadError, PayloadError):
            Document.from_payload(store.get(name, checked=False))
    print(f"\n{count} artifacts: {dict(came)}")
    assert came["damaged"] > count // 2


@pytest.mark.soak
def test_an_artifact_that_would_fill_the_memory_takes_none(tmp_path: Path, soak: bool) -> None:
    store = FolderArtifacts(tmp_path)
    name = store.put(b"small")
    packer = zstd.ZstdCompressor()
    megabytes = 4_300 if soak else 1_100
    packer.set_pledged_input_size(megabytes << 20)
    piece = bytes(1 << 20)
    bomb = b"".join([*(packer.compress(piece) for _ in range(megabytes)), packer.flush()])
    store.path(name).write_bytes(bomb)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ArtifactReadError, match="larger than 1,024 MB"):
        store.get(name)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10
    assert grown < 100
    print(f"\n{len(bomb) >> 10} KB that unpack to {megabytes} MB: refused, +{grown} MB")
