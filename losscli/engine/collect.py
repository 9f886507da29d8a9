"""Where unreduced and per-sample values go while blocks stream by. Blocks may come in any order."""

from __future__ import annotations

import threading
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from losscli.data.source import UNKNOWN_ROWS

COUNTED, IGNORED, OMITTED = 0, 1, 2
"""The status of a sample: it has a loss; no unit of it counts; it was left out of every input."""

Samples = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.uint8], list[NDArray[Any]]]
"""Selected samples: index, losses and status, both (columns, samples), and columns kept beside. A sample without a
loss has NaN."""


class Sink(Protocol):
    """Takes the unreduced values of one loss."""

    def write(self, start: int, values: NDArray[Any]) -> None:
        """Take the values of samples from ``start`` on; called from several threads.

        ``values`` is the caller's again after the call: what is to last must be copied.
        """

    def close(self, samples: int) -> None:
        """Nothing more comes; ``samples`` is how many there were, which a stream tells only at its end."""


class SampleWriter(Protocol):
    """Takes per-sample losses, as :class:`SampleTable` does, and writes them.

    Attributes:
        in_order: Whether the blocks must come one after the other, and from one thread.
    """

    in_order: bool

    def take(self, start: int, values: Any, status: Any, texts: list[Any]) -> None:
        """Write one block: values and status of shape (columns, samples of the block), and columns kept beside.

        ``values`` is the caller's again after the call: what is to last must be copied.
        """

    def close(self, samples: int) -> None:
        """Write what comes last; ``samples`` is how many there were."""


class Memory:
    """A sink that keeps the array."""

    def __init__(self, shape: tuple[int, ...], dtype: str) -> None:
        self._shape = shape
        self._grows = bool(shape) and shape[0] >= UNKNOWN_ROWS
        self._parts: list[NDArray[Any]] = []
        self.array = np.empty((0, *shape[1:]) if self._grows else shape, dtype)

    def write(self, start: int, values: NDArray[Any]) -> None:
        """Keep one block; ``start`` counts rows of the block's own width. A stream's blocks come in order."""
        if self._grows:
            self._parts.append(values.copy())
            return
        row = values.size // len(values)
        self.array.reshape(-1)[start * row : start * row + values.size] = values.reshape(-1)

    def close(self, samples: int) -> None:
        """Put a stream's blocks together."""
        if self._grows:
            self.array = np.concatenate(self._parts).reshape(samples, *self._shape[1:])


class Selection(NamedTuple):
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
        columns: How many losses.
        key: The column that ``top`` sorts by.
        texts: How many columns of text are kept beside the losses.
    """

    def __init__(self, selection: Selection, columns: int, key: int, texts: int = 0) -> None:
        self._selection, self._key, self._columns, self._texts = selection, key, columns, texts
        self._lock = threading.Lock()
        self._kept: list[Samples] = []
        self._least = -np.inf
        self._end = 0

    def take(
        self, start: int, values: NDArray[np.float64], status: NDArray[np.uint8], texts: list[NDArray[Any]]
    ) -> None:
        """Take one block: values and status of shape (columns, samples of the block), and its texts."""
        selection, rows = self._selection, values.shape[1]
        if selection.head is None and not selection.top:
            picked = np.arange(rows)
        else:
            picked = self._worst(values) if selection.top else self._ends(start, rows)
        with self._lock:
            self._end = max(self._end, start + rows)
            if len(picked):
                self._kept.append((picked + start, values[:, picked], status[:, picked], [t[picked] for t in texts]))
            if selection.top and sum(len(k[0]) for k in self._kept) > 2 * selection.top:
                self._kept = [self._joined()]
                least = self._kept[0][1][self._key]
                self._least = least[-1] if len(least) == selection.top else -np.inf

    def _ends(self, start: int, rows: int) -> NDArray[np.int64]:
        # Which block is the last is not known here: every one may hold the end.
        head = min(max((self._selection.head or 0) - start, 0), rows)
        return np.asarray(np.r_[0:head, max(rows - self._selection.tail, head) : rows])

    def _worst(self, values: NDArray[np.float64]) -> NDArray[np.int64]:
        column = values[self._key]
        # What is below the worst so far cannot come in: most blocks end with this look at their maximum.
        if np.fmax.reduce(column) < self._least:
            return np.empty(0, np.int64)
        present = np.flatnonzero(column >= self._least)
        if len(present) > self._selection.top:
            last = len(present) - self._selection.top
            present = present[column[present] >= np.partition(column[present], last)[last]]
        # Stable on the negated losses: among equals the first sample wins.
        return present[np.argsort(-column[present], kind="stable")[: self._selection.top]]

    def _joined(self) -> Samples:
        nothing: Samples = (
            np.empty(0, np.int64),
            np.empty((self._columns, 0)),
            np.empty((self._columns, 0), np.uint8),
            [np.empty(0, object)] * self._texts,
        )
        kept = self._kept or [nothing]
        index = np.concatenate([k[0] for k in kept])
        values = np.concatenate([k[1] for k in kept], axis=1)
        status = np.concatenate([k[2] for k in kept], axis=1)
        texts = [np.concatenate(column) for column in zip(*(k[3] for k in kept), strict=True)]
        order = np.argsort(index, kind="stable")
        if self._selection.top:
            order = np.lexsort((index, -values[self._key]))[: self._selection.top]
        elif self._selection.head is not None:
            ends = (index < self._selection.head) | (index >= self._end - self._selection.tail)
            order = order[ends[order]]
        return index[order], values[:, order], status[:, order], [t[order] for t in texts]

    def result(self) -> Samples:
        """The kept samples: in order of index or, for ``top``, of loss."""
        return self._joined()
