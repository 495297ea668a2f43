"""A machine of its own within this one: namespaces of the kernel, thrown away afterwards.

What is made in its /etc, /srv, /opt, /mnt and /var is nowhere else, its network has only itself,
and its processes end with it.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.serve.front_door import GENEROUS_S, until

CHECKOUT: Final = Path(__file__).parents[2]
_NEEDED: Final = ("pyproject.toml", "constraints.txt", "README.md", "LICENSE")
_PATH: Final = "/opt/python/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_SET_UP: Final = """
mount -t tmpfs tmpfs "$SCRATCH"
for place in etc srv opt mnt var; do
    mkdir -p "$SCRATCH/$place" "$SCRATCH/$place.work"
    mount -t overlay overlay \
        -o "lowerdir=/$place,upperdir=$SCRATCH/$place,workdir=$SCRATCH/$place.work" "/$place"
done
mount -t tmpfs tmpfs /run
mkdir -p /run/sshd /opt/python /opt/packages
mount --bind "$PYTHON" /opt/python
mount --bind "$PACKAGES" /opt/packages
cp -r "$CHECKOUT" /opt/checkout
chmod -R go=rX /opt/checkout
ip link set lo up
echo "127.0.0.1 review.example.org" >> /etc/hosts
"""
"""This machine's Python and packages are shown where other accounts can read them."""

_SERVICE: Final = """
mount --bind {writable} {writable}
mount -t tmpfs -o mode=1777 tmpfs /tmp
for place in / /etc /srv /opt /mnt /var /run; do mount -o remount,bind,ro "$place"; done
exec setpriv --reuid {user} --regid {user} --init-groups --no-new-privs {command}
"""
"""What systemd makes of User, ReadWritePaths, PrivateTmp, ProtectSystem, NoNewPrivileges."""


def why_not() -> str | None:
    """Why there can be no such machine here; None when there can."""
    tools = ("unshare", "nsenter", "setpriv", "ip", "useradd")
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing:
        return f"{', '.join(missing)} missing: apt-get install util-linux iproute2 passwd"
    tried = subprocess.run(
        ["unshare", "--mount", "--net", "--pid", "--fork", "sh", "-c",
         "mount -t tmpfs tmpfs /mnt && mkdir /mnt/u /mnt/w && "
         "mount -t overlay overlay -o lowerdir=/srv,upperdir=/mnt/u,workdir=/mnt/w /srv"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if tried.returncode:
        return f"root and namespaces of the kernel are needed: {tried.stderr.strip()}"
    return None


class Machine:
    """The machine, by the process that all its others end with."""

    def __init__(self, first: int) -> None:
        self._first = first

    def words(self, *words: str, online: bool = False) -> list[str]:
        """The command line that runs a program there, as root; ``online``: on our network."""
        inside = ["nsenter", "--target", str(self._first), "--mount", "--pid"]
        inside += () if online else ("--net",)
        there = ["sh", "-c", 'cd /opt/checkout && exec "$@"', "sh"]
        return [*inside, *there, "env", f"PATH={_PATH}", *words]

    def run(
        self, script: str, account: str | None = None, *, online: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """Run commands as root, or after `su - ACCOUNT`; stop at the first that fails."""
        words = ["bash", "-ec", script]
        if account is not None:
            words = ["su", "-", account, "-c", f"set -e\n{script}"]
        return subprocess.run(
            self.words(*words, online=online), capture_output=True, text=True, check=False,
            timeout=600,
        )  # fmt: skip

    def done(self, script: str, account: str | None = None, *, online: bool = False) -> str:
        """Run commands that must succeed; what they print."""
        done = self.run(script, account, online=online)
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
        return done.stdout

    def service(self, unit: str, log: Path) -> subprocess.Popen[bytes]:
        """Run what a unit of systemd names, shut in as the unit says."""
        settings = dict(re.findall(r"^(\w+)=(.*)$", unit, re.M))
        assert settings["ProtectSystem"] == "strict"
        assert settings["PrivateTmp"] == settings["NoNewPrivileges"] == "yes"
        user, name = settings["User"], settings["Environment"]
        variables = [f"HOME=/srv/{user}", f"USER={user}", f"LOGNAME={user}", "SHELL=/bin/sh",
                     "PATH=/usr/local/bin:/usr/bin:/bin", name]  # fmt: skip
        command = shlex.join(["env", "-i", *variables, *shlex.split(settings["ExecStart"])])
        script = _SERVICE.format(writable=settings["ReadWritePaths"], user=user, command=command)
        with log.open("wb") as output:
            return subprocess.Popen(
                self.words("unshare", "--mount", "bash", "-ec", script),
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            )  # fmt: skip


@contextmanager
def running_machine(scratch: Path) -> Iterator[Machine]:
    """A machine with this one's programs, an empty /srv, and the checkout in /opt/checkout."""
    checkout = scratch / "checkout"
    shutil.copytree(CHECKOUT / "src", checkout / "src", ignore=shutil.ignore_patterns("*.egg-info"))
    for name in _NEEDED:
        shutil.copy(CHECKOUT / name, checkout)
    (scratch / "inside").mkdir()
    ready = scratch / "ready"
    places = {"SCRATCH": scratch / "inside", "PYTHON": Path(sys.base_prefix),
              "PACKAGES": Path(sysconfig.get_path("purelib")), "CHECKOUT": checkout}  # fmt: skip
    process = subprocess.Popen(
        ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc",
         "bash", "-ec", f"{_SET_UP}\ntouch {shlex.quote(str(ready))}\nexec sleep infinity"],
        env={**os.environ, **{name: str(place) for name, place in places.items()}},
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until(lambda: ready.exists() or process.poll() is not None, "the machine runs")
        assert process.poll() is None
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        yield Machine(int(children.read_text().split()[0]))
    finally:
        process.kill()
        process.wait(GENEROUS_S)
