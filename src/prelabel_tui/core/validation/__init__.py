"""Validation: rules in one table, findings that name frame, label and numbers.

It judges a document by its clip and its workspace's thresholds, without a database.  Below it:
``model``.
"""

from prelabel_tui.core.validation.findings import Finding, Findings
from prelabel_tui.core.validation.rules import (
    BY_ID,
    DEFAULTS,
    RULES,
    Rule,
    SettingError,
    Settings,
    Severity,
    checked_threshold,
)
from prelabel_tui.core.validation.validator import Validator, validate

__all__ = [
    "BY_ID",
    "DEFAULTS",
    "RULES",
    "Finding",
    "Findings",
    "Rule",
    "SettingError",
    "Settings",
    "Severity",
    "Validator",
    "checked_threshold",
    "validate",
]
