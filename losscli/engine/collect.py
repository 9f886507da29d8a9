"""Where unreduced and per-sample values go while blocks stream by. Blocks may come in any order."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Samples = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_]]
"""Selected samples: index, losses of shape (columns, samples), and flags of what was ignored in the same shape."""


class Sink(Protocol):
    """Takes the unreduced values of one loss."""

    def write(self, start: int, values: NDArray[Any]) -> None:
        """Take the values of samples from ``start`` on; called from several threads."""


class Memory:
    """A sink that keeps the array."""

    def __init__(self, shape: tuple[int, ...], dtype: str) -> None:
        self.array = np.empty(shape, dtype)

    def write(self, start: int, values: NDArray[Any]) -> None:
        """Keep one block; ``start`` counts rows of the block's own width."""
        row = values.size // len(values)
        self.array.reshape(-1)[start * row : start * row + values.size] = values.reshape(-1)


@dataclass(frozen=True)
class Selection:
    """Which samples' losses to keep.

    Args:
        head: How many from the start; None keeps all.
        tail: How many from the end.
        top: How many of the largest, by the first loss that has per-sample values.
    """

    head: int | None = None
    tail: int = 0
    top: int = 0

    @classmethod
    def everything(cls) -> Selection:
        """Keep all samples."""
        return cls()


class SampleTable:
    """Per-sample losses, one column a loss, of the selected samples only.

    Args:
        selection: Which samples to keep.
        samples: How many there are.
        columns: How many losses.
        key: The column that ``top`` sorts by.
    """

    def __init__(self, selection: Selection, samples: int, columns: int, key: int) -> None:
        self._selection, self._samples, self._key = selection, samples, key
        self._lock = threading.Lock()
        self._kept: list[Samples] = []
        self._full = selection.head is None and not selection.top
        self._columns = columns
        if self._full:
            self._index = np.arange(samples)
            self._values = np.full((columns, samples), np.nan)
            self._flags = np.zeros((columns, samples), bool)

    def take(self, start: int, values: NDArray[np.float64], ignored: NDArray[np.bool_]) -> None:
        """Take one block: values and ignored flags of shape (columns, samples of the block)."""
        stop = start + values.shape[1]
        if self._full:
            self._values[:, start:stop], self._flags[:, start:stop] = values, ignored
            return
        picked = self._worst(values) if self._selection.top else self._ends(start, stop)
        if len(picked):
            with self._lock:
                self._kept.append((picked + start, values[:, picked], ignored[:, picked]))
                if self._selection.top and sum(len(k[0]) for k in self._kept) > 4 * self._selection.top + 4096:
                    self._kept = [self._joined()]

    def _ends(self, start: int, stop: int) -> NDArray[np.int64]:
        head, tail = self._selection.head or 0, self._samples - self._selection.tail
        if start >= head and stop <= tail:
            return np.empty(0, np.int64)
        index = np.arange(start, stop)
        return np.flatnonzero((index < head) | (index >= tail))

    def _worst(self, values: NDArray[np.float64]) -> NDArray[np.int64]:
        column = values[self._key]
        present = np.flatnonzero(~np.isnan(column))
        # Stable on the negated losses: among equals the first sample wins.
        return present[np.argsort(-column[present], kind="stable")[: self._selection.top]]

    def _joined(self) -> Samples:
        kept = self._kept or [(np.empty(0, np.int64), np.empty((self._columns, 0)), np.empty((self._columns, 0), bool))]
        index = np.concatenate([k[0] for k in kept])
        values = np.concatenate([k[1] for k in kept], axis=1)
        flags = np.concatenate([k[2] for k in kept], axis=1)
        order = np.argsort(index)
        if self._selection.top:
            order = np.lexsort((index, -values[self._key]))[: self._selection.top]
        return index[order], values[:, order], flags[:, order]

    def result(self) -> Samples:
        """The kept samples: index, values and ignored flags, in order of index or, for ``top``, of loss."""
        if self._full:
            return self._index, self._values, self._flags
        return self._joined()
