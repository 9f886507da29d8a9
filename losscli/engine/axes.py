"""Sources whose samples do not lie along their first axis, such as sequences with the time first."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.data.source import ArraySource, Source, refuse_missing


class SamplesFirst(Source):
    """A source with its samples along axis 0.

    Its rows hold parts of all samples. Where they lie one after the other in a file, the parts of some samples are
    read alone, so that memory does not grow; else it is read whole.

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
    def given_shape(self) -> tuple[int, ...]:
        return self._source.given_shape

    def scatter(self, write: Callable[[int, NDArray[Any]], None], start: int, rows: NDArray[Any]) -> None:
        inner = self.row_shape[self._axis :]
        outer = rows.reshape(len(rows), -1, *inner)
        for i in range(outer.shape[1]):  # a run of samples for each place on the axes before theirs
            self._source.scatter(write, i * self.rows + start, outer[:, i])

    @property
    def own_dtype(self) -> np.dtype[Any]:
        return self._source.own_dtype

    def read(self, start: int, stop: int, out: NDArray[Any]) -> NDArray[Any]:
        if self._source.row_major and not isinstance(self._source, ArraySource):
            return self._parts(start, stop, out)
        if self._whole is None:
            whole = self._source.read_all()
            refuse_missing(self._source)
            self._whole = np.moveaxis(whole, self._axis, 0)
        return self._whole[start:stop]

    def _parts(self, start: int, stop: int, out: NDArray[Any]) -> NDArray[Any]:
        source, axis = self._source, self._axis
        before, rest = source.shape[:axis], source.shape[axis + 1 :]
        each = math.prod(rest)
        parts = np.empty((math.prod(before), (stop - start) * each), source.dtype)
        for i, part in enumerate(parts):
            first = (i * self.rows + start) * each
            found = source.read_flat(first, first + len(part), part)
            if found is not part:
                np.copyto(part, found)
        np.copyto(out, np.moveaxis(parts.reshape(*before, stop - start, *rest), axis, 0))
        return out

    def place(self, index: tuple[int, ...]) -> str:
        sample, *rest = index
        rest.insert(self._axis, sample)
        return self._source.place(tuple(rest))
