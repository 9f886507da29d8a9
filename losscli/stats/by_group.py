"""Sums of units for many groups of a block, all groups at once."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.stats.moments import Extreme, Sums, indices, unusable


@np.errstate(all="ignore")
def sums_by_group(
    a: NDArray[Any], w: NDArray[Any] | float, order: NDArray[Any], starts: NDArray[Any], at: NDArray[Any] | int = 0
) -> list[Sums | None]:
    """The sums of each group of the units of a block; None of a group of which nothing counts.

    Args:
        a: As for :func:`losscli.stats.moments.sums_of`.
        w: As for :func:`losscli.stats.moments.sums_of`.
        order: The units sorted by group, as indices into them.
        starts: Where in ``order`` each group begins.
        at: As for :func:`losscli.stats.moments.sums_of`.
    """
    found: list[Sums | None] = [None] * len(starts)
    group = np.repeat(np.arange(len(starts)), np.diff(np.r_[starts, len(order)]))
    a, places = np.asarray(a, np.float64)[order], indices(at, len(a))[order]
    weights = np.asarray(w, np.float64)[order] if isinstance(w, np.ndarray) else np.full(len(a), float(w))
    kept = weights != 0
    if not kept.all():
        group, a, weights, places = group[kept], a[kept], weights[kept], places[kept]
    if not len(a):
        return found
    first = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    for mine, sums in zip(group[first].tolist(), _each_group(a, weights, places, first), strict=True):
        found[mine] = sums
    return found


def _each_group(
    a: NDArray[np.float64], w: NDArray[np.float64], at: NDArray[Any], first: NDArray[np.int64]
) -> Iterator[Sums]:
    """The sums of groups that stand one behind the other, each from ``first`` on."""
    units = np.diff(np.r_[first, len(a)])

    def total(x: NDArray[Any]) -> NDArray[Any]:
        return np.add.reduceat(x, first)

    sums, weights = total(a), total(w)
    ratio = sums / weights
    e = a - np.repeat(ratio, units) * w
    e_2, w_2 = e * e, w * w
    powers = zip(*(total(x).tolist() for x in (e, e_2, e_2 * e)), strict=True)
    mixed = zip(*(total(x).tolist() for x in (e * w, e_2 * w, e * w_2)), strict=True)
    of_weights = zip(*(total(x).tolist() for x in (w_2, w_2 * w, w_2 * w_2)), strict=True)
    extents = zip(*(f.reduceat(w, first).tolist() for f in (np.minimum, np.maximum)), strict=True)
    heavy = w == np.repeat(np.maximum.reduceat(w, first), units)
    looked = (e, e, np.where(heavy, e, np.inf), np.where(heavy, e, -np.inf))
    ends = [_first_of(f, x, first, units).tolist() for f, x in zip((np.minimum, np.maximum) * 2, looked, strict=True)]
    low, high, *heaviest = (
        [Extreme(*x) for x in zip(a[i].tolist(), w[i].tolist(), at[i].tolist(), strict=True)] for i in ends
    )
    binary = np.logical_and.reduceat((a == 0) | (a == 1), first).tolist()
    columns = (units.tolist(), ratio.tolist(), sums.tolist(), weights.tolist())
    rows = zip(
        *columns, powers, mixed, of_weights, extents, low, high, zip(*heaviest, strict=True), binary, strict=True
    )
    for begin, row in zip(first.tolist(), rows, strict=True):
        mine = slice(begin, begin + row[0])
        yield Sums(*row) if math.isfinite(row[2]) else unusable(a[mine], row[3])


def _first_of(
    extreme: np.ufunc, x: NDArray[np.float64], first: NDArray[np.int64], units: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Where in each group its smallest or largest number is; of one that is NaN, at its beginning."""
    at = np.flatnonzero(x == np.repeat(extreme.reduceat(x, first), units))
    found = at[np.minimum(np.searchsorted(at, first), len(at) - 1)] if len(at) else first
    return np.where((found >= first) & (found < first + units), found, first)
