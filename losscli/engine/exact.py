"""Sums of arrays that no order and no grouping of the parts can change."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from losscli.engine.reduce import fsum

Expansion = list[NDArray[np.float64]]
"""Arrays that add up to a sum exactly, element by element, and do not overlap."""


def grown(expansion: Expansion, more: Iterable[NDArray[np.float64]]) -> Expansion:
    """The expansion of a sum to which arrays are added.

    Source:
        J. R. Shewchuk, Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric Predicates, 1997.
    """
    parts = list(expansion)
    for rest in more:
        kept = []
        for part in parts:
            total = part + rest
            virtual = total - part
            error = (part - (total - virtual)) + (rest - virtual)
            error = np.where(np.isfinite(total), error, 0.0)
            rest = total
            if error.any():
                kept.append(error)
        parts = [*kept, rest]
    return parts


def rounded(expansion: Expansion) -> NDArray[np.float64]:
    """The sum, rounded once."""
    if len(expansion) == 1:
        return expansion[0]
    columns = np.stack([part.reshape(-1) for part in expansion]).T.tolist()
    return np.array([fsum(column) for column in columns]).reshape(expansion[0].shape)
