"""The bootstrap, where it is asked for: units drawn anew, and the ends of what their ratio then comes to.

The numbers are Philox's raw ones: NumPy promises these for good, and not what its generators make of them.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from losscli.stats.mix import splitmix64
from losscli.stats.student import quantile, tail

METHODS = ("percentile", "bca")
GROUPS = 16_384
"""Units that are drawn one by one; more are drawn in as many random groups, which costs half a percent of the error."""
_AT_ONCE = 1 << 15
"""Units that are drawn at a time, few enough that they stay in the cache."""


def groups_of(samples: NDArray[np.int64]) -> NDArray[np.int64]:
    """The group of each sample, from its index."""
    return (splitmix64(samples) % np.uint64(GROUPS)).astype(np.int64)


def resampled(
    a: NDArray[np.float64], w: NDArray[np.float64] | None, count: int = 1999, seed: int = 0
) -> NDArray[np.float64]:
    """The ratio Σa / Σw of units drawn with replacement, ``count`` times, in order of size.

    Args:
        a: What each unit adds to the numerator, of shape (units,).
        w: What each adds to the denominator; None where that is the same for all, and the mean of ``a`` is wanted.
        count: How often.
        seed: Which numbers; the same seed draws the same units.
    """
    units = len(a)
    words = np.random.Philox(key=seed)
    each = (units + 1) // 2  # two indices of 32 bits a word
    found = np.empty(count)
    step = max(1, _AT_ONCE // units)
    for start in range(0, count, step):
        rows = min(step, count - start)
        picked = _indices(words.random_raw(rows * each).reshape(rows, each), units)
        weight = units if w is None else np.add.reduce(w.take(picked), axis=1)
        found[start : start + rows] = np.add.reduce(a.take(picked), axis=1) / weight
    return np.sort(found)


def _indices(words: NDArray[np.uint64], units: int) -> NDArray[np.int64]:
    """Indices below ``units`` from rows of random words, by Lemire's multiplication."""
    halves = words.astype("<u8", copy=False).view("<u4")[:, :units]
    return ((halves.astype(np.uint64) * np.uint64(units)) >> np.uint64(32)).view(np.int64)


def least(level: float) -> int:
    """How many resamples it takes to have a value beyond each end of the interval."""
    return math.ceil(2 * (1 - 1e-9) / (1 - level)) - 1


def percentile(found: NDArray[np.float64], level: float = 0.95) -> tuple[float, float]:
    """The values between which the middle of all lies: of 1999, the 50th and the 1950th at 95 %."""
    return _ends(found, (1 - level) / 2, (1 + level) / 2)


def bca(found: NDArray[np.float64], value: float, skew_k: float, level: float = 0.95) -> tuple[float, float]:
    """The same, corrected for bias and skewness.

    Args:
        found: What :func:`resampled` returned.
        value: The ratio of all units.
        skew_k: The skewness of the units over the root of their number; the acceleration is a sixth of it.
        level: 0.5 to 1.

    Source:
        B. Efron, Better bootstrap confidence intervals, 1987.
    """
    below = (np.count_nonzero(found < value) + 0.5 * np.count_nonzero(found == value)) / len(found)
    bias = quantile(min(max(below, 0.5 / len(found)), 1 - 0.5 / len(found)), math.inf)

    def moved(share: float) -> float:
        z = bias + quantile(share, math.inf)
        return tail(-bias - z / (1 - skew_k / 6 * z), math.inf)

    return _ends(found, moved((1 - level) / 2), moved((1 + level) / 2))


def _ends(found: NDArray[np.float64], low: float, high: float) -> tuple[float, float]:
    """The values with these shares of all below them, the nearer to the ends where they fall between two."""
    size = len(found) + 1
    first = min(max(math.floor(size * low + 1e-9), 1), len(found))
    last = min(max(math.ceil(size * high - 1e-9), 1), len(found))
    return float(found[first - 1]), float(found[last - 1])
