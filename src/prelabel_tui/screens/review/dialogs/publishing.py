"""Publishing a draft, as the review screen asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Static

from prelabel_tui.core.ids import IdKind
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.publishing import (
    Preview,
    Published,
    Submitted,
    preview,
    publish,
    submit,
)
from prelabel_tui.core.publishing.packs import approval_required, candidates
from prelabel_tui.core.text import counted, printable
from prelabel_tui.core.times import minute
from prelabel_tui.core.validation import Findings
from prelabel_tui.keys.command import Handlers
from prelabel_tui.keys.dialog_commands import PublishCommands
from prelabel_tui.screens.shared.base import Job, KeyedScreen, OnEscape
from prelabel_tui.screens.shared.dialogs import Dialog, ReasonDialog, pair
from prelabel_tui.screens.shared.following import Following, read_quietly
from prelabel_tui.widgets.status.outcome_banner import Hint

_LISTED = 6
"""How many findings a dialog lists; the review screen lists all."""

NO_HINTS: Final[Mapping[Code, Hint]] = MappingProxyType({})

_PACKS_LISTED = 4
"""Packs in view at once, around the chosen one."""


def finding_lines(findings: Findings, limit: int = _LISTED) -> list[Text]:
    """Return the first findings, one line each, with the frame as people count it."""
    lines = []
    for finding in findings.items[:limit]:
        mark = "✗" if str(finding.severity) == "error" else "!"
        lines.append(Text(f"{mark} {finding.where}: {printable(finding.text)}"))
    if len(findings.items) > limit:
        lines.append(Text(f"… and {len(findings.items) - limit} more", "dim"))
    return lines


@dataclass(frozen=True)
class PublishChoice:
    """What a person chose: to publish with this pack (None: there is none), or something else."""

    pack_id: str | None
    submit: bool = False
    findings: bool = False


class PublishDialog(Dialog[PublishChoice | None]):
    """What will be published, and with which pack."""

    context = "publish"
    DEFAULT_CSS = """
    PublishDialog > #box { width: 84; }
    PublishDialog #pack { height: auto; margin: 1 0; }
    """

    def __init__(self, preview: Preview, pack_id: str | None = None) -> None:
        super().__init__(
            f"Publish {preview.draft.scope.title}", self._lines(preview), keys=_keys(preview)
        )
        self._findings = bool(preview.findings.items)
        self.packs = preview.candidates
        self.first_publish = preview.first_publish
        chosen = pack_id or (preview.pack.id if preview.pack else None)
        self.scope = preview.draft.scope
        self._lost = False
        """Whether there was a pack to publish with, and none is left."""
        self.at = 0
        self._wanted = chosen

    @staticmethod
    def _lines(preview: Preview) -> list[str | Text]:
        counts = preview.counts
        latest = preview.latest
        flags = ", ".join(f"{name} {number}" for name, number in counts.flags.items() if number)
        since = f" to revision {latest.number}" if latest else "; this is the first revision"
        lines: list[str | Text] = [
            pair("Draft", f"v{preview.draft.version}, {preview.draft.lineage.label}"),
            *(pair(name, text) for name, text in preview.told),
            pair("Flags", flags or "none"),
            pair("Diff", f"{preview.diff.text}{since}"),
            pair("Content hash", preview.content_hash[:16] + "…"),
        ]
        outlook = preview.outlook
        # Who may not sees whom to ask before it is tried.
        detail = f"{outlook.detail} " if outlook.code is Code.OVERRIDE_FORBIDDEN else ""
        if outlook.code is not Code.PUBLISH_SUCCESS:
            lines.append(
                Text.assemble(
                    (f"{outlook.code}: ", "bold"),
                    f"{outlook.entry.sentence} {printable(detail)}",
                    (f"→ {outlook.entry.next_step}", "dim"),
                )
            )
        findings = preview.findings
        return [*lines, pair("Findings", findings.summary), *finding_lines(findings)]

    def compose_body(self) -> ComposeResult:
        """Make the Publish pack selector."""
        yield Static("", id="pack", markup=False)

    def on_mount(self) -> None:
        """Show the selected pack, and follow what others decide about packs meanwhile."""
        self._choose(self._wanted)
        Following(self, self._look_again)

    async def _look_again(self) -> None:
        store, scope = self.shell.store, self.scope
        found = await read_quietly(
            lambda: (candidates(store, scope), approval_required(store, scope))
        )
        if found.value is None or not self.here:
            return
        chosen = self.packs[self.at].id if self.packs else None
        packs, required = found.value
        self._lost = bool(self.packs or self._lost) and not packs and required
        self.packs, self.first_publish = tuple(packs), not packs and not required
        self._choose(chosen)

    def _choose(self, wanted: str | None) -> None:
        """Select a pack; the newest, saying so, when it is no candidate any more."""
        ids = [pack.id for pack in self.packs]
        self.at = ids.index(wanted) if wanted in ids else 0
        if wanted is not None and wanted not in ids:
            self.refuse(f"{IdKind.LABEL_PACK.short(wanted)} is no longer approved.")
        self._show_pack()

    def _show_pack(self) -> None:
        text = Text.assemble(("Publish pack  ", "bold"))
        if not self.packs and self.first_publish:
            text.append("First publish will create the initial label pack.")
        elif not self.packs:
            text.append("None is approved; a lead has decided about packs here before.")
        accent = self.app.theme_variables.get("accent", "")
        first = max(0, min(self.at - _PACKS_LISTED // 2, len(self.packs) - _PACKS_LISTED))
        if len(self.packs) > 1:
            text.append(f"{self.at + 1} of {len(self.packs)} approved", "dim")
        for index, pack in list(enumerate(self.packs))[first : first + _PACKS_LISTED]:
            chosen = index == self.at
            text.append("\n" if len(self.packs) > 1 else "")
            text.append(f"  {'◉' if chosen else '○'} ", accent if chosen else "dim")
            text.append(
                f"{IdKind.LABEL_PACK.short(pack.id)}  {counted(pack.label_count, 'label')}  "
                f"{pack.source}  {printable(pack.created_by)}  {minute(pack.created_at)}",
                "bold" if chosen else "",
            )
        self.query_one("#pack", Static).update(text)

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the `publish` commands."""
        table: PublishCommands = {
            "publish.next_pack": self.do_next_pack,
            "publish.previous_pack": self.do_previous_pack,
            "publish.accept": self.do_accept,
            "publish.submit": self.do_submit,
            "publish.findings": self.do_findings,
            "publish.cancel": self.do_cancel,
            "publish.page_down": self.do_page_down,
            "publish.page_up": self.do_page_up,
        }
        return (table,)

    def do_next_pack(self) -> None:
        """Select the next candidate."""
        self._step(1)

    def do_previous_pack(self) -> None:
        """Select the previous candidate."""
        self._step(-1)

    def _step(self, by: int) -> None:
        if len(self.packs) < 2:
            self.refuse(
                "There is no other approved pack." if self.packs else "There is no pack to choose."
            )
            return
        self.at = (self.at + by) % len(self.packs)
        self._show_pack()

    def do_accept(self) -> None:
        """Publish with this pack."""
        if self._lost:
            self.refuse("No pack is approved any more: submit the draft for approval.")
            return
        self.dismiss(PublishChoice(self.packs[self.at].id if self.packs else None))

    def do_submit(self) -> None:
        """Leave it to a lead: submit the draft for approval."""
        self.dismiss(PublishChoice(None, submit=True))

    def do_findings(self) -> None:
        """Go to the findings instead."""
        if self._findings:
            self.dismiss(PublishChoice(None, findings=True))
        else:
            self.refuse("There are no findings.")


