"""A stranger with an empty data folder and the README: its first command, its table of keys."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

from tests.programs import PROGRAM, command
from tests.terminal import KEYS, Terminal

README = Path(__file__).parents[2] / "README.md"
ROW = re.compile(r"^\| (`.+`) \| [^|]+ \| (?:`([^`]+)`)? ?\|$")
WRITTEN = {"⏎": "enter", "^Q": "\x11"}


def rows() -> list[tuple[list[str], str]]:
    """The table of the README: what is pressed, what is waited for."""
    text = README.read_text(encoding="utf-8").split("| press | for | until you see |")[1]
    found = []
    for line in text.split("\n\n")[0].splitlines():
        if row := ROW.match(line):
            keys: list[str] = []
            for word in re.findall(r"`([^`]+)`", row[1]):
                key = WRITTEN.get(word, word)
                keys += [key] if key in KEYS or len(key) == 1 else [*word]
            found.append((keys, row[2] or ""))
    return found


def test_the_readme_leads_from_nothing_to_an_approved_revision(tmp_path: Path) -> None:
    block = README.read_text(encoding="utf-8").split("```\n")[1]
    first = next(line for line in block.splitlines() if line.startswith("prelabel-tui"))
    words = first.partition("#")[0].split()[1:]
    home, began, pressed = tmp_path / "home", time.monotonic(), 0
    with Terminal(
        [PROGRAM, *words], columns=80, lines=24, env={"PRELABEL_HOME": str(home)}
    ) as terminal:
        terminal.wait_for(r"Take the tour\?", 60)
        for keys, seen in rows():
            terminal.press(*keys)
            pressed += len(keys)
            while seen:
                terminal.wait_for(rf"{re.escape(seen)}|is not on the screen yet", 60)
                if seen in terminal.text():
                    break
                terminal.press(keys[-1])  # as a person does who pressed before the picture came
                pressed += 1
                terminal.read(0.3)
        assert terminal.wait_exit(60) == 0
    spent = time.monotonic() - began
    offered_once(home)
    print(f"\n{pressed} keys, {spent:.1f} s from the first command to the shell")
    series = json.loads(command(home, "series", "--json").stdout)
    assert "Approved" in json.dumps(series)
    assert command(home, "fsck").returncode == 0


def offered_once(home: Path) -> None:
    """A second `demo` asks nothing; `demo --tour` leads through whenever it is asked for."""
    for words, shown in ((["demo"], r"match-1"), (["demo", "--tour"], r"Tour 1/9 Filter")):
        with Terminal(
            [PROGRAM, *words], columns=80, lines=24, env={"PRELABEL_HOME": str(home)}
        ) as terminal:
            terminal.wait_for(shown, 60)
            assert "Take the tour?" not in terminal.text()
            terminal.press(WRITTEN["^Q"])
            assert terminal.wait_exit(60) == 0
