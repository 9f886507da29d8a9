"""Groups of samples, which share their values in the columns they are grouped by: their sums."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.engine.observers import Observer, Values
from losscli.engine.outcome import Group
from losscli.engine.reduce import counted, fsum, sums_by_row, terms_of

if TYPE_CHECKING:
    from losscli.engine.outcome import Ended
    from losscli.engine.rows import Block

Names = tuple[str, ...]
"""What a group is known by, in every process: its values in the columns."""


class GroupSums(NamedTuple):
    """A group's part of a sum, of what counts, and how many samples it has."""

    terms: list[float]
    counted: list[float]
    samples: int


class Groups(Observer[list[dict[Names, GroupSums]]]):
    """The sums of every loss for each group; none for a loss that is no sum."""

    def take(self, block: Block, losses: Sequence[Values]) -> list[dict[Names, GroupSums]]:
        parted = _Parted([block.used(column) for column in block.groups])
        return [parted.sums(*_each(one)) if one.values is not None else {} for one in losses]

    def merge(self, parts: Sequence[list[dict[Names, GroupSums]]]) -> list[dict[Names, GroupSums]]:
        return [_merged(each) for each in zip(*parts, strict=True)]

    def finish(self, part: list[dict[Names, GroupSums]], ended: Ended) -> None:
        for groups, outcome in zip(part, ended.outcomes, strict=True):
            found = [Group(n, fsum(g.terms), counted(g.counted), g.samples) for n, g in groups.items()]
            outcome.groups = sorted(found, key=lambda group: [_place(name) for name in group.names])


def _each(one: Values) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """The sum of each sample, and what counts of it."""
    assert one.values is not None and one.weighted is not None
    counts = one.weight
    if counts is None:
        counts = np.ones(one.values.shape, np.int64) if one.ignored is None else (~one.ignored).astype(np.int64)
    return sums_by_row(one.weighted), counts.sum(axis=1)


class _Parted:
    """The samples of a block, parted into groups."""

    def __init__(self, columns: list[NDArray[Any]]) -> None:
        rows = len(columns[0])
        keys = columns[0].tolist() if len(columns) == 1 else zip(*(c.tolist() for c in columns), strict=True)
        known: defaultdict[Any, int] = defaultdict(itertools.count().__next__)
        codes = np.fromiter((known[key] for key in keys), np.int64, rows)
        names = [key if isinstance(key, tuple) else (key,) for key in known]
        self._order = np.argsort(codes, kind="stable")
        ordered = codes[self._order]
        self._starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if rows else ordered
        self._names = [names[code] for code in ordered[self._starts].tolist()]
        self._samples = np.diff(np.r_[self._starts, rows]).tolist()

    def sums(self, values: NDArray[np.float64], counts: NDArray[Any]) -> dict[Names, GroupSums]:
        """The sums of each group of what holds one number a sample."""
        if not self._names:
            return {}
        ordered = values[self._order]
        sums, counted = (np.add.reduceat(x, self._starts) for x in (ordered, counts[self._order]))
        terms = [[total] for total in sums.tolist()]
        for group in np.flatnonzero(~np.isfinite(sums)):
            first = self._starts[group]
            terms[group] = terms_of(ordered[first : first + self._samples[group]])
        each = zip(self._names, terms, counted.tolist(), self._samples, strict=True)
        return {names: GroupSums(mine, [count], samples) for names, mine, count, samples in each}


def _merged(parts: Sequence[dict[Names, GroupSums]]) -> dict[Names, GroupSums]:
    found: dict[Names, list[GroupSums]] = {}
    for part in parts:
        for names, sums in part.items():
            found.setdefault(names, []).append(sums)
    return {names: _added(each) for names, each in found.items()}


def _added(parts: list[GroupSums]) -> GroupSums:
    terms, counts = [t for p in parts for t in p.terms], [c for p in parts for c in p.counted]
    return GroupSums(terms, counts, sum(p.samples for p in parts))


def _place(name: str) -> tuple[int, float, str]:
    """What is empty first, then numbers in their order, then words in theirs."""
    try:
        number = float(name)
    except ValueError:
        number = math.nan
    return (1, number, name) if math.isfinite(number) else (2 if name else 0, 0.0, name)
