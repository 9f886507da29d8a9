"""Samples in order of their loss and of what they add to the sum, while there are few enough to keep all of them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Samples(NamedTuple):
    """What some samples add, in their order.

    Attributes:
        adds: What each adds to the numerator.
        weights: What each adds to the denominator; one number, if all add that.
        losses: The loss of each; None where that is what it adds.
    """

    adds: Floats
    weights: Floats | float
    losses: Floats | None

    @property
    def loss(self) -> Floats:
        """The loss of each."""
        return self.adds if self.losses is None else self.losses

    def only(self, which: NDArray[np.bool_]) -> Samples:
        """Some of them."""
        weights = self.weights[which] if isinstance(self.weights, np.ndarray) else self.weights
        return Samples(self.adds[which], weights, None if self.losses is None else self.losses[which])

    def copied(self) -> Samples:
        """The same in arrays of their own."""
        weights = self.weights.copy() if isinstance(self.weights, np.ndarray) else self.weights
        return Samples(self.adds.copy(), weights, None if self.losses is None else self.losses.copy())


class Most(NamedTuple):
    """Those that add most: what the least of them adds, and what all of them add to numerator and denominator."""

    above: float
    adds: float
    weight: float


class Ranked:
    """Finite losses, all of them known.

    Args:
        parts: The samples, in their order.
    """

    exact = True

    def __init__(self, parts: Sequence[Samples]) -> None:
        adds = np.concatenate([part.adds for part in parts]) if parts else np.empty(0)
        order = np.argsort(-adds, kind="stable")
        self._adds = adds[order]
        constant = {part.weights for part in parts if not isinstance(part.weights, np.ndarray)}
        if len(constant) == 1 and all(not isinstance(part.weights, np.ndarray) for part in parts):
            self._weights: Floats | float = float(constant.pop())
        else:
            each = [np.broadcast_to(np.asarray(part.weights, np.float64), part.adds.shape) for part in parts]
            self._weights = np.concatenate(each)[order] if each else 1.0
        own = any(part.losses is not None for part in parts)
        self._same = not own
        losses = np.concatenate([part.loss for part in parts]) if own else adds
        by_loss = np.argsort(losses, kind="stable") if own else order[::-1]
        self._losses, self._by_loss = losses[by_loss], adds[by_loss]

    @property
    def samples(self) -> int:
        """How many there are."""
        return len(self._adds)

    @property
    def total(self) -> float:
        """What all of them add."""
        return math.fsum(self._adds)

    @property
    def lowering(self) -> int:
        """How many add less than nothing."""
        return int(np.count_nonzero(self._adds < 0))

    def quantiles(self, parts: Sequence[float]) -> list[float]:
        """The losses below which a part of the samples lies, linear between two of them."""
        found: list[float] = np.quantile(self._losses, list(parts)).tolist()
        return found

    def most(self, count: int) -> Most:
        """The samples that add most; of those that add the same the first."""
        weights = self._weights
        weight = math.fsum(weights[:count]) if isinstance(weights, np.ndarray) else count * weights
        return Most(float(self._adds[count - 1]), math.fsum(self._adds[:count]), weight)

    def reaching(self, sum_of: float) -> int:
        """The fewest samples that together add so much."""
        return min(self.samples, int(np.searchsorted(np.cumsum(self._adds), sum_of)) + 1)

    def edges(self, wanted: Sequence[float]) -> list[float]:
        """The edges between which samples can be told apart, nearest to those that are wanted."""
        return list(wanted)

    def between(self, edges: Sequence[float]) -> list[tuple[int, float]]:
        """How many losses lie from each edge to below the next, and what these samples add; the last bin has both."""
        at = np.searchsorted(self._losses, edges[1:-1], side="left")
        ends = [0, *at.tolist(), self.samples]
        return [(b - a, math.fsum(self._by_loss[a:b])) for a, b in itertools.pairwise(ends)]
