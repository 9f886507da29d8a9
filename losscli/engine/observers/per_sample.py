"""Per-sample losses, one column a loss, of the selected samples only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.engine.collect import Selection
from losscli.engine.observers import Observer, Values
from losscli.engine.samples import Samples, columns_of, joined

if TYPE_CHECKING:
    from losscli.engine.outcome import Ended
    from losscli.engine.rows import Block


class Kept(NamedTuple):
    """What is kept of some blocks, and where the last of them ends."""

    samples: list[Samples]
    end: int


class PerSample(Observer[Kept]):
    """Keeps the selected samples.

    Args:
        selection: Which samples to keep.
        reduction: How a sample's units become its loss.
        key: The column that ``top`` sorts by.
        base: The number of the first class.
    """

    def __init__(self, selection: Selection, reduction: str = "mean", key: int = 0, base: int = 0) -> None:
        self._selection, self._reduction, self._key, self._base = selection, reduction, key, base
        # As many as are wanted are no smaller than this: what is, cannot come in. It saves looking, here and in the
        # processes that this is sent to, and whatever is known of it, the result is the same.
        self._least = -np.inf

    def take(self, block: Block, losses: Sequence[Values]) -> Kept:
        kept = self.select(block.start, *columns_of(block, losses, self._reduction), block.texts)
        if not self._selection.top:
            return kept
        return kept._replace(samples=[with_told(s, block, losses[self._key], self._base) for s in kept.samples])

    def select(
        self, start: int, values: NDArray[np.float64], status: NDArray[np.uint8], texts: list[NDArray[Any]]
    ) -> Kept:
        """What may be among the selected of samples from ``start`` on, both arrays (losses, samples)."""
        rows = values.shape[1]
        selection = self._selection
        if selection.head is None and not selection.top:
            return Kept([Samples(np.arange(start, start + rows), values.copy(), status, texts)], start + rows)
        picked = self._worst(values[self._key]) if selection.top else self._ends(start, rows)
        found = Samples(picked + start, values[:, picked], status[:, picked], [t[picked] for t in texts])
        return Kept([found] if len(picked) else [], start + rows)

    def _ends(self, start: int, rows: int) -> NDArray[np.int64]:
        # Which block is the last is not known here: every one may hold the end.
        head = min(max((self._selection.head or 0) - start, 0), rows)
        return np.asarray(np.r_[0:head, max(rows - self._selection.tail, head) : rows])

    def _worst(self, column: NDArray[np.float64]) -> NDArray[np.int64]:
        top = self._selection.top
        # Most blocks end with this look at their maximum.
        if np.fmax.reduce(column) < self._least:
            return np.empty(0, np.int64)
        present = np.flatnonzero(column >= self._least)
        if len(present) <= top:
            return present
        values = column[present]
        least = np.partition(values, len(values) - top)[len(values) - top]
        self._learn(least)
        kept = values > least
        kept[np.flatnonzero(values == least)[: top - np.count_nonzero(kept)]] = True  # of equals the first
        return np.asarray(present[kept])

    def _learn(self, least: float) -> None:
        self._least = max(self._least, float(least))

    def merge(self, parts: Sequence[Kept]) -> Kept:
        samples, end = [s for part in parts for s in part.samples], parts[-1].end
        selection = self._selection
        if selection.top:
            if sum(len(s.at) for s in samples) > 2 * selection.top:
                samples = [self._largest(samples)]
                self._learn(samples[0].values[self._key, -1])
        elif selection.head is not None:
            samples = [s for s in samples if s.at[0] < selection.head or s.at[-1] >= end - selection.tail]
        return Kept(samples, end)

    def _largest(self, samples: list[Samples]) -> Samples:
        every = joined(samples)
        return every.picked(np.lexsort((every.at, -every.values[self._key]))[: self._selection.top])

    def selected(self, kept: Kept) -> Samples | None:
        """The selected samples: in order of index or, for ``top``, of loss; None if there are none."""
        if not kept.samples:
            return None
        if self._selection.top:
            return self._largest(kept.samples)
        every = joined(kept.samples)
        if self._selection.head is None:
            return every
        tail = every.at >= kept.end - self._selection.tail
        return every.picked(np.flatnonzero((every.at < self._selection.head) | tail))

    def finish(self, part: Kept, ended: Ended) -> None:
        attach(ended, self.selected(part))


class LatePerSample(PerSample):
    """Keeps every sample, because some losses have their values only once every block was seen; selects at the end."""

    def __init__(self, selection: Selection, reduction: str, key: int) -> None:
        super().__init__(Selection.everything(), reduction, key)
        self._wanted = selection

    def finish(self, part: Kept, ended: Ended) -> None:
        every = self.selected(part)
        assert every is not None
        for i, outcome in enumerate(ended.outcomes):
            if outcome.by_sample is not None:
                every.values[i], every.status[i] = outcome.by_sample
        attach(ended, self._chosen(every, ended))

    def _chosen(self, every: Samples, ended: Ended) -> Samples | None:
        if not self._wanted.of_groups:
            return select_among(self._wanted, every, self._key)
        from losscli.engine.observers.worst_of_groups import select_of_groups

        beside = ended.prepared.request.beside
        groups = [every.texts[beside.keep.index(column)] for column in beside.groups]
        return select_of_groups(every, groups, self._key, self._wanted.top)


def select_among(selection: Selection, every: Samples, key: int = 0) -> Samples | None:
    """The selected ones among all samples."""
    table = PerSample(selection, key=key)
    return table.selected(table.select(0, every.values, every.status, every.texts))


def attach(ended: Ended, samples: Samples | None) -> None:
    """Give each loss its column of the selected samples."""
    labels = [column.label for column in ended.prepared.request.beside.keep]
    found = samples or _nothing(len(ended.outcomes), len(labels))
    for i, outcome in enumerate(ended.outcomes):
        if outcome.units is None or outcome.by_sample is not None:
            outcome.samples = (found.at, found.values[i], found.status[i])
            outcome.texts = dict(zip(labels, found.texts, strict=True))
            outcome.told = found.told


def with_told(samples: Samples, block: Block, one: Values, base: int) -> Samples:
    """Samples of a block with what prediction and target are there, of a loss that is a sum over samples."""
    if one.weighted is None:
        return samples
    from losscli.engine.told import told

    rows = samples.at - block.start
    if block.keep is not None:
        rows = np.searchsorted(np.flatnonzero(block.keep), rows)
    return samples._replace(told=told(block, one, rows, base))


def _nothing(losses: int, texts: int) -> Samples:
    index = np.empty(0, np.int64)
    return Samples(index, np.empty((losses, 0)), np.empty((losses, 0), np.uint8), [np.empty(0, object)] * texts)
