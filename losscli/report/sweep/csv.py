"""CSV, with floats as the shortest text that reads back as the same float."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losscli.report.csv import table
from losscli.report.sweep.rows import figures, rows

if TYPE_CHECKING:
    from losscli.explore.sweep import Sweep


def render(sweep: Sweep, digits: int) -> str:
    """One row a loss and set of values."""
    return table(figures(sweep), rows(sweep))
