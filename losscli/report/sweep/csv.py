"""CSV, with floats as the shortest text that reads back as the same float."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from losscli.report.rows import text
from losscli.report.sweep.rows import figures, rows

if TYPE_CHECKING:
    from losscli.explore.sweep import Sweep


def render(sweep: Sweep, digits: int) -> str:
    """One row a loss and set of values."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(figures(sweep))
    writer.writerows(map(text, row) for row in rows(sweep))
    return out.getvalue()
