"""CSV, with floats as the shortest text that reads back as the same float."""

from __future__ import annotations

from losscli.checks.verdict import Verdicts
from losscli.report.checks.rows import HEADER, rows
from losscli.report.csv import table


def render(verdicts: Verdicts, digits: int) -> str:
    """One row a condition."""
    return table(HEADER, rows(verdicts))
