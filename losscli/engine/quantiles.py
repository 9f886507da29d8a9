"""Quantiles and distinct values as NumPy has them, bit for bit, without its masked arrays.

``np.quantile``, ``np.median`` and ``np.unique`` import those: a tenth of a small run.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def between(a: float, b: float, part: float) -> float:
    """What lies so far on the way from one number to another."""
    apart = b - a
    if not apart:
        return a
    return a + apart * part if part < 0.5 else b - apart * (1.0 - part)


def quantiles(values: NDArray[Any], parts: Sequence[float]) -> list[float]:
    """The numbers below which a part of some values lies, linear between two of them; NaN if one of them is."""
    last = len(values) - 1
    firsts = [math.floor(part * last) for part in parts]
    places = sorted({at for first in firsts for at in (first, min(first + 1, last), last)})
    ordered = np.partition(values, places)
    if np.isnan(ordered[last]):  # NaN is sorted last
        return [math.nan] * len(parts)
    pairs = [(float(ordered[first]), float(ordered[min(first + 1, last)])) for first in firsts]
    return [between(a, b, part * last - first) for (a, b), part, first in zip(pairs, parts, firsts, strict=True)]


def median(values: NDArray[Any]) -> float:
    """The middle one of some values, or the mean of the two there; NaN if one of them is."""
    middle = len(values) // 2
    first = middle - 1 if len(values) % 2 == 0 else middle
    ordered = np.partition(values, (first, middle, len(values) - 1))
    return math.nan if np.isnan(ordered[-1]) else float(np.mean(ordered[first : middle + 1]))


def distinct(values: NDArray[Any]) -> NDArray[Any]:
    """Numbers in rising order, each once."""
    ordered = np.sort(values)
    return ordered[np.append(True, ordered[1:] != ordered[:-1])] if len(ordered) else ordered
