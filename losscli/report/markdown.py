"""A Markdown table, for a pull request or a notebook."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from losscli.report import Report
from losscli.report.numbers import plain, rounded
from losscli.report.rows import CI, REDUCED, header_and_rows

_LEFT_OUT = {"signature", "clamped", "omitted", "ignored"}
_OF_INTERVALS = {f"ci_{name}" for name in CI} - {"ci_low", "ci_high", "ci_level"}
"""What is not for reading; why there is no interval is, where there is none."""


def render(report: Report) -> str:
    """The same tables as CSV has, with numbers for reading and only the columns that say something."""
    header, rows = header_and_rows(report)
    cells = [list(row) for row in rows]
    kept = list(range(len(header)))
    if header[: len(REDUCED)] == list(REDUCED):
        kept = [i for i, name in enumerate(header) if name not in _LEFT_OUT or (name != "signature" and _any(cells, i))]
    kept = [i for i in kept if header[i] not in _OF_INTERVALS or (header[i] == "ci_why_not" and _any(cells, i))]
    if report.samples and header[-1] == "status" and not _any(cells, len(header) - 1):
        kept.pop()
    lines = table([header[i] for i in kept], [[row[i] for i in kept] for row in cells], report.digits)
    return "\n".join(lines) + "\n"


def table(header: list[str], cells: list[list[Any]], digits: int, right: Collection[str] = ()) -> list[str]:
    """A table, line by line; columns of ``right`` stand to the right, as those do whose first cell is a number."""
    rules = ["---:" if name in right else _rule(cells, i) for i, name in enumerate(header)]
    return [_line([_cell(name, digits) for name in header]), _line(rules)] + [
        _line([_cell(value, digits) for value in row]) for row in cells
    ]


def _any(cells: list[list[Any]], column: int) -> bool:
    return any(row[column] for row in cells)


def _rule(cells: list[list[Any]], column: int) -> str:
    return "---:" if cells and isinstance(cells[0][column], int | float) else "---"


def _cell(value: Any, digits: int) -> str:
    if value is None:
        return ""
    if isinstance(value, int | float):
        return rounded(value, digits)
    # Backslashes before a bar would escape one another, and leave it to part the cell.
    return re.sub(r"(\\*)\|", r"\1\1\\|", one_line(str(value)))


def one_line(text: str) -> str:
    """Text that stays within a cell or an item, whatever it holds, and is no markup of HTML."""
    return "<br>".join(re.sub(r"<(?=[A-Za-z/!?])", "&lt;", plain(line)) for line in text.splitlines())


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
