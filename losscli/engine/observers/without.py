"""A few samples of a loss that is one number for the whole set, kept with what the loss would be without each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.engine.collect import COUNTED, OMITTED
from losscli.engine.explained import One, Sample
from losscli.engine.observers import WITHOUT, Observer, Values
from losscli.engine.observers.picked import Wish, chosen, kept, largest
from losscli.engine.statistics import loss_of, merge_statistics
from losscli.spec.units import Statistic

if TYPE_CHECKING:
    from losscli.engine.outcome import Ended
    from losscli.engine.rows import Block

Apart = tuple[Statistic, dict[int, Statistic | None]]
"""The statistic of a block, and that without a sample, by its number; None where the block holds no other."""


class Numbers(NamedTuple):
    """The numbers of which a loss is a quantile.

    Attributes:
        name: What they are, such as ``error``.
        values: They, of shape (samples used, ...).
    """

    name: str
    values: NDArray[np.float64]


class Found(NamedTuple):
    """The samples that were kept.

    Attributes:
        ones: In the order of their numbers, or the worst first; each can be looked into while the inputs are open.
        without: What the loss would be without each; None where there would be none.
        named: How many fit a name.
        used: The numbers of the samples that the loss is made of.
        numbers: What it is a quantile of, a row for each of these; None if it is no quantile.
    """

    ones: list[Sample]
    without: list[float | None]
    named: int
    used: NDArray[np.int64]
    numbers: Numbers | None


class Part(NamedTuple):
    """What is kept of some blocks.

    Attributes:
        ones: The samples.
        sizes: Of those that are the worst, the largest number of each.
        named: How many fit a name.
        used: The samples that are used.
        apart: What each block comes to.
    """

    ones: list[One]
    sizes: list[float]
    named: int
    used: list[NDArray[np.int64]]
    apart: list[Apart]


class Without(Observer[Part]):
    """Keeps some samples of a run of one loss of the whole set.

    Args:
        wish: Which; the worst are those with the largest of the numbers that the loss is a quantile of.
    """

    whole_samples = True

    def __init__(self, wish: Wish) -> None:
        self._wish = wish

    def take(self, block: Block, losses: Sequence[Values]) -> Part:
        (one,) = losses
        used = np.zeros(block.rows, bool)
        used[block.samples - block.start] = True
        sizes = np.full(block.rows, np.nan)
        quantile = one.job.loss.quantile is not None
        if quantile and one.sums.statistics:
            (numbers,) = one.sums.statistics[0].gathered.values()
            sizes[used] = numbers.reshape(block.count, -1).max(axis=1)
        named, which = chosen(self._wish, block, sizes)
        ones = [kept(block, one, i, np.nan, COUNTED if used[i] else OMITTED) for i in which]
        apart: list[Apart] = []
        if one.sums.statistics:
            less = {} if quantile else {i + block.start: _less(one, block, i) for i in which if used[i]}
            apart.append((one.sums.statistics[0], less))
        return Part(ones, [float(sizes[i]) for i in which], named, [block.samples], apart)

    def merge(self, parts: Sequence[Part]) -> Part:
        ones = [one for part in parts for one in part.ones]
        sizes = [size for part in parts for size in part.sizes]
        if self._wish.worst:
            order = largest(np.array(sizes), self._wish.worst)
            ones, sizes = [ones[i] for i in order], [sizes[i] for i in order]
        elif self._wish.named is not None:
            ones, sizes = ones[: self._wish.most], sizes[: self._wish.most]
        return Part(
            ones,
            sizes,
            sum(part.named for part in parts),
            [used for part in parts for used in part.used],
            [apart for part in parts for apart in part.apart],
        )

    def finish(self, part: Part, ended: Ended) -> None:
        if not part.apart:  # with these parameters it is a mean after all
            return
        used = np.concatenate(part.used)
        (outcome,) = ended.outcomes
        whole = merge_statistics([statistic for statistic, _ in part.apart])
        numbers = None
        if outcome.job.loss.quantile is not None:
            ((name, values),) = whole.gathered.items()
            numbers = Numbers(name, values.astype(np.float64, copy=False))
        without = [_without(one, part, whole, used, ended) for one in part.ones]
        outcome.observed[WITHOUT] = Found([Sample(ended, one) for one in part.ones], without, part.named, used, numbers)


def _less(one: Values, block: Block, i: int) -> Statistic | None:
    """The statistic of a block without one of its samples."""
    if block.count == 1:
        return None
    assert one.again is not None
    return one.again(block.samples != i + block.start)


def _without(one: One, part: Part, whole: Statistic, used: NDArray[np.int64], ended: Ended) -> float | None:
    """What the loss would be without a sample; None where the others are too few for one."""
    (ready,) = ended.prepared.jobs
    if one.status == OMITTED or len(used) < 2 or ready.job.complaint(len(used) - 1):
        return None
    if ready.loss.quantile is not None:  # every sample has its row
        others = whole.map(lambda rows: rows[used != one.number])
    else:
        left = [less.get(one.number, statistic) for statistic, less in part.apart]
        others = merge_statistics([statistic for statistic in left if statistic is not None])
    return loss_of(ended.prepared, ready, others)
