"""Sign flips: how often differences as large would come up if each could as well have had the other sign."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from losscli.stats.resample import GROUPS

_ALL_UP_TO = 20
"""Of so few units all signs are tried."""
_TIE = 1e-12
"""Sums that are equal but for rounding are no larger than this apart, relative to the largest there can be: one that
is nearly 0 has cancelled, and its own size says nothing of its rounding."""


def p_of_signs(units: NDArray[np.float64]) -> float:
    """The two-sided p-value: the share of signs whose sum is as far from 0 as the one seen, which is one of them.

    Of more than 20 units the signs are those of a Hadamard matrix, a subgroup, so that the test is exact where the
    differences are symmetric, and the same each time.

    Args:
        units: The difference of each unit, or of each random group of them, of shape (units,).

    Source:
        N. W. Koning, J. Hemerik, More Efficient Exact Group-Invariance Testing, 2023.
    """
    sums = np.abs(_all_signs(units) if len(units) <= _ALL_UP_TO else _walsh(units))
    least = sums[0] - _TIE * float(np.abs(units).sum())
    return int(np.count_nonzero(sums >= least)) / len(sums)


def _all_signs(units: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sums with every choice of signs, up to that of all of them; the one seen is the first."""
    sums = np.zeros(1)
    for unit in units.tolist():
        sums = np.concatenate([sums + unit, sums - unit])
    return sums


def _walsh(units: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sums with the signs of each row of a Hadamard matrix, by the fast transform."""
    size = max(4 * GROUPS, 1 << math.ceil(math.log2(len(units))))
    # Units side by side would share signs in most rows of the natural order; far apart they do not.
    x = np.zeros(size)
    x[(np.arange(len(units), dtype=np.uint64) * np.uint64(2654435761) % np.uint64(size)).astype(np.int64)] = units
    step = 1
    while step < size:
        pairs = x.reshape(-1, 2, step)
        x = np.stack([pairs[:, 0] + pairs[:, 1], pairs[:, 0] - pairs[:, 1]], axis=1).reshape(-1)
        step *= 2
    return x
