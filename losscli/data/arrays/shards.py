"""Arrays in several files as one: row after row, in the order of the files."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.data.location import Location
from losscli.data.source import Source
from losscli.errors import SourceError


class Shards(Source):
    """Sources of the same row shape, one after the other along axis 0.

    Raises:
        SourceError: Row shapes or dtypes differ.
    """

    def __init__(self, name: str, parts: list[Source]) -> None:
        first = parts[0]
        for part in parts:
            if part.row_shape != first.row_shape or part.dtype != first.dtype or not part.shape:
                raise SourceError(
                    f"{part.name}: holds {part.dtype} of shape {part.shape}, "
                    f"{first.name} {first.dtype} of shape {first.shape}.",
                    "the shards of one source have the same dtype and the same shape but for their length.",
                )
        self.name, self.format, self.dtype = name, first.format, first.dtype
        self._parts = parts
        self._ends = list(accumulate(part.rows for part in parts))
        self.shape = (self._ends[-1], *first.row_shape)
        self.row_major = False
        self.remarks = (f"{len(parts)} files",)

    def read(self, start: int, stop: int, out: NDArray[Any]) -> NDArray[Any]:
        done = start
        while done < stop:
            i = bisect_right(self._ends, done)
            first = self._ends[i] - self._parts[i].rows
            until = min(stop, self._ends[i])
            piece = out[done - start : until - start]
            found = self._parts[i].read(done - first, until - first, piece)
            if found is not piece:
                np.copyto(piece, found)
            done = until
        return out

    def place(self, index: tuple[int, ...]) -> str:
        i = bisect_right(self._ends, index[0])
        part = self._parts[i]
        return f"{part.place((index[0] - self._ends[i] + part.rows, *index[1:]))} of {part.name}"

    def close(self) -> None:
        for part in self._parts:
            part.close()


def one_of(parts: list[Source], location: Location) -> Source:
    """Arrays as one source, by the name that the user wrote."""
    if location.many:
        return Shards(location.path, parts)
    parts[0].name = location.text
    return parts[0]
