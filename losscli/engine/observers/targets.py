"""What the targets of losses look like as a whole: their mean, their quantiles, how often each class stands.

It is what a prediction that knows nothing of the inputs is made of; see :mod:`losscli.reference`. The same of what
predictions fall short of targets by is what a constant is made of that is added to all predictions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.engine.labels import class_labels
from losscli.engine.observers import Observer, Values
from losscli.engine.reduce import fsum
from losscli.spec.calls import names

if TYPE_CHECKING:
    from losscli.engine.outcome import Ended
    from losscli.engine.plan import Bound, Job
    from losscli.engine.rows import Block

OBSERVED = "targets"
"""Where :class:`TargetsSeen` leaves :class:`Targets` in ``Outcome.observed``."""
SHORTFALLS = "shortfalls"
"""Where :class:`ShortfallsSeen` leaves them."""
MOST_COLUMNS = 1024
"""Columns of which each has numbers of its own; wider samples have one for all of their values."""
MOST_GATHERED = 1 << 24
"""Values that are kept for quantiles: 128 MiB of float64, and as much for weights where values have some."""

Floats = NDArray[np.float64]
_NOTHING = np.zeros(())


class Targets(NamedTuple):
    """What is known of the targets of a loss. Of a table's columns each has its own numbers.

    What none of the loss's constants is made of is not looked at, and 0.

    Attributes:
        mean: The weighted mean.
        low: The smallest value.
        high: The largest value.
        counts: How much each class stands, of a loss of classes; else None.
        quantile: The value below which a share of the weight lies; None where there are too many values to keep, or
            none of the loss's constants is made of it.
    """

    mean: Floats
    low: Floats
    high: Floats
    counts: Floats | None = None
    quantile: Callable[[float], Floats] | None = None


class Part(NamedTuple):
    """What one block of one loss shows; all are arrays of columns, but for the values that are kept."""

    start: int
    weight: Floats
    total: Floats
    low: Floats
    high: Floats
    counts: Floats | None
    values: Floats | None
    weights: Floats | None


class TargetsSeen(Observer[list[list[Part]]]):
    """Leaves :class:`Targets` for each loss that has a target beside its prediction.

    Args:
        label_base: The number of the first class.
    """

    sums_only = True
    observed = OBSERVED

    def __init__(self, label_base: int = 0) -> None:
        self._base = label_base

    def take(self, block: Block, losses: Sequence[Values]) -> list[list[Part]]:
        return [self._shown(one.job, block) if block.count else [] for one in losses]

    def _shown(self, job: Job, block: Block) -> list[Part]:
        target = job.inputs[1] if len(job.inputs) > 1 else None
        if target is None or target.source is None or not target.streamed or "constant" not in job.loss.hooks:
            return []
        if job.classes and (target.kind.dtype == "label" or target.kind.distribution):
            samples = np.ones(block.count) if block.weight is None else block.used(block.weight)
            counts = self._counts(job, target, block, samples)
            return [Part(block.start, _NOTHING, _NOTHING, _NOTHING, _NOTHING, counts, None, None)]
        values = self._values(job, target, block)
        if values is None:
            return []
        return [_part(block, values, _weights(job, block, values), names(job.loss.hooks["constant"]))]

    def _values(self, job: Job, target: Bound, block: Block) -> Floats | None:
        """What is looked at, in the shape of the rows."""
        return block.of(target).astype(np.float64)

    def _counts(self, job: Job, target: Bound, block: Block, samples: Floats) -> Floats:
        raw, classes = block.of(target), job.classes or 0
        if target.kind.dtype != "label":  # class probabilities, on axis 1
            each: Floats = raw.reshape(len(raw), classes, -1).astype(np.float64).sum(axis=2)
            return np.asarray((each * samples[:, None]).sum(axis=0))
        labels = class_labels(job, target, raw, self._base).reshape(len(raw), -1)
        known = (labels >= 0) & (labels < classes)
        weights = np.broadcast_to(samples[:, None], labels.shape)
        return np.asarray(np.bincount(labels[known], weights=weights[known], minlength=classes), np.float64)

    def merge(self, parts: Sequence[list[list[Part]]]) -> list[list[Part]]:
        return [[part for each in losses for part in each] for losses in zip(*parts, strict=True)]

    def finish(self, part: list[list[Part]], ended: Ended) -> None:
        for parts, outcome in zip(part, ended.outcomes, strict=True):
            if parts:
                outcome.observed[self.observed] = _together(sorted(parts, key=lambda one: one.start))


class ShortfallsSeen(TargetsSeen):
    """Leaves the same of targets less predictions, for each loss of which both are of one shape."""

    observed = SHORTFALLS

    def _values(self, job: Job, target: Bound, block: Block) -> Floats | None:
        first = job.inputs[0]
        if first.source is None or not first.streamed or first.row_shape != target.row_shape:
            return None
        # Taking apart numbers of another type takes half as long where these are converted first.
        shortfalls = block.of(target).astype(np.float64)
        shortfalls -= block.of(first).astype(np.float64, copy=False)
        return shortfalls


def _part(block: Block, values: Floats, weights: Floats | None, asked: tuple[str, ...]) -> Part:
    """What constants are made of that ask for these figures."""
    per_row = values.size // block.count
    values = _columns(values)
    weights = None if weights is None else _columns(weights)
    total, weight = _NOTHING, np.asarray(float(len(values)))
    if weights is not None:
        weight = weights.sum(axis=0)
    if "mean" in asked:
        with np.errstate(all="ignore"):
            counted = values if weights is None else np.where(weights == 0, 0.0, values * weights)
            total = np.asarray(counted.sum(axis=0))
    ends = (_NOTHING, _NOTHING)
    if "best" in asked or "quantile" in asked:
        ends = (np.asarray(values.min(axis=0)), np.asarray(values.max(axis=0)))
    # Until the end of a stream was seen, who knows how many there are: the first are kept.
    few = (block.start + block.rows) * per_row <= MOST_GATHERED
    kept = (values, weights) if few and "quantile" in asked else (None, None)
    return Part(block.start, weight, total, *ends, None, *kept)


def _weights(job: Job, block: Block, values: Floats) -> Floats | None:
    """What each value weighs; None where all weigh the same."""
    beside = [bound for bound in job.inputs if bound.kind.weighs and bound.source is not None]
    if block.weight is None and not beside:
        return None
    weights = np.ones(values.shape)
    if block.weight is not None:
        weights *= block.used(block.weight).reshape(-1, *[1] * (values.ndim - 1))
    for bound in beside:
        weights *= _beside(bound, block, values)
    return weights


def _columns(values: Floats) -> Floats:
    """Values of (rows, columns), or of (all,) where there are too many columns or further axes."""
    return values if values.ndim == 2 and values.shape[1] <= MOST_COLUMNS else values.reshape(-1)


def _beside(bound: Bound, block: Block, values: Floats) -> Floats:
    """An input of weights in the shape of the values."""
    assert bound.source is not None
    raw: Floats = (block.of(bound) if bound.streamed else bound.source.read_all()).astype(np.float64)
    return np.broadcast_to(raw.reshape(values.shape) if raw.size == values.size else raw, values.shape)


def _together(parts: list[Part]) -> Targets:
    """What all blocks came to; sums are rounded once, whatever the blocks' order was."""
    weight, total = _sum([p.weight for p in parts]), _sum([p.total for p in parts])
    with np.errstate(all="ignore"):
        mean = total / weight
    low = np.minimum.reduce([p.low for p in parts])
    high = np.maximum.reduce([p.high for p in parts])
    counts = None if parts[0].counts is None else _sum([p.counts for p in parts if p.counts is not None])
    if parts[-1].values is None:
        return Targets(mean, low, high, counts)
    values = np.concatenate([p.values for p in parts if p.values is not None])
    some = [p.weights for p in parts if p.weights is not None]
    weights = np.concatenate(some) if some else None
    return Targets(mean, low, high, counts, lambda share: quantile(values, weights, share))


