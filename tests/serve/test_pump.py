"""Bytes between a client and a session: none lost, none kept beyond a little, both ways."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import tty

import pytest

from prelabel_tui.serve.pty_pump import PtyPump, Size, open_terminal
from tests.serve.front_door import GENEROUS_S

SOME = 1 << 16


class Client:
    """Takes output and gives input at its own pace."""

    def __init__(self, program: list[str]) -> None:
        ours, theirs = open_terminal(Size(80, 24))
        tty.setraw(theirs)
        self.process = subprocess.Popen(program, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        self.taken = bytearray()
        self.may_send = asyncio.Event()
        self.may_send.set()
        self.held = 0
        self.ended = asyncio.Event()
        self.pump = PtyPump(ours, self.taken.extend, self.hold, self.ended.set)

    def hold(self, hold: bool) -> None:
        self.held += hold
        (self.may_send.clear if hold else self.may_send.set)()


@pytest.mark.parametrize("seed", range(4))
async def test_what_is_sent_comes_back_whole_however_slow_the_client_is(seed: int) -> None:
    chance = random.Random(seed)
    sent = chance.randbytes(600_000)
    client = Client(["head", "-c", str(len(sent))])
    at = 0
    while at < len(sent):
        await client.may_send.wait()
        size = chance.choice([1, 100, 5_000, SOME])
        client.pump.feed(sent[at : at + size])
        at += size
        who = chance.choice(["window", "connection"])
        client.pump.stop_output(who)
        await asyncio.sleep(chance.choice([0, 0, 0.002]))
        client.pump.resume_output(who)
        await asyncio.sleep(0)
    async with asyncio.timeout(GENEROUS_S):
        await client.ended.wait()
    assert client.taken == sent
    assert (client.pump.bytes_in, client.pump.bytes_out) == (len(sent), len(sent))
    client.process.wait(GENEROUS_S)


async def test_a_client_that_takes_nothing_stops_the_session_and_nothing_is_kept() -> None:
    client = Client(["yes"])
    client.pump.stop_output("window")
    client.pump.stop_output("connection")
    client.pump.resume_output("window")
    taken = len(client.taken)
    await asyncio.sleep(0.2)
    assert len(client.taken) == taken
    client.pump.resume_output("connection")
    async with asyncio.timeout(GENEROUS_S):
        while len(client.taken) < 1_000_000:
            await asyncio.sleep(0.01)
    client.pump.close()
    assert client.process.wait(GENEROUS_S) != 0  # it was hung up on
    taken = len(client.taken)
    await asyncio.sleep(0.1)
    assert len(client.taken) == taken


async def test_a_session_that_reads_nothing_stops_its_client() -> None:
    client = Client(["sleep", "1000"])
    sent = 0
    while client.may_send.is_set():
        client.pump.feed(b"k" * 4096)
        sent += 4096
        await asyncio.sleep(0)
    assert client.held == 1
    assert sent < 4 * SOME
    client.pump.close()
    client.process.kill()
    client.process.wait(GENEROUS_S)


async def test_a_terminal_is_resized() -> None:
    client = Client(["sh", "-c", "while stty size; do sleep 0.02; done"])
    async with asyncio.timeout(GENEROUS_S):
        for size, said in ((Size(132, 43), b"43 132"), (Size(0, 2**32 - 1), b"400 80")):
            client.pump.resize(size)
            while said not in client.taken:
                await asyncio.sleep(0.01)
    client.pump.close()
    client.process.wait(GENEROUS_S)
