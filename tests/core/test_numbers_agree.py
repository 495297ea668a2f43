"""Findings, the publish preview, lists and the history tell the same numbers of the same edits."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from prelabel_tui.core.catalog.standings import standing_of
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.drafts.findings import open_findings
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.model.labels import Box, Flag, Frame, Label, Origin, make_frame
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.publishing import preview, publish
from prelabel_tui.core.store import open_store
from tests import matches

LEAD = Actor("lena", Role.LEAD, "test@host pid 1")
FRAMES, PLAYERS = 6, 3

KEPT, MOVED, DELETED = "kept", "moved", "deleted"
EDITS = st.lists(
    st.tuples(
        st.lists(st.sampled_from([KEPT, MOVED, DELETED]), min_size=PLAYERS, max_size=PLAYERS),
        st.booleans(),  # a box is added
        st.sets(st.sampled_from(list(Flag))),
        st.booleans(),  # reviewed
    ),
    min_size=FRAMES,
    max_size=FRAMES,
)


def _edited(frame: Frame, done: list[str], added: bool, flags: set[Flag], seen: bool) -> Frame:
    labels: list[Label] = []
    for label, what in zip(frame.labels, done, strict=True):
        assert isinstance(label, Box)
        if what != DELETED:
            labels.append(label if what == KEPT else matches.moved(label, 300))
    if added:
        labels.append(Box("new", 10_000, 10_000, 3_000, 7_000, None, Origin.MANUAL))
    return make_frame(labels, flags, frame.ball, seen)


FLAG_ALONE = [([KEPT] * PLAYERS, False, {Flag.BAD_FRAME}, False)] * FRAMES


@settings(max_examples=25)
@given(EDITS)
@example(FLAG_ALONE)
def test_they_tell_what_was_done(edits: list[tuple[list[str], bool, set[Flag], bool]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "home").unwrap()
        match = matches.enter(store, LEAD, frames=FRAMES)
        before = loading.load(store, match.draft.id).unwrap().document
        frames = {at: _edited(before.frame(at), *edit) for at, edit in enumerate(edits)}
        draft = matches.save(store, LEAD, match.draft.id, frames)
        done = [what for labels, *_ in edits for what in labels]
        changed = [any(what != KEPT for what in labels) or new for labels, new, *_ in edits]

        findings = open_findings(store, draft.id).unwrap()
        shown = preview(store, LEAD, draft.id).unwrap()
        with store.read() as session:
            listed = standing_of(session, match.scope)

        told = shown.edits
        assert (told.modified, told.removed) == (done.count(MOVED), done.count(DELETED))
        assert told.added == sum(new for _, new, *_ in edits)
        assert shown.edited_frames == sum(changed)
        assert listed.reviewed == shown.counts.reviewed == sum(seen for *_, seen in edits)
        assert listed.flagged == sum(bool(flags) for *_, flags, _ in edits)
        assert shown.counts.flags == {
            flag: number
            for flag in Flag
            if (number := sum(flag in flags for *_, flags, _ in edits))
        }
        errors, warnings = findings.errors, findings.warnings
        assert (shown.findings.errors, shown.findings.warnings) == (errors, warnings)
        assert listed.judged in (None, draft.content_hash)
        if listed.judged is not None:
            assert (listed.errors, listed.warnings) == (errors, warnings)

        published = publish(store, LEAD, draft.id, draft.version, override_reason="as it is")
        assert published.outcome.code is (
            Code.VALIDATION_HARD_FAIL if errors else Code.PUBLISH_SUCCESS
        )
        if published.value is not None:
            revision = published.value.revision
            assert revision is not None
            assert revision.diff == shown.diff
            judged = revision.provenance.validation
            assert (judged["errors"], judged["warnings"]) == (errors, warnings)
        store.close()
