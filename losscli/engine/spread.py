"""How sizes spread over samples: all of them while they are few, then how many lie in each bucket, and their sums."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.engine.buckets import LESS, Buckets, bucketed
from losscli.engine.buckets import merged as together
from losscli.engine.reduce import fsum

EXACT = 1 << 22
"""So many sizes are kept as they are: 32 MiB."""
_LESS = 2.0**-LESS
"""What sizes are multiplied by whose sum passes the largest float."""
Floats = NDArray[np.float64]


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
            sizes, total, _ = _added(falling, falling * _LESS)
            return [fsum(sizes[:count]) / total if total else 0.0 for count in counts]
        each = self.buckets.counts[::-1]
        sums, total, _ = _added(self.buckets.sums[::-1], self.buckets.lessened[::-1])
        before = np.cumsum(each) - each
        # Of a bucket that is parted, each size is taken as its mean.
        shares = [np.clip((count - before) / each, 0.0, 1.0) for count in counts]
        return [fsum((np.array(sums) * share).tolist()) / total if total else 0.0 for share in shares]

    def parts(self, sizes: Sequence[float]) -> list[float | None]:
        """What single sizes have in the sum of all that are finite; None of what is not."""
        if self.buckets is None:
            every = self.every
            every = every[np.isfinite(every)]
            _, total, unit = _added(every, every * _LESS)
        else:
            _, total, unit = _added(self.buckets.sums, self.buckets.lessened)
        return [(size * unit / total if total else 0.0) if math.isfinite(size) else None for size in sizes]


def _added(sums: Floats, lessened: Floats) -> tuple[list[float], float, float]:
    """Numbers that add up to a float, their sum, and what they are multiplied by: the second where the first do not."""
    first = sums.tolist()
    total = fsum(first)
    if math.isfinite(total):
        return first, total, 1.0
    first = lessened.tolist()
    return first, fsum(first), _LESS


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
    known = [part.buckets for part in parts if part.buckets is not None]
    if kept or (not known and sum(map(len, sizes)) <= EXACT):
        return Spread(sizes, None, odd, kept)
    return Spread((), together([*known, *map(_bucketed, sizes)]), odd)


def _bucketed(sizes: NDArray[np.float64]) -> Buckets:
    good = (sizes >= 0) & (sizes < math.inf)
    return bucketed(sizes if good.all() else sizes[good])
