"""A few samples of one loss, kept with all that went into them, and how many others are worse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.engine.collect import COUNTED, OMITTED
from losscli.engine.explained import One, Sample
from losscli.engine.observers import Observer, Values
from losscli.engine.quantiles import median
from losscli.engine.samples import columns_of

if TYPE_CHECKING:
    from losscli.engine.outcome import Ended, Outcome
    from losscli.engine.rows import Block

OBSERVED = "picked"
"""Where it leaves what it found: a :class:`Found`."""


class Wish(NamedTuple):
    """Which samples are to be kept.

    Attributes:
        numbers: Those of these numbers.
        worst: So many with the largest losses.
        named: Those whose last column beside the inputs holds this text.
        most: How many are kept of those that are named.
        known: The losses of samples whose ranks are to be counted, where these are known before.
        ranked: Whether ranks are wanted.
        median: Whether the median of all losses is, which takes keeping them.
    """

    numbers: tuple[int, ...] = ()
    worst: int = 0
    named: str | None = None
    most: int = 16
    known: Mapping[int, float] | None = None
    ranked: bool = True
    median: bool = False


class Part(NamedTuple):
    """What is kept of some blocks.

    Attributes:
        ones: The samples.
        named: How many fit a name.
        values: The losses of all samples, NaN without one, by where they begin; none where ranks are counted.
        worse: How many samples are worse than those whose losses are known.
        ranked: How many samples have a loss.
    """

    ones: list[One]
    named: int = 0
    values: tuple[tuple[int, NDArray[np.float64]], ...] = ()
    worse: tuple[int, ...] = ()
    ranked: int = 0


class Found(NamedTuple):
    """The samples that were kept.

    Attributes:
        ones: In the order of their numbers, or the worst first; each can be looked into while the inputs are open.
        ranks: The rank of each by its loss, 1 for the worst; None where it has none or none was asked for.
        ranked: How many samples have a loss.
        named: How many fit a name.
        median: The median of all losses, if it was asked for.
    """

    ones: list[Sample]
    ranks: list[int | None]
    ranked: int
    named: int
    median: float | None = None


class Picked(Observer[Part]):
    """Keeps some samples of a run of one loss.

    Args:
        wish: Which.
        reduction: As in torch.
    """

    whole_samples = True

    def __init__(self, wish: Wish, reduction: str) -> None:
        self._wish, self._reduction = wish, reduction

    def take(self, block: Block, losses: Sequence[Values]) -> Part:
        (one,) = losses
        values, status = (each[0] for each in columns_of(block, losses, self._reduction))
        has = status == COUNTED
        named, which = chosen(self._wish, block, np.where(has, values, np.nan) if self._wish.worst else values)
        ones = [kept(block, one, i, float(values[i]), int(status[i])) for i in which]
        ranked = int(np.count_nonzero(has))
        if not self._wish.ranked or (self._wish.worst and not self._wish.median):
            return Part(ones, named, ranked=ranked)
        if self._wish.known is None:
            return Part(ones, named, ((block.start, np.array(values)),), ranked=ranked)
        worse = tuple(_worse(block.start, values, n, x) for n, x in self._wish.known.items())
        return Part(ones, named, worse=worse, ranked=ranked)

    def merge(self, parts: Sequence[Part]) -> Part:
        ones = [one for part in parts for one in part.ones]
        if self._wish.worst:
            ones = [ones[i] for i in largest(np.array([one.value for one in ones]), self._wish.worst)]
        elif self._wish.named is not None:
            ones = ones[: self._wish.most]
        values = tuple(x for part in parts for x in part.values)
        worse = tuple(map(sum, zip(*(part.worse for part in parts), strict=True)))
        return Part(ones, sum(part.named for part in parts), values, worse, sum(part.ranked for part in parts))

    def finish(self, part: Part, ended: Ended) -> None:
        (outcome,) = ended.outcomes
        if outcome.by_sample is not None:
            part = _late(part, outcome)
        ranks = [self._rank(i, one, part) for i, one in enumerate(part.ones)]
        outcome.observed[OBSERVED] = Found(
            [Sample(ended, one) for one in part.ones], ranks, part.ranked, part.named, self._median(part)
        )

    def _median(self, part: Part) -> float | None:
        if not self._wish.median or not part.values:
            return None
        values = np.concatenate([values for _, values in part.values])
        values = values[~np.isnan(values)]
        return median(values) if len(values) else None

    def _rank(self, i: int, one: One, part: Part) -> int | None:
        if not self._wish.ranked or one.status != COUNTED or np.isnan(one.value):
            return None
        if self._wish.worst:
            return i + 1
        if self._wish.known is not None:
            return 1 + part.worse[list(self._wish.known).index(one.number)]
        return 1 + sum(_worse(start, values, one.number, one.value) for start, values in part.values)


def chosen(wish: Wish, block: Block, values: NDArray[np.float64]) -> tuple[int, list[int]]:
    """How many samples of a block fit a name, and which of its rows are to be kept.

    Args:
        wish: Which are wanted.
        block: The block.
        values: What the worst are the largest by, a number a row; NaN without one.
    """
    if wish.named is not None:
        fits = np.flatnonzero(block.texts[-1] == wish.named)
        return len(fits), fits[: wish.most].tolist()
    if wish.worst:
        return 0, largest(values, wish.worst)
    return 0, [n - block.start for n in wish.numbers if 0 <= n - block.start < block.rows]


def _worse(start: int, values: NDArray[np.float64], number: int, value: float) -> int:
    """How many samples of a block are worse than one, or as bad and before it."""
    count = int(np.count_nonzero(values > value))
    before = values[: max(0, number - start)]
    return count + int(np.count_nonzero(before == value))


def largest(values: NDArray[np.float64], most: int) -> list[int]:
    """Where so many of the largest are, the largest first, of those that are equal the first; NaN is none."""
    there = np.flatnonzero(~np.isnan(values))
    if len(there) > most:
        there = there[values[there] >= np.partition(values[there], -most)[-most]]
    found: list[int] = there[np.lexsort((there, -values[there]))][:most].tolist()
    return found


def kept(block: Block, one: Values, i: int, value: float, status: int) -> One:
    """A row of a block, with all that is needed of it."""
    raw = [np.array(rows[i : i + 1]) if len(rows) == block.rows else rows for rows in block.raw]
    weight = None if block.weight is None else float(block.weight[i])
    texts = tuple(str(column[i]) for column in block.texts)
    arrays = (one.values, one.adding, one.weighted, one.weight, one.ignored)
    if status == OMITTED or one.values is None:
        return One(i + block.start, raw, weight, texts, value, status, *[None] * len(arrays))
    at = i if block.keep is None else int(np.count_nonzero(block.keep[:i]))
    mine = [None if x is None else np.array(x[at]) for x in arrays]
    return One(i + block.start, raw, weight, texts, value, status, *mine)


def _late(part: Part, outcome: Outcome) -> Part:
    """The same of a loss whose samples have values only once every block was seen."""
    assert outcome.by_sample is not None
    values, status = outcome.by_sample
    assert outcome.units is not None
    units = outcome.units.reshape(len(values), -1)
    ones = [
        one._replace(
            value=float(values[one.number]),
            status=int(status[one.number]),
            units=units[one.number],
            adding=units[one.number],
            weighted=units[one.number],
        )
        for one in part.ones
    ]
    return part._replace(ones=ones, values=((0, values),), ranked=int(np.count_nonzero(status == COUNTED)))
