"""A Markdown table, for a pull request or a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losscli.report.curve.rows import header, rows, sentences
from losscli.report.markdown import table

if TYPE_CHECKING:
    from losscli.explore.curve import Curve


def render(curve: Curve, digits: int) -> str:
    """One row for each x, and what is said of them."""
    lines = table(header(curve), [*rows(curve)], digits)
    told = sentences(curve)
    return "\n".join([*lines, *(["", *(f"- {line}" for line in told)] if told else [])]) + "\n"
