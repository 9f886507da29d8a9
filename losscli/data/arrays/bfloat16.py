"""bfloat16, which NumPy lacks: each is the upper half of a float32, so that widening is exact, to a NaN's payload."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.data.source import Source


def widened(bits: NDArray[Any], out: NDArray[Any]) -> NDArray[Any]:
    """The float32 of some bits, into a buffer."""
    np.left_shift(bits, 16, out=out.view(np.uint32), dtype=np.uint32)
    return out


class Widened(Source):
    """A source of bits as the numbers that they stand for."""

    def __init__(self, bits: Source) -> None:
        self.name, self.format, self.shape = bits.name, bits.format, bits.shape
        self.dtype = np.dtype(np.float32)
        self._bits = bits

    def read(self, start: int, stop: int, out: NDArray[Any]) -> NDArray[Any]:
        return widened(self._bits.read(start, stop, np.empty(out.shape, np.uint16)), out)

    def read_flat(self, start: int, stop: int, out: NDArray[Any]) -> NDArray[Any]:
        return widened(self._bits.read_flat(start, stop, np.empty(out.shape, np.uint16)), out)

    def close(self) -> None:
        self._bits.close()
