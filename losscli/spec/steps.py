"""How one unit of a loss is worked out: lines of arithmetic with the numbers put in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from losscli.records import NamedTuple

Words = tuple[str | float, ...]
"""A piece of text of which the numbers are still numbers, so that whoever shows them rounds them."""
VALUE = "ℓ"
"""What the last step is called."""


class Step(NamedTuple):
    """One line: ``name = how = value``."""

    name: str
    how: Words
    value: float


class Grid(NamedTuple):
    """A table that the steps rest on, such as one row a class.

    Attributes:
        header: The columns.
        rows: What stands in them; the first names the row.
        marked: The row that matters most, or -1.
        bars: The column of shares that is drawn beside its numbers, or -1.
        total: What all rows come to, where not all are shown.
    """

    header: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    marked: int = -1
    bars: int = -1
    total: Words = ()


class Entry(NamedTuple):
    """The entry of an input whose gradient says most: its place in the unit's part of the input, and its name."""

    of: str
    at: int
    name: str


class Steps(NamedTuple):
    """How one unit is worked out.

    Attributes:
        lines: The steps; the last is the unit's value.
        facts: What the unit is like, such as the part of the loss that it lies in.
        grid: What the steps rest on, or None.
        entry: Whose gradient to tell, where an input has several entries a unit.
        notes: What there is to compare with.
    """

    lines: Sequence[Step]
    facts: Sequence[Words] = ()
    grid: Grid | None = None
    entry: Entry | None = None
    notes: Sequence[Words] = ()

    @property
    def value(self) -> float:
        """The unit's value as the steps have it."""
        return self.lines[-1].value


def weighted(lines: Iterable[Step], how: Words, value: float, weight: Any, name: str = "w") -> list[Step]:
    """The lines, and a last one for the value, which is multiplied by a weight if there is one."""
    if weight is None:
        return [*lines, Step(VALUE, how, value)]
    weight = float(weight)
    unweighted = Step(f"{VALUE} before {name}", how, value)
    return [*lines, unweighted, Step(VALUE, (f"{name} · that = ", weight, " · ", value), weight * value)]
