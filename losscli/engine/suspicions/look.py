"""One block of one input, and what was asked about it: every question costs one pass at most, however many ask."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.spec.kinds import SUM_TOLERANCE

_FEW, _GLANCE = 8, 64
"""Values that are looked at first: mostly they settle a question that takes all values to be affirmed. So few are
looked at one by one, which costs less than a call of NumPy.
"""


class Look:
    """A look at a block of real numbers.

    Args:
        raw: The block.
        skip_nan: Whether the largest and smallest are those without NaN; else NaN is the largest of all.
        classes: The axis of classes.
    """

    def __init__(self, raw: NDArray[Any], skip_nan: bool = False, classes: int = 1) -> None:
        self.raw, self._flat, self._classes = raw, raw.reshape(-1), classes
        self._max: np.ufunc = np.fmax if skip_nan else np.maximum
        self._min: np.ufunc = np.fmin if skip_nan else np.minimum

    @cached_property
    def high(self) -> float:
        """The largest value."""
        return float(self._max.reduce(self._flat))

    @cached_property
    def low(self) -> float:
        """The smallest value."""
        return float(self._min.reduce(self._flat))

    @cached_property
    def _few(self) -> list[float]:
        return self._flat[:_FEW].tolist()  # type: ignore[no-any-return]

    @cached_property
    def within_unit(self) -> bool:
        """Whether all lies in [0, 1]."""
        if any(x < 0.0 or x > 1.0 for x in self._few):
            return False
        some = self._flat[:_GLANCE]
        if some.min() < 0.0 or some.max() > 1.0:
            return False
        return self.low >= 0.0 and self.high <= 1.0

    @cached_property
    def zeros_and_ones(self) -> bool:
        """Whether all is 0 or 1."""
        if any(x not in (0, 1) for x in self._few):
            return False
        return all(bool(((part == 0) | (part == 1)).all()) for part in (self._flat[:_GLANCE], self._flat))

    @cached_property
    def rows_sum_to_one(self) -> bool:
        """Whether the values of each sample, or each position of it, sum to 1 over its several classes."""
        return self.raw.shape[self._classes] > 1 and all(
            bool((np.abs(part.sum(axis=self._classes, dtype=np.float64) - 1.0) <= SUM_TOLERANCE).all())
            for part in (self.raw[:1], self.raw)
        )

    def rows_of_logarithms(self, rows: int) -> tuple[int, int]:
        """Of the positions of the first ``rows`` samples: how many have exponentials that do not sum to 1, of how many.

        Positions whose values are all 0 were padded, and are not at fault; nor is NaN.
        """
        some = self.raw[:rows].astype(np.float64)
        sums = np.exp(some).sum(axis=self._classes)
        bad = np.abs(sums - 1.0) > _LOGARITHM_TOLERANCE
        return int((bad & some.any(axis=self._classes)).sum()) if bad.any() else 0, sums.size


_LOGARITHM_TOLERANCE = 2e-2
"""bfloat16 keeps 8 bits: of log-probabilities near -10 it leaves 2 % of the probability open."""
