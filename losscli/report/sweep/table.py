"""A table for reading, without its picture."""

from __future__ import annotations

import sys
from typing import IO, TYPE_CHECKING

from losscli.report.sweep.columns import header_and_rows
from losscli.report.table import add_row, console, plain_table, text_of

if TYPE_CHECKING:
    from losscli.explore.sweep import Sweep


def render(sweep: Sweep, digits: int, stream: IO[str] | None = None) -> str:
    """What was swept, and a row a loss and set of values, as text for ``stream`` (standard output)."""
    out = console(stream or sys.stdout)
    out.print(_title(sweep))
    out.print()
    header, rows = header_and_rows(sweep, digits)
    table = plain_table(*header, right=tuple(i for i, name in enumerate(header) if name != "loss"))
    for row in rows:
        add_row(table, *row)
    out.print(table)
    return text_of(out)


def _title(sweep: Sweep) -> str:
    first = sweep.rows[0].result
    swept = " and ".join(f"{len(one.values)} values of {one.name}" for one in sweep.over)
    total = (
        f"{first.denominator} {first.denominator_is}"
        if isinstance(first.denominator, int)
        else f"{first.samples} samples"
    )
    return f"{', '.join(sweep.losses)}: {swept} over {total}"
