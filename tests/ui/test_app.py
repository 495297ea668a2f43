"""Starting, refusing to start, leaving, being ended; help, the command line and the palette."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from prelabel_tui.app import PrelabelApp
from prelabel_tui.core.catalog.runs import list_runs
from prelabel_tui.core.catalog.scopes import find_scope
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.keys.commands import BY_ID, CONTEXTS, commands_of
from prelabel_tui.screens.ops.runs import RunsScreen
from prelabel_tui.screens.ops.series import SeriesScreen
from prelabel_tui.screens.shared import base
from prelabel_tui.screens.shared.command_line import CommandLine, Typed, resolve
from prelabel_tui.screens.shared.list_dialogs import ChoiceDialog
from prelabel_tui.screens.shared.too_small import TooSmall
from tests.programs import PROGRAM
from tests.terminal import Terminal
from tests.ui.applications import MakeApp
from tests.ui.demo_home import RUI, open_demo
from tests.ui.driving import app_of, banner, press, screen_text, settle, type_text

_COLD_START = """
import json, sys
import prelabel_tui.cli
before = sorted(sys.modules)
from prelabel_tui.app import PrelabelApp
from prelabel_tui.core.outcomes import Code, Outcome, Result
seen = {}

def opener():
    screen = app.screen
    seen["painted"] = any("Prelabels" in strip.text for strip in screen._compositor.render_strips())
    seen["loaded"] = sorted(sys.modules)
    return Result(Outcome(Code.DATABASE_UNAVAILABLE, "enough"))

