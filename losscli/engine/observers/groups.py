"""Groups of samples, which share their values in the columns they are grouped by: their sums."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.engine.observers import Observer, Values
from losscli.engine.outcome import Group
from losscli.engine.parted import Names, Parted
from losscli.engine.reduce import counted, fsum, terms_of
from losscli.engine.samples import fraction

if TYPE_CHECKING:
    from losscli.engine.outcome import Ended
    from losscli.engine.rows import Block


class GroupSums(NamedTuple):
    """A group's part of a sum, of what counts, and how many samples it has."""

    terms: list[float]
    counted: list[float]
    samples: int


class Groups(Observer[list[dict[Names, GroupSums]]]):
    """The sums of every loss for each group; none for a loss that is no sum."""

    def take(self, block: Block, losses: Sequence[Values]) -> list[dict[Names, GroupSums]]:
        parted = block.parted
        return [sums_by_group(parted, *fraction(one)) if one.values is not None else {} for one in losses]

    def merge(self, parts: Sequence[list[dict[Names, GroupSums]]]) -> list[dict[Names, GroupSums]]:
        return [merged_groups(each) for each in zip(*parts, strict=True)]

    def finish(self, part: list[dict[Names, GroupSums]], ended: Ended) -> None:
        for groups, outcome in zip(part, ended.outcomes, strict=True):
            found = [Group(n, fsum(g.terms), counted(g.counted), g.samples) for n, g in groups.items()]
            outcome.groups = sorted(found, key=lambda group: [place_of(name) for name in group.names])


def sums_by_group(parted: Parted, values: NDArray[np.float64], counts: NDArray[Any] | int) -> dict[Names, GroupSums]:
    """The sums of each group of what holds one number a sample."""
    if not parted.names:
        return {}
    each = counts if isinstance(counts, np.ndarray) else np.full(len(values), counts)
    ordered = values[parted.order]
    sums, counted = (np.add.reduceat(x, parted.starts) for x in (ordered, each[parted.order]))
    terms = [[total] for total in sums.tolist()]
    for group in np.flatnonzero(~np.isfinite(sums)):
        first = parted.starts[group]
        terms[group] = terms_of(ordered[first : first + parted.samples[group]])
    found = zip(parted.names, terms, counted.tolist(), parted.samples, strict=True)
    return {names: GroupSums(mine, [count], samples) for names, mine, count, samples in found}


def merged_groups(parts: Sequence[dict[Names, GroupSums]]) -> dict[Names, GroupSums]:
    """The sums of groups of several parts together."""
    found: dict[Names, list[GroupSums]] = {}
    for part in parts:
        for names, sums in part.items():
            found.setdefault(names, []).append(sums)
    return {names: _added(each) for names, each in found.items()}


def _added(parts: list[GroupSums]) -> GroupSums:
    terms, counts = [t for p in parts for t in p.terms], [c for p in parts for c in p.counted]
    return GroupSums(terms, counts, sum(p.samples for p in parts))


def place_of(name: str) -> tuple[int, float, str]:
    """What is empty first, then numbers in their order, then words in theirs."""
    try:
        number = float(name)
    except ValueError:
        number = math.nan
    return (1, number, name) if math.isfinite(number) else (2 if name else 0, 0.0, name)
