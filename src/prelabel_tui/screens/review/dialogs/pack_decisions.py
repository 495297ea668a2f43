"""Deciding about a scoped label pack: approve, reject, retire, each with a reason."""

from __future__ import annotations

from enum import Enum
from typing import Any

from prelabel_tui.core.assessment.spot_checks import Evidence, evidence
from prelabel_tui.core.outcomes import Outcome, Result
from prelabel_tui.core.publishing import packs
from prelabel_tui.core.publishing.packs import PackRow
from prelabel_tui.screens.shared.base import Job, KeyedScreen, OnEscape
from prelabel_tui.screens.shared.dialogs import ReasonDialog, pair


class PackDecision(Enum):
    """What a lead decides about a scoped label pack."""

    APPROVE = "Approve"
    REJECT = "Reject"
    RETIRE = "Retire"

    def why_off(self, pack: PackRow) -> str:
        """Return why this decision is not possible; empty when it is."""
        match self:
            case PackDecision.APPROVE:
                return pack.why_not
            case PackDecision.REJECT:
                return pack.why_not_reject
            case PackDecision.RETIRE:
                return pack.why_not_retire

    @property
    def consequence(self) -> str:
        """What the decision leads to, in a sentence."""
        match self:
            case PackDecision.APPROVE:
                return "It can then be selected as Publish pack."
            case PackDecision.REJECT:
                return "It cannot be published, nor its revisions approved for dataset."
            case PackDecision.RETIRE:
                return "It goes out of use: its revisions cannot be approved for dataset."


async def decide_pack(
    screen: KeyedScreen[Any], pack: PackRow, decision: PackDecision
) -> Outcome | None:
    """Ask for the reason and decide; show and return the outcome, None when cancelled."""
    word = decision.value
    if why := decision.why_off(pack):
        screen.refuse(f"{word} is off: {why}.")
        return None
    found = Evidence()
    if decision is PackDecision.APPROVE:
        looked = await screen.in_thread(
            lambda _: evidence(screen.shell.store, pack.scope, pack.artifact_sha),
            title="Looking for spot checks",
        )
        if looked.value is None:
            screen.show_outcome(looked.outcome)
            return None
        found = looked.value
    shell = screen.shell
    reason = await screen.app.push_screen_wait(
        ReasonDialog(
            f"{word} scoped label pack",
            pair("Pack", pack.id),
            pair("Scope", pack.scope.title),
            pair("Labels", f"{pack.label_count:,}"),
            pair("Validation", pack.validation_status),
            pair("Review", pack.review_status),
            pair("Lifecycle", pack.lifecycle),
            *([pair("Spot check", found.line)] if decision is PackDecision.APPROVE else []),
            "",
            decision.consequence,
            value=found.reason,
            confirm=word,
            danger=decision is not PackDecision.APPROVE,
            outdated=lambda: packs.outdated(shell.store, pack),
        )
    )
    if reason is None:
        return None

    def work(_: Job) -> Result[PackRow]:
        operation = {
            PackDecision.APPROVE: packs.approve,
            PackDecision.REJECT: packs.reject,
            PackDecision.RETIRE: packs.retire,
        }[decision]
        return operation(shell.store, shell.who, pack.id, pack.version, reason)

    title = f"{word} scoped label pack"
    result = await screen.in_thread(work, title=title, on_escape=OnEscape.REFUSE)
    screen.show_outcome(result.outcome)
    return result.outcome