app = PrelabelApp(opener)
app.run(headless=True, size=(80, 24))
print(json.dumps({**seen, "command": before}))
"""


def test_the_first_paint_comes_before_the_database_layer() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _COLD_START], capture_output=True, text=True, check=True
    )
    seen = json.loads(ran.stdout.splitlines()[-1])
    assert seen["painted"]
    for heavy in ("sqlalchemy", "alembic", "numpy", "PIL", "obstore", "textual_image", "av"):
        assert heavy not in seen["loaded"], heavy
    for heavy in ("textual", "sqlalchemy", "rich"):
        assert heavy not in seen["command"], heavy


async def test_a_data_folder_that_cannot_be_opened_ends_the_application() -> None:
    refused = Outcome(Code.DATABASE_TOO_NEW, "it is at version 9999.")
    app = PrelabelApp(lambda: Result(refused))
    async with app.run_test() as pilot:
        for _ in range(100):
            await pilot.pause(0.01)
            if app._exit:
                break
    assert app.return_value == refused
    assert app.return_code == refused.entry.exit_code


def refused(*arguments: str, home: Path) -> tuple[int, str]:
    """Exit code and error line of the program without a terminal."""
    ran = subprocess.run(
        [PROGRAM, "--home", str(home), *arguments],
        capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    assert ran.stdout == ""
    return ran.returncode, ran.stderr


def test_output_that_is_no_terminal_is_refused_in_one_line(tmp_path: Path) -> None:
    code, text = refused(home=tmp_path / "home")
    assert code == Outcome(Code.TERMINAL_UNSUITABLE).entry.exit_code
    assert text.startswith("TERMINAL_UNSUITABLE: ")
    assert text.count("\n") == 1
    assert not (tmp_path / "home").exists()


def test_graphics_that_do_not_exist_are_refused(tmp_path: Path) -> None:
    code, text = refused("--graphics", "crayon", home=tmp_path)
    assert code == Outcome(Code.INPUT_INVALID).entry.exit_code
    assert "crayon" in text
    assert "auto, cells" in text


@pytest.mark.parametrize(
    ("size", "term", "words"),
    [
        ((79, 40), "xterm-256color", "79×40 cells"),
        ((120, 19), "xterm-256color", "120×19 cells"),
        ((120, 40), "dumb", "without cursor control"),
    ],
)
def test_a_terminal_that_will_not_do_is_refused(
    tmp_path: Path, size: tuple[int, int], term: str, words: str
) -> None:
    with Terminal(
        [PROGRAM, "--home", str(tmp_path / "home")],
        columns=size[0], lines=size[1], env={"TERM": term},
    ) as terminal:  # fmt: skip
        status = terminal.wait_exit()
        text = terminal.text().replace("\n", "")
        assert status == Outcome(Code.TERMINAL_UNSUITABLE).entry.exit_code
        assert "TERMINAL_UNSUITABLE" in text
        assert words in text
    assert not (tmp_path / "home").exists()


def test_a_user_that_is_not_known_ends_it_with_one_line(programs_home: Path) -> None:
    with Terminal([PROGRAM, "--home", str(programs_home), "--user", "nobody"]) as terminal:
        assert terminal.wait_exit() == Outcome(Code.USER_UNKNOWN).entry.exit_code
        assert "USER_UNKNOWN" in terminal.text()
        assert "nobody" in terminal.text()


def test_it_opens_and_leaves_in_a_real_terminal(programs_home: Path) -> None:
    with Terminal([PROGRAM, "--home", str(programs_home), "--user", "ada"]) as terminal:
        terminal.wait_for(r"arena / tactical-1.*succeeded")
        terminal.press("2")
        terminal.wait_for("Label Review Series")
        terminal.press("q")
        terminal.wait_for("Ops › Prelabels")
        terminal.press("q")
        terminal.wait_for("again to quit")
        terminal.press("q")
        assert terminal.wait_exit() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_saves_what_is_unsaved_and_ends_it(
    programs_home: Path, number: signal.Signals
) -> None:
    with Terminal([PROGRAM, "--home", str(programs_home), "--user", "rui"]) as terminal:
        terminal.wait_for(r"arena / tactical-1.*succeeded")
        terminal.press("p")
        terminal.wait_for(r"Autosave: saved v1")
        terminal.press("tab", "L")
        terminal.process.kill(number)
        assert terminal.wait_exit() == 128 + number
    store = open_demo(programs_home)
    scope = find_scope(store, "arena", "tactical-1", Capability.PLAYER).unwrap()
    draft = loading.active_draft(store, scope)
    assert draft is not None
    assert draft.version == 2
    first, second = (loading.load(store, draft.id, version).unwrap().document for version in (1, 2))
    assert len(second.changed_from(first)) == 1
    store.close()


def ended(pid: int) -> bool:
    """Whether a process is over, though nobody may have asked for its exit status yet."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    return stat.rpartition(") ")[2].startswith("Z")


def test_a_terminal_that_goes_away_ends_it(programs_home: Path) -> None:
    with Terminal([PROGRAM, "--home", str(programs_home), "--user", "rui"]) as terminal:
        terminal.wait_for(r"arena / tactical-1.*succeeded")
        pid = terminal.process.pid
        terminal.process.ptyproc.fileobj.close()
        for _ in range(200):
            if ended(pid):
                break
            signal.sigtimedwait([], 0.05)
        else:
            raise AssertionError("still running")


