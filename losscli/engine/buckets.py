"""How numbers spread, in little memory: how many lie in each bucket, and the sums of columns beside them.

A bucket holds the numbers with the same sign, exponent and first 7 bits after the point: it is 0.8 % wide at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.engine.exact import Expansion, grown, rounded

Floats = NDArray[np.float64]
Names = NDArray[np.int64]
_SHIFT = 45
"""Bits of a float64 below those that name its bucket."""
WIDTH = 2.0 ** (_SHIFT - 52)
"""How wide a bucket is at most, as a part of its numbers."""


class Buckets(NamedTuple):
    """Some numbers; any grouping of parts, in any order, comes to the same.

    Attributes:
        names: The buckets that hold any, from the smallest numbers to the largest.
        counts: How many each holds.
        sums: The sums of each column, as an expansion of arrays (columns, buckets).
    """

    names: Names
    counts: NDArray[np.int64]
    sums: Expansion

    @property
    def totals(self) -> Floats:
        """The sums, rounded once."""
        return rounded(self.sums)


def names_of(values: Floats) -> Names:
    """The bucket of each number; they are in the order of the numbers."""
    bits = np.ascontiguousarray(values, np.float64).view(np.int64)
    if not len(bits) or int(bits.min()) >= 0:
        return np.asarray(bits >> _SHIFT)
    bits = (values + 0.0).view(np.int64)  # -0 lies with 0
    size = (bits & np.int64(2**63 - 1)) >> _SHIFT
    return np.where(bits >= 0, size, -1 - size)


def least_of(names: Names) -> Floats:
    """The smallest number that a bucket can hold."""
    sizes = np.where(names >= 0, names, -names) << _SHIFT
    found = sizes.astype(np.int64).view(np.float64)
    # A negative bucket reaches from its own size up to below the next one's.
    return np.where(names >= 0, found, -np.nextafter(found, 0.0))


def middles_of(names: Names) -> Floats:
    """The number from which none of a bucket is further away than 0.4 %."""
    low = least_of(names)
    return np.asarray(low + (least_of(names + 1) - low) / 2)


def bucketed(values: Floats, columns: Sequence[Floats]) -> Buckets:
    """The buckets of some numbers, with the sums of columns beside them."""
    names = names_of(values)
    if not len(names):
        return Buckets(names, names, [np.zeros((len(columns), 0))])
    first = int(names.min())
    names -= first
    counts = np.bincount(names)
    used = np.flatnonzero(counts)
    sums = np.stack([np.bincount(names, column)[used].astype(np.float64) for column in columns])
    return Buckets(used + first, counts[used].astype(np.int64), [sums])


def merged(parts: Sequence[Buckets]) -> Buckets:
    """All of them together."""
    if len(parts) == 1:
        return parts[0]
    names = np.unique(np.concatenate([part.names for part in parts]))
    counts = np.zeros(len(names), np.int64)
    sums: Expansion = []
    for part in parts:
        at = np.searchsorted(names, part.names)
        counts[at] += part.counts
        sums = grown(sums, (_placed(one, at, len(names)) for one in part.sums))
    return Buckets(names, counts, sums)


def _placed(sums: Floats, at: NDArray[np.intp], size: int) -> Floats:
    found = np.zeros((len(sums), size))
    found[:, at] = sums
    return found
