"""What is doubtful about the beginning of a text: read all the same, with a warning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from losscli.errors import Finding

if TYPE_CHECKING:
    from losscli.data.text.grammar import Head

_DOUBTFUL = ("-", ".", "?", "true", "false")
"""Words that may stand for a missing value or a truth, and so may be data where a name is looked for."""


def may_be_decimals(rows: list[list[str]]) -> bool:
    """Whether rows of two whole numbers look like one number with a decimal comma each.

    Their second cells are all the same, or as long as one another with two digits and more, or begin with zeros.
    Labels of 0 and 1 look like nothing else.
    """
    filled = [row for row in rows if row != [""]]
    whole = all(len(row) == 2 and row[1].isdecimal() and row[0].lstrip("+-").isdecimal() for row in filled)
    if len(filled) < 2 or not whole or {cell for row in filled for cell in row} <= {"0", "1"}:
        return False
    seconds = [row[1] for row in filled]
    as_long = len({*map(len, seconds)}) == 1 and len(seconds[0]) > 1
    return len(set(seconds)) == 1 or as_long or any(len(cell) > 1 and cell[0] == "0" for cell in seconds)


def one_or_two(name: str) -> Finding:
    """The warning about such rows."""
    return Finding(
        "L107",
        f"{name}: its rows were read as two whole numbers each, and may be one with a decimal comma.",
        "--decimal , if they are one, --delimiter , if they are two.",
    )


def doubts(name: str, columns: tuple[str, ...], head: Head) -> Iterator[Finding]:
    """What may be wrong with a header that was found, not given."""
    doubtful = (
        c for c in columns if c and (head.number(c) is not None or head.is_missing(c) or c.lower() in _DOUBTFUL)
    )
    odd = next(doubtful, None)
    if odd is not None:
        what = "a number" if head.number(odd) is not None else "how missing values and truth are written"
        yield Finding(
            "L103",
            f"{name}: the first row was read as a header, though {odd!r} in it is {what}.",
            "--no-header if it is data, --header if it is not.",
        )