def _keys(preview: Preview) -> tuple[tuple[str, str], ...]:
    """Return the keys that the dialog shows: errors are mended before anything is published."""
    code = preview.outlook.code
    accept = "Publish (lead)" if code is Code.OVERRIDE_FORBIDDEN else "Publish"
    decide = (("enter", accept), ("s", "Submit for approval"))
    return (
        *(() if code is Code.VALIDATION_HARD_FAIL else decide),
        *((("F", "Findings"),) if preview.findings.items else ()),
        ("escape", "Cancel"),
    )


async def publish_draft(
    screen: KeyedScreen[Any],
    draft_id: str,
    version: int,
    pack_id: str | None = None,
    *,
    hints: Mapping[Code, Hint] = NO_HINTS,
) -> Outcome | None:
    """Show what will be published, ask what must be asked, publish, and show the outcome.

    None when the person cancelled before anything was tried.  ``hints``: the key of the screen
    that helps with an outcome (Reset draft with RESET_DRAFT_REQUIRED).
    """
    shell = screen.shell

    def look(job: Job) -> Result[Preview]:
        return preview(shell.store, shell.who, draft_id, version, job)

    title = "Preparing what will be published"
    looked = await screen.in_thread(look, title=title, on_escape=OnEscape.CANCEL)
    previewed = looked.value
    if previewed is None:
        _show(screen, looked.outcome, hints)
        return looked.outcome
    chosen = await screen.app.push_screen_wait(PublishDialog(previewed, pack_id))
    if chosen is None:
        return None
    if chosen.findings:
        await screen.perform("review.findings")
        return None
    if chosen.submit:
        return await submit_draft(screen, draft_id, version, hints=hints)
    reason: str | None = None
    if previewed.outlook.code is Code.WARNINGS_REQUIRE_OVERRIDE:
        reason = await _override(screen, previewed.findings)
        if reason is None:
            return None
    outcome, findings = await _publish(screen, previewed, chosen.pack_id, reason)
    if outcome.code is Code.WARNINGS_REQUIRE_OVERRIDE and findings is not None:
        reason = await _override(screen, findings)
        if reason is not None:
            outcome, _ = await _publish(screen, previewed, chosen.pack_id, reason)
    _show(screen, outcome, hints)
    return outcome


