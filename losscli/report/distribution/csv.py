"""CSV, with floats as the shortest text that reads back as the same float."""

from __future__ import annotations

from losscli.report.csv import table
from losscli.report.distribution.rows import HEADER, rows
from losscli.results.distribution import Distribution


def render(found: Distribution, digits: int) -> str:
    """One row a figure."""
    return table(HEADER, rows(found))
