"""CSV, with floats as the shortest text that reads back as the same float."""

from __future__ import annotations

import csv
import io
from typing import IO

from losscli.report import Report
from losscli.report.rows import header_and_rows, text


def render(report: Report) -> str:
    """The reduced results, the per-sample losses or the unreduced values."""
    out = io.StringIO()
    write(report, out)
    return out.getvalue()


def write(report: Report, file: IO[str]) -> None:
    """The same, row by row into a file."""
    header, rows = header_and_rows(report)
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(map(text, row) for row in rows)