async def submit_draft(
    screen: KeyedScreen[Any],
    draft_id: str,
    version: int,
    *,
    hints: Mapping[Code, Hint] = NO_HINTS,
) -> Outcome:
    """Submit a draft for approval, and show the outcome; ``hints`` as for publishing."""
    shell = screen.shell

    def work(job: Job) -> Result[Submitted]:
        return submit(shell.store, shell.who, draft_id, version, job)

    title = "Submitting for approval"
    result = await screen.in_thread(work, title=title, on_escape=OnEscape.CANCEL)
    _show(screen, result.outcome, hints)
    return result.outcome


def _show(screen: KeyedScreen[Any], outcome: Outcome, hints: Mapping[Code, Hint]) -> None:
    hint = hints.get(outcome.code)
    screen.show_outcome(outcome, [] if hint is None else [hint])


async def _override(screen: KeyedScreen[Any], findings: Findings) -> str | None:
    return await screen.app.push_screen_wait(
        ReasonDialog(
            "Override publish warnings",
            f"WARNINGS_REQUIRE_OVERRIDE: {findings.summary}.",
            *finding_lines(findings),
            confirm="Override and publish",
            danger=True,
        )
    )


async def _publish(
    screen: KeyedScreen[Any], previewed: Preview, pack_id: str | None, reason: str | None
) -> tuple[Outcome, Findings | None]:
    shell = screen.shell

    def work(job: Job) -> Result[Published]:
        return publish(
            shell.store,
            shell.who,
            previewed.draft.id,
            previewed.draft.version,
            pack_id=pack_id,
            override_reason=reason,
            previewed=previewed,
            progress=job,
        )

    result = await screen.in_thread(work, title="Publishing", on_escape=OnEscape.CANCEL)
    return result.outcome, result.value.findings if result.value else None
