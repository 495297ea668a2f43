"""Workspaces and what each of them sets: validation thresholds, blind repeats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from prelabel_tui.core.catalog.standings import forget_findings
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actions import Action
from prelabel_tui.core.identity.roles import authorise
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.store import gives_outcome, models
from prelabel_tui.core.validation import RULES, SettingError, Settings, checked_threshold

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store

_KEY = "validation"
_REPEATS = "blind_repeats"
_MOST_REPEATS = 0.5


@dataclass(frozen=True)
class WorkspaceRow:
    """A workspace as lists show it."""

    id: str
    name: str
    settings: Settings
    repeats: float
    """Share of the frames that come back in review as blind repeats, 0 for none."""
    media: int

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`: the thresholds in force, and those the workspace set."""
        return {
            "workspace": self.name,
            "media": self.media,
            "thresholds": {
                rule.id: self.settings.threshold(rule.id) for rule in RULES if rule.adjustable
            },
            "set": dict(self.settings.overrides),
            "blind_repeats": self.repeats,
        }


def settings_of(session: Session, workspace_id: str) -> Settings:
    """Read the thresholds of a workspace that is known to exist."""
    return stored_settings(session.get_one(models.Workspace, workspace_id).settings)


def stored_settings(stored: Mapping[str, Any]) -> Settings:
    """Take the thresholds from the settings of a workspace's row."""
    return Settings.of(stored.get(_KEY, {}))


def repeats_of(store: Store, workspace_id: str) -> float:
    """Read the share of frames that come back as blind repeats, 0 for none.  FAILURES."""
    with store.read() as session:
        return _repeats(session.get_one(models.Workspace, workspace_id).settings)


def _repeats(stored: Mapping[str, Any]) -> float:
    return float(stored.get(_REPEATS, 0.0))


def workspaces(store: Store) -> list[WorkspaceRow]:
    """List all workspaces by name."""
    count = (
        select(func.count())
        .select_from(models.Media)
        .where(models.Media.workspace_id == models.Workspace.id, models.Media.removed_at.is_(None))
        .scalar_subquery()
    )
    with store.read() as session:
        rows = session.execute(select(models.Workspace, count).order_by(models.Workspace.name))
        return [
            WorkspaceRow(row.id, row.name, stored_settings(row.settings), _repeats(row.settings), n)
            for row, n in rows
        ]


def workspace(store: Store, name: str) -> Result[WorkspaceRow]:
    """Find a workspace by name.  NOT_FOUND."""
    found = next((row for row in workspaces(store) if row.name == name), None)
    if found is None:
        return Result(Outcome(Code.NOT_FOUND, f"Workspace {name!r}."))
    return Result(Outcome(Code.OK), found)


@gives_outcome
def set_threshold(
    store: Store, actor: Actor, name: str, rule_id: str, value: float | None
) -> Outcome:
    """Set one threshold (None turns a warning off).

    OK, ROLE_FORBIDDEN, NOT_FOUND, INPUT_INVALID, storage codes.
    """
    try:
        with store.write() as session:
            actor = authorise(session, actor, Action.WORKSPACE_THRESHOLD)
            value = checked_threshold(rule_id, value)
            row = _to_change(session, name)
            if row is None:
                return Outcome(Code.NOT_FOUND, f"Workspace {name!r}.")
            before = stored_settings(row.settings).threshold(rule_id)
            chosen = {**row.settings.get(_KEY, {}), rule_id: value}
            row.settings = {**row.settings, _KEY: chosen}
            forget_findings(session.connection(), row.id)
            audit.record(
                session, store, actor, Action.WORKSPACE_THRESHOLD, "workspace", row.id,
                details={"rule": rule_id, "from": before, "to": value},
                wrote=[(models.Workspace, row.id)],
            )  # fmt: skip
    except SettingError as error:
        return Outcome(Code.INPUT_INVALID, str(error))
    said = "off" if value is None else f"{value:g}"
    return Outcome(Code.OK, f"{rule_id} of {name} is {said}.")


@gives_outcome
def set_repeats(store: Store, actor: Actor, name: str, share: float) -> Outcome:
    """Let a share of the frames come back as blind repeats (0: none).

    OK, ROLE_FORBIDDEN, NOT_FOUND, INPUT_INVALID, storage codes.
    """
    with store.write() as session:
        actor = authorise(session, actor, Action.WORKSPACE_REPEATS)
        if not 0 <= share <= _MOST_REPEATS:
            most = f"{_MOST_REPEATS:.0%}"
            return Outcome(Code.INPUT_INVALID, f"Blind repeats: 0 to {most} of the frames.")
        row = _to_change(session, name)
        if row is None:
            return Outcome(Code.NOT_FOUND, f"Workspace {name!r}.")
        before = _repeats(row.settings)
        row.settings = {**row.settings, _REPEATS: share}
        audit.record(
            session, store, actor, Action.WORKSPACE_REPEATS, "workspace", row.id,
            details={"from": before, "to": share}, wrote=[(models.Workspace, row.id)],
        )  # fmt: skip
    said = f"{share:.1%} of the frames" if share else "off"
    return Outcome(Code.OK, f"Blind repeats of {name}: {said}.")


def _to_change(session: Session, name: str) -> models.Workspace | None:
    return session.scalar(
        select(models.Workspace).where(models.Workspace.name == name).with_for_update()
    )
