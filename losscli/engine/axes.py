"""Sources whose samples do not lie along their first axis, such as sequences with the time first."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.data.source import Source, refuse_missing


class SamplesFirst(Source):
    """A source with its samples along axis 0. It is read whole: its rows hold parts of all samples.

    Args:
        source: What is read.
        axis: Where its samples are.
    """

    row_major = False

    def __init__(self, source: Source, axis: int) -> None:
        self.name, self.format, self.dtype = source.name, source.format, source.dtype
        self.notes, self.remarks, self.stated = source.notes, source.remarks, source.stated
        self._source, self._axis = source, axis
        self.shape = (source.shape[axis], *(n for i, n in enumerate(source.shape) if i != axis))
        self._whole: NDArray[Any] | None = None

    @property
    def own_dtype(self) -> np.dtype[Any]:
        return self._source.own_dtype

    def read(self, start: int, stop: int, out: NDArray[Any]) -> NDArray[Any]:
        if self._whole is None:
            whole = self._source.read_all()
            refuse_missing(self._source)
            self._whole = np.moveaxis(whole, self._axis, 0)
        return self._whole[start:stop]

    def place(self, index: tuple[int, ...]) -> str:
        sample, *rest = index
        rest.insert(self._axis, sample)
        return self._source.place(tuple(rest))
