"""Predictions in place of others, as sources: one row for every sample, the target a row before, all shifted by one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.data.source import ArraySource, Source
from losscli.inputs.views import View


class Constant(Source):
    """One row, for as many samples as a prediction has.

    Args:
        row: The row.
        like: The prediction in whose place it stands.
    """

    def __init__(self, row: NDArray[np.float64], like: Source) -> None:
        self.name, self.format, self.dtype = "the constant", "array", np.dtype(np.float64)
        self.shape, self.tabular = like.shape, like.tabular
        self._row = np.broadcast_to(row, like.row_shape)

    def read(self, start: int, stop: int, out: NDArray[Any]) -> NDArray[Any]:
        np.copyto(out, self._row)
        return out

    def read_flat(self, start: int, stop: int, out: NDArray[Any]) -> NDArray[Any]:
        each, size = self._row.reshape(-1), out.size // max(1, len(out))
        np.copyto(out.reshape(-1), each[np.arange(start * size, stop * size) % each.size])
        return out


class Shifted(View):
    """A prediction to which a row is added, the same for every sample.

    Args:
        row: The row.
        source: The prediction.
    """

    def __init__(self, row: NDArray[np.float64], source: Source) -> None:
        super().__init__(source, source.row_shape, "shifted")
        self.dtype = np.dtype(np.float64)
        self._row = np.broadcast_to(row, source.row_shape)

    def seen(self, rows: NDArray[Any], start: int) -> NDArray[Any]:
        found = rows.astype(np.float64)  # adding numbers of two types takes three times as long
        found += self._row
        return found


class Part(Source):
    """All rows of a source but its first, or but its last: the second stands beside the first as what came before.

    Args:
        source: A source that can be read in any order.
        skip: How many of its first rows are left out, 0 or 1.
    """

    row_major = False

    def __init__(self, source: Source, skip: int) -> None:
        self.name, self.format, self.dtype = source.name, source.format, source.dtype
        self.shape, self.tabular, self.coded = (source.rows - 1, *source.row_shape), source.tabular, source.coded
        self._source, self._skip = source, skip

    def read(self, start: int, stop: int, out: NDArray[Any]) -> NDArray[Any]:
        return self._source.read(start + self._skip, stop + self._skip, out)

    def missing(self, start: int, stop: int) -> NDArray[np.bool_] | None:
        return self._source.missing(start + self._skip, stop + self._skip)


def at_hand(source: Source, most: int) -> Source:
    """A source that can be read in any order and at no cost: one that cannot is kept, if it has few enough values."""
    if not source.sequential or source.endless or source.rows * int(np.prod(source.row_shape, dtype=np.int64)) > most:
        return source
    kept = ArraySource(
        source.read_all(), source.name, source.format, source.columns, missing=source.missing(0, source.rows)
    )
    kept.tabular, kept.coded, kept.stated = source.tabular, source.coded, source.stated
    return kept
