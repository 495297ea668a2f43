"""A report as one HTML file that needs nothing: no script, no font, no picture from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from prelabel_tui.core.assessment.detection import DetectionReport, Group
from prelabel_tui.core.assessment.reports import RunsReport
from prelabel_tui.core.model.labels import Capability

_STYLE: Final = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 64rem; padding: 0 1rem;
       color: #1c2430; background: #fff; }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; }
th, td { padding: .2rem .8rem .2rem 0; text-align: right; font-variant-numeric: tabular-nums; }
th:first-child, td:first-child { text-align: left; }
th { border-bottom: 1px solid #8892a0; font-weight: 600; }
svg { vertical-align: middle; } rect.all { fill: #e3e7ec; } rect.share { fill: #1f6f8b; }
.sides { display: flex; flex-wrap: wrap; gap: 0 3rem; } .note { color: #4a5563; }
"""
_WIDTH: Final = 120


def page(reports: Sequence[RunsReport]) -> str:
    """Write the page of one report, or of two side by side."""
    title = escape(" and ".join(report.name for report in reports))
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            f"<title>What the review says: {title}</title><style>{_STYLE}</style></head><body>",
            f"<h1>What the review says about {title}</h1>",
            '<p class="note">Published revisions against prelabels, on reviewed frames only.</p>',
            *_body(reports),
            "</body></html>",
            "",
        ]
    )


def _body(reports: Sequence[RunsReport]) -> Iterator[str]:
    for capability in Capability:
        sides = [side for side in reports if capability in side.reports]
        if sides:
            yield f"<h2>{capability.value}</h2>"
            yield '<div class="sides">'
            for side in sides:
                yield "<div>"
                if len(reports) > 1:
                    yield f"<h3>{escape(side.name)}</h3>"
                yield from _report(side.reports[capability])
                yield "</div>"
            yield "</div>"
    left_out = [line for side in reports for line in side.left_out]
    if left_out:
        yield "<h2>Not compared</h2><ul>"
        yield from (f"<li>{escape(line)}</li>" for line in left_out)
        yield "</ul>"


def _report(report: DetectionReport) -> Iterator[str]:
    ap = report.average_precision
    yield (
        f"<p>{report.frames:,} reviewed frames; a prelabel is a hit {escape(report.threshold)}; "
        f"average precision {'–' if ap is None else f'{ap:.3f}'}.</p>"
    )
    yield _table("All", [report.whole])
    if report.errors:
        yield "<table><tr><th>Error of the hits</th><th>median (middle half)</th></tr>"
        yield from (f"<tr><td>{one.name}</td><td>{one.text}</td></tr>" for one in report.errors)
        yield "</table>"
    for kind, groups in report.groups.items():
        yield _table(f"By {kind}", groups)


def _table(name: str, groups: Sequence[Group]) -> str:
    head = "".join(
        f"<th>{cell}</th>"
        for cell in (name, "precision", "", "recall", "", "hits", "false", "missed")
    )
    rows = "".join(
        f"<tr><td>{escape(group.name)}</td><td>{_share(group.precision)}</td>"
        f"<td>{_bar(group.precision)}</td><td>{_share(group.recall)}</td>"
        f"<td>{_bar(group.recall)}</td><td>{group.hit:,}</td><td>{group.false:,}</td>"
        f"<td>{_missed(group)}</td></tr>"
        for group in groups
    )
    return f"<table><tr>{head}</tr>{rows}</table>"


def _missed(group: Group) -> str:
    return "–" if group.missed is None else f"{group.missed:,}"


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def _bar(share: float | None) -> str:
    if share is None:
        return ""
    return (
        f'<svg width="{_WIDTH}" height="10" role="img" aria-label="{share:.1%}">'
        f'<rect class="all" width="{_WIDTH}" height="10"/>'
        f'<rect class="share" width="{share * _WIDTH:.1f}" height="10"/></svg>'
    )
