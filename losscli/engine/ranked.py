"""Samples in order of their loss and of what they add to the sum, while there are few enough to keep all of them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.engine.quantiles import between
from losscli.engine.reduce import fsum, terms_of

Floats = NDArray[np.float64]
_PIECE = 1 << 16
"""Samples that are added up at a time."""


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
    """Those that add most: what the least of them adds, what all of them add, and what is left without them.

    What is left is added up, and not taken from the sum, of which a large number leaves nothing.

    Attributes:
        above: What the least of them adds.
        adds: What all of them add to the numerator.
        left: What the others add to it.
        weight: What the others add to the denominator.
    """

    above: float
    adds: float
    left: float
    weight: float


class Ranked:
    """Finite losses, all of them known.

    Args:
        parts: The samples, in their order.

    Attributes:
        exact: Whether no answer is estimated.
        known: The part of itself to which a loss is known.
    """

    exact = True
    known = 0.0
    _weights: Floats | float

    def __init__(self, parts: Sequence[Samples]) -> None:
        own = any(part.losses is not None for part in parts)
        alike = {part.weights if not isinstance(part.weights, np.ndarray) else None for part in parts}
        weight = alike.pop() if len(alike) == 1 else None
        adds = np.concatenate([part.adds for part in parts]) if parts else np.empty(0)
        if not own and weight is not None:  # nothing beside it needs to follow
            adds.sort()
            self._adds, self._weights = adds[::-1], float(weight)
            self._losses = self._by_loss = adds
            return
        order = np.argsort(-adds, kind="stable")
        self._adds = adds[order]
        each = [np.broadcast_to(np.asarray(part.weights, np.float64), part.adds.shape) for part in parts]
        self._weights = np.concatenate(each)[order] if each else np.empty(0)
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
        return _sum(self._adds)

    @property
    def lowering(self) -> int:
        """How many add less than nothing."""
        return int(np.count_nonzero(self._adds < 0))

    def quantiles(self, parts: Sequence[float]) -> list[float]:
        """The losses below which a part of the samples lies, linear between two of them."""
        return [self._quantile(part * (self.samples - 1)) for part in parts]

    def _quantile(self, place: float) -> float:
        """Between two losses as ``np.quantile`` has it, which would copy all of them."""
        first = math.floor(place)
        a, b = self._losses[[first, min(first + 1, self.samples - 1)]].tolist()
        return between(a, b, place - first)

    def most(self, count: int) -> Most:
        """The samples that add most; of those that add the same the first."""
        weights = self._weights
        others = self.samples - count
        weight = _sum(weights[count:]) if isinstance(weights, np.ndarray) else others * weights
        return Most(float(self._adds[count - 1]), _sum(self._adds[:count]), _sum(self._adds[count:]), weight)

    def reaches(self, wanted: Sequence[int]) -> list[tuple[int, float, float]]:
        """Of rising numbers of samples that add most: how many, what each adds at least, and what all of them add."""
        found, terms, start = [], list[float](), 0
        for count in wanted:
            terms += terms_of(self._adds[start:count])
            found.append((count, float(self._adds[count - 1]), fsum(terms)))
            start = count
        return found

    def reaching(self, sum_of: float) -> int:
        """The fewest samples that together add so much."""
        reached = 0.0
        for start in range(0, self.samples, _PIECE):
            sums = reached + np.cumsum(self._adds[start : start + _PIECE])
            reached = float(sums[-1])
            if reached >= sum_of:
                return start + int(np.searchsorted(sums, sum_of)) + 1
        return self.samples

    def edges(self, wanted: Sequence[float]) -> list[float]:
        """The edges between which samples can be told apart, nearest to those that are wanted."""
        return list(wanted)

    def between(self, edges: Sequence[float]) -> list[tuple[int, float]]:
        """How many losses lie from each edge to below the next, and what these samples add; the last bin has both."""
        at = np.searchsorted(self._losses, edges[1:-1], side="left")
        ends = [0, *at.tolist(), self.samples]
        return [(b - a, _sum(self._by_loss[a:b])) for a, b in itertools.pairwise(ends)]


def _sum(values: Floats) -> float:
    return fsum(terms_of(values)) if len(values) else 0.0
