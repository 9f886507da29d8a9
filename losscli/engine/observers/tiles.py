"""Losses of samples larger than a block, put together from the sums of the tiles they were cut into."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.engine.collect import COUNTED, IGNORED, Selection
from losscli.engine.observers import Observer, Values
from losscli.engine.observers.per_sample import attach, select_among
from losscli.engine.reduce import fsum, value_of
from losscli.engine.samples import Samples

if TYPE_CHECKING:
    from losscli.engine.outcome import Ended
    from losscli.engine.plan import Job
    from losscli.engine.rows import Block


class Tile(NamedTuple):
    """What a tile adds to its sample: terms of a sum, and how many of its positions are ignored."""

    terms: list[float]
    ignored: int


class Tiles(Observer[list[list[Tile]]]):
    """Keeps the sums of every tile, for each loss, and selects among the samples at the end.

    Args:
        selection: Which samples to keep.
        reduction: How a sample's units become its loss.
    """

    sums_only = True

    def __init__(self, selection: Selection, reduction: str) -> None:
        self._selection, self._reduction = selection, reduction

    def take(self, block: Block, losses: Sequence[Values]) -> list[list[Tile]]:
        return [[Tile(one.sums.terms, one.sums.ignored)] for one in losses]

    def merge(self, parts: Sequence[list[list[Tile]]]) -> list[list[Tile]]:
        return [[tile for tiles in each for tile in tiles] for each in zip(*parts, strict=True)]

    def finish(self, part: list[list[Tile]], ended: Ended) -> None:
        plan = ended.prepared.plan
        samples = plan.samples // plan.cut
        each = [joined(tiles, samples, plan.cut) for tiles in part]
        values = [self._loss(job, *figures) for job, (*figures, _) in zip(plan.jobs, each, strict=True)]
        status = np.stack([status for *_, status in each])
        every = Samples(np.arange(samples), np.stack(values), status, [])
        attach(ended, select_among(self._selection, every))

    def _loss(self, job: Job, totals: NDArray[np.float64], means: NDArray[np.float64]) -> NDArray[np.float64]:
        return totals if self._reduction == "sum" else np.asarray(value_of(job, means, totals))


def joined(
    tiles: list[Tile], samples: int, positions: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.uint8]]:
    """Totals, means and status of samples from the tiles they were cut into."""
    each = len(tiles) // samples
    totals, used, status = np.full(samples, np.nan), np.zeros(samples), np.full(samples, IGNORED, np.uint8)
    for i in range(samples):
        mine = tiles[i * each : (i + 1) * each]
        used[i] = positions - sum(t.ignored for t in mine)
        if used[i]:
            totals[i], status[i] = fsum([term for t in mine for term in t.terms]), COUNTED
    with np.errstate(invalid="ignore"):
        return totals, totals / used, status
