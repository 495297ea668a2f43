"""Reasons that people give: there is one, and it has a bound."""

from __future__ import annotations

from prelabel_tui.core.bounds import REASON_LENGTH
from prelabel_tui.core.outcomes import Code, Outcome


def refuse_reason(reason: str, what: str, *, needed: bool = True) -> Outcome | None:
    """Return why a reason cannot be taken: REASON_REQUIRED, INPUT_INVALID; None when it can.

    ``what`` is being done, as a sentence begins.
    """
    if needed and not reason.strip():
        return Outcome(Code.REASON_REQUIRED, f"{what} needs one.")
    if len(reason) > REASON_LENGTH:
        detail = f"A reason has at most {REASON_LENGTH:,} characters; this one has {len(reason):,}."
        return Outcome(Code.INPUT_INVALID, detail)
    if "\0" in reason or any("\ud800" <= c <= "\udfff" for c in reason):
        return Outcome(Code.INPUT_INVALID, "The reason has characters that are no text.")
    return None
