"""A small application on the program's driver, for tests: notes each key, shows what it knows."""

from __future__ import annotations

import json
import sys


def main() -> None:
    from prelabel_tui.imaging.terminal.terminal import Terminal

    terminal = Terminal()
    terminal.ask()

    from textual.app import App, ComposeResult
    from textual.events import Key
    from textual.widgets import Static

    from prelabel_tui.imaging.terminal.driver import driver_for

    keys: list[str] = []

    class Answering(App[None]):
        def compose(self) -> ComposeResult:
            yield Static("ready")

        def on_key(self, event: Key) -> None:
            keys.append(event.key)
            if event.key == "q":
                self.exit()
            if event.key == "x":
                raise RuntimeError("a crash")

    terminal.gather()
    early = terminal.choice().backend
    try:
        Answering(driver_class=driver_for(terminal)).run()
    finally:
        terminal.restore()
    answers = terminal.answers
    report = {
        "keys": keys,
        "early": early,
        "late": terminal.choice().backend,
        "version": answers.version,
        "complete": answers.complete,
        "cell": answers.cell,
        "synchronized": answers.synchronized,
    }
    sys.stdout.write("REPORT" + json.dumps(report) + "END\n")


if __name__ == "__main__":
    main()
