"""Samples that are drawn anew: each as it is while they are few, and in random groups when they are not."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.engine.intervals import ALL, Drawn, Made, Maker, Way, merged
from losscli.engine.intervals.ends import fractions
from losscli.engine.intervals.samples import Samples, Units, places, units_of
from losscli.stats.resample import GROUPS, groups_of

if TYPE_CHECKING:
    from losscli.engine.observers import Values
    from losscli.engine.outcome import Ended, Outcome
    from losscli.engine.parted import Names, Parted
    from losscli.engine.rows import Block


class Few(NamedTuple):
    """Some units: what each adds to numerator and denominator, and its index."""

    a: NDArray[np.float64]
    w: NDArray[np.float64]
    at: NDArray[np.int64]


class Taken(NamedTuple):
    """What is taken of a block; what is to be drawn from is delivered, and the sums are merged.

    Attributes:
        start: The first sample of the block.
        rows: How many there are.
        sums: Their sums, by group.
        drawn: Units or, where they are many, sums of random groups of them, by group.
    """

    start: int
    rows: int
    sums: Units
    drawn: dict[Names, Few | Drawn]


class DrawnSamples(Way[Taken, Made]):
    """Samples that are units, and are kept to be drawn from.

    They are put together in the order of their blocks, whichever comes first: sums of groups are rounded on the way.
    """

    def __init__(self, ends: Maker[Made]) -> None:
        self._ends, self._samples = ends, Samples(ends)
        self._pools: dict[Names, Pool] = {}
        self._early: dict[int, Taken] = {}
        self._next = 0
        self._lock: Any = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_pools": {}, "_early": {}, "_lock": None}  # they are put together in one process

    def take(self, block: Block, one: Values, parted: Parted | None) -> Taken:
        a, w = units_of(one, self._ends.total)
        at = places(block)
        index = at if isinstance(at, np.ndarray) else np.arange(at, at + len(a))
        every = Few(a, w if isinstance(w, np.ndarray) else np.full(len(a), w), index)
        drawn: dict[Names, Few | Drawn] = {ALL: _foldable(every)}
        if parted is not None:
            ends = [*parted.starts[1:].tolist(), len(a)]
            for names, start, stop in zip(parted.names, parted.starts.tolist(), ends, strict=True):
                mine = parted.order[start:stop]
                drawn[names] = _foldable(Few(every.a[mine], every.w[mine], every.at[mine]))
        return Taken(block.start, block.rows, self._samples.sums(a, w, at, parted), drawn)

    def deliver(self, taken: Taken) -> Taken:
        """Put what is to be drawn from in its place; the sums are left."""
        with self._lock:
            self._early[taken.start] = taken
            while (ready := self._early.pop(self._next, None)) is not None:
                self._next += ready.rows
                for names, units in ready.drawn.items():
                    self._pools.setdefault(names, Pool()).add(units)
        return taken._replace(drawn={})

    def merge(self, parts: Sequence[Taken]) -> Taken:
        rows = sum(part.rows for part in parts)
        return Taken(parts[0].start, rows, merged([part.sums for part in parts]), {})

    def finish(self, part: Taken, ended: Ended, outcome: Outcome) -> Mapping[Names, Made]:
        known, found = fractions(outcome), {}
        for names, sums in part.sums.items():
            found[names] = self._ends.of(outcome.job, known[names], sums, self._pools[names].units())
        return found


class Pool:
    """What is drawn from: units while they are few, then sums of groups."""

    def __init__(self) -> None:
        self._few: list[Few] = []
        self._count = 0
        self._folded: Drawn | None = None

    def add(self, units: Few | Drawn) -> None:
        """Take in the units of the next block."""
        if isinstance(units, Few) and self._folded is None and self._count + len(units.a) <= GROUPS:
            self._few.append(units)
            self._count += len(units.a)
            return
        if self._folded is None:
            self._folded = (np.zeros(GROUPS), np.zeros(GROUPS))
            for earlier in self._few:
                self._fold(earlier)
        self._fold(units)

    def _fold(self, units: Few | Drawn) -> None:
        assert self._folded is not None
        for total, part in zip(self._folded, _folded(units) if isinstance(units, Few) else units, strict=True):
            total += part

    def units(self) -> Drawn:
        """All units that count, or their groups."""
        a, w = self._folded or (np.concatenate([units[i] for units in self._few]) for i in (0, 1))
        return a[w > 0], w[w > 0]


def _foldable(units: Few) -> Few | Drawn:
    # The engine takes back what it showed; few units are kept.
    return _folded(units) if len(units.a) > GROUPS else Few(units.a.copy(), units.w.copy(), units.at)


def _folded(units: Few) -> Drawn:
    code = groups_of(units.at)
    return _summed(code, units.a), _summed(code, units.w)


def _summed(code: NDArray[np.int64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.bincount(code, x, GROUPS).astype(np.float64, copy=False)
