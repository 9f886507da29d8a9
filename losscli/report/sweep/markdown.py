"""A Markdown table, for a pull request or a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losscli.report.markdown import table
from losscli.report.sweep.columns import header_and_rows
from losscli.report.sweep.rows import sentences

if TYPE_CHECKING:
    from losscli.explore.sweep import Sweep


def render(sweep: Sweep, digits: int) -> str:
    """One row a loss and set of values, and what is said of them."""
    header, rows = header_and_rows(sweep, digits)
    lines = table(header, [[*row] for row in rows], digits, [name for name in header if name != "loss"])
    told = sentences(sweep, digits)
    return "\n".join([*lines, *(["", *(f"- {line}" for line in told)] if told else [])]) + "\n"
