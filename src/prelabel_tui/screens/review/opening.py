"""Opening a draft: the session in a thread, what a crash left, where this person was in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prelabel_tui.core.catalog import workspaces
from prelabel_tui.core.drafts.findings import standard_of
from prelabel_tui.core.identity.preferences import recall
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.session.blind_repeats import BlindRepeats
from prelabel_tui.core.session.session import EditingSession
from prelabel_tui.core.validation import DEFAULTS
from prelabel_tui.core.validation.frame_checks import FrameRules
from prelabel_tui.screens.review.context import ReviewContext
from prelabel_tui.screens.review.dialogs.recovery import RecoveryDialog
from prelabel_tui.screens.shared.base import Job, OnEscape

_TITLE = "Opening the draft"


async def open_draft(
    context: ReviewContext, draft_id: str, on_change: Callable[[], None]
) -> dict[str, Any] | None:
    """Open a draft into the context; return where the person left it.

    None when it is not open: the context's screen was closed, or shows what prevents it.
    ``on_change`` is called, in any thread, when autosave, conflict or presence changed.
    """
    await context.shell.ready.wait()
    opened = await _open_session(context, draft_id, on_change)
    if opened is None:
        return None
    session, place = opened
    if not await _recovered(context, session):
        context.screen.dismiss(None)
        return None

    def look_back(job: Job) -> tuple[FrameRules, BlindRepeats | None]:
        rules, repeats = frame_rules_of(session), repeats_of(session)
        if job.cancelled:
            session.close()
        return rules, repeats

    result = await context.screen.in_thread(look_back, title=_TITLE, on_escape=OnEscape.CANCEL)
    if session.closed:
        context.screen.dismiss(None)
        return None
    # Where they cannot be read now, the strictest rules and no repeats: the rest works.
    rules = FrameRules(session.document.capability, DEFAULTS)
    context.open(session, *(result.value or (rules, None)))
    return place


async def _open_session(
    context: ReviewContext, draft_id: str, on_change: Callable[[], None]
) -> tuple[EditingSession, dict[str, Any]] | None:
    shell, screen = context.shell, context.screen

    def work(job: Job) -> Result[tuple[EditingSession, dict[str, Any]]]:
        place = recall(shell.store, shell.who, f"review.{draft_id}")
        opened = EditingSession.open(shell.store, shell.who, draft_id, on_change)
        if opened.value is None:
            return Result(opened.outcome)
        if job.cancelled:
            opened.value.close()
            return Result(Outcome(Code.OK))
        return Result(opened.outcome, (opened.value, place))

    result = await screen.in_thread(work, title=_TITLE, on_escape=OnEscape.CANCEL)
    if result.ok and result.value is None:
        screen.dismiss(None)
    elif result.value is None:
        context.display.show_outcome(result.outcome, stays=True)
        context.display.set_status("The draft could not be opened.")
    return result.value


async def _recovered(context: ReviewContext, session: EditingSession) -> bool:
    """Offer what a crash left in the journal; False when the person postpones the decision."""
    if session.recovery is None:
        return True
    answer = await context.screen.app.push_screen_wait(RecoveryDialog(session.recovery))
    if answer is None:
        await context.screen.in_thread(
            lambda _: session.close(), title="Closing", on_escape=OnEscape.REFUSE
        )
        return False
    if answer == "apply":
        session.apply_recovery()
    else:
        session.discard_recovery()
    return True


def frame_rules_of(session: EditingSession) -> FrameRules:
    """Return what the session's workspace asks of a frame.  Blocks.  FAILURES."""
    with session.store.read() as read:
        settings = standard_of(read, session.info).settings
    return FrameRules(session.document.capability, settings)


def repeats_of(session: EditingSession) -> BlindRepeats | None:
    """Return the blind repeats of a session, if its workspace wants any.  Blocks.  FAILURES."""
    info = session.info
    share = workspaces.repeats_of(session.store, info.scope.workspace_id)
    if not share:
        return None
    return BlindRepeats(
        session.document, session.editable, share, f"{info.id} v{info.version} {session.actor.name}"
    )
