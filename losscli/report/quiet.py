"""Numbers alone, for shell scripts: one line a loss, or one a value."""

from __future__ import annotations

from losscli.report import Report
from losscli.report.numbers import shortest
from losscli.report.rows import per_sample, text, unreduced


def render(report: Report) -> str:
    """One line a loss; of unreduced or per-sample values one line a row, losses side by side."""
    if report.samples:
        return "".join("\t".join(map(text, row[1:])) + "\n" for row in per_sample(report)[1])
    if report.unreduced:
        return "".join("\t".join(map(shortest, row)) + "\n" for row in unreduced(report)[1])
    return "".join(f"{shortest(r.value)}\n" for r in report.results)
