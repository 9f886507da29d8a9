"""CSV, with floats as the shortest text that reads back as the same float."""

from __future__ import annotations

import csv
import io

from losscli.report.explanation.rows import HEADER, rows
from losscli.report.rows import text
from losscli.results.explanation import Explanation


def render(explanation: Explanation, digits: int) -> str:
    """One row a step."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(map(text, row) for row in rows(explanation))
    return out.getvalue()
