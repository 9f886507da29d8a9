"""How the losses of two jobs differ on the same samples: sums of the differences, and the samples that changed most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.engine.intervals import ALL, merged
from losscli.engine.observers import Observer, Values
from losscli.engine.parted import Parted
from losscli.engine.samples import Samples, columns_of, fraction, scattered
from losscli.errors import UsageError
from losscli.stats.moments import Sums

if TYPE_CHECKING:
    from losscli.engine.intervals import Drawn, Fraction, Way
    from losscli.engine.outcome import Ended
    from losscli.engine.parted import Names
    from losscli.engine.plan import Job
    from losscli.engine.rows import Block


class Tally(NamedTuple):
    """On how many samples the second loss is lower, equal and higher."""

    lower: int
    equal: int
    higher: int


class Pair(NamedTuple):
    """What is kept of two jobs in some blocks.

    Attributes:
        units: The differences of units, as a way to intervals keeps them.
        tallies: How they compare, for each group and for all.
        changed: The samples that changed most, with the losses of both.
    """

    units: Any
    tallies: dict[Names, list[Tally]]
    changed: list[Samples]


class Changes(Observer[list[Pair]]):
    """Takes the differences of jobs from one another.

    Args:
        pairs: Which jobs, each as the place of the baseline and that of the other.
        ways: How the units of each pair are kept.
        reduction: How a sample's units become its loss.
        top: How many of the samples that changed most are wanted.
    """

    whole_samples = True

    def __init__(
        self, pairs: Sequence[tuple[int, int]], ways: Sequence[Way[Any, Gathered]], reduction: str, top: int
    ) -> None:
        self._pairs, self._ways, self._reduction, self._top = pairs, ways, reduction, top

    def take(self, block: Block, losses: Sequence[Values]) -> list[Pair]:
        for one in losses:
            if one.sums.statistics:
                name = one.job.loss.name
                raise UsageError(
                    f"{name} is one number for the whole set: its samples have no losses to compare one by one.",
                    f"compute {name} of each, or compare a loss that is a mean over samples.",
                )
        parted = block.parted if block.groups and block.count else None
        values, status = columns_of(block, losses, self._reduction)
        used = status.max(axis=0) == 0
        found = []
        for way, (i, j) in zip(self._ways, self._pairs, strict=True):
            counted = used & _weighing(block, losses[i]) if block.count else used
            units = way.take(block, difference(losses[i], losses[j]), parted) if block.count else None
            found.append(self._pair(block, units, parted, values[[i, j]], counted))
        return found

    def _pair(
        self,
        block: Block,
        units: Any,
        parted: Parted | None,
        values: NDArray[np.float64],
        used: NDArray[np.bool_],
    ) -> Pair:
        apart = values[1] - values[0]
        sign = np.where(values[1] == values[0], 0.0, np.sign(apart))  # two infinities are equal, and differ by NaN
        tallies = {ALL: [_tally(sign[used])]}
        if parted is not None:
            own = np.where(block.used(used), block.used(sign), np.nan)
            counts = (np.bincount(parted.codes[own == x], minlength=len(parted.names)) for x in (-1, 0, 1))
            each = zip(*(count.tolist() for count in counts), strict=True)
            tallies |= {names: [Tally(*three)] for names, three in zip(parted.names, each, strict=True)}
        return Pair(units, tallies, self._most_changed(block, values, np.where(used, np.abs(apart), np.nan)))

    def _most_changed(self, block: Block, values: NDArray[np.float64], size: NDArray[np.float64]) -> list[Samples]:
        changed = np.flatnonzero(size > 0)  # neither what is equal nor what has no loss
        if not self._top or not changed.size:
            return []
        if changed.size > self._top:
            least = np.partition(size[changed], -self._top)[-self._top]
            changed = changed[size[changed] >= least]
            changed = changed[np.argsort(-size[changed], kind="stable")[: self._top]]
        texts = [text[changed] for text in block.texts]
        return [Samples(changed + block.start, values[:, changed], np.zeros((2, len(changed)), np.uint8), texts)]

    def deliver(self, part: list[Pair]) -> list[Pair]:
        return [
            one if one.units is None else one._replace(units=way.deliver(one.units))
            for way, one in zip(self._ways, part, strict=True)
        ]

    def merge(self, parts: Sequence[list[Pair]]) -> list[Pair]:
        return [self._merge(way, each) for way, each in zip(self._ways, zip(*parts, strict=True), strict=True)]

    def _merge(self, way: Way[Any, Gathered], parts: Sequence[Pair]) -> Pair:
        units = [one.units for one in parts if one.units is not None]
        tallies = merged([one.tallies for one in parts])
        samples = [s for one in parts for s in one.changed]
        if sum(len(s.at) for s in samples) > 2 * self._top:
            samples = [largest(samples, self._top)]
        return Pair(way.merge(units) if units else None, tallies, samples)

    def finish(self, part: list[Pair], ended: Ended) -> None:
        first, beside = ended.outcomes[0], ended.prepared.request.beside
        labels = [column.label for column in beside.keep]
        first.observed["changes"] = [
            Change(
                {} if one.units is None else way.finish(one.units, ended, first),
                {names: total(tallies) for names, tallies in one.tallies.items()},
                largest(one.changed, self._top) if one.changed else None,
                labels,
            )
            for way, one in zip(self._ways, part, strict=True)
        ]


class Change(NamedTuple):
    """What two jobs came to.

    Attributes:
        units: The units of all samples and of each group.
        tallies: How they compare.
        changed: The samples that changed most, or None.
        labels: The columns kept beside them.
    """

    units: Mapping[Names, Gathered]
    tallies: Mapping[Names, Tally]
    changed: Samples | None
    labels: list[str]


class Gathered(NamedTuple):
    """Units as they are: their sums, and themselves where they are drawn from."""

    sums: Sequence[Sums]
    drawn: Drawn | None = None


class Gather(NamedTuple):
    """Makes nothing of units but what they are.

    Attributes:
        total: Whether the loss is a sum and not a mean.
    """

    total: bool

    def of(
        self,
        job: Job,
        fraction: Fraction,
        sums: Sequence[Sums],
        drawn: Drawn | None = None,
        clusters: Sequence[str] | None = None,
    ) -> Gathered:
        """The sums of units, and what to draw from."""
        return Gathered(sums, drawn)


def difference(base: Values, other: Values) -> Values:
    """The second loss minus the first, sample by sample, as the values of a loss.

    Raises:
        UsageError: They do not divide by the same.
    """
    (a, w), (b, v) = fraction(base), fraction(other)
    if not np.array_equal(w, v):
        raise UsageError(
            f"{base.job.loss.name}: what the means divide by differs between the models, sample by sample.",
            "-r sum compares the sums.",
        )
    weight = w[:, None] if isinstance(w, np.ndarray) else np.full((len(a), 1), w)
    apart = (b - a)[:, None]
    return base._replace(values=apart, adding=apart, weighted=apart, weight=weight, ignored=None)


def _weighing(block: Block, one: Values) -> NDArray[np.bool_]:
    """Which samples add to what is divided by: not those of weight 0."""
    _, weight = fraction(one)
    return scattered(np.broadcast_to(weight != 0, block.count), block.keep, False)


def _tally(sign: NDArray[np.float64]) -> Tally:
    lower, higher = int(np.count_nonzero(sign < 0)), int(np.count_nonzero(sign > 0))
    return Tally(lower, int(np.count_nonzero(sign == 0)), higher)


def total(tallies: Sequence[Tally]) -> Tally:
    """All together."""
    return Tally(*map(sum, zip(*tallies, strict=True)))


def largest(samples: Sequence[Samples], top: int) -> Samples:
    """The samples that changed most among some, the largest change first."""
    texts = [np.concatenate(column) for column in zip(*(s.texts for s in samples), strict=True)]
    every = Samples(
        np.concatenate([s.at for s in samples]),
        np.concatenate([s.values for s in samples], axis=1),
        np.concatenate([s.status for s in samples], axis=1),
        texts,
    )
    size = np.abs(every.values[1] - every.values[0])
    return every.picked(np.lexsort((every.at, -size))[:top])