def _sum(arrays: list[Floats]) -> Floats:
    columns = zip(*(array.reshape(-1).tolist() for array in arrays), strict=True)
    return np.array([fsum(list(column)) for column in columns]).reshape(arrays[0].shape)


def quantile(values: Floats, weights: Floats | None, share: float) -> Floats:
    """The value below which a share of the weight lies, of each column; between two values their middle.

    The median of equal weights is NumPy's.
    """
    if values.ndim == 2:
        each = [None] * values.shape[1] if weights is None else weights.T
        return np.array([quantile(column, weight, share) for column, weight in zip(values.T, each, strict=True)])
    if weights is None:
        ordered = np.sort(values)
        wanted = share * len(ordered)
        at = min(max(math.ceil(wanted) - 1, 0), len(ordered) - 1)
        exact = at + 1 == wanted and at + 1 < len(ordered)
        return np.asarray(0.5 * ordered[at] + 0.5 * ordered[at + 1] if exact else ordered[at])
    counting = weights > 0
    if counting.any():  # what weighs nothing is no value to meet half-way
        values, weights = values[counting], weights[counting]
    order = np.argsort(values, kind="stable")
    ordered, cumulated = values[order], np.cumsum(weights[order])
    wanted = share * cumulated[-1]
    at = min(int(np.searchsorted(cumulated, wanted)), len(ordered) - 1)
    exact = cumulated[at] == wanted and at + 1 < len(ordered)
    return np.asarray(0.5 * ordered[at] + 0.5 * ordered[at + 1] if exact else ordered[at])
