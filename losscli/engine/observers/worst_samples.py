"""The samples that add most to a loss, with what prediction and target are there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.engine.observers import Observer, Values
from losscli.engine.samples import fraction, with_status
from losscli.engine.told import POSITION, told

if TYPE_CHECKING:
    from losscli.engine.outcome import Ended
    from losscli.engine.rows import Block

OBSERVED = "worst_samples"
"""Where it leaves :class:`Found`, those that add most first."""
Told = dict[str, float | int]


class Found(NamedTuple):
    """One sample.

    Attributes:
        adds: What it adds to the numerator.
        number: Which one it is.
        loss: Its loss.
        position: Which of its units adds most; () where it has one.
        told: What prediction and target are there.
        kept: The columns kept beside.
    """

    adds: float
    number: int
    loss: float
    position: tuple[int, ...]
    told: Told
    kept: tuple[Any, ...]

    @property
    def place(self) -> tuple[float, int]:
        """Where it comes: those that add most first, NaN before all, and of equal ones the first."""
        return (-math.inf if math.isnan(self.adds) else -self.adds), self.number


class WorstSamples(Observer[list[Found]]):
    """Keeps the samples of one loss that add most.

    Args:
        count: How many.
        reduction: How a sample's units become its loss.
        label_base: The number of the first class.
    """

    whole_samples = True

    def __init__(self, count: int, reduction: str, label_base: int = 0) -> None:
        self._count, self._reduction, self._base = count, reduction, label_base
        self._least = -math.inf  # whatever is known of it, what comes out is the same

    def take(self, block: Block, losses: Sequence[Values]) -> list[Found]:
        (one,) = losses
        if not self._count or one.adding is None or not block.count:
            return []
        adds = fraction(one)[0]
        most = float(np.maximum.reduce(adds))
        if most < self._least:  # as most blocks end
            return []
        if one.ignored is not None or math.isnan(most):
            adds = _placed(adds, one)
        chosen = np.flatnonzero(adds >= self._least)
        self._least = max(self._least, _kth(adds[chosen], self._count))
        chosen = chosen[adds[chosen] >= self._least]
        chosen = chosen[np.argsort(-adds[chosen], kind="stable")[: self._count]]
        chosen = chosen[adds[chosen] > -math.inf]
        return self._found(block, one, chosen)

    def _found(self, block: Block, one: Values, chosen: NDArray[np.int64]) -> list[Found]:
        if not len(chosen):
            return []
        assert one.adding is not None
        adds = fraction(one)[0][chosen].tolist()
        losses = with_status(one.job, one.adding, one.ignored, self._reduction)[0][chosen].tolist()
        numbers, texts = block.samples[chosen].tolist(), [block.used(text)[chosen].tolist() for text in block.texts]
        columns = {name: column.tolist() for name, column in told(block, one, chosen, self._base).items()}
        positions = columns.pop(POSITION, [()] * len(chosen))
        return [
            Found(adds[i], numbers[i], losses[i], tuple(positions[i]), _row(columns, i), tuple(t[i] for t in texts))
            for i in range(len(chosen))
        ]

    def merge(self, parts: Sequence[list[Found]]) -> list[Found]:
        found = sorted((one for part in parts for one in part), key=lambda one: one.place)[: self._count]
        if len(found) == self._count and found:
            self._least = max(self._least, -found[-1].place[0])
        return found

    def finish(self, part: list[Found], ended: Ended) -> None:
        ended.outcomes[0].observed[OBSERVED] = sorted(part, key=lambda one: one.place)[: self._count]


def _placed(adds: NDArray[np.float64], one: Values) -> NDArray[np.float64]:
    """What samples add, as they are placed: NaN before all, what is ignored last."""
    adds = np.where(np.isnan(adds), np.inf, adds)
    return adds if one.ignored is None else np.where(one.ignored.all(axis=1), -np.inf, adds)


def _kth(values: NDArray[np.float64], count: int) -> float:
    return -math.inf if len(values) <= count else float(np.partition(values, len(values) - count)[len(values) - count])


def _row(columns: dict[str, list[Any]], i: int) -> Told:
    return {name: column[i] for name, column in columns.items()}
