"""CSV, with floats as the shortest text that reads back as the same float."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from losscli.report.curve.rows import header, rows
from losscli.report.rows import text

if TYPE_CHECKING:
    from losscli.explore.curve import Curve


def render(curve: Curve, digits: int) -> str:
    """One row for each x."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header(curve))
    writer.writerows(map(text, row) for row in rows(curve))
    return out.getvalue()
