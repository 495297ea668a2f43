"""What can be done to the data, and the role that each of it needs: the one table of that.

Every audit entry is of one of these actions (:func:`audit.record` takes no other), so that nothing
is written without a row here.  docs/security.md shows the table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.outcomes import Code, Outcome


class Action(StrEnum):
    """Something that changes the data; its value stands in the audit log."""

    DRAFT_CREATE = "draft.create"
    DRAFT_SEED = "draft.seed"
    DRAFT_SAVE = "draft.save"
    DRAFT_MERGE = "draft.merge"
    DRAFT_RESET = "draft.reset"
    DRAFT_RESTORE = "draft.restore"
    DRAFT_CARRY = "draft.carry"
    REVISION_PUBLISH = "revision.publish"
    REVISION_OVERRIDE = "revision.override"
    REVISION_IMPORT = "revision.import"
    PUBLISH_UNLOCK = "publish.unlock"
    PACK_CREATE = "pack.create"
    PACK_VALIDATE = "pack.validate"
    PACK_APPROVE = "pack.approve"
    PACK_REJECT = "pack.reject"
    PACK_RETIRE = "pack.retire"
    ELIGIBILITY_APPROVE = "eligibility.approve"
    ELIGIBILITY_REVOKE = "eligibility.revoke"
    DATASET_CREATE = "dataset.create"
    WORKSPACE_CREATE = "workspace.create"
    WORKSPACE_THRESHOLD = "workspace.threshold"
    WORKSPACE_REPEATS = "workspace.repeats"
    MEDIA_CREATE = "media.create"
    MEDIA_REFRESH = "media.refresh"
    MEDIA_RELOCATE = "media.relocate"
    MEDIA_REMOVE = "media.remove"
    RUN_REPORT = "run.report"
    RUN_IMPORT = "run.import"
    RUN_REFRESH = "run.refresh"
    RUN_REMOVE = "run.remove"
    SCOPE_TAKE = "scope.take"
    SCOPE_ASSIGN = "scope.assign"
    SCOPE_READY = "scope.ready"
    SCOPE_NOT_READY = "scope.not_ready"
    NOTE_WRITE = "note.write"
    NOTE_ANSWER = "note.answer"
    NOTE_RESOLVE = "note.resolve"
    NOTE_RESOLVE_OTHERS = "note.resolve_others"
    NOTE_REOPEN = "note.reopen"
    NOTE_REOPEN_OTHERS = "note.reopen_others"
    SPOT_CHECK_START = "spot_check.start"
    SPOT_CHECK_END = "spot_check.end"
    USER_ENTER = "user.enter"
    USER_ACT_AS = "user.act_as"
    USER_ADD = "user.add"
    USER_ROLE = "user.role"
    KEY_ADD = "key.add"
    KEY_REMOVE = "key.remove"
    CLOCK_ACCEPT = "clock.accept"
    DATABASE_UPGRADE = "database.upgrade"


@dataclass(frozen=True)
class Need:
    """The role that an action needs at least, and what it is called in a sentence."""

    role: Role
    what: str


_R, _L, _A = Role.REVIEWER, Role.LEAD, Role.ADMIN

NEEDS: Final[Mapping[Action, Need]] = {
    Action.DRAFT_CREATE: Need(_R, "Opening a new draft"),
    Action.DRAFT_SEED: Need(_R, "Giving a draft its lineage"),
    Action.DRAFT_SAVE: Need(_R, "Saving a draft"),
    Action.DRAFT_MERGE: Need(_R, "Merging a draft"),
    Action.DRAFT_RESET: Need(_R, "Resetting a draft"),
    Action.DRAFT_RESTORE: Need(_R, "Going back to a version of a draft"),
    Action.DRAFT_CARRY: Need(_R, "Carrying corrections onto a newer run"),
    Action.REVISION_PUBLISH: Need(_R, "Publishing"),
    Action.REVISION_OVERRIDE: Need(_L, "Overriding warnings"),
    Action.REVISION_IMPORT: Need(_L, "Importing legacy records"),
    Action.PUBLISH_UNLOCK: Need(_A, "Breaking a publish lock"),
    Action.PACK_CREATE: Need(_R, "Making a label pack by importing, publishing or submitting"),
    Action.PACK_VALIDATE: Need(_L, "Validating a label pack"),
    Action.PACK_APPROVE: Need(_L, "Approving a label pack"),
    Action.PACK_REJECT: Need(_L, "Rejecting a label pack"),
    Action.PACK_RETIRE: Need(_L, "Retiring a label pack"),
    Action.ELIGIBILITY_APPROVE: Need(_L, "Approving for dataset"),
    Action.ELIGIBILITY_REVOKE: Need(_L, "Revoking from datasets"),
    Action.DATASET_CREATE: Need(_L, "Freezing a data set"),
    Action.WORKSPACE_CREATE: Need(_R, "Making a workspace by importing"),
    Action.WORKSPACE_THRESHOLD: Need(_L, "Setting a validation threshold"),
    Action.WORKSPACE_REPEATS: Need(_L, "Setting the blind repeats"),
    Action.MEDIA_CREATE: Need(_R, "Bringing in a clip"),
    Action.MEDIA_REFRESH: Need(_R, "Taking up pictures that were missing"),
    Action.MEDIA_RELOCATE: Need(_L, "Relocating a clip"),
    Action.MEDIA_REMOVE: Need(_A, "Removing a clip"),
    Action.RUN_REPORT: Need(_R, "Reporting a run"),
    Action.RUN_IMPORT: Need(_R, "Importing a run"),
    Action.RUN_REFRESH: Need(_R, "Importing a run again"),
    Action.RUN_REMOVE: Need(_A, "Removing a run"),
    Action.SCOPE_TAKE: Need(_R, "Taking a scope that is nobody's, or giving one's own back"),
    Action.SCOPE_ASSIGN: Need(_L, "Assigning a scope to others, or taking it from them"),
    Action.SCOPE_READY: Need(_R, "Saying that a scope is ready"),
    Action.SCOPE_NOT_READY: Need(_R, "Saying that a scope is not ready"),
    Action.NOTE_WRITE: Need(_R, "Writing a note"),
    Action.NOTE_ANSWER: Need(_R, "Answering a note"),
    Action.NOTE_RESOLVE: Need(_R, "Resolving one's own note"),
    Action.NOTE_RESOLVE_OTHERS: Need(_L, "Resolving somebody else's note"),
    Action.NOTE_REOPEN: Need(_R, "Reopening one's own note"),
    Action.NOTE_REOPEN_OTHERS: Need(_L, "Reopening somebody else's note"),
    Action.SPOT_CHECK_START: Need(_L, "A spot check"),
    Action.SPOT_CHECK_END: Need(_L, "Ending a spot check"),
    Action.USER_ENTER: Need(_R, "Coming in for the first time"),
    Action.USER_ACT_AS: Need(_A, "Acting as another user"),
    Action.USER_ADD: Need(_A, "Adding a user"),
    Action.USER_ROLE: Need(_A, "Changing a user's role"),
    Action.KEY_ADD: Need(_A, "Adding a user's key"),
    Action.KEY_REMOVE: Need(_A, "Removing a user's key"),
    Action.CLOCK_ACCEPT: Need(_A, "Accepting the clock"),
    Action.DATABASE_UPGRADE: Need(_A, "Upgrading the database"),
}


def may(actor: Actor, action: Action) -> bool:
    """Say whether the role that an actor has allows an action."""
    return actor.role.rank >= NEEDS[action].role.rank


def whom(ask: Sequence[str]) -> str:
    """Return ` Ask lena, otto or ada.`; nothing when there is nobody to ask."""
    first, last = ", ".join(ask[:-1]), "".join(ask[-1:])
    return f" Ask {f'{first} or ' if first else ''}{last}." if last else ""


def refused(actor: Actor, action: Action, ask: tuple[str, ...] = ()) -> Outcome | None:
    """Return ROLE_FORBIDDEN when the role that an actor has does not allow an action, else None.

    ``ask``: whom the outcome names as people who may.
    """
    if may(actor, action):
        return None
    need = NEEDS[action]
    return Outcome(
        Code.ROLE_FORBIDDEN,
        f"{need.what} needs the role {need.role}; {actor.name} is {actor.role}.{whom(ask)}",
        {"required": need.role.value, "role": actor.role.value, "ask": list(ask)},
    )
