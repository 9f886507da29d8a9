"""CSV, with floats as the shortest text that reads back as the same float."""

from __future__ import annotations

import csv
import io

from losscli.comparison.result import Comparisons
from losscli.report.comparison.rows import header, rows
from losscli.report.rows import text


def render(found: Comparisons, digits: int) -> str:
    """One row a comparison and group."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header(found))
    writer.writerows(map(text, row) for row in rows(found))
    return out.getvalue()