async def test_a_window_that_gets_too_small_is_covered_and_comes_back(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await pilot.resize_terminal(70, 20)
        await settle(pilot)
        assert isinstance(app_of(pilot).screen, TooSmall)
        assert "80×20 cells are needed" in screen_text(pilot)
        assert "70×20" in screen_text(pilot)
        await pilot.resize_terminal(90, 30)
        await settle(pilot)
        assert isinstance(app_of(pilot).screen, RunsScreen)


def test_a_name_may_be_cut_short_and_the_nearest_scope_wins() -> None:
    commands = commands_of(CONTEXTS["runs"])
    assert resolve("hist", commands) == Typed(BY_ID["runs.history"], "")
    assert isinstance(resolve(":workspace  arena", commands), Typed)
    assert "several" in str(resolve("re", commands))
    assert "no command 'zz'" in str(resolve("zz", commands))
    assert "takes no argument" in str(resolve("refresh now", commands))
    assert "name" in str(resolve(" ", commands))


async def test_the_command_line_completes_does_and_refuses(make_app: MakeApp) -> None:
    async with make_app().run_test() as pilot:
        await settle(pilot)
        await press(pilot, "colon")
        assert isinstance(app_of(pilot).screen, CommandLine)
        await type_text(pilot, "zz")
        await press(pilot, "enter")
        assert "no command 'zz'" in screen_text(pilot)
        await press(pilot, "escape", "colon")
        await type_text(pilot, "seri")
        await press(pilot, "tab")
        assert ":series" in screen_text(pilot)
        await press(pilot, "enter")
        assert isinstance(app_of(pilot).screen, SeriesScreen)
        await press(pilot, "colon", "backspace")
        assert isinstance(app_of(pilot).screen, SeriesScreen)


async def test_the_palette_does_what_is_chosen(make_app: MakeApp) -> None:
    async with make_app().run_test() as pilot:
        await settle(pilot)
        await press(pilot, "ctrl+p")
        assert isinstance(app_of(pilot).screen, ChoiceDialog)
        await type_text(pilot, "series")
        await press(pilot, "enter")
        assert isinstance(app_of(pilot).screen, SeriesScreen)


async def test_names_from_outside_are_never_markup_or_escapes(make_app: MakeApp) -> None:
    from prelabel_tui.core.ingest.import_run import import_run
    from prelabel_tui.core.model.media import Manifest, MediaFrame
    from prelabel_tui.demo import make_match

    app = make_app(RUI)
    store = app.opener().unwrap()[0]
    evil = "[red]x[/] \x1b[2J\x07‮end"
    match = make_match(seed=9, frames=2, width=320, height=180)
    manifest = Manifest(tuple(MediaFrame(evil, 320, 180, i, missing=evil) for i in range(2)))
    imported = import_run(
        store, RUI, workspace="arena", media="[bold]m[link]", manifest=manifest,
        documents=match.prelabels, source="[link=x]coco",
    )  # fmt: skip
    assert imported.ok, imported.outcome.headline
    async with app.run_test(size=(200, 60)) as pilot:
        await settle(pilot)
        text = screen_text(pilot)
        assert "arena / [bold]m[link]" in text
        assert "[link=x]coco" in text
        await press(pilot, "m")
        assert "[bold]m[link]" in screen_text(pilot)
        await press(pilot, "escape", "h")
        assert "[bold]m[link]" in screen_text(pilot)
        assert "\x1b" not in screen_text(pilot)


async def test_a_database_error_while_loading_becomes_its_outcome(make_app: MakeApp) -> None:
    app = make_app()
    store = app.opener().unwrap()[0]
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        store.close()
        (store.home / "prelabel.db").write_bytes(b"this was a database " * 400)
        for name in ("prelabel.db-wal", "prelabel.db-shm"):
            (store.home / name).unlink(missing_ok=True)
        await press(pilot, "R")
        assert banner(pilot).startswith("STORAGE_READ_FAILED")
        assert isinstance(app.screen, RunsScreen)


async def test_work_that_takes_long_is_shown_and_esc_cancels_it(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def slow(*arguments: object, **options: object) -> object:
        assert go_on.wait(30)
        return list_runs(*arguments, **options)  # type: ignore[arg-type]

    async with make_app().run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        monkeypatch.setattr("prelabel_tui.core.catalog.runs.list_runs", slow)
        monkeypatch.setattr(base, "PATIENCE_S", 0.001)
        await pilot.press("R")
        for _ in range(500):
            await pilot.pause(0.01)
            if "Loading runs… " in screen_text(pilot):
                break
        assert "esc cancels" in screen_text(pilot)
        await pilot.press("j")
        await pilot.press("escape")
        await settle(pilot)
        assert banner(pilot) == "Cancelled: Loading runs."
        assert "Loading runs… " not in screen_text(pilot)
        go_on.set()
        monkeypatch.undo()
        await press(pilot, "R")
        assert "arena / tactical-1" in screen_text(pilot)
