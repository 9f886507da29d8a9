"""A table for reading, of numbers x that were chosen by hand; a picture tells of others."""

from __future__ import annotations

import sys
from typing import IO, TYPE_CHECKING

from losscli.report.curve.rows import header, rows
from losscli.report.numbers import rounded

if TYPE_CHECKING:
    from losscli.explore.curve import Curve


def render(curve: Curve, digits: int, stream: IO[str] | None = None) -> str:
    """What x is, and a row for each, as text for ``stream`` (standard output); "" where a picture shows them."""
    if not curve.table:
        return ""
    from losscli.report.table import add_row, console, plain_table, text_of

    out = console(stream or sys.stdout)
    out.print(f"x: {curve.x_is}")
    out.print()
    columns = header(curve)
    table = plain_table(*columns, right=tuple(range(len(columns))))
    for row in rows(curve):
        add_row(table, *(rounded(value, digits) for value in row))
    out.print(table)
    return text_of(out)
