"""A small application on the program's driver, for tests: notes each key, shows what it knows.

`x` crashes, `e` asks for the cursor as each picture does, `o` opens another screen, `:` a line to
type in, whose text Enter takes; `q` ends.
"""

from __future__ import annotations

import json
import sys


def main() -> None:
    from prelabel_tui.imaging.terminal.terminal import Terminal

    terminal = Terminal()
    terminal.ask()

    from textual.app import App, ComposeResult
    from textual.events import Key
    from textual.screen import Screen
    from textual.widgets import Input, Static

    from prelabel_tui.imaging.terminal.driver import driver_for

    keys: list[str] = []
    lines: list[str] = []

    class Line(Screen[None]):
        def compose(self) -> ComposeResult:
            yield Input()

        def on_mount(self) -> None:
            self.query_one(Input).focus()

        def on_input_submitted(self, event: Input.Submitted) -> None:
            lines.append(event.value)
            self.dismiss()

    class Answering(App[None]):
        def compose(self) -> ComposeResult:
            yield Static("ready")

        def on_key(self, event: Key) -> None:
            keys.append(event.key)
            if event.key == "q":
                self.exit()
            if event.key == "x":
                raise RuntimeError("a crash")
            if event.key == "e":
                self._driver.write("\x1b[6n")  # type: ignore[union-attr]
            if event.key == "o":
                self.push_screen(Screen())
            if event.key == "colon":
                self.push_screen(Line())

    terminal.gather()
    early = terminal.choice().backend
    try:
        Answering(driver_class=driver_for(terminal)).run()
    finally:
        terminal.restore()
    answers = terminal.answers
    report = {
        "keys": keys,
        "lines": lines,
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
