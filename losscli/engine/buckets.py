"""How numbers spread, in little memory: how many lie in each bucket, their sums, and those of columns beside them.

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
_BITS = 7
"""Bits after the point that name a bucket."""
_SHIFT = 52 - _BITS
"""Bits of a float64 below those that name its bucket."""
WIDTH = 2.0**-_BITS
"""How wide a bucket is at most, as a part of its numbers."""
_HALF = 2.0**26
"""Sums are kept in two whole numbers, of so many units and of one."""
_HUGE, LESS = 900, 64
"""From which power of two on numbers are added up as so many powers smaller ones: their sum passes no largest float."""


class Buckets(NamedTuple):
    """Some numbers, all of them finite; any grouping of parts, in any order, comes to the same.

    Attributes:
        names: The buckets that hold any, from the smallest numbers to the largest.
        counts: How many each holds.
        high: Their sum in units of the last bit of a number there: how many times 2^26 of them.
        low: And how many more.
        beside: The sums of columns beside them, as an expansion of arrays (columns, buckets); empty without columns.
    """

    names: Names
    counts: NDArray[np.int64]
    high: NDArray[np.int64]
    low: NDArray[np.int64]
    beside: Expansion

    @property
    def sums(self) -> Floats:
        """The sums of the numbers."""
        with np.errstate(over="ignore"):  # past the largest float is infinite
            return np.asarray(np.ldexp(self.high * _HALF + self.low, _units(self.names)))

    @property
    def lessened(self) -> Floats:
        """The same, :data:`LESS` powers of two smaller: none passes the largest float."""
        return np.asarray(np.ldexp(self.high * _HALF + self.low, _units(self.names) - LESS))

    @property
    def columns(self) -> Floats:
        """The sums of the columns beside them, rounded once."""
        return rounded(self.beside)


def names_of(values: Floats, low: float | None = None) -> Names:
    """The bucket of each number; they are in the order of the numbers.

    Args:
        values: The numbers.
        low: The smallest of them, if that is known.
    """
    if not len(values):
        return np.empty(0, np.int64)
    low = float(values.min()) if low is None else low
    if low > 0:
        return np.asarray(np.ascontiguousarray(values, np.float64).view(np.int64) >> _SHIFT)
    bits = (values + 0.0).view(np.int64)  # -0 lies with 0
    if low == 0:
        return np.asarray(bits >> _SHIFT)
    size = (bits & np.int64(2**63 - 1)) >> _SHIFT
    return np.where(bits >= 0, size, -1 - size)


def _exponents(names: Names) -> NDArray[np.int64]:
    """The exponents in the bits of the numbers of buckets in their order; 1 where no leading bit is implied, too."""
    sizes = names if not len(names) or names[0] >= 0 else np.where(names >= 0, names, -1 - names)
    return np.asarray(np.maximum(sizes >> _BITS, 1), np.int64)


def _units(names: Names) -> NDArray[np.int64]:
    """Which power of two the last bit of their numbers is."""
    return _exponents(names) - 1075


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


def bucketed(values: Floats, columns: Sequence[Floats] = (), ends: tuple[float, float] | None = None) -> Buckets:
    """The buckets of some numbers.

    Args:
        values: The numbers, finite.
        columns: What stands beside them, to be summed by bucket, too.
        ends: The smallest and the largest number, if these are known.
    """
    if not len(values):
        nothing = np.empty(0, np.int64)
        return Buckets(nothing, nothing, nothing, nothing, [np.zeros((len(columns), 0))] if columns else [])
    low, high = ends or (float(values.min()), float(values.max()))
    names = names_of(values, low)
    first = int(names_of(np.array([low]))[0])
    names -= first
    counts = np.bincount(names)
    used = np.flatnonzero(counts)
    huge = max(-low, high) >= 2.0**_HUGE
    summed = [np.bincount(names, x)[used].astype(np.float64, copy=False) for x in columns]
    sums = np.bincount(names, _lessened(values) if huge else values)[used].astype(np.float64, copy=False)
    high_units, low_units = _in_units(used + first, sums)
    return Buckets(used + first, counts[used], high_units, low_units, [np.stack(summed)] if summed else [])


def _lessened(values: Floats) -> Floats:
    return np.where(np.abs(values) >= 2.0**_HUGE, values * 2.0**-LESS, values)


def _in_units(names: Names, sums: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sums in units, of 2^26 and of one; each sum is a whole number of these."""
    powers = -_units(names)
    if powers.min() <= 52 - _HUGE:
        powers[powers <= 52 - _HUGE] += LESS
    units = np.ldexp(sums, powers)
    high = np.floor(units / _HALF)
    return high.astype(np.int64), (units - high * _HALF).astype(np.int64)


def merged(parts: Sequence[Buckets]) -> Buckets:
    """All of them together."""
    some = [part for part in parts if len(part.names)]
    if len(some) < 2:
        return (some or parts)[0]
    first, last = min(part.names[0] for part in some), max(part.names[-1] for part in some)
    tables = np.zeros((3, int(last - first) + 1), np.int64)
    for part in some:
        at = part.names - first
        for table, more in zip(tables, (part.counts, part.high, part.low), strict=True):
            table[at] += more
    used = np.flatnonzero(tables[0])
    beside: Expansion = []
    for part in some if some[0].beside else ():
        at = np.searchsorted(used, part.names - first)
        beside = grown(beside, (_placed(one, at, len(used)) for one in part.beside))
    return Buckets(used + first, tables[0, used], tables[1, used], tables[2, used], beside)


def _placed(sums: Floats, at: NDArray[np.intp], size: int) -> Floats:
    found = np.zeros((len(sums), size))
    found[:, at] = sums
    return found
