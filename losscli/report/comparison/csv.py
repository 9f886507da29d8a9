"""CSV, with floats as the shortest text that reads back as the same float."""

from __future__ import annotations

from losscli.comparison.result import Comparisons
from losscli.report.comparison.rows import header, rows
from losscli.report.csv import table


def render(found: Comparisons, digits: int) -> str:
    """One row a comparison and group."""
    return table(header(found), rows(found))
