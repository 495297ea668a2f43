"""`import --check` in a terminal: three frames drawn the way that the terminal can show."""

from __future__ import annotations

import base64
import io
import os
import pty
import re
import select
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from PIL import Image

PROGRAM = Path(sys.executable).with_name("prelabel-tui")
SIZE = (320, 180)
LABEL, GRASS = (255, 210, 0), (40, 120, 60)
NAMES = ("000001.jpg", "000002.jpg", "000003.jpg")

ATTRIBUTES, GRAPHICS, CELL = b"\x1b[c", b"a=q", b"\x1b[16t"
"""What textual-image asks: device attributes, kitty graphics, the size of a cell."""

SIXEL = {ATTRIBUTES: b"\x1b[?62;4;22c", CELL: b"\x1b[6;20;10t"}
KITTY = {ATTRIBUTES: b"\x1b[?62;c", GRAPHICS: b"\x1b_Gi=1;OK\x1b\\", CELL: b"\x1b[6;20;10t"}
PLAIN = {ATTRIBUTES: b"\x1b[?62;c"}
ATTEMPTS = 8
"""An answer later than 0.1 s counts as none, and a busy machine may take longer."""

UPLOAD = re.compile(rb"\x1b_G([^;\x1b]*);([^\x1b]*)\x1b\\")
SIXELS = re.compile(rb"\x1bP[\d;]*q[^\x1b]+\x1b\\")
PLACEHOLDER = "\U0010eeee"


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    frames = tmp_path / "frames"
    frames.mkdir()
    for name in NAMES:
        Image.new("RGB", SIZE, GRASS).save(frames / name)
    labels = tmp_path / "p.txt"
    labels.write_text("".join(f"{n},7,101,61,80,60,0.9\n" for n in (1, 2, 3)))
    return [
        str(PROGRAM), "--home", str(tmp_path / "home"), "import", "mot", "--workspace", "w",
        "--media", "m", "--frames", str(frames), "--players", str(labels), "--pixels-from", "1",
        "--check",
    ]  # fmt: skip


def in_terminal(
    command: list[str], answers: dict[bytes, bytes], typing: bool = True, **env: str
) -> bytes:
    """Run a command in a terminal that gives these answers; return what it was sent.

    ``typing``: whether standard input is the terminal, too.
    """
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (50, 80))
    environment = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME")
                   if name in os.environ}  # fmt: skip
    process = subprocess.Popen(
        command, stdin=theirs if typing else subprocess.DEVNULL, stdout=theirs,
        stderr=subprocess.STDOUT, env={**environment, "LANG": "C.UTF-8", **env},
        start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    sent, waiting = b"", dict(answers)
    while select.select([ours], [], [], 120)[0]:
        try:
            sent += os.read(ours, 1 << 16)
        except OSError:  # the terminal has nobody any more
            break
        for question in [question for question in waiting if question in sent]:
            os.write(ours, waiting.pop(question))
    os.close(ours)
    assert process.wait() == 0, sent
    return sent


def drawn(command: list[str], answers: dict[bytes, bytes], mark: bytes, **env: str) -> bytes:
    """Run until the answers came in time."""
    for _ in range(ATTEMPTS):
        sent = in_terminal(command, answers, **env)
        if mark in sent:
            return sent
    raise AssertionError(sent)


def close_to(seen: object, colour: tuple[int, int, int]) -> bool:
    assert isinstance(seen, tuple)
    return all(abs(one - two) < 40 for one, two in zip(seen, colour, strict=True))


def is_labelled(picture: Image.Image) -> bool:
    """Whether it is the frame with the outline of its box, at 100,60 and 80×60 px."""
    picture = picture.convert("RGB")
    scale = picture.width / SIZE[0]
    edge = [picture.getpixel((round((100 + at) * scale), round(90 * scale)))
            for at in (-1, 0, 0.5, 1)]  # fmt: skip
    inside = picture.getpixel((round(140 * scale), round(90 * scale)))
    return any(close_to(seen, LABEL) for seen in edge) and close_to(inside, GRASS)


@pytest.mark.parametrize("env", [{"COLORTERM": "truecolor"}, {}])
def test_kitty_gets_the_pictures_and_where_they_are(
    command: list[str], env: dict[str, str]
) -> None:
    """Also where COLORTERM got lost, as over SSH: a placeholder's colour is its picture's id."""
    sent = drawn(command, KITTY, b"U=1", TERM="xterm-kitty", **env)
    pictures: dict[str, bytes] = {}
    for keys, payload in UPLOAD.findall(sent):
        values = dict(part.split("=") for part in keys.decode().split(","))
        if values.get("a") != "q" and values.get("f") == "100":
            pictures[values["i"]] = pictures.get(values["i"], b"") + payload
    assert len(pictures) == 3
    text = sent.decode()
    for number, payload in pictures.items():
        assert is_labelled(Image.open(io.BytesIO(base64.b64decode(payload))))
        colour = ";".join(str(int(number) >> shift & 255) for shift in (16, 8, 0))
        assert f"\x1b[38;2;{colour}m{PLACEHOLDER}" in text
    for name in NAMES:
        assert f", {name}" in text
    assert "▀" not in text


def test_sixel_gets_the_pictures(command: list[str], tmp_path: Path) -> None:
    sent = drawn(command, SIXEL, b"\x1bP", TERM="xterm-256color")
    pictures = SIXELS.findall(sent)
    assert len(pictures) == 3
    for data in pictures:
        colours = re.findall(rb"#\d+;2;(\d+);(\d+);(\d+)", data)
        seen = {tuple(round(int(part) * 2.55) for part in colour) for colour in colours}
        assert any(close_to(colour, LABEL) for colour in seen)
        assert any(close_to(colour, GRASS) for colour in seen)
    assert b"\x1b_Gi=" not in sent, "kitty graphics are not asked for then"
    assert not (tmp_path / "home").exists()


def test_any_other_terminal_gets_half_blocks(command: list[str]) -> None:
    sent = in_terminal(command, PLAIN, TERM="xterm-256color", COLORTERM="truecolor").decode()
    for name in NAMES:
        assert f", {name}" in sent
    assert "▀" in sent
    assert "255;210;0" in sent
    assert "IMPORT_CHECKED" in sent


def test_where_the_terminal_cannot_be_asked_nothing_is_drawn(command: list[str]) -> None:
    """As in a loop of a script that reads its standard input."""
    sent = in_terminal(command, {}, typing=False, TERM="xterm-kitty", COLORTERM="truecolor")
    assert b"IMPORT_CHECKED" in sent
    assert b"000001.jpg" in sent
    for drawn in (b"\x1b_G", b"\x1bP", b"\x1b[38;", "▀".encode()):
        assert drawn not in sent


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_pipe_gets_no_picture(command: list[str], more: list[str]) -> None:
    done = subprocess.run([*command, *more], capture_output=True, check=True)
    assert b"IMPORT_CHECKED" in done.stdout
    assert b"\x1b" not in done.stdout + done.stderr
    assert "▀".encode() not in done.stdout
