"""The samples of each group with the largest losses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from losscli.engine.observers import Observer, Values
from losscli.engine.observers.groups import place_of
from losscli.engine.observers.per_sample import attach, with_told
from losscli.engine.parted import Names, Parted
from losscli.engine.samples import Samples, columns_of, joined

if TYPE_CHECKING:
    from losscli.engine.outcome import Ended
    from losscli.engine.rows import Block

ByGroup = dict[Names, Samples]


class WorstOfGroups(Observer[ByGroup]):
    """Keeps so many samples of each group, in order of loss.

    Args:
        top: How many.
        reduction: How a sample's units become its loss.
        key: The loss that decides.
        base: The number of the first class.
    """

    def __init__(self, top: int, reduction: str, key: int, base: int) -> None:
        self._top, self._reduction, self._key, self._base = top, reduction, key, base
        self._least: dict[Names, float] = {}  # whatever is known of it, what comes out is the same

    def take(self, block: Block, losses: Sequence[Values]) -> ByGroup:
        if not block.count:
            return {}
        values, status = columns_of(block, losses, self._reduction)
        used = block.samples - block.start
        parted = block.parted
        least = np.array([self._least.get(names, -math.inf) for names in parted.names])
        at, codes = largest_of_groups(values[self._key][used], parted.codes, self._top, least)
        if not len(at):
            return {}
        rows = used[at]
        found = Samples(rows + block.start, values[:, rows], status[:, rows], [text[rows] for text in block.texts])
        return self._parted(with_told(found, block, losses[self._key], self._base), codes, parted.names)

    def _parted(self, samples: Samples, codes: NDArray[np.int64], names: list[Names]) -> ByGroup:
        """Samples in order of their groups' codes, by group."""
        which, starts = np.unique(codes, return_index=True)
        ends = [*starts[1:].tolist(), len(codes)]
        parts = zip(which.tolist(), starts.tolist(), ends, strict=True)
        return {names[code]: self._learned(names[code], samples.picked(slice(a, b))) for code, a, b in parts}

    def _learned(self, names: Names, samples: Samples) -> Samples:
        if len(samples.at) >= self._top:
            least = float(samples.values[self._key, self._top - 1])
            self._least[names] = max(self._least.get(names, -math.inf), least)
        return samples

    def merge(self, parts: Sequence[ByGroup]) -> ByGroup:
        found: dict[Names, list[Samples]] = {}
        for part in parts:
            for names, samples in part.items():
                found.setdefault(names, []).append(samples)
        return {names: self._merged(names, each) for names, each in found.items()}

    def _merged(self, names: Names, parts: list[Samples]) -> Samples:
        every = joined(parts)
        return every if len(every.at) <= 2 * self._top else self._learned(names, self._largest(every))

    def _largest(self, samples: Samples) -> Samples:
        return samples.picked(np.lexsort((samples.at, -samples.values[self._key]))[: self._top])

    def finish(self, part: ByGroup, ended: Ended) -> None:
        order = sorted(part, key=lambda names: [place_of(name) for name in names])
        attach(ended, joined([self._largest(part[names]) for names in order]) if order else None)


def largest_of_groups(
    column: NDArray[np.float64], codes: NDArray[np.int64], top: int, least: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the largest values of each group are, and its code, by group and then the largest first; of equals the
    first, and NaN nowhere.

    Args:
        column: The values.
        codes: The group of each.
        top: How many of each group.
        least: By group, what is not large enough where it is less.
    """
    at = np.flatnonzero(column >= least[codes])
    at = at[np.lexsort((at, -column[at], codes[at]))]
    mine = codes[at]
    kept = np.arange(len(at)) - np.searchsorted(mine, mine) < top
    return at[kept], mine[kept]


def select_of_groups(samples: Samples, groups: list[NDArray[Any]], key: int, top: int) -> Samples:
    """The largest of each group among all samples.

    Args:
        samples: The samples.
        groups: The columns whose values part them.
        key: The loss that decides.
        top: How many of each group.
    """
    parted = Parted(groups)
    places = sorted(range(len(parted.names)), key=lambda i: [place_of(name) for name in parted.names[i]])
    rank = np.empty(len(places), np.int64)
    rank[places] = np.arange(len(places))
    nothing = np.full(len(places), -math.inf)
    return samples.picked(largest_of_groups(samples.values[key], rank[parted.codes], top, nothing)[0])
