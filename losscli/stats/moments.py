"""What an interval needs of the units of a block: sums that are exact to merge, whatever the threads.

A unit is a sample, or a cluster of samples. It has ``a``, what it adds to the numerator, and ``w``, what it adds to the
denominator; their ratio over all units, R = Σa / Σw, is what the interval is about. The residuals e = a - R·w need R,
which is known only at the end: a block sums the powers of its residuals about its own ratio, and :func:`spread` moves
them to R by the exact polynomial. The terms of all blocks are added by ``math.fsum``, so that no order changes a bit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_PIECE = 16_384
"""Units whose powers are taken at a time, so that they stay in the cache."""
_WITHIN = 1e-90, 1e90
"""Residuals whose third powers, summed, neither overflow nor lose digits to underflow."""


_WEIGHTS_WITHIN = 1e-70, 1e70
"""The same of the largest weight, of which the fourth power is taken."""
_ROUNDING = 1e-15
"""Of numbers that are equal but for the last bit, the residuals are no larger than this, relative to the numbers."""


class Extreme(NamedTuple):
    """One unit far from the others: what it adds, and which it is.

    Attributes:
        a: What it adds to the numerator.
        w: What it adds to the denominator.
        at: The index of its sample or its place among the units.
    """

    a: float
    w: float
    at: int

    def residual(self, ratio: float) -> float:
        """What it adds beyond its share."""
        return self.a - ratio * self.w


class Sums(NamedTuple):
    """The units of a block, or of one group of it. They travel between processes; a list of them is all that merges.

    Attributes:
        units: How many units there are; those of w = 0 are none.
        ratio: Σa / Σw of the block, about which e = a - ratio·w are the residuals.
        a: Σa.
        w: Σw.
        e: Σe, Σe² and Σe³.
        mixed: Σew, Σe²w and Σew².
        weights: Σw², Σw³ and Σw⁴.
        extent: The smallest and the largest w.
        low: The unit with the smallest residual.
        high: The unit with the largest.
        heaviest: Of the units with the largest w that with the smallest residual and that with the largest: about the
            ratio of all blocks they may be farther out than ``low`` and ``high`` are.
        binary: Whether every a is 0 or 1.
    """

    units: int
    ratio: float
    a: float
    w: float
    e: tuple[float, float, float]
    mixed: tuple[float, float, float]
    weights: tuple[float, float, float]
    extent: tuple[float, float]
    low: Extreme
    high: Extreme
    heaviest: tuple[Extreme, Extreme]
    binary: bool

    @property
    def extremes(self) -> tuple[Extreme, ...]:
        """The units that may be the farthest out of all."""
        return (self.low, self.high, *self.heaviest)


class Spread(NamedTuple):
    """The units of all blocks about one ratio.

    Attributes:
        units: How many there are, m.
        ratio: R, the number that the interval is about.
        w: Σw.
        e2: Σe² about R.
        e3: Σe³ about R.
        df: (Σw²)² / Σw⁴ - 1, at least 1: m - 1, and an int, where all w are equal; NaN where ``why_not`` says so.
        equal: Whether all w are equal.
        largest: The unit with the largest e², or None where there is no unit. Where weights differ within a block, it
            is the farthest out of those that are so about their block's ratio, and of the heaviest.
        largest_share: Its share of Σe²; NaN where that is 0.
        binary: Whether every unit adds 0 or 1 to the numerator and 1 to the denominator.
        why_not: Why there is no interval: ``no units``, ``one unit``, ``infinite values``, ``NaN values``,
            ``no spread`` (all units are equal) or ``values past what can be squared``; or "".
    """

    units: int
    ratio: float
    w: float
    e2: float
    e3: float
    df: float
    equal: bool
    largest: Extreme | None
    largest_share: float
    binary: bool
    why_not: str


@np.errstate(all="ignore")  # what comes out is looked at
def sums_of(a: NDArray[Any], w: NDArray[Any] | float = 1.0, at: NDArray[Any] | int = 0) -> Sums | None:
    """The sums of one block of units.

    Args:
        a: What each unit adds to the numerator, of shape (units,); any real dtype, computed in float64.
        w: What each adds to the denominator: one number for all, or of shape (units,), none of them negative.
        at: The index of the first unit, or of each, shape (units,).

    Returns:
        None of a block without units: where all w are 0, say.
    """
    a = np.asarray(a, np.float64)
    if isinstance(w, np.ndarray):
        kept = w != 0
        if not kept.all():
            at = indices(at, len(a))[kept]
            a, w = a[kept], w[kept]
        w = _equal(np.asarray(w, np.float64))
    if not len(a) or (isinstance(w, float) and w == 0):
        return None
    return _equally(a, float(w), at) if not isinstance(w, np.ndarray) else _unequally(a, w, at)


def spread(blocks: Sequence[Sums], ratio: float | None = None) -> Spread:
    """The units of all blocks about one ratio; any order or grouping of the blocks gives the same bits.

    Args:
        blocks: The sums of each block.
        ratio: The number the residuals are about; Σa / Σw of the blocks if it is not given.
    """
    units, w = sum(b.units for b in blocks), _fsum(b.w for b in blocks)
    if ratio is None:
        ratio = _fsum(b.a for b in blocks) / w if w else math.nan
    terms = [_moved(b, ratio) for b in blocks]
    e2, e3 = (_fsum(term for block in terms for term in block[i]) for i in range(2))
    low, high = min((b.extent[0] for b in blocks), default=1.0), max((b.extent[1] for b in blocks), default=1.0)
    largest = max((x for b in blocks for x in b.extremes), key=lambda x: _place(x, ratio), default=None)
    why_not = _why_not(blocks, units, ratio, largest, high)
    share = largest.residual(ratio) ** 2 / e2 if largest is not None and e2 > 0 and not why_not else math.nan
    return Spread(
        units,
        ratio,
        w,
        e2,
        e3,
        math.nan if why_not else _df(blocks, units, low == high),
        low == high,
        largest,
        share,
        low == high == 1 and all(b.binary for b in blocks),
        why_not,
    )


def indices(at: NDArray[Any] | int, units: int) -> NDArray[Any]:
    """The index of each unit, from that of the first where it is one number."""
    return at if isinstance(at, np.ndarray) else np.arange(at, at + units)


def _equal(w: NDArray[np.float64]) -> NDArray[np.float64] | float:
    """One number for all, where they are equal."""
    return float(w[0]) if len(w) and (w == w[0]).all() else w


def _equally(a: NDArray[np.float64], w: float, at: NDArray[Any] | int) -> Sums:
    units, total = len(a), float(np.add.reduce(a))
    if not math.isfinite(total):
        return unusable(a, units * w)
    mean = total / units
    terms: list[list[float]] = [[], [], []]
    ends = _Ends()
    residuals, power = np.empty(min(units, _PIECE)), np.empty(min(units, _PIECE))
    for start in range(0, units, _PIECE):
        piece = a[start : start + _PIECE]
        e, e_n = residuals[: len(piece)], power[: len(piece)]
        np.subtract(piece, mean, out=e)
        terms[0].append(float(np.add.reduce(e)))
        terms[1].append(float(np.add.reduce(np.multiply(e, e, out=e_n))))
        terms[2].append(float(np.add.reduce(np.multiply(e_n, e, out=e_n))))
        ends.see(e, start)
    e1, e2, e3 = map(_fsum, terms)
    low, high = (_extreme(a, w, at, i) for i in (ends.low, ends.high))
    return Sums(
        units,
        mean / w,
        total,
        units * w,
        (e1, e2, e3),
        (e1 * w, e2 * w, e1 * w * w),
        (units * w * w, units * w * w * w, units * w * w * w * w),
        (w, w),
        low,
        high,
        (low, high),
        _binary(a),
    )


def _unequally(a: NDArray[np.float64], w: NDArray[np.float64], at: NDArray[Any] | int) -> Sums:
    units, total, weight = len(a), float(np.add.reduce(a)), float(np.add.reduce(w))
    if not math.isfinite(total):
        return unusable(a, weight)
    ratio = total / weight
    terms: list[list[float]] = [[] for _ in range(9)]
    ends = _Ends()
    for start in range(0, units, _PIECE):
        w_1 = w[start : start + _PIECE]
        e = a[start : start + _PIECE] - ratio * w_1
        e_2, w_2 = e * e, w_1 * w_1
        products = (e, e_2, e_2 * e, e * w_1, e_2 * w_1, e * w_2, w_2, w_2 * w_1, w_2 * w_2)
        for row, product in zip(terms, products, strict=True):
            row.append(float(np.add.reduce(product)))
        ends.see(e, start)
    e1, e2, e3, ew, e2w, ew2, w2, w3, w4 = map(_fsum, terms)
    return Sums(
        units,
        ratio,
        total,
        weight,
        (e1, e2, e3),
        (ew, e2w, ew2),
        (w2, w3, w4),
        (float(w.min()), float(w.max())),
        _extreme(a, w, at, ends.low),
        _extreme(a, w, at, ends.high),
        _heaviest(a, w, at, ratio),
        False,
    )


class _Ends:
    """Where the smallest and the largest of some numbers are, of equals the first."""

    def __init__(self) -> None:
        self.low = self.high = 0
        self._least, self._most = math.inf, -math.inf

    def see(self, numbers: NDArray[np.float64], start: int) -> None:
        """Take in the numbers from ``start`` on."""
        low, high = int(numbers.argmin()), int(numbers.argmax())
        if numbers[low] < self._least:
            self.low, self._least = start + low, float(numbers[low])
        if numbers[high] > self._most:
            self.high, self._most = start + high, float(numbers[high])


def unusable(a: NDArray[np.float64], w: float) -> Sums:
    """Of what does not add up to a number it is kept why."""
    kind = math.nan if np.isnan(a).any() else math.inf
    none = (math.nan,) * 3
    where = Extreme(kind, math.nan, 0)
    return Sums(len(a), math.nan, kind, w, none, none, none, (math.nan, math.nan), where, where, (where, where), False)


def _heaviest(
    a: NDArray[np.float64], w: NDArray[np.float64], at: NDArray[Any] | int, ratio: float
) -> tuple[Extreme, Extreme]:
    of_most = np.flatnonzero(w == w.max())
    residuals = a[of_most] - ratio * w[of_most]
    low, high = (int(of_most[i]) for i in (residuals.argmin(), residuals.argmax()))
    return _extreme(a, w, at, low), _extreme(a, w, at, high)


def _extreme(a: NDArray[np.float64], w: NDArray[np.float64] | float, at: NDArray[Any] | int, i: int) -> Extreme:
    weight = float(w[i]) if isinstance(w, np.ndarray) else w
    return Extreme(float(a[i]), weight, int(at[i]) if isinstance(at, np.ndarray) else at + i)


def _binary(a: NDArray[np.float64]) -> bool:
    # Most values are told by their first.
    return a[0] in (0, 1) and bool(((a == 0) | (a == 1)).all())


def _moved(block: Sums, ratio: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The terms of Σe² and of Σe³ about another ratio."""
    (_, e2, e3), (ew, e2w, ew2), (w2, w3, _) = block.e, block.mixed, block.weights
    d = ratio - block.ratio
    return (e2, -2 * d * ew, d * d * w2), (e3, -3 * d * e2w, 3 * d * d * ew2, -d * d * d * w3)


