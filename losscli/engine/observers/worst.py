"""The share of a loss that its worst samples hold: of so many of a hundred, the largest contributions to the sum."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.data.source import UNKNOWN_ROWS
from losscli.engine.observers import ByLoss, Values
from losscli.engine.reduce import fsum

if TYPE_CHECKING:
    from losscli.engine.outcome import Ended
    from losscli.engine.plan import Plan
    from losscli.engine.reduce import Sums
    from losscli.engine.rows import Block

OBSERVED = "worst"
"""Where it leaves what it found: a :class:`Worst`, or None where there is no telling."""
_AT_LEAST = 1 << 14
"""Contributions that are kept of each loss at any rate: enough for a million and a half samples, where nothing tells
how many there will be.
"""
_LONGER = 2
"""Times as long as it was estimated that a stream may turn out; beyond, its worst samples are not all known."""


class Worst(NamedTuple):
    """The worst samples of a loss.

    Attributes:
        samples: How many they are.
        above: The smallest contribution among them.
        share: Their share of the sum.
    """

    samples: int
    above: float
    share: float


class _Part(NamedTuple):
    """The samples of some blocks.

    Attributes:
        counted: How many have a loss.
        lowers: Whether one lowers the sum, so that there are no shares of it.
        largest: The contributions that may be among the largest.
        tile: Where blocks are pieces of samples, which sample this one belongs to; else -1.
    """

    counted: int
    lowers: bool
    largest: NDArray[np.float64]
    tile: int = -1


_NOTHING = np.empty(0)


class _Pool:
    """The largest contributions to one loss so far; which they are does not depend on the order they come in."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._parts: list[NDArray[np.float64]] = []
        self._held = 0
        self._tiles: dict[int, list[float]] = {}
        self.least = -math.inf

    def picked(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """A copy of those that may be among the largest."""
        return self._best(values[values >= self.least])

    def _best(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        if len(values) <= self._room:
            return values
        return np.partition(values, len(values) - self._room)[len(values) - self._room :].copy()

    def put(self, part: _Part) -> None:
        if part.tile >= 0:
            self._tiles.setdefault(part.tile, []).extend(part.largest.tolist())
            return
        self._parts.append(part.largest)
        self._held += len(part.largest)
        if self._held > 2 * self._room:
            kept = self._best(np.concatenate(self._parts))
            self._parts, self._held = [kept], len(kept)
            self.least = float(kept.min())

    def largest(self, count: int) -> NDArray[np.float64]:
        """So many of the largest, smallest first; fewer where no more are known."""
        tiled = np.array([fsum(pieces) for pieces in self._tiles.values()])
        every = np.sort(np.concatenate([*self._parts, tiled]))
        return every[max(0, len(every) - count) :]

    @property
    def samples(self) -> int:
        """How many samples came in pieces."""
        return len(self._tiles)


class WorstShare(ByLoss[_Part]):
    """Finds the share of each loss that its worst samples hold; a sample's contribution is what it adds to the sum.

    It keeps that share of the samples in memory, 16 bytes each at most, for each loss.

    Args:
        part: Which part of the samples, above 0 and up to 1.
    """

    def __init__(self, part: float = 0.01) -> None:
        self._part = part
        self._pools: list[_Pool] = []
        self._cut = 0
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        return WorstShare, (self._part,)  # what is gathered stays with the one that asked

    def begin(self, plan: Plan) -> None:
        expected = max((source.expected_rows or 0 for source in plan.sources), default=0) * _LONGER
        samples = plan.samples if plan.samples < UNKNOWN_ROWS else expected
        self._pools = [_Pool(max(self._worst_of(samples), _AT_LEAST)) for _ in plan.jobs]
        self._cut = plan.cut

    def _worst_of(self, samples: int) -> int:
        return math.ceil(self._part * samples - 1e-9)  # 1 % of 700 are 7, whatever 0.01 * 700 is

    def of(self, block: Block, number: int, one: Values) -> _Part:
        if one.weighted is None:
            return _Part(0, True, _NOTHING)
        each = np.add.reduce(one.weighted, axis=1, dtype=np.float64)
        if self._cut:
            there = one.ignored is None or not one.ignored.all()
            whole = np.array([fsum(each.tolist())]) if there else _NOTHING
            return _Part(0, bool(each.size and each.min() < 0), whole, block.start // self._cut)
        if one.ignored is not None:
            each = each[~one.ignored.all(axis=1)]
        lowers = bool(each.size and each.min() < 0)
        return _Part(len(each), lowers, self._pools[number].picked(each))

    def deliver(self, part: list[_Part]) -> list[_Part]:
        with self._lock:
            for each, pool in zip(part, self._pools, strict=True):
                pool.put(each)
        return [each._replace(largest=_NOTHING) for each in part]

    def merge(self, parts: Sequence[list[_Part]]) -> list[_Part]:
        each = zip(*parts, strict=True)
        return [_Part(sum(p.counted for p in ps), any(p.lowers for p in ps), _NOTHING) for ps in each]

    def finish(self, part: list[_Part], ended: Ended) -> None:
        for each, pool, outcome in zip(part, self._pools, ended.outcomes, strict=True):
            outcome.observed[OBSERVED] = self._found(each, pool, outcome.sums)

    def _found(self, part: _Part, pool: _Pool, sums: Sums) -> Worst | None:
        wanted = self._worst_of(part.counted or pool.samples)
        if part.lowers or not wanted or not 0 < sums.numerator < math.inf:
            return None
        largest = pool.largest(wanted)
        if len(largest) < wanted:  # a stream turned out longer than was thought
            return None
        return Worst(wanted, float(largest[0]), float(np.add.reduce(largest)) / sums.numerator)
