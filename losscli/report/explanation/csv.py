"""CSV, with floats as the shortest text that reads back as the same float."""

from __future__ import annotations

from losscli.report.csv import table
from losscli.report.explanation.rows import HEADER, rows
from losscli.results.explanation import Explanation


def render(explanation: Explanation, digits: int) -> str:
    """One row a step."""
    return table(HEADER, rows(explanation))
