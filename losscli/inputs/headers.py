"""A first row of 0, 1, …, k-1: the header that pandas writes over unnamed columns, or data? The other inputs tell."""

from __future__ import annotations

from collections.abc import Collection

from losscli.data.table import Table
from losscli.errors import Finding


def settle(table: Table, lengths: Collection[int]) -> tuple[Table, list[Finding]]:
    """The table read with a header or without, and what is to be said about that.

    Args:
        table: One whose first row counts from 0, and of which nobody said whether that is its header.
        lengths: The rows of the inputs beside it, as far as they are known.
    """
    rows = table.count() if lengths else None
    below = None if rows is None else rows - (not table.header)
    as_header, as_data = (False, False) if below is None else (below in lengths, below + 1 in lengths)
    if as_data and not as_header:
        return table.with_header(False), []
    if as_header or len(table.columns) > 1 or table.decimals_below:
        return table.with_header(True), [_note(table, "a header, as pandas writes it", "--no-header if it is data.")]
    # Labels that begin with 0 are no rarity, and a sure sign is missing.
    return table.with_header(False), [_note(table, "data", "--header if pandas wrote it as a header.")]


def rows_of(table: Table) -> int | None:
    """How many rows a table has; None where its own header is not settled, or there is no telling."""
    return None if table.numbered_header else table.count()


def _note(table: Table, what: str, hint: str) -> Finding:
    row = "0" if len(table.columns) == 1 else f"0 to {len(table.columns) - 1}"
    return Finding("L106", f"{table.name}: the first row, {row}, was read as {what}.", hint)
