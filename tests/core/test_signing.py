"""Signed heads: ssh-keygen checks what is signed, and nothing is left unsigned in silence."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from prelabel_tui.core import publishing, signing
from prelabel_tui.core.datasets import snapshots
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.outcomes import Code, Outcome, Refused
from prelabel_tui.core.publishing import eligibility
from prelabel_tui.core.publishing.revisions import history
from prelabel_tui.core.settings_file import FILE_NAME
from prelabel_tui.core.store import Store
from tests import matches

VERIFY = "ssh-keygen -Y verify -f {} -I club -n prelabel-tui -s ledger.head.sig < ledger.head"


def new_key(folder: Path, passphrase: str = "") -> Path:
    """Make a key, and the list that says that it is the club's."""
    key = folder / "club_key"
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "", "-f", key], check=True
    )
    (folder / "allowed_signers").write_text(f"club {key.with_suffix('.pub').read_text()}")
    return key


def name_key(store: Store, key: Path | str) -> None:
    (store.home / FILE_NAME).write_text(f'signing_key = "{key}"\n')


def publish(store: Store, lead: Actor, nudge: int = 100) -> tuple[matches.Match, Outcome]:
    match = matches.enter(store, lead)
    draft = matches.review_all(store, lead, match.draft.id, nudge)
    return match, publishing.publish(store, lead, draft.id, draft.version).outcome


def verified(folder: Path, signers: Path) -> bool:
    """Run the line of docs/verify.md in a folder with a head."""
    done = subprocess.run(
        VERIFY.format(signers), shell=True, cwd=folder, capture_output=True, check=False
    )
    return done.returncode == 0 and done.stdout.startswith(b'Good "prelabel-tui" signature')


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An ssh-agent of one's own."""
    socket = tmp_path / "agent"
    running = subprocess.Popen(
        ["ssh-agent", "-D", "-a", socket], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert running.stdout is not None
    running.stdout.readline()  # it says where it listens once it does
    monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
    yield
    running.terminate()
    running.wait()


def test_a_publish_gives_a_head_that_ssh_keygen_verifies(
    store: Store, lead: Actor, tmp_path: Path
) -> None:
    name_key(store, new_key(tmp_path))
    _, outcome = publish(store, lead)
    assert outcome.code is Code.PUBLISH_SUCCESS, outcome.headline
    head = Path(str(outcome.data["signed"]))
    assert head.read_text() == f"{outcome.data['head']}\n"
    assert head.with_name("ledger.head.sig").read_text() == outcome.data["signature"]
    assert verified(head.parent, tmp_path / "allowed_signers")
    head.write_text("0" * 64 + "\n")
    assert not verified(head.parent, tmp_path / "allowed_signers")


def test_a_data_set_gives_one_too(store: Store, lead: Actor, tmp_path: Path) -> None:
    match, _ = publish(store, lead)
    (row,) = history(store, match.scope)
    assert eligibility.approve(store, lead, row.id, 1).ok
    name_key(store, new_key(tmp_path))
    outcome = snapshots.create(store, lead, "season").outcome
    assert outcome.code is Code.DATASET_CREATED
    folder = store.home / "heads" / str(outcome.data["head"])
    assert verified(folder, tmp_path / "allowed_signers")


def test_without_a_key_nothing_is_signed(store: Store, lead: Actor) -> None:
    _, outcome = publish(store, lead)
    assert outcome.ok
    assert "signature" not in outcome.data
    assert not (store.home / "heads").exists()


def test_the_key_is_in_the_agent(store: Store, lead: Actor, tmp_path: Path, agent: None) -> None:
    key = new_key(tmp_path)
    subprocess.run(["ssh-add", "-q", key], check=True)
    key.unlink()
    name_key(store, f"{key}.pub")
    _, outcome = publish(store, lead)
    folder = store.home / "heads" / str(outcome.data["head"])
    assert verified(folder, tmp_path / "allowed_signers")


@pytest.mark.parametrize("fault", ["passphrase", "missing", "no key", "no program", "hangs"])
def test_a_key_that_cannot_sign_is_refused_before_anything_is_written(
    store: Store, lead: Actor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    key = tmp_path / "club_key"
    if fault == "no key":
        key.write_text("this is no key\n")
    elif fault != "missing":
        new_key(tmp_path, "a secret" if fault == "passphrase" else "")
    if fault == "no program":
        monkeypatch.setenv("PATH", str(tmp_path))
    if fault == "hangs":
        program = tmp_path / "ssh-keygen"
        program.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(600)\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setattr(signing, "WAIT_S", 0.5)
    name_key(store, key)
    match, outcome = publish(store, lead)
    assert outcome.code is Code.SIGNING_FAILED
    said = {
        "passphrase": "incorrect passphrase", "missing": "is not there", "no key": str(key),
        "no program": "ssh-keygen is not installed", "hangs": "did not sign within",
    }  # fmt: skip
    assert said[fault] in outcome.detail
    assert history(store, match.scope) == []
    assert not (store.home / "heads").exists()


def test_a_key_that_fails_at_the_end_is_said(
    store: Store, lead: Actor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = new_key(tmp_path)
    name_key(store, key)
    monkeypatch.setattr(signing.Signer, "try_out", lambda _: key.unlink())
    match, outcome = publish(store, lead)
    assert outcome.code is Code.PUBLISH_SUCCESS
    assert "could NOT be signed" in outcome.detail
    assert outcome.data["unsigned"]
    assert len(history(store, match.scope)) == 1


@pytest.mark.parametrize("written", ["signing_key = 7\n", "signing_key = \n"])
def test_settings_that_cannot_be_read_may_name_a_key(
    store: Store, lead: Actor, written: str
) -> None:
    (store.home / FILE_NAME).write_text(written)
    match, outcome = publish(store, lead)
    assert outcome.code is Code.CONFIG_INVALID
    assert history(store, match.scope) == []


def test_ones_own_key_comes_first_and_paths_are_relative_to_the_file(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    name_key(store, "club_key")
    assert signing.configured_signer(store.home) == signing.Signer(store.home / "club_key")
    own = tmp_path / "config" / "prelabel-tui"
    own.mkdir(parents=True)
    (own / FILE_NAME).write_text('theme = "day"\n')
    assert signing.configured_signer(store.home) == signing.Signer(store.home / "club_key")
    (own / FILE_NAME).write_text('signing_key = "/keys/mine"\n')
    assert signing.configured_signer(store.home) == signing.Signer(Path("/keys/mine"))
    with pytest.raises(Refused):
        signing.sign_head(store.home, "0" * 64)
