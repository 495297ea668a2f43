"""The outcome table: complete, and what the operator guide says."""

from __future__ import annotations

import pytest

from prelabel_tui.core.outcomes import TABLE, Code, Outcome, Severity, Status

GUIDE = [
    "PUBLISH_SUCCESS",
    "NO_OP_ALREADY_PUBLISHED",
    "STALE_DRAFT_VERSION",
    "VALIDATION_HARD_FAIL",
    "RESET_DRAFT_REQUIRED",
    "WARNINGS_REQUIRE_OVERRIDE",
    "OVERRIDE_FORBIDDEN",
    "PUBLISH_LOCK_CONFLICT",
    "AUDIT_PERSIST_FAILED",
    "STORAGE_READ_FAILED",
    "STORAGE_WRITE_FAILED",
    "DRAFT_VERSION_CONFLICT",
]


def test_every_code_has_one_row_with_a_sentence_and_a_next_step() -> None:
    assert set(TABLE) == set(Code)
    for code, entry in TABLE.items():
        assert entry.sentence.endswith("."), code
        assert entry.next_step.endswith("."), code


@pytest.mark.parametrize("code", GUIDE)
def test_the_codes_of_the_guide_stand_in_the_table(code: str) -> None:
    assert Code(code) in TABLE


def test_exit_codes_tell_every_outcome_but_plain_success_apart() -> None:
    exits = [entry.exit_code for entry in TABLE.values() if entry.exit_code]
    assert len(exits) == len(set(exits))
    assert all(2 < code < 126 for code in exits)
    plain = {code for code, entry in TABLE.items() if entry.severity is Severity.SUCCESS}
    # Who imports a run or submits a draft again has what they wanted, as the first time.
    plain |= {Code.IMPORT_ALREADY_PRESENT, Code.PACK_ALREADY_SUBMITTED}
    assert {code for code, entry in TABLE.items() if entry.exit_code == 0} == plain


def test_a_version_conflict_reads_as_the_guide_writes_it() -> None:
    outcome = Outcome(Code.DRAFT_VERSION_CONFLICT, "Ana saved v18.")
    assert outcome.headline.startswith("409 DRAFT_VERSION_CONFLICT")
    assert outcome.entry.status is Status.CONFLICT
    assert outcome.as_json()["status"] == 409
    assert not outcome.ok
