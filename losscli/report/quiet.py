"""Numbers alone, for shell scripts: one line a loss, or one a value."""

from __future__ import annotations

from losscli.report import Report
from losscli.report.numbers import shortest
from losscli.report.rows import require_samples, text, unreduced


def render(report: Report) -> str:
    """One line a loss; of unreduced or per-sample values one line a row, losses side by side, ``nan`` for none."""
    if report.samples:
        columns = (*report.results[0].kept.values(), *(s.values for s in require_samples(report.results)))
        rows = zip(*(column.tolist() for column in columns), strict=True)
        return "".join("\t".join(map(text, row)) + "\n" for row in rows)
    if report.unreduced:
        return "".join("\t".join(map(shortest, row)) + "\n" for row in unreduced(report)[1])
    return "".join(f"{shortest(r.value)}\n" for r in report.results)
