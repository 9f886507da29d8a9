"""The constant at which a loss is smallest, found on the loss's own kernel: many constants a pass, closer each time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from losscli.engine.observers import Observer, Values
from losscli.engine.reduce import fsum

if TYPE_CHECKING:
    from losscli.engine.outcome import Ended
    from losscli.engine.rows import Block

Floats = NDArray[np.float64]
Evaluate = Callable[[list[Floats]], list[Floats]]
"""What constants cost, from one pass: for each its loss, column by column."""

OBSERVED = "columns"
_POINTS = 17
"""Constants of one pass: the bracket shrinks to an eighth."""
_CLOSE = 1e-8
"""The width of the last bracket, of the first: about its minimum a loss is flat, and differs by the square of it."""


def least(low: Floats, high: Floats, evaluate: Evaluate) -> Floats:
    """The constant, for each column, at which a loss that falls and then rises is smallest; NaN if it cannot be found.

    Args:
        low: The lowest it may be.
        high: The highest.
        evaluate: Computes the loss.
    """
    with np.errstate(over="ignore"):
        first = high - low
    if not np.isfinite(first).all():
        return np.full_like(first, np.nan)  # past the largest float nothing is searched
    while bool((high - low > _CLOSE * first).any()):
        grid = [low + (high - low) * (i / (_POINTS - 1)) for i in range(_POINTS)]
        at = np.stack(evaluate(grid)).argmin(axis=0)
        points = np.stack(grid)
        wider = low, high
        low, high = _at(points, np.maximum(at - 1, 0)), _at(points, np.minimum(at + 1, _POINTS - 1))
        if np.array_equal(wider, (low, high)):  # floats are no closer together
            break
    return low + (high - low) / 2


def _at(points: Floats, index: NDArray[Any]) -> Floats:
    return np.asarray(np.take_along_axis(points, index[None], axis=0)[0])


class ColumnSums(Observer[list[list[tuple[int, Floats]]]]):
    """Leaves the sum of each loss by column, or over all columns.

    Args:
        columns: How many columns there are; 0 for one sum of all.
    """

    def __init__(self, columns: int) -> None:
        self._columns = columns

    def take(self, block: Block, losses: Sequence[Values]) -> list[list[tuple[int, Floats]]]:
        return [self._sum(block.start, one) for one in losses]

    def _sum(self, start: int, one: Values) -> list[tuple[int, Floats]]:
        if one.weighted is None or not one.weighted.size:
            return []
        values = one.weighted.astype(np.float64)
        by_column = self._columns and values.shape[1] == self._columns
        return [(start, values.sum(axis=0) if by_column else np.asarray(values.sum()))]

    def merge(self, parts: Sequence[list[list[tuple[int, Floats]]]]) -> list[list[tuple[int, Floats]]]:
        return [[part for each in losses for part in each] for losses in zip(*parts, strict=True)]

    def finish(self, part: list[list[tuple[int, Floats]]], ended: Ended) -> None:
        for parts, outcome in zip(part, ended.outcomes, strict=True):
            ordered = [values for _, values in sorted(parts, key=lambda one: one[0])]
            sums = [fsum(list(column)) for column in zip(*(v.reshape(-1).tolist() for v in ordered), strict=True)]
            outcome.observed[OBSERVED] = np.array(sums).reshape(ordered[0].shape)
