"""Where units lie along an axis that is made of the inputs: how far they reach, how many are where, with what loss."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.data.source import UNKNOWN_ROWS
from losscli.engine.observers import ByLoss, Observer, Values
from losscli.engine.reduce import fsum

if TYPE_CHECKING:
    from losscli.engine.outcome import Ended
    from losscli.engine.plan import Plan
    from losscli.engine.rows import Block
    from losscli.spec.loss import Loss

OfData = Callable[[Any, Mapping[str, Any]], Any]
"""Where each unit lies, from the namespace and from what kernels are handed, in the shape of the units."""
BINS = "bins"
"""Where they are left, at the first loss."""
PLACES = "places"
"""Where those of one sample are left, at the first loss."""
_X = "x"
_ENOUGH = 1 << 20
"""Units that tell what quantiles all of them have."""


def _used(one: Values, name: str) -> tuple[NDArray[np.float64], NDArray[np.bool_] | None]:
    """What was probed of the units, and which of them count (None if all do)."""
    return one.probed[name].reshape(-1), None if one.ignored is None else ~one.ignored.reshape(-1)


class Sampled(ByLoss[list[NDArray[np.float64]]]):
    """Keeps a number of each unit that counts; of more than a million units every so manieth, for their quantiles.

    Args:
        name: Where it leaves them, at the first loss.
        of_data: Makes the numbers.
        only: The parameters of the one loss whose inputs it is to see, of several with the same; () for any.
    """

    def __init__(self, name: str, of_data: OfData, only: tuple[tuple[str, Any], ...] = ()) -> None:
        self._name, self._of_data, self._only, self._step, self._at = name, of_data, only, 1, 0

    def begin(self, plan: Plan) -> None:
        expected = max((source.expected_rows or 0 for source in plan.sources), default=0)
        samples = plan.samples if plan.samples < UNKNOWN_ROWS else expected
        units = math.prod(plan.jobs[0].result_shape[1:]) * samples // (plan.cut or 1)
        self._step = max(1, units // _ENOUGH)
        fitting = (i for i, job in enumerate(plan.jobs) if all(job.parameters.get(n) == v for n, v in self._only))
        self._at = next(fitting, 0)

    def probe(self, loss: Loss, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        if any(arguments.get(name) != value for name, value in self._only):
            return {}
        return {self._name: self._of_data(arguments["xp"], arguments)}

    def of(self, block: Block, number: int, one: Values) -> list[NDArray[np.float64]]:
        if number != self._at or self._name not in one.probed:  # or every sample was omitted
            return []
        x, used = _used(one, self._name)
        chosen = x if used is None else x[used]
        return [chosen[:: self._step].astype(np.float64)]

    def merge(self, parts: Sequence[list[list[NDArray[np.float64]]]]) -> list[list[NDArray[np.float64]]]:
        return [[array for some in each for array in some] for each in zip(*parts, strict=True)]

    def finish(self, part: list[list[NDArray[np.float64]]], ended: Ended) -> None:
        kept = part[self._at]
        every = np.concatenate(kept) if kept else np.empty(0)
        ended.outcomes[0].observed[self._name] = every[np.isfinite(every)]


class Binned(NamedTuple):
    """Units by where they lie.

    Attributes:
        counts: How many are in each bin.
        outside: How many lie in none.
        sums: For each loss what the units of each bin add to its sum, and last those outside.
    """

    counts: list[int]
    outside: int
    sums: list[list[float]]


class _Part(NamedTuple):
    counts: NDArray[np.int64]
    sums: list[NDArray[np.float64]]


class Bins(Observer[_Part]):
    """Counts the units between edges, and adds up what they add to each loss.

    Args:
        of_data: Where each lies.
        edges: The ends of the bins, increasing; a bin has its lower end, and the last one both.
    """

    def __init__(self, of_data: OfData, edges: NDArray[np.float64]) -> None:
        self._of_data, self._edges = of_data, edges

    def probe(self, loss: Loss, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        return {_X: self._of_data(arguments["xp"], arguments)}

    def take(self, block: Block, losses: Sequence[Values]) -> _Part:
        bins = len(self._edges)  # the last of which is for what lies outside
        if not block.count:
            return _Part(np.zeros(bins, np.int64), [])
        x, used = _used(losses[0], _X)
        inside = (x >= self._edges[0]) & (x <= self._edges[-1])
        at = np.clip(np.searchsorted(self._edges, x, side="right") - 1, 0, bins - 2)
        at = np.where(inside, at, bins - 1)
        counts = np.bincount(at if used is None else at[used], minlength=bins)
        sums = [np.bincount(at, one.weighted.reshape(-1), bins) for one in losses if one.weighted is not None]
        return _Part(counts.astype(np.int64), [np.stack(sums)])

    def merge(self, parts: Sequence[_Part]) -> _Part:
        counts = np.add.reduce([part.counts for part in parts])
        return _Part(counts, [array for part in parts for array in part.sums])

    def finish(self, part: _Part, ended: Ended) -> None:
        *counts, outside = part.counts.tolist()
        stacked = np.stack(part.sums).transpose(1, 2, 0).tolist() if part.sums else []
        sums = [[fsum(terms) for terms in of_bins] for of_bins in stacked]
        ended.outcomes[0].observed[BINS] = Binned(counts, outside, sums)


class Places(Observer[list[float]]):
    """Keeps where the units of one sample lie that count.

    Args:
        of_data: Where each unit lies.
        number: The sample.
    """

    whole_samples = True

    def __init__(self, of_data: OfData, number: int) -> None:
        self._of_data, self._number = of_data, number

    def probe(self, loss: Loss, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        return {_X: self._of_data(arguments["xp"], arguments)}

    def take(self, block: Block, losses: Sequence[Values]) -> list[float]:
        one = losses[0]
        (here,) = np.nonzero(block.samples == self._number)
        if not len(here) or _X not in one.probed:
            return []
        x = one.probed[_X][here[0]]
        return list(map(float, x if one.ignored is None else x[~one.ignored[here[0]]]))

    def merge(self, parts: Sequence[list[float]]) -> list[float]:
        return [x for part in parts for x in part]

    def finish(self, part: list[float], ended: Ended) -> None:
        ended.outcomes[0].observed[PLACES] = part
