"""What kernels return, as NumPy arrays on the host, and what of it is added up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.spec.units import UNITS, Counts, Units

Host = Callable[[Any], NDArray[Any]]


def on_host(found: Any, host: Host, counts: Counts = UNITS, dtype: str | None = None) -> Units:
    """Units of NumPy arrays, whatever a kernel returned and where.

    Args:
        found: An array, or units.
        host: Makes a NumPy array of an array of the backend.
        counts: What counts of a plain array.
        dtype: That of the values; None leaves it.
    """
    values, counts = found if isinstance(found, Units) else (found, counts)
    values = host(values)
    if dtype is not None:
        values = values.astype(dtype, copy=False)
    if counts.share is None and counts.ignored is None and counts.factor is None:
        return Units(values, counts)
    share, ignored, factor = (None if x is None else host(x) for x in counts[:3])
    return Units(values, counts._replace(share=share, ignored=ignored, factor=factor))


def added(units: Units, reduction: str) -> NDArray[Any]:
    """The values that a reduction adds up."""
    factor = units.counts.factor
    if factor is None or reduction != "mean":
        return np.asarray(units.values)
    return np.asarray(units.values * factor)


def share_in(units: Units, reduction: str) -> NDArray[Any] | None:
    """Each unit's share in what a reduction divides by; None counts units. A batch mean counts samples."""
    if reduction == "batchmean":
        return np.ones((len(units.values), 1), np.int64)
    return units.counts.share
