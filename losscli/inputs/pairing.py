"""Rows of two files that must be the same: key columns compared, block by block or to their end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.data.source import Texts
from losscli.errors import DataError, ShapeError

_AT_ONCE = 1 << 18
"""Rows read at a time where columns are only compared or counted."""


def refuse_unpaired(pair: tuple[Texts, Texts], left: NDArray[Any], right: NDArray[Any], start: int) -> None:
    """Raise where two key columns part."""
    both = min(len(left), len(right))
    unequal = np.flatnonzero(left[:both] != right[:both]).tolist()
    at = next((i for i in unequal if not _same(left[i], right[i])), both)
    if at < max(len(left), len(right)):
        values = [repr(str(column[at])) if at < len(column) else "missing" for column in (left, right)]
        raise Unpaired(pair, start + at, *values)


def _same(left: str, right: str) -> bool:
    """Whether two keys are one: ``7`` and ``7.0`` are, as one writer has integers and another floats."""
    from decimal import Decimal, InvalidOperation

    try:
        return Decimal(left) == Decimal(right)  # floats would take ids above 2^53 for their neighbours
    except InvalidOperation:
        return False


def compare(pairs: Iterable[tuple[Texts, Texts]]) -> None:
    """Read key columns to the end and raise where they part.

    Raises:
        ShapeError: The files have unequal counts of rows.
        DataError: They have the same rows in another order.
    """
    for pair in pairs:
        start, found = 0, _AT_ONCE
        while found == _AT_ONCE:
            left, right = (column.read(start, start + _AT_ONCE) for column in pair)
            try:
                refuse_unpaired(pair, left, right, start)
            except Unpaired as unpaired:
                raise unpaired.explained() from None
            start, found = start + _AT_ONCE, len(left)


def count_texts(column: Texts) -> int:
    """The rows of a column, by reading it to its end."""
    done = 0
    while found := len(column.read(done, done + _AT_ONCE)):
        done += found
    return done


class Unpaired(Exception):
    """Two files hold different rows at the same place."""

    def __init__(self, pair: tuple[Texts, Texts], row: int, left: str, right: str) -> None:
        super().__init__(pair, row, left, right)
        self.pair, self.row, self.left, self.right = pair, row, left, right

    def explained(self) -> ShapeError | DataError:
        """The error, with the number of rows of both files."""
        a, b = self.pair
        counts = count_texts(a), count_texts(b)
        on = a.column if a.column == b.column else f"{a.column}={b.column}"
        on = on if on.isidentifier() else f"'{on}'"
        where = f"row {self.row} is {self.left} in {a.name} and {self.right} in {b.name}"
        if counts[0] != counts[1]:
            return ShapeError(
                f"{a.name} has {counts[0]} rows, {b.name} has {counts[1]}; {a.column} of {where}.",
                f"--on {on} pairs rows by it; --unmatched drop leaves out what has no partner.",
            )
        return DataError(
            f"{a.name} and {b.name} are not in the same order: {a.column} of {where}.",
            f"--on {on} pairs rows by it.",
        )
