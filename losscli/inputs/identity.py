"""Which columns of a table say what its rows are: an index, an id, a date. They are not data unless they are chosen."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from losscli.data.table import Table
from losscli.errors import Finding
from losscli.records import NamedTuple

_ID = (
    r"(?i)(ids?|idx|u?uid|uuid|guid|key|index|row|sample|name|image|file|filename|path|date|datetime|timestamp"
    r"|.*[_\- ](id|idx|uid|uuid|guid|key|index|date|timestamp))"
)
_CAMEL_ID = r".*[a-z](Id|ID|Key)"
# What pandas and R write over an index without a name, what pandas calls it in Parquet, and readr's word for it.
_UNNAMED = r"(?i)(|unnamed: \d+([._]\d+)?|__index_level_\d+__|\.\.\.1|row\.?names)"


class Identity(NamedTuple):
    """The columns of a table that name its rows.

    Attributes:
        columns: No data, unless they are chosen.
        repeated: Named like ids, but with values that repeat or have decimals: data.
    """

    columns: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()

    def findings(self, table: Table, data: Sequence[str]) -> list[Finding]:
        """A warning for each column that looks like an identity and was read as data all the same."""
        hint = "choose the columns of numbers: PATH::COLUMN, PATH::c0..c9."
        found = [
            Finding(
                "L105",
                f"{table.name}: column {column!r} is named like an id, but its values repeat: it was read as data.",
                hint,
            )
            for column in self.repeated
            if column in data
        ]
        if not table.header and len(data) > 1 and _counts(table.words(data[0])):
            message = f"{table.name}: the first column counts the rows, as an index does, and was read as data."
            found.append(Finding("L104", message, hint))
        return found


def identity_of(table: Table, shared: Collection[str] = (), chosen: Collection[str] = ()) -> Identity:
    """The identity of a table.

    Args:
        table: Any table; without a header it has no names to go by.
        shared: Columns of the other tables: an id that two tables share names rows, whatever its values.
        chosen: Columns that were chosen as data.
    """
    if not table.header:
        return Identity()
    if len(table.columns) == 1:  # whatever its name, it is all there is, unless another table has it beside data
        return Identity(tuple(c for c in table.columns if c in shared and c not in chosen and is_id(c)))
    free = [c for c in table.columns if c not in chosen]
    index = [*_leading_unnamed(table.columns), *table.index_columns]
    named = [c for c in free if is_id(c) and c not in index]
    sure = [c for c in named if c in shared or _tells_apart(table.words(c))]
    columns = [c for c in free if c in index or c in sure]
    return Identity(tuple(columns), tuple(c for c in named if c not in sure))


def _leading_unnamed(columns: Sequence[str]) -> list[str]:
    """Index columns stand first; an unnamed column further on is anything."""
    end = next((i for i, c in enumerate(columns) if not _unnamed(c)), len(columns))
    return list(columns[:end])


def is_id(column: str) -> bool:
    """Whether a column's name says that it tells rows apart."""
    return bool(re.fullmatch(_ID, column) or re.fullmatch(_CAMEL_ID, column)) or _unnamed(column)


def _unnamed(column: str) -> bool:
    return bool(re.fullmatch(_UNNAMED, column))


def _tells_apart(values: list[str]) -> bool:
    """Whether these first values of a column are all different, and words or whole numbers."""
    return len(set(values)) == len(values) and all(map(_whole_or_word, values))


def _counts(values: list[str]) -> bool:
    """Whether these first values of a column are 0, 1, 2… or 1, 2, 3…: three of them at least, which are no chance."""
    return len(values) > 2 and any(values == [str(i + first) for i in range(len(values))] for first in (0, 1))


def _whole_or_word(text: str) -> bool:
    try:
        return float(text).is_integer()
    except ValueError:
        return True


def matches(left: Table, a: Identity, right: Table, b: Identity) -> list[tuple[str, str]]:
    """The identity columns of two tables that speak of the same: of the same name, or alone and of the same values."""
    names = {_normal(c): c for c in b.columns}
    same = [(c, names[_normal(c)]) for c in a.columns if _normal(c) in names]
    if same or len(a.columns) != 1 or len(b.columns) != 1:
        return same
    ours, theirs = set(left.words(a.columns[0])), set(right.words(b.columns[0]))
    alike = 2 * len(ours & theirs) >= min(len(ours), len(theirs)) > 0
    return [(a.columns[0], b.columns[0])] if alike else []


def _normal(column: str) -> str:
    """A name without case and separators; all unnamed indices are one."""
    return "" if _unnamed(column) else re.sub(r"[\W_]", "", column).lower()
