"""CSV, with floats as the shortest text that reads back as the same float."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losscli.report.csv import table
from losscli.report.curve.rows import header, rows

if TYPE_CHECKING:
    from losscli.explore.curve import Curve


def render(curve: Curve, digits: int) -> str:
    """One row for each x."""
    return table(header(curve), rows(curve))
