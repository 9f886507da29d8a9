"""CSV, with floats as the shortest text that reads back as the same float."""

from __future__ import annotations

import csv
import io

from losscli.checks.verdict import Verdicts
from losscli.report.checks.rows import HEADER, rows
from losscli.report.rows import text


def render(verdicts: Verdicts, digits: int) -> str:
    """One row a condition."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(map(text, row) for row in rows(verdicts))
    return out.getvalue()
