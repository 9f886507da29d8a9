"""How sizes spread over samples: all of them while they are few, then how many lie in each bucket, and their sums."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.engine.reduce import fsum

EXACT = 1 << 22
"""So many sizes are kept as they are: 32 MiB."""
_SHIFT, _LOW = np.uint64(45), np.uint64((1 << 26) - 1)
"""A bucket is named by the exponent of its sizes and the first 7 bits after the point: it is 0.8 % wide."""
_MANTISSA, _LEADING = np.uint64((1 << 52) - 1), np.uint64(1 << 52)


class Buckets(NamedTuple):
    """How many sizes lie in each bucket, and the sum of their 53-bit whole parts, in two halves that add up exactly."""

    names: NDArray[np.int64]
    counts: NDArray[np.int64]
    high: NDArray[np.int64]
    low: NDArray[np.int64]

    @property
    def sums(self) -> NDArray[np.float64]:
        """The sum of the sizes in each bucket."""
        exponent = np.maximum(self.names >> 7, 1)
        with np.errstate(over="ignore"):  # past the largest float is infinite
            return np.asarray(np.ldexp(self.high * 2.0**26 + self.low, exponent - 1075))


class Spread(NamedTuple):
    """Sizes, none of them negative; any grouping of parts comes to the same.

    Attributes:
        sizes: All of them, in their order, while there are no more than :data:`EXACT`.
        buckets: What is known of more.
        odd: Whether one was negative or not finite, which then has no part in it.
        kept: Whether all are kept, however many.
    """

    sizes: tuple[NDArray[np.float64], ...] = ()
    buckets: Buckets | None = None
    odd: bool = False
    kept: bool = False

    @property
    def exact(self) -> bool:
        """Whether every size is known."""
        return self.buckets is None

    @property
    def size(self) -> int:
        """How many there are; without those that are odd, where buckets are all that is known."""
        return sum(map(len, self.sizes)) if self.buckets is None else int(self.buckets.counts.sum())

    @property
    def every(self) -> NDArray[np.float64]:
        """All sizes in their order."""
        return np.concatenate(self.sizes) if self.sizes else np.empty(0)

    def largest(self, counts: Sequence[int]) -> list[float]:
        """What so many of the largest have in the sum of all."""
        if self.buckets is None:
            every = self.every
            falling = np.sort(every[np.isfinite(every)])[::-1]
            total = math.fsum(falling)
            return [math.fsum(falling[:count]) / total if total else 0.0 for count in counts]
        each, sums = self.buckets.counts[::-1], self.buckets.sums[::-1]
        total, before = fsum(sums.tolist()), np.cumsum(each) - each
        # Of a bucket that is parted, each size is taken as its mean.
        shares = [np.clip((count - before) / each, 0.0, 1.0) for count in counts]
        return [fsum((sums * share).tolist()) / total if total else 0.0 for share in shares]

    @property
    def total(self) -> float:
        """The sum of all that are finite."""
        if self.buckets is not None:
            return fsum(self.buckets.sums.tolist())
        return math.fsum(x for part in self.sizes for x in part[np.isfinite(part)].tolist())


def spread_of(sizes: NDArray[np.float64], kept: bool = False, many: bool = False) -> Spread:
    """The spread of some sizes.

    Args:
        sizes: The sizes.
        kept: Whether all are to be kept, however many.
        many: Whether they are some of more than :data:`EXACT`.
    """
    odd = bool(len(sizes)) and not (float(sizes.min()) >= 0 and float(sizes.max()) < math.inf)
    if many and not kept:
        return Spread((), _bucketed(sizes), odd)
    return Spread((sizes,), None, odd, kept)


def merged(parts: Sequence[Spread]) -> Spread:
    """All as one, in their order."""
    sizes = tuple(x for part in parts for x in part.sizes)
    odd, kept = any(part.odd for part in parts), any(part.kept for part in parts)
    bucketed = [part.buckets for part in parts if part.buckets is not None]
    if kept or (not bucketed and sum(map(len, sizes)) <= EXACT):
        return Spread(sizes, None, odd, kept)
    return Spread((), _together([*bucketed, *map(_bucketed, sizes)]), odd)


def _bucketed(sizes: NDArray[np.float64]) -> Buckets:
    good = np.ascontiguousarray(sizes[(sizes >= 0) & (sizes < math.inf)])
    bits = good.view(np.uint64)
    names = (bits >> _SHIFT).astype(np.int64)
    whole = np.where(names >> 7 > 0, bits & _MANTISSA | _LEADING, bits & _MANTISSA)
    # Sums of whole numbers below 2⁵³ are exact in float64, in which bincount adds.
    counts = np.bincount(names)
    low, high = (np.bincount(names, part.astype(np.float64)) for part in (whole & _LOW, whole >> np.uint64(26)))
    used = np.flatnonzero(counts)
    return Buckets(used, counts[used], high[used].astype(np.int64), low[used].astype(np.int64))


def _together(parts: Sequence[Buckets]) -> Buckets:
    names, at = np.unique(np.concatenate([part.names for part in parts]), return_inverse=True)
    sums = [np.zeros(len(names), np.int64) for _ in range(3)]
    for i, total in enumerate(sums):
        np.add.at(total, at, np.concatenate([part[i + 1] for part in parts]))
    return Buckets(names, *sums)
