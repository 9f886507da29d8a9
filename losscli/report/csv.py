"""CSV, with floats as the shortest text that reads back as the same float."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import IO, Any

from losscli.report import Report
from losscli.report.rows import header_and_rows, text


def render(report: Report) -> str:
    """The reduced results, the per-sample losses or the unreduced values."""
    return table(*header_and_rows(report))


def write(report: Report, file: IO[str]) -> None:
    """The same, row by row into a file."""
    _write(file, *header_and_rows(report))


def table(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """A header and rows of cells."""
    out = io.StringIO()
    _write(out, header, rows)
    return out.getvalue()


def _write(file: IO[str], header: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(map(text, row) for row in rows)
