"""A Markdown table, for a pull request or a step's summary."""

from __future__ import annotations

from typing import Any

from losscli.checks.digits import told_apart
from losscli.checks.verdict import PASS, Verdicts
from losscli.report.checks.rows import HEADER, rows, summary
from losscli.report.markdown import one_line, table

_LEFT_OUT = "message"


def render(verdicts: Verdicts, digits: int) -> str:
    """One row a condition, a sentence for each that is no pass, and how many checks failed."""
    every = [dict(zip(HEADER, row, strict=True)) for row in rows(verdicts)]
    used = [name for name in HEADER if name != _LEFT_OUT and any(row[name] not in ("", None) for row in every)]
    lines = table(used, [_cells(row, used, digits) for row in every], digits, ("limit", "value"))
    told = [f"- {one_line(row[_LEFT_OUT])}" for row in every if row["verdict"] != PASS]
    return "\n".join([*lines, *(["", *told] if told else []), "", summary(verdicts)]) + "\n"


def _cells(row: dict[str, Any], used: list[str], digits: int) -> list[Any]:
    """A row with its limit and its value told apart."""
    if isinstance(row["limit"], float | int):
        row = row | dict(zip(("limit", "value"), told_apart(row["limit"], row["value"], digits=digits), strict=True))
    return [row[name] for name in used]
