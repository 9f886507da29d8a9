"""Samples in order of their loss and of what they add to the sum, where they are too many to be kept."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.engine.buckets import WIDTH, Buckets, bucketed, least_of, merged, middles_of, names_of
from losscli.engine.ranked import Most, Samples
from losscli.engine.reduce import fsum

Floats = NDArray[np.float64]


class Pool(NamedTuple):
    """What is known of samples, all of finite losses.

    Attributes:
        adds: By what they add; beside it what they add to the denominator, unless that is alike for all.
        losses: By their loss; beside it what they add. None where that is the same.
        low: The smallest loss.
        high: The largest.
        lowering: How many add less than nothing.
        weight: What each adds to the denominator; None where that differs.
    """

    adds: Buckets
    losses: Buckets | None
    low: float
    high: float
    lowering: int
    weight: float | None

    def weighed(self) -> Buckets:
        """By what they add, with the sums of what they add to the denominator."""
        if self.weight is None:
            return self.adds
        return self.adds._replace(beside=[np.multiply(self.adds.counts, self.weight, dtype=np.float64)[None]])


class Known(NamedTuple):
    """The numbers of some buckets, which another pass kept: each once, with how many there are, or with its weight.

    Attributes:
        values: The numbers, in order; what is added falls, losses rise.
        counts: How many of each.
        weights: What they add to the denominator, all of one together.
    """

    values: Floats
    counts: NDArray[np.int64]
    weights: Floats


def pool_of(samples: Samples, ends: Sequence[tuple[float, float]] = ()) -> Pool:
    """Some samples.

    Args:
        samples: One at least, of finite losses.
        ends: The smallest and the largest of what they add and, where these are others, of their losses, if known.
    """
    adds, losses, weights = samples.adds, samples.losses, samples.weights
    of_adds, *of_losses = ends or [(float(x.min()), float(x.max())) for x in (adds, losses) if x is not None]
    by_adds = bucketed(adds, [weights] if isinstance(weights, np.ndarray) else [], of_adds)
    by_loss = None if losses is None else bucketed(losses, [adds], of_losses[0])
    lowering = int(np.count_nonzero(adds < 0)) if of_adds[0] < 0 else 0
    low, high = of_losses[0] if of_losses else of_adds
    return Pool(by_adds, by_loss, low, high, lowering, None if isinstance(weights, np.ndarray) else float(weights))


def pooled(parts: Sequence[Pool]) -> Pool:
    """All of them together."""
    by_loss = [part.losses for part in parts if part.losses is not None]
    weights = {part.weight for part in parts}
    alike = weights.pop() if len(weights) == 1 else None
    return Pool(
        merged([part.adds if alike is not None else part.weighed() for part in parts]),
        merged(by_loss) if by_loss else None,
        min(part.low for part in parts),
        max(part.high for part in parts),
        sum(part.lowering for part in parts),
        alike,
    )


class Pooled:
    """Finite losses of which buckets are known, and what another pass kept of some.

    Args:
        pool: The buckets.
        adds: What was kept of those by what is added, by their names.
        losses: The same of those by losses.

    Attributes:
        asked_adds: The buckets in which an answer lies that they do not tell, by what is added.
        asked_losses: The same by losses.
        known: The part of itself to which a loss is known without another pass.
    """

    known = WIDTH

    def __init__(
        self, pool: Pool, adds: Mapping[int, Known] | None = None, losses: Mapping[int, Known] | None = None
    ) -> None:
        by_loss = pool.losses or pool.adds
        self._pool, self._by_loss = pool, by_loss
        self._known_adds, self._known_losses = adds or {}, losses or {}
        self._counts = pool.adds.counts[::-1]
        self._sums = pool.adds.sums[::-1]
        self._weights = pool.adds.columns[0][::-1] if pool.weight is None else self._counts * pool.weight
        self._added = self._sums[::-1] if pool.losses is None else pool.losses.columns[0]
        self._means = by_loss.sums / by_loss.counts
        self._up_to, self._from = np.cumsum(by_loss.counts), np.cumsum(self._counts)
        self.asked_adds: set[int] = set()
        self.asked_losses: set[int] = set()

    def knowing(self, adds: Mapping[int, Known], losses: Mapping[int, Known]) -> Pooled:
        """The same with more buckets of which every number is known."""
        return Pooled(self._pool, {**self._known_adds, **adds}, {**self._known_losses, **losses})

    @property
    def exact(self) -> bool:
        """Whether no answer was estimated so far."""
        return not self.asked_adds and not self.asked_losses

    @property
    def samples(self) -> int:
        """How many there are."""
        return int(self._from[-1]) if len(self._from) else 0

    @property
    def total(self) -> float:
        """What all of them add."""
        return fsum(self._sums.tolist())

    @property
    def lowering(self) -> int:
        """How many add less than nothing."""
        return self._pool.lowering

    def quantiles(self, parts: Sequence[float]) -> list[float]:
        """The losses below which a part of the samples lies, linear between two of them."""
        found = []
        for part in parts:
            place = part * (self.samples - 1)
            first = math.floor(place)
            low, high = self._loss(first), self._loss(min(first + 1, self.samples - 1))
            found.append(low + (high - low) * (place - first) if place > first else low)
        return found

    def _loss(self, rank: int) -> float:
        """The loss so far from the smallest."""
        if rank == 0:
            return self._pool.low
        if rank == self.samples - 1:
            return self._pool.high
        at = int(np.searchsorted(self._up_to, rank, side="right"))
        name = int(self._by_loss.names[at])
        if self._alike(at):
            return float(self._means[at])
        if name in self._known_losses:
            known = self._known_losses[name]
            inside = rank - int(self._up_to[at] - self._by_loss.counts[at])
            return float(known.values[np.searchsorted(np.cumsum(known.counts), inside, side="right")])
        self.asked_losses.add(name)
        return min(max(self._middle(name), self._pool.low), self._pool.high)

    def _alike(self, at: int) -> bool:
        """Whether a bucket holds one number alone: there is one, or all are the smallest that it can hold."""
        if self._by_loss.counts[at] == 1:
            return True
        name = int(self._by_loss.names[at])
        return name >= 0 and bool(self._means[at] == least_of(np.array([name]))[0])

    @staticmethod
    def _middle(name: int) -> float:
        return float(middles_of(np.array([name]))[0])

    def most(self, count: int) -> Most:
        """The samples that add most."""
        at = int(np.searchsorted(self._from, count))
        before, mine = int(self._from[at] - self._counts[at]), int(self._counts[at])
        sums, rest = self._sums[:at].tolist(), count - before
        left, weights = self._sums[at + 1 :].tolist(), self._weights[at + 1 :].tolist()
        name = int(self._pool.adds.names[::-1][at])
        if name in self._known_adds:
            known = self._known_adds[name]
            last = int(np.searchsorted(np.cumsum(known.counts), rest))
            taken = np.array([*known.counts[:last], rest - int(known.counts[:last].sum())])
            others = known.counts.copy()
            others[: last + 1] -= taken
            adds, more = known.values[: last + 1] * taken, known.values * others
            weight = fsum([*weights, *(known.weights / known.counts * others)])
            return Most(float(known.values[last]), fsum([*sums, *adds]), fsum([*left, *more]), weight)
        part = rest / mine  # each is taken as the mean of its bucket
        if mine > 1:
            self.asked_adds.add(name)
        above = float(self._sums[at]) if mine == 1 else self._middle(name)
        mine_left = [self._sums[at] * (1.0 - part), self._weights[at] * (1.0 - part)]
        left, weight = (fsum([*some, of_mine]) for some, of_mine in zip((left, weights), mine_left, strict=True))
        return Most(above, fsum([*sums, self._sums[at] * part]), left, weight)

    def reaches(self, wanted: Sequence[int]) -> list[tuple[int, float, float]]:
        """Of rising numbers of samples that add most, the nearest to those wanted that buckets part from the others:
        how many, what each adds at least, and what all of them add."""
        after = np.minimum(np.searchsorted(self._from, wanted), len(self._from) - 1)
        before = np.maximum(after - 1, 0)
        nearer = np.abs(self._from[before] - wanted) < np.abs(self._from[after] - wanted)
        ends = sorted(set(np.where(nearer, before, after).tolist()))  # np.unique would import half of NumPy
        least = least_of(self._pool.adds.names[::-1][ends]).tolist()
        found, sums, start = [], list[float](), 0
        for end, above in zip(ends, least, strict=True):
            sums += self._sums[start : end + 1].tolist()
            found.append((int(self._from[end]), above, fsum(sums)))
            start = end + 1
        return found

    def reaching(self, sum_of: float) -> int:
        """The fewest samples that together add so much."""
        reached = np.cumsum(self._sums)
        at = min(int(np.searchsorted(reached, sum_of)), len(reached) - 1)
        before = int(self._from[at] - self._counts[at])
        left = sum_of - fsum(self._sums[:at].tolist())
        name = int(self._pool.adds.names[::-1][at])
        if name in self._known_adds:
            known = self._known_adds[name]
            inside = np.cumsum(known.values * known.counts)
            which = min(int(np.searchsorted(inside, left)), len(inside) - 1)
            earlier = float(inside[which] - known.values[which] * known.counts[which])
            some = math.ceil((left - earlier) / float(known.values[which]) - 1e-9)
            return min(self.samples, before + int(known.counts[:which].sum()) + max(1, some))
        mine = int(self._counts[at])
        if mine > 1:
            self.asked_adds.add(name)
        mean = float(self._sums[at]) / mine
        return before + min(mine, max(1, math.ceil(left / mean - 1e-9)))

    def edges(self, wanted: Sequence[float]) -> list[float]:
        """The edges between which samples can be told apart, nearest to those that are wanted."""
        names = names_of(np.array(wanted[1:-1]))
        low, high = least_of(names), least_of(names + 1)
        near = np.where(wanted[1:-1] - low <= high - wanted[1:-1], low, high).tolist()
        inner = dict.fromkeys(x for x in near if wanted[0] < x < wanted[-1])
        return [wanted[0], *inner, wanted[-1]]

    def between(self, edges: Sequence[float]) -> list[tuple[int, float]]:
        """How many losses lie from each edge to below the next, and what these samples add; the last bin has both."""
        at = np.searchsorted(least_of(self._by_loss.names), edges[1:-1], side="left")
        ends = [0, *at.tolist(), len(self._added)]
        counts, added = self._by_loss.counts, self._added
        return [(int(counts[a:b].sum()), fsum(added[a:b].tolist())) for a, b in itertools.pairwise(ends)]
