"""Markdown tables, for a pull request or a notebook."""

from __future__ import annotations

from losscli.report.distribution.parts import Part, first_lines, parts
from losscli.report.markdown import table
from losscli.results.distribution import Distribution


def render(found: Distribution, digits: int) -> str:
    """The loss and its references, and every part as a table."""
    lines = [f"- {name} {value} {about}".replace("-  ", "- ") for name, value, about in first_lines(found, digits)]
    for part in parts(found, digits):
        lines += ["", *_table(part, digits)]
        if part.below:
            lines += ["", part.below]
    return "\n".join(lines) + "\n"


def _table(part: Part, digits: int) -> list[str]:
    shares = [name for name in part.columns if name in ("samples", "share of the loss")]
    right = [part.columns[i] for i in part.right]
    rows = [[cell if isinstance(cell, str) else _share(cell) for cell in row] for row in part.rows]
    return table(list(part.columns), rows, digits, [*right, *shares])


def _share(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f} %"
