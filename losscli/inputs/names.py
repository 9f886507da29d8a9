"""Columns of equal names belong together, in whatever order they stand."""

from __future__ import annotations

from collections.abc import Sequence

from losscli.data.columns import without_prefix
from losscli.errors import SourceError
from losscli.records import NamedTuple


class Columns(NamedTuple):
    """The columns of one input.

    Attributes:
        name: The input, for messages.
        path: Its table.
        names: The columns, in the order in which they are read.
        named: Whether the names stand in the file.
        chosen: Whether the user chose them; otherwise they are the whole table.
    """

    name: str
    path: str
    names: tuple[str, ...]
    named: bool
    chosen: bool


def by_name(inputs: Sequence[Columns]) -> list[tuple[str, ...]]:
    """The columns of each input, put in the order of the first input that has several.

    Raises:
        SourceError: Names overlap in part.
    """
    first = next((one for one in inputs if one.named and len(one.names) > 1), None)
    return [one.names if first is None or one is first or not one.named else _order(first, one) for one in inputs]


def _order(first: Columns, one: Columns) -> tuple[str, ...]:
    if first.path == one.path and first.chosen and one.chosen:  # out of one table: meant as they are written
        return one.names
    shared = set(first.names) & set(one.names)
    if not shared:
        return _without_prefixes(first, one)
    if shared != set(first.names) or shared != set(one.names):
        if (first.chosen and one.chosen) or all(map(str.isdecimal, shared)):  # a number as a name says no more
            return one.names
        raise _overlap(first, one, shared)
    return first.names


def _without_prefixes(first: Columns, one: Columns) -> tuple[str, ...]:
    """``logit_cat, logit_dog`` and ``p_dog, p_cat`` are cat and dog twice."""
    bare, other = without_prefix(first.names), without_prefix(one.names)
    for ours in (first.names, *bare):
        for theirs in (one.names, *other):
            if set(ours) == set(theirs) and len(set(ours)) == len(ours) == len(theirs):
                return tuple(one.names[theirs.index(name)] for name in ours)
    return one.names


def _overlap(first: Columns, one: Columns, shared: set[str]) -> SourceError:
    alone = [(c, x) for x, other in ((first, one), (one, first)) for c in x.names if c not in other.names]
    column, holder = alone[0]
    both = next(c for c in first.names if c in shared)
    return SourceError(
        f"{first.name} and {one.name} share the column {both!r}, but {column!r} is in {holder.name} alone.",
        f"choose the columns that belong together: {first.path}::COLUMN,... and {one.path}::COLUMN,...",
    )