def _df(blocks: Sequence[Sums], units: int, equal: bool) -> float:
    if equal:
        return max(1, units - 1)
    w2, w4 = (_fsum(b.weights[i] for b in blocks) for i in (0, 2))
    return max(1.0, w2 * w2 / w4 - 1)


def _place(unit: Extreme, ratio: float) -> tuple[float, int]:
    residual = abs(unit.residual(ratio))
    return (math.inf if math.isnan(residual) else residual, -unit.at)  # of equals the first


def _why_not(blocks: Sequence[Sums], units: int, ratio: float, largest: Extreme | None, heaviest: float) -> str:
    if largest is None:
        return "no units"
    if any(math.isnan(b.a) for b in blocks):
        return "NaN values"
    if not all(map(math.isfinite, (ratio, *(b.a for b in blocks)))):
        return "infinite values"
    if units == 1:
        return "one unit"
    scale = max(abs(x.a) + abs(ratio) * x.w for b in blocks for x in b.extremes)
    most = abs(largest.residual(ratio))
    if most <= _ROUNDING * scale:
        return "no spread"
    within = _WITHIN[0] <= most <= _WITHIN[1] and _WEIGHTS_WITHIN[0] <= heaviest <= _WEIGHTS_WITHIN[1]
    return "" if within else "values past what can be squared"


def _fsum(parts: Iterator[float] | list[float]) -> float:
    """The exactly rounded sum; what is not finite makes it NaN."""
    try:
        return math.fsum(parts)
    except (OverflowError, ValueError):
        return math.nan
