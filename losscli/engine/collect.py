"""Where unreduced and per-sample values go while blocks stream by, and which samples are wanted."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from losscli.data.source import UNKNOWN_ROWS

COUNTED, IGNORED, OMITTED = 0, 1, 2
"""The status of a sample: it has a loss; no unit of it counts; it was left out of every input."""


class Sink(Protocol):
    """Takes the unreduced values of one loss."""

    def write(self, start: int, values: NDArray[Any]) -> None:
        """Take the values of samples from ``start`` on; called from several threads.

        ``values`` is the caller's again after the call: what is to last must be copied.
        """

    def scale(self, factor: float) -> None:
        """Multiply all that was written, after :meth:`close`."""

    def close(self, samples: int) -> None:
        """Nothing more comes; ``samples`` is how many there were, which a stream tells only at its end."""


class SampleWriter(Protocol):
    """Takes per-sample losses and writes them.

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
        self.grows = bool(shape) and shape[0] >= UNKNOWN_ROWS
        self._parts: list[NDArray[Any]] = []
        self.array = np.empty((0, *shape[1:]) if self.grows else shape, dtype)

    def write(self, start: int, values: NDArray[Any]) -> None:
        """Keep one block; ``start`` counts rows of the block's own width. A stream's blocks come in order."""
        if self.grows:
            self._parts.append(values.copy())
            return
        row = values.size // len(values)
        self.array.reshape(-1)[start * row : start * row + values.size] = values.reshape(-1)

    def scale(self, factor: float) -> None:
        """Multiply the array."""
        np.multiply(self.array, factor, out=self.array)

    def close(self, samples: int) -> None:
        """Put a stream's blocks together."""
        if self.grows:
            self.array = np.concatenate(self._parts).reshape(samples, *self._shape[1:])


class Selection(NamedTuple):
    """Which samples' losses to keep.

    Args:
        head: How many from the start; None keeps all.
        tail: How many from the end.
        top: How many of the largest, by the first loss that has per-sample values.
        of_groups: Whether so many of each group.
    """

    head: int | None = None
    tail: int = 0
    top: int = 0
    of_groups: bool = False

    @classmethod
    def everything(cls) -> Selection:
        """Keep all samples."""
        return cls()

    @classmethod
    def asked(cls, head: int | None = None, top: int | None = None, grouped: bool = False) -> Selection:
        """So many of the first or of the worst, these of each group where samples have groups; else all."""
        return cls(head=head or 0, top=top or 0, of_groups=bool(top and grouped)) if head or top else cls()
