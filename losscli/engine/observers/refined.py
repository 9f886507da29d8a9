"""Another look at samples of which buckets are known: all numbers of the buckets in question."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.engine.buckets import names_of
from losscli.engine.observers import Observer, Values
from losscli.engine.observers.contributions import part_of, samples_of
from losscli.engine.pooled import Known

if TYPE_CHECKING:
    from losscli.engine.outcome import Ended
    from losscli.engine.rows import Block

OBSERVED = "refined"
"""Where it leaves two dictionaries of :class:`losscli.engine.pooled.Known`: by what is added, and by losses."""
_MANY = 1 << 21
"""Numbers that are kept as they come; of more, equal ones are put together."""


class Kept(NamedTuple):
    """Numbers, how many of each, and their weights; and how many were left when equal ones were put together."""

    parts: tuple[Known, ...] = ()
    left: int = 0


class Refined(Observer[tuple[Kept, Kept]]):
    """Keeps the numbers of some buckets.

    Args:
        reduction: How a sample's units become its loss.
        adds: The buckets by what is added.
        losses: The buckets by losses.
    """

    whole_samples = True

    def __init__(self, reduction: str, adds: Collection[int], losses: Collection[int]) -> None:
        self._reduction = reduction
        self._adds, self._losses = (np.array(sorted(names), np.int64) for names in (adds, losses))

    def take(self, block: Block, losses: Sequence[Values]) -> tuple[Kept, Kept]:
        (one,) = losses
        if one.values is None or not block.count:
            return Kept(), Kept()
        adds, losses_of = [], []
        for samples in part_of(samples_of(one, self._reduction)).samples:
            weights = np.broadcast_to(np.asarray(samples.weights, np.float64), samples.adds.shape)
            adds.append(_inside(samples.adds, weights, self._adds))
            losses_of.append(_inside(samples.loss, weights, self._losses))
        return Kept(tuple(adds)), Kept(tuple(losses_of))

    def merge(self, parts: Sequence[tuple[Kept, Kept]]) -> tuple[Kept, Kept]:
        adds, losses = zip(*parts, strict=True)
        return _merged(adds), _merged(losses)

    def finish(self, part: tuple[Kept, Kept], ended: Ended) -> None:
        adds, losses = part
        ended.outcomes[0].observed[OBSERVED] = _by_name(adds, -1), _by_name(losses, 1)


def _inside(values: NDArray[np.float64], weights: NDArray[np.float64], names: NDArray[np.int64]) -> Known:
    mine = names_of(values)
    if len(names):
        within = np.zeros(int(names[-1] - names[0]) + 1, np.bool_)
        within[names - names[0]] = True
        at = np.clip(mine - names[0], 0, len(within) - 1)
        chosen = (mine >= names[0]) & (mine <= names[-1]) & within[at]
    else:
        chosen = np.zeros(len(values), np.bool_)
    kept = values[chosen] + 0.0
    return Known(kept, np.ones(len(kept), np.int64), weights[chosen])


def _merged(each: Sequence[Kept]) -> Kept:
    parts = tuple(part for kept in each for part in kept.parts)
    left = sum(kept.left for kept in each)
    if sum(len(part.values) for part in parts) > max(_MANY, 2 * left):
        together = _together(parts)
        return Kept((together,), len(together.values))
    return Kept(parts, left)


def _together(parts: Sequence[Known]) -> Known:
    """Numbers that are equal, and weigh the same, as one."""
    values, counts, weights = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((weights / counts, values))
    values, counts, weights = values[order], counts[order], weights[order]
    each = weights / counts
    new = np.ones(len(values), np.bool_)
    new[1:] = (values[1:] != values[:-1]) | (each[1:] != each[:-1])
    starts = np.flatnonzero(new)
    summed = np.add.reduceat(counts, starts) if len(starts) else counts
    return Known(values[starts], summed, each[starts] * summed)


def _by_name(kept: Kept, way: int) -> dict[int, Known]:
    if not kept.parts:
        return {}
    every = _together(kept.parts)
    names = names_of(every.values)
    found = {}
    for name in np.unique(names).tolist():
        mine = np.flatnonzero(names == name)[::way]
        found[name] = Known(every.values[mine], every.counts[mine], every.weights[mine])
    return found
