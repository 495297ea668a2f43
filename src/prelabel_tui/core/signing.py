"""Signing the head of the audit log with an SSH key, so that anybody can tell who vouched for it.

``ssh-keygen -Y sign`` does it: keys stay where they are (a file, the agent, a hardware token), and
``ssh-keygen -Y verify`` checks it.  What is signed is the head and a line end, as in the files that
:func:`write_signed` writes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from prelabel_tui.core.outcomes import Code, Outcome, Refused
from prelabel_tui.core.settings_file import settings_paths
from prelabel_tui.core.text import printable

SETTING: Final = "signing_key"
"""The setting that names the key: a private key's file, or a public key's that the agent has."""

NAMESPACE: Final = "prelabel-tui"
"""What signatures are for (``ssh-keygen -n``), so that none passes for one of something else."""

HEAD_FILE: Final = "ledger.head"
"""The file with a head; its signature is beside it, with ``.sig`` behind the name."""

WAIT_S: Final = 30.0
"""How long signing may take: a hardware token waits for a touch."""

_TRIAL: Final = "Can this key sign?"


@dataclass(frozen=True)
class SignedHead:
    """A head and its signature; ``signature`` is None where no key is configured."""

    head: str
    signature: str | None = None

    def as_json(self) -> dict[str, object]:
        """Return what outcomes and manifests tell programs of it."""
        if self.signature is None:
            return {"head": self.head}
        return {"head": self.head, "signature": self.signature}


@dataclass(frozen=True)
class Signer:
    """The key that the settings name."""

    key: Path

    def try_out(self) -> None:
        """Sign something of no worth.  Refused (SIGNING_FAILED)."""
        self._sign(_TRIAL)

    def sign(self, head: str) -> SignedHead:
        """Sign a head.  Refused (SIGNING_FAILED)."""
        return SignedHead(head, self._sign(head))

    def _sign(self, line: str) -> str:
        program = shutil.which("ssh-keygen")
        if program is None:
            raise _failed("ssh-keygen is not installed; it comes with OpenSSH")
        if not self.key.is_file():
            raise _failed(f"{self.key} is not there, though {SETTING} names it")
        # Without a terminal and without a program that asks, nothing can ask for a passphrase.
        environment = {**os.environ, "SSH_ASKPASS_REQUIRE": "never"}
        try:
            done = subprocess.run(
                [program, "-Y", "sign", "-q", "-n", NAMESPACE, "-f", str(self.key)],
                input=f"{line}\n".encode(),
                capture_output=True,
                env=environment,
                start_new_session=True,
                timeout=WAIT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise _failed(f"{self.key} did not sign within {WAIT_S:.0f} s") from error
        except OSError as error:
            raise _failed(f"{program}: {error.strerror}") from error
        signature = done.stdout.decode("ascii", "replace")
        if done.returncode or not signature.startswith("-----BEGIN SSH SIGNATURE-----"):
            raise _failed(f"{self.key}: {_reason(done.stderr)}")
        return signature


def configured_signer(home: Path) -> Signer | None:
    """Return the key with which heads of this data folder are signed; None where none is named.

    The person's own settings file comes first, then that of the data folder.  Refused
    (CONFIG_INVALID) where one cannot be read: it may name a key.
    """
    for path in settings_paths(home):
        try:
            named = tomllib.loads(path.read_text(encoding="utf-8")).get(SETTING)
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            raise Refused(Outcome(Code.CONFIG_INVALID, f"{path}: {error}.")) from error
        if isinstance(named, str) and named:
            return Signer(path.parent / Path(named).expanduser())
        if named is not None:
            detail = f"{path}: {SETTING} must be the path of a key."
            raise Refused(Outcome(Code.CONFIG_INVALID, detail))
    return None


def ready_signer(home: Path) -> Signer | None:
    """Return the configured key, which can sign, before anything is written.  Refused."""
    signer = configured_signer(home)
    if signer is not None:
        signer.try_out()
    return signer


def sign_head(home: Path, head: str) -> SignedHead:
    """Sign a head with the configured key, if there is one.  Refused."""
    signer = configured_signer(home)
    return SignedHead(head) if signer is None else signer.sign(head)


def write_signed(folder: Path, signed: SignedHead) -> None:
    """Write a signed head and its signature into a folder, for ``ssh-keygen -Y verify``.

    Without a signature nothing is written.  OSError.
    """
    if signed.signature is not None:
        (folder / f"{HEAD_FILE}.sig").write_text(signed.signature, encoding="ascii")
        (folder / HEAD_FILE).write_text(f"{signed.head}\n", encoding="ascii")


def sign_recorded(home: Path, signer: Signer | None, head: str) -> tuple[dict[str, object], str]:
    """Sign the head of what was recorded just now, and keep it in the data folder's ``heads/``.

    Return what an outcome tells programs, and a sentence for people where signing failed: it is
    recorded all the same.
    """
    data: dict[str, object] = {"head": head}
    if signer is None:
        return data, ""
    folder = home / "heads" / head
    try:
        signed = signer.sign(head)
        data |= signed.as_json()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_signed(folder, signed)
    except (Refused, OSError) as error:
        reason = error.outcome.detail if isinstance(error, Refused) else printable(f"{error}.")
        return {**data, "unsigned": reason}, (
            f" Its head could NOT be signed: {reason} The head that the next publish or export "
            "signs stands for this, too."
        )
    return {**data, "signed": str(folder / HEAD_FILE)}, ""


def _reason(said: bytes) -> str:
    """Return the last thing that ssh-keygen said: prompts that nobody answered stand before it."""
    lines = [line.strip() for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    return printable(lines[-1].rpartition(": ")[2] if lines else "ssh-keygen said nothing", 200)


def _failed(reason: str) -> Refused:
    return Refused(Outcome(Code.SIGNING_FAILED, f"{printable(reason)}."))
