"""The keys of users: which are taken, who they let in, what sshd is told."""

from __future__ import annotations

import base64
import shlex
import subprocess
from pathlib import Path

import pytest

from prelabel_tui.core.fsck import fsck
from prelabel_tui.core.identity import audit, keys, users
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.identity.keys import add_keys, list_keys, remove_key, user_of_key
from prelabel_tui.core.identity.public_key import parse_keys
from prelabel_tui.core.identity.users import list_users, set_role, sign_in, sign_in_by_key
from prelabel_tui.core.outcomes import Code, Refused
from prelabel_tui.core.store import Store
from tests.ssh_keys import blob, ed25519, rsa


def line(kind: str, *values: bytes) -> str:
    return f"{kind} {base64.b64encode(blob(*values)).decode()}"


def test_a_key_lets_its_user_in_with_the_role_of_now(any_store: Store, admin: Actor) -> None:
    sign_in(any_store).unwrap()
    key = ed25519(1, "rui@laptop")
    assert set_role(any_store, admin, "rui", Role.REVIEWER, [key]).ok
    found = user_of_key(any_store, key.blob)
    assert found is not None
    assert (found.name, found.role) == ("rui", Role.REVIEWER)
    assert found.origin.endswith(f"key {key.fingerprint}")
    assert set_role(any_store, admin, "rui", Role.LEAD).ok
    assert sign_in_by_key(any_store, key.fingerprint).unwrap().role is Role.LEAD
    assert user_of_key(any_store, ed25519(2).blob) is None
    unknown = sign_in_by_key(any_store, ed25519(2).fingerprint)
    assert unknown.outcome.code is Code.USER_UNKNOWN


def test_a_key_that_was_removed_lets_nobody_in_and_the_chain_knows_both(
    any_store: Store, admin: Actor
) -> None:
    sign_in(any_store).unwrap()
    key, other = ed25519(1), ed25519(2)
    assert set_role(any_store, admin, "rui", Role.REVIEWER, [key, other]).ok
    assert set_role(any_store, admin, "eve", Role.REVIEWER).ok
    assert remove_key(any_store, admin, "eve", key.fingerprint).code is Code.NOT_FOUND
    assert remove_key(any_store, admin, "nobody", key.fingerprint).code is Code.USER_UNKNOWN
    assert remove_key(any_store, admin, "rui", key.fingerprint).ok
    assert user_of_key(any_store, key.blob) is None
    assert [row.fingerprint for row in list_keys(any_store, "rui")] == [other.fingerprint]
    assert add_keys(any_store, admin, "eve", [key]).ok, "it is free again"
    told = [(entry.action, entry.details["user"]) for entry in audit.entries(any_store, limit=2)]
    assert told == [("key.add", "eve"), ("key.remove", "rui")]
    assert fsck(any_store).outcome.code is Code.FSCK_CLEAN


def test_a_key_put_into_the_table_by_hand_is_found(store: Store, admin: Actor) -> None:
    key = ed25519(1)
    assert set_role(store, admin, "rui", Role.REVIEWER, [key]).ok
    with store.write() as session:
        session.connection().exec_driver_sql("UPDATE user_keys SET fingerprint = 'SHA256:x'")
    report = fsck(store)
    assert report.outcome.code is Code.FSCK_DAMAGED


def test_a_key_is_of_one_user_and_a_refused_one_changes_nothing(
    any_store: Store, admin: Actor
) -> None:
    key = ed25519(1)
    assert set_role(any_store, admin, "rui", Role.REVIEWER, [key]).ok
    assert add_keys(any_store, admin, "rui", [key]).detail == "rui has 0 new keys."
    refused = set_role(any_store, admin, "eve", Role.LEAD, [ed25519(2), key])
    assert refused.code is Code.INPUT_INVALID
    assert "rui's" in refused.detail
    assert [row.name for row in list_users(any_store)] == ["rui"]
    assert [row.user for row in list_keys(any_store)] == ["rui"]


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.LEAD])
def test_only_admins_change_keys(store: Store, admin: Actor, role: Role) -> None:
    assert set_role(store, admin, "rui", role, [ed25519(1)]).ok
    rui = Actor("rui", role, "test")
    assert add_keys(store, rui, "rui", [ed25519(2)]).code is Code.ROLE_FORBIDDEN
    fingerprint = ed25519(1).fingerprint
    assert remove_key(store, rui, "rui", fingerprint).code is Code.ROLE_FORBIDDEN
    assert len(list_keys(store)) == 1


def test_only_the_account_of_an_admin_lets_in_by_a_key(
    store: Store, admin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set_role(store, admin, "ada", Role.ADMIN, [ed25519(1)]).ok
    monkeypatch.setattr(users, "system_user", lambda: "mallory")
    tried = sign_in_by_key(store, ed25519(1).fingerprint)
    assert tried.outcome.code is Code.ROLE_FORBIDDEN


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_keys_are_named_as_ssh_keygen_names_them(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "key"
    make = ["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "rui at home", "-f", str(file)]
    subprocess.run(make, check=True)
    public = file.with_suffix(".pub").read_text(encoding="utf-8")
    (key,) = parse_keys(f"# of rui\n\n{public}")
    said = subprocess.check_output(["ssh-keygen", "-l", "-f", f"{file}.pub"], text=True)
    assert said.split()[1] == key.fingerprint
    assert key.line == public.strip()
    with pytest.raises(Refused, match="private key"):
        parse_keys(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no public key"),
        ("hello", "'hello' is not a kind of key"),
        ("\x1b[31m", "not a kind"),
        (line("ssh-dss", b"ssh-dss", b"1"), "'ssh-dss' is not a kind"),
        ('from="*" ' + ed25519(1).line, "not a kind"),
        ("ssh-ed25519", "damaged"),
        ("ssh-ed25519 ???", "damaged"),
        (ed25519(1).line[:40], "damaged"),
        (line("ssh-ed25519", b"ssh-rsa", b"\x01" * 32), "not of the kind"),
        (line("ssh-ed25519", b"ssh-ed25519"), "not of the kind"),
        (line("ssh-ed25519", b"ssh-ed25519", b""), "not of the kind"),
        (rsa(1024).line, "1024 bits"),
        (f"{rsa(2048).line}\n{rsa(1024).line}", "Line 2"),
    ],
)
def test_what_is_no_good_key_is_refused(text: str, why: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_keys(text)
    assert refused.value.outcome.code is Code.INPUT_INVALID
    assert why in refused.value.outcome.detail


@pytest.mark.parametrize("home", ["/srv/club", "/srv/the 'new' club", '/srv/"a" $(reboot) \\"'])
def test_sshd_runs_the_command_as_it_was_meant(store: Store, admin: Actor, home: str) -> None:
    assert set_role(store, admin, "rui", Role.REVIEWER, [ed25519(1, "rui at home")]).ok
    (row,) = list_keys(store)
    command = ["python", "-I", "--home", home]
    told = keys.authorized_key(row, command)
    options, _, rest = told.removeprefix("restrict,pty,command=").rpartition(" ssh-ed25519 ")
    assert f"ssh-ed25519 {rest}" == row.line
    assert options[0] == options[-1] == '"'
    # sshd takes \" as a quotation mark and any other backslash as itself.
    assert shlex.split(options[1:-1].replace('\\"', '"')) == command
